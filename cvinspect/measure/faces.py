"""On which faces an outline lies."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from cvinspect.model import Placement, Points

TOUCH_PX = 1.0


def faces_of(outlines: Sequence[Points], placement: Placement) -> tuple[str, ...]:
    """Names of the faces that one of the outlines (N, 2), frame px, lies on, touches or covers; else the nearest."""
    depths = [max(_depth(outline, face) for outline in outlines) for face in placement.outlines_px]
    if not depths:
        return ()
    touched = tuple(face.name for face, depth in zip(placement.faces, depths, strict=True) if depth >= -TOUCH_PX)
    return touched or (placement.faces[int(np.argmax(depths))].name,)


def _depth(outline: Points, face: Points) -> float:
    """How far, in px, the outline reaches into the face; negative: how far it stays away."""
    loop = face.astype(np.float32)
    depth = max(cv2.pointPolygonTest(loop, (float(x), float(y)), True) for x, y in outline)
    if depth >= 0 or len(outline) < 3:
        return float(depth)
    around = outline.astype(np.float32)
    return max(float(depth), *(cv2.pointPolygonTest(around, (float(x), float(y)), True) for x, y in face))
