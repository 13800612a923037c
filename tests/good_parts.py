"""Rendered good parts: a printed logo on a slightly grained face; and a recipe for them."""

from pathlib import Path

import numpy as np

from cvinspect.calibration import save_calibration, scale_calibration
from cvinspect.pictures import write_picture
from cvinspect.synth import Camera, Scene, Scratch, Surface, disk, render, straight

SIZE = (200, 140)
LOGO = (
    Scratch(points_mm=straight((60.0, 50.0), 60.0, 4.0, 0.0), width_mm=4.0, contrast_gray=-60.0),
    Scratch(points_mm=straight((60.0, 70.0), 40.0, 4.0, 90.0), width_mm=4.0, contrast_gray=-60.0),
    disk((140.0, 60.0), 24.0, -70.0),
)
RECIPE = """\
schema = "cvinspect-recipe/1"
part = "cover"

[[view]]
name = "front"
calibration = "cam.json"
{learned}
[[view.face]]
name = "top"
grade = "1"
outline = "frame"

[view.detect.foreign]
"""


def part(seed, *objects, logo=LOGO, level=130.0):
    """The pixels of one part, with objects on it."""
    surface = Surface(level_gray=level, grain_gray=1.5, grain_mm=2.0)
    camera = Camera(psf_sigma_px=0.8, noise_gray=1.5)
    return render(
        Scene(size_px=SIZE, mm_per_px=1.0, surface=surface, objects=(*logo, *objects), camera=camera, seed=seed)
    )


def lay(seed, *objects, size=SIZE):
    """The pixels of a ground part: streaks down the picture, at other places on each part."""
    random = np.random.default_rng(seed)
    streaks = random.normal(0, 9, size[0])[None, :] + random.normal(0, 3, (size[1], size[0]))
    scene = Scene(size_px=size, mm_per_px=1.0, surface=Surface(level_gray=120.0), objects=objects, seed=seed)
    return np.clip(np.rint(render(scene) + streaks), 0, 255).astype(np.uint8)


def folder(tmp_path: Path, pictures, learned="") -> Path:
    """A folder of pictures good/NN.png, a calibration and a recipe, whose path it gives."""
    good = tmp_path / "good"
    good.mkdir(exist_ok=True)
    for index, pixels in enumerate(pictures):
        write_picture(good / f"{index:02}.png", pixels)
    save_calibration(scale_calibration(1.0, SIZE), tmp_path / "cam.json")
    line = f'learned = "{learned}"\n' if learned else ""
    recipe = tmp_path / "cover.toml"
    recipe.write_text(RECIPE.format(learned=line), "utf-8")
    return recipe
