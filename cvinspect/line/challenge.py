"""Master parts of known outcome: the proof that the station still sees, asked for at every shift's start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cvinspect.archive import Archive
from cvinspect.archive.schema import JOURNAL
from cvinspect.archive.values import Challenge
from cvinspect.config.station import ChallengeEntry, MasterEntry
from cvinspect.model import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Result:
    """What a master part got."""

    master: MasterEntry
    got: Outcome

    @property
    def row(self) -> tuple[str, Outcome, Outcome]:
        """As the archive keeps it."""
        return self.master.name, self.master.expect, self.got


def came_out(master: MasterEntry, verdict: Verdict) -> tuple[Result, bool]:
    """The result, and whether it is right: the outcome that is due, by the rule that is due."""
    broken = {finding.rule for finding in verdict.findings if finding.outcome is not Outcome.PASS}
    is_right = verdict.outcome is master.expect and (not master.rule or master.rule in broken)
    return Result(master, verdict.outcome), is_right


class Round:
    """The master parts of one challenge, in whatever order they come. now: the time, for tests."""

    def __init__(self, entry: ChallengeEntry, last: datetime | None, now: Callable[[], datetime] | None = None) -> None:
        self._entry, self._last = entry, last
        self._now = now or (lambda: datetime.now(UTC))
        self._right: dict[int, Result] = {}
        self.wrong = ""

    def master(self, part: int) -> MasterEntry | None:
        """The master part of this id."""
        return next((one for one in self._entry.part if one.id == part), None)

    @property
    def is_due(self) -> bool:
        """Whether the last one that went right is too old, or lies in the future: then the clock was set back."""
        if self._last is None:
            return True
        age = self._now() - self._last
        return age > timedelta(hours=self._entry.every_h) or age < -timedelta(minutes=5)

    @property
    def missing(self) -> tuple[str, ...]:
        """The master parts that have not come out right since the last challenge."""
        return tuple(one.name for one in self._entry.part if one.id not in self._right)

    def take(self, master: MasterEntry, verdict: Verdict, who: str) -> Challenge | None:
        """One master part's verdict; the row to be kept where the challenge is decided by it."""
        result, is_right = came_out(master, verdict)
        if not is_right:
            self._right.clear()
            self.wrong = master.name
            return Challenge(who=who, passed=False, results=(result.row,))
        self._right[master.id] = result
        if self.missing:
            return None
        results = tuple(self._right[one.id].row for one in self._entry.part)
        self._right.clear()
        self.wrong, self._last = "", self._now()
        return Challenge(who=who, passed=True, results=results)


def last_passed(archive: Archive) -> tuple[datetime | None, int]:
    """When master parts came out right last, and the row that says so; (None, 0) where they never did."""
    for stored in archive.rows(JOURNAL.c.kind == "challenge", newest=1_000_000):
        if isinstance(stored.row, Challenge) and stored.row.passed:
            return stored.at, stored.seq
    return None, 0


def suspect(archive: Archive) -> tuple[int, int] | None:
    """First and last number of the records since master parts came out right last; None where there are none."""
    _, since = last_passed(archive)
    newest = next(iter(archive.rows((JOURNAL.c.kind == "record") & (JOURNAL.c.seq > since), newest=1)), None)
    first = next(iter(archive.rows((JOURNAL.c.kind == "record") & (JOURNAL.c.seq > since))), None)
    return (first.seq, newest.seq) if first and newest else None
