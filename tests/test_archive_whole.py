"""A large database is ready at once, and read whole beside the work, but not again while only writers changed it."""

import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import archives
import pytest
from test_archive_size import fill

from cvinspect.archive import Archive, sqlite, verify, whole
from cvinspect.errors import ArchiveError

READY_S = 2.0


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An archive that counts as large, just ended in order."""
    monkeypatch.setattr(whole, "AT_ONCE", 0)
    monkeypatch.setattr("cvinspect.archive.archive.END", 2)
    return archives.filled(tmp_path / "a", 40)


@pytest.fixture
def checks(monkeypatch):
    """The checks of the whole file from now on."""
    seen, check = [], sqlite.check
    monkeypatch.setattr(sqlite, "check", lambda path, *words, **more: seen.append(path) or check(path, *words, **more))
    return seen


def spoil(folder):
    """Zeroes a page in the middle, away from everything that opening needs."""
    database = folder / "archive.sqlite"
    data = bytearray(database.read_bytes())
    place = data.index(b'"part":"P9"') // 4096 * 4096
    data[place : place + 4096] = bytes(4096)
    database.write_bytes(data)


def touch(folder):
    """Somebody else writes to the file."""
    database = folder / "archive.sqlite"
    database.write_bytes(database.read_bytes())


def test_it_is_not_read_again_after_writers_that_ended_in_order(folder, checks):
    for number in (50, 51):
        with Archive(folder, write=True) as archive:
            archives.add(archive, number)
    assert checks == []
    with Archive(folder) as reader:  # holds the journal open
        assert reader.head[0] == 43
        with Archive(folder, write=True) as archive:
            archives.add(archive, 52)
    Archive(folder, write=True).close()
    assert checks == []


@pytest.mark.parametrize(
    "cause", ["another program", "a kill", "a day", "no note", "a note that is none", "the future"]
)
def test_it_is_read_beside_the_work_otherwise(folder, checks, cause, monkeypatch):
    note = folder / "archive.sqlite-checked.json"
    if cause == "another program":
        touch(folder)
    elif cause == "a kill":
        child = os.fork()
        if not child:
            archives.add(Archive(folder, write=True), 70)
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
    elif cause in ("a day", "the future"):
        away = timedelta(days=2) if cause == "the future" else timedelta(days=-2)
        text = note.read_text()
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        assert day in text
        note.write_text(text.replace(day, f"{datetime.now(UTC) + away:%Y-%m-%d}"))
    else:
        note.unlink() if cause == "no note" else note.write_text('{"whole_at": 1}')
    with Archive(folder, write=True) as archive:
        assert archives.add(archive, 60).new
    assert len(checks) == 1
    Archive(folder, write=True).close()
    assert len(checks) == 1


def test_damage_stops_the_writer_as_soon_as_it_is_found(folder):
    spoil(folder)
    archive = Archive(folder, write=True)
    archive._check._thread.join()
    with pytest.raises(ArchiveError, match=r"is damaged \(.*bring back a backup"):
        archives.add(archive, 60)
    archive.close(wait=False)
    with pytest.raises(ArchiveError, match=r"is damaged \(.*bring back a backup"):  # or at its end
        Archive(folder, write=True).close()
    with Archive(folder) as archive:
        assert archive.head[0] == 41


def test_a_writer_that_fails_does_not_wait_for_the_check(folder, monkeypatch):
    stopped = threading.Event()

    def endless(path, opened):
        opened(SimpleNamespace(interrupt=stopped.set))
        assert stopped.wait(10)
        raise ArchiveError("interrupted")

    touch(folder)
    monkeypatch.setattr(sqlite, "check", endless)
    archive = Archive(folder, write=True)
    while archive._check._reading is None:
        time.sleep(0.001)
    archive.__exit__(RuntimeError, RuntimeError("the operator stops it"), None)
    assert stopped.is_set()
    monkeypatch.undo()
    monkeypatch.setattr(whole, "AT_ONCE", 0)
    assert whole._last(folder / "archive.sqlite") is None


def test_the_end_of_the_chain_is_looked_at_before_more_is_written(folder):
    with sqlite.closing(sqlite.connect(folder / "archive.sqlite", write=True)) as connection:
        connection.execute("DROP TRIGGER journal_no_update")
        connection.execute("UPDATE journal SET lot = 'x' WHERE seq = 40")
    with pytest.raises(ArchiveError, match="row 40 is not as it was written; see `cvinspect archive verify`"):
        Archive(folder, write=True)


def test_a_small_database_is_read_whole_every_time(tmp_path, checks):
    folder = archives.filled(tmp_path / "a", 40)
    assert len(checks) == 2
    spoil(folder)
    with pytest.raises(ArchiveError, match=r"is damaged \(.*bring back a backup"):
        Archive(folder, write=True)


@pytest.mark.soak
def test_a_million_records_are_ready_again_after_a_kill(tmp_path):
    folder = archives.filled(tmp_path / "a", 3)
    fill(folder, 1_000_000)
    ready = []
    for number in range(100):
        came, told = os.pipe()
        began = time.monotonic()
        child = os.fork()
        if not child:
            with Archive(folder, write=True) as archive:
                archives.add(archive, 2_000_000 + number)
                os.write(told, b"x")
                time.sleep(60)
        assert os.read(came, 1) == b"x"
        ready.append(time.monotonic() - began)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(came), os.close(told)
    print(f"ready after: median {sorted(ready)[50]:.2f} s, p99 {sorted(ready)[98]:.2f} s, most {max(ready):.2f} s")
    assert sorted(ready)[98] <= READY_S
    with Archive(folder) as archive:
        assert verify(archive).wrong == []
