"""What a fit says of each view."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cvinspect.calibration.solve.bundle import LENS
from cvinspect.calibration.solve.fitting import Fit, view_spreads_px
from cvinspect.calibration.solve.part import Sight
from cvinspect.calibration.solve.problem import Problem
from cvinspect.calibration.solve.values import Fitted
from cvinspect.projection import Points


def each_view(problem: Problem, fit: Fit, residuals: list[Points], sight: Sight | None) -> tuple[Fitted, ...]:
    """sight: of the plane view; None where the focal length is unknown."""
    views, spreads = [], view_spreads_px(fit)
    for index, view in enumerate(problem.views):
        at = fit_index(problem, fit, index)
        if at is None:
            views.append(Fitted(view.name, len(view.points_px), False, np.nan, np.nan, 0, None, None))
            continue
        kept, off = fit.kept[at], residuals[at]
        tilt = distance = None
        if sight is not None:
            own = replace(
                sight, block=fit.numbers[len(LENS) :][fit.bundle.block * at :][: fit.bundle.block], height_mm=0.0
            )
            tilt, distance = own.tilt_deg(), own.distance_mm(problem.middle_px)
        views.append(
            Fitted(view.name, len(off), True, rms(off[kept]), float(spreads[at]), int((~kept).sum()), tilt, distance)
        )
    return tuple(views)


def fit_index(problem: Problem, fit: Fit, index: int) -> int | None:
    """Where a view stands in the fit; None where it was not used."""
    if not fit.bundle.is_homography:
        return index
    return 0 if index == problem.plane else None


def rms(residuals: Points) -> float:
    """Root mean square distance, both axes together."""
    return float(np.sqrt((residuals**2).sum(axis=1).mean())) if len(residuals) else float("nan")
