"""Is an archive as it was written: every row, every link, every text, every picture."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import create_engine, select, text

from cvinspect.archive import sqlite
from cvinspect.archive.archive import Archive, lookups_of, stored
from cvinspect.archive.chain import Mark, row_hash
from cvinspect.archive.schema import DOCUMENT, HASHED, JOURNAL, PICTURE, VERSION, create
from cvinspect.archive.values import Judgement, Pruned, Record, Regrade
from cvinspect.errors import ArchiveError
from cvinspect.model import Reason

Step = Callable[[], None]


@dataclass(slots=True)
class Checked:
    """What was looked at, what is wrong, and what is worth saying; wrong is empty of an archive that is as written."""

    rows: int = 0
    pictures: int = 0
    documents: int = 0
    wrong: list[Reason] = field(default_factory=list)
    notes: list[Reason] = field(default_factory=list)


def verify(archive: Archive, pictures: bool = True, step: Step = lambda: None) -> Checked:
    """Checks the whole archive; pictures False: that they are there, without reading them.

    Raises ArchiveError where it cannot be read at all.
    """
    checked = Checked()
    found = sqlite.check(archive.file, thorough=True)
    if found:
        checked.wrong.append(Reason.of("archive_database", message=found[:300]))
        return checked
    checked.wrong += _tables(archive)
    walk = _Walk(archive, checked, step)
    walk.rows()
    walk.links()
    walk.documents()
    walk.pictures(pictures)
    return checked


def _tables(archive: Archive) -> Iterator[Reason]:
    """Tables, indices and triggers that are not those that this version makes."""
    asked = text("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    with create_engine("sqlite://").begin() as fresh:
        create(fresh)
        right = {(row.type, row.name): row.sql for row in fresh.execute(asked)}
    there = {(row.type, row.name): row.sql for row in archive.select(asked)}  # type: ignore[arg-type]
    for what in sorted(right.keys() | there.keys()):
        if right.get(what) != there.get(what):
            yield Reason.of("archive_table", message=" ".join(what))
    if archive.about() != {"version": str(VERSION)}:
        yield Reason.of("archive_table", message="about")


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
            self._step()
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
        for name in sorted(wanted):
            self._checked.pictures += 1
            self._step()
            try:
                if read:
                    self._archive.vault.get(name)
                elif name not in there:
                    raise ArchiveError(f"{self._archive.vault.path(name)}: the picture is gone")
            except ArchiveError as bad:
                self._wrong("archive_picture", message=str(bad))
        strange = there - wanted
        if strange:
            self._checked.notes.append(Reason.of("archive_orphans", count=len(strange), message=sorted(strange)[0]))
