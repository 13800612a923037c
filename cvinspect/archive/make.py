"""An archive begun, copied, and moved aside when it is damaged."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, select

from cvinspect.archive import sqlite
from cvinspect.archive.archive import LOCK, Archive
from cvinspect.archive.chain import Anchor, Mark
from cvinspect.archive.database import Database, database_of
from cvinspect.archive.lock import WriterLock
from cvinspect.archive.refusals import in_words
from cvinspect.archive.schema import PICTURE, VERSION
from cvinspect.archive.settings import FILE, load_settings, settings_text
from cvinspect.archive.sqlite import SqliteFile
from cvinspect.archive.upgrade import STEPS, known_version
from cvinspect.archive.upgrade import Step as UpgradeStep
from cvinspect.archive.upgrade import upgrade as step_up
from cvinspect.archive.values import Opened
from cvinspect.archive.vault import Vault
from cvinspect.archive.verify import Step
from cvinspect.errors import ArchiveError
from cvinspect.forms import write_text


def init(
    folder: Path, software: str, anchor: str = "anchor.txt", continues: str = "", database: str = "archive.sqlite"
) -> None:
    """Makes an archive in `folder`, which may exist but holds none. Raises ArchiveError.

    database: a file's name there, or postgresql://USER@HOST/DATABASE of an empty database.
    """
    if (folder / FILE).exists():
        raise ArchiveError(f"{folder}: an archive is here already")
    rows = _database(folder, database)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as bad:
        raise ArchiveError(f"{folder}: cannot be written: {bad.strerror}; choose another folder") from bad
    if isinstance(rows, SqliteFile) and rows.path.exists():
        raise ArchiveError(f"{rows.path}: a database is here already, without {FILE}; choose an empty folder")
    lock = WriterLock(folder / LOCK)
    try:
        Vault(folder / "pictures").begin()
        mark = Anchor(folder / anchor)
        mark.begin()
        try:
            rows.begin()
        except BaseException:
            mark.path.unlink()  # made above
            raise
        write_text(folder / FILE, settings_text(database, anchor), ArchiveError)
    finally:
        lock.close()
    with Archive(folder, write=True) as archive:
        archive.note(Opened(archive=uuid.uuid4().hex, software=software, continues=continues))


def _database(folder: Path, database: str) -> Database:
    try:
        return database_of(folder, database)
    except ValueError as bad:
        raise ArchiveError(f"--database {bad}") from bad


def move_aside(folder: Path, now: datetime) -> tuple[Path, str]:
    """Renames a damaged database and its anchor, for somebody to look at; gives the new place and the last known hash.

    Raises ArchiveError where the database is whole: then nothing is moved.
    """
    settings = load_settings(folder)
    rows, anchor = database_of(folder, settings.database), Anchor(folder / settings.anchor)
    if not isinstance(rows, SqliteFile):
        raise ArchiveError(
            f"{rows.where}: a server's database is not moved aside; have a new one made, and begin an archive on it in "
            "a new folder"
        )
    database = rows.path
    lock = WriterLock(folder / LOCK)
    try:
        if database.is_file() and not sqlite.check(database):
            raise ArchiveError(f"{database}: is whole; only a damaged database is moved aside")
        marks = anchor.read()[0] if anchor.path.exists() else ()
        ending = f".damaged-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        places = [database.with_name(database.name + suffix) for suffix in sqlite.SUFFIXES]
        for place in (*places, anchor.path, folder / FILE):
            if place.exists():
                place.rename(place.with_name(place.name + ending))
    finally:
        lock.close()
    return database.with_name(database.name + ending), marks[-1].hash if marks else ""


def backup(source: Path, target: Path, pictures: bool, step: Step = lambda what, count: None) -> tuple[int, int]:
    """A whole copy of an archive as of one moment, while it may be written to; gives the rows and pictures copied.

    Every picture's hash is checked on the way; target must not exist, and stands there only when it is whole.
    Raises ArchiveError.
    """
    if target.exists():
        raise ArchiveError(f"{target}: exists already; choose a new folder")
    settings = load_settings(source)
    half = target.with_name(f".{target.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    try:
        half.mkdir(parents=True)
        database_of(source, settings.database).copy(half / "archive.sqlite", step)
        text = settings_text("archive.sqlite", "anchor.txt").partition("[identity]")[0]
        write_text(half / FILE, text + _kept(source), ArchiveError)
        Anchor(half / "anchor.txt").begin()
        with Archive(half) as copied:
            head = copied.head
            marks = [mark for mark in Anchor(source / settings.anchor).read()[0] if mark.seq < head[0]]
            last = Mark(*head, datetime.now(UTC))
            copied.anchor.path.unlink()
            copied.anchor.begin((*marks, last))
            done = _copy_pictures(Vault(source / "pictures"), copied, step) if pictures else 0
        half.rename(target)
    except OSError as bad:
        raise ArchiveError(f"{target}: cannot be written: {bad.strerror}; nothing is left there") from bad
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return head[0], done


def _kept(source: Path) -> str:
    """The parts of the settings that hold for a copy too, as they were written."""
    _, found, rest = (source / FILE).read_text("utf-8").partition("[identity]")
    return found + rest if found else ""


def _copy_pictures(vault: Vault, copied: Archive, step: Step) -> int:
    copied.vault.begin()
    gone = copied.pruned()
    newest = select(PICTURE.c.sha256, func.max(PICTURE.c.seq).label("seq")).group_by(PICTURE.c.sha256)
    names = [row.sha256 for row in copied.select(newest) if row.seq > gone.get(row.sha256, 0)]
    for name in names:
        copied.vault.put(vault.get(name))
        step("archive_step_copies", len(names))
    return len(names)


def upgrade(folder: Path, steps: Mapping[int, UpgradeStep] = STEPS, newest: int = VERSION) -> str | None:
    """Brings an archive's tables up to date, all or nothing; gives the copy that was made before, None: nothing to do.

    Raises ArchiveError.
    """
    rows = database_of(folder, load_settings(folder).database)
    lock = WriterLock(folder / LOCK)
    try:
        rows.refuse_damaged()
        opened = rows.engine(write=True)
        try:
            with in_words(rows.where):
                return _stepped_up(rows, opened, steps, newest)
        finally:
            opened.dispose()
    finally:
        lock.close()


def _stepped_up(rows: Database, opened: Engine, steps: Mapping[int, UpgradeStep], newest: int) -> str | None:
    with opened.begin() as connection:
        had = known_version(connection, rows.where, newest)
        if had == newest:
            return None
        before = rows.keep(connection, had)
        step_up(connection, rows.where, steps, newest)
    return before
