"""The pictures' way through the pipeline: by the recipe and calibration that are given; what is not, is assumed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from cvinspect.calibration import save_calibration, scale_calibration
from cvinspect.config import Job, Overrides, load_job, load_recipe
from cvinspect.errors import ConfigurationError, PictureError
from cvinspect.model import Calibration
from cvinspect.pictures import list_pictures, read_picture
from cvinspect.pipeline import NO_LIGHTS, Judged, Lights, Shot, find_shots, parts_of, run

Size = tuple[int, int]

ASSUMED_MM_PER_PX = 1.0
_ANY_SIZE = (1000, 1000)
_NAME = "assumed.json"
_DEFAULT = """\
schema = "cvinspect-recipe/1"
part = "any"

[[view]]
name = "front"

[[view.face]]
name = "frame"
grade = "-"

[view.detect.scratch]
[view.detect.dent]
[view.detect.foreign]
"""


class Road:
    """Inspects pictures. Without a recipe: scratch, dent and foreign matter with default knobs over the whole frame.

    Without a calibration, given or named by the recipe, pictures may be of any size, and their scale is mm_per_px,
    else what their truth states, else assumed to be 1 mm/px. Raises ConfigurationError where these do not fit.
    """

    def __init__(
        self,
        recipe: Path | None = None,
        calibration: Path | None = None,
        mm_per_px: float | None = None,
        learned: Path | None = None,
    ) -> None:
        if calibration is not None and mm_per_px is not None:
            raise ConfigurationError("--calibration and --mm-per-px: both say the scale; give one")
        if mm_per_px is not None and not 0 < mm_per_px < float("inf"):
            raise ConfigurationError(f"--mm-per-px {mm_per_px}: must be above 0 and finite")
        self._recipe, self._mm_per_px, self._learned = recipe, mm_per_px, learned
        self._jobs: dict[tuple[Size, float], Job] = {}
        self._last: Job | None = None
        if learned is not None and recipe is None:
            raise ConfigurationError("--learned: was learnt for a recipe; give --recipe too")
        named = recipe is not None and all(view.calibration for view in load_recipe(recipe).file.view)
        self._fixed = self._loaded(recipe, calibration) if self._is_fixed(calibration, named) else None

    def _is_fixed(self, calibration: Path | None, named: bool) -> bool:
        return calibration is not None or (named and self._mm_per_px is None)

    def _loaded(self, recipe: Path | None, calibration: Path | None) -> Job:
        if recipe is not None:
            return load_job(recipe, Overrides(calibration=calibration, learned=self._learned))
        with tempfile.TemporaryDirectory() as folder:
            text = Path(folder) / "default.toml"
            text.write_text(_DEFAULT, "utf-8")
            return load_job(text, Overrides(calibration=calibration))

    @property
    def recipe_name(self) -> str:
        """The recipe's name; empty without one."""
        return "" if self._recipe is None else self._job().recipe.name

    @property
    def calibration_names(self) -> tuple[str, ...]:
        """The calibrations' files; empty where the scale is not calibrated."""
        return () if self._fixed is None else tuple(dict.fromkeys(v.calibration_name for v in self._fixed.views))

    @property
    def calibrated(self) -> bool:
        """False where the scale is assumed, or taken from the truth."""
        return self._fixed is not None

    @property
    def scale_given(self) -> float | None:
        """The scale that the user gave without calibrating, mm/px."""
        return self._mm_per_px

    def calibration(self, view: str) -> Calibration:
        """What the picture that was inspected last in `view` was measured by."""
        views = self._job().views
        return next((one for one in views if one.name == view), views[0]).calibration

    def job(self, size: Size) -> Job:
        """What a picture of `size` (width, height) is inspected by."""
        return self._job(size)

    def shots(self, paths: Sequence[Path], lights: Lights = NO_LIGHTS) -> tuple[Shot, ...]:
        """The pictures that `paths` (pictures and folders) name, with their lights. Raises ConfigurationError."""
        return find_shots(paths, self._job(self._first_size(paths)), lights)

    def parts(self, shots: Sequence[Shot]) -> tuple[tuple[Shot, ...], ...]:
        """The shots by part."""
        return parts_of(shots, self._job())

    def inspect(self, shots: Sequence[Shot], mm_per_px: float | None = None) -> Iterator[Judged]:
        """One part's pictures, inspected. mm_per_px: what their truth states."""
        if self._fixed is not None:
            yield from run([shots], self._fixed)
            return
        scale = self._mm_per_px or mm_per_px or ASSUMED_MM_PER_PX
        job = self._job(scale=scale)
        done = list(run([shots], job))
        frame = next((judged.frame for judged in done if judged.frame is not None), None)
        if frame is not None and frame.size != job.views[0].calibration.size:
            done = list(run([shots], self._job(frame.size, scale)))
        yield from done

    def _job(self, size: Size | None = None, scale: float | None = None) -> Job:
        """The job for pictures of `size` at `scale`; None = those of the last one."""
        if self._fixed is not None:
            return self._fixed
        last = self._last.views[0].calibration if self._last is not None else None
        known = last.size if last else _ANY_SIZE
        key = (size or known, scale or (last.mm_per_px if last else self._mm_per_px or ASSUMED_MM_PER_PX))
        if key not in self._jobs:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / _NAME
                save_calibration(scale_calibration(key[1], key[0]), path)
                self._jobs[key] = self._loaded(self._recipe, path)
        self._last = self._jobs[key]
        return self._last

    @staticmethod
    def _first_size(paths: Sequence[Path]) -> Size | None:
        for path in paths:
            for file in list_pictures(path)[:1] if path.is_dir() else [path]:
                try:
                    height, width = read_picture(file).pixels.shape[:2]
                except PictureError:
                    continue
                return width, height
        return None
