"""Which records are meant: `customer=sharp lot=L1 from=2026-01-01 to=2026-03-31`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

from sqlalchemy import ColumnElement, and_

from cvinspect.archive.schema import JOURNAL, LOOKUPS
from cvinspect.errors import ArchiveError
from cvinspect.model import Outcome

_KEYS = (*LOOKUPS, "seq", "from", "to")


@dataclass(frozen=True, slots=True)
class Where:
    """Fields that must have a value (several values: one of them), and days of inspection, both included, UTC."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    seq: int | None = None
    first: date | None = None
    last: date | None = None

    def condition(self) -> ColumnElement[bool]:
        """The same over the journal's columns, of records only."""
        journal = JOURNAL.c
        parts = [journal.kind == "record", *(journal[name].in_(values) for name, values in self.fields.items())]
        if self.seq is not None:
            parts.append(journal.seq == self.seq)
        if self.first is not None:
            parts.append(journal.at >= self.first.isoformat())
        if self.last is not None:
            parts.append(journal.at < (self.last + timedelta(days=1)).isoformat())
        return and_(*parts)


def parse_where(text: str) -> Where:
    """Raises ArchiveError with what stood there and what is allowed."""
    try:
        words = shlex.split(text)
    except ValueError as bad:
        raise ArchiveError(f"--where {text!r}: a quote is not closed") from bad
    found: dict[str, tuple[str, ...]] = {}
    days: dict[str, date] = {}
    seq = None
    for word in words:
        name, equals, value = word.partition("=")
        name = name.replace("-", "_")
        if not equals or name not in _KEYS:
            raise ArchiveError(f"--where {word}: write NAME=VALUE; names are {', '.join(_KEYS)}")
        if name in ("from", "to"):
            days[name] = _day(word, value)
        elif name == "seq":
            seq = _number(word, value)
        else:
            found[name] = tuple(_checked(name, one, word) for one in value.split("|"))
    if {"from", "to"} <= days.keys() and days["from"] > days["to"]:
        raise ArchiveError(f"--where {text}: the first day is after the last")
    return Where(MappingProxyType(found), seq, days.get("from"), days.get("to"))


def _checked(name: str, value: str, word: str) -> str:
    if name == "outcome" and value not in Outcome.__members__:
        raise ArchiveError(f"--where {word}: an outcome is one of {', '.join(Outcome)}")
    return value


def _day(word: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as bad:
        raise ArchiveError(f"--where {word}: write a day as 2026-01-31") from bad


def _number(word: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 18):
        raise ArchiveError(f"--where {word}: the number of a record, as list shows it")
    return int(value)
