"""Which views do not show the same camera and target as the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cvinspect.calibration.solve.bundle import Vector
from cvinspect.calibration.solve.fitting import Fit, clean, view_spreads_px
from cvinspect.calibration.solve.problem import Problem
from cvinspect.calibration.solve.start import one_start

FINE_PX, SHARP_PX = 0.02, 0.05  # no view is said to disagree, or to be blurred, against less than this
_FAR, _BLURRED, _BETTER = 3.0, 4.0, 2.0
_LEAST_LEFT, _OWN_ROUNDS = 3, 2
_OUTLIERS = 0.25


def find_misfits(problem: Problem, fit: Fit) -> tuple[int, ...]:
    """Views to leave out, by their place in problem.views.

    Each view's own noise is known from a homography of its own, which asks nothing of the others. A view is out where
    that noise is four times the middle view's, or a quarter of its points is left out. Where the common camera leaves
    three times a view's own noise, some view shows another camera or target: the one without which the others agree
    best, if they agree twice as well.
    """
    own = np.maximum([_own_px(problem, index) for index in range(len(problem.views))], FINE_PX)
    outliers = np.array([1 - kept.mean() for kept in fit.kept])
    blurred = own > _BLURRED * max(float(np.median(own)), SHARP_PX)
    out = [int(index) for index in np.flatnonzero(blurred | (outliers > _OUTLIERS))]
    left = [index for index in range(len(problem.views)) if index not in out]
    if not out and len(left) > _LEAST_LEFT and (worst := _worst(fit, own)) > _FAR:
        tried = [_worst(_others(fit, index), np.delete(own, index)) for index in left]
        if min(tried) * _BETTER < worst:
            out = [left[int(np.argmin(tried))]]
    return tuple(out)


def _own_px(problem: Problem, index: int) -> float:
    view = problem.views[index]
    start = one_start(view, problem.target(view), problem.size_px)
    while start.groups and start.freedom < 4:
        start = replace(start, groups=start.groups - {start.last})
    return float(view_spreads_px(clean(start, _OWN_ROUNDS))[0])


def _worst(fit: Fit, own: Vector) -> float:
    return float((view_spreads_px(fit) / own).max())


def _others(fit: Fit, index: int) -> Fit:
    """The fit without one view, all of whose points are believed again."""
    bundle = fit.bundle
    seen, target = (tuple(np.delete(np.arange(len(each)), index)) for each in (bundle.seen_px, bundle.target))
    fewer = replace(
        bundle, seen_px=tuple(bundle.seen_px[at] for at in seen), target=tuple(bundle.target[at] for at in target)
    )
    numbers = np.delete(fit.numbers, np.arange(bundle.part(index).start, bundle.part(index).stop))
    kept = tuple(np.ones(len(each), dtype=bool) for each in fewer.seen_px)
    return clean(Fit(fewer, numbers, fit.groups, kept, np.ones(len(kept))))
