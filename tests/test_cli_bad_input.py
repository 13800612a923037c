"""Bad input of `cvinspect inspect`: clear words, exit code 2 or INVALID, nothing written half."""

import errno
import json
from datetime import UTC, datetime, timedelta

import pictures_cases as cases
import pytest
from cli import MM_PER_PX, RECIPE, SIZE, calibrate, cli, desk, draw, plain

from cvinspect.cli.results import Results
from cvinspect.errors import ConfigurationError
from cvinspect.pictures import encode_png

PNG = encode_png(plain())


def inspected(folder, text=RECIPE, *more, **replaced):
    """`inspect` of a plain picture, with the report asked for; `replaced` as `desk` has it."""
    return cli(
        "inspect",
        draw(folder / "a.png"),
        "--recipe",
        desk(folder, text, **replaced),
        "--json",
        "--out",
        folder / "out",
        *more,
    )


def refused(folder, done, message):
    """Exit code 2, the words, nothing on stdout and nothing written."""
    assert (done.code, done.out, (folder / "out").exists()) == (2, "", False)
    assert message in done.words
    assert all(line.startswith("cvinspect: ") for line in done.err.splitlines())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('grade = "1"', 'grad = "1"', "view[1] (front).face[1] (front).grad: unknown key; did you mean 'grade'?"),
        ('grade = "1"', 'grade = "9"', "face 'front': unknown face grade '9'; konica-minolta knows 1, 2, 3, 4"),
        ('grade = "1"', "grade = 1", "grade = 1: must be a text in quotes"),
        ('grade = "1"', 'grade = "1"\noutline = [[0.0, 0.0], [1.0, 1.0]]', "outline = [[0.0, 0.0], [1.0, 1.0]]: must"),
        ('grade = "1"', 'grade = "1"\noutline = [[0, 0], [nan, 1], [1, 1]]', "must be a finite number"),
        ('grade = "1"', 'grade = "1"\noutline = "whole"', "outline = \"whole\": must be 'frame'"),
        ('grade = "1"', 'grade = "1"\ntraits = ["paper"]', "must be 'paper_path'"),
        ('grade = "1"', 'grade = "1"\n[[view.face]]\nname = "b"\ngrade = "1"',
         'outline = "frame" is for an only face, but front, b has company; draw it in mm'),
        ('part = "P"', 'part = "P"\npart = "Q"', "not valid TOML"),
        ('part = "P"', 'part = ""', 'part = "": must not be empty'),
        ('part = "P"', 'part = "P"\npictures = "{lot}.png"', "pictures: unknown field {lot} in the file-name"),
        ('"konica-minolta"', '"konica"', "recipe.toml: limits.name = 'konica': unknown limit table 'konica'"),
        ('"konica-minolta"', '"own.toml"', "own.toml: cannot be read: No such file"),
        ('"konica-minolta"', '"lens"\ndecision_rule = "soft"', "\"soft\": must be 'guarded', 'strict' or 'simple'"),
        ('"konica-minolta"', '"lens"\nagreements = "gone.toml"', "gone.toml: cannot be read: No such file"),
        ('kind = "dent"', 'kind = "dint"', "elsewhere[2].kind: unknown kind 'dint'; allowed: scratch, dent"),
        ('by = "a gauge"', 'by = "a gauge"\nfaces = ["top"]', "elsewhere: unknown face top; known: front"),
        ('"calibration.json"', '"gone.json"', "gone.json: no such calibration; make one with `cvinspect calibration"),
        ('calibration = "calibration.json"', "", "view 'front' names no calibration; write calibration = \"FILE\""),
        ("detect.foreign]", "detect.forein]", "unknown kind 'forein'"),
        ("detect.foreign]", "detect.crack]", "no detector finds crack; there are: scratch, dent, foreign_matter"),
        ("detect.foreign]", "detect.foreign]\n[view.detect.foreign_matter]", "a kind stands twice: foreign, foreign_m"),
        ("detect.foreign]", "detect.foreign]\nsmalest_mm = 0.2", "smalest_mm: unknown key; did you mean 'smallest_mm'"),
        ("detect.foreign]", "detect.foreign]\nsmallest = 0.2", "the unit is missing: write smallest_mm"),
        ("detect.foreign]", 'detect.foreign]\nsmallest_mm = "0.2"', "must be a number without quotes"),
        ("detect.foreign]", "detect.foreign]\nsmallest_mm = nan", "smallest_mm = NaN: must be a finite number"),
        ("detect.foreign]", "detect.foreign]\nsmallest_mm = -1.0", "allowed is a number from 0 to 1000 mm"),
        ("detect.foreign]", "detect.foreign]\nsmallest_mm = 0,5", "write a number as 0.5, not as 0,5 or 1:30"),
        ("detect.foreign]", "detect.foreign]\nsmallest_mm = 0.4",
         "face 'front', grade 1: the smallest limit of konica-minolta for foreign_matter is 0.3 mm, but at 0.05 mm/px"),
    ],
)  # fmt: skip
def test_a_recipe_that_does_not_hold_is_refused_before_the_first_part(tmp_path, old, new, message):
    refused(tmp_path, inspected(tmp_path, replaced={old: new}), message)


