"""Whatever is edited in an archive is found: rows, texts, pictures, rules of the database, a cut tail, an old state."""

import json
import random
import shutil
import sqlite3
from functools import partial

import archives
import pytest

from cvinspect.archive import Archive, backup, verify
from cvinspect.archive.chain import row_hash
from cvinspect.archive.schema import HASHED
from cvinspect.archive.values import Overrule
from cvinspect.errors import ArchiveError
from cvinspect.model import Outcome

COUNT = 12


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """An archive with an older state of its database beside it."""
    place = tmp_path_factory.mktemp("edits")
    folder = archives.filled(place / "a", COUNT - 4)
    shutil.copy(folder / "archive.sqlite", place / "old.sqlite")
    with Archive(folder, write=True) as archive:
        for number in range(COUNT - 3, COUNT + 1):
            archives.add(archive, number, outcome=Outcome.FAIL)
        archive.note(Overrule(to=Outcome.PASS, who="w", why="y"), 5)
    return place


def found_in(folder):
    """What verify says, or why it cannot even be opened."""
    try:
        with Archive(folder) as archive:
            return [reason.code for reason in verify(archive).wrong]
    except ArchiveError as bad:
        return [str(bad)]


def contents(folder):
    """Everything that can be read out of the database."""
    with sqlite3.connect(folder / "archive.sqlite") as connection:
        told = list(connection.iterdump())
    connection.close()
    return told


def edit_rows(statements, folder, rng):
    """Somebody with every right: takes the triggers away, edits, puts them back."""
    connection = sqlite3.connect(folder / "archive.sqlite")
    rules = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in rules:
        connection.execute(f"DROP TRIGGER {name}")
    statements(connection, rng)
    for _, rule in rules:
        connection.execute(rule)
    connection.commit()
    connection.close()


def a_cell(connection, rng):
    table = rng.choice(("journal", "journal", "journal", "document", "picture"))
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    row = rng.choice([one[0] for one in connection.execute(f"SELECT rowid FROM {table}")])
    column = rng.choice(columns)
    (old,) = connection.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()
    if column in ("seq", "record"):
        new = (old or 0) + 100
    elif isinstance(old, bytes):
        new = old[:-1] + bytes([old[-1] ^ 1])
    else:
        place = rng.randrange(len(old or "") + 1)
        new = (old or "")[:place] + "x" + (old or "")[place + 1 :]
        new = new if new != old else f"{new}y"
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (new, row))


def a_number_of_the_verdict(connection, rng):
    row = rng.randrange(2, COUNT + 2)
    (body,) = connection.execute("SELECT body FROM journal WHERE seq = ?", (row,)).fetchone()
    data = json.loads(body)
    data["verdict"]["findings"][0]["measured"] = rng.random()
    connection.execute("UPDATE journal SET body = ? WHERE seq = ?", (json.dumps(data), row))


def a_time(connection, rng):
    row = rng.randrange(1, COUNT + 3)
    connection.execute("UPDATE journal SET at = '2026-03-05T05:06:07+00:00' WHERE seq = ?", (row,))


def a_row_less(connection, rng):
    connection.execute("DELETE FROM journal WHERE seq = ?", (rng.randrange(1, COUNT + 3),))


def two_swapped(connection, rng):
    one, other = rng.sample(range(2, COUNT + 2), 2)
    for old, new in ((one, 999), (other, one), (999, other)):
        connection.execute("UPDATE journal SET seq = ? WHERE seq = ?", (new, old))


def a_tail_cut(connection, rng):
    connection.execute("DELETE FROM journal WHERE seq > ?", (COUNT + 2 - rng.randrange(1, 6),))


def a_text_less(connection, rng):
    connection.execute(rng.choice(("DELETE FROM document", "INSERT INTO document VALUES ('a', 'recipe', x'00')")))


def a_link_less(connection, rng):
    connection.execute("DELETE FROM picture WHERE seq = ?", (rng.randrange(2, COUNT + 2),))


def the_chain_made_anew(connection, rng):
    """The forger's best: a verdict turned, and every hash after it computed again."""
    first = rng.randrange(2, COUNT + 2)
    connection.row_factory = sqlite3.Row
    before = connection.execute("SELECT hash FROM journal WHERE seq = ?", (first - 1,)).fetchone()[0]
    for row in connection.execute("SELECT * FROM journal WHERE seq >= ? ORDER BY seq", (first,)).fetchall():
        columns = dict(row)
        if row["seq"] == first:
            columns["body"] = columns["body"].replace("size_fail", "size_pass")
        before = row_hash(before, {name: columns[name] for name in HASHED})
        told = (columns["body"], before, row["seq"])
        connection.execute("UPDATE journal SET body = ?, hash = ? WHERE seq = ?", told)


