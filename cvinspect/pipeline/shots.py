"""Which pictures there are, and which part and view each shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cvinspect.config.job import Job
from cvinspect.config.recipe import pattern_of
from cvinspect.errors import ConfigurationError
from cvinspect.pictures import clean_text, list_pictures
from cvinspect.pipeline.lights import NO_LIGHTS, Beside, Lights, check_lights


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture file: its name as the user gave it, its path, the part and view it shows; misfit: why it shows none.

    lights: name and path of its further lights.
    """

    picture: str
    path: Path
    part: str
    view: str
    misfit: str = ""
    lights: tuple[tuple[str, Path], ...] = ()


def find_shots(paths: Iterable[Path], job: Job, lights: Lights = NO_LIGHTS) -> tuple[Shot, ...]:
    """The pictures that `paths` (pictures and folders) name, in order, with their `lights`. Raises ConfigurationError.

    A picture of a folder is called folder/relative path. A file that does not exist is refused here; one that is no
    picture is found out when it is read.
    """
    shots: list[Shot] = []
    for path in paths:
        if path.is_dir():
            inside = list_pictures(path)
            if not inside:
                raise ConfigurationError(f"{path}: no pictures in this folder; PNG, JPEG, TIFF and BMP are read")
            shots += [_shot(file, job) for file in inside]
        elif path.exists() or path.is_symlink():
            shots.append(_shot(path, job))
        else:
            raise ConfigurationError(f"{clean_text(str(path))}: no such file or folder")
    check_lights(lights, job.views, len(shots))
    beside = Beside(lights)
    return tuple(replace(shot, lights=beside.of(shot.path)) for shot in shots) if lights else tuple(shots)


def _shot(path: Path, job: Job) -> Shot:
    picture = clean_text(str(path))
    only_view = job.views[0].name if len(job.views) == 1 else ""
    pattern = job.recipe.file.pictures
    if not pattern:
        return Shot(picture, path, clean_text(path.stem), only_view)
    fits = pattern_of(pattern).fullmatch(path.name)
    if fits is None:
        return Shot(picture, path, clean_text(path.stem), only_view, f"its name does not fit {pattern}")
    named = fits.groupdict()
    view = clean_text(named.get("view") or only_view)
    known = [v.name for v in job.views]
    misfit = "" if view in known else f"the recipe has no view {view!r}; it has {', '.join(known)}"
    return Shot(picture, path, clean_text(named.get("part") or path.stem), view, misfit)


def parts_of(shots: Sequence[Shot], job: Job) -> tuple[tuple[Shot, ...], ...]:
    """The shots grouped by part. With one view every picture is a part of its own, whatever its name."""
    if len(job.views) == 1:
        return tuple((shot,) for shot in shots)
    groups: dict[tuple[str, str], list[Shot]] = {}
    for shot in shots:
        groups.setdefault((str(shot.path.parent), shot.part), []).append(shot)
    return tuple(tuple(group) for group in groups.values())
