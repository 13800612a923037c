"""The learned file that a view names, proved to be this view's."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from cvinspect.config.recipe import ViewEntry
from cvinspect.detect import Learned
from cvinspect.detect.learned_file import read_learned
from cvinspect.errors import LearnedError
from cvinspect.fitness import Band
from cvinspect.model import Calibration
from cvinspect.pictures import clean_text

SCALES_DIFFER = 0.02


def sha256_of(entry: ViewEntry) -> str:
    """Of what learning depends on in a recipe: the faces, how the part is located, what is looked for."""
    told = entry.model_dump(
        mode="json", include={"face": {"__all__": {"name", "outline"}}, "locate": True, "detect": True}
    )
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def check_learnable(where: str, view: str, pattern_mm: float | None, turned: bool) -> None:
    """Raises LearnedError where the view says by itself what its ground is."""
    word = "pattern_mm" if pattern_mm is not None else "turned" if turned else ""
    if word:
        raise LearnedError(
            f"{where}: view {view!r} has {word}, which says by itself what the ground is: nothing can be learnt of it; "
            "keep one of the two"
        )


def load_learned(path: Path, part: str, entry: ViewEntry, calibration: Calibration) -> tuple[Learned, dict[str, Band]]:
    """What `path` holds, and within which bands the figures of its pictures lay.

    Raises LearnedError where it cannot be read, or was learnt for another part, view, camera,
    size, scale or recipe."""
    told, where = read_learned(path), str(path)
    size = told.size_px or calibration.size
    checks = (
        ("part", told.part, part),
        ("view", told.view, entry.name),
        ("camera", told.camera, calibration.camera),
        ("size_px", "{}x{}".format(*size), "{}x{}".format(*calibration.size)),
    )
    for what, own, wanted in checks:
        if own != wanted:
            raise LearnedError(f"{where}: {what} = {clean_text(own)!r}, but here it is {wanted!r}; learn again")
    if abs(told.mm_per_px / calibration.mm_per_px - 1) > SCALES_DIFFER:
        raise LearnedError(
            f"{where}: mm_per_px = {told.mm_per_px:g}, but the calibration's is {calibration.mm_per_px:g}; learn again"
        )
    if told.recipe_sha256 != sha256_of(entry):
        raise LearnedError(
            f"{where}: was learnt for other faces, another way to locate the part or other detectors than the recipe's "
            f"view {entry.name!r} has now; learn again"
        )
    bands = {name: Band(reference, low, high) for name, (reference, low, high) in told.fitness.items()}
    return told.value(clean_text(path.name)), bands
