"""The samples: drawn again they are the same bytes, cover what they should, and their truth gives what they say."""

import tomllib
from pathlib import Path

import cv2
import make_samples
import numpy as np
import pytest
from sample_scenes import RECIPES, SAMPLES

from cvinspect.config import load_job, load_limits
from cvinspect.errors import PictureError
from cvinspect.judge import judge
from cvinspect.model import CAMERA_KINDS, Blob, Inspected, Kind, Measured, Outcome
from cvinspect.pictures import list_pictures, read_picture

FOLDER = Path(__file__).resolve().parents[1] / "samples"
NAMES = [sample.name for sample in SAMPLES]
USED = [sample for sample in SAMPLES if sample.outcome != "INVALID"]
SIZES = ("area_mm2", "diameter_mm", "length_mm", "width_mm", "max_dimension_mm", "height_mm")

of_each = pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
of_used = pytest.mark.parametrize("sample", USED, ids=[sample.name for sample in USED])


def written(sample):
    return tomllib.loads((FOLDER / f"{sample.name}.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", ["canon-black-scratch-dent", "canon-colour-speck", "km-button-flash", "cut-off"])
def test_drawn_again_a_picture_is_the_same_bytes(name):
    (sample,) = (sample for sample in SAMPLES if sample.name == name)
    assert make_samples.picture_bytes(sample) == (FOLDER / f"{name}.png").read_bytes()


@of_each
def test_truth_is_what_is_drawn(sample):
    assert make_samples.truth_text(sample) == (FOLDER / f"{sample.name}.toml").read_text("utf-8")


@pytest.mark.parametrize("recipe", RECIPES, ids=[recipe.name for recipe in RECIPES])
def test_recipe_and_calibration_are_those_of_the_scene(recipe, tmp_path):
    made = tmp_path / "calibration.json"
    make_samples.write_calibration(recipe, made)
    assert make_samples.recipe_text(recipe) == (FOLDER / f"recipes/{recipe.name}.toml").read_text("utf-8")
    assert made.read_bytes() == (FOLDER / f"calibrations/{recipe.name}.json").read_bytes()


def test_nothing_is_missing_and_nothing_is_left_over():
    recipes = {recipe.name for recipe in RECIPES}
    assert {path.stem for path in list_pictures(FOLDER)} == set(NAMES)
    assert {path.stem for path in FOLDER.glob("*.toml")} == {*NAMES, "station"}
    assert {path.stem for path in (FOLDER / "recipes").iterdir()} == recipes
    assert {path.stem for path in (FOLDER / "calibrations").iterdir()} == recipes


def test_together_they_are_small_and_cover_what_a_demonstration_needs():
    assert len(SAMPLES) >= 12
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 12e6
    assert {sample.outcome for sample in SAMPLES} == set(Outcome)
    assert {defect["kind"] for sample in SAMPLES for defect in written(sample).get("defect", ())} == set(CAMERA_KINDS)
    grades = {(recipe.limits, recipe.product_grade, recipe.grade) for recipe in RECIPES}
    assert grades >= {("konica-minolta", "", grade) for grade in "1234"}
    assert grades >= {("canon", "oem", "A"), ("canon", "oem", "B"), ("canon", "canon", "B"), ("canon", "canon", "C")}
    assert {sample.scene.camera.bits for sample in SAMPLES} > {8}
    assert any(sample.scene.camera.tint for sample in SAMPLES)
    assert any(not sample.name.isascii() for sample in SAMPLES)


@of_used
def test_a_picture_fits_its_calibration_and_is_not_square(sample):
    pixels = read_picture(FOLDER / f"{sample.name}.png").pixels
    (view,) = load_job(FOLDER / written(sample)["recipe"]).views
    assert (pixels.shape[1], pixels.shape[0]) == view.calibration.size
    assert pixels.shape[0] != pixels.shape[1]
    assert pixels.dtype == (np.uint8 if sample.scene.camera.bits == 8 else np.uint16)
    assert view.calibration.mm_per_px == written(sample)["mm_per_px"]


def test_a_cut_off_picture_is_refused():
    with pytest.raises(PictureError, match="it is cut off"):
        read_picture(FOLDER / "cut-off.png")


def test_a_picture_of_another_camera_does_not_fit():
    pixels = read_picture(FOLDER / "wrong-camera.png").pixels
    (view,) = load_job(FOLDER / "recipes/canon-oem-top.toml").views
    assert (pixels.shape[1], pixels.shape[0]) != view.calibration.size


@of_used
def test_every_imperfection_lies_well_within_its_face(sample):
    if sample.recipe.outline_mm is None:
        width, height = (side * sample.scene.mm_per_px for side in sample.scene.size_px)
        polygon = [(0, 0), (width, 0), (width, height), (0, height)]
    else:
        polygon = sample.recipe.outline_mm
    for defect in written(sample).get("defect", ()):
        depth = cv2.pointPolygonTest(np.array(polygon, np.float32), defect["center_mm"], True)
        reach = defect["max_dimension_mm"] / 2
        assert depth < 0 if defect["kind"] == "flash" else depth > reach + 20 * sample.scene.mm_per_px


def blob(number, defect, mm_per_px):
    """The defect as it would be measured to a tenth of a pixel and half a per cent."""
    u = {name: 0.1 * mm_per_px + 0.005 * defect[name] for name in SIZES if name in defect}
    u["area_mm2"] = 2 * defect["area_mm2"] * u["diameter_mm"] / defect["diameter_mm"]
    return Blob(
        id=number,
        kind=Kind(defect["kind"]),
        faces=(defect["face"],),
        center_mm=tuple(defect["center_mm"]),
        **{name: Measured(defect[name], u[name]) for name in u},
    )


@of_used
def test_the_truth_judged_gives_the_outcome_and_the_rules_that_are_expected(sample):
    true = written(sample)
    job = load_job(FOLDER / true["recipe"])
    blobs = [blob(i, defect, true["mm_per_px"]) for i, defect in enumerate(true.get("defect", ()), 1)]
    smallest = 3 * true["mm_per_px"]
    looked_for = [Inspected(face.name, kind, smallest, 1.0) for face in job.faces for kind in job.views[0].detectors]
    verdict = judge(blobs, [*looked_for, *job.elsewhere], job.faces, load_limits(true["limits"]), job.policy)
    assert verdict.outcome == true["expected"]["outcome"]
    deciding = {finding.rule for finding in verdict.findings if finding.outcome is verdict.outcome}
    assert deciding == set(true["expected"]["rules"])


@of_each
def test_the_reason_is_given_in_both_languages(sample):
    why = written(sample)["expected"]["why"]
    assert why["en"].isascii() or "²" in why["en"]
    assert any("\u4e00" <= sign <= "\u9fff" for sign in why["zh"])
