"""Blobs given as JSON: written by hand, by another program, or a line of `cvinspect inspect --json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from cvinspect.errors import JudgeInputError
from cvinspect.forms import Form, load_json, parse_data
from cvinspect.model import Blob, Doubt, Face, Inspected, Kind, Measured, Outcome

_SIZES = ("area_mm2", "diameter_mm", "length_mm", "width_mm", "max_dimension_mm", "height_mm")


class _Measured(Form):
    value: float
    u: float | None = None


class _Face(Form):
    name: Annotated[str, Field(min_length=1)]
    grade: str
    traits: tuple[Literal["paper_path", "no_function"], ...] = ()


class _Inspected(Form):
    face: str
    kind: str
    from_mm: Annotated[float, Field(ge=0)]
    coverage: Annotated[float, Field(ge=0, le=1)]
    elsewhere: str = ""

    @field_validator("kind")
    @classmethod
    def _known(cls, word: str) -> str:
        return str(Kind.named(word))


class _Blob(Form):
    id: int | None = None
    kind: str
    faces: tuple[str, ...]
    center_mm: tuple[float, float]
    center_px: tuple[float, float] | None = None
    bbox_px: tuple[int, int, int, int] | None = None
    area_mm2: _Measured | None = None
    diameter_mm: _Measured | None = None
    length_mm: _Measured | None = None
    width_mm: _Measured | None = None
    max_dimension_mm: _Measured | None = None
    height_mm: _Measured | None = None
    outline_mm: Annotated[tuple[tuple[float, float], ...], Field(min_length=1, max_length=64)] | None = None
    contrast_gray: float | None = None
    strength: float | None = None
    doubt: tuple[str, ...] = ()
    may_be: tuple[str, ...] = ()
    light: str = ""

    @field_validator("kind")
    @classmethod
    def _known(cls, word: str) -> str:
        return str(Kind.named(word))

    @field_validator("may_be")
    @classmethod
    def _all_known(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(Kind.named(word)) for word in words))

    def blob(self, number: int) -> Blob:
        """The value; a blob without an id gets its number in the list."""
        sizes: Mapping[str, _Measured | None] = {name: getattr(self, name) for name in _SIZES}
        return Blob(
            id=number if self.id is None else self.id,
            kind=Kind(self.kind),
            faces=tuple(dict.fromkeys(self.faces)),
            center_mm=self.center_mm,
            outline_mm=self.outline_mm,
            contrast_gray=self.contrast_gray,
            strength=self.strength,
            doubt=Doubt.from_words(self.doubt),
            center_px=self.center_px,
            bbox_px=self.bbox_px,
            may_be=tuple(Kind(word) for word in self.may_be),
            light=self.light,
            **{name: None if size is None else Measured(size.value, size.u) for name, size in sizes.items()},
        )


class _BlobsFile(Form):
    faces: tuple[_Face, ...]
    inspected: tuple[_Inspected, ...] | None = None
    blobs: tuple[_Blob, ...]
    part: str | None = None
    outcome: Literal["PASS", "REVIEW", "INVALID", "FAIL"] | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenBlobs:
    """What the judge needs, as given.

    part: the part that agreements are for: of a line of `inspect --json` its recipe's, else the one that is named.
    invalid: the reasons of a line that was INVALID and stays so (DECISIONS 4). one_of_several_views: the part has
    views that this line does not show, so it cannot pass by it. picture: whose line it is, if it is one.
    """

    faces: tuple[Face, ...]
    inspected: tuple[Inspected, ...] | None
    blobs: tuple[Blob, ...]
    part: str | None = None
    invalid: tuple[str, ...] | None = None
    one_of_several_views: bool = False
    picture: str = ""


def parse_blobs(text: str, where: str) -> GivenBlobs:
    """The blobs that JSON `text` states. Raises JudgeInputError with the place, what stood there and what is allowed.

    The other keys of a line of `inspect --json` are passed over; a key that nobody knows is refused.
    """
    data = load_json(text, where, JudgeInputError)
    if not isinstance(data, dict):
        raise JudgeInputError(f'{where}: is not one JSON object; give {{"faces": [..], "blobs": [..]}}')
    known = {key: value for key, value in data.items() if key not in _OF_A_LINE}
    stated = parse_data(known, _BlobsFile, where, JudgeInputError)
    return GivenBlobs(
        faces=tuple(Face(face.name, face.grade, None, face.traits) for face in stated.faces),
        inspected=None if stated.inspected is None else tuple(_entry(entry) for entry in stated.inspected),
        blobs=tuple(blob.blob(number) for number, blob in enumerate(stated.blobs, 1)),
        part=_recipe_part(data) or stated.part,
        invalid=stated.reasons if stated.outcome == Outcome.INVALID else None,
        one_of_several_views=_several_views(data),
        picture=data["picture"] if isinstance(data.get("picture"), str) else "",
    )


_OF_A_LINE = {
    "picture",
    "view",
    "lights",
    "sha256",
    "recipe",
    "limits",
    "calibration",
    "learned",
    "mm_per_px",
    "findings",
    "timing_ms",
}


def _several_views(data: dict[str, Any]) -> bool:
    """Whether a line shows one view of a part that has more."""
    recipe = data.get("recipe")
    views = recipe.get("views") if isinstance(recipe, dict) else None
    return isinstance(views, list) and len(views) > 1


def _recipe_part(data: dict[str, Any]) -> str | None:
    """The recipe's part, which a line names besides the part that its picture shows (often a serial number)."""
    recipe = data.get("recipe")
    part = recipe.get("part") if isinstance(recipe, dict) else None
    return part if isinstance(part, str) else None


def _entry(entry: _Inspected) -> Inspected:
    return Inspected(entry.face, Kind(entry.kind), entry.from_mm, entry.coverage, entry.elsewhere)
