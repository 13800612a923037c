"""What finding a target gives, and its refusals."""

from __future__ import annotations

import math
from collections.abc import Sequence
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


class NotSeenError(CalibrationError):
    """A refusal that knows how much of the target was seen: of several tries, the furthest says most."""

    def __init__(self, message: str, seen: float) -> None:
        super().__init__(message)
        self.seen = seen


def unseen(target: Target, count: int, why: str) -> NotSeenError:
    """The refusal that says how many of the target's dots, corners or squares are seen."""
    whole = target.columns * target.rows if target.pattern is Pattern.SQUARES else len(target.points_mm)
    thing = "dots" if target.pattern.is_dots else "squares" if target.pattern is Pattern.SQUARES else "corners"
    return NotSeenError(f"target {target.word}: {count} of {whole} {thing} are seen: {why}", count)


def blurred(target: Target, sigma_px: float, most_px: float) -> NotSeenError:
    """The refusal of a picture whose edges run into each other."""
    message = (
        f"target {target.word}: too blurred: its edges spread with sigma {sigma_px:.1f} px, "
        f"at its size at most {most_px:.1f} px are measured; focus, or come nearer"
    )
    return NotSeenError(message, math.inf)


def furthest(refusals: Sequence[NotSeenError]) -> NotSeenError:
    """Of at least one, that of the try that saw most."""
    return max(refusals, key=lambda refusal: refusal.seen)
