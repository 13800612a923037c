"""The curves of a drawing as points."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]

CHORD_MM = 0.0005  # how far a chord may lie within its arc
LARGEST_STEP_DEG = 5.0
MOST_STEPS = 3600


def circle_of(middle: tuple[float, float], radius: float, scale: float) -> Curve:
    """A full turn, closed: the last point is the first."""
    turn = _swept(middle, radius, 0.0, 360.0, scale)
    turn[-1] = turn[0]
    return turn


def arc_of(middle: tuple[float, float], radius: float, start_deg: float, end_deg: float, scale: float) -> Curve:
    """From start to end, anticlockwise."""
    span = (end_deg - start_deg) % 360.0
    return _swept(middle, radius, start_deg, start_deg + (span or 360.0), scale)


def bulged(corners: Sequence[Sequence[float]], closed: bool, scale: float) -> Curve:
    """A polyline of corners (x, y, bulge): bulge = tan(a quarter of the arc's angle to the next), > 0 to its right."""
    if len(corners) < 2:
        raise ValueError("a polyline has fewer than two corners")
    starts = corners if closed else corners[:-1]
    ends = [*corners[1:], corners[0]][: len(starts)]
    pieces = [_bulge((x, y), (to[0], to[1]), bulge, scale) for (x, y, bulge), to in zip(starts, ends, strict=True)]
    return np.concatenate([pieces[0][:1], *(piece[1:] for piece in pieces)])


def moved(curve: Curve, extrusion: tuple[float, float, float], kind: str) -> Curve:
    """A curve from its own coordinates to the drawing's: mirrored where it is drawn from below."""
    if max(abs(extrusion[0]), abs(extrusion[1])) > 1e-6 * abs(extrusion[2]):
        raise ValueError(f"a {kind} does not lie in the plane of the drawing")
    return curve * (-1.0, 1.0) if extrusion[2] < 0 else curve


def _bulge(start: tuple[float, float], end: tuple[float, float], bulge: float, scale: float) -> Curve:
    chord = math.dist(start, end)
    if bulge == 0 or chord == 0:
        return np.array([start, end])
    radius = chord * (1 + bulge * bulge) / (4 * abs(bulge))
    along = math.atan2(end[1] - start[1], end[0] - start[0])
    towards = along + math.pi / 2 - 2 * math.atan(bulge)
    away = radius if bulge > 0 else -radius
    middle = start[0] + away * math.cos(towards), start[1] + away * math.sin(towards)
    first = math.degrees(math.atan2(start[1] - middle[1], start[0] - middle[0]))
    swept = _swept(middle, radius, first, first + math.degrees(4 * math.atan(bulge)), scale)
    swept[[0, -1]] = start, end
    return swept


def _swept(middle: tuple[float, float], radius: float, first_deg: float, last_deg: float, scale: float) -> Curve:
    if not radius > 0:
        raise ValueError(f"an arc of radius {radius:g}")
    step = math.degrees(2 * math.acos(max(1 - CHORD_MM / max(radius * scale, CHORD_MM), 0.0)))
    steps = max(math.ceil(abs(last_deg - first_deg) / min(max(step, 360 / MOST_STEPS), LARGEST_STEP_DEG)), 2)
    turn = np.radians(np.linspace(first_deg, last_deg, steps + 1))
    return np.asarray(middle + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1))
