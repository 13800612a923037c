"""What a person must know of a calibration that was made: warnings, none of which stops it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from cvinspect.calibration.file import CalibrationFile, MadeFrom, Plane
from cvinspect.calibration.store import WARNING_DAYS
from cvinspect.calibration.views import Look
from cvinspect.model import Reason

LEAST_COVERAGE = 0.6
_SOLVE_NOTES = ("smooth_residuals", "folded", "distance_from_tilt")


def coverage(file: CalibrationFile) -> float:
    """The share of the frame that the target's points covered in the picture of the part's plane; 0 of a scale."""
    if file.made_from is None:
        return 0.0
    polygon = np.array(file.made_from.covered_px, dtype=np.float32)
    return float(cv2.contourArea(polygon) / ((file.size_px[0] - 1) * (file.size_px[1] - 1)))


def warnings(file: CalibrationFile, looks: Sequence[Look], notes: Sequence[str]) -> Iterator[Reason]:
    """What to say of a calibration `file` made from `looks`; notes: the solution's. The gravest come first."""
    made_from = file.made_from
    if made_from is None or not isinstance(file.model, Plane):
        return
    if made_from.alone:
        yield Reason.of("cal_alone")
    if coverage(file) < LEAST_COVERAGE:
        worst = 100 * max(file.model.u_scale.values)
        yield Reason.of("cal_coverage", percent=int(100 * coverage(file)), worst=f"{worst:.2g}")
    yield from (Reason.of(f"cal_{note}") for note in notes if note in _SOLVE_NOTES)
    yield from _stated(made_from)
    picture = looks[0].picture
    if picture is not None and picture.jpeg_quality is not None:
        yield Reason.of("cal_jpeg", quality=picture.jpeg_quality)
    left_out = sum(not one.used for one in looks)
    if left_out:
        yield Reason.of("cal_left_out", count=left_out, total=len(looks))
    if (file.valid_until - file.made_at).days <= WARNING_DAYS:
        yield Reason.of("cal_ends", until=f"{file.valid_until:%Y-%m-%d}")


def _stated(made_from: MadeFrom) -> Iterator[Reason]:
    """What was assumed because nobody stated it, and what was stated and is unusual."""
    if made_from.u_print_is_assumed:
        yield Reason.of("cal_print_assumed", percent=f"{100 * made_from.u_print_scale:.2g}")
    if made_from.print_scale != 1:
        yield Reason.of("cal_print_scale", percent=f"{100 * made_from.print_scale:.5g}")
    if made_from.u_height_is_assumed:
        yield Reason.of("cal_height_assumed", u_height=f"{made_from.u_height_mm:g}")
    if made_from.distance_is_assumed and made_from.distance_mm is not None:
        yield Reason.of("cal_distance_assumed", distance=f"{made_from.distance_mm:.0f}")
