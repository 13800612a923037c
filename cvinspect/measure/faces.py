"""On which faces an outline lies."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.model import Placement, Points

TOUCH_PX = 1.0


def faces_of(outlines: Sequence[Points], placement: Placement) -> tuple[str, ...]:
    """Names of the faces that one of the outlines (N, 2), frame px, lies on, touches or covers; else the nearest."""
    faces = [face.astype(np.float32) for face in placement.outlines_px]
    touched = tuple(
        face.name
        for face, loop in zip(placement.faces, faces, strict=True)
        if any(_touches(outline, loop) for outline in outlines)
    )
    if touched or not faces:
        return touched
    depths = [max(_depth(outline, loop) for outline in outlines) for loop in faces]
    return (placement.faces[int(np.argmax(depths))].name,)


def _touches(outline: Points, face: NDArray[np.float32]) -> bool:
    """True where the outline reaches into the face, covers it or comes within TOUCH_PX of it."""
    beyond = (outline.min(axis=0) > face.max(axis=0) + TOUCH_PX) | (outline.max(axis=0) < face.min(axis=0) - TOUCH_PX)
    if beyond.any():
        return False
    first = (float(outline[0, 0]), float(outline[0, 1]))
    return cv2.pointPolygonTest(face, first, False) >= 0 or _depth(outline, face) >= -TOUCH_PX


def _depth(outline: Points, face: NDArray[np.float32]) -> float:
    """How far, in px, the outline reaches into the face; negative: how far it stays away."""
    depth = max(cv2.pointPolygonTest(face, (x, y), True) for x, y in outline.tolist())
    if depth >= 0 or len(outline) < 3:
        return float(depth)
    around = outline.astype(np.float32)
    return max(float(depth), *(cv2.pointPolygonTest(around, (x, y), True) for x, y in face.tolist()))
