"""The archive: what goes in comes out the same, nothing changes or leaves it, and trouble is said in words."""

import dataclasses
import re
import shutil
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import archives
import pytest

from cvinspect.archive import Archive, Identity, init, move_aside, parse_where, upgrade, verify
from cvinspect.archive.codec import plain, value_of
from cvinspect.archive.values import Concession, Entry, Overrule, Record
from cvinspect.errors import ArchiveError
from cvinspect.model import Doubt, Kind, Measured, Outcome


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return archives.filled(tmp_path_factory.mktemp("archive") / "档案")


@pytest.fixture
def folder(template, tmp_path):
    return Path(shutil.copytree(template, tmp_path / "档案"))


def sql(folder, *statements):
    """Somebody else's connection, with every right."""
    with sqlite3.connect(folder / "archive.sqlite", isolation_level=None, timeout=0) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_a_record_comes_back_as_it_went_in(folder):
    told, pictures = archives.record(3)
    with Archive(folder) as archive:
        (found,) = archive.rows(parse_where("part=P3 lot=批3 from=2026-03-04 to=2026-03-04 outcome=PASS"))
        assert found.row == told
        assert archive.documents(found.row.documents) == {archives.DOCUMENT: archives.TEXT}
        assert archive.vault.get(found.row.looks[0].stored) == pictures[0]


@pytest.mark.parametrize(
    "value",
    [
        archives.record(1)[0],
        Overrule(to=Outcome.PASS, who="王", why="看错"),
        Concession(scope={"lot": "L"}, expires=date(2027, 1, 1), approver="客户", why="w", rules=("a",), most=3),
        Entry(face="f", kind=Kind.FLASH, who="w", gauge="g", size="height_mm", measured=Measured(0.05, 0.01)),
        dataclasses.replace(archives.SPECK, area_mm2=Measured(float("inf"), None), doubt=Doubt.UNKNOWN),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_survive_being_plain(value):
    assert value_of(plain(value), type(value)) == value


def test_what_a_newer_version_wrote_is_passed_over():
    assert value_of({**plain(archives.SPECK), "temperature_c": 20}, type(archives.SPECK)) == archives.SPECK


def test_a_default_that_changes_later_is_not_the_only_thing_written():
    assert {"identity", "verdict", "looks", "faces"} <= plain(archives.record(1)[0]).keys()


def test_half_characters_and_nuls_are_replaced(folder):
    with Archive(folder, write=True) as archive:
        seq = archives.add(archive, 99, part="a\udce9b\0c").seq
        assert archive.one(seq).row.identity.part == "a?b\ufffdc"


@pytest.mark.parametrize("changed", [{}, {"at": datetime(2027, 1, 1, tzinfo=UTC)}])
def test_the_same_told_again_is_not_doubled(folder, changed):
    told, pictures = archives.record(3)
    with Archive(folder, write=True) as archive:
        added = archive.record(dataclasses.replace(told, **changed), pictures, {archives.DOCUMENT: archives.TEXT})
        assert (added.seq, added.new) == (4, False)
        other = dataclasses.replace(told, verdict=archives.verdict(Outcome.FAIL))
        assert archive.record(other, pictures, {}).new


def test_texts_and_pictures_stand_once(folder):
    with Archive(folder, write=True) as archive:
        told, pictures = archives.record(3)
        other = dataclasses.replace(told, identity=Identity(part="twin"))
        archive.record(other, pictures, {archives.DOCUMENT: archives.TEXT})
        assert len(list(archive.vault.names())) == 5
    with sqlite3.connect(folder / "archive.sqlite") as connection:
        assert connection.execute("SELECT COUNT(*) FROM document").fetchone() == (1,)
    connection.close()


def test_a_picture_is_on_the_disk_before_its_row(folder, monkeypatch):
    with Archive(folder, write=True) as archive:
        seen = []
        monkeypatch.setattr(archive, "_write", lambda row, *_: seen.append(archive.vault.has(row.looks[0].stored)))
        archives.add(archive, 77)
    assert seen == [True]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET outcome = 'PASS' WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 6",
        "INSERT OR REPLACE INTO journal SELECT * FROM journal WHERE seq = 2",
        "INSERT INTO journal (seq, kind, at, body, hash) VALUES (9, 'record', '2026', '{}', 'x')",
        "UPDATE document SET body = x'00'",
        "INSERT OR REPLACE INTO document SELECT * FROM document",
        "DELETE FROM picture",
        "UPDATE OR REPLACE picture SET seq = 3",
    ],
)
def test_the_database_refuses_changes(folder, statement):
    with pytest.raises(sqlite3.IntegrityError, match="never changed or removed"):
        sql(folder, statement)


