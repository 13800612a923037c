"""Whether a face's outline encloses one area, once: else nobody can say which part of the face was looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cvinspect.model import Points

LARGEST_MM = 1e5


def check_outline(points: Sequence[tuple[float, float]]) -> None:
    """Raises ValueError where the closed polygon crosses or touches itself, encloses nothing, or is out of reach."""
    outline = np.array(points, dtype=np.float64)
    if np.abs(outline).max() > LARGEST_MM:
        raise ValueError(f"a corner lies beyond {LARGEST_MM:g} mm")
    start, end = outline, np.roll(outline, -1, axis=0)
    if (start == end).all(axis=1).any():
        raise ValueError(
            "two corners that follow each other are the same point; leave one out (the polygon closes itself)"
        )
    centred = outline - outline.mean(axis=0)
    following = np.roll(centred, -1, axis=0)
    area = abs(float((centred[:, 0] * following[:, 1] - centred[:, 1] * following[:, 0]).sum())) / 2
    if np.linalg.matrix_rank(centred, tol=1e-9) < 2:
        raise ValueError("the outline encloses no area")
    _check_crossing(start, end)
    if area < 1e-9:
        raise ValueError("the outline encloses no area")


def _check_crossing(start: Points, end: Points) -> None:
    count = len(start)
    for i in range(count):
        others = [j for j in range(i + 1, count) if j != i + 1 and (i, j) != (0, count - 1)]
        if not others:
            continue
        a, b, c, d = start[i], end[i], start[others], end[others]
        apart = (_side(a, b, c) * _side(a, b, d) > 0) | (_side(c, d, a) * _side(c, d, b) > 0)
        boxes = (np.minimum(c, d) <= np.maximum(a, b)).all(axis=1) & (np.maximum(c, d) >= np.minimum(a, b)).all(axis=1)
        crossed = np.flatnonzero(~apart & boxes)
        if len(crossed):
            x, y = start[i]
            raise ValueError(f"the outline crosses or touches itself on the edge that begins at [{x:g}, {y:g}]")


def _side(a: Points, b: Points, c: Points) -> Points:
    """On which side of the line from a to b the point c lies, by sign."""
    along, to = b - a, c - a
    return np.asarray(along[..., 0] * to[..., 1] - along[..., 1] * to[..., 0])
