"""`cvinspect recipe outline`: what a good picture proposes works at once; where no part stands out, it says so."""

import tomllib

import numpy as np
import pytest
from cli import calibrate, cli
from turned_parts import Disk, drawn

from cvinspect.calibration import scale_calibration
from cvinspect.config import load_job
from cvinspect.locate import propose
from cvinspect.model import Frame, Pose
from cvinspect.pictures import read_picture, write_picture

MM, SIZE = 0.05, (480, 400)
CORNERS = np.array([[3, 3], [20, 3], [20, 11], [13, 11], [13, 16], [3, 16]], float)
CALIBRATION = scale_calibration(MM, SIZE).value()


def seen(pose=None, part=150.0, ground=40.0, corners=CORNERS, **how):
    return drawn([((pose or Pose()).to_plane(corners) / MM, part)], SIZE, ground=ground, **how)


def shown(folder, pixels, name="好品.png"):
    write_picture(folder / name, pixels)
    calibrate(folder / "calibration.json", SIZE)
    return folder / name


@pytest.mark.parametrize(("part", "ground", "named"), [(150.0, 40.0, "dark"), (35.0, 200.0, "bright")])
@pytest.mark.parametrize("turn", [0.0, 3.3])
def test_corners_are_proposed_to_a_fifth_of_a_pixel(part, ground, named, turn):
    pose = Pose(turn, (0.31, 0.17), 1.0, (11.0, 9.0))
    found = propose(Frame(seen(pose, part, ground)), CALIBRATION)
    true = pose.to_plane(CORNERS)
    away = [np.linalg.norm(np.array(found.outline_mm) - corner, axis=1).min() for corner in true]
    assert (len(found.outline_mm), found.ground, found.disk_mm) == (6, named, None)
    assert max(away) <= 0.2 * MM
    area = np.array(found.face_mm)
    assert (pose.to_part(area).min(axis=0) >= [3.1, 3.1]).all()


def test_a_round_part_is_proposed_as_a_disk():
    picture = drawn([(Disk((11.3 / MM, 9.7 / MM), 6.4 / MM), 190.0)], SIZE)
    (middle, diameter) = propose(Frame(picture), CALIBRATION).disk_mm
    assert middle == pytest.approx((11.3, 9.7), abs=0.1 * MM)
    assert diameter == pytest.approx(12.8, abs=0.2 * MM)


def test_a_nearly_round_part_is_proposed_without_a_turn(tmp_path):
    angles = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    oval = np.stack([11.0 + 6.6 * np.cos(angles), 9.5 + 6.35 * np.sin(angles)], axis=1)
    recipe = tmp_path / "oval.toml"
    shown(tmp_path, seen(corners=oval))
    words = ["--calibration", tmp_path / "calibration.json", "--face", "front=2", "-o", recipe]
    assert cli("recipe", "outline", tmp_path / "好品.png", *words).code == 0
    assert "turn_deg = 0\n" in recipe.read_text("utf-8")
    checked = cli("recipe", "check", recipe)
    assert "located by the part's outline, which tells no turn" in checked.words
    recipe.write_text(recipe.read_text("utf-8").replace("turn_deg = 0\n", "turn_deg = 2\n"), "utf-8")
    refused = cli("recipe", "check", recipe)
    assert (refused.code, "however it is turned the outline looks the same" in refused.words) == (2, True)


def test_the_recipe_that_is_written_inspects_at_once(tmp_path):
    picture = shown(tmp_path, seen(seed=1))
    recipe = tmp_path / "方案.toml"
    done = cli("recipe", "outline", picture, "--calibration", tmp_path / "calibration.json", "-o", recipe)
    overlay = tmp_path / "方案-outline.png"
    assert (done.code, done.out.split("\n")[:2], done.err) == (0, [str(recipe), str(overlay)], "")
    assert read_picture(overlay).pixels.shape[2] == 3
    job = load_job(recipe)
    assert (job.recipe.file.part, job.recipe.file.view[0].calibration) == ("好品", "calibration.json")
    turned = shown(tmp_path, seen(Pose(-2.0, (0.6, -0.4), 1.0, (11.0, 9.0)), seed=2), "b.png")
    (line,) = cli("inspect", turned, "--recipe", recipe, "--json").lines
    assert (line["outcome"], line["blobs"]) == ("REVIEW", [])
    (far,) = cli(
        "inspect", shown(tmp_path, seen(Pose(8.0, (0, 0), 1.0, (11.0, 9.0))), "c.png"), "--recipe", recipe, "--json"
    ).lines
    assert far["outcome"] == "INVALID"
    assert "turned by" in far["reasons"][0]


def test_without_a_file_the_recipe_is_printed(tmp_path):
    picture = shown(tmp_path, seen())
    done = cli("recipe", "outline", picture, "--mm-per-px", "0.05", "--face", "top=2", "--overlay", tmp_path / "看.png")
    data = tomllib.loads(done.out)
    (view,) = data["view"]
    assert (view["face"][0]["name"], view["face"][0]["grade"], view["locate"]["by"]) == ("top", "2", "outline")
    assert done.err.strip() == str(tmp_path / "看.png")
    assert "calibration" not in view


def two(size=SIZE):
    return drawn([(Disk((120, 200), 80), 150.0), (Disk((350, 200), 75), 150.0)], size)


BAD = {
    "an empty frame": (drawn([], SIZE, ground=90.0), "no part stands out of the ground"),
    "a faint part": (seen(part=46.0), "no part stands out of the ground"),
    "noise": (drawn([], SIZE, ground=120.0, noise_gray=40.0), "stand|stands out"),
    "at the border": (seen(Pose(0.0, (-4.0, 0.0))), "reaches the picture's border"),
    "two parts": (two(), "2 things of like size stand out of the ground; show one part alone"),
}


@pytest.mark.parametrize("case", BAD)
def test_where_no_part_stands_out_it_says_so(tmp_path, case):
    pixels, words = BAD[case]
    done = cli("recipe", "outline", shown(tmp_path, pixels), "--mm-per-px", "0.05", "-o", tmp_path / "r.toml")
    assert done.code == 2
    assert any(word in done.words for word in words.split("|"))
    assert "好品.png" in done.words
    assert not (tmp_path / "r.toml").exists()


def test_wrong_input_is_refused_in_words(tmp_path):
    picture, scale = shown(tmp_path, seen()), tmp_path / "calibration.json"
    (tmp_path / "there.toml").write_text("")
    calibrate(tmp_path / "other.json", (100, 100))
    for words, message in (
        ((picture,), "give --calibration FILE, or --mm-per-px X, one of them"),
        ((picture, "--mm-per-px", "0.05", "--calibration", scale), "one of them"),
        ((picture, "--mm-per-px", "-1"), "mm_per_px"),
        ((picture, "--mm-per-px", "0.05", "--face", "top"), "--face top: write it as --face front=1"),
        ((picture, "--mm-per-px", "0.05", "-o", tmp_path / "there.toml"), "exists already"),
        ((picture, "--mm-per-px", "0.05", "--overlay", tmp_path / "a.jpg"), "let the name end in .png"),
        (
            (picture, "--calibration", tmp_path / "other.json"),
            "the picture is 480x400 px, its calibration is for 100x100",
        ),
        ((tmp_path / "gone.png", "--mm-per-px", "0.05"), "gone.png"),
        ((scale, "--mm-per-px", "0.05"), "calibration.json"),
        ((tmp_path, "--mm-per-px", "0.05"), "folder"),
    ):
        done = cli("recipe", "outline", *words)
        assert (done.code, message in done.words) == (2, True), (words, done.words)
