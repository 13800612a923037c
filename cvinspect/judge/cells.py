"""What may stand in a cell of a limit table: its origin, its bands, its limits.

The words are those of the customers' documents: 以下/以内 `up_to` (<=), 未满/小于 `below` (<), 以上 `at_least` (>=),
大于 `above` (>). Every cell says where it comes from: stated (with the quoted phrase), inferred (with the reason),
not_stated, or borrowed.
"""

from __future__ import annotations

import itertools
import math
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from cvinspect.forms import Form
from cvinspect.model import Face

Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0)]
Size = Literal["area_mm2", "diameter_mm", "length_mm", "width_mm", "max_dimension_mm"]
Provenance = Literal["stated", "inferred", "not_stated", "borrowed"]
ProductGrade = Literal["oem", "canon"]

ANY = "any"


class Names(Form):
    """One name in the two languages."""

    zh: Text
    en: Text


class Quoted(Form):
    """A cell's origin.

    quote: the phrase as the document writes it, slips included; | is where the text breaks off and goes on elsewhere,
    / joins phrases. source: its lines and numbers there: L412#2 is the second number of line 412.
    """

    provenance: Provenance
    quote: str = ""
    source: tuple[str, ...] = ()
    reason: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _origin(self) -> Self:
        if self.provenance == "stated" and not self.quote:
            raise ValueError("provenance is 'stated' but no quote is given; quote the customer's phrase")
        if self.provenance in ("inferred", "borrowed") and not self.reason:
            raise ValueError(f"provenance is {self.provenance!r} but no reason is given")
        return self


class Interval(Quoted):
    """A band of sizes; the unit is part of the key. Open ends are left out."""

    at_least_mm: float | None = Field(None, ge=0)
    above_mm: float | None = Field(None, ge=0)
    below_mm: Positive | None = None
    up_to_mm: float | None = Field(None, ge=0)
    at_least_mm2: float | None = Field(None, ge=0)
    above_mm2: float | None = Field(None, ge=0)
    below_mm2: Positive | None = None
    up_to_mm2: float | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _one_interval(self) -> Self:
        if self.units == {"_mm", "_mm2"}:
            raise ValueError("mixes keys in _mm and keys in _mm2; a band has one unit")
        for pair in (("at_least", "above"), ("below", "up_to")):
            if sum(self._edge(word) is not None for word in pair) > 1:
                raise ValueError(f"gives both {pair[0]} and {pair[1]}; one of them is enough")
        if not (self.lower < self.upper or (self.lower == self.upper and self.lower_closed and self.upper_closed)):
            raise ValueError(f"holds no size: from {self.lower:g} to {self.upper:g}")
        return self

    def _edge(self, word: str) -> float | None:
        values = (getattr(self, word + unit) for unit in ("_mm", "_mm2"))
        return next((value for value in values if value is not None), None)

    @cached_property
    def units(self) -> set[str]:
        """Which of _mm and _mm2 the edges are written in."""
        words = ("at_least", "above", "below", "up_to")
        return {unit for unit in ("_mm", "_mm2") for word in words if getattr(self, word + unit) is not None}

    @cached_property
    def lower(self) -> float:
        """Lower edge; 0 where none is given."""
        return next((edge for edge in (self._edge("at_least"), self._edge("above")) if edge is not None), 0.0)

    @cached_property
    def lower_closed(self) -> bool:
        """Whether the lower edge itself belongs to the band."""
        return self._edge("above") is None

    @cached_property
    def upper(self) -> float:
        """Upper edge; infinity where none is given."""
        return next((edge for edge in (self._edge("below"), self._edge("up_to")) if edge is not None), math.inf)

    @cached_property
    def upper_closed(self) -> bool:
        """Whether the upper edge itself belongs to the band."""
        return self._edge("up_to") is not None

    def reaches(self, value: float) -> bool:
        """True where `value` lies in this band or above it."""
        return value >= self.lower if self.lower_closed else value > self.lower

    def __contains__(self, value: float) -> bool:
        """True where `value` lies in this band."""
        return self.reaches(value) and (value <= self.upper if self.upper_closed else value < self.upper)


class CountBand(Interval):
    """How many of these sizes one region may hold; 0 = none, "unlimited" = no requirement."""

    allow: Annotated[int, Field(ge=0)] | Literal["unlimited"]


class SpacingBand(Interval):
    """How far the next one must be. alternative_spacing_mm: the other value that also fits the source's text."""

    spacing_mm: Positive
    alternative_spacing_mm: Positive | None = None


class SizeLimit(Interval):
    """The largest size that one imperfection may have, in one quantity."""

    quantity: Size

    @model_validator(mode="after")
    def _an_upper_limit(self) -> Self:
        if math.isinf(self.upper) or self.lower > 0:
            raise ValueError("a size limit needs exactly one of up_to and below")
        check_unit(self, self.quantity)
        return self


