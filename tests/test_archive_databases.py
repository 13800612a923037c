"""An archive on SQLite and on a PostgreSQL server: the same tests, on a real server."""

import os
import shutil
import signal
import sqlite3
import time
from contextlib import closing

import archives
import pytest
from cli import cli
from servers import postgres  # noqa: F401

from cvinspect.archive import Archive, backup, init, move_aside, parse_where, upgrade, verify
from cvinspect.archive.schema import LOOKUPS
from cvinspect.archive.settings import load_settings
from cvinspect.archive.values import Overrule, Record
from cvinspect.errors import ArchiveError
from cvinspect.model import Outcome

COUNT = 4


class Sqlite:
    """Somebody with every right on the file of an archive."""

    def address(self):
        return "archive.sqlite"

    def twin(self, folder, target):
        return shutil.copytree(folder, target)

    def sql(self, folder, *statements):
        with closing(sqlite3.connect(folder / "archive.sqlite", isolation_level=None)) as connection:
            for statement in statements:
                found = connection.execute(statement).fetchall()
        return found

    def free(self, folder, *statements):
        """Takes the triggers away, edits, puts them back."""
        rules = self.sql(folder, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        drops = [f"DROP TRIGGER {name}" for name, _ in rules]
        self.sql(folder, *drops, *statements, *(rule for _, rule in rules))

    def without_rule(self, folder):
        self.sql(folder, "DROP TRIGGER journal_no_update")


class Postgres:
    """Somebody with every right on the server."""

    def __init__(self, server):
        self.server, self.address = server, server.database

    def name(self, folder):
        return load_settings(folder).database.partition("@/")[2].partition("?")[0]

    def twin(self, folder, target):
        there = load_settings(folder).database
        toml = shutil.copytree(folder, target) / "archive.toml"
        address = self.server.database(self.name(folder))
        toml.write_text(toml.read_text("utf-8").replace(there, address), "utf-8")
        return target

    def sql(self, folder, *statements):
        return [self.server.sql(statement, self.name(folder)) for statement in statements][-1]

    def free(self, folder, *statements):
        self.sql(folder, *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in ("journal", "document", "picture")))
        self.sql(folder, *statements)
        rules = self.sql(folder, "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal")
        self.sql(folder, *(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for table, name in rules))

    def without_rule(self, folder):
        self.sql(folder, "ALTER TABLE journal ENABLE TRIGGER journal_no_update")


@pytest.fixture(scope="module", params=[Sqlite, Postgres])
def on(request):
    return Sqlite() if request.param is Sqlite else Postgres(request.getfixturevalue("postgres"))


@pytest.fixture(scope="module")
def template(on, tmp_path_factory):
    return archives.filled(tmp_path_factory.mktemp("archive") / "档案", COUNT, database=on.address())


@pytest.fixture
def folder(on, template, tmp_path):
    return on.twin(template, tmp_path / "档案")


def parts(folder):
    with Archive(folder) as archive:
        return [one.row.identity.part for one in archive.rows() if isinstance(one.row, Record)]


def wrong(folder):
    with Archive(folder) as archive:
        return [reason.code for reason in verify(archive).wrong]


def test_what_goes_in_comes_out_once(on, folder):
    told, pictures = archives.record(3)
    with Archive(folder, write=True) as archive:
        (found,) = archive.rows(parse_where("part=P3 lot=批3 from=2026-03-04 to=2026-03-04 outcome=PASS"))
        assert found.row == told
        assert archive.documents(told.documents) == {archives.DOCUMENT: archives.TEXT}
        again = archive.record(told, pictures, {archives.DOCUMENT: archives.TEXT})
        assert (again.seq, again.new) == (4, False)
        assert archives.add(archive, 9, part="a\udce9b\0c").seq == COUNT + 2
        assert [one.seq for one in archive.rows(parse_where(""), 2)] == [6, 5]
    assert parts(folder) == ["P1", "P2", "P3", "P4", "a?b\ufffdc"]
    with Archive(folder) as archive:
        checked = verify(archive)
    assert (checked.wrong, checked.notes, checked.rows, checked.documents) == ([], [], COUNT + 2, 1)
    with Archive(folder) as archive, pytest.raises(ArchiveError, match="open for reading only"):
        archives.add(archive, 50)


