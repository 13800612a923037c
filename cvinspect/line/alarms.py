"""What several parts say together: a place that is marked again and again, and too much that a person must decide."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cvinspect.archive import Record
from cvinspect.model import Kind, Outcome, Reason

LAST_PARTS = 500  # over which the share of REVIEW is taken
LEAST_REVIEWS = 3
MOST_REVIEW = 0.02
MOST_PLACES = 50  # of one part
MOST_CAUSES = 3
SHOWN_PARTS = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part is marked, in part mm, and on how many parts running."""

    face: str
    kind: Kind
    at_mm: tuple[float, float]
    parts: int = 1


class SamePlace:
    """Follows places from part to part: a damaged mould marks every part at the same one. What was an alarm stays one
    for SHOWN_PARTS parts more.
    """

    def __init__(self, within_mm: float, parts: int) -> None:
        self._within_mm, self._parts = within_mm, parts
        self._places: tuple[Place, ...] = ()
        self._seen = 0
        self._alarms: dict[Place, int] = {}

    def see(self, record: Record) -> None:
        """The next part; one that was not inspected says nothing."""
        if record.verdict.outcome is Outcome.INVALID:
            return
        self._seen += 1
        self._places = tuple(self._followed(place) for place in places_of(record)[:MOST_PLACES])
        for place in self._places:
            if place.parts >= self._parts:
                again = [one for one in self._alarms if self._is_same(one, place)]
                for one in again:
                    del self._alarms[one]
                self._alarms[place] = self._seen
        self._alarms = {one: at for one, at in self._alarms.items() if self._seen - at < SHOWN_PARTS}

    def _followed(self, place: Place) -> Place:
        before = [one.parts for one in self._places if self._is_same(one, place)]
        return replace(place, parts=1 + max(before, default=0))

    def _is_same(self, one: Place, other: Place) -> bool:
        return one.face == other.face and math.dist(one.at_mm, other.at_mm) <= self._within_mm

    @property
    def marked(self) -> tuple[Place, ...]:
        """The places that so many parts running have shown, now or shortly before, the newest first."""
        return tuple(sorted(self._alarms, key=lambda place: -self._alarms[place]))


def places_of(record: Record) -> list[Place]:
    """Where a rule does not pass, one place a blob."""
    named = {number for one in record.verdict.findings if one.outcome is not Outcome.PASS for number in one.blobs}
    return [
        Place(blob.faces[0] if blob.faces else "", blob.kind, blob.center_mm)
        for blob in record.blobs
        if blob.id in named
    ]


class ReviewShare:
    """How many of the last parts a person had to decide, and why."""

    def __init__(self) -> None:
        self._causes: deque[tuple[Reason, ...] | None] = deque(maxlen=LAST_PARTS)

    def see(self, record: Record) -> None:
        """The next part."""
        is_review = record.verdict.outcome is Outcome.REVIEW
        self._causes.append(tuple(causes_of(record)) if is_review else None)

    @property
    def reviews(self) -> tuple[int, int]:
        """How many of how many."""
        return sum(one is not None for one in self._causes), len(self._causes)

    @property
    def is_high(self) -> bool:
        """Whether it is more than it should be; a few parts after a start say nothing."""
        count, parts = self.reviews
        return count >= LEAST_REVIEWS and count > MOST_REVIEW * parts

    def causes(self) -> list[tuple[int, Reason]]:
        """How many parts, and an example of the reason, the most frequent first."""
        examples = {_sort(reason): reason for several in self._causes for reason in several or ()}
        counts = Counter(sort for several in self._causes for sort in {_sort(reason) for reason in several or ()})
        return [(count, examples[sort]) for sort, count in counts.most_common(MOST_CAUSES)]


def causes_of(record: Record) -> Iterator[Reason]:
    """Why a part is REVIEW: its findings that ask for it, else its reasons."""
    asking = [one.reason for one in record.verdict.findings if one.outcome is Outcome.REVIEW]
    yield from asking or record.verdict.reasons


def _sort(reason: Reason) -> tuple[str, str, str]:
    """What makes two reasons the same cause, whatever their numbers."""
    return reason.code, str(reason.values.get("rule", "")), str(reason.values.get("kind", ""))


def kinds_at_fault(record: Record) -> Sequence[Kind]:
    """The kinds of imperfection for which a part does not pass, each once."""
    return tuple(dict.fromkeys(place.kind for place in places_of(record)))
