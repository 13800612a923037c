"""The recipe's [view.locate]: how the part is found in the frame, and whether its outline or marks can tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, field_validator

from cvinspect.config.outline import check_outline
from cvinspect.errors import PictureError, RecipeError
from cvinspect.forms import Form
from cvinspect.judge.cells import Text
from cvinspect.locate import FIXED, ByMarks, ByOutline, Locator, Mark, is_clear_mark, same_turn
from cvinspect.model import Calibration, Face
from cvinspect.pictures import gray8, read_picture

Point = tuple[float, float]
ROUND_SIDES = 720

Turn = Annotated[float, Field(ge=0, le=180)]
Shift = Annotated[float, Field(gt=0, le=1000)]
Share = Annotated[float, Field(ge=0, le=0.2)]
Misfit = Annotated[float, Field(gt=0, le=100)]


class FixedEntry(Form):
    """The part lies in a fixture, where the recipe draws it."""

    by: Literal["fixed"] = "fixed"


class DiskEntry(Form):
    """A round part: its middle and diameter, part mm."""

    center: Point
    diameter_mm: Annotated[float, Field(gt=0, le=1e5)]

    def corners(self) -> tuple[Point, ...]:
        """The disk as a polygon."""
        turn = np.linspace(0, 2 * np.pi, ROUND_SIDES, endpoint=False)
        around = np.asarray(self.center) + self.diameter_mm / 2 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        return tuple((x, y) for x, y in around.tolist())


class OutlineEntry(Form):
    """The part is found by its outline against the ground."""

    by: Literal["outline"]
    outline: Literal["face"] | Annotated[tuple[Point, ...], Field(min_length=3)] | DiskEntry = "face"
    ground: Literal["auto", "dark", "bright"] = "auto"
    turn_deg: Turn = 5.0
    shift_mm: Shift = 5.0
    scale: Share = 0.0
    misfit_mm: Misfit | None = None

    @field_validator("outline")
    @classmethod
    def _simple(cls, outline: Any) -> Any:
        if isinstance(outline, tuple):
            check_outline(outline)
        return outline


class MarkEntry(Form):
    """A mark: its middle in part mm, and the side of the square that is looked for."""

    at: Point
    size_mm: Annotated[float, Field(gt=0, le=1000)]


class MarksEntry(Form):
    """The part is found by marks that a picture of a part, lying as it is drawn, teaches."""

    by: Literal["marks"]
    picture: Text
    sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""
    mark: Annotated[tuple[MarkEntry, ...], Field(min_length=2)]
    turn_deg: Turn = 5.0
    shift_mm: Shift = 5.0
    scale: Share = 0.0
    correlation: Annotated[float, Field(ge=0.5, le=0.99)] = 0.75
    misfit_mm: Misfit | None = None


LocateEntry = Annotated[FixedEntry | OutlineEntry | MarksEntry, Field(discriminator="by")]


def locator_of(
    entry: FixedEntry | OutlineEntry | MarksEntry, faces: Sequence[Face], calibration: Calibration, folder: Path
) -> Locator:
    """The locator that the entry describes; paths are relative to `folder`.

    Raises RecipeError, without its place, where the part could never be found so: an outline that reaches out of the
    picture or fits itself when turned, a mark that the picture does not show.
    """
    if isinstance(entry, FixedEntry):
        return FIXED
    framed = [face.name for face in faces if face.outline_mm is None]
    if framed:
        raise RecipeError(f'face {framed[0]!r} is "frame", which does not follow the part; draw it in mm')
    return (
        _by_outline(entry, faces, calibration)
        if isinstance(entry, OutlineEntry)
        else _by_marks(entry, calibration, folder)
    )


def _by_outline(entry: OutlineEntry, faces: Sequence[Face], calibration: Calibration) -> ByOutline:
    knobs = entry.model_dump(exclude={"by", "outline"})
    if isinstance(entry.outline, DiskEntry):
        if entry.turn_deg and "turn_deg" in entry.model_fields_set:
            raise RecipeError("turn_deg: no outline tells how a disk is turned; leave it out, or locate by marks")
        made = ByOutline(outline_mm=entry.outline.corners(), is_round=True, **{**knobs, "turn_deg": 0.0})
    else:
        if entry.outline == "face" and len(faces) > 1:
            raise RecipeError('outline = "face" is for an only face; draw the part\'s own outline in mm')
        corners = faces[0].outline_mm if entry.outline == "face" else entry.outline
        assert corners is not None, "locator_of refuses faces that are the frame"
        made = ByOutline(outline_mm=corners, **knobs)
        _check_turn(entry.turn_deg, same_turn(made, calibration))
    _check_shown(np.array(made.outline_mm), calibration, "the outline")
    return made


def _check_turn(turn_deg: float, again_deg: float | None) -> None:
    if again_deg is None:
        return
    turned, remedy = f"turned by {again_deg:.0f} degrees", f"allow less than {again_deg / 2:g}"
    if not again_deg:
        turned, remedy = "however it is turned", "write turn_deg = 0, which takes it as it lies"
    raise RecipeError(
        f"turn_deg = {turn_deg:g}: {turned} the outline looks the same, so nobody could tell how the part lies; "
        f"{remedy}, or locate by marks"
    )


def _check_shown(places_mm: Any, calibration: Calibration, what: str) -> None:
    places = calibration.to_px(places_mm)
    beyond = (places < -0.5) | (places > np.array(calibration.size) - 0.5)
    if beyond.any():
        x, y = places_mm[np.flatnonzero(beyond.any(axis=1))[0]]
        raise RecipeError(
            f"{what} reaches out of the picture at [{x:.4g}, {y:.4g}] mm, so a part that lies as drawn is not seen "
            "whole; draw it where it lies in a good picture"
        )


def _by_marks(entry: MarksEntry, calibration: Calibration, folder: Path) -> ByMarks:
    try:
        taught = read_picture(folder / entry.picture)
    except PictureError as bad:
        raise RecipeError(f"picture = {entry.picture!r}: {bad}") from bad
    gray = gray8(taught.pixels)
    if gray.shape[::-1] != calibration.size:
        raise RecipeError(
            f"picture = {entry.picture!r} is {gray.shape[1]}x{gray.shape[0]} px, the calibration is for "
            f"{calibration.size[0]}x{calibration.size[1]} px"
        )
    if entry.sha256 and entry.sha256 != taught.sha256:
        raise RecipeError(f"picture = {entry.picture!r} is not the one that was taught: its sha256 is {taught.sha256}")
    for number, mark in enumerate(entry.mark, start=1):
        half = mark.size_mm / 2
        square = np.array([mark.at]) + np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
        _check_shown(square, calibration, f"mark[{number}]")
        _check_clear(gray, mark, number, calibration)
    apart = min(math.dist(a.at, b.at) for i, a in enumerate(entry.mark) for b in entry.mark[:i])
    if apart < max(mark.size_mm for mark in entry.mark):
        raise RecipeError(f"two marks are {apart:.3g} mm apart, less than their size; choose places far apart")
    marks = tuple(Mark(mark.at, mark.size_mm) for mark in entry.mark)
    return ByMarks(taught=gray, marks=marks, **entry.model_dump(exclude={"by", "picture", "sha256", "mark"}))


def _check_clear(gray: Any, mark: MarkEntry, number: int, calibration: Calibration) -> None:
    if not is_clear_mark(gray, Mark(mark.at, mark.size_mm), calibration):
        raise RecipeError(
            f"mark[{number}]: the taught picture shows nothing there that tells a place in both directions; "
            "choose a hole, a corner or print, and a square that holds it whole"
        )