def a_rule_less(folder, rng):
    connection = sqlite3.connect(folder / "archive.sqlite")
    kind, name = rng.choice(
        connection.execute("SELECT type, name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    )
    connection.execute(f"DROP {kind} {name}")
    connection.commit()
    connection.close()


def an_old_state(folder, rng):
    shutil.copy(folder.parent / "old.sqlite", folder / "archive.sqlite")


def a_byte(folder, rng):
    """One bit of the file, where it changes what can be read; in a page's empty space it changes nothing."""
    database = folder / "archive.sqlite"
    whole, told = database.read_bytes(), contents(folder)
    while True:
        data = bytearray(whole)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        database.write_bytes(data)
        try:
            if contents(folder) != told:
                return
        except (sqlite3.Error, UnicodeDecodeError):
            return


def a_picture(folder, rng):
    path, other = rng.sample(sorted(folder.glob("pictures/??/*.png")), 2)
    what = rng.choice(("gone", "swapped", "bit"))
    data = bytearray(path.read_bytes())
    if what == "gone":
        path.unlink()
    elif what == "swapped":
        path.write_bytes(other.read_bytes())
    else:
        data[rng.randrange(len(data))] ^= 1
        path.write_bytes(data)


def an_anchor(folder, rng):
    anchor = folder / "anchor.txt"
    data = bytearray(anchor.read_bytes())
    data[rng.randrange(12, 76)] ^= 1
    anchor.write_bytes(data)


ROWS = (a_cell, a_number_of_the_verdict, a_time, a_row_less, two_swapped, a_tail_cut, a_text_less, a_link_less)
EDITS = [
    *(partial(edit_rows, one) for one in (*ROWS, the_chain_made_anew)),
    a_rule_less,
    an_old_state,
    a_byte,
    a_picture,
    an_anchor,
]


def test_an_archive_as_it_was_written(template):
    with Archive(template / "a") as archive:
        checked = verify(archive)
    assert (checked.wrong, checked.notes) == ([], [])
    assert (checked.rows, checked.pictures, checked.documents) == (COUNT + 2, COUNT, 1)


@pytest.mark.parametrize("edits", [28, pytest.param(1000, marks=pytest.mark.soak)])
def test_every_edit_is_found(template, tmp_path, edits):
    rng, missed = random.Random(edits), []
    for number in range(edits):
        shutil.copy(template / "old.sqlite", tmp_path / "old.sqlite")
        folder = shutil.copytree(template / "a", tmp_path / str(number))
        edit = EDITS[number % len(EDITS)]
        edit(folder, rng)
        if not found_in(folder):
            missed.append((number, edit))
        shutil.rmtree(folder)
    assert missed == []


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (partial(edit_rows, a_number_of_the_verdict), "archive_row"),
        (partial(edit_rows, a_tail_cut), "archive_cut"),
        (partial(edit_rows, the_chain_made_anew), "archive_mark"),
        (partial(edit_rows, a_link_less), "archive_link"),
        (an_old_state, "archive_cut"),
        (a_rule_less, "archive_table"),
        (a_picture, "archive_picture"),
    ],
)
def test_it_is_said_what_was_done(template, tmp_path, edit, code):
    shutil.copy(template / "old.sqlite", tmp_path / "old.sqlite")
    folder = shutil.copytree(template / "a", tmp_path / "a")
    edit(folder, random.Random(3))
    assert code in found_in(folder)


def test_a_file_that_no_row_names_is_only_said(template, tmp_path):
    folder = shutil.copytree(template / "a", tmp_path / "a")
    with Archive(folder, write=True) as archive:
        archive.vault.put(b"as a stop leaves it")
    with Archive(folder) as archive:
        checked = verify(archive)
    assert checked.wrong == []
    assert [note.code for note in checked.notes] == ["archive_orphans"]


def test_a_backup_is_whole_and_verifies(template, tmp_path):
    with Archive(template / "a", write=True):  # while somebody may write
        assert backup(template / "a", tmp_path / "备份", pictures=True) == (COUNT + 2, COUNT)
    assert found_in(tmp_path / "备份") == []
    assert contents(tmp_path / "备份") == contents(template / "a")
    with Archive(tmp_path / "备份", write=True) as archive:
        archives.add(archive, 99)
    assert found_in(tmp_path / "备份") == []
    with pytest.raises(ArchiveError, match="exists already"):
        backup(template / "a", tmp_path / "备份", pictures=True)


def test_a_backup_of_an_altered_picture_is_refused_and_leaves_nothing(template, tmp_path):
    folder = shutil.copytree(template / "a", tmp_path / "a")
    a_picture(folder, random.Random(1))
    with pytest.raises(ArchiveError, match=r"the picture (is gone|was altered)"):
        backup(folder, tmp_path / "b", pictures=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a"]
