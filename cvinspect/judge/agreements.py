"""What customer and supplier signed beside the table: its form, what of it is in force, what it decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from cvinspect.forms import Form
from cvinspect.judge.cells import ANY, Text
from cvinspect.model import Blob, Kind, Outcome, Reason

Millimetres = Annotated[float, Field(gt=0, le=1000)]
LinearSize = Literal["max_dimension_mm", "diameter_mm", "length_mm", "width_mm", "height_mm"]

_NEEDS: dict[str, tuple[str, ...]] = {
    "limit_sample": ("accepted_mm", "rejected_mm", "contrast_gray"),
    "internal_limit": ("limit_mm",),
    "functional_answer": ("affects_function",),
    "smallest_counted": ("smallest_mm",),
}


class Agreement(Form):
    """One signed entry.

    limit_sample: accepted_mm and rejected_mm are the sizes of the accepted and the rejected sample, contrast_gray the
    accepted sample's contrast against its surroundings. internal_limit: above limit_mm fails, nothing passes by it.
    functional_answer: whether flash on that face affects the function. smallest_counted: what is smaller than
    smallest_mm is not counted.
    """

    type: Literal["limit_sample", "internal_limit", "functional_answer", "smallest_counted"]
    part: Text
    face: Text
    kind: Kind
    who: Text
    reference: Text
    signed: date
    expires: date
    size: LinearSize = "max_dimension_mm"
    accepted_mm: Millimetres | None = None
    rejected_mm: Millimetres | None = None
    contrast_gray: float | None = Field(None, ge=0, le=255)
    limit_mm: Millimetres | None = None
    smallest_mm: Millimetres | None = None
    affects_function: bool | None = None

    @field_validator("kind", mode="before")
    @classmethod
    def _named(cls, word: Any) -> Any:
        return Kind.named(word) if isinstance(word, str) else word

    @model_validator(mode="after")
    def _whole(self) -> Self:
        every = {name for names in _NEEDS.values() for name in names}
        given = {name for name in every if getattr(self, name) is not None}
        needed = set(_NEEDS[self.type])
        if given != needed:
            wrong = [f"{n} is missing" for n in sorted(needed - given)]
            wrong += [f"{n} does not belong to it" for n in sorted(given - needed)]
            raise ValueError(f"a {self.type} needs {', '.join(_NEEDS[self.type])}: {'; '.join(wrong)}")
        if self.accepted_mm is not None and self.rejected_mm is not None and self.accepted_mm >= self.rejected_mm:
            raise ValueError(
                f"accepted_mm = {self.accepted_mm:g} is not smaller than rejected_mm = {self.rejected_mm:g}"
            )
        if self.expires <= self.signed:
            raise ValueError(f"expires = {self.expires} is not after signed = {self.signed}")
        return self

    def speaks_of(self, kind: Kind, face: str) -> bool:
        """True where it is about `kind` on the face named `face`."""
        return self.kind == kind and self.face in (face, ANY)


class Agreements(Form):
    """An agreements file."""

    schema_: Literal["cvinspect-agreements/1"] = Field(alias="schema")
    agreement: tuple[Agreement, ...] = ()

    @model_validator(mode="after")
    def _one_answer_each(self) -> Self:
        for i, one in enumerate(self.agreement):
            for other in self.agreement[:i]:
                same = (one.type, one.part, one.kind) == (other.type, other.part, other.kind)
                faces = {one.face, other.face}
                at_once = one.signed <= other.expires and other.signed <= one.expires
                if same and at_once and (len(faces) == 1 or ANY in faces):
                    raise ValueError(
                        f"{other.reference} and {one.reference} are both a {one.type} for {one.kind} on face "
                        f"{one.face} at the same time; keep the one that holds"
                    )
        return self


def in_force(
    agreements: Iterable[Agreement], part: str | None, on: date
) -> tuple[tuple[Agreement, ...], tuple[Reason, ...]]:
    """The agreements for `part` that are valid `on` that day, and why the others are not used.

    part None = the input names no part: then the agreements must all be for one part, or none is used.
    """
    everyone = tuple(agreements)
    parts = {agreement.part for agreement in everyone}
    wanted = part if part is not None else (next(iter(parts)) if len(parts) == 1 else None)
    used, why = [], []
    for agreement in everyone:
        if agreement.part != wanted:
            why.append(Reason.of("agreement_other_part", reference=agreement.reference, part=agreement.part))
        elif not agreement.signed <= on <= agreement.expires:
            why.append(Reason.of("agreement_expired", reference=agreement.reference, expires=str(agreement.expires)))
        else:
            used.append(agreement)
    return tuple(used), tuple(why)


def find(agreements: Sequence[Agreement], kind: Kind, face: str, *types: str) -> Agreement | None:
    """The first agreement of one of `types` about `kind` on `face`; the first in the file wins."""
    return next((a for a in agreements if a.type in types and a.speaks_of(kind, face)), None)


def by_limit_sample(sample: Agreement, blob: Blob, size: float, sure: bool) -> Outcome:
    """What a limit sample says of a blob whose size is `size` mm at this end of its uncertainty interval.

    PASS: not larger than the accepted sample and no stronger in contrast; FAIL: larger than the rejected one; between
    them, of unknown contrast, or of a size that is not sure: REVIEW.
    """
    assert sample.accepted_mm is not None
    assert sample.rejected_mm is not None
    assert sample.contrast_gray is not None
    if size > sample.rejected_mm:
        return Outcome.FAIL
    no_stronger = blob.contrast_gray is not None and abs(blob.contrast_gray) <= sample.contrast_gray
    return Outcome.PASS if sure and no_stronger and size <= sample.accepted_mm else Outcome.REVIEW
