"""The two maps of a calibration report, as numbers to draw: where the points came out, and how sure the scale is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10

import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration import Calibrated
from cvinspect.calibration.file import CalibrationFile, Plane
from cvinspect.projection import Points

WIDTH = 720.0
_ARROW = 0.05  # of the drawing's width: how long the arrow of a usual residual is drawn
_MOST_OTHERS = 3000
_LONGEST = 0.15  # of the drawing's width
_BRIGHT_INK = 0.5
_APART = 1.2  # so many times larger is told by two digits
_LIGHT, _DARK = np.array([239.0, 245.0, 251.0]), np.array([8.0, 81.0, 156.0])


@dataclass(frozen=True, slots=True)
class Arrow:
    """From where a point should be to where it was found, in the drawing's units."""

    x: float
    y: float
    to_x: float
    to_y: float


@dataclass(frozen=True, slots=True)
class ResidualMap:
    """Residuals, enlarged `times`: of the picture of the part's plane, of the others, and the points left out."""

    width: float
    height: float
    times: float
    key_px: float
    key_length: float
    plane: tuple[Arrow, ...]
    others: tuple[Arrow, ...]
    left_out: tuple[Arrow, ...]
    covered: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A field of the heat map: its corner and sides in the drawing's units, its colours and number."""

    x: float
    y: float
    width: float
    height: float
    color: str
    ink: str
    text: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The scale's relative standard uncertainty over the frame, in per cent."""

    width: float
    height: float
    cells: tuple[Cell, ...]
    covered: str


def residual_map(result: Calibrated) -> ResidualMap:
    """The residuals of all views of the solution."""
    solution, scale, height = result.solution, *_drawn(result.file)
    used = [index for index, view in enumerate(solution.views) if view.used]
    lengths = np.concatenate([np.hypot(*solution.residuals_px[index].T) for index in used])
    usual = max(float(np.quantile(lengths, 0.9)), 1e-6)
    times = _round(_ARROW * WIDTH / (usual * scale))
    plane: list[Arrow] = []
    others: list[Arrow] = []
    left_out: list[Arrow] = []
    for index in used:
        found = result.looks[result.views[index]].found
        assert found is not None
        off, out = solution.residuals_px[index], solution.outlying[index]
        own = plane if index == solution.plane else others
        own += _arrows(found.points_px[~out], off[~out], scale, times)
        left_out += _arrows(found.points_px[out], off[out], scale, times)
    key = _round(usual)
    return ResidualMap(
        width=WIDTH,
        height=height,
        times=times,
        key_px=key,
        key_length=key * scale * times,
        plane=tuple(plane),
        others=tuple(others[:: 1 + len(others) // _MOST_OTHERS]),
        left_out=tuple(left_out),
        covered=_polygon(result.file, scale),
    )


def heat_map(file: CalibrationFile) -> HeatMap:
    """The field of a calibrated plane; raises ValueError for a plain scale, which has none."""
    if not isinstance(file.model, Plane):
        raise ValueError("a plain scale is as sure everywhere")
    nodes, (scale, height) = file.model.u_scale, _drawn(file)
    values = 100 * np.reshape(nodes.values, (nodes.rows, nodes.columns))
    low, high = values.min(), max(values.max(), values.min() * 1.5)
    lefts, tops = _borders(nodes.columns, WIDTH), _borders(nodes.rows, height)
    digits = 2 if values.max() > _APART * values.min() else 3
    cells = []
    for (row, column), value in np.ndenumerate(values):
        strength = float(np.sqrt((value - low) / (high - low)))
        color = _LIGHT + (_DARK - _LIGHT) * strength
        place = (*lefts[column], *tops[row])
        cells.append(
            Cell(
                x=place[0],
                y=place[2],
                width=place[1] - place[0],
                height=place[3] - place[2],
                color="#{:02x}{:02x}{:02x}".format(*color.astype(int)),
                ink="#ffffff" if strength > _BRIGHT_INK else "#1d2329",
                text=f"{value:.{digits}g}",
            )
        )
    return HeatMap(WIDTH, height, tuple(cells), _polygon(file, scale))


def _borders(count: int, side: float) -> list[tuple[float, float]]:
    """From where to where each node stands for its surroundings; the first and the last lie on the frame's edge."""
    between = (np.arange(count - 1) + 0.5) / (count - 1) * side
    edges = np.concatenate([[0.0], between, [side]]).round(2).tolist()
    return list(pairwise(edges))


def _drawn(file: CalibrationFile) -> tuple[float, float]:
    """The drawing's units per px, and its height."""
    scale = WIDTH / file.size_px[0]
    return scale, file.size_px[1] * scale


def _arrows(points: Points, off: Points, scale: float, times: float) -> list[Arrow]:
    """Seen minus predicted, from the predicted place on; what would fill the drawing is cut short."""
    start = (points - off + 0.5) * scale
    longest = np.maximum(np.hypot(*off.T) * scale * times / (_LONGEST * WIDTH), 1.0)
    end = start + off * scale * times / longest[:, None]
    return [Arrow(*line) for line in np.column_stack([start, end]).round(2).tolist()]


def _polygon(file: CalibrationFile, scale: float) -> str:
    covered: NDArray[np.float64] = np.array(file.made_from.covered_px if file.made_from else [], dtype=np.float64)
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in (covered.reshape(-1, 2) + 0.5) * scale)


def _round(value: float) -> float:
    """The next number downwards of 1, 2, 3, 5, 10, 20 ..."""
    power = 10.0 ** floor(log10(value))
    return float(max(step for step in (1, 2, 3, 5) if step * power <= value * (1 + 1e-9)) * power)
