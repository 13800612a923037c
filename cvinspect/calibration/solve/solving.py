"""The road from views to a `Solution`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cvinspect.calibration.solve.bundle import FOCAL
from cvinspect.calibration.solve.checks import check_input
from cvinspect.calibration.solve.disks import fit_bias
from cvinspect.calibration.solve.fitting import Fit, descend, settle, without
from cvinspect.calibration.solve.misfit import find_misfits
from cvinspect.calibration.solve.problem import Problem
from cvinspect.calibration.solve.result import Wanted, solution
from cvinspect.calibration.solve.spread import covariance, nodes_px
from cvinspect.calibration.solve.start import many_start, one_start
from cvinspect.calibration.solve.values import Solution, View
from cvinspect.projection import Projection

LEAST_VIEWS = 3
CLEAR_FOCAL = 0.02  # relative u of the focal length up to which the views are said to tell it
_LOOSE = 5  # of that, at the start, where noise and model are not settled yet
_BIAS_ROUNDS = 2


def solve(
    views: Sequence[View],
    plane: int,
    size_px: tuple[int, int],
    *,
    disk_diameter_mm: float | None = None,
    sigma_px: float | None = None,
    height_mm: float = 0.0,
    u_height_mm: float = 0.0,
    distance_mm: float | None = None,
    u_print_scale: float = 0.0,
) -> Solution:
    """The camera that sees `views`, and the mm of the part's plane, height_mm nearer to the camera than the target of
    views[plane].

    Three views or more that are tilted unalike give intrinsics and distortion (Zhang 2000); else, with a note that says
    why, the plane view alone gives a homography with distortion. disk_diameter_mm: as printed, where the points are
    centroids of disks. sigma_px: noise of one axis of a point, at least; None = what the residuals show. distance_mm:
    camera to target, where only one view tells nothing of it. u_print_scale: relative, common to the whole target.
    Raises CalibrationError.
    """
    numbers = {"disk_diameter_mm": disk_diameter_mm, "sigma_px": sigma_px, "height_mm": height_mm}
    more = {"u_height_mm": u_height_mm, "distance_mm": distance_mm, "u_print_scale": u_print_scale}
    check_input(views, plane, size_px, numbers | more)
    printed = np.asarray(views[plane].points_mm, dtype=np.float64)
    middle, scale = printed.mean(axis=0), float(np.sqrt(printed.var(axis=0).sum()))
    radius = disk_diameter_mm / 2 / scale if disk_diameter_mm else None
    problem = Problem(views, plane, size_px, middle, scale, radius)
    fit, notes = _fitted(problem)
    misfits = () if fit.bundle.is_homography else find_misfits(problem, fit)
    return solution(problem, fit, misfits, notes, Wanted(sigma_px, height_mm, u_height_mm, distance_mm, u_print_scale))


def misfit_views(solution: Solution) -> tuple[int, ...]:
    """The views, by index, that do not fit the others: another target or zoom, a turned or blurred picture. They are in
    the solution all the same; leave them out and solve again.
    """
    return solution.misfits


def _fitted(problem: Problem) -> tuple[Fit, list[str]]:
    if len(problem.views) < LEAST_VIEWS:
        return _one(problem, ["too_few_views"] if len(problem.views) > 1 else [])
    start = many_start(problem.views, [problem.target(view) for view in problem.views], problem.size_px)
    if start is None:
        return _one(problem, ["no_camera"])
    if _u_focal(problem, start) > _LOOSE * CLEAR_FOCAL:
        return _one(problem, ["same_tilts"])
    fit, notes = _without_bias(problem, start)
    if _u_focal(problem, fit) > CLEAR_FOCAL:
        return _one(problem, ["same_tilts"])
    return fit, notes


def _u_focal(problem: Problem, fit: Fit) -> float:
    """Relative; of what is not finite, infinity."""
    u = np.sqrt(covariance(fit, problem.plane)[FOCAL, FOCAL]) / fit.numbers[FOCAL]
    return float(np.nan_to_num(u, nan=np.inf))


def _one(problem: Problem, notes: list[str]) -> tuple[Fit, list[str]]:
    view = problem.views[problem.plane]
    fit, more = _without_bias(problem, one_start(view, problem.target(view), problem.size_px))
    return fit, notes + more


def _without_bias(problem: Problem, start: Fit) -> tuple[Fit, list[str]]:
    fit, folded = _unfolded(problem, settle(start))
    for _ in range(_BIAS_ROUNDS if problem.radius else 0):
        bias = fit_bias(fit, problem.radius or 0.0)
        seen = tuple(raw - off for raw, off in zip(start.bundle.seen_px, bias, strict=True))
        better = replace(fit, bundle=replace(fit.bundle, seen_px=seen), groups=start.groups - folded)
        fit, more = _unfolded(problem, settle(better))
        folded |= more
    return fit, ["folded"] if folded else []


def _unfolded(problem: Problem, fit: Fit) -> tuple[Fit, frozenset[str]]:
    """The fit, with as few terms as it takes to see every pixel of the frame once; and what was left out."""
    dropped: frozenset[str] = frozenset()
    while fit.groups and _folds(problem.sight(fit).projection(), problem.size_px):
        group = next((name for name in ("k3", "k2", "k1") if name in fit.groups), fit.last)
        fit, dropped = descend(without(fit, group)), dropped | {group}
    return fit, dropped


def _folds(projection: Projection, size_px: tuple[int, int]) -> bool:
    """True where a pixel of the frame's border or inside is not found again from its own mm."""
    nodes = nodes_px(size_px)
    with np.errstate(all="ignore"):
        again = projection.to_px(projection.to_mm(nodes))
    return not bool((np.abs(again - nodes) < 1e-3).all())
