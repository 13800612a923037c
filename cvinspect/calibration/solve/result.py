"""A fit as a `Solution`: the part's plane, its axes, and how sure all of it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from cvinspect.calibration.solve.bundle import ASPECT, FOCAL, Matrix, Vector
from cvinspect.calibration.solve.each import each_view, fit_index, rms
from cvinspect.calibration.solve.fitting import GROUPS, Fit
from cvinspect.calibration.solve.focal import Zoom, find_zoom
from cvinspect.calibration.solve.part import Sight, moved, part_axes
from cvinspect.calibration.solve.problem import Problem
from cvinspect.calibration.solve.smooth import Smooth, smooth_pattern
from cvinspect.calibration.solve.spread import COLUMNS, LARGEST_U, ROWS, Unsure, covariance, inside, nodes_px, spreads
from cvinspect.calibration.solve.values import Solution
from cvinspect.projection import Points, ScaleField


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options of `solve` that come after the fit."""

    sigma_px: float | None
    height_mm: float
    u_height_mm: float
    distance_mm: float | None
    u_print_scale: float


def solution(problem: Problem, fit: Fit, misfits: tuple[int, ...], notes: list[str], wanted: Wanted) -> Solution:
    """Raises CalibrationError where a height needs a distance that nothing tells."""
    plane, alone = problem.place_in(fit), fit.bundle.is_homography
    sight = replace(problem.sight(fit), height_mm=wanted.height_mm)
    of_fit = covariance(fit, plane, wanted.sigma_px or 0.0)
    zoom = _zoom(problem, sight, of_fit, wanted) if alone else None
    if zoom is not None:
        sight, notes = replace(sight, zoom=zoom.zoom), [*notes, zoom.note]
    kept, residuals = fit.kept[plane], fit.bundle.residuals(fit.numbers)
    points = fit.bundle.seen_px[plane][kept]
    pattern = smooth_pattern(points, residuals[plane][kept])
    covered = cv2.convexHull(points.astype(np.float32)).reshape(-1, 2).astype(np.float64)
    unsure = Unsure(wanted.u_height_mm, zoom.u_relative if zoom else 0.0, wanted.u_print_scale)
    field, place = _fields(problem, fit, sight, unsure, pattern, covered, wanted.sigma_px or 0.0)
    projection = sight.projection()
    axes = part_axes(projection, problem.size_px)
    believed = np.concatenate([off[each] for off, each in zip(residuals, fit.kept, strict=True)])
    focal, u_focal = _focal(sight, of_fit, zoom, alone)
    used = [(fit_index(problem, fit, index), np.shape(view.points_px)) for index, view in enumerate(problem.views)]
    return Solution(
        projection=moved(projection, axes),
        field=field,
        place=place,
        residuals_px=tuple(residuals[at] if at is not None else np.full(shape, np.nan) for at, shape in used),
        outlying=tuple(~fit.kept[at] if at is not None else np.zeros(shape[0], dtype=bool) for at, shape in used),
        rms_px=rms(believed),
        sigma_px=float(np.sqrt((believed**2).sum() / max(fit.freedom, 1))),
        alone=alone,
        views=each_view(problem, fit, residuals, None if alone and zoom is None else sight),
        plane=problem.plane,
        covered_px=covered,
        fitted=(*(() if alone else ("focal",)), "center", *(name for name in GROUPS if name in fit.groups)),
        focal_px=focal,
        u_focal_px=u_focal,
        board_to_part=axes,
        misfits=misfits,
        notes=(*notes, "smooth_residuals") if pattern.strain else tuple(notes),
    )


def _zoom(problem: Problem, sight: Sight, of_fit: Matrix, wanted: Wanted) -> Zoom | None:
    is_needed = wanted.height_mm != 0 or wanted.u_height_mm != 0
    return find_zoom(sight, of_fit, problem.middle_px, wanted.distance_mm, is_needed)


def _focal(sight: Sight, of_fit: Matrix, zoom: Zoom | None, alone: bool) -> tuple[float | None, float | None]:
    """The geometric mean along x and y, and its standard uncertainty; px."""
    focal = float(sight.lens[FOCAL] * np.sqrt(sight.lens[ASPECT])) * sight.zoom
    if alone:
        return (focal, focal * zoom.u_relative) if zoom else (None, None)
    at = [FOCAL, ASPECT]
    slope = focal * np.array([1 / sight.lens[FOCAL], 1 / (2 * sight.lens[ASPECT])])
    return focal, float(np.sqrt(slope @ of_fit[np.ix_(at, at)] @ slope))


def _fields(
    problem: Problem, fit: Fit, sight: Sight, unsure: Unsure, pattern: Smooth, covered_px: Points, floor_px: float
) -> tuple[ScaleField, ScaleField]:
    """The scale's and the place's uncertainty over the frame. Where no point was, nothing tells whether the lens bends
    by terms of a higher order than were needed: there they count as free.
    """
    plane, nodes = problem.place_in(fit), nodes_px(problem.size_px)
    of_fit, bolder = covariance(fit, plane, floor_px), covariance(fit, plane, floor_px, is_bold=True)
    here = inside(covered_px, nodes)[:, None]
    spread = np.where(here, spreads(sight, of_fit, unsure, nodes), spreads(sight, bolder, unsure, nodes))
    slopes = sight.slopes(nodes)
    per_px = np.sqrt(np.abs(np.linalg.det(slopes)))
    scale = np.minimum(np.hypot(spread[:, 0], pattern.strain), LARGEST_U)
    place = np.hypot(spread[:, 1], pattern.place_px * per_px)
    return _field(scale), _field(place)


def _field(nodes: Vector) -> ScaleField:
    return ScaleField(COLUMNS, ROWS, tuple(float(node) for node in nodes))
