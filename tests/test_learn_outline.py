"""`outline = "learnt"`: learnt with the rest, kept in the learned file, used from there, refused without one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_detect_edge import BOTTOM, MM, PART, SIZE, flash, scene

from cvinspect.calibration import save_calibration, scale_calibration
from cvinspect.config import load_job
from cvinspect.detect.learned_file import read_learned, save_learned
from cvinspect.errors import RecipeError
from cvinspect.learn import Terms, learn
from cvinspect.learn.good import Good
from cvinspect.locate import locate
from cvinspect.model import Frame, Kind
from cvinspect.pipeline import inspect
from cvinspect.synth import outline, render

RECIPE = """schema = "cvinspect-recipe/1"
part = "p"
[[view]]
name = "front"
calibration = "scale.json"
{learned}
[[view.face]]
name = "front"
grade = "A"
outline = {outline}
[view.detect.flash]
outline = "learnt"
"""


@pytest.fixture
def recipe(tmp_path):
    save_calibration(scale_calibration(MM, SIZE), tmp_path / "scale.json")

    def written(learned=""):
        path = tmp_path / "recipe.toml"
        corners = [list(point) for point in outline(PART, steps=6)]
        path.write_text(RECIPE.format(learned=learned, outline=corners), encoding="utf-8")
        return path

    return written


def framed(of, seed):
    return Frame(render(replace(of, seed=seed)), part=str(seed), view="front", sha256=str(seed))


@pytest.mark.soak
def test_the_outline_is_learnt_kept_and_used(recipe, tmp_path):
    job = load_job(recipe(), unlearned=True)
    (view,) = job.views
    boss = flash((13.0, 3.52), 5.0, 50.0)  # every good part has it
    frames = [framed(scene(boss), seed) for seed in range(1, 7)]
    placements = [locate(frame, view.faces, view.calibration, view.locator) for frame in frames]
    goods = [
        Good(f"{i}.png", str(i), str(i), frame, placement, {})
        for i, (frame, placement) in enumerate(zip(frames, placements, strict=True))
    ]
    save_learned(learn(goods, job, view, Terms()), tmp_path / "p.learned")
    assert len(read_learned(tmp_path / "p.learned").outline) == 1
    used = load_job(recipe('learned = "p.learned"'))
    assert inspect([framed(scene(boss), 9)], used).seen[0].blobs == ()
    (blob,) = inspect([framed(scene(boss, flash(BOTTOM, 6.0)), 9)], used).seen[0].blobs
    assert blob.kind is Kind.FLASH
    assert blob.height_mm.value == pytest.approx(6 * MM, abs=0.3 * MM)


def test_without_a_learnt_outline_the_recipe_is_refused(recipe):
    with pytest.raises(
        RecipeError, match=r'detect\.flash: outline = "learnt", but no outline was learnt; run `cvinspect'
    ):
        load_job(recipe())
