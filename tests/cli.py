"""The command line, called in this process as `cvinspect` calls it; and small pictures and recipes to feed it."""

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from cvinspect.calibration import save_calibration, scale_calibration
from cvinspect.cli import main
from cvinspect.pictures import encode_png

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SIZE = (240, 180)
MM_PER_PX = 0.05


@dataclass(frozen=True)
class Done:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def lines(self):
        """The JSON objects on stdout; fails where anything else stands there."""
        return [json.loads(line) for line in self.out.split("\n")[:-1]]

    @property
    def words(self):
        """All that was printed, in one line: what a box broke into rows is whole again."""
        return " ".join((self.out + self.err).replace("│", " ").split())


def cli(*words, given=""):
    """Runs `cvinspect WORDS...` with `given` on standard input."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n") for _ in range(2))
    stdin = io.TextIOWrapper(io.BytesIO(given.encode()), encoding="utf-8")
    argv = ["cvinspect", *map(str, words)]
    with mock.patch.multiple(sys, argv=argv, stdin=stdin, stdout=out, stderr=err), pytest.raises(SystemExit) as end:
        main()
    for stream in (out, err):
        stream.flush()
    texts = (stream.buffer.getvalue().decode() for stream in (out, err))
    return Done(0 if end.value.code is None else end.value.code, *texts)


def plain(size=SIZE, seed=1):
    """A plain grey surface of `size` (width, height) with noise of 1.2 grey levels."""
    noise = np.random.default_rng(seed).normal(0, 1.2, size[::-1])
    return np.clip(np.round(150 + noise), 0, 255).astype(np.uint8)


def marked(*specks, size=SIZE, seed=1):
    """The same with round specks (x, y, diameter, contrast), in px and grey levels, their edges one px soft."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    surface = plain(size, seed).astype(float)
    for at_x, at_y, diameter, contrast in specks:
        surface += contrast * np.clip(diameter / 2 + 0.5 - np.hypot(x - at_x, y - at_y), 0, 1)
    return np.clip(np.round(surface), 0, 255).astype(np.uint8)


LARGE = (120, 90, 40, -50)  # 2 mm: fails under Konica Minolta's grade 1
AT_LIMIT = (120, 90, 10, -50)  # 0.5 mm: its limit lies within the uncertainty
PICTURES = {"PASS": plain(), "FAIL": marked(LARGE), "REVIEW": marked(AT_LIMIT)}


def draw(path, outcome="PASS"):
    """Writes a picture that the recipe of `desk` gives `outcome`; INVALID is a file that holds no picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"no picture" if outcome == "INVALID" else encode_png(PICTURES[outcome]))
    return path


def calibrate(path, size=SIZE, **more):
    """Writes a scale of 0.05 mm/px whose uncertainty is nought."""
    save_calibration(scale_calibration(MM_PER_PX, size, **{"u_mm_per_px": 0.0, **more}), path)
    return path


RECIPE = """\
schema = "cvinspect-recipe/1"
part = "P"

[limits]
name = "konica-minolta"

[[elsewhere]]
kind = "scratch"
by = "a person"

[[elsewhere]]
kind = "dent"
by = "a person"

[[elsewhere]]
kind = "flash"
by = "a gauge"

[[view]]
name = "front"
calibration = "calibration.json"

[[view.face]]
name = "front"
grade = "1"

[view.detect.foreign]
"""

TWO_VIEWS = RECIPE.replace('part = "P"', 'part = "P"\npictures = "{part}_{view}.png"') + RECIPE[
    RECIPE.index("[[view]]") :
].replace('"front"', '"back"')


def desk(folder, text=RECIPE, **changes):
    """A folder with a calibration and a recipe; `changes` replaces texts of the recipe. Returns the recipe's path."""
    for old, new in changes.pop("replaced", {}).items():
        assert old in text
        text = text.replace(old, new)
    folder.mkdir(parents=True, exist_ok=True)
    calibrate(folder / "calibration.json", **changes)
    recipe = folder / "recipe.toml"
    recipe.write_text(text, encoding="utf-8")
    return recipe
