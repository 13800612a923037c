"""What a report of judging again is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cvinspect.model import Outcome, Reason

OUTCOMES = (Outcome.PASS, Outcome.REVIEW, Outcome.INVALID, Outcome.FAIL)


@dataclass(frozen=True, slots=True)
class Told:
    """One part that is told of: it changed, or could not be judged again, or had no verdict before (old = "").

    record: the number of its record, 0 of a photograph. state: done, failed or quarantined. was and now: what decided
    before and what decides now, each with its rule ("" = no rule); cause: why it changed, "" = it did not.
    """

    number: int
    record: int
    part: str
    lot: str
    identity: Mapping[str, str]
    old: str
    new: str
    state: str
    cause: str
    was_rule: str
    was: Reason | None
    now_rule: str
    now: Reason


@dataclass(frozen=True, slots=True)
class Answer:
    """The heading and the counts. matrix: (old, new) outcomes and how many; old "" = none was known.

    limits and recipe are empty where each record's own held. changed: parts that were judged again and whose verdict is
    another one. row: the archive's row about it, 0 = none is written.
    """

    mode: str
    source: str
    scope: str
    limits: str
    limits_sha256: str
    limits_status: str
    recipe: str
    recipe_sha256: str
    overridden: tuple[str, ...]
    who: str
    why: str
    began: datetime
    ended: datetime
    software: str
    asked: int
    counts: Mapping[str, int]
    matrix: Mapping[tuple[str, str], int]
    changed: int
    results_sha256: str
    row: int

    @property
    def olds(self) -> tuple[str, ...]:
        """The old outcomes that there were, PASS first."""
        known = [str(outcome) for outcome in OUTCOMES]
        found = {old for old, _ in self.matrix}
        return (*(old for old in known if old in found), *(sorted(found - set(known))))

    def of(self, old: str, new: str) -> int:
        """How many parts went from one to the other."""
        return self.matrix.get((old, new), 0)
