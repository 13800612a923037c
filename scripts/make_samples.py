"""Draws samples/ again, the same bytes each time, and prints what it wrote.

samples/NAME.png                 a rendered part face
samples/NAME.toml                what is in it, which recipe inspects it, which outcome is due, and why
samples/recipes/*.toml           the recipes
samples/calibrations/*.json      their calibrations
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from sample_recipes import Recipe, rounded
from sample_scenes import RECIPES, SAMPLES, Sample

from cvinspect.calibration import save_calibration, scale_calibration
from cvinspect.pictures import encode_png
from cvinspect.synth import Truth, render, truth

FOLDER = Path(__file__).resolve().parents[1] / "samples"
U_SCALE = 0.005


def picture_bytes(sample: Sample) -> bytes:
    """The picture file, cut off where the sample asks for it."""
    data = encode_png(render(sample.scene))
    return data[: int(len(data) * sample.kept)]


def truth_text(sample: Sample) -> str:
    """What is in the picture and what is due, as TOML."""
    recipe, scene = sample.recipe, sample.scene
    lines = [
        'schema = "cvinspect-truth/1"',
        f'picture = "{sample.name}.png"',
        f'recipe = "recipes/{recipe.name}.toml"',
        f'limits = "{recipe.limits}"',
        *([f'product_grade = "{recipe.product_grade}"'] if recipe.product_grade else []),
        f"mm_per_px = {scene.mm_per_px}",
        f"psf_sigma_px = {scene.camera.psf_sigma_px}",
        "",
        "[expected]",
        f'outcome = "{sample.outcome}"',
        f"rules = {_list(sample.rules)}",
        f"why.en = {_text(sample.en)}",
        f"why.zh = {_text(sample.zh)}",
        *(line for one in truth(scene) for line in _defect(one, recipe.face)),
    ]
    return "\n".join(lines) + "\n"


def _defect(one: Truth, face: str) -> list[str]:
    sizes = ("area_mm2", "diameter_mm", "length_mm", "width_mm", "max_dimension_mm", "height_mm")
    return [
        "",
        "[[defect]]",
        f'kind = "{one.kind}"',
        f'face = "{face}"',
        f"center_mm = [{one.center_mm[0]:.3f}, {one.center_mm[1]:.3f}]",
        *(f"{name} = {getattr(one, name):.4f}" for name in sizes if getattr(one, name) is not None),
        f"contrast_gray = {one.contrast_gray:.1f}",
    ]


def recipe_text(recipe: Recipe) -> str:
    """The recipe, as TOML."""
    part = recipe.name.removesuffix(f"-grade{recipe.grade}")
    lines = [
        f"# {recipe.note}",
        'schema = "cvinspect-recipe/1"',
        f'part = "{part}"',
        'pictures = "{part}.png"',
        "",
        "[limits]",
        f'name = "{recipe.limits}"',
        *([f'product_grade = "{recipe.product_grade}"'] if recipe.product_grade else []),
        *(
            line
            for kind, by in recipe.elsewhere.items()
            for line in ("", "[[elsewhere]]", f'kind = "{kind}"', f'by = "{by}"')
        ),
        "",
        "[[view]]",
        f'name = "{recipe.face}"',
        f'calibration = "../calibrations/{recipe.name}.json"',
        *_locating(recipe),
        "",
        "[[view.face]]",
        f'name = "{recipe.face}"',
        f'grade = "{recipe.grade}"',
        *_outline(recipe.outline_mm),
        f"traits = {_list(recipe.traits)}",
        *(
            line
            for kind in recipe.detect
            for line in (
                "",
                f"[view.detect.{kind}]",
                *([f'outline = "{recipe.flash_outline}"'] if kind == "flash" else []),
            )
        ),
    ]
    return "\n".join(lines) + "\n"


def _locating(recipe: Recipe) -> list[str]:
    """How the part is located, and the bands of its picture; nothing for a fixture."""
    lines = []
    if recipe.locate and recipe.empty.part is not None:
        lines += [
            "",
            "[view.locate]",
            'by = "outline"',
            *(f"{name} = {value}" for name, value in recipe.locate.items()),
        ]
        lines += _outline(rounded(recipe.empty.part))
    if recipe.fitness:
        lines += ["", "[view.fitness]", *(f"{name} = {band}" for name, band in recipe.fitness.items())]
    return lines


def _outline(outline_mm: tuple[tuple[float, float], ...] | None) -> list[str]:
    if outline_mm is None:
        return ['outline = "frame"']
    points = [f"[{x:g}, {y:g}]" for x, y in outline_mm]
    return ["outline = [", *(f"    {', '.join(points[i : i + 8])}," for i in range(0, len(points), 8)), "]"]


def _list(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def write_calibration(recipe: Recipe, path: Path) -> None:
    """A plain scale for the recipe's camera, with fixed dates."""
    scene = recipe.empty
    made = scale_calibration(
        scene.mm_per_px,
        scene.size_px,
        u_mm_per_px=round(scene.mm_per_px * U_SCALE, 9),
        camera=f"rendered, {recipe.name}",
        made_by="scripts/make_samples.py",
        made_at=datetime(2026, 1, 1, tzinfo=UTC),
        valid_until=datetime(2100, 1, 1, tzinfo=UTC),
        psf_sigma_px=scene.camera.psf_sigma_px,
    )
    save_calibration(made, path)


def main(names: list[str]) -> None:
    """Everything, or the pictures that are named, into samples/."""
    for folder in ("recipes", "calibrations"):
        (FOLDER / folder).mkdir(parents=True, exist_ok=True)
    for recipe in RECIPES:
        (FOLDER / f"recipes/{recipe.name}.toml").write_text(recipe_text(recipe), "utf-8", newline="\n")
        write_calibration(recipe, FOLDER / f"calibrations/{recipe.name}.json")
    total = 0
    for sample in SAMPLES:
        if names and sample.name not in names:
            continue
        data = picture_bytes(sample)
        (FOLDER / f"{sample.name}.png").write_bytes(data)
        (FOLDER / f"{sample.name}.toml").write_text(truth_text(sample), "utf-8", newline="\n")
        total += len(data)
        print(f"{sample.name:28} {sample.outcome:8} {len(data) / 1e6:5.2f} MB")
    print(f"{FOLDER}: {total / 1e6:.2f} MB of pictures, {len(RECIPES)} recipes")


if __name__ == "__main__":
    main(sys.argv[1:])
