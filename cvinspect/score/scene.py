"""The samples' truth: TOML, a file per picture, places and sizes in mm from the centre of the first pixel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from cvinspect.errors import ConfigurationError
from cvinspect.forms import Form, parse_toml, read_text
from cvinspect.score.classes import Classes, Meaning
from cvinspect.score.label import Label, of_place
from cvinspect.score.stated import Size, Stated

SCHEMA = "cvinspect-truth/1"
_Length = Annotated[float, Field(gt=0)] | None


class DefectEntry(Form):
    """One imperfection. kind: a kind, or a word that --classes explains. Without max_dimension_mm, length_mm is it."""

    kind: str
    center_mm: tuple[float, float]
    face: str = ""
    ignore: bool = False
    area_mm2: _Length = None
    diameter_mm: _Length = None
    length_mm: _Length = None
    width_mm: _Length = None
    max_dimension_mm: _Length = None
    height_mm: _Length = None
    contrast_gray: float | None = None


class SceneFile(Form):
    """A picture's truth; what the demonstration needs besides is let be."""

    schema_: Literal["cvinspect-truth/1"] = Field(alias="schema")
    picture: str
    mm_per_px: Annotated[float, Field(gt=0)]
    recipe: str = ""
    limits: str = ""
    product_grade: str = ""
    psf_sigma_px: float | None = None
    expected: dict[str, Any] = Field(default_factory=dict)
    defect: tuple[DefectEntry, ...] = ()


def read_scene(path: Path, classes: Classes, picture: str) -> Stated:
    """The truth in `path` of the picture called `picture`. Raises ConfigurationError naming the defect."""
    where = str(path)
    file = parse_toml(read_text(path, ConfigurationError), SceneFile, where, ConfigurationError)
    if file.picture != picture:
        raise ConfigurationError(f"{where}: picture = {file.picture!r}: must be {picture!r}, whose truth it is to be")
    numbered = ((entry, f"{where}: defect {number}") for number, entry in enumerate(file.defect, start=1))
    entries = [(entry, _meaning(entry, classes, place), place) for entry, place in numbered]
    scale = file.mm_per_px
    return Stated(where, lambda size: tuple(_label(*one, scale, size) for one in entries), mm_per_px=scale)


def _meaning(entry: DefectEntry, classes: Classes, place: str) -> Meaning:
    if entry.max_dimension_mm is None and entry.length_mm is None and entry.diameter_mm is None:
        raise ConfigurationError(f"{place}: has no size; give max_dimension_mm, length_mm or diameter_mm")
    return Meaning("ignore", ignore=True) if entry.ignore else classes.of(entry.kind, place)


def _label(entry: DefectEntry, meaning: Meaning, place: str, mm_per_px: float, size: Size) -> Label:
    sizes = {name: getattr(entry, f"{name}_mm") for name in ("max_dimension", "length", "width", "height")}
    sizes["max_dimension"] = entry.max_dimension_mm or entry.length_mm or entry.diameter_mm
    px = {name: value / mm_per_px for name, value in sizes.items() if value is not None}
    if entry.area_mm2 is not None:
        px["area"] = entry.area_mm2 / mm_per_px**2
    center = [value / mm_per_px for value in entry.center_mm]
    return of_place(meaning, center, px, size, place)
