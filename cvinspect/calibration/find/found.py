"""What finding a target gives, and its refusals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration.target import Pattern, Target
from cvinspect.errors import CalibrationError
from cvinspect.projection import Points


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where a target's points are seen: points_px (N, 2); ids (N,) are their unique places in target.points_mm.

    Of dots, points_px are the centroids of the imaged disks, which perspective moves off the images of the centres.
    """

    points_px: Points
    ids: NDArray[np.int64]


def unseen(target: Target, count: int, why: str) -> CalibrationError:
    """The refusal that says how many of the target's dots, corners or squares are seen."""
    whole = target.columns * target.rows if target.pattern is Pattern.SQUARES else len(target.points_mm)
    thing = "dots" if target.pattern.is_dots else "squares" if target.pattern is Pattern.SQUARES else "corners"
    return CalibrationError(f"target {target.word}: {count} of {whole} {thing} are seen: {why}")


def blurred(target: Target, sigma_px: float, most_px: float) -> CalibrationError:
    """The refusal of a picture whose edges run into each other."""
    return CalibrationError(
        f"target {target.word}: too blurred: its edges spread with sigma {sigma_px:.1f} px, "
        f"at its size at most {most_px:.1f} px are measured; focus, or come nearer"
    )
