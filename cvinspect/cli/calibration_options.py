"""Options of the calibration commands, and how they are checked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import isfinite, sqrt
from pathlib import Path
from typing import Annotated

import typer

from cvinspect.errors import CalibrationError
from cvinspect.pictures import clean_text, list_pictures
from cvinspect.words import Language, say

MANY = 3  # from so many pictures on, it is said which one is being looked at

PicturesArgument = Annotated[
    list[Path], typer.Argument(metavar="PICTURE|FOLDER...", help="Pictures, or folders that hold them.")
]
TargetOption = Annotated[
    str, typer.Option("--target", help="The target: one word, as chess:9x6:25, or its description file.")
]
PlaneOption = Annotated[
    Path | None, typer.Option("--plane", help="The picture with the target where the part's surface will be.")
]
HeightOption = Annotated[
    float,
    typer.Option("--height", metavar="MM", help="How far the part's surface lies above the target's, to the camera."),
]
UHeightOption = Annotated[
    float | None,
    typer.Option(
        "--u-height", metavar="MM", help="Standard uncertainty of that. Not given: 0.2 mm is assumed, and said so."
    ),
]
DistanceOption = Annotated[
    float | None,
    typer.Option("--distance", metavar="MM", help="From camera to target, where one picture alone cannot tell it."),
]
PrintErrorOption = Annotated[
    float | None,
    typer.Option(
        "--print-error",
        metavar="PERCENT",
        help="How far the target's lengths may be off, ± per cent, by certificate or check ruler. Not given: what its "
        "description says, else u = 0.3 % is assumed, and said so.",
    ),
]
ReportOption = Annotated[Path | None, typer.Option("--report", help="HTML report to write.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")]
CameraOption = Annotated[str, typer.Option("--camera", help="The camera it is for; not given: as the pictures say.")]
ByOption = Annotated[str, typer.Option("--by", help="Who made it.")]
DaysOption = Annotated[int, typer.Option("--days", min=1, max=36500, help="For how many days it is valid.")]


def found_pictures(places: Sequence[Path]) -> list[Path]:
    """The pictures named, and those in the folders named. Raises CalibrationError where a folder holds none."""
    found: list[Path] = []
    for place in places:
        inside = list_pictures(place) if place.is_dir() else [place]
        if not inside:
            raise CalibrationError(f"{place}: holds no pictures (png, jpg, tif, bmp)")
        found += inside
    return found


def check_place(path: Path, force: bool) -> None:
    """Raises CalibrationError where a file cannot be written, before anything is worked out for it."""
    with suppress(OSError):  # a name that is too long: said when it is written
        if not path.parent.is_dir():
            told = f"there is no folder {path.parent}; make it, or choose another"
            raise CalibrationError(f"{path}: cannot be written: {told}")
        if path.is_dir():
            raise CalibrationError(f"{path}: cannot be written: it is a folder; name a file in it")
    check_new(path, force)


def check_new(path: Path, force: bool) -> None:
    """Raises CalibrationError where a file would be replaced that nobody said should be."""
    with suppress(OSError):
        if not force and path.is_file():
            raise CalibrationError(f"{path}: exists already; choose another name, or replace it with --force")


def checked(option: str, value: float, low: float, high: float) -> float:
    """`value` within [low, high]; NaN is refused. Raises CalibrationError."""
    if not (isfinite(value) and low <= value <= high):
        raise CalibrationError(f"{option} {value:g}: give a number from {low:g} to {high:g}")
    return value


def optional(option: str, value: float | None, low: float, high: float) -> float | None:
    """The same for an option that may be left out."""
    return None if value is None else checked(option, value, low, high)


def u_of_print(percent: float | None) -> float | None:
    """Relative standard uncertainty of lengths that may be off by so many per cent either way (GUM 4.3.7)."""
    return None if percent is None else checked("--print-error", percent, 0, 50) / 100 / sqrt(3)


def telling(lang: Language) -> Callable[[int, int, str], None]:
    """What says on stderr which of many pictures is being looked at."""

    def tell(number: int, total: int, name: str) -> None:
        if total >= MANY:
            print(say("cal_looking", {"number": number, "total": total, "view": name}, lang), file=sys.stderr)

    return tell


def warn(message: str, lang: Language) -> None:
    """A warning on stderr."""
    print(say("cal_warning", {"message": clean_text(message)}, lang), file=sys.stderr)
