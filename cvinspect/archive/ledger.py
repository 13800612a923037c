"""The ledger of judging again: which parts are asked for, what is done with each, and what came of it.

A database of its own, beside the archive: its states change while the archive's rows never do, and a line may record
into the archive meanwhile. `asked` names every part of a run (counts in); `task` holds one row per question, by its
key, however often it is asked (one result each). What was stopped or killed goes on where it was: a result is written
whole or not at all, and a task that was being worked on is asked again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    bindparam,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from cvinspect.archive.codec import canonical
from cvinspect.archive.lock import WriterLock
from cvinspect.archive.sqlite import check, engine, in_words
from cvinspect.errors import ArchiveError

FILE, LOCK, VERSION = "ledger.sqlite", "ledger.lock", 1
STATES = ("pending", "running", "done", "failed", "quarantined")
PORTION = 5000
TABLES = MetaData()
ABOUT = Table("about", TABLES, Column("version", Integer, primary_key=True), sqlite_strict=True)
RUN = Table(
    "run",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("spec", Text, nullable=False),
    Column("began", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("ended", Text),
    Column("digest", Text),
    Column("row", Integer),
    sqlite_strict=True,
)
ASKED = Table(
    "asked",
    TABLES,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("lot", Text, nullable=False),
    Column("old", Text, nullable=False),
    sqlite_strict=True,
)
TASK = Table(
    "task",
    TABLES,
    Column("key", Text, primary_key=True),
    Column("state", Text, CheckConstraint(f"state IN {STATES}"), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("body", Text, nullable=False),
    sqlite_strict=True,
)
Index("asked_key", ASKED.c.key)


@dataclass(frozen=True, slots=True)
class Asked:
    """A part of a run. subject: what finds it (a record's number, the pictures); old: its outcome, "" of none."""

    number: int
    key: str
    subject: str
    part: str = ""
    lot: str = ""
    old: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a task: done, failed (it says why) or quarantined; body is canonical JSON."""

    key: str
    state: str
    outcome: str
    body: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run. ended None: it is under way; row: the archive's row about it, None: not written."""

    id: int
    spec: Mapping[str, Any]
    began: datetime
    who: str
    why: str
    asked: int
    ended: datetime | None = None
    digest: str = ""
    row: int | None = None


class Ledger:
    """The ledger in `folder`, made where there is none; one program works with it at a time. Raises ArchiveError."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as bad:
            raise ArchiveError(f"{folder}: cannot be written: {bad.strerror}; choose another --ledger") from bad
        self._lock = WriterLock(folder / LOCK)
        try:
            if self.path.is_file() and self.path.stat().st_size and (found := check(self.path)):
                raise ArchiveError(f"{self.path}: is damaged ({found[:200]}); remove it, and begin again")
            with in_words(self.path):
                self._engine = engine(self.path, write=True)
                event.listen(self._engine, "connect", _soon)
                self._connection = self._engine.connect()
                self._begin()
        except BaseException:
            self._lock.close()
            raise

    def _begin(self) -> None:
        with self._connection.begin():
            TABLES.create_all(self._connection)
            version = self._connection.scalar(select(ABOUT.c.version))
            if version is None:
                self._connection.execute(ABOUT.insert(), {"version": VERSION})
        if version not in (None, VERSION):
            raise ArchiveError(f"{self.path}: is of version {version}, this cvinspect writes {VERSION}; update it")

    def begin(self, spec: Mapping[str, Any], who: str, why: str, asked: Iterable[Asked]) -> Run:
        """A new run with everything that it asks for: all of it, or nothing where this is stopped."""
        began, count = datetime.now(UTC), 0
        rows = iter(asked)
        with in_words(self.path), self._connection.begin():
            run = (self._connection.scalar(select(func.max(RUN.c.id))) or 0) + 1
            while portion := [_columns(one, run) for one in islice(rows, PORTION)]:
                self._connection.execute(ASKED.insert(), portion)
                self._connection.execute(self._new_task(), portion)
                count += len(portion)
            told = {"id": run, "spec": canonical(spec), "who": who, "why": why, "asked": count}
            self._connection.execute(RUN.insert(), {**told, "began": began.isoformat()})
        return Run(run, spec, began, who, why, count)

    def _new_task(self) -> Any:
        """An insert that leaves a task that is there as it is."""
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        return dialect.insert(TASK).on_conflict_do_nothing()

    def unfinished(self, spec: Mapping[str, Any]) -> Run | None:
        """The run of this very question that is under way, or whose row the archive does not have yet."""
        asked = select(RUN).where(RUN.c.spec == canonical(spec), RUN.c.row.is_(None)).order_by(RUN.c.id.desc())
        found = next(self._select(asked), None)
        return None if found is None else _run(found)

    def resume(self, run: Run, retry: bool) -> None:
        """What was being worked on when the program ended is pending again; retry: what failed then, too."""
        states = ("running", "failed", "quarantined") if retry else ("running",)
        keys = select(ASKED.c.key).where(ASKED.c.run == run.id)
        fresh = TASK.update().where(TASK.c.key.in_(keys), TASK.c.state.in_(states))
        with in_words(self.path), self._connection.begin():
            self._connection.execute(fresh.values(state="pending", **({"tries": 0} if retry else {})))

    def pending(self, run: Run, after: int, count: int) -> list[Asked]:
        """The next so many parts after number `after` whose task is pending."""
        asked = select(ASKED).join(TASK, TASK.c.key == ASKED.c.key).where(TASK.c.state == "pending")
        asked = asked.where(ASKED.c.run == run.id, ASKED.c.number > after).order_by(ASKED.c.number).limit(count)
        return [_asked(row) for row in self._select(asked)]

    def start(self, keys: Sequence[str], tried: int = 0) -> None:
        """These are being worked on. tried: how often they were tried before in vain."""
        self._write([{"k": key, "state": "running", "tries": tried + 1} for key in keys], "state", "tries")

    def stop(self, keys: Sequence[str]) -> None:
        """These are no longer being worked on."""
        self._write([{"k": key, "state": "pending", "tries": 0} for key in keys], "state", "tries")

    def end(self, results: Sequence[Ended]) -> None:
        """What came of these; on the disk when this returns."""
        told = [{"k": one.key, "state": one.state, "outcome": one.outcome, "body": one.body} for one in results]
        self._write(told, "state", "outcome", "body")

    def _write(self, rows: list[dict[str, Any]], *names: str) -> None:
        changed = (
            TASK.update()
            .where(TASK.c.key == bindparam("k"))
            .where((TASK.c.state == "pending") | (TASK.c.state == "running"))
        )
        if rows:
            with in_words(self.path), self._connection.begin():
                self._connection.execute(changed.values({name: bindparam(name) for name in names}), rows)

    def counts(self, run: Run) -> dict[str, int]:
        """How many of the run's parts are in each state."""
        asked = select(TASK.c.state, func.count().label("parts")).join(ASKED, TASK.c.key == ASKED.c.key)
        asked = asked.where(ASKED.c.run == run.id).group_by(TASK.c.state)
        return dict.fromkeys(STATES, 0) | {row.state: row.parts for row in self._select(asked)}

    def matrix(self, run: Run) -> dict[tuple[str, str], int]:
        """(old outcome, new outcome): how many parts."""
        asked = select(ASKED.c.old, TASK.c.outcome, func.count().label("parts"))
        asked = asked.join(TASK, TASK.c.key == ASKED.c.key).where(ASKED.c.run == run.id)
        return {(row.old, row.outcome): row.parts for row in self._select(asked.group_by(ASKED.c.old, TASK.c.outcome))}

    def changed(self, run: Run) -> int:
        """How many parts were judged again and have another outcome than they had."""
        asked = select(func.count()).select_from(ASKED).join(TASK, TASK.c.key == ASKED.c.key)
        asked = asked.where(ASKED.c.run == run.id, TASK.c.state == "done", ASKED.c.old != "")
        return int(next(self._select(asked.where(ASKED.c.old != TASK.c.outcome)))[0])

    def results(self, run: Run, only_told: bool = False) -> Iterator[tuple[Asked, Ended]]:
        """Every part with what came of it, in order. only_told: those that changed or could not be judged again."""
        asked = select(ASKED, TASK.c.state, TASK.c.outcome, TASK.c.body).join(TASK, TASK.c.key == ASKED.c.key)
        asked = asked.where(ASKED.c.run == run.id).order_by(ASKED.c.number)
        if only_told:
            asked = asked.where((ASKED.c.old != TASK.c.outcome) | (TASK.c.state != "done"))
        for row in self._select(asked):
            yield _asked(row), Ended(row.key, row.state, row.outcome, row.body)

    def digest(self, run: Run) -> str:
        """SHA-256 over every part's number, key, state, outcome and result, in order."""
        sha = hashlib.sha256()
        for asked, ended in self.results(run):
            sha.update(f"{asked.number} {ended.key} {ended.state} {ended.outcome} {ended.body}\n".encode())
        return sha.hexdigest()

    def close_run(self, run: Run, digest: str, row: int | None) -> None:
        """The run is over; row: the archive's row that says so, None: there is none yet, 0: there will be none."""
        told = {"ended": datetime.now(UTC).isoformat(), "digest": digest, "row": row}
        with in_words(self.path), self._connection.begin():
            self._connection.execute(RUN.update().where(RUN.c.id == run.id).values(told))

    def _select(self, asked: Select[Any]) -> Iterator[Any]:
        with in_words(self.path), self._connection.begin():
            yield from self._connection.execute(asked, execution_options={"yield_per": PORTION})

    def close(self) -> None:
        """Ends working with it."""
        self._connection.close()
        self._engine.dispose()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, bad: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _soon(connection: Any, record: object) -> None:
    """What a power cut may take is the results of the last moment, which are worked out again, and the same."""
    connection.execute("PRAGMA synchronous=NORMAL").close()


def _columns(one: Asked, run: int) -> dict[str, Any]:
    told = {"run": run, "number": one.number, "key": one.key, "subject": one.subject, "part": one.part}
    return {**told, "lot": one.lot, "old": one.old, "state": "pending", "tries": 0, "outcome": "", "body": ""}


def _asked(row: Any) -> Asked:
    return Asked(row.number, row.key, row.subject, row.part, row.lot, row.old)


def _run(row: Any) -> Run:
    ended = datetime.fromisoformat(row.ended) if row.ended else None
    began = datetime.fromisoformat(row.began)
    return Run(row.id, json.loads(row.spec), began, row.who, row.why, row.asked, ended, row.digest or "", row.row)
