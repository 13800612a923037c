"""The kinds of rule that a limit table may hold, in the words of the customers' documents."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from cvinspect.forms import Form
from cvinspect.judge.cells import (
    Cell,
    CountCell,
    HeightCell,
    Names,
    Positive,
    Provenance,
    Quoted,
    Size,
    SizeCell,
    SpacingCell,
    SumCell,
    Text,
    ToleranceCell,
    check_unit,
)
from cvinspect.model import Kind


class Rule(Form):
    """What every rule has. kinds: which imperfections it speaks of; ["any"] becomes the empty tuple.

    limit_sample_may_decide: the source adds 有限度样参考限度样, so a signed limit sample decides in the number's place.
    documented: readings of the source that are written down but not judged (DECISIONS 6).
    """

    id: Text
    kinds: tuple[Kind, ...]
    title: Names
    provenance: Provenance = "stated"
    quote: str = ""
    source: tuple[str, ...] = ()
    reason: str = ""
    note: str = ""
    documented: tuple[str, ...] = ()
    limit_sample_may_decide: bool = False

    @field_validator("kinds", mode="before")
    @classmethod
    def _named(cls, words: Any) -> Any:
        if not isinstance(words, list):
            return words
        if not words:
            raise ValueError('name at least one kind, or "any"')
        if words == ["any"]:
            return ()
        if not all(isinstance(word, str) for word in words):
            raise ValueError("every kind is a text in quotes")
        return tuple(Kind.named(word) for word in words)

    def speaks_of(self, kind: Kind) -> bool:
        """True where the rule is about `kind`."""
        return not self.kinds or kind in self.kinds


class CountRule(Rule):
    """How many per region, by size band.

    readings: any_circle = every circle of that diameter that can be laid anywhere; nearer_than_spacing = imperfections
    that stand alternative_spacing_mm apart are not counted together. counting: cumulative_from_above = everything as
    large as the band or larger uses up its number; per_band = each band by itself.
    """

    type: Literal["band_count"]
    size: Size
    circle_diameter_mm: Positive
    alternative_spacing_mm: Positive | None = None
    readings: Annotated[tuple[Literal["any_circle", "nearer_than_spacing"], ...], Field(min_length=1)] = ("any_circle",)
    counting: Annotated[tuple[Literal["cumulative_from_above", "per_band"], ...], Field(min_length=1)] = (
        "cumulative_from_above",
    )
    cell: Annotated[tuple[CountCell, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _units(self) -> Self:
        if "nearer_than_spacing" in self.readings and self.alternative_spacing_mm is None:
            raise ValueError("the reading nearer_than_spacing needs alternative_spacing_mm")
        for band in (band for cell in self.cell for band in cell.bands):
            check_unit(band, self.size)
        return self


class NoCount(Quoted):
    """What the source says where the number of imperfections does not matter."""

    allow: Literal["unlimited"]


class SpacingRule(Rule):
    """How far two must lie apart, edge to edge on one face, by size band; of two bands the larger distance holds.

    count: where the source says that only the distance matters; its words are kept, there is nothing to judge.
    """

    type: Literal["band_spacing"]
    size: Size
    count: NoCount | None = None
    cell: Annotated[tuple[SpacingCell, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _units(self) -> Self:
        for band in (band for cell in self.cell for band in cell.bands):
            check_unit(band, self.size)
        return self


class SizeRule(Rule):
    """How large a single one may be. point, line: which quantities are judged for which shape (line: L/W >= 3)."""

    type: Literal["size_limit"]
    point: Annotated[tuple[Size, ...], Field(min_length=1)]
    line: Annotated[tuple[Size, ...], Field(min_length=1)]
    readings: Annotated[tuple[Literal["all_that_fit_the_shape", "any_one_row"], ...], Field(min_length=1)] = (
        "all_that_fit_the_shape",
    )
    cell: Annotated[tuple[SizeCell, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _every_shape_has_a_limit(self) -> Self:
        for cell in self.cell:
            limited = {limit.quantity for limit in cell.limits}
            for shape in ("point", "line"):
                judged = getattr(self, shape)
                if not limited.intersection(judged):
                    faces, needed = ", ".join(cell.faces), ", ".join(judged)
                    raise ValueError(f"cell for faces {faces} limits no quantity of a {shape} ({needed})")
        return self


class HeightRule(Rule):
    """How high something may stand out of the surface."""

    type: Literal["height_limit"]
    cell: Annotated[tuple[HeightCell, ...], Field(min_length=1)]


class ToleranceRule(Rule):
    """Between which heights something must lie."""

    type: Literal["tolerance"]
    cell: Annotated[tuple[ToleranceCell, ...], Field(min_length=1)]


class SumRule(Rule):
    """How much all of them may add up to, on the whole face or in any circle."""

    type: Literal["sum_limit"]
    size: Size
    circle_diameter_mm: Positive | None = None
    cell: Annotated[tuple[SumCell, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _units(self) -> Self:
        squared = self.size.endswith("_mm2")
        if any((cell.sum_up_to_mm2 is not None) != squared for cell in self.cell):
            raise ValueError(f"the limit's unit does not fit {self.size}; write sum_up_to_{'mm2' if squared else 'mm'}")
        return self


class PlainRule(Rule):
    """A rule without a number: none allowed, by limit sample, by touch, by function, no requirement, or not stated."""

    type: Literal[
        "forbidden",
        "forbidden_unless_limit_sample",
        "unlimited",
        "limit_sample",
        "tactile",
        "functional_veto",
        "not_stated",
    ]
    cell: Annotated[tuple[Cell, ...], Field(min_length=1)]


AnyRule = Annotated[
    CountRule | SpacingRule | SizeRule | HeightRule | ToleranceRule | SumRule | PlainRule, Field(discriminator="type")
]
