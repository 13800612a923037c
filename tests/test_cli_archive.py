"""`cvinspect archive` and `inspect --archive`, as people use them."""

import csv
import hashlib
import json
import shutil
import zipfile
from datetime import UTC, datetime, timedelta

import archives
import pytest
from cli import PICTURES, TWO_VIEWS, cli, desk, draw

from cvinspect.archive import Archive, parse_where
from cvinspect.archive.codec import plain
from cvinspect.config import load_job, load_limits
from cvinspect.model import Outcome
from cvinspect.pictures import decode_picture, encode_jpeg
from cvinspect.pipeline.again import judge_again, policy_of, table_of

IDS = ("--id", "lot=批 7", "--id", "mould=M3")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A recipe, a picture of each outcome, and the archive that they were inspected into."""
    place = tmp_path_factory.mktemp("made")
    recipe = desk(place)
    for outcome in ("PASS", "FAIL", "REVIEW", "INVALID"):
        draw(place / "批" / f"{outcome}-部品.png", outcome)
    assert cli("archive", "init", place / "a").code == 0
    done = cli(
        "inspect",
        place / "批",
        "--recipe",
        recipe,
        "--json",
        "--archive",
        place / "a",
        "--id",
        "lot=批 7",
        "--id",
        "mould=M3",
    )
    assert done.code == 1, done.err
    assert "4 recorded, 0 were there already" in done.err
    (place / "results.jsonl").write_text(done.out, "utf-8")
    return place


@pytest.fixture
def place(made, tmp_path):
    return shutil.copytree(made, tmp_path / "made")


def number_of(folder, outcome):
    with Archive(folder) as archive:
        (one,) = archive.rows(parse_where(f"outcome={outcome}"))
        return one.seq


def disposition(folder, outcome):
    (line,) = cli("archive", "list", folder, "--where", f"outcome={outcome}", "--json").lines
    return line["disposition"]


def test_a_record_holds_what_was_printed(made):
    lines = [json.loads(line) for line in (made / "results.jsonl").read_text("utf-8").splitlines()]
    for line in lines:
        (shown,) = cli("archive", "show", made / "a", line["part"], "--json").lines
        record = shown["record"]
        assert record["verdict"]["outcome"] == line["outcome"]
        assert record["identity"] == {"part": line["part"], "lot": "批 7", "mould": "M3", "customer": "konica-minolta"}
        (look,) = record["looks"]
        assert look.get("sha256", "") == line["sha256"]
        assert [one["diameter_mm"] for one in look.get("blobs", ())] == [one["diameter_mm"] for one in line["blobs"]]


def test_inspecting_again_doubles_nothing(place):
    words = ("inspect", place / "批", "--recipe", place / "recipe.toml", "--json", "--archive", place / "a", *IDS)
    assert "4 recorded" in cli(*words).err  # of pictures in another folder
    assert "0 recorded, 4 were there already" in cli(*words).err


def test_every_record_can_be_judged_again(made):
    with Archive(made / "a") as archive:
        for one in archive.rows(parse_where("")):
            again = judge_again(one.row, table_of(archive, one.row), policy_of(archive, one.row))
            assert plain(again) == plain(one.row.verdict)


def test_judged_by_a_looser_table_what_was_not_inspected_stays_invalid(made, tmp_path):
    text = load_limits("konica-minolta").text.decode().replace('name = "konica-minolta"', 'name = "loose"')
    (tmp_path / "loose.toml").write_text(text, "utf-8")
    table = load_limits(str(tmp_path / "loose.toml"))
    with Archive(made / "a") as archive:
        (one,) = archive.rows(parse_where("outcome=INVALID"))
        assert judge_again(one.row, table, policy_of(archive, one.row)).outcome is Outcome.INVALID


def test_a_view_that_was_missing_stays_missing_when_judged_again(tmp_path):
    recipe = desk(tmp_path, TWO_VIEWS)
    draw(tmp_path / "P1_front.png")
    draw(tmp_path / "P2_front.png")
    draw(tmp_path / "P2_back.png")
    cli("archive", "init", tmp_path / "a")
    pictures = sorted(tmp_path.glob("P*.png"))
    done = cli("inspect", *pictures, "--recipe", recipe, "--json", "--archive", tmp_path / "a")
    assert "2 recorded" in done.err
    with Archive(tmp_path / "a") as archive:
        one, two = archive.rows(parse_where(""))
        assert [len(found.row.looks) for found in (one, two)] == [1, 2]
        again = judge_again(one.row, table_of(archive, one.row), policy_of(archive, one.row))
        assert (again.outcome, again.reasons) == (Outcome.INVALID, one.row.verdict.reasons)
        assert two.row.verdict.outcome is Outcome.PASS


def test_pictures_are_kept_as_they_are_or_as_the_same_pixels(place, tmp_path):
    (place / "q").mkdir()
    (place / "q" / "j.jpg").write_bytes(encode_jpeg(PICTURES["FAIL"], 95))
    cli("inspect", place / "q", "--recipe", place / "recipe.toml", "--json", "--archive", place / "a")
    done = cli("archive", "show", place / "a", "j", "--pictures", tmp_path / "out")
    assert done.code == 0
    (path,) = (tmp_path / "out").iterdir()
    kept = decode_picture(path.read_bytes(), "kept").pixels
    assert (kept == decode_picture((place / "q" / "j.jpg").read_bytes(), "j").pixels).all()
    with Archive(place / "a") as archive:
        (one,) = archive.rows(parse_where("part=FAIL-部品"))
        assert one.row.looks[0].stored == hashlib.sha256((place / "批" / "FAIL-部品.png").read_bytes()).hexdigest()


def test_lines_of_an_earlier_inspection_are_added(made, tmp_path):
    cli("archive", "init", tmp_path / "a")
    words = ("archive", "add", tmp_path / "a", made / "results.jsonl", "--recipe", made / "recipe.toml")
    done = cli(*words, *IDS)
    assert done.code == 0, done.err
    assert "4 recorded" in done.out
    assert "0 recorded, 4 were there already" in cli(*words, *IDS).out
    with Archive(tmp_path / "a") as told, Archive(made / "a") as direct:
        for one in direct.rows(parse_where("outcome=PASS|FAIL|REVIEW")):
            (other,) = told.rows(parse_where(f"part={one.row.identity.part}"))
            assert other.row.verdict == one.row.verdict
            assert other.row.floor is one.row.floor
            assert other.row.looks[0].stored == one.row.looks[0].stored
    assert cli("archive", "verify", tmp_path / "a").code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no line"),
        ("{}", "line 1: is no line of `cvinspect inspect --json`"),
        ("[1]", "is no line of"),
        ("{", "not valid JSON"),
        ("OTHER", "line 2: was made by another recipe; give the one that it was made by"),
    ],
)
def test_lines_that_are_none(made, tmp_path, text, said):
    cli("archive", "init", tmp_path / "a")
    if text == "OTHER":
        lines = (made / "results.jsonl").read_text("utf-8").splitlines()
        recipe = json.loads(lines[0])["recipe"]["sha256"]
        text = "\n".join([lines[0], lines[1].replace(recipe, "0" * 64)])
    (tmp_path / "lines.jsonl").write_text(text, "utf-8")
    done = cli("archive", "add", tmp_path / "a", tmp_path / "lines.jsonl", "--recipe", made / "recipe.toml")
    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_list_and_show(made, lang):
    listed = cli("archive", "list", made / "a", "--lang", lang)
    assert listed.code == 0
    assert [line.split()[0] for line in listed.out.splitlines()] == ["5", "4", "3", "2"]
    shown = cli("archive", "show", made / "a", "FAIL-部品", "--lang", lang)
    assert {"en": "rejected: verdict FAIL", "zh": "拒收：判定不合格"}[lang] in shown.out
    assert "km.foreign" in shown.out
    assert cli("archive", "show", made / "a", f"#{number_of(made / 'a', 'FAIL')}", "--lang", lang).out == shown.out


def test_overruled_conceded_held(place):
    folder = place / "a"
    failed, waits = number_of(folder, "FAIL"), number_of(folder, "REVIEW")
    soon = str((datetime.now(UTC) + timedelta(days=30)).date())
    assert disposition(folder, "FAIL") == "rejected"
    words = ("--who", "张三", "--why", "客户确认")
    assert cli("archive", "overrule", folder, "--record", waits, "--to", "PASS", *words).code == 0
    concede = (
        "archive",
        "concede",
        folder,
        "--scope",
        "lot=批 7",
        "--expires",
        soon,
        "--approver",
        "客户",
        "--why",
        "特采",
    )
    assert cli(*concede, "--rule", "another.rule").code == 0
    assert disposition(folder, "FAIL") == "rejected"
    assert cli(*concede, "--reference", "CR-5").code == 0
    assert {name: disposition(folder, name) for name in ("PASS", "FAIL", "REVIEW", "INVALID")} == {
        "PASS": "accepted",
        "FAIL": "conceded",
        "REVIEW": "accepted",
        "INVALID": "not_inspected_yet",
    }
    shown = cli("archive", "show", folder, f"#{failed}", "--lang", "zh").out
    assert "不合格" in shown
    assert f"特采放行：客户 批准，有效期至 {soon}" in shown
    (stats,) = cli("archive", "stats", folder, "--json").lines
    assert (stats["overruled"], stats["conceded"], stats["outcomes"]["FAIL"]) == (1, 1, 1)
    assert cli("archive", "verify", folder).code == 0


def test_a_concession_covers_so_many_parts_until_its_day(tmp_path):
    folder = archives.filled(tmp_path / "a", 4, outcome=Outcome.FAIL, lot="L")
    today = datetime.now(UTC)
    with Archive(folder, write=True) as archive:
        archives.add(archive, 9, outcome=Outcome.FAIL, lot="L", at=today + timedelta(days=9))
    expires = str((today + timedelta(days=2)).date())
    words = ("--scope", "lot=L", "--expires", expires, "--approver", "x", "--why", "y", "--most", "3")
    assert cli("archive", "concede", folder, *words).code == 0
    listed = [line["disposition"] for line in cli("archive", "list", folder, "--json").lines]
    assert listed == ["rejected", "rejected", "conceded", "conceded", "conceded"]


def test_what_a_camera_cannot_give_is_entered_and_judged(place):
    folder = place / "a"
    seq = number_of(folder, "PASS")
    words = ("archive", "enter", folder, "--record", seq, "--who", "李", "--face", "front")
    burr = (*words, "--kind", "flash", "--gauge", "高度规 17")
    assert cli(*burr, "--none").out.split()[-1] != ""
    assert disposition(folder, "PASS") == "accepted"
    done = cli(*burr, "--size", "height_mm=0.4", "--u", "0.01", "--lang", "zh")
    assert done.code == 0, done.err
    assert "FAIL" in done.out
    assert disposition(folder, "PASS") == "rejected"
    shown = cli("archive", "show", folder, f"#{seq}", "--lang", "zh").out
    assert "人工录入：front的毛刺，高度 0.40 ± 0.02 mm（李，高度规 17" in shown
    assert "再次判定：不合格" in shown
    with Archive(folder) as archive:
        assert archive.one(seq).row.verdict.outcome is Outcome.PASS
    assert cli("archive", "verify", folder).code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--face", "back", "--kind", "flash", "--none"), "the part has no face 'back'; it has front"),
        (("--face", "front", "--kind", "burrs", "--none"), "unknown kind 'burrs'"),
        (("--face", "front", "--kind", "flash", "--size", "depth=1"), "write NAME=MM, as height_mm=0.05"),
        (("--face", "front", "--kind", "flash", "--size", "height_mm=nan"), "write NAME=MM"),
        (("--face", "front", "--kind", "flash", "--u", "1"), "--u goes with --size"),
        (("--face", "front", "--kind", "flash", "--blob", "7"), "the record has no blob 7; it has none"),
        (("--face", "front", "--kind", "flash", "--none", "--affects-function", "no"), "give one of"),
    ],
)
def test_an_entry_that_does_not_fit_writes_nothing(place, words, said):
    folder = place / "a"
    seq = number_of(folder, "PASS")
    done = cli("archive", "enter", folder, "--record", seq, "--who", "w", "--gauge", "g", *words)
    assert done.code == 2
    assert said in done.err
    with Archive(folder) as archive:
        assert archive.head[0] == 5


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json", "jsonl"])
@pytest.mark.parametrize("more", [(), ("--blobs",)])
def test_export(made, tmp_path, ending, more):
    path = tmp_path / f"表.{ending}"
    done = cli("archive", "export", made / "a", "-o", path, *more)
    assert done.code == 0, done.err
    if ending == "csv":
        rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    elif ending == "xlsx":
        assert "部品" in zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
        return
    else:
        text = path.read_text("utf-8")
        rows = json.loads(text) if ending == "json" else [json.loads(line) for line in text.splitlines()]
    assert len(rows) == (2 if more else 4)
    assert {"lot": "批 7"}.items() <= (rows[0] if "lot" in rows[0] else rows[0]["record"]["identity"]).items()


def test_no_cell_becomes_a_formula(tmp_path):
    folder = archives.filled(tmp_path / "a", 1, part="=1+1")
    cli("archive", "export", folder, "-o", tmp_path / "a.csv")
    assert ",'=1+1," in (tmp_path / "a.csv").read_text("utf-8-sig")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list", "A", "--where", "lot=none"), "nothing in the archive fits"),
        (("stats", "A", "--where", "lot=none"), "nothing in the archive fits"),
        (("export", "A", "-o", "x.csv", "--where", "lot=none"), "nothing in the archive fits"),
        (("show", "A", "nobody"), "nothing in the archive fits"),
        (("show", "A", "#99"), "there is no record 99"),
        (("list", "A", "--where", "colour=red"), "names are part, drawing"),
        (("export", "A", "-o", "x.ods"), "let the name end in .csv, .xlsx"),
        (("export", "A", "-o", "none/x.csv"), "cannot be written"),
        (("init", "A"), "an archive is here already"),
        (("init", "A", "--move-aside"), "is whole; only a damaged database is moved aside"),
        (("list", "none"), "no archive is here"),
        (("overrule", "A", "--record", "1", "--to", "PASS", "--who", "a", "--why", "b"), "there is no record 1"),
        (("overrule", "A", "--record", "2", "--to", "PASS", "--who", " ", "--why", "b"), "--who is empty"),
        (("hold", "A", "--scope", "lot", "--who", "a", "--why", "b"), "--scope lot: write NAME=VALUE"),
        (
            ("concede", "A", "--scope", "lot=1", "--expires", "2020-01-01", "--approver", "a", "--why", "b"),
            "is over already",
        ),
        (("backup", "A", "A"), "exists already"),
    ],
)
def test_wrong_input_is_said(made, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    done = cli("archive", *[made / "a" if word == "A" else word for word in words])
    assert done.code == 2
    assert said in done.words
    assert "Traceback" not in done.err


def test_ids_need_an_archive_and_known_names(made):
    words = ("inspect", made / "批", "--recipe", made / "recipe.toml", "--json")
    assert "--id goes with --archive" in cli(*words, "--id", "lot=1").err
    assert "names are part, drawing" in cli(*words, "--archive", made / "a", "--id", "colour=red").err


def test_what_every_record_says_comes_from_the_settings(place):
    toml = place / "a" / "archive.toml"
    toml.write_text(toml.read_text("utf-8").replace('# station = "S1"', 'station = "工位 1"'), "utf-8")
    cli(
        "inspect", place / "批" / "PASS-部品.png", "--recipe", place / "recipe.toml", "--json", "--archive", place / "a"
    )
    assert cli("archive", "list", place / "a", "--where", "'station=工位 1'").code == 0
    toml.write_text(toml.read_text("utf-8").replace("station", "colour"), "utf-8")
    assert "unknown name colour; allowed: part" in cli("archive", "list", place / "a").err


def test_verify_exits_with_one_where_something_is_wrong(place):
    folder = place / "a"
    next(folder.glob("pictures/??/*.png")).unlink()
    done = cli("archive", "verify", folder, "--lang", "zh")
    assert done.code == 1
    assert "1 处异常" in done.out


def test_upgrade_and_a_new_archive_beside_a_damaged_one(place):
    folder = place / "a"
    assert "is up to date" in cli("archive", "upgrade", folder).out
    (folder / "archive.sqlite").write_bytes(b"spoilt" * 900)
    assert "is damaged" in cli("archive", "verify", folder).words
    assert cli("archive", "init", folder, "--move-aside").code == 0
    assert cli("archive", "verify", folder).code == 0


def test_the_job_can_be_loaded_from_the_texts_that_are_kept(made, tmp_path):
    with Archive(made / "a") as archive:
        (one,) = archive.rows(parse_where("outcome=FAIL"))
        texts = {document.kind: body for document, body in archive.documents(one.row.documents).items()}
    (tmp_path / "recipe.toml").write_bytes(texts["recipe"])
    (tmp_path / "calibration.json").write_bytes(texts["calibration"])
    assert load_job(tmp_path / "recipe.toml").recipe.sha256 == one.row.recipe_sha256


def test_every_file_that_the_recipe_names_is_kept(tmp_path):
    flash = '[view.detect.flash]\noutline = { dxf = "cover.dxf", unit = "mm" }\n\n[view.detect.foreign]'
    recipe = desk(tmp_path, replaced={"[view.detect.foreign]": flash})
    entities = ["0", "CIRCLE", "8", "0", "10", "6", "20", "4.5", "30", "0", "40", "4"]
    drawing = ["0", "SECTION", "2", "ENTITIES", *entities, "0", "ENDSEC", "0", "EOF", ""]
    (tmp_path / "cover.dxf").write_text("\n".join(drawing), "utf-8")
    draw(tmp_path / "x.png")
    cli("archive", "init", tmp_path / "a")
    done = cli("inspect", tmp_path / "x.png", "--recipe", recipe, "--json", "--archive", tmp_path / "a")
    assert "1 recorded" in done.err, done.err
    with Archive(tmp_path / "a") as archive:
        (one,) = archive.rows(parse_where(""))
        kept = {document.name: body for document, body in archive.documents(one.row.documents).items()}
        assert kept["cover.dxf"] == (tmp_path / "cover.dxf").read_bytes()
        assert plain(judge_again(one.row, table_of(archive, one.row), policy_of(archive, one.row))) == plain(
            one.row.verdict
        )
