"""The good pictures of one view."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from cvinspect.calibration.flat_field import evened
from cvinspect.config.job import Job, View
from cvinspect.errors import LearnedError, PictureError
from cvinspect.fitness import figures
from cvinspect.locate import locate
from cvinspect.model import Frame, Placement
from cvinspect.pictures import read_picture
from cvinspect.pipeline import Shot

LEAST = 5
MOST_LEFT_OUT = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Good:
    """A picture of a good part: its frame, where the part lies in it, its figures (`fitness.figures`)."""

    picture: str
    sha256: str
    part: str
    frame: Frame
    placement: Placement
    figures: Mapping[str, float]


def goods_of(
    shots: Sequence[Shot], job: Job, view: View, left_out: Callable[[str], None] = lambda why: None
) -> list[Good]:
    """The shots of `view`, read and located. left_out: told of each one that cannot be used, and why.

    Raises LearnedError where more than a quarter of them cannot be used, one is given twice, or they are too few.
    """
    own = [shot for shot in shots if shot.view == view.name and not shot.misfit]
    check_number(len(own), view.name)
    twice: dict[str, str] = {}
    goods = []
    for shot in own:
        try:
            good = good_of(shot, view)
        except LearnedError as bad:
            left_out(str(bad))
            continue
        if good.sha256 in twice:
            raise LearnedError(f"{good.picture}: is the same picture as {twice[good.sha256]}; give each one once")
        twice[good.sha256] = good.picture
        goods.append(good)
    if len(own) - len(goods) > MOST_LEFT_OUT * len(own):
        raise LearnedError(
            f"{len(own) - len(goods)} of {len(own)} pictures cannot be learnt from (above), at most a quarter may be "
            "so; mend the recipe or sort them out"
        )
    check_number(len(goods), view.name)
    return goods


def check_number(pictures: int, view: str) -> None:
    """Raises LearnedError where nothing can be said of how good parts differ."""
    if pictures < LEAST:
        raise LearnedError(
            f"view {view!r}: {pictures} good picture{'s' if pictures != 1 else ''}; how good parts differ is seen from "
            f"at least {LEAST}, of as many parts"
        )


def good_of(shot: Shot, view: View) -> Good:
    """The shot, read and located. Raises LearnedError where it cannot be used."""
    try:
        picture = read_picture(shot.path)
        pixels = picture.pixels if view.calibration.gain is None else evened(picture.pixels, view.calibration.gain)
        frame = Frame(pixels, part=shot.part, view=shot.view, sha256=picture.sha256, camera=picture.camera)
        placement = locate(replace(frame, pixels=picture.pixels), view.faces, view.calibration, view.locator)
    except PictureError as bad:
        raise LearnedError(f"{shot.picture}: cannot be learnt from: {bad}") from bad
    found = figures(replace(frame, pixels=picture.pixels), placement)
    return Good(shot.picture, picture.sha256, shot.part, frame, placement, found)
