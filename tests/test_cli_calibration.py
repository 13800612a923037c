"""`cvinspect calibration`: a scale is written, shown, and refused where it makes no sense."""

import json

import pytest
from boards import CHESS, PLANE, SIZE, picture, write
from cli import cli, plain

from cvinspect.calibration import load_calibration


def scale(path, *options, mm_per_px="0.05", size="2448x2048"):
    return cli("calibration", "scale", "--mm-per-px", mm_per_px, "--size", size, "-o", path, *options)


def test_a_scale_is_written_and_its_assumed_uncertainty_is_said(tmp_path):
    done = scale(tmp_path / "标定.json")
    assert done.code == 0
    assert done.out.splitlines() == [
        "no --u given: u = 0.00025 mm/px (0.5 %) is assumed and marked so",
        str(tmp_path / "标定.json"),
    ]
    calibration = load_calibration(tmp_path / "标定.json")
    assert (calibration.mm_per_px, calibration.size, calibration.u_scale) == (0.05, (2448, 2048), 0.005)
    assert (calibration.valid_until - calibration.made_at).days == 365


def test_what_is_told_stands_in_the_file(tmp_path):
    told = {
        "--u": "0.0001",
        "--camera": "相机 1",
        "--by": "QA",
        "--days": "30",
        "--psf-px": "0.8",
        "--noise-gray": "1.2",
    }
    done = scale(tmp_path / "a.json", *(word for pair in told.items() for word in pair))
    assert (done.code, done.out) == (0, f"{tmp_path / 'a.json'}\n")
    data = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert data["schema"] == "cvinspect-calibration/1"
    assert data["model"] == {"type": "scale", "mm_per_px": 0.05, "u_mm_per_px": 0.0001, "u_is_assumed": False}
    calibration = load_calibration(tmp_path / "a.json")
    assert (calibration.camera, calibration.made_by) == ("相机 1", "QA")
    assert (calibration.psf_sigma_px, calibration.noise_gray) == (0.8, 1.2)
    assert (calibration.valid_until - calibration.made_at).days == 30


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"mm_per_px": "0"}, "mm_per_px = 0.0: must be at least 1e-05"),
        ({"mm_per_px": "nan"}, "mm_per_px = NaN: must be a finite number"),
        ({"mm_per_px": "inf"}, "mm_per_px = Infinity: must be a finite number"),
        ({"mm_per_px": "1e3"}, "mm_per_px = 1000.0: must be at most 100"),
        ({"mm_per_px": "fine"}, "Invalid value for '--mm-per-px'"),
        ({"size": "2448"}, "--size 2448: give WIDTHxHEIGHT in pixels, as 2448x2048"),
        ({"size": "0x5"}, "size_px[1] = 0: must be above 0"),
        ({"size": "99999x5"}, "size_px[1] = 99999: must be at most 65536"),
    ],
)
def test_a_scale_that_makes_no_sense_is_refused(tmp_path, told, message):
    done = scale(tmp_path / "a.json", **told)
    assert (done.code, done.out, list(tmp_path.iterdir())) == (2, "", [])
    assert message in done.words


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--u", "-1"], "u_mm_per_px = -1.0: must be at least 0"),
        (["--u", "nan"], "u_mm_per_px = NaN: must be a finite number"),
        (["--u", "0.05"], "u_mm_per_px = 0.05 is as large as mm_per_px = 0.05"),
        (["--days", "0"], "Invalid value for '--days'"),
        (["--days", "4000000"], "Invalid value for '--days'"),
        (["--psf-px", "0"], "psf_sigma_px = 0.0: must be above 0"),
        (["--noise-gray", "-1"], "noise_gray = -1.0: must be at least 0"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(tmp_path, options, message):
    done = scale(tmp_path / "a.json", *options)
    assert (done.code, done.out, list(tmp_path.iterdir())) == (2, "", [])
    assert message in done.words


@pytest.mark.parametrize("place", ["no folder/a.json", "file/a.json", "folder", "x" * 300])
def test_a_place_that_cannot_be_written_is_refused_and_nothing_is_left(tmp_path, place):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    done = scale(tmp_path / place)
    assert (done.code, done.out) == (2, "")
    assert "cannot be written" in done.err
    assert {path.name for path in tmp_path.rglob("*")} == {"file", "folder"}


def test_show_says_what_a_file_states(tmp_path):
    scale(tmp_path / "a.json", "--u", "0.0001", "--camera", "top")
    lines = cli("calibration", "show", tmp_path / "a.json").out.splitlines()
    assert lines[:3] == [
        "0.05 mm/px, u = 0.0001 mm/px",
        "for pictures of 2448x2048 px = 122.4 x 102.4 mm",
        "camera top; made by nobody named",
    ]
    assert lines[3].startswith("made 20")


def test_show_says_why_a_file_is_unfit(tmp_path):
    scale(tmp_path / "a.json")
    path = tmp_path / "a.json"
    path.write_text(path.read_text("utf-8").replace("2448", "2447"), "utf-8")
    done = cli("calibration", "show", path)
    assert (done.code, done.out) == (2, "")
    assert "a.json: was edited" in done.err


def test_an_existing_scale_is_replaced_only_when_told(tmp_path):
    scale(tmp_path / "a.json")
    done = scale(tmp_path / "a.json", mm_per_px="0.06")
    assert (done.code, done.out, load_calibration(tmp_path / "a.json").mm_per_px) == (2, "", 0.05)
    assert "a.json: exists already; choose another name, or replace it with --force" in done.words
    assert scale(tmp_path / "a.json", "--force", mm_per_px="0.06").code == 0
    assert load_calibration(tmp_path / "a.json").mm_per_px == 0.06


def of_picture(path, picture, *options):
    return cli("calibration", "scale", "--mm-per-px", "0.05", "--picture", picture, "-o", path, *options)


def test_a_picture_gives_size_noise_and_blur(tmp_path):
    shown = write(tmp_path / "图.png", picture(CHESS, **PLANE))
    done = of_picture(tmp_path / "a.json", shown, "--u", "0.0001")
    assert done.code == 0
    assert done.out.startswith("blur: sigma 0.8")
    calibration = load_calibration(tmp_path / "a.json")
    assert calibration.size == SIZE
    assert calibration.psf_sigma_px == pytest.approx(0.8, abs=0.05)
    assert calibration.noise_gray == pytest.approx(1.5, rel=0.12)


def test_without_sharp_edges_the_blur_stays_unknown_and_that_is_said(tmp_path):
    done = of_picture(tmp_path / "a.json", write(tmp_path / "a.png", plain()), "--size", "240x180", "--lang", "zh")
    assert done.code == 0
    assert "模糊：未知；测量时取假定值并给出较大的 u" in done.out
    calibration = load_calibration(tmp_path / "a.json")
    assert (calibration.psf_sigma_px, calibration.noise_gray) == (None, pytest.approx(1.2, rel=0.1))


def test_what_is_stated_goes_before_what_a_picture_shows(tmp_path):
    shown = write(tmp_path / "图.png", picture(CHESS, **PLANE))
    assert of_picture(tmp_path / "a.json", shown, "--psf-px", "0.7", "--noise-gray", "2").code == 0
    calibration = load_calibration(tmp_path / "a.json")
    assert (calibration.psf_sigma_px, calibration.noise_gray) == (0.7, 2.0)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.png", ["--size", "240x181"], "--size 240x181: "),
        ("gone.png", [], "gone.png: there is no such file"),
        ("bad.png", [], "bad.png: "),
    ],
)
def test_a_picture_that_does_not_fit_is_refused(tmp_path, name, options, message):
    write(tmp_path / "a.png", plain())
    (tmp_path / "bad.png").write_bytes(b"no picture")
    done = of_picture(tmp_path / "a.json", tmp_path / name, *options)
    assert (done.code, done.out, (tmp_path / "a.json").exists()) == (2, "", False)
    assert message in done.words


def test_neither_size_nor_picture_is_refused(tmp_path):
    done = cli("calibration", "scale", "--mm-per-px", "0.05", "-o", tmp_path / "a.json")
    assert done.code == 2
    assert "give WIDTHxHEIGHT in pixels, as 2448x2048, or --picture FILE" in done.words


def test_show_warns_of_the_end(tmp_path):
    scale(tmp_path / "a.json", "--days", "10")
    done = cli("calibration", "show", tmp_path / "a.json")
    assert done.code == 0
    assert "warning: it ends on 20" in done.err