def test_a_second_writer_is_refused_and_readers_are_not(folder):
    with Archive(folder, write=True) as writer:
        with pytest.raises(ArchiveError, match="another program is writing to this archive"):
            Archive(folder, write=True)
        with Archive(folder) as reader:
            archives.add(writer, 50)
            assert len(list(reader.rows(parse_where("part=P50")))) == 1
    Archive(folder, write=True).close()


def test_a_reader_writes_nothing(folder):
    with Archive(folder) as archive, pytest.raises(ArchiveError, match="open for reading only"):
        archives.add(archive, 50)


def test_a_database_that_another_program_holds(folder, monkeypatch):
    monkeypatch.setattr("cvinspect.archive.sqlite.BUSY_S", 0.05)
    monkeypatch.setattr("cvinspect.archive.sqlite.engine.__defaults__", (0.05,))
    holder = sqlite3.connect(folder / "archive.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(ArchiveError, match="locked by another program; close what has it open"):
        Archive(folder, write=True)
    holder.close()


def test_a_newer_version_is_refused(folder):
    sql(folder, "UPDATE about SET value = '2'")
    for use in (Archive, upgrade):
        with pytest.raises(ArchiveError, match=r"newer cvinspect \(version 2; this one knows up to 1\)"):
            use(folder)


@pytest.mark.parametrize("fault", ["zeroed", "cut", "text", "gone"])
def test_a_damaged_database_is_said_and_moved_aside_on_request_only(folder, fault):
    database = folder / "archive.sqlite"
    data = database.read_bytes()
    spoilt = {"zeroed": data[:4096] + bytes(4096) + data[8192:], "cut": data[: len(data) // 2], "text": b"hello " * 900}
    database.unlink() if fault == "gone" else database.write_bytes(spoilt[fault])
    with pytest.raises(ArchiveError, match=r"(is damaged|is gone).*--move-aside"):
        Archive(folder, write=True)
    place, last = move_aside(folder, archives.AT)
    assert place.exists() == (fault != "gone")
    init(folder, "0.1.0", continues=last)
    with Archive(folder) as archive:
        assert len(next(archive.rows()).row.continues) == 64


def test_a_whole_database_is_not_moved_aside(folder):
    with pytest.raises(ArchiveError, match="is whole"):
        move_aside(folder, archives.AT)


def test_a_folder_without_an_archive(tmp_path):
    for place in (tmp_path, tmp_path / "none"):
        with pytest.raises(ArchiveError, match="no archive is here; make one with `cvinspect archive init"):
            Archive(place)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://x/y", "mysql is not supported; write postgresql://USER@HOST/DATABASE, or a file's name"),
        ("postgresql://x:secret@h/y", "has a password in it; leave that out: it is taken from PGPASSWORD or ~/.pgpass"),
        ("postgresql://h:port/y", "is no address; write postgresql://USER@HOST/DATABASE"),
    ],
)
def test_an_address_that_is_none(folder, tmp_path, address, said):
    settings = folder / "archive.toml"
    settings.write_text(settings.read_text("utf-8").replace("archive.sqlite", address), "utf-8")
    with pytest.raises(ArchiveError, match=re.escape(said)):
        Archive(folder)
    with pytest.raises(ArchiveError, match=re.escape(said)):
        init(tmp_path / "new", "0.1.0", database=address)


def test_on_a_disk_that_may_only_be_read(folder, monkeypatch):
    monkeypatch.setattr("cvinspect.archive.sqlite.os.access", lambda *_: False)
    with Archive(folder) as archive:
        assert archive.one(2).row.identity.part == "P1"
        assert verify(archive).wrong == []
    assert not list(folder.glob("archive.sqlite-*"))
    (folder / "writer.lock").unlink()
    (folder / "writer.lock").mkdir()
    with pytest.raises(ArchiveError, match=r"cannot be written: .*; only reading is possible"):
        Archive(folder, write=True)


def test_no_second_archive_in_one_place(folder):
    with pytest.raises(ArchiveError, match="an archive is here already"):
        init(folder, "0.1.0")


def test_a_database_put_back_is_not_written_to(folder):
    database = folder / "archive.sqlite"
    before = database.read_bytes()
    with Archive(folder, write=True) as archive:
        archives.add(archive, 60)
    database.write_bytes(before)
    with pytest.raises(ArchiveError, match=r"row 7, which the anchor .* has seen, is not there"):
        Archive(folder, write=True)


@pytest.mark.parametrize("what", ["gone", "altered"])
def test_a_picture_is_checked_at_every_reading(folder, what):
    with Archive(folder) as archive:
        name = archive.one(2).row.looks[0].stored
        path = archive.vault.path(name)
        path.unlink() if what == "gone" else path.write_bytes(b"another")
        with pytest.raises(ArchiveError, match=f"the picture (is|was) {what}"):
            archive.vault.get(name)


def test_what_a_stopped_writer_left_is_swept(folder):
    (folder / "pictures" / ".incoming" / "x.tmp").write_bytes(b"half")
    Archive(folder, write=True).close()
    assert list((folder / "pictures" / ".incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour=red", "write NAME=VALUE; names are part, drawing"),
        ("lot", "write NAME=VALUE"),
        ("from=yesterday", "write a day as 2026-01-31"),
        ("outcome=OK", "an outcome is one of PASS"),
        ("seq=x", "the number of a record"),
        ("lot='a", "a quote is not closed"),
        ("from=2026-02-01 to=2026-01-31", "the first day is after the last"),
    ],
)
def test_a_where_that_says_nothing(text, said):
    with pytest.raises(ArchiveError, match=said):
        parse_where(text)


