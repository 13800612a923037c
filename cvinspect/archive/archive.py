"""An archive: opened for reading by many, for writing by one; rows are added, and read back.

with Archive(folder, write=True) as archive:
    added = archive.record(record, [png_bytes], documents)     # on the disk when this returns
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Engine, Select, select

from cvinspect.archive.chain import Anchor, AnchorWriter, Mark, row_hash
from cvinspect.archive.codec import canonical, plain, value_of
from cvinspect.archive.database import begun_check, database_of
from cvinspect.archive.lock import WriterLock
from cvinspect.archive.refusals import in_words
from cvinspect.archive.schema import ABOUT, DOCUMENT, HASHED, JOURNAL, LOOKUPS, PICTURE
from cvinspect.archive.settings import load_settings
from cvinspect.archive.upgrade import refuse_other_version
from cvinspect.archive.values import ROW_KINDS, Document, Pruned, Record, Row
from cvinspect.archive.vault import Vault
from cvinspect.archive.where import Where
from cvinspect.archive.whole import WholeCheck
from cvinspect.errors import ArchiveError

LOCK = "writer.lock"
END = 100  # rows that are looked at before more are written
_TIMES = ("at", "timing_ms", "taken_at")  # not what makes one inspection another than the same one repeated


@dataclass(frozen=True, slots=True)
class Stored:
    """A row as it stands in the archive. record: the number of the record that it is about."""

    seq: int
    kind: str
    at: datetime
    record: int | None
    hash: str
    row: Row


@dataclass(frozen=True, slots=True)
class Added:
    """The row's number; new False: the same was recorded before, and nothing was added."""

    seq: int
    new: bool


