"""What a calibration's uncertainty is made of, and what that means for a length (GUM)."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from cvinspect.calibration.file import CalibrationFile, Plane


@dataclass(frozen=True, slots=True)
class Share:
    """One line of an uncertainty budget, relative standard uncertainties of the local scale: what it is (a word of the
    catalogue), in the middle of the frame, and the largest among the target's points."""

    what: str
    middle: float
    largest: float


def budget(file: CalibrationFile) -> tuple[Share, ...]:
    """The lines of a calibration's budget, the sum last; the target's lengths and its height weigh the same
    everywhere, what is left of the whole is the fit's."""
    made_from = file.made_from
    middle, largest = u_in_the_middle(file), file.u_scale
    if made_from is None:
        return (Share("cal_all", middle, largest),)
    of_print = made_from.u_print_scale
    of_height = made_from.u_height_mm / made_from.distance_mm if made_from.distance_mm else 0.0
    rest = [sqrt(max(total**2 - of_print**2 - of_height**2, 0.0)) for total in (middle, largest)]
    return (
        Share("cal_by_print", of_print, of_print),
        Share("cal_by_height", of_height, of_height),
        Share("cal_by_fit", *rest),
        Share("cal_all", middle, largest),
    )


def u_in_the_middle(file: CalibrationFile) -> float:
    """The scale's relative standard uncertainty in the middle of the frame."""
    if not isinstance(file.model, Plane):
        return file.u_scale
    return float(file.model.u_scale.field().at((np.array([file.size_px]) - 1) / 2, file.size_px)[0])