def test_the_database_refuses_changes(on, folder):
    copied = f"SELECT 9, kind, at, record, {', '.join(LOOKUPS)}, 'k', body, hash FROM journal WHERE seq = 2"
    statements = [
        "UPDATE journal SET outcome = 'PASS' WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 5",
        f"INSERT INTO journal {copied}",
        "UPDATE document SET kind = 'limits'",
        "DELETE FROM picture",
    ]
    if isinstance(on, Postgres):
        statements += ["TRUNCATE journal", "SET session_replication_role = replica; DELETE FROM journal"]
    for statement in statements:
        with pytest.raises(Exception, match="never changed or removed"):
            on.sql(folder, statement)
    assert wrong(folder) == []


def test_one_writer_and_readers_beside_it(on, folder, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    for name in ("archive.toml", "anchor.txt"):
        shutil.copy(folder / name, other)
    with Archive(folder, write=True) as writer:
        with pytest.raises(ArchiveError, match=r"another program is writing to this archive \(process \d+\)"):
            Archive(folder, write=True)
        if isinstance(on, Postgres):  # by another folder too
            monkeypatch.setattr("cvinspect.archive.postgres.ENDS_S", 0.1)
            with pytest.raises(
                ArchiveError, match=r"^postgresql.*another program is writing to this archive \(process"
            ):
                Archive(other, write=True)
        with Archive(folder) as reader:
            archives.add(writer, 50)
            assert len(list(reader.rows(parse_where("part=P50")))) == 1
    Archive(folder, write=True).close()


EDITS = {
    "UPDATE journal SET lot = 'x' WHERE seq = 3": "archive_row",
    "UPDATE journal SET body = replace(body, 'size_fail', 'size_pass') WHERE seq = 2": "archive_row",
    "DELETE FROM journal WHERE seq = 3": "archive_gap",
    "DELETE FROM journal WHERE seq > 3": "archive_cut",
    "DELETE FROM document": "archive_document_gone",
    "DELETE FROM picture WHERE seq = 2": "archive_link",
}


def test_every_edit_is_found(postgres, tmp_path):  # noqa: F811  # of SQLite: test_archive_verify
    on = Postgres(postgres)
    folder = archives.filled(tmp_path / "a", COUNT, database=on.address())
    for number, (statement, code) in enumerate(EDITS.items()):
        edited = on.twin(folder, tmp_path / f"{number}")
        on.free(edited, statement)
        assert code in wrong(edited)


def test_a_rule_of_the_database_that_is_another_is_found(on, folder):
    on.without_rule(folder)
    assert wrong(folder) == ["archive_table"]


def test_a_database_put_back_is_not_written_to(on, folder):
    on.free(folder, "DELETE FROM picture WHERE seq = 5", "DELETE FROM journal WHERE seq = 5")
    with pytest.raises(ArchiveError, match=r"row 5, which the anchor .* has seen, is not there"):
        Archive(folder, write=True)


def add_column(connection):
    connection.exec_driver_sql("ALTER TABLE journal ADD COLUMN humidity TEXT")


def fail(connection):
    connection.exec_driver_sql("CREATE TABLE half (a TEXT)")
    raise RuntimeError("the power went")


def test_an_upgrade_is_all_or_nothing(on, folder):
    with pytest.raises(RuntimeError, match="the power went"):
        upgrade(folder, {1: add_column, 2: fail}, 3)
    assert (parts(folder), wrong(folder)) == (["P1", "P2", "P3", "P4"], [])
    assert "version" in upgrade(folder, {1: add_column}, 2)
    assert upgrade(folder, {}, 2) is None
    with pytest.raises(ArchiveError, match=r"newer cvinspect \(version 2; this one knows up to 1\); update it"):
        Archive(folder)


@pytest.mark.parametrize("moments", [4, pytest.param(100, marks=pytest.mark.soak)])
def test_kill_in_the_middle_of_an_upgrade(on, template, folder, tmp_path, moments):
    def slow(connection):
        add_column(connection)
        time.sleep(0.02)
        connection.exec_driver_sql("CREATE TABLE weather (a TEXT)")
        time.sleep(0.02)

    seen = []
    for moment in range(moments):
        child = os.fork()
        if not child:
            try:
                upgrade(folder, {1: slow}, 2)
            finally:
                os._exit(0)
        time.sleep(0.3 * moment / moments)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        version = on.sql(folder, "SELECT value FROM about")[0][0]
        whole = version == "2"
        try:
            on.sql(folder, "SELECT humidity FROM journal LIMIT 1", "SELECT a FROM weather")
        except Exception:
            assert not whole
        else:
            assert whole
        seen.append(version)
        if whole:
            folder = on.twin(template, tmp_path / f"{moment}")
    assert "1" in seen
    print(f"{len(seen)} upgrades killed: {seen.count('1')} left as they were, {seen.count('2')} done")


def test_a_backup_is_an_archive_of_its_own(on, folder, tmp_path):
    with Archive(folder, write=True) as writer:
        writer.note(Overrule(to=Outcome.FAIL, who="王", why="看错"), 3)
        assert backup(folder, tmp_path / "备份", pictures=True) == (COUNT + 2, COUNT)
        head = writer.head
    assert wrong(tmp_path / "备份") == []
    with Archive(tmp_path / "备份", write=True) as copy:
        assert copy.head == head
        archives.add(copy, 9)


def test_a_backup_while_a_writer_writes(on, folder, tmp_path, monkeypatch):
    monkeypatch.setattr("cvinspect.archive.sqlite.PORTION", 2)  # so that much is written between two portions
    child = os.fork()
    if not child:
        try:
            with Archive(folder, write=True) as archive:
                for number in range(10, 10_000):
                    archives.add(archive, number)
        finally:
            os._exit(0)
    heads, steps = [], []
    try:
        while len(heads) < 3:
            target = tmp_path / f"备份{len(heads)}"
            rows, pictures = backup(folder, target, pictures=True, step=lambda *step: steps.append(step))
            assert (rows, wrong(target)) == (pictures + 1, [])
            heads.append(rows)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert COUNT < heads[0] <= heads[1] <= heads[2]
    assert heads[0] < heads[2]
    assert steps.count(("archive_step_copies", heads[2] - 1)) >= heads[2] - 1
    assert "archive_step_database" in dict(steps)


def test_by_the_command_line(postgres, tmp_path):  # noqa: F811
    on = Postgres(postgres)
    made = cli("archive", "init", tmp_path / "档", "--database", on.address())
    assert made.code == 0, made.err
    with Archive(tmp_path / "档", write=True) as archive:
        archives.add(archive, 1, outcome=Outcome.FAIL)
    for words in (("list",), ("show", "P1"), ("stats",), ("verify",), ("export", "-o", tmp_path / "a.csv"), ("prune",)):
        done = cli("archive", words[0], tmp_path / "档", *words[1:])
        assert (done.code, done.err) == (0, "")
    assert "P1" in (tmp_path / "a.csv").read_text("utf-8")
    again = cli("archive", "init", tmp_path / "档")
    assert (again.code, "an archive is here already" in again.words) == (2, True)


def test_a_writer_that_is_killed_loses_nothing(on, folder):
    acknowledged = []
    for round_ in range(3):
        came, told = os.pipe()
        child = os.fork()
        if not child:
            try:
                with Archive(folder, write=True) as archive:
                    for number in range(100 * round_ + 10, 100 * round_ + 99):
                        archives.add(archive, number)
                        os.write(told, f"P{number}\n".encode())
            finally:
                os._exit(0)
        os.close(told)
        with os.fdopen(came) as rest:
            acknowledged.append(rest.readline().strip())
            time.sleep(0.03 * round_)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            acknowledged += rest.read().split()
    there = parts(folder)
    assert set(acknowledged) <= set(there)
    assert len(there) == len(set(there))
    assert wrong(folder) == []


def test_a_station_that_may_only_add(postgres, tmp_path):  # noqa: F811
    on = Postgres(postgres)
    folder = archives.filled(tmp_path / "a", 1, database=on.address())
    on.sql(
        folder,
        "DROP ROLE IF EXISTS station",
        "CREATE ROLE station LOGIN",
        "GRANT SELECT, INSERT ON journal, document, picture TO station",
        "GRANT SELECT ON about TO station",
    )
    toml = folder / "archive.toml"
    toml.write_text(toml.read_text("utf-8").replace("cvinspect@", "station@"), "utf-8")
    with Archive(folder, write=True) as archive:
        assert archives.add(archive, 2).new
    assert (parts(folder), wrong(folder)) == (["P1", "P2"], [])
    with pytest.raises(ArchiveError, match="the server lets this user not do that; ask who looks after it"):
        upgrade(folder, {1: add_column}, 2)
    on.sql(folder, "DROP OWNED BY station", "DROP ROLE station")


def test_a_server_that_goes_away(postgres, tmp_path):  # noqa: F811
    folder = archives.filled(tmp_path / "a", 1, database=postgres.database())
    with Archive(folder, write=True) as archive:
        postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cvinspect'")
        with pytest.raises(ArchiveError, match="the server ended the connection; see that it runs, then try again"):
            archives.add(archive, 2)
    with Archive(folder, write=True) as archive:
        assert archives.add(archive, 2).new
    postgres.stop()
    try:
        with pytest.raises(ArchiveError, match=r"the server cannot be used: .*see that it runs, that archive.toml has"):
            Archive(folder)
    finally:
        postgres.start()
    assert (parts(folder), wrong(folder)) == (["P1", "P2"], [])


def test_a_server_that_does_not_fit(postgres, tmp_path):  # noqa: F811
    address = postgres.database()
    archives.filled(tmp_path / "a", 0, database=address)
    with pytest.raises(ArchiveError, match="an archive is here already; have an empty database made"):
        init(tmp_path / "b", "0.1.0", database=address)
    assert not (tmp_path / "b" / "anchor.txt").exists()
    with pytest.raises(ArchiveError, match='database "none" does not exist'):
        init(tmp_path / "b", "0.1.0", database=f"postgresql://cvinspect@/none?host={postgres.folder}")
    with pytest.raises(ArchiveError, match="a server's database is not moved aside"):
        move_aside(tmp_path / "a", archives.AT)
    postgres.sql("CREATE DATABASE latin TEMPLATE template0 ENCODING latin1")
    with pytest.raises(ArchiveError, match="its encoding is LATIN1; have one made with UTF8"):
        init(tmp_path / "b", "0.1.0", database=f"postgresql://cvinspect@/latin?host={postgres.folder}")
    postgres.sql("ALTER SYSTEM SET fsync = off")
    postgres.sql("SELECT pg_reload_conf()")
    try:
        time.sleep(0.2)
        with pytest.raises(ArchiveError, match="runs with fsync = off and loses rows with the power"):
            Archive(tmp_path / "a", write=True)
    finally:
        postgres.sql("ALTER SYSTEM RESET fsync")
        postgres.sql("SELECT pg_reload_conf()")


def test_without_the_driver(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(ArchiveError, match=r"PostgreSQL needs psycopg: pip install 'cvinspect\[postgres\]'"):
        init(tmp_path / "a", "0.1.0", database="postgresql://u@h/d")
