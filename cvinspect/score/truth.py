"""Where the truth of each picture stands, in which form; found out by what the files hold, not by their names.

A picture's truth file has the picture's name with another ending, anywhere below the truth's folder; where several
have it, the one whose folders agree furthest with the picture's counts.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cvinspect.errors import ConfigurationError
from cvinspect.forms import read_text
from cvinspect.pictures import clean_text
from cvinspect.score import scene, table, yolo
from cvinspect.score.classes import GOOD, Classes, Meaning
from cvinspect.score.labelme import read_labelme
from cvinspect.score.masks import read_mask
from cvinspect.score.scene import read_scene
from cvinspect.score.stated import Stated, no_labels
from cvinspect.score.yolo import read_yolo

TEXTS = (".toml", ".txt", ".json", ".csv")
MASKS = (".png", ".bmp", ".tif", ".tiff")
SCENE, LABELME, TABLE, MASK, YOLO = "truth TOML", "labelme JSON", "image labels", "masks", "YOLO"
_READ = "read are the samples' TOML, masks, YOLO boxes and OBB, labelme JSON, and a CSV of image labels (file,label)"


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The truth of many pictures. form: how it is written; of: each picture's; assumed_good: how many have no file."""

    path: str
    form: str
    of: Mapping[Path, Stated]
    files: int
    assumed_good: int = 0


def pictures_of(pictures: Sequence[Path], truth: Path) -> list[Path]:
    """The pictures without those that are masks: in the truth's folder, and called like another one."""
    if not truth.is_dir():
        return list(pictures)
    root = truth.resolve()
    inside = {path for path in pictures if path.suffix.lower() in MASKS and path.resolve().is_relative_to(root)}
    called = {path.with_suffix("") for path in pictures if path not in inside}
    return [path for path in pictures if path not in inside or path.with_suffix("") not in called]


def load_truth(path: Path, pictures: Sequence[Path], classes: Classes, unlabelled_good: bool = False) -> Truth:
    """The truth of every picture. Raises ConfigurationError in words: a truth that is missing, not understood, of
    several forms, or of an unknown class. unlabelled_good: a picture without a truth file is a good one."""
    if not path.exists():
        raise ConfigurationError(f"{clean_text(str(path))}: no such file or folder; {_READ}")
    sources = _in_folder(path, pictures) if path.is_dir() else _in_file(path, pictures)
    if path.is_file() and form_of(path) == TABLE:
        of = table.read_table(path, pictures, classes)
        return _complete(path, TABLE, of, 1, pictures, unlabelled_good)
    forms = {form_of(file): file for file in sources.values()}
    if len(forms) > 1:
        named = "; ".join(f"{file}: {form}" for form, file in sorted(forms.items()))
        raise ConfigurationError(f"{path}: holds truth of several forms ({named}); give the folder of one")
    form = next(iter(forms), "")
    of = {picture: _read(form, file, picture, classes) for picture, file in sources.items()}
    said = yolo.kind_of(_text(next(iter(sources.values())))) if form == YOLO else form
    return _complete(path, said, of, len(of), pictures, unlabelled_good)


def _complete(
    path: Path, form: str, of: dict[Path, Stated], files: int, pictures: Sequence[Path], unlabelled_good: bool
) -> Truth:
    """Refuses pictures without truth, or takes them as good."""
    bare = [picture for picture in pictures if picture not in of]
    if bare and (not of or not unlabelled_good):
        more = f" (and {len(bare) - 1} more)" if len(bare) > 1 else ""
        good = "where no label means good, add --unlabelled-good" if of else _READ
        raise ConfigurationError(f"{path}: holds no truth of {clean_text(str(bare[0]))}{more}; {good}")
    nothing = Stated(str(path), no_labels, whole=Meaning(GOOD, good=True), placed=form != TABLE)
    return Truth(str(path), form, {**of, **dict.fromkeys(bare, nothing)}, files, len(bare))


def form_of(path: Path) -> str:
    """How the truth in `path` is written, by what it holds. Raises ConfigurationError where it is none."""
    if path.suffix.lower() in MASKS:
        return MASK
    text = _text(path)
    if text.lstrip().startswith(("{", "[")) and '"shapes"' in text:
        return LABELME
    if yolo.is_yolo(text):
        return YOLO
    if _is_scene(text):
        return SCENE
    if "," in text.partition("\n")[0]:
        return TABLE
    raise ConfigurationError(f"{path}: holds no truth that is known; {_READ}")


def _is_scene(text: str) -> bool:
    try:
        return str(tomllib.loads(text).get("schema", "")).startswith("cvinspect-truth")
    except (ValueError, RecursionError):
        return scene.SCHEMA in text  # a slip further down is named by the form


def _text(path: Path) -> str:
    return read_text(path, ConfigurationError)


def _read(form: str, file: Path, picture: Path, classes: Classes) -> Stated:
    if form == SCENE:
        return read_scene(file, classes, picture.name)
    readers = {MASK: read_mask, LABELME: read_labelme, YOLO: read_yolo}
    if form not in readers:
        raise ConfigurationError(f"{file}: is a table of image labels; give the file itself as --truth")
    return readers[form](file, classes)


def _in_file(path: Path, pictures: Sequence[Path]) -> dict[Path, Path]:
    if form_of(path) != TABLE and len(pictures) > 1:
        raise ConfigurationError(
            f"{path}: is the truth of one picture, but {len(pictures)} are given; give the folder of all truth files"
        )
    return dict.fromkeys(pictures, path)


def _in_folder(folder: Path, pictures: Sequence[Path]) -> dict[Path, Path]:
    """The truth file of each picture that has one."""
    shown = {picture.resolve() for picture in pictures}
    named: dict[str, list[Path]] = {}
    for file in _files(folder):
        if file.resolve() not in shown:
            named.setdefault(file.stem, []).append(file)
    chosen = ((picture, _nearest(picture, named.get(picture.stem, []))) for picture in pictures)
    return {picture: file for picture, file in chosen if file is not None}


def _files(folder: Path) -> Iterable[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place) / name for name in sorted(names) if name.lower().endswith((*TEXTS, *MASKS)))


def _nearest(picture: Path, files: Sequence[Path]) -> Path | None:
    """The one whose folders agree furthest with the picture's, from the last one up."""
    if len(files) < 2:
        return files[0] if files else None
    agree = [_common(picture.resolve().parent.parts, file.resolve().parent.parts) for file in files]
    best = [file for file, count in zip(files, agree, strict=True) if count == max(agree)]
    if len(best) > 1:
        raise ConfigurationError(
            f"{best[0]} and {best[1]}: both may be the truth of {clean_text(str(picture))}; give the folder of one"
        )
    return best[0]


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    count = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        count += 1
    return count
