"""Pictures of a target, each looked at alone and then against the others: which ones a calibration can be made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from cvinspect.calibration.find import Found, find_target
from cvinspect.calibration.sharpness import Seen, look
from cvinspect.calibration.target import Target
from cvinspect.errors import CalibrationError, PictureError
from cvinspect.model import Points, Reason
from cvinspect.pictures import Picture, clean_text, gray8, read_picture

FEWEST_POINTS = 12  # a homography and a lens have 8 + 4 numbers; or all points of a target that has fewer
MOST_BLUR_PX = 4.0  # beyond, neighbouring edges of a usual target run into each other
MOST_SATURATED = 0.25
_BLURRED_AGAINST_OTHERS, _AND_AT_LEAST_PX = 2.0, 0.5
_SAME_POSE = 0.1  # of the distance between neighbouring points

FOREIGN = (cv2.error, np.linalg.LinAlgError)
"""What OpenCV and numpy raise where points lie so that there is no answer."""

Tell = Callable[[int, int, str], None]
"""Told which of how many pictures is being looked at, and its name."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One picture and what can be said of it. `against`: why it is not used; None = it is."""

    name: str
    size: tuple[int, int] = (0, 0)
    picture: Picture | None = None
    found: Found | None = None
    seen: Seen | None = None
    against: Reason | None = None

    @property
    def used(self) -> bool:
        """True where nothing speaks against it."""
        return self.against is None


def look_at(paths: Sequence[Path], target: Target, tell: Tell | None = None) -> list[Look]:
    """Every picture with its fate; the first one shows the part's plane, and where it cannot serve it comes back alone.

    Raises CalibrationError where the pictures are of several sizes, which are named.
    """
    names = names_of(paths)
    looks, sizes = [], set()
    for number, (path, name) in enumerate(zip(paths, names, strict=True), 1):
        if tell is not None:
            tell(number, len(paths), name)
        one = _read(path, name)
        sizes |= {one.size} if one.used else set()
        looks.append(one if len(sizes) > 1 or not one.used else _alone(one, target))
        if not looks[0].used:
            return looks
    _check_sizes(looks)
    return _against_others(looks)


def names_of(paths: Sequence[Path]) -> list[str]:
    """What to call each: the file's name, or the whole path where two files have the same name."""
    short = [path.name for path in paths]
    return [clean_text(str(path) if short.count(path.name) > 1 else path.name) for path in paths]


def _read(path: Path, name: str) -> Look:
    try:
        picture = read_picture(path)
    except PictureError as bad:
        return Look(name, against=Reason.of("cal_unreadable", message=str(bad)))
    return Look(name, (picture.pixels.shape[1], picture.pixels.shape[0]), picture)


def _check_sizes(looks: Sequence[Look]) -> None:
    sizes = dict.fromkeys(one.size for one in looks if one.picture is not None)
    if len(sizes) > 1:
        told = [f"{w}x{h} px: {', '.join(one.name for one in looks if one.size == (w, h))}" for w, h in sizes]
        raise CalibrationError("the pictures are not of one size, as those of one camera are: " + "; ".join(told))


def _alone(one: Look, target: Target) -> Look:
    """The picture with its target, and what it says against itself; its pixels are let go."""
    if one.picture is None:
        return one
    gray, stripped = gray8(one.picture.pixels), replace(one.picture, pixels=np.empty((0, 0), np.uint8))
    one = replace(one, picture=stripped)
    try:
        found = found_in(gray, target)
    except CalibrationError as bad:
        return replace(one, against=Reason.of("cal_not_found", message=str(bad)))
    one = replace(one, found=found)
    enough = min(FEWEST_POINTS, len(target.points_mm))
    if len(found.ids) < enough:
        return replace(one, against=Reason.of("cal_few_points", points=len(found.ids), least=enough))
    try:
        seen = look(gray, target, found)
    except (CalibrationError, *FOREIGN) as bad:
        return replace(one, against=Reason.of("cal_not_sharp", message=str(bad)))
    one = replace(one, seen=seen)
    if seen.saturated_share > MOST_SATURATED:
        return replace(one, against=Reason.of("cal_saturated", percent=round(100 * seen.saturated_share)))
    if seen.psf_sigma_px > MOST_BLUR_PX:
        return replace(one, against=Reason.of("cal_blurred", psf=round(seen.psf_sigma_px, 2), most=MOST_BLUR_PX))
    return one


def found_in(gray: NDArray[np.uint8], target: Target) -> Found:
    """The target's points. Raises CalibrationError, also where points lie so that the mathematics has no answer."""
    try:
        return find_target(gray, target)
    except FOREIGN as bad:
        raise CalibrationError(
            f"target {target.word}: what is seen is no such target ({clean_text(str(bad))})"
        ) from bad


def _against_others(looks: Sequence[Look]) -> list[Look]:
    blurs = [one.seen.psf_sigma_px for one in looks if one.used and one.seen is not None]
    usual = float(np.median(blurs)) if len(blurs) > 2 else float("inf")
    judged = list(looks)
    before: list[tuple[str, Found]] = []
    for index, one in enumerate(looks):
        if one.used and one.found is not None:
            against = _turned(one, looks[0]) or _blurred(one, usual) or _repeated(one.found, before)
            judged[index] = replace(one, against=against)
            before += [] if against else [(one.name, one.found)]
    return judged


def _turned(one: Look, plane: Look) -> Reason | None:
    """A picture that EXIF turns by another angle shows the lens turned; one by another camera shows another lens."""
    if one.picture is None or plane.picture is None:
        return None
    if one.picture.exif_turn != plane.picture.exif_turn:
        return Reason.of("cal_turned", turn=one.picture.exif_turn, other=plane.picture.exif_turn)
    if one.picture.camera != plane.picture.camera:
        return Reason.of("cal_other_camera", by=one.picture.camera or "?", who=plane.picture.camera or "?")
    return None


def _blurred(one: Look, usual: float) -> Reason | None:
    psf = one.seen.psf_sigma_px if one.seen is not None else 0.0
    if psf > _BLURRED_AGAINST_OTHERS * usual and psf > usual + _AND_AT_LEAST_PX:
        return Reason.of("cal_more_blurred", psf=round(psf, 2), usual=round(usual, 2))
    return None


def _repeated(found: Found, before: Sequence[tuple[str, Found]]) -> Reason | None:
    """The earlier view that shows the target in the same pose; its numbering may be another one."""
    for name, other in before:
        if _same_places(found.points_px, other.points_px):
            return Reason.of("cal_same_pose", view=name)
    return None


def _same_places(points: Points, others: Points) -> bool:
    """True where each point of either set has one of the other nearby, as seen against the distance to the next."""
    tree, other_tree = cKDTree(points), cKDTree(others)
    apart = float(np.median(tree.query(points, k=2)[0][:, 1]))
    off = max(np.percentile(other_tree.query(points)[0], 75), np.percentile(tree.query(others)[0], 75))
    return bool(off < _SAME_POSE * apart)
