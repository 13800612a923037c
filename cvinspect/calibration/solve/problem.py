"""What is to be solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cvinspect.calibration.solve.bundle import LENS
from cvinspect.calibration.solve.fitting import Fit
from cvinspect.calibration.solve.part import Sight
from cvinspect.calibration.solve.values import View
from cvinspect.projection import Points


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What is to be solved, in units of the bundle: middle and size of the plane view's target points."""

    views: Sequence[View]
    plane: int
    size_px: tuple[int, int]
    middle_mm: Points
    scale_mm: float
    radius: float | None

    def target(self, view: View) -> Points:
        """(N, 2) its points in the bundle's unit."""
        return (np.asarray(view.points_mm, dtype=np.float64) - self.middle_mm) / self.scale_mm

    @property
    def middle_px(self) -> Points:
        """(2,) the middle of the frame."""
        return (np.array(self.size_px) - 1) / 2

    def sight(self, fit: Fit) -> Sight:
        """The plane view as it was fitted."""
        numbers, plane = fit.numbers, self.place_in(fit)
        return Sight(numbers[: len(LENS)], numbers[fit.bundle.part(plane)], self.middle_mm, self.scale_mm)

    def place_in(self, fit: Fit) -> int:
        """Where the plane view stands in the fit: alone, or among all."""
        return 0 if fit.bundle.is_homography else self.plane