def test_where_takes_several_values_and_spaces(folder):
    with Archive(folder) as archive:
        assert [one.row.identity.part for one in archive.rows(parse_where("part='P1|P4' seq=5"))] == ["P4"]


def test_an_upgrade_is_all_or_nothing(folder):
    def add_column(connection):
        connection.exec_driver_sql("ALTER TABLE journal ADD COLUMN humidity TEXT")

    def fail(connection):
        connection.exec_driver_sql("CREATE TABLE half (a TEXT) STRICT")
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="the power went"):
        upgrade(folder, {1: add_column, 2: fail}, 3)
    with Archive(folder) as archive:  # of version 1 still
        assert archive.about() == {"version": "1"}
    copy = upgrade(folder, {1: add_column}, 2)
    assert Path(copy).name.startswith("archive.sqlite.version-1-")
    with pytest.raises(ArchiveError, match="version 2; this one knows up to 1"):
        Archive(folder)


def test_a_record_names_the_pictures_that_are_given(folder):
    with Archive(folder, write=True) as archive:
        told, _ = archives.record(70)
        with pytest.raises(ArchiveError, match="its looks name other pictures"):
            archive.record(told, [b"another"], {})
        assert not [one for one in archive.rows() if isinstance(one.row, Record) and one.row.identity.part == "P70"]
