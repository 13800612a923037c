"""What becomes of a part: its verdict, then what people decided since. No decision ever changes the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import and_

from cvinspect.archive.archive import Archive, Stored
from cvinspect.archive.schema import JOURNAL
from cvinspect.archive.values import Concession, Judgement, Overrule, Record
from cvinspect.model import Outcome, Reason

_WORDS: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.PASS: "accepted",
        Outcome.FAIL: "rejected",
        Outcome.REVIEW: "waiting",
        Outcome.INVALID: "not_inspected_yet",
    }
)
_MAY_BE_CONCEDED = (Outcome.FAIL, Outcome.REVIEW)  # what was not inspected cannot be conceded


@dataclass(frozen=True, slots=True)
class Disposition:
    """word: accepted, conceded, waiting, rejected or not_inspected_yet; reason: by which row."""

    word: str
    reason: Reason


class Dispositions:
    """Of the records of one archive, as it stands now.

    The last row counts that judges a record again or overrules it; then the first concession that covers the part.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._decided = {one.record: one for one in archive.rows(JOURNAL.c.kind.in_(("judgement", "overrule")))}
        self._conceded = list(archive.rows(JOURNAL.c.kind == "concession"))
        self._covered: dict[int, frozenset[int]] = {}

    def of(self, stored: Stored) -> Disposition:
        """The disposition of a record."""
        outcome, told = self._decision(stored.seq, cast(Record, stored.row).verdict.outcome)
        if outcome in _MAY_BE_CONCEDED:
            for one in self._conceded:
                concession = cast(Concession, one.row)
                if self._covers(one.seq, concession, stored):
                    return Disposition("conceded", _conceded(one.seq, concession))
        return told

    def of_columns(self, columns: Any) -> Disposition:
        """The same by `seq`, `outcome` and the Identity's columns; the record is read only where it matters."""
        outcome, told = self._decision(columns.seq, Outcome(columns.outcome))
        if outcome not in _MAY_BE_CONCEDED:
            return told
        scopes = (cast(Concession, one.row).scope.items() for one in self._conceded)
        if any(all(getattr(columns, name) == value for name, value in scope) for scope in scopes):
            return self.of(self._archive.one(columns.seq))
        return told

    def _decision(self, seq: int, verdict: Outcome) -> tuple[Outcome, Disposition]:
        """Without concessions."""
        last = self._decided.get(seq)
        if last is not None and isinstance(last.row, Overrule):
            outcome, who, why = last.row.to, last.row.who, last.row.why
            return outcome, _told("disposition_overruled", outcome, who=who, row=last.seq, message=why)
        if last is not None and isinstance(last.row, Judgement):
            outcome = last.row.verdict.outcome
            return outcome, _told("disposition_judged", outcome, row=last.seq)
        return verdict, _told("disposition_verdict", verdict)

    def _covers(self, seq: int, concession: Concession, stored: Stored) -> bool:
        if not _in_scope(concession, stored):
            return False
        if concession.most is None:
            return True
        if seq not in self._covered:
            self._covered[seq] = self._first(concession, concession.most)
        return stored.seq in self._covered[seq]

    def _first(self, concession: Concession, most: int) -> frozenset[int]:
        """The first so many records that need the concession and are in its scope."""
        scope = and_(
            JOURNAL.c.kind == "record", *(JOURNAL.c[name] == value for name, value in concession.scope.items())
        )
        found: set[int] = set()
        for one in list(self._archive.rows(scope)):
            if len(found) == most:
                break
            if self._decision(one.seq, cast(Record, one.row).verdict.outcome)[0] in _MAY_BE_CONCEDED and _in_scope(
                concession, one
            ):
                found.add(one.seq)
        return frozenset(found)


def _in_scope(concession: Concession, stored: Stored) -> bool:
    record = cast(Record, stored.row)
    if record.at.date() > concession.expires:
        return False
    if any(getattr(record.identity, name) != value for name, value in concession.scope.items()):
        return False
    broken = {finding.rule for finding in record.verdict.findings if finding.outcome is not Outcome.PASS}
    return not concession.rules or (bool(broken) and broken <= set(concession.rules))


def _told(code: str, to: Outcome, **values: object) -> Disposition:
    return Disposition(_WORDS[to], Reason.of(code, what=_WORDS[to], outcome=str(to), **values))


def _conceded(seq: int, concession: Concession) -> Reason:
    why = f"{concession.why} ({concession.reference})" if concession.reference else concession.why
    expires = str(concession.expires)
    return Reason.of(
        "disposition_conceded", what="conceded", who=concession.approver, expires=expires, row=seq, message=why
    )
