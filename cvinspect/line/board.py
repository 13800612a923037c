"""What the operator page knows: the archive's last rows, read as they come, and counts of the shift."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from sqlalchemy import and_, func, select

from cvinspect.archive import Archive, Record, Stored
from cvinspect.archive.schema import JOURNAL
from cvinspect.archive.values import Judgement, Overrule
from cvinspect.line.alarms import ReviewShare, SamePlace, kinds_at_fault
from cvinspect.model import Kind, Outcome

LAST = 20
MOST_WAITING = 100
READ_AT_START = 500  # rows; what came before in the shift is counted by its outcome alone
STATION = "station"  # who overrules a verdict that came too late


@dataclass(frozen=True, slots=True)
class Card:
    """One part. outcome: as it was told; now: as decided since. by: who decided, "" where nobody has. again: the number
    of the record of its second inspection.
    """

    seq: int
    record: Record
    outcome: Outcome
    now: Outcome
    by: str = ""
    why: str = ""
    again: int | None = None

    @property
    def waits(self) -> bool:
        """Whether a person must decide."""
        return self.now is Outcome.REVIEW and self.again is None


class Board:
    """Reads the archive; every value that it gives away is finished. shifts: minutes of the local day."""

    def __init__(self, archive: Path, shifts: Sequence[int], places: SamePlace) -> None:
        self._folder, self._shifts = archive, sorted(shifts) or [0]
        self._archive: Archive | None = None
        self._seen = 0
        self._cards: dict[int, Card] = {}  # the last parts and those that wait
        self.last: deque[int] = deque(maxlen=LAST)
        self.counts: Counter[Outcome] = Counter()
        self.kinds: Counter[Kind] = Counter()
        self.places, self.reviews = places, ReviewShare()
        self.shift = (datetime.min, datetime.min)
        self.version = 0

    def read(self, now: datetime | None = None) -> None:
        """Takes in what is new. now: local time, with its zone. Raises ArchiveError; a new board begins anew then."""
        now = now or datetime.now().astimezone()
        if self.shift != shift_of(now, self._shifts):
            self._begin_shift(now)
        if self._archive is None:
            self._archive = Archive(self._folder)
            self._catch_up(self._archive)
        for stored in self._archive.rows(JOURNAL.c.seq > self._seen):
            self._take(stored)

    def close(self) -> None:
        """Lets the archive go."""
        if self._archive is not None:
            self._archive.close()
        self._archive = None

    def cards(self) -> list[Card]:
        """The last parts, the newest first."""
        return [self._cards[seq] for seq in reversed(self.last) if seq in self._cards]

    def waiting(self) -> list[Card]:
        """What a person must decide, in the order in which it came."""
        return [card for seq, card in sorted(self._cards.items()) if card.waits]

    def card(self, seq: int) -> Card | None:
        """One part that is shown."""
        return self._cards.get(seq)

    def newest_of(self, part: str) -> Card | None:
        """The newest record of a part among the last."""
        return next((card for card in self.cards() if card.record.identity.part == part), None)

    def _begin_shift(self, now: datetime) -> None:
        self.shift = shift_of(now, self._shifts)
        self.counts, self.kinds = Counter(), Counter()
        self.version += 1

    def _catch_up(self, archive: Archive) -> None:
        """After a start: the shift's counts until READ_AT_START rows ago, and what waits."""
        head = next((stored.seq for stored in archive.rows(newest=1)), 0)
        self._seen = max(0, head - READ_AT_START)
        journal = JOURNAL.c
        earlier = and_(journal.seq <= self._seen, journal.kind == "record")
        before = and_(earlier, journal.at >= self.shift[0].astimezone(UTC).isoformat())
        grouped = select(journal.outcome, func.count().label("parts")).where(before).group_by(journal.outcome)
        for row in archive.select(grouped):
            self.counts[Outcome(row.outcome)] += row.parts
        faulty = journal.outcome.in_((str(Outcome.FAIL), str(Outcome.REVIEW)))
        for stored in archive.rows(and_(before, faulty), newest=READ_AT_START):
            self.kinds.update(kinds_at_fault(cast(Record, stored.row)))
        decided = select(journal.record).where(journal.kind.in_(("overrule", "judgement")))
        asks = and_(earlier, journal.outcome == str(Outcome.REVIEW), journal.seq.not_in(decided))
        for stored in archive.rows(asks, newest=MOST_WAITING):
            record = cast(Record, stored.row)
            self._cards[stored.seq] = Card(stored.seq, record, Outcome.REVIEW, Outcome.REVIEW)
        self._count_late(archive)

    def _count_late(self, archive: Archive) -> None:
        """What the station itself overruled: it was no PASS."""
        late = and_(JOURNAL.c.kind == "overrule", JOURNAL.c.record <= self._seen)
        for stored in archive.rows(and_(late, JOURNAL.c.at >= self.shift[0].astimezone(UTC).isoformat())):
            row = cast(Overrule, stored.row)
            if row.who == STATION:
                self.counts[Outcome.PASS] -= 1
                self.counts[row.to] += 1

    def _take(self, stored: Stored) -> None:
        self._seen = stored.seq
        self.version += 1
        row = stored.row
        if isinstance(row, Record):
            self._add(stored.seq, row)
        elif isinstance(row, Overrule) and stored.record is not None:
            self._overrule(stored.record, row)
        elif isinstance(row, Judgement) and stored.record in self._cards:
            card = self._cards[stored.record]
            self._cards[stored.record] = replace(card, now=row.verdict.outcome)

    def _add(self, seq: int, record: Record) -> None:
        outcome = record.verdict.outcome
        self._cards[seq] = Card(seq, record, outcome, outcome)
        if record.again_of in self._cards and outcome is not Outcome.INVALID:
            self._cards[record.again_of] = replace(self._cards[record.again_of], again=seq)
        self.last.append(seq)
        self.places.see(record)
        self.reviews.see(record)
        if record.at >= self.shift[0]:
            self.counts[outcome] += 1
            self.kinds.update(kinds_at_fault(record))
        self._forget()

    def _overrule(self, seq: int, row: Overrule) -> None:
        card = self._cards.get(seq)
        if card is None:
            return
        by_station = row.who == STATION
        if by_station and card.record.at >= self.shift[0]:
            self.counts[card.outcome] -= 1
            self.counts[row.to] += 1
        outcome = row.to if by_station else card.outcome
        self._cards[seq] = replace(card, outcome=outcome, now=row.to, by=row.who, why=row.why)

    def _forget(self) -> None:
        """Keeps the last parts, and the newest of those that wait."""
        kept = set(self.last)
        waiting = [seq for seq, card in sorted(self._cards.items()) if card.waits][-MOST_WAITING:]
        kept.update(waiting)
        for seq in [seq for seq in self._cards if seq not in kept]:
            del self._cards[seq]


def shift_of(now: datetime, shifts: Sequence[int]) -> tuple[datetime, datetime]:
    """Begin and end of the shift at `now`. shifts: minutes of the local day, in order."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    begins = [midnight + timedelta(days=day, minutes=minutes) for day in (-1, 0, 1) for minutes in shifts]
    index = max(index for index, begin in enumerate(begins) if begin <= now)
    return begins[index], begins[index + 1]
