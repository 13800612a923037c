"""The same part at half and at 1.3 times the exposure: the same verdict, through the whole road."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sample_scenes import SAMPLES, Sample

from cvinspect.config.job import Job, load_job
from cvinspect.errors import PictureError
from cvinspect.model import Frame, Outcome
from cvinspect.pipeline import inspect
from cvinspect.synth import render

RECIPES = Path(__file__).resolve().parents[1] / "samples" / "recipes"
BY_NAME = {sample.name: sample for sample in SAMPLES if sample.outcome != "INVALID"}
CLIPPED = {("lens-clean", 1.3), ("lens-speck", 1.3)}  # white already: at 1.3 times the light nothing is left to see
BANDED = {"km-plate-turned"}  # its recipe says how bright a picture is to be
OPEN = {("canon-top-pair-14mm", 0.5)}  # specks of 7 px: in half the light the noise leaves open whether they are dents
QUICK = ("km-inner-speck-inside",)


def verdict(sample: Sample, exposure: float) -> Outcome:
    job: Job = load_job(RECIPES / f"{sample.recipe.name}.toml")
    scene = sample.scene
    pixels = render(replace(scene, camera=replace(scene.camera, exposure=exposure)))
    return inspect([Frame(pixels, part="p", view=job.views[0].name)], job).verdict.outcome


def cases(names):
    left_out = CLIPPED | OPEN | {(name, exposure) for name in BANDED for exposure in (0.5, 1.3)}
    return [(name, exposure) for name in names for exposure in (0.5, 1.3) if (name, exposure) not in left_out]


@pytest.mark.parametrize(("name", "exposure"), cases(QUICK))
def test_the_verdict_is_that_of_the_usual_exposure(name, exposure):
    assert verdict(BY_NAME[name], exposure) == BY_NAME[name].outcome


@pytest.mark.soak
@pytest.mark.parametrize(("name", "exposure"), cases(sorted(set(BY_NAME) - set(QUICK))))
def test_the_verdict_of_every_sample_is_that_of_the_usual_exposure(name, exposure):
    assert verdict(BY_NAME[name], exposure) == BY_NAME[name].outcome


@pytest.mark.parametrize(("name", "exposure"), sorted(CLIPPED))
def test_what_was_left_out_is_white(name, exposure):
    scene = BY_NAME[name].scene
    pixels = render(replace(scene, camera=replace(scene.camera, exposure=exposure)))
    assert np.median(pixels) >= 250
    with pytest.raises(PictureError, match="brighter than grey level"):
        verdict(BY_NAME[name], exposure)


@pytest.mark.parametrize("exposure", [0.5, 1.3])
def test_a_recipe_that_says_how_bright_a_picture_is_to_be_refuses_another(exposure):
    with pytest.raises(PictureError, match=r"level_gray is .* of the reference 153"):
        verdict(BY_NAME["km-plate-turned"], exposure)


def test_what_the_noise_leaves_open_is_never_passed_for_it():
    assert verdict(BY_NAME["canon-top-pair-14mm"], 0.5) in (Outcome.FAIL, Outcome.REVIEW)
