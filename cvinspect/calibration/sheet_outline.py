"""A target's black squares as few outlines: cells side by side become one, so that no hairline shows between them."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from cvinspect.projection import Points

_NANOMETRE = 1e-6  # mm: corners nearer than this are one corner

_Corner = tuple[int, int]


def merged(squares: NDArray[np.float64]) -> list[Points]:
    """(M, 2) closed outlines of the union of (K, 4, 2) squares, to be filled by the even-odd rule.

    The squares turn one way and share whole sides, corners or nothing. A side that two of them share is left out; where
    two touch in a corner, each keeps an outline of its own.
    """
    ahead = _sides(squares)
    outlines = []
    while ahead:
        start = next(iter(ahead))
        outlines.append(np.array(_walk(ahead, start), dtype=np.float64) * _NANOMETRE)
    return outlines


def _sides(squares: NDArray[np.float64]) -> dict[_Corner, list[_Corner]]:
    """Where the sides lead that stay, from each corner."""
    corners = np.rint(squares / _NANOMETRE).astype(np.int64)
    pairs = np.concatenate([corners, np.roll(corners, -1, axis=1)], axis=2).reshape(-1, 4)
    sides: dict[tuple[_Corner, _Corner], None] = {}
    for x0, y0, x1, y1 in pairs.tolist():
        begin, end = (x0, y0), (x1, y1)
        if (end, begin) in sides:
            del sides[end, begin]
        else:
            sides[begin, end] = None
    ahead: dict[_Corner, list[_Corner]] = defaultdict(list)
    for begin, end in sides:
        ahead[begin].append(end)
    return ahead


def _walk(ahead: dict[_Corner, list[_Corner]], start: _Corner) -> list[_Corner]:
    """One outline, taken out of `ahead`: its corners only, not the places where it goes straight on."""
    path = [start]
    while True:
        here = path[-1]
        after = _next(ahead, here, path[-2] if len(path) > 1 else None)
        if len(path) > 1 and _turn(path[-2], here, after) == 0:
            path.pop()
        if after == start:
            break
        path.append(after)
    return path[1:] if _turn(path[-1], start, path[1]) == 0 else path


def _next(ahead: dict[_Corner, list[_Corner]], here: _Corner, before: _Corner | None) -> _Corner:
    ends = ahead[here]
    best = ends[0] if before is None else max(ends, key=lambda end: _turn(before, here, end))
    ends.remove(best)
    if not ends:
        del ahead[here]
    return best


def _turn(before: _Corner, here: _Corner, after: _Corner) -> int:
    """Above 0 for a turn to the side on which the squares' ink lies."""
    (x0, y0), (x1, y1), (x2, y2) = before, here, after
    return (x1 - x0) * (y2 - y1) - (y1 - y0) * (x2 - x1)
