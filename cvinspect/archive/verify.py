"""Is an archive as it was written: every row, every link, every text, every picture."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from cvinspect.archive.archive import Archive, lookups_of, stored
from cvinspect.archive.chain import Mark, row_hash
from cvinspect.archive.schema import DOCUMENT, HASHED, JOURNAL, PICTURE, VERSION
from cvinspect.archive.values import Judgement, Pruned, Record, Regrade
from cvinspect.errors import ArchiveError
from cvinspect.model import Reason

Step = Callable[[str, int], None]
"""Told after each row, picture or portion that was looked at: which of these, and how many there are."""


@dataclass(slots=True)
class Checked:
    """What was looked at, what is wrong, and what is worth saying; wrong is empty of an archive that is as written."""

    rows: int = 0
    pictures: int = 0
    documents: int = 0
    wrong: list[Reason] = field(default_factory=list)
    notes: list[Reason] = field(default_factory=list)


def verify(archive: Archive, pictures: bool = True, step: Step = lambda what, count: None) -> Checked:
    """Checks the whole archive; pictures False: that they are there, without reading them.

    Raises ArchiveError where it cannot be read at all.
    """
    checked = Checked()
    step("archive_step_database", 0)
    found = archive.database.fault()
    if found:
        checked.wrong.append(Reason.of("archive_database", message=found[:300]))
        return checked
    walk = _Walk(archive, checked, step)
    with archive.moment():
        checked.wrong += (Reason.of("archive_table", message=what) for what in archive.strange_rules())
        if archive.about() != {"version": str(VERSION)}:
            checked.wrong.append(Reason.of("archive_table", message="about"))
        walk.rows()
        walk.links()
        walk.documents()
    walk.pictures(pictures)
    return checked


def _hash_of(before: str, columns: Any) -> str:
    """The hash that the row should have; "" where its values are none that were ever written."""
    try:
        return row_hash(before, {name: getattr(columns, name) for name in HASHED})
    except (TypeError, ValueError):
        return ""


class _Walk:
    """One pass over everything, remembering what the rows name."""

    def __init__(self, archive: Archive, checked: Checked, step: Step) -> None:
        self._archive, self._checked, self._step = archive, checked, step
        self._marks = self._read_marks()
        self._newest_mark = max(self._marks, default=0)
        self._stored: Counter[tuple[str, int]] = Counter()
        self._named: dict[str, set[str]] = {}
        self._pruned: dict[str, int] = {}
        self._count = archive.head[0]

    def _wrong(self, code: str, **values: object) -> None:
        self._checked.wrong.append(Reason.of(code, **values))

    def _read_marks(self) -> dict[int, Mark]:
        try:
            marks, damaged = self._archive.anchor.read()
        except ArchiveError as bad:
            self._wrong("archive_anchor", message=str(bad))
            return {}
        for line in damaged:
            self._wrong("archive_anchor_line", line=line)
        if not marks:
            self._wrong("archive_anchor", message=f"{self._archive.anchor.path}: empty")
        return {mark.seq: mark for mark in marks}

    def rows(self) -> None:
        """The chain, link by link, and the marks of the anchor on it."""
        before, expected = "", 1
        for columns in self._archive.select(select(JOURNAL).order_by(JOURNAL.c.seq)):
            if columns.seq != expected:
                self._wrong("archive_gap", first=expected, last=columns.seq - 1)
            elif _hash_of(before, columns) != columns.hash:
                self._wrong("archive_row", row=columns.seq)
            mark = self._marks.pop(columns.seq, None)
            if mark is not None and mark.hash != columns.hash:
                self._wrong("archive_mark", row=columns.seq)
            self._row(columns)
            before, expected = columns.hash, columns.seq + 1
            self._checked.rows += 1
            self._step("archive_step_rows", self._count)
        if self._marks:
            self._wrong("archive_cut", row=expected - 1, seen=max(self._marks))
        elif expected - 1 > self._newest_mark:
            self._checked.notes.append(Reason.of("archive_after", count=expected - 1 - self._newest_mark))

    def _row(self, columns: object) -> None:
        """What one row says and names."""
        seq: int = columns.seq  # type: ignore[attr-defined]
        try:
            row = stored(columns).row
        except (ArchiveError, KeyError, TypeError, ValueError):
            self._wrong("archive_unreadable", row=seq)
            return
        if any(getattr(columns, name) != value for name, value in lookups_of(row).items()):
            self._wrong("archive_row", row=seq)
        if isinstance(row, Record):
            self._stored.update((name, seq) for look in row.looks for name in look.kept)
        if isinstance(row, (Record, Judgement, Regrade)):
            for document in row.documents:
                self._named.setdefault(document.sha256, set()).add(document.kind)
        if isinstance(row, Pruned):
            self._pruned.update(dict.fromkeys(row.pictures, seq))

    def links(self) -> None:
        """The table of pictures against what the records say."""
        there = {(row.sha256, row.seq) for row in self._archive.select(select(PICTURE))}
        for _, seq in sorted(there ^ set(self._stored), key=str):
            self._wrong("archive_link", row=seq)

    def documents(self) -> None:
        """Every text against its hash, and against the rows that name it."""
        there = set()
        for row in self._archive.select(select(DOCUMENT)):
            there.add(row.sha256)
            self._checked.documents += 1
            whole = isinstance(row.body, bytes) and hashlib.sha256(row.body).hexdigest() == row.sha256
            if not whole or row.kind not in self._named.get(row.sha256, {row.kind}):
                self._wrong("archive_document", message=f"{row.kind} {str(row.sha256)[:12]}")
        for name in sorted(self._named.keys() ^ there, key=str):
            code = "archive_document_gone" if name in self._named else "archive_document_strange"
            self._wrong(code, message=str(name)[:12])

    def pictures(self, read: bool) -> None:
        """Every picture that the rows name and retention has not removed; files that no row names are only said."""
        wanted = {name for name, seq in self._stored if seq > self._pruned.get(name, 0)}
        there = set(self._archive.vault.names())
        bad: dict[str, str] = {}
        for name in sorted(wanted):
            self._checked.pictures += 1
            self._step("archive_step_pictures", len(wanted))
            try:
                if read:
                    self._archive.vault.get(name)
                elif name not in there:
                    raise ArchiveError(f"{self._archive.vault.path(name)}: the picture is gone")
            except ArchiveError as told:
                bad[name] = str(told)
        gone = self._archive.pruned() if bad else {}  # retention may have gone on meanwhile
        for name, message in bad.items():
            if gone.get(name) == self._pruned.get(name):
                self._wrong("archive_picture", message=message)
        strange = there - wanted
        if strange:
            self._checked.notes.append(Reason.of("archive_orphans", count=len(strange), message=sorted(strange)[0]))
