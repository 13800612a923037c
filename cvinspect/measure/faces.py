"""On which faces an outline lies."""

from __future__ import annotations

import cv2
import numpy as np

from cvinspect.model import Placement, Points

TOUCH_PX = 1.0


def faces_of(outline: Points, placement: Placement) -> tuple[str, ...]:
    """Names of the faces that the outline (N, 2), frame px, lies on or touches; of none, the nearest one's."""
    depths = [_depth(outline, np.asarray(face, np.float32)) for face in placement.outlines_px]
    if not depths:
        return ()
    touched = tuple(face.name for face, depth in zip(placement.faces, depths, strict=True) if depth >= -TOUCH_PX)
    return touched or (placement.faces[int(np.argmax(depths))].name,)


def _depth(outline: Points, face: Points) -> float:
    """How far, in px, the outline reaches into the face; negative: how far it stays away."""
    depth = max(cv2.pointPolygonTest(face, (float(x), float(y)), True) for x, y in outline)
    if depth >= 0 or len(outline) < 3:
        return float(depth)
    around = outline.astype(np.float32)
    return max(float(depth), *(cv2.pointPolygonTest(around, (float(x), float(y)), True) for x, y in face))
