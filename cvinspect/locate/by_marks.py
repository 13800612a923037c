"""A part located by marks on it, which a good picture teaches."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.errors import PictureError
from cvinspect.locate.correlation import Found, correlated, found_near, looks_at
from cvinspect.locate.ranges import check_range
from cvinspect.model import Calibration, Frame, Points, Pose
from cvinspect.pictures import gray8

Floats = NDArray[np.float64]

MISFIT_PX = 3.0
SMALL_MARK_PX = 12  # the least side of a mark where it is first looked for
MOST_HALVINGS = 3
NEAR_PX = 3
U_PLACE_PX = 0.02  # of a mark: interpolation
TURN_REACH_PX = 2.0  # by how much a turn may move a mark before it is tried anew


@dataclass(frozen=True, slots=True)
class Mark:
    """A place of the part (mm) and the side of the square around it that is looked for (mm)."""

    at_mm: tuple[float, float]
    size_mm: float


@dataclass(frozen=True, kw_only=True, eq=False)
class ByMarks:
    """Two or more marks (holes, corners, print) as they look in a picture of a part that lies as it is drawn.

    taught: (H, W) uint8, of the calibration's size. turn_deg, shift_mm, scale: how far the part may lie from where it
    is drawn, each way (degrees; mm; a share, 0 = the scale is not looked for). correlation: how like the taught one a
    mark must look (normalised, 0..1). misfit_mm: rms by which the marks may lie apart otherwise than taught; None =
    3 px.
    """

    taught: MatLike
    marks: tuple[Mark, ...]
    turn_deg: float = 5.0
    shift_mm: float = 5.0
    scale: float = 0.0
    correlation: float = 0.75
    misfit_mm: float | None = None

    def __call__(self, frame: Frame, calibration: Calibration) -> Pose:
        """The pose. Raises PictureError where a mark is not found, or the part is out of range."""
        gray = gray8(frame.pixels)
        pose = self._coarse(gray, calibration)
        found: list[Found] = []
        for near in (2 ** self._halvings(calibration) + NEAR_PX, NEAR_PX, NEAR_PX):
            found = self._looked(gray, pose, calibration, near)
            pose = self._laid(pose, calibration, found)
        self._check(pose, found, calibration)
        check_range(pose, self.turn_deg, self.shift_mm, self.scale)
        return pose

    @property
    def _places_mm(self) -> Points:
        return np.array([mark.at_mm for mark in self.marks], np.float64)

    @property
    def _middle_mm(self) -> tuple[float, float]:
        x, y = self._places_mm.mean(axis=0).tolist()
        return x, y

    @property
    def _reach_mm(self) -> float:
        """From the middle of the marks to the farthest one's outer corner."""
        arms = np.linalg.norm(self._places_mm - self._middle_mm, axis=1)
        return float((arms + [mark.size_mm / 2**0.5 for mark in self.marks]).max())

    def _halvings(self, calibration: Calibration) -> int:
        side = min(mark.size_mm for mark in self.marks) / calibration.mm_per_px
        return int(np.clip(math.floor(math.log2(max(side / SMALL_MARK_PX, 1.0))), 0, MOST_HALVINGS))

    def _coarse(self, gray: MatLike, calibration: Calibration) -> Pose:
        """The turn and shift at which all marks together look most like the taught ones, to a reduced pixel.

        Each mark gives a map of its correlation over the shifts that are allowed; their sum has its peak where all
        of them are found at once.
        """
        step = 2 ** self._halvings(calibration)
        small, taught = _reduced(gray, step), _reduced(self.taught, step)
        unit = calibration.mm_per_px * step
        reach = math.ceil(self.shift_mm / unit) + 2
        turn_step = math.degrees(TURN_REACH_PX * unit / self._reach_mm)
        count = math.ceil(self.turn_deg / turn_step) if self.turn_deg else 0
        best, best_pose = -math.inf, Pose(about_mm=self._middle_mm)
        for index in range(-count, count + 1):
            turn = self.turn_deg * index / max(count, 1)
            pose = Pose(turn, about_mm=self._middle_mm)
            maps = [
                correlated(small, looks_at(taught, mark.at_mm, mark.size_mm, pose, calibration, step), reach)
                for mark in self.marks
            ]
            _, peak, _, at = cv2.minMaxLoc(np.sum(maps, axis=0))
            if peak > best:
                best = peak
                best_pose = replace(pose, shift_mm=((at[0] - reach) * unit, (at[1] - reach) * unit))
        return best_pose

    def _looked(self, gray: MatLike, pose: Pose, calibration: Calibration, near_px: int) -> list[Found]:
        return [
            found_near(gray, looks_at(self.taught, mark.at_mm, mark.size_mm, pose, calibration), near_px)
            for mark in self.marks
        ]

    def _laid(self, pose: Pose, calibration: Calibration, found: list[Found]) -> Pose:
        """The rigid (or, with a scale, similar) motion that brings the marks to where they were found."""
        if min(one.likeness for one in found) < self.correlation / 2:
            return pose
        seen = calibration.to_mm(np.array([one.at_px for one in found]))
        about = np.array(self._middle_mm)
        arms, away = self._places_mm - about, seen - seen.mean(axis=0)
        cross = arms[:, 0] * away[:, 1] - arms[:, 1] * away[:, 0]
        dot = (arms * away).sum(axis=1)
        turn = math.atan2(float(cross.sum()), float(dot.sum()))
        scale = float(np.hypot(cross.sum(), dot.sum()) / (arms**2).sum()) if self.scale else 1.0
        x, y = (seen.mean(axis=0) - about).tolist()
        laid = Pose(math.degrees(turn), (x, y), scale, self._middle_mm)
        left = seen - laid.to_plane(self._places_mm)
        u = math.sqrt(sum(one.u_px**2 + U_PLACE_PX**2 for one in found) / len(found)) * calibration.mm_per_px
        return replace(
            laid,
            u_shift_mm=u / math.sqrt(len(found)),
            u_turn_deg=math.degrees(u / math.sqrt(float((arms**2).sum()))),
            misfit_mm=float(np.sqrt((left**2).sum(axis=1).mean())),
        )

    def _check(self, pose: Pose, found: list[Found], calibration: Calibration) -> None:
        for number, one in enumerate(found, start=1):
            if not one.likeness >= self.correlation:
                raise PictureError(
                    f"mark {number} is not found: what is there is like it by {100 * one.likeness:.0f} %, "
                    f"{100 * self.correlation:.0f} % are needed",
                    "locate_mark",
                    number=number,
                    percent=round(100 * max(one.likeness, 0.0)),
                    least=round(100 * self.correlation),
                )
        misfit = MISFIT_PX * calibration.coarsest_mm_per_px if self.misfit_mm is None else self.misfit_mm
        if not pose.misfit_mm <= misfit:
            raise PictureError(
                f"the marks lie {pose.misfit_mm:.3g} mm from where they were taught, {misfit:.3g} mm are allowed",
                "locate_marks_apart",
                misfit=pose.misfit_mm,
                allowed=misfit,
            )


def _reduced(gray: MatLike, step: int) -> MatLike:
    while step > 1:
        gray = cv2.resize(gray, (gray.shape[1] // 2, gray.shape[0] // 2), interpolation=cv2.INTER_AREA)
        step //= 2
    return gray