VIEW = RECIPE[RECIPE.index("[[view]]") :]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "schema is missing"),
        (RECIPE.replace('"P"', '"按键"').encode("gbk"), "is not UTF-8 text; save it as UTF-8"),
        (RECIPE.encode("utf-16"), "is not UTF-8 text"),
        (RECIPE[: RECIPE.index("[[view]]")].encode(), "view is missing"),
        ((RECIPE + VIEW).encode(), "view 'front' stands twice"),
        ((RECIPE + VIEW.replace('"front"', '"back"')).encode(), "several views need a file-name pattern with {view}"),
        (b"a = " + b"[" * 5000, "nested too deeply"),
        (PNG, "is not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused(tmp_path, data, message):
    recipe = desk(tmp_path)
    recipe.write_bytes(data)
    done = cli("inspect", draw(tmp_path / "a.png"), "--recipe", recipe, "--out", tmp_path / "out")
    refused(tmp_path, done, message)


@pytest.mark.parametrize(
    ("name", "message"),
    [("gone.toml", "no such recipe; write one with `cvinspect recipe new"), (".", "cannot be read: Is a directory")],
)
def test_a_recipe_that_cannot_be_read_is_refused(tmp_path, name, message):
    done = cli("inspect", draw(tmp_path / "a.png"), "--recipe", tmp_path / name, "--out", tmp_path / "out")
    refused(tmp_path, done, message)


def test_a_recipe_as_notepad_saves_it_is_read(tmp_path):
    recipe = desk(tmp_path)
    recipe.write_bytes(b"\xef\xbb\xbf" + recipe.read_bytes().replace(b"\n", b"\r\n"))
    assert cli("inspect", draw(tmp_path / "a.png"), "--recipe", recipe, "--json").code == 0


NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"made_at": NOW - timedelta(400), "valid_until": NOW - timedelta(35)}, "calibration.json: expired on "),
        ({"made_at": NOW + timedelta(2), "valid_until": NOW + timedelta(9)}, "lies in the future; check the clock"),
    ],
)
def test_a_calibration_out_of_its_time_is_refused(tmp_path, more, message):
    refused(tmp_path, inspected(tmp_path, **more), message)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("0.05", "NaN"), "spoiled.json: model.mm_per_px = NaN: must be a finite number"),
        (lambda text: text.replace("0.05", "0.04"), "was edited: its numbers do not fit its sha256; calibrate again"),
        (lambda text: text[: len(text) // 2], "spoiled.json: not valid JSON"),
        (lambda text: text.replace('"camera"', '"kamera"'), "kamera: unknown key; did you mean 'camera'?"),
        (lambda text: "[]", "the file = []: must be a table of keys and values"),
    ],
)
def test_a_calibration_that_does_not_hold_is_refused(tmp_path, change, message):
    path = calibrate(tmp_path / "spoiled.json")
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    refused(tmp_path, inspected(tmp_path, RECIPE, "--calibration", path), message)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--limits", "nobody"], "unknown limit table 'nobody' (known: canon, "),
        (["--limits", "canon"], "unknown face grade '1'; canon knows A, B, C"),
        (["--product-grade", "C"], "'C' is not one of 'oem', 'canon'"),
        (["--agreements", "gone.toml"], "gone.toml: cannot be read"),
        (["--calibration", "gone.json"], "gone.json: no such calibration"),
    ],
)
def test_an_option_that_does_not_hold_is_refused(tmp_path, options, message):
    done = inspected(tmp_path, RECIPE, *options)
    assert (done.code, done.out, (tmp_path / "out").exists()) == (2, "", False)
    assert message in done.words


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone.png", "gone.png: no such file or folder"),
        ("gone", "gone: no such file or folder"),
        ("empty", "empty: no pictures in this folder; PNG, JPEG, TIFF and BMP are read"),
        ("a.png/b.png", "no such file or folder"),
        ("x" * 300 + ".png", "File name too long"),
    ],
)
def test_no_picture_at_all_is_refused(tmp_path, name, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").touch()
    draw(tmp_path / "a.png")
    recipe = desk(tmp_path)
    done = cli("inspect", tmp_path / "a.png", tmp_path / name, "--recipe", recipe, "--out", tmp_path / "out")
    refused(tmp_path, done, message)


BAD_PICTURES = {
    "text": (b"no picture at all", "not a picture that is read: "),
    "empty": (b"", "the picture is cut off: "),
    "cut off": (PNG[: len(PNG) // 2], "the picture is cut off: "),
    "0.8 gigapixels": (
        cases.png_header(32000, 25000) + cases.chunk(b"IDAT", b"\0") + cases.chunk(b"IEND"),
        "the picture is too large: ",
    ),
    "other size": (
        encode_png(plain((200, 180))),
        "does not fit its calibration: the picture is 200x180 px, its calibration is for 240x180 px",
    ),
    "turned size": (encode_png(plain(SIZE[::-1])), "the picture is 180x240 px, its calibration is for 240x180 px"),
    "damaged": (PNG[:60] + bytes(20) + PNG[80:], "the picture is damaged: "),
}


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_a_bad_picture_alone_is_invalid(tmp_path, name):
    data, message = BAD_PICTURES[name]
    (tmp_path / "bad.png").write_bytes(data)
    done = cli("inspect", tmp_path / "bad.png", "--recipe", desk(tmp_path), "--json", "--out", tmp_path / "out")
    (line,) = done.lines
    assert (done.code, line["outcome"], line["blobs"], line["findings"]) == (4, "INVALID", [], [])
    assert message in line["reasons"][0]
    assert "INVALID" in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_among_others_bad_pictures_are_invalid_and_the_rest_go_on(tmp_path):
    folder = tmp_path / "shots"
    folder.mkdir()
    for name, (data, _) in BAD_PICTURES.items():
        (folder / f"{name}.png").write_bytes(data)
    (folder / "a link.png").symlink_to(draw(folder / "good.png"))
    lines = cli("inspect", folder, "--recipe", desk(tmp_path), "--json").lines
    outcomes = {line["part"]: line["outcome"] for line in lines}
    assert outcomes == {**dict.fromkeys([*BAD_PICTURES, "a link"], "INVALID"), "good": "PASS"}


def test_reasons_of_a_bad_picture_follow_the_language(tmp_path):
    done = cli("inspect", draw(tmp_path / "a.png", "INVALID"), "--recipe", desk(tmp_path), "--json", "--lang", "zh")
    assert done.lines[0]["reasons"][0].startswith("不支持的图片格式")


@pytest.mark.parametrize("place", ["file", "file/out", "folder"])
def test_an_output_folder_that_cannot_be_written_is_refused(tmp_path, place):
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder" / "results.jsonl").mkdir(parents=True)
    picture, recipe = draw(tmp_path / "a.png"), desk(tmp_path)
    done = cli("inspect", picture, "--recipe", recipe, "--json", "--out", tmp_path / place)
    assert (done.code, done.out, (tmp_path / "file").read_text()) == (2, "", "kept")
    assert "cannot be written" in done.err
    assert list((tmp_path / "folder").iterdir()) == [tmp_path / "folder" / "results.jsonl"]


def test_a_full_disk_is_said(tmp_path, monkeypatch):
    def full(file, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("cvinspect.cli.results.os.write", full)
    done = cli("inspect", draw(tmp_path / "a.png"), "--recipe", desk(tmp_path), "--json", "--out", tmp_path / "out")
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith("results.jsonl: cannot be written: No space left on device\n")


def test_results_never_go_through_a_link(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "kept").write_text("kept", "utf-8")
    (tmp_path / "out" / "results.jsonl").symlink_to(tmp_path / "kept")
    done = cli("inspect", draw(tmp_path / "a.png"), "--recipe", desk(tmp_path), "--out", tmp_path / "out")
    assert done.code == 2
    assert "is a link" in done.err
    assert (tmp_path / "kept").read_text("utf-8") == "kept"


def test_two_runs_do_not_mix_their_results(tmp_path):
    with Results(tmp_path / "results.jsonl") as first:
        first.write("{}")
        with pytest.raises(ConfigurationError, match="another run is writing here"):
            Results(tmp_path / "results.jsonl")
    assert (tmp_path / "results.jsonl").read_text("utf-8") == "{}\n"


@pytest.mark.parametrize(("unresolved", "code"), [("refuse", 2), ("review", 3)])
def test_a_limit_finer_than_the_pixels_is_refused_or_sent_to_review(tmp_path, unresolved, code):
    name = '"konica-minolta"'
    done = inspected(
        tmp_path,
        replaced={
            name: f'{name}\nunresolved = "{unresolved}"',
            "[view.detect.foreign]": "[view.detect.foreign]\nsmallest_mm = 0.4",
        },
    )
    assert done.code == code
    if code == 2:
        assert (
            'use a finer scale, lower smallest_mm, declare it in [[elsewhere]], or set unresolved = "review"'
            in done.err
        )
    else:
        reason = "foreign matter on face front was inspected from 0.4 mm on only; the smallest limit is 0.3 mm"
        assert done.lines[0]["reasons"][0] == reason


def test_the_scale_decides_what_is_finer_than_the_pixels(tmp_path):
    draw(tmp_path / "a.png")
    recipe = desk(tmp_path)
    done = cli(
        "calibration", "scale", "--mm-per-px", MM_PER_PX * 3, "--size", "240x180", "-o", tmp_path / "coarse.json"
    )
    assert done.code == 0
    words = ("inspect", tmp_path / "a.png", "--recipe", recipe, "--json", "--calibration", tmp_path / "coarse.json")
    done = cli(*words)
    assert (done.code, done.out) == (2, "")
    assert "at 0.15 mm/px it is looked for from 0.45 mm on only" in done.err


EXPIRED = 'no_function = { who = "QA", reference = "F-1", expires = DAY }'


@pytest.mark.parametrize(("day", "traits"), [("2099-01-01", ["no_function"]), ("2020-01-01", [])])
def test_an_answer_about_the_function_holds_until_it_expires(tmp_path, day, traits):
    done = inspected(tmp_path, replaced={'grade = "1"': 'grade = "1"\n' + EXPIRED.replace("DAY", day)})
    assert [face["traits"] for face in done.lines[0]["faces"]] == [traits]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expires = 2099-01-01": "expires = 2020-12-31"}, "agreement N-1 is not used: it is not valid on this day"),
        ({"signed = 2020-01-01": "signed = 2098-01-01"}, "agreement N-1 is not used: it is not valid on this day"),
        ({'part = "P"': 'part = "Q"'}, "agreement N-1 is not used: it is for part Q"),
    ],
)
def test_an_agreement_that_does_not_hold_is_not_used_and_that_is_said(tmp_path, change, said):
    text = (
        'schema = "cvinspect-agreements/1"\n[[agreement]]\ntype = "internal_limit"\npart = "P"\nface = "front"\n'
        'kind = "foreign"\nwho = "QA"\nreference = "N-1"\nsigned = 2020-01-01\nexpires = 2099-01-01\nlimit_mm = 0.1\n'
    )
    for old, new in change.items():
        text = text.replace(old, new)
    (tmp_path / "signed.toml").write_text(text, "utf-8")
    name = '"konica-minolta"'
    done = inspected(tmp_path, replaced={name: f'{name}\nagreements = "signed.toml"'})
    assert (done.code, said in " ".join(done.lines[0]["reasons"])) == (0, True)


def test_an_agreements_file_that_does_not_hold_is_refused(tmp_path):
    (tmp_path / "signed.toml").write_text(
        'schema = "cvinspect-agreements/1"\n[[agreement]]\ntype = "promise"\n', "utf-8"
    )
    done = inspected(tmp_path, RECIPE, "--agreements", tmp_path / "signed.toml")
    refused(tmp_path, done, "signed.toml: agreement[1].type = \"promise\": must be 'limit_sample', 'internal_limit'")


def test_a_picture_s_bytes_are_never_changed(tmp_path):
    data = {path: path.read_bytes() for path in (draw(tmp_path / "a.png"), draw(tmp_path / "b.png", "INVALID"))}
    cli("inspect", *data, "--recipe", desk(tmp_path), "--json", "--out", tmp_path / "out")
    assert {path: path.read_bytes() for path in data} == data
    assert len(json.loads((tmp_path / "calibration.json").read_text("utf-8"))["sha256"]) == 64
