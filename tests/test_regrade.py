"""`cvinspect regrade`, as people use it: records judged again, inspected again, old photographs; bad input."""

import json
import re
import shutil
import sqlite3
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli import cli, desk, draw, marked

from cvinspect.archive import Archive, parse_where
from cvinspect.archive.schema import JOURNAL
from cvinspect.config import load_limits
from cvinspect.pictures import encode_png
from cvinspect.regrade import Wanted, question, work
from cvinspect.regrade.source import with_pictures
from cvinspect.words import LANGUAGES

SMALL = marked((120, 90, 8, -50))  # 0.4 mm: one is allowed on grade 1
TABLE = load_limits("konica-minolta").text.decode()
REVISION = re.search(r'^revision = "(.+)"$', TABLE, re.MULTILINE)[1]
NAMES = ("FAIL", "INVALID", "OK", "PASS", "REVIEW")


def table(path, revision, *changes):
    """The table with another revision and other limits on grade 1."""
    text = TABLE.replace(f'revision = "{REVISION}"', f'revision = "{revision}"')
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A recipe, five pictures and their archive; a sharper and a looser table."""
    place = tmp_path_factory.mktemp("made")
    recipe = desk(place)
    for outcome in ("PASS", "FAIL", "REVIEW", "INVALID"):
        draw(place / "L7" / f"{outcome}.png", outcome)
    (place / "L7" / "OK.png").write_bytes(encode_png(SMALL))
    assert cli("archive", "init", place / "a").code == 0
    words = ("inspect", place / "L7", "--recipe", recipe, "--json", "--archive", place / "a", "--id", "lot=L7")
    outcomes = [line["outcome"] for line in cli(*words).lines]
    assert outcomes == ["FAIL", "INVALID", "PASS", "PASS", "REVIEW"]
    table(place / "sharp.toml", "2027-sharp", ("up_to_mm = 0.5, allow = 1", "up_to_mm = 0.5, allow = 0"))
    loose = (("up_to_mm = 0.5, allow = 1", "up_to_mm = 3, allow = 1"), ("above_mm = 0.5, allow", "above_mm = 3, allow"))
    table(place / "loose.toml", "2027-loose", *loose)
    return place


@pytest.fixture
def place(made, tmp_path):
    return shutil.copytree(made, tmp_path / "made")


def regrade(place, *words, source="a", code=0, **named):
    """(what --json says, the lines of results.jsonl by part)."""
    out = place / "out"
    done = cli("regrade", place / source, "--json", "--out", out, "--jobs", 1, *words, **named)
    assert done.code == code, done.err
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text("utf-8").splitlines()]
    (told,) = done.lines
    assert told["asked"] == told["done"] + told["failed"] + told["quarantined"] == len(lines)
    return told, {line["part"]: line for line in lines}


def sheet(path, number):
    """The texts of one sheet of a workbook."""
    with zipfile.ZipFile(path) as book:
        return book.read(f"xl/worksheets/sheet{number}.xml").decode()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sharper_table_and_the_rule_that_changed_each(place, lang):
    told, lines = regrade(place, "--limits", place / "sharp.toml", "--why", "complaint 12", "--lang", lang)
    assert told["matrix"] == {"FAIL>FAIL": 1, "INVALID>INVALID": 1, "PASS>FAIL": 1, "PASS>PASS": 1, "REVIEW>FAIL": 1}
    assert told["changed"] == 2
    change = lines["OK"]["change"]
    assert (change["cause"], change["was_rule"], change["now_rule"]) == ("limits", "km.foreign", "km.foreign")
    page = (place / "out" / "regrade.html").read_text("utf-8")
    for text in ("OK", "km.foreign", "0.3~0.5的1个以内", "complaint 12", "2027-sharp", told["results_sha256"]):
        assert text in page
    assert {"en": "What changed, and by which rule", "zh": "判定改变者及所依规则"}[lang] in page
    changes = sheet(place / "out" / "regrade.xlsx", 2)
    for text in ("OK", "REVIEW", "km.foreign", "0.3~0.5的1个以内"):
        assert text in changes
    assert "PASS</t>" in changes
    assert page.count("<html") == page.count("</html>") == 1


def test_nothing_of_the_old_verdict_is_touched(place):
    with Archive(place / "a") as archive:
        before, head = [(one.seq, one.hash) for one in archive.rows()], archive.head
    told, _ = regrade(place, "--limits", place / "loose.toml", "--who", "Wang")
    assert told["matrix"]["FAIL>PASS"] == 1
    with Archive(place / "a") as archive:
        rows = list(archive.rows())
        assert [(one.seq, one.hash) for one in rows[:-1]] == before
        last = rows[-1]
        assert (last.kind, last.seq, told["row"]) == ("regrade", head[0] + 1, last.seq)
        assert (last.row.who, last.row.limits_revision, last.row.counts["asked"]) == ("Wang", "2027-loose", 5)
        assert last.row.results_sha256 == told["results_sha256"]
        kept = [document for document in last.row.documents if document.kind == "limits"]
        assert archive.documents(kept)[kept[0]] == (place / "loose.toml").read_bytes()
    assert cli("archive", "verify", place / "a").code == 0
    (line,) = cli("archive", "list", place / "a", "--where", "outcome=FAIL", "--json").lines
    assert line["disposition"] == "rejected"


def test_asked_again_it_is_not_worked_out_again_and_the_same(place):
    first, _ = regrade(place, "--limits", place / "loose.toml")
    bytes_then = (place / "out" / "results.jsonl").read_bytes()
    done = cli("regrade", place / "a", "--limits", place / "loose.toml", "--out", place / "out")
    assert "0 parts to judge again" in done.err
    assert (place / "out" / "results.jsonl").read_bytes() == bytes_then
    assert f"row {first['row'] + 1} of the archive says so" in done.out


def test_without_a_table_each_by_its_own(place):
    assert regrade(place)[0]["changed"] == 0


def test_a_revision_that_only_the_archive_knows(place):
    recipe = desk(place / "new", replaced={'"konica-minolta"': '"sharp.toml"'})
    shutil.copy(place / "sharp.toml", place / "new")
    words = ("--recipe", recipe, "--json", "--archive", place / "a", "--id", "lot=L8")
    assert cli("inspect", place / "L7" / "OK.png", *words).code == 1
    told, lines = regrade(place, "--limits", "konica-minolta@2027-sharp", "--where", "lot=L7")
    assert (told["matrix"]["PASS>FAIL"], set(lines)) == (1, set(NAMES))
    told, _ = regrade(place, "--limits", "konica-minolta", "--where", "lot=L8")
    assert told["matrix"] == {"FAIL>PASS": 1}


def test_what_was_entered_by_hand_is_named_as_the_cause(place):
    with Archive(place / "a") as archive:
        (one,) = archive.rows(parse_where("outcome=FAIL"))
    words = ("--face", "front", "--kind", "foreign", "--size", "max_dimension_mm=0.4", "--u", "0.01", "--blob", "1")
    entered = cli("archive", "enter", place / "a", "--record", one.seq, *words, "--who", "Li", "--gauge", "microscope")
    assert entered.code == 0, entered.err
    told, lines = regrade(place)
    assert told["changed"] == 1
    assert lines["FAIL"]["change"]["cause"] == "entries"


def test_inspected_again_the_pictures_say_the_same(place):
    told, lines = regrade(place, "--from-pictures", code=4)
    assert told["matrix"] == {"FAIL>FAIL": 1, "INVALID>INVALID": 1, "PASS>PASS": 2, "REVIEW>REVIEW": 1}
    assert (told["failed"], lines["INVALID"]["state"]) == (1, "failed")  # there never was a picture
    with Archive(place / "a") as archive:
        for one in archive.rows(parse_where("")):
            looks = lines[one.row.identity.part].get("looks", [])
            seen = [blob["diameter_mm"]["value"] for look in looks for blob in look.get("blobs", [])]
            assert seen == [blob.diameter_mm.value for blob in one.row.blobs]


def test_a_picture_that_is_gone_or_altered_is_said_counted_and_tried_again(place):
    with Archive(place / "a") as archive:
        paths = {
            one.row.identity.part: archive.vault.path(one.row.looks[0].stored)
            for one in archive.rows(parse_where("outcome=PASS|FAIL"))
        }
    kept = {name: path.read_bytes() for name, path in paths.items()}
    paths["OK"].unlink()
    paths["FAIL"].write_bytes(kept["PASS"])
    words = ("--from-pictures", "--where", "outcome=PASS|FAIL", "--limits", place / "sharp.toml")
    told, lines = regrade(place, *words, code=4)
    assert told["matrix"] == {"FAIL>INVALID": 1, "PASS>INVALID": 1, "PASS>PASS": 1}
    page = (place / "out" / "regrade.html").read_text("utf-8")
    assert "the picture is gone" in page
    assert "was altered" in page
    assert lines["OK"]["verdict"]["reasons"][0]["code"] == "picture_missing"
    for name, path in paths.items():
        path.write_bytes(kept[name])
    assert regrade(place, *words, code=4)[0]["failed"] == 2  # what is in the ledger is not worked out again
    told, _ = regrade(place, *words, "--retry")
    assert told["matrix"] == {"FAIL>FAIL": 1, "PASS>FAIL": 1, "PASS>PASS": 1}


@pytest.fixture
def photographs(place):
    """Old photographs of two lots, one broken, one whose name says nothing."""
    for name in ("L1_P1", "L1_P2", "L2_P3"):
        draw(place / "old" / f"{name}.png", "FAIL" if name == "L1_P2" else "PASS")
    draw(place / "old" / "L2_P4.png", "INVALID")
    draw(place / "old" / "x.png")
    return place


def test_photographs_that_no_record_knows(photographs):
    place = photographs
    words = ("--recipe", place / "recipe.toml", "--calibration", place / "calibration.json", "--names", "{lot}_{part}")
    told, lines = regrade(place, *words, "--archive", place / "a", source="old", code=4)
    assert told["matrix"] == {"->FAIL": 1, "->INVALID": 2, "->PASS": 2}
    assert (told["asked"], told["failed"]) == (5, 2)
    assert (lines["P2"]["lot"], lines["P2"]["new"]) == ("L1", "FAIL")
    assert "does not fit --names" in lines["x"]["verdict"]["reasons"][0]["values"]["message"]
    page = (place / "out" / "regrade.html").read_text("utf-8")
    assert "What does not pass" in page
    assert "L2_P4.png" in page
    with Archive(place / "a") as archive:
        (row,) = archive.rows(JOURNAL.c.kind == "regrade")
        assert (row.row.mode, row.seq) == ("photographs", told["row"])
        assert len(list(archive.rows(parse_where("")))) == 5  # no record is made of a photograph
    assert cli("archive", "verify", place / "a").code == 0


def test_a_list_beside_the_photographs(photographs):
    place = photographs
    beside = place / "list.csv"
    beside.write_text("picture,part,lot,outcome\nL1_P2.png,Q2,批9,PASS\nx.png,X,批9,\ngone.png,G,,\n", "utf-8")
    words = ("--recipe", place / "recipe.toml", "--list", beside)
    told, lines = regrade(place, *words, source="old", code=4)
    assert (told["row"], told["matrix"]["PASS>FAIL"], told["changed"]) == (None, 1, 1)
    assert (lines["Q2"]["identity"]["lot"], lines["X"]["new"]) == ("批9", "PASS")
    assert (place / "out" / "ledger.sqlite").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--limits", "konica-minolta@1999"), rf"no revision '1999' .* kept in the archive: konica-minolta@{REVISION}"),
        (("--limits", "nobody"), "unknown limit table"),
        (("--where", "lot=L99"), "nothing in the archive fits"),
        (("--where", "lot"), "write NAME=VALUE"),
        (("--recipe", "r.toml"), "--recipe goes with --from-pictures"),
        (("--calibration", "c.json"), "go with --recipe"),
        (("--names", "{part}"), "about a folder of photographs"),
        (("--archive", "b"), "is an archive itself"),
        (("--as-of", "soon"), "write a day as"),
    ],
)
def test_what_cannot_be_asked(made, tmp_path, words, message):
    done = cli("regrade", made / "a", "--ledger", tmp_path, "--out", tmp_path, *words)
    assert done.code == 2
    assert re.search(message, done.err), done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "need --recipe"),
        (("--recipe", "R", "--where", "lot=1"), "about the records of an archive"),
        (("--recipe", "R", "--names", "part"), "names no field"),
        (("--recipe", "R", "--names", "{colour}"), "unknown field colour"),
        (("--recipe", "R", "--names", "(?P<part>"), "is no regular expression"),
        (("--recipe", "R", "--list", "L"), "unknown column 'colour'"),
    ],
)
def test_photographs_that_cannot_be_asked_for(made, tmp_path, words, message):
    draw(tmp_path / "old" / "P1.png")
    (tmp_path / "L").write_text("picture,colour\nP1.png,red\n")
    words = [{"R": made / "recipe.toml", "L": tmp_path / "L"}.get(word, word) for word in words]
    done = cli("regrade", tmp_path / "old", "--out", tmp_path / "out", *words)
    assert (done.code, message in done.err) == (2, True), done.err


def test_an_archive_that_somebody_writes_to_gets_its_row_later(place):
    with Archive(place / "a", write=True):
        done = cli("regrade", place / "a", "--limits", place / "sharp.toml", "--out", place / "out")
        assert done.code == 2
        assert "the same command again writes it" in done.err
        assert "2 of 5 verdicts are others now" in done.out
        assert cli("regrade", place / "a", "--unrecorded", "--out", place / "out").code == 0
    done = cli("regrade", place / "a", "--limits", place / "sharp.toml", "--out", place / "out")
    assert (done.code, "going on with run 1" in done.err, "0 of 5 parts are left" in done.err) == (0, True, True)
    with Archive(place / "a") as archive:
        assert len(list(archive.rows(JOURNAL.c.kind == "regrade"))) == 1


def test_a_damaged_or_newer_archive(place):
    for statement, message in (
        ("UPDATE about SET value = '99'", "newer cvinspect"),
        ("DROP TABLE document", "refuses|damaged"),
    ):
        with sqlite3.connect(place / "a" / "archive.sqlite") as database:
            database.execute(statement)
        database.close()
        done = cli("regrade", place / "a", "--limits", place / "sharp.toml", "--out", place / "out")
        assert (done.code, bool(re.search(message, done.err))) == (2, True), done.err


def test_a_dry_run_says_how_many_and_writes_nothing(place):
    for words in ((), ("--from-pictures",)):
        done = cli("regrade", place / "a", "--dry-run", *words)
        assert (done.code, "5 parts; about" in done.out, "nothing was written" in done.out) == (0, True, True)
    assert not (place / "a" / "regrade").exists()
    assert "nothing in the archive fits" in cli("regrade", place / "a", "--dry-run", "--where", "lot=0").err


@pytest.mark.parametrize("mode", ["inspect", "photographs"])
def test_a_worker_needs_nothing_but_its_task(photographs, mode):
    """Sent as bytes to where neither archive nor folder is, the result is the same."""
    place = photographs
    with Archive(place / "a") as archive:
        old = Wanted(folder=place / "old", recipe=place / "recipe.toml")
        wanted = old if mode == "photographs" else Wanted(from_pictures=True)
        source = question(wanted, archive).source(datetime.now(UTC))
        tasks = [source.task([one]) for one in source.asked()]
        texts = [source.texts(task.documents) for task in tasks]
    here = [work(task, known) for task, known in zip(tasks, texts, strict=True)]
    sent = [replace(with_pictures(task), pictures=Path("nowhere")) for task in tasks]
    (place / "a").rename(place / "b")
    (place / "old").rename(place / "older")
    there = [work(task, known) for task, known in zip(sent, texts, strict=True)]
    kept = [(mine, other) for mine, other, task in zip(here, there, sent, strict=True) if task.data]
    assert len(kept) >= 4
    assert [mine for mine, _ in kept] == [other for _, other in kept]
