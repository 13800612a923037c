"""Which pictures may go: past their customer's period, never held ones; those of parts that did not pass go last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from cvinspect.archive.archive import Archive
from cvinspect.archive.schema import JOURNAL, PICTURE
from cvinspect.archive.settings import Retention
from cvinspect.archive.values import Hold, Identity, Pruned, Release
from cvinspect.model import Outcome

BATCH = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """The pictures to remove, in order, and their bytes; short: how many bytes of those asked for stay nevertheless."""

    pictures: tuple[str, ...]
    size: int
    short: int = 0


@dataclass(slots=True)
class _Use:
    """What the records of one picture ask of it: may it go, when was it last used, did all its parts pass."""

    may_go: bool = True
    newest: str = ""
    all_passed: bool = True


def plan(archive: Archive, retention: Retention, now: datetime, wanted: int | None = None) -> Plan:
    """What may be removed on `now`; `wanted` bytes: no more than that needs, parts that passed first, oldest first."""
    uses = _uses(archive, retention, now)
    free = sorted((not use.all_passed, use.newest, name) for name, use in uses.items() if use.may_go)
    chosen, size = [], 0
    for _, _, name in free:
        if wanted is not None and size >= wanted:
            break
        chosen.append(name)
        size += archive.vault.size(name)
    return Plan(tuple(chosen), size, max(0, (wanted or 0) - size))


def _uses(archive: Archive, retention: Retention, now: datetime) -> dict[str, _Use]:
    gone, holds = archive.pruned(), held(archive)
    identity = [JOURNAL.c[name] for name in Identity.names()]
    asked = select(PICTURE.c.sha256, JOURNAL.c.seq, JOURNAL.c.at, JOURNAL.c.outcome, *identity).join_from(
        PICTURE, JOURNAL, PICTURE.c.seq == JOURNAL.c.seq
    )
    uses: dict[str, _Use] = {}
    for row in archive.select(asked):
        if row.seq <= gone.get(row.sha256, 0):
            continue
        use = uses.setdefault(row.sha256, _Use())
        days = retention.customer.get(row.customer, retention.days)
        within = datetime.fromisoformat(row.at) + timedelta(days=days) > now
        is_held = any(all(getattr(row, name) == value for name, value in hold.scope.items()) for hold in holds)
        use.may_go &= not (within or is_held)
        use.newest = max(use.newest, row.at)
        use.all_passed &= row.outcome == Outcome.PASS
    return uses


def held(archive: Archive) -> Sequence[Hold]:
    """The holds that nobody released."""
    released = {one.row.hold for one in archive.rows(JOURNAL.c.kind == "release") if isinstance(one.row, Release)}
    rows = archive.rows(JOURNAL.c.kind == "hold")
    return [one.row for one in rows if isinstance(one.row, Hold) and one.seq not in released]


def remove(archive: Archive, pictures: Sequence[str], who: str, why: str) -> int:
    """Removes pictures, each portion after the row that says so; gives the last such row's number."""
    seq = 0
    for portion in _portions(pictures):
        seq = archive.note(Pruned(pictures=tuple(portion), who=who, why=why))
        for name in portion:
            archive.vault.remove(name)
    return seq


def _portions(names: Sequence[str]) -> Iterable[Sequence[str]]:
    return (names[start : start + BATCH] for start in range(0, len(names), BATCH))
