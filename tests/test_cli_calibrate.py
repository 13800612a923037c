"""`cvinspect calibrate` and `cvinspect calibration verify`, as a user calls them."""

import json

import boards
import numpy as np
import pytest
from boards import CHARUCO, CHESS, DISTANCE_MM, PLANE, SIZE, picture, session, write
from cli import cli

from cvinspect.calibration import load_calibration


@pytest.fixture(scope="module", autouse=True)
def _quick():
    with boards.seen_once():
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with pictures of a target, and an artefact beside it."""
    folder = tmp_path_factory.mktemp("标定")
    session(folder / "图片")
    write(folder / "标准件.png", picture(CHARUCO, **(PLANE | {"roll_deg": 10.0})))
    write(folder / "空白.png", np.full(SIZE[::-1], 90, np.uint8))
    return folder


def calibrated(folder, output, *options):
    return cli(
        "calibrate", folder / "图片", "--target", CHESS, "--plane", folder / "图片" / "平面.png", "-o", output, *options
    )


@pytest.fixture(scope="module")
def file(folder):
    done = calibrated(
        folder, folder / "相机.json", "--camera", "相机", "--by", "QA", "--print-error", "0.1", "--u-height", "0"
    )
    assert done.code == 0, done.err
    return folder / "相机.json"


def test_a_folder_of_pictures_becomes_a_calibration_and_a_report(folder, tmp_path):
    done = calibrated(folder, tmp_path / "相机.json", "--report", tmp_path / "报告.html", "--days", "30")
    assert done.code == 0
    lines = done.out.splitlines()
    assert [line.split(":")[0] for line in lines[:4]] == ["平面.png", *(f"view{i}.png" for i in range(3))]
    assert all(" used, 63 points, blur 0." in line for line in lines[:4])
    assert lines[-2:] == [
        f"report written: {tmp_path / '报告.html'}",
        f"calibration written: {tmp_path / '相机.json'}",
    ]
    assert "1/4 平面.png" in done.err
    assert "warning: nobody stated how true the target's lengths are: u = 0.3 % is assumed" in done.err
    calibration = load_calibration(tmp_path / "相机.json")
    assert (calibration.size, (calibration.valid_until - calibration.made_at).days) == (SIZE, 30)
    assert "<svg" in (tmp_path / "报告.html").read_text("utf-8")


def test_what_is_told_stands_in_the_file(file):
    data = json.loads(file.read_text("utf-8"))
    assert (data["camera"], data["made_by"], data["model"]["type"]) == ("相机", "QA", "plane")
    made_from = data["made_from"]
    assert made_from["u_print_scale"] == pytest.approx(0.001 / 3**0.5)
    assert (made_from["target"], made_from["u_height_mm"], made_from["u_print_is_assumed"]) == (CHESS, 0.0, False)


def test_one_picture_alone_with_height_and_distance(folder, tmp_path):
    told = ["--height", "5", "--distance", f"{DISTANCE_MM}", "--u-height", "0.1", "--lang", "zh"]
    done = cli("calibrate", folder / "图片" / "平面.png", "--target", CHESS, "-o", tmp_path / "a.json", *told)
    assert done.code == 0
    assert "警告：仅有一张图片" in done.err
    assert "部品表面高于标定板 5 mm，u = 0.1 mm" in done.out


def test_show_says_everything_of_a_plane(file):
    done = cli("calibration", "show", file)
    assert (done.code, done.err) == (0, "")
    for text in (
        "mm/px in the middle of the frame; u = 0.0",
        "from the calibration alone: 1 mm ± ",
        "for pictures of 480x400 px, some 44.",
        "camera 相机; made by QA",
        "blur: sigma 0.8",
        "noise: 1.",
        "flat field: none",
        f"from 252 points in 4 pictures of {CHESS}; residuals 0.0",
        "lens: focal length 1",
        "target: printed at 100 % of its stated size, u = 0.058 %\n",
        "height: the part's surface 0 mm above the target, u = 0 mm\n",
        "distance: camera to target 140 mm",
        "the target's points covered ",
    ):
        assert text in done.out


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_verify_passes_a_good_calibration(folder, file, lang):
    told = ["--target", CHARUCO, "--print-error", "0.05", "--lang", lang]
    done = cli("calibration", "verify", file, folder / "标准件.png", *told)
    assert (done.code, done.err) == (0, "")
    assert ("标准件.png: PASS: scale " if lang == "en" else "标准件.png：合格：比例 ") in done.out


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (CHARUCO.replace(":5:3.75", ":6:4.5"), "FAIL: scale −16.6"),
        (CHARUCO.replace(":5:3.75", ":4.85:3.6375"), "FAIL: scale +3.0"),
    ],
    ids=["pitch", "97 %"],
)
def test_verify_fails_a_wrong_pitch(folder, file, word, message):
    done = cli("calibration", "verify", file, folder / "标准件.png", "--target", word)
    assert done.code == 1
    assert message in done.out
    assert "the scale is off: a wrong pitch, a print that is not of the stated size" in done.out
    assert "FAIL: 0 of 1 pictures hold" in done.out
    assert "warning: nobody stated how true the artefact's lengths are" in done.err


def test_verify_says_what_it_could_not_measure_and_warns_of_the_same_sheet(folder, file):
    pictures = [folder / "空白.png", folder / "图片" / "平面.png"]
    done = cli("calibration", "verify", file, *pictures, "--target", CHESS)
    assert done.code == 1
    assert "空白.png: FAIL: target not found: " in done.out
    assert "平面.png: PASS" in done.out
    assert "if it is the same sheet, its print proves nothing" in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "--target is missing: say what the pictures show, as --target chess:9x6:25"),
        (["--target", "chess:9"], "target 'chess:9': the form is chess:COLSxROWS:SQUAREmm"),
        (["--target", "ches:9x7:4"], "'ches' is no kind of target"),
        (["--target", "gone.toml"], "gone.toml: no such description"),
        (["--target", CHESS], "4 pictures, but which one shows the target where the part's surface will be?"),
        (["--target", CHESS, "--plane", "gone.png"], "gone.png: the picture of the part's plane cannot be used"),
        (["--target", CHESS, "--height", "nan"], "--height nan: give a number from"),
        (["--target", CHESS, "--u-height", "-1"], "--u-height -1: give a number from 0"),
        (["--target", CHESS, "--distance", "0"], "--distance 0: give a number from"),
        (["--target", CHESS, "--print-error", "inf"], "--print-error inf: give a number from 0 to 50"),
        (["--target", CHESS, "--days", "0"], "Invalid value for '--days'"),
        (["--target", CHESS, "--report", "gone/a.html"], "gone/a.html: cannot be written: there is no folder gone"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(folder, tmp_path, words, message):
    done = cli("calibrate", folder / "图片", "-o", tmp_path / "a.json", *words)
    assert (done.code, done.out, list(tmp_path.iterdir())) == (2, "", [])
    assert message in done.words


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        (["空白.png"], "空白.png: the picture of the part's plane cannot be used: target not found"),
        (["gone.png"], "gone.png: the picture of the part's plane cannot be used: cannot be read"),
        (["."], "holds no pictures (png, jpg, tif, bmp)"),
    ],
)
def test_pictures_that_cannot_serve_are_refused(folder, tmp_path, pictures, message):
    words = [folder / name if name != "." else tmp_path for name in pictures]
    done = cli("calibrate", *words, "--target", CHESS, "-o", tmp_path / "a.json")
    assert (done.code, done.out, list(tmp_path.iterdir())) == (2, "", [])
    assert message in done.words


def test_mixed_sizes_are_refused_and_named(folder, tmp_path):
    small = write(tmp_path / "小.png", picture(CHESS, **PLANE)[:-8])
    done = cli("calibrate", folder / "图片", small, "--target", CHESS, "--plane", small, "-o", tmp_path / "a.json")
    assert (done.code, done.out) == (2, "")
    assert "480x392 px: 小.png" in done.words


@pytest.mark.parametrize("place", ["folder", "gone/a.json", "x" * 300])
def test_a_place_that_cannot_be_written_is_refused(folder, tmp_path, place):
    (tmp_path / "folder").mkdir()
    done = cli("calibrate", folder / "图片" / "平面.png", "--target", CHESS, "-o", tmp_path / place)
    assert (done.code, done.out) == (2, "")
    assert "cannot be written" in done.words


def test_an_existing_file_is_replaced_only_when_told(folder, file, tmp_path):
    (tmp_path / "a.json").write_bytes(file.read_bytes())
    words = ["calibrate", folder / "图片" / "平面.png", "--target", CHESS, "-o", tmp_path / "a.json"]
    done = cli(*words)
    assert (done.code, done.out, (tmp_path / "a.json").read_bytes()) == (2, "", file.read_bytes())
    assert "a.json: exists already; choose another name, or replace it with --force" in done.words
    assert cli(*words, "--force").code == 0
    assert (tmp_path / "a.json").read_bytes() != file.read_bytes()


def test_help_names_every_option():
    done = cli("calibrate", "--help")
    assert done.code == 0
    for option in ("--target", "--plane", "--report", "--height", "--u-height", "--distance", "--print-error"):
        assert option in done.out
    for option in ("--flat-field", "--camera", "--by", "--days", "--force", "--lang"):
        assert option in done.out
    assert cli("calibration", "verify", "--help").code == 0
