"""scripts/real_data.py: halves by part, the sets where they are there, and refusals."""

import os
import tomllib
from pathlib import Path

import pytest
import real_data
import score_scenes as scenes

from cvinspect.config import load_recipe

DATA = Path(os.environ.get("CVINSPECT_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


def test_the_halves_are_even_within_each_class_and_never_change():
    parts = {f"{kind}{number}": kind for kind in "abc" for number in range(11)}
    half = real_data.halves("set", parts)
    assert half == real_data.halves("set", dict(reversed(parts.items())))
    for kind in "abc":
        count = sum(half[part] == "development" for part in parts if parts[part] == kind)
        assert count == 6
    assert real_data.halves("other", parts) != half


@pytest.mark.parametrize("folder", dict.fromkeys(task.folder for task in real_data.TASKS))
def test_every_set_has_a_recipe_that_says_the_scale_is_assumed(folder):
    recipe = load_recipe(real_data.RECIPES / f"{folder}.toml")
    assert recipe.file.note == "scale assumed"
    assert not any(view.calibration for view in recipe.file.view)
    assert "assumed" in recipe.text.partition("schema")[0]
    assert tomllib.loads(recipe.text)["view"][0]["detect"]


def small_set(root):
    """A set like neu_seg of rendered pictures."""
    for place, write in (("images", None), ("annotations", scenes.masks)):
        (root / place).mkdir(parents=True)
        for number in range(2):
            if write is None:
                scenes.write_pictures(root / place, f"{number}")
            else:
                write(root / place, f"{number}")
    return root


def test_a_small_set_is_scored_and_reported(tmp_path, capsys):
    small_set(tmp_path / "neu_seg")
    words = ["neu_seg", "--data", str(tmp_path), "--report", str(tmp_path / "r")]
    assert real_data.main(words) == 0
    out = capsys.readouterr().out
    (row,) = (line for line in out.splitlines() if line.startswith("scratch: found") or "foreign matter: found" in line)
    assert "0.50" in row
    assert (tmp_path / "r" / "neu_seg" / "score.html").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [(["hole"], "unknown set hole; there are agdd, magnetic_tile"), (["agdd"], "agdd: no such folder; --data is to")],
)
def test_what_is_not_there_is_refused(tmp_path, capsys, words, message):
    assert real_data.main([*words, "--data", str(tmp_path)]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is absent")
@pytest.mark.soak
def test_the_set_with_both_lightings_is_scored():
    (task,) = (task for task in real_data.TASKS if task.folder == "agdd")
    told = real_data.score_task(task, DATA, None)
    assert sum(half["pictures"]["total"] for half in told.values()) == 92
    assert all(half["pictures"]["not_inspected"] == [] for half in told.values())
