"""[view.locate] in a recipe: what it makes, and what is refused before the first part."""

import hashlib
import math
from dataclasses import replace
from pathlib import Path

import pytest
from cli import RECIPE, desk
from sample_scenes import SAMPLES
from turned_parts import drawn

from cvinspect.config import load_job
from cvinspect.errors import RecipeError
from cvinspect.locate import FIXED, ByMarks, ByOutline, Mark, locate
from cvinspect.model import Frame, Outcome, Pose
from cvinspect.pictures import encode_png, read_picture
from cvinspect.pipeline import find_shots, inspect, run

FOLDER = Path(__file__).resolve().parents[1] / "samples"
SIZE = (400, 300)
CORNERS = [[2, 2], [16, 2], [16, 10], [9, 10], [9, 13], [2, 13]]
FACE = f"outline = {CORNERS}\n"
SQUARE = [[3, 3], [13, 3], [13, 13], [3, 13]]
BASE = RECIPE[: RECIPE.index("[view.detect")]
DETECT = RECIPE[RECIPE.index("[view.detect") :]
INNER = "outline = [[2.5, 2.5], [15.5, 2.5], [15.5, 9.5], [2.5, 9.5]]\n"
HOLES = [([[30, 30], [48, 34], [40, 52]], 50.0), ([[290, 180], [305, 160], [310, 200]], 50.0)]
MARKS = '[view.locate]\nby = "marks"\npicture = "好品.png"\n'
TWO = "[[view.locate.mark]]\nat = [2.0, 2.0]\nsize_mm = 2.0\n[[view.locate.mark]]\nat = [15.1, 9.0]\nsize_mm = 2.5\n"


def recipe(folder, locate, face=FACE):
    return desk(folder, BASE + face + locate + DETECT, size=SIZE)


def made(folder, locate, face=FACE):
    return load_job(recipe(folder, locate, face)).views[0].locator


def taught(folder, shapes=HOLES, size=SIZE):
    folder.mkdir(parents=True, exist_ok=True)
    data = encode_png(drawn(shapes, size, ground=150.0))
    (folder / "好品.png").write_bytes(data)
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("text", ["", '[view.locate]\nby = "fixed"\n'])
def test_a_part_lies_in_a_fixture_unless_the_recipe_says_otherwise(tmp_path, text):
    assert made(tmp_path, text) is FIXED
    assert made(tmp_path, text, face="") is FIXED


def test_an_outline_is_the_face_s_or_a_polygon_or_a_disk(tmp_path):
    by_face = made(tmp_path, '[view.locate]\nby = "outline"\nturn_deg = 3.0\nscale = 0.01\nground = "dark"\n')
    assert by_face == ByOutline(outline_mm=tuple(map(tuple, CORNERS)), turn_deg=3.0, scale=0.01, ground="dark")
    polygon = made(tmp_path, f'[view.locate]\nby = "outline"\noutline = {SQUARE}\nshift_mm = 2.5\n')
    assert (polygon.outline_mm[2], polygon.shift_mm, polygon.is_round) == ((13.0, 13.0), 2.5, False)
    disk = made(tmp_path, '[view.locate]\nby = "outline"\noutline = { center = [9, 7], diameter_mm = 12.0 }\n')
    assert (disk.is_round, disk.turn_deg, len(disk.outline_mm)) == (True, 0.0, 720)


def test_marks_are_learnt_from_the_picture_beside_the_recipe(tmp_path):
    sha = taught(tmp_path)
    by_marks = made(tmp_path, f'{MARKS}sha256 = "{sha}"\ncorrelation = 0.7\n{TWO}')
    assert isinstance(by_marks, ByMarks)
    assert (by_marks.marks, by_marks.correlation) == ((Mark((2.0, 2.0), 2.0), Mark((15.1, 9.0), 2.5)), 0.7)
    assert by_marks.taught.shape == SIZE[::-1]


