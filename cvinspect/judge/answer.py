"""What every rule gives: an answer about a group of blobs at one end of their uncertainty intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cvinspect.errors import JudgeInputError
from cvinspect.judge.agreements import Agreement
from cvinspect.judge.circle import Densest
from cvinspect.judge.extent import Extents
from cvinspect.judge.table import DecisionRule
from cvinspect.model import Blob, Doubt, Face, Kind, Measured, Outcome, Reading

LINE_FROM_ASPECT = 3.0  # DECISIONS 7: a line if length / width >= 3


@dataclass(frozen=True, slots=True)
class Answer:
    """One rule about one group of blobs. key pairs it with the same group's answer at the other end.

    topic is the stem of the reason's code, cause says why it is REVIEW.
    """

    key: tuple[Any, ...]
    rule: str
    blobs: tuple[int, ...]
    outcome: Outcome
    topic: str
    values: Mapping[str, Any]
    readings: tuple[Reading, ...] = ()
    cause: str = ""
    quantity: str = ""
    measured: float | None = None
    allowed: float | None = None
    margin: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One rule and its cell on one face, the blobs it speaks of, and at which end of their intervals: size + k * u.

    Of a blob that may be of several kinds, one stands here per kind that the rule speaks of, as that kind. circles,
    gaps, reaches and spaced remember what was worked out for another rule, reading or end.
    """

    rule: Any
    cell: Any
    face: Face
    blobs: Sequence[Blob]
    k: int
    decision_rule: DecisionRule
    ambiguity: str
    agreements: tuple[Agreement, ...]
    circles: dict[tuple[Any, ...], Densest] = field(default_factory=dict)
    gaps: dict[tuple[str, int, int], float] = field(default_factory=dict)
    reaches: dict[tuple[int, ...], Extents] = field(default_factory=dict)
    spaced: dict[tuple[Any, ...], tuple[Answer, ...]] = field(default_factory=dict)

    def of(self, blobs: Sequence[Blob]) -> Case:
        """The same rule about fewer blobs."""
        return replace(self, blobs=blobs)

    def extents(self, blobs: Sequence[Blob]) -> Extents:
        """Where the blobs reach, at their stated sizes: U is on sizes, not on distances (DECISIONS 2)."""
        key = tuple(blob.id for blob in blobs)
        if key not in self.reaches:
            self.reaches[key] = Extents.of(blobs)
        return self.reaches[key]

    def gap(self, extents: Extents, blobs: Sequence[Blob], i: int, j: int) -> float:
        """The edge-to-edge distance of two of `blobs`; remembered, for it is the same at both ends."""
        first, second = sorted((blobs[i].id, blobs[j].id))
        key = (self.face.name, first, second)
        if key not in self.gaps:
            self.gaps[key] = extents.between(i, j)
        return self.gaps[key]

    def size(self, blob: Blob, quantity: str) -> float:
        """The blob's size at this end; raises JudgeInputError where it is missing."""
        k = 2 if Doubt.BELOW_RESOLUTION in blob.doubt else self.k
        values = [size.value + k * (size.u or 0.0) for size in stated(blob, quantity)]
        if not (blob.kind is Kind.GATE and quantity == "height_mm"):
            values = [max(value, 0.0) for value in values]
        if not values:
            raise JudgeInputError(
                f"blob {blob.id} ({blob.kind}): {quantity} is missing, and rule {self.rule.id} needs it; "
                f"give {quantity} = {{value, u}}"
            )
        return max(values)

    def unsure(self, blob: Blob, quantity: str) -> str:
        """Why the blob cannot pass by that size: the cause's code, or nothing."""
        if blob.doubt.understated:
            return "cause_understated"
        needs_u = self.decision_rule != "simple" or Doubt.BELOW_RESOLUTION in blob.doubt
        if needs_u and any(size.u is None for size in stated(blob, quantity)):
            return "cause_unknown_u"
        return ""

    def agree(self, readings: Sequence[Reading]) -> Outcome:
        """What disagreeing readings give (DECISIONS 3): any failing one fails under `worst`, else REVIEW."""
        outcomes = {reading.outcome for reading in readings}
        if self.ambiguity == "worst" and Outcome.FAIL in outcomes:
            return Outcome.FAIL
        return outcomes.pop() if len(outcomes) == 1 else Outcome.REVIEW

    def words(self, blob: Blob | None = None, **more: Any) -> dict[str, Any]:
        """What every sentence needs: kind, face, grade, rule and the customer's own phrase."""
        kind = blob.kind if blob is not None else self.blobs[0].kind
        quote = more.pop("quote", "") or self.cell.quote or self.rule.quote
        return {
            "kind": str(kind),
            "face": self.face.name,
            "grade": self.face.grade,
            "rule": self.rule.id,
            "quote": quote,
            **more,
        }


def stated(blob: Blob, quantity: str) -> list[Measured]:
    """The measured sizes that a limit on `quantity` looks at; the largest decides.

    A diameter limit takes the larger of the area-equivalent diameter and (length + width) / 2 (DECISIONS 7).
    """
    size: Measured | None = getattr(blob, quantity)
    if size is None:
        return []
    if quantity == "diameter_mm" and blob.length_mm is not None and blob.width_mm is not None:
        return [size, _mean(blob.length_mm, blob.width_mm)]
    return [size]


def _mean(a: Measured, b: Measured) -> Measured:
    """(a + b) / 2; the uncertainties are taken as fully correlated, so that ends of intervals stay ends."""
    u = None if a.u is None or b.u is None else (a.u + b.u) / 2
    return Measured((a.value + b.value) / 2, u)


def expanded(size: Measured) -> float | None:
    """U = 2u; None where u is unknown."""
    return None if size.u is None else 2 * size.u


def is_line(case: Case, blob: Blob) -> bool:
    """True where length / width >= 3; a blob without both is a point."""
    if blob.length_mm is None or blob.width_mm is None:
        return False
    length = case.size(blob, "length_mm")
    return length > 0 and length >= LINE_FROM_ASPECT * case.size(blob, "width_mm") * (1 - 1e-9)


def verdict_of(holds: bool) -> Outcome:
    """PASS where it holds; written so that a NaN cannot pass."""
    return Outcome.PASS if holds else Outcome.FAIL