class Archive:
    """An open archive. Raises ArchiveError, in words, wherever one cannot be opened, read or written.

    After a failed write nothing more is written: what was not acknowledged is told again after opening it anew.
    """

    def __init__(self, folder: Path, write: bool = False) -> None:
        self.folder, self.settings = folder, load_settings(folder)
        self.database = database_of(folder, self.settings.database)
        self.vault = Vault(folder / "pictures")
        self.anchor = Anchor(folder / self.settings.anchor)
        self._lock: WriterLock | None = None
        self._mark: AnchorWriter | None = None
        self._engine: Engine | None = None
        self._check: WholeCheck | None = None
        self._failed = False
        try:
            if write:
                self._lock = WriterLock(folder / LOCK)
                self.vault.begin()
                self._check = begun_check(self.database)
            with in_words(self.where):
                self._engine = self.database.engine(write)
                self._connection: Connection = self._engine.connect()
                self._start(write)
        except BaseException:
            self.close(wait=False)
            raise

    @property
    def where(self) -> str:
        """How messages name the database."""
        return self.database.where

    def _start(self, write: bool) -> None:
        with self._connection.begin():
            refuse_other_version(self._connection, self.where)
            self._last = self._head()
            if write:
                self._refuse_cut_off()
                self._refuse_altered_end()
        if write:
            self._mark = self.anchor.open()

    @property
    def head(self) -> tuple[int, str]:
        """Number and hash of the last row that was there when the archive was opened, or written since."""
        return self._last

    def pruned(self) -> dict[str, int]:
        """The pictures that retention removed, each with the row that says so; a later record may bring one back."""
        rows = self.rows(JOURNAL.c.kind == "pruned")
        return {name: one.seq for one in rows if isinstance(one.row, Pruned) for name in one.row.pictures}

    def _head(self) -> tuple[int, str]:
        """Number and hash of the last row."""
        newest = select(JOURNAL.c.seq, JOURNAL.c.hash).order_by(JOURNAL.c.seq.desc()).limit(1)
        found = self._connection.execute(newest).first()
        return (found.seq, found.hash) if found else (0, "")

    def _refuse_cut_off(self) -> None:
        """Raises ArchiveError where the anchor has seen rows that are not there."""
        mark = self.anchor.newest()
        if mark is None:
            return
        there = self._connection.scalar(select(JOURNAL.c.hash).where(JOURNAL.c.seq == mark.seq))
        if there != mark.hash:
            raise ArchiveError(
                f"{self.where}: row {mark.seq}, which the anchor {self.anchor.path} has seen, is not there or is "
                "another: the database was cut or put back to an earlier state; see `cvinspect archive verify`, "
                "and go on with a backup that verifies"
            )

    def _refuse_altered_end(self) -> None:
        """Raises ArchiveError where the last rows are not as they were written; `verify` looks at all."""
        asked = select(JOURNAL).where(JOURNAL.c.seq >= self._last[0] - END).order_by(JOURNAL.c.seq)
        before = None
        for columns in self._connection.execute(asked):
            if (
                before is not None
                and row_hash(before, {name: getattr(columns, name) for name in HASHED}) != columns.hash
            ):
                raise ArchiveError(
                    f"{self.where}: row {columns.seq} is not as it was written; see `cvinspect archive verify`, and go "
                    "on with a backup that verifies"
                )
            before = columns.hash

    def record(
        self, record: Record, pictures: Sequence[bytes] = (), documents: Mapping[Document, bytes] | None = None
    ) -> Added:
        """Keeps a record with its pictures (PNG) and the texts behind it; everything is on the disk then.

        The same record told again (a repeat after a stop) is not added twice. The pictures are those that the looks
        name in `stored`.
        """
        self._refuse_after_failure()
        kept = [self.vault.put(picture) for picture in pictures]
        named = {name for look in record.looks for name in look.kept}
        if named != set(kept):
            raise ArchiveError(f"part {record.identity.part}: its looks name other pictures than those that are given")
        body = plain(record)
        key = hashlib.sha256(canonical(_without(body, _TIMES)).encode()).hexdigest()
        with in_words(self.where), self._connection.begin():
            known = self._connection.scalar(select(JOURNAL.c.seq).where(JOURNAL.c.key == key))
        if known is not None:
            return Added(known, False)
        return Added(self._write(record, body, None, key, sorted(named), documents or {}), True)

    def note(self, row: Row, record: int | None = None, documents: Mapping[Document, bytes] | None = None) -> int:
        """Keeps what a person decided or added, about a record or about the archive; gives the row's number."""
        self._refuse_after_failure()
        if record is not None:
            self.one(record)
        return self._write(row, plain(row), record, None, (), documents or {})

    def _refuse_after_failure(self) -> None:
        if self._mark is None:
            raise ArchiveError(f"{self.where}: is open for reading only")
        if self._failed:
            raise ArchiveError(f"{self.where}: a row could not be written before; open the archive anew")
        if self._check is not None:
            self._check.refuse()

    def _write(
        self,
        row: Row,
        body: Any,
        record: int | None,
        key: str | None,
        pictures: Sequence[str],
        documents: Mapping[Document, bytes],
    ) -> int:
        at = row.at if isinstance(row, Record) else datetime.now(UTC)
        seq, before = self._last[0] + 1, self._last[1]
        columns: dict[str, Any] = {
            "seq": seq,
            "kind": type(row).__name__.lower(),
            "at": at.astimezone(UTC).isoformat(),
            "record": record,
            "key": key,
            "body": canonical(body),
            **lookups_of(row),
        }
        columns["hash"] = row_hash(before, {name: columns[name] for name in HASHED})
        self._failed = True
        with in_words(self.where), self._connection.begin():
            self._keep_documents(documents)
            self._connection.execute(JOURNAL.insert(), columns)
            for picture in pictures:
                self._connection.execute(PICTURE.insert(), {"sha256": picture, "seq": seq})
        assert self._mark is not None
        self._mark.write(Mark(seq, columns["hash"], datetime.now(UTC)))
        self._failed = False
        self._last = (seq, columns["hash"])
        return seq

    def _keep_documents(self, documents: Mapping[Document, bytes]) -> None:
        for document, body in documents.items():
            if hashlib.sha256(body).hexdigest() != document.sha256:
                raise ArchiveError(f"{document.kind} {document.name}: its bytes do not have the hash that is stated")
            there = select(DOCUMENT.c.sha256).where(DOCUMENT.c.sha256 == document.sha256)
            if self._connection.scalar(there) is None:
                columns = {"sha256": document.sha256, "kind": document.kind, "body": body}
                self._connection.execute(DOCUMENT.insert(), columns)

    def rows(self, condition: ColumnElement[bool] | Where | None = None, newest: int | None = None) -> Iterator[Stored]:
        """The rows that fit, oldest first, or the `newest` so many, newest first."""
        asked = select(JOURNAL)
        if condition is not None:
            asked = asked.where(condition.condition() if isinstance(condition, Where) else condition)
        order = JOURNAL.c.seq if newest is None else JOURNAL.c.seq.desc()
        yield from map(stored, self.select(asked.order_by(order).limit(newest)))

    def select(self, asked: Select[Any]) -> Iterator[Any]:
        """What the database answers, in portions."""
        asked = asked.execution_options(yield_per=500)
        # asked while another answer is being read: within the same transaction
        begun = nullcontext() if self._connection.in_transaction() else self._connection.begin()
        with in_words(self.where), begun, self._connection.execute(asked) as found:
            yield from found

    def one(self, seq: int) -> Stored:
        """The record of this number. Raises ArchiveError where there is none."""
        found = list(self.rows(Where(seq=seq)))
        if not found:
            raise ArchiveError(f"{self.folder}: there is no record {seq}; `cvinspect archive list` shows what there is")
        return found[0]

    def documents(self, wanted: Sequence[Document]) -> dict[Document, bytes]:
        """The texts, their hashes checked. Raises ArchiveError where one is gone or altered."""
        found = {}
        for document in wanted:
            asked = select(DOCUMENT.c.body).where(DOCUMENT.c.sha256 == document.sha256)
            body = next((bytes(row.body) for row in self.select(asked)), b"")
            if hashlib.sha256(body).hexdigest() != document.sha256:
                raise ArchiveError(f"{self.where}: {document.kind} {document.name} is gone or was altered")
            found[document] = body
        return found

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Everything that is asked within is answered as of one moment, while somebody may write."""
        with in_words(self.where), self._connection.begin():
            yield

    def strange_rules(self) -> list[str]:
        """The tables, indices and triggers of the database that are not those that this version makes."""
        with in_words(self.where), nullcontext() if self._connection.in_transaction() else self._connection.begin():
            there = self.database.rules(self._connection)
        right = self.database.right_rules()
        return [" ".join(what) for what in sorted(right.keys() | there.keys()) if right.get(what) != there.get(what)]

    def about(self) -> dict[str, str]:
        """What the database says of itself."""
        return {row.name: row.value for row in self.select(select(ABOUT))}

    def close(self, wait: bool = True) -> None:
        """Ends reading and writing; a writer waits for the check of the whole database, or breaks it off.

        Raises ArchiveError where it found damage.
        """
        check, self._check = self._check, None
        try:
            if check is not None:
                check.end(wait)
        finally:
            self._let_go()
        if check is not None and not self._failed:
            check.remember()

    def _let_go(self) -> None:
        engine, mark, lock = self._engine, self._mark, self._lock
        self._engine = self._mark = self._lock = None
        with ExitStack() as last:  # whatever fails, the lock goes
            if lock is not None:
                last.callback(lock.close)
            if mark is not None:
                last.callback(mark.close)
            if engine is not None:
                last.callback(engine.dispose)
                if hasattr(self, "_connection"):
                    self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, bad: BaseException | None, at: TracebackType | None) -> None:
        self.close(wait=kind is None)


def stored(columns: Any) -> Stored:
    """A row of the journal as a value."""
    row = value_of(json.loads(columns.body), ROW_KINDS[columns.kind])
    return Stored(columns.seq, columns.kind, datetime.fromisoformat(columns.at), columns.record, columns.hash, row)


def lookups_of(row: Row) -> dict[str, str]:
    """The columns that records are looked up by; empty for every other row."""
    if not isinstance(row, Record):
        return dict.fromkeys(LOOKUPS, "")
    limits = f"{row.limits}@{row.limits_revision}" if row.limits else ""
    named = plain(replace(row.identity))
    found = {**dict.fromkeys(LOOKUPS, ""), **named}
    return {**found, "recipe": row.recipe, "limits": limits, "outcome": str(row.verdict.outcome)}


def _without(data: Any, names: Sequence[str]) -> Any:
    """Plain data without these keys, at any depth."""
    if isinstance(data, dict):
        return {key: _without(item, names) for key, item in data.items() if key not in names}
    return [_without(item, names) for item in data] if isinstance(data, list) else data