OUTLINE = '[view.locate]\nby = "outline"\n'
REFUSED = [
    ("[view.locate]\nturn_deg = 3.0\n", "by is missing"),
    ('[view.locate]\nby = "guess"\n', "allowed: fixed, outline, marks"),
    (OUTLINE + "turn = 3.0\n", "the unit is missing: write turn_deg"),
    (OUTLINE + "turn_deg = 200.0\n", "less than or equal to 180|at most 180"),
    (OUTLINE + "turn_deg = -1.0\n", "0"),
    (OUTLINE + "shift_mm = 0.0\n", "0"),
    (OUTLINE + 'scale = "1 %"\n', "must be a number"),
    (OUTLINE + "misfit_mm = nan\n", "finite"),
    (OUTLINE + 'ground = "grey"\n', "auto|dark|bright"),
    (OUTLINE + "outline = [[0, 0], [9, 9], [9, 0], [0, 9]]\n", "crosses or touches itself"),
    (OUTLINE + "outline = [[0, 0], [9, 9]]\n", "at least 3"),
    (OUTLINE + "outline = { center = [9, 7], diameter_mm = 0.0 }\n", "0"),
    (OUTLINE + "outline = { center = [9, 7], diameter_mm = 16.0 }\n", "reaches out of the picture at"),
    (OUTLINE + "outline = { center = [9, 7], diameter_mm = 9.0 }\nturn_deg = 3.0\n", "no outline tells how a disk is"),
    (OUTLINE + f"outline = {SQUARE}\nturn_deg = 45.0\n", "turned by 90 degrees the outline looks the same"),
    (OUTLINE + "outline = [[1, 1], [25, 1], [25, 9], [1, 9]]\n", r"out of the picture at \[25, 1\] mm"),
    (MARKS + TWO, "picture = '好品.png': .*no such file|picture = '好品.png'"),
    (MARKS, "mark is missing"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_cannot_hold_is_refused_with_its_place(tmp_path, text, message):
    with pytest.raises(RecipeError, match=message) as caught:
        made(tmp_path, text)
    assert "recipe.toml" in str(caught.value)
    assert "locate" in str(caught.value)


def test_a_face_that_is_the_frame_follows_no_part(tmp_path):
    with pytest.raises(RecipeError, match="face 'front' is \"frame\", which does not follow the part; draw it in mm"):
        made(tmp_path, OUTLINE, face="")


def test_marks_that_could_not_be_found_again_are_refused(tmp_path):
    taught(tmp_path)
    for text, message in (
        (TWO.replace("[2.0, 2.0]", "[9.0, 11.0]"), r"mark\[1\]: the taught picture shows nothing there"),
        (TWO.replace("[2.0, 2.0]", "[0.5, 2.0]"), r"mark\[1\] reaches out of the picture at"),
        (TWO.replace("[15.1, 9.0]", "[2.5, 2.2]"), "two marks are 0.539 mm apart, less than their size"),
    ):
        with pytest.raises(RecipeError, match=message):
            made(tmp_path, MARKS + text)
    with pytest.raises(RecipeError, match=r"is not the one that was taught: its sha256 is [0-9a-f]{64}"):
        made(tmp_path, f'{MARKS}sha256 = "{"0" * 64}"\n{TWO}')
    taught(tmp_path, size=(300, 300))
    with pytest.raises(RecipeError, match="is 300x300 px, the calibration is for 400x300 px"):
        made(tmp_path, MARKS + TWO)


def located(folder):
    return load_job(recipe(folder, f'{OUTLINE}shift_mm = 3.0\nground = "dark"\noutline = {CORNERS}\n', INNER))


def shown(pose, specks=(), seed=0):
    shapes = [(pose.to_plane(CORNERS) / 0.05, 150.0), *((pose.to_plane(speck) / 0.05, 90.0) for speck in specks)]
    return drawn(shapes, SIZE, seed=seed)


SPECK = [[6.0, 5.0], [6.6, 5.0], [6.6, 5.6], [6.0, 5.6]]


def test_blobs_have_the_part_s_own_places_and_the_calibration_s_sizes(tmp_path):
    job = located(tmp_path)
    middle = job.views[0].locator.nominal.middle_mm
    blobs = []
    for pose in (Pose(), Pose(4.0, (1.0, 0.6), 1.0, middle)):
        seen = inspect([Frame(shown(pose, [SPECK]), view="front")], job).seen[0]
        (blob,) = seen.blobs
        blobs.append(blob)
        assert seen.timing_ms["locate"] > 0
        assert blob.center_mm == pytest.approx((6.3, 5.3), abs=0.005)
        assert blob.center_px == pytest.approx((pose.to_plane([[6.3, 5.3]]) / 0.05)[0], abs=0.1)
    assert blobs[1].area_mm2.value == pytest.approx(blobs[0].area_mm2.value, rel=0.02)


def test_a_part_that_is_not_found_is_invalid_in_words(tmp_path):
    job = located(tmp_path)
    middle = job.views[0].locator.nominal.middle_mm
    for name, pose in (("right", Pose()), ("歪", Pose(9.0, (0.5, 0.5), 1.0, middle))):
        (tmp_path / f"{name}.png").write_bytes(encode_png(shown(pose)))
    shots = find_shots([tmp_path / "right.png", tmp_path / "歪.png"], job)
    right, crooked = run([(shot,) for shot in shots], job)
    assert right.verdict.outcome is Outcome.PASS
    assert (crooked.verdict.outcome, crooked.verdict.reasons[0].code) == (Outcome.INVALID, "locate_turned")
    assert replace(crooked.verdict, reasons=()).findings == ()


def test_an_edge_lit_from_one_side_moves_the_pose_by_little_and_its_uncertainty_says_so():
    (sample,) = (sample for sample in SAMPLES if sample.name == "km-plate-turned")
    view = load_job(FOLDER / "recipes/km-plate-grade2.toml").views[0]
    pixels = read_picture(FOLDER / "km-plate-turned.png").pixels
    pose = locate(Frame(pixels), view.faces, view.calibration, view.locator).pose
    turn, *shift = sample.lies
    off = math.dist(pose.shift_mm, shift)
    assert off <= 0.15 * view.calibration.mm_per_px
    assert off <= 2 * pose.u_shift_mm
    assert pose.turn_deg == pytest.approx(turn, abs=2 * pose.u_turn_deg)