class Cell(Quoted):
    """Where a rule holds: face grades (or "any"), for one product grade, on faces with a trait."""

    faces: Annotated[tuple[Text, ...], Field(min_length=1)]
    product_grade: ProductGrade | None = None
    trait: str = ""

    def holds_for(self, face: Face, grade: str, product_grade: str) -> bool:
        """True where this cell answers for `face`, whose grade is called `grade` in the table."""
        return (
            (ANY in self.faces or grade in self.faces)
            and self.product_grade in (None, product_grade)
            and (not self.trait or self.trait in face.traits)
        )


class CountCell(Cell):
    """Bands that cover every size from 0 up, each with its count."""

    bands: Annotated[tuple[CountBand, ...], Field(min_length=1)]

    @field_validator("bands")
    @classmethod
    def _cover(cls, bands: tuple[CountBand, ...]) -> tuple[CountBand, ...]:
        return tuple(_chained(bands, to_infinity=True))


class SpacingCell(Cell):
    """Bands from 0 up, each with its distance; above the top band the top band's distance holds (DECISIONS 6)."""

    bands: Annotated[tuple[SpacingBand, ...], Field(min_length=1)]

    @field_validator("bands")
    @classmethod
    def _cover(cls, bands: tuple[SpacingBand, ...]) -> tuple[SpacingBand, ...]:
        return tuple(_chained(bands, to_infinity=False))


class SizeCell(Cell):
    """The upper limits of one cell, one per quantity."""

    limits: Annotated[tuple[SizeLimit, ...], Field(min_length=1)]

    @field_validator("limits")
    @classmethod
    def _once(cls, limits: tuple[SizeLimit, ...]) -> tuple[SizeLimit, ...]:
        names = [limit.quantity for limit in limits]
        if len(set(names)) < len(names):
            raise ValueError(f"a quantity is limited twice: {', '.join(names)}")
        return limits


class HeightCell(Cell):
    """A height limit: at most up_to_mm, or forbidden altogether, or unlimited."""

    up_to_mm: float | None = Field(None, ge=0)
    forbidden: bool = False
    unlimited: bool = False

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.up_to_mm is not None) + self.forbidden + self.unlimited != 1:
            raise ValueError("give exactly one of up_to_mm, forbidden = true, unlimited = true")
        return self


class ToleranceCell(Cell):
    """A height between from_mm and to_mm, both included."""

    from_mm: float
    to_mm: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.from_mm <= self.to_mm:
            raise ValueError(f"from_mm = {self.from_mm:g} is above to_mm = {self.to_mm:g}")
        return self


class SumCell(Cell):
    """The largest total of all sizes in one region."""

    sum_up_to_mm: float | None = Field(None, ge=0)
    sum_up_to_mm2: float | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.sum_up_to_mm is None) == (self.sum_up_to_mm2 is None):
            raise ValueError("give exactly one of sum_up_to_mm and sum_up_to_mm2")
        return self

    @property
    def most(self) -> float:
        """The limit, in the unit of the rule's size."""
        return next(value for value in (self.sum_up_to_mm, self.sum_up_to_mm2) if value is not None)


def check_unit(band: Interval, size: str) -> None:
    """Raises ValueError where the edges of `band` are in another unit than `size`."""
    unit, other = ("_mm2", "_mm") if size.endswith("_mm2") else ("_mm", "_mm2")
    wrong = [word for word in ("at_least", "above", "below", "up_to") if getattr(band, word + other) is not None]
    if wrong:
        keys, instead = (", ".join(word + ending for word in wrong) for ending in (other, unit))
        raise ValueError(f"{keys} does not fit {size}; write {instead}")


def _chained(bands: tuple[Any, ...], to_infinity: bool) -> list[Any]:
    """The bands in order of size; raises ValueError on a gap, an overlap, or an open end."""
    order = sorted(bands, key=lambda band: (band.lower, not band.lower_closed))
    if order[0].lower == 0 and not order[0].lower_closed:
        raise ValueError("the bands leave out 0; the first must start at 0: leave out its lower edge")
    if order[0].lower != 0:
        raise ValueError(
            f"the bands leave a gap below {order[0].lower:g}; the first must start at 0: leave out its lower edge"
        )
    for band, after in itertools.pairwise(order):
        if after.lower < band.upper or (after.lower == band.upper and band.upper_closed and after.lower_closed):
            raise ValueError(f"two bands overlap at {after.lower:g}")
        if after.lower > band.upper or not (band.upper_closed or after.lower_closed):
            raise ValueError(f"the bands leave a gap at {band.upper:g}")
    if to_infinity and not math.isinf(order[-1].upper):
        raise ValueError(f"the bands leave a gap above {order[-1].upper:g}; the last must have no upper edge")
    return order
