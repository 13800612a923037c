"""A job made again from the texts that an archive keeps of it, and its pictures as they were inspected."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from cvinspect.archive import Document, Look, Record
from cvinspect.config import Overrides, limits_of, load_job
from cvinspect.config.job import Job
from cvinspect.config.recipe import RecipeFile
from cvinspect.errors import ArchiveError, PictureError, RecipeError
from cvinspect.forms import parse_toml
from cvinspect.judge import Agreement, LimitTable, Policy
from cvinspect.model import Frame, Pixels, Reason
from cvinspect.pictures import decode_picture
from cvinspect.pipeline.inspect import Read
from cvinspect.pipeline.shots import Shot

Texts = Mapping[Document, bytes]
ReadBytes = Callable[[str], bytes]
_DEEP = "0/1/2/3/4/5/6/7"  # so that a recipe's `../../` stays inside


def kept_table(texts: Texts) -> LimitTable | None:
    """The table whose text is kept first, with those that it inherits from; None where none is. Raises LimitsError."""
    limits = [(document.name, body) for document, body in texts.items() if document.kind == "limits"]
    return limits_of([body for _, body in limits], limits[0][0]) if limits else None


def kept_policy(told: Mapping[str, object], texts: Texts) -> Policy:
    """The choices in judging that a record was made with, its agreements among them."""
    signed = [json.loads(body) for document, body in texts.items() if document.kind == "agreements"]
    agreements = tuple(Agreement.model_validate_json(json.dumps(entry)) for entries in signed for entry in entries)
    choices = {name: told[name] for name in ("product_grade", "decision_rule", "ambiguity") if name in told}
    return Policy(**choices, agreements=agreements)  # type: ignore[arg-type]


def kept_job(
    texts: Texts, table: LimitTable | None, policy: Policy, now: datetime, notes: Sequence[Reason] = ()
) -> Job:
    """The job that the texts state, as of `now`, judged by `table`. Raises a ConfigurationError in words."""
    with tempfile.TemporaryDirectory(prefix="cvinspect-") as root:
        place = Path(root, _DEEP)
        place.mkdir(parents=True)
        path, calibration = _unpacked(texts, place)
        job = load_job(path, Overrides(calibration=calibration), now, judged_by=(table, policy))
    return replace(job, notes=(*job.notes, *notes))


def _unpacked(texts: Texts, place: Path) -> tuple[Path, Path | None]:
    """Where the recipe stands now, and the calibration that stood in for its own."""
    recipes = [(document, body) for document, body in texts.items() if document.kind == "recipe"]
    if not recipes:
        raise ArchiveError("no text of a recipe is kept; name one with --recipe")
    document, text = recipes[0]
    path = place / f"{Path(document.name).name or 'recipe'}.toml"
    path.write_bytes(text)
    recipe = parse_toml(text.decode(), RecipeFile, document.name, RecipeError)
    for one, body in texts.items():
        if one.kind == "file":
            _write(place, one.name, body)
    wanted = dict.fromkeys(view.calibration for view in recipe.view if view.calibration)
    kept = [(one, body) for one, body in texts.items() if one.kind == "calibration"]
    for name in wanted:
        fitting = next((pair for pair in kept if pair[0].name == Path(name).name), None)
        if fitting is not None:
            kept = [pair for pair in kept if pair is not fitting]
            _calibration(place, name, fitting[1], texts)
    if not kept:
        return path, None
    return path, _calibration(place, kept[0][0].name, kept[0][1], texts)


def _calibration(place: Path, name: str, body: bytes, texts: Texts) -> Path:
    """The calibration, and beside it the gains; what does not belong to it has another name."""
    path = _write(place, name, body)
    for one, gain in texts.items():
        if one.kind == "flat_field":
            _write(path.parent, Path(one.name).name, gain)
    return path


def _write(place: Path, name: str, body: bytes) -> Path:
    path = (place / name).resolve()
    root = place.parents[_DEEP.count("/")].resolve()
    if not path.is_relative_to(root):
        raise ArchiveError(f"the kept recipe names {name!r}, a file of its own machine; name a recipe with --recipe")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def kept_shots(record: Record) -> tuple[Shot, ...]:
    """The pictures of a record, in order."""
    return tuple(Shot(look.picture, Path(look.picture), record.identity.part, look.view) for look in record.looks)


def kept_read(record: Record, read: ReadBytes) -> Read:
    """What gives each shot its frame from the kept picture, its hash checked; `read`: a hash to bytes."""
    looks = dict(zip(kept_shots(record), record.looks, strict=True))

    def frame(shot: Shot) -> tuple[Frame, tuple[Reason, ...]]:
        look = looks[shot]
        if not look.stored:
            raise PictureError(f"{shot.picture}: the archive keeps no picture of it", "picture_missing")
        pixels = _pixels(look.stored, shot.picture, read)
        lights = {light: _pixels(name, shot.picture, read) for light, name in look.lights.items()}
        return _frame_of(look, pixels, lights, shot), ()

    return frame


def _frame_of(look: Look, pixels: Pixels, lights: Mapping[str, Pixels], shot: Shot) -> Frame:
    return Frame(
        pixels,
        part=shot.part,
        view=look.view,
        lights=MappingProxyType(dict(lights)),
        taken_at=look.taken_at,
        camera=look.camera,
        sha256=look.sha256,
        exif_turn=look.exif_turn,
        jpeg_quality=look.jpeg_quality,
    )


def _pixels(sha256: str, name: str, read: ReadBytes) -> Pixels:
    try:
        data = read(sha256)
    except (ArchiveError, OSError, KeyError) as bad:
        raise PictureError(f"{name}: {bad}", "picture_missing") from bad
    if hashlib.sha256(data).hexdigest() != sha256:
        raise PictureError(f"{name}: the kept picture was altered: its bytes do not have its hash", "picture_damaged")
    return decode_picture(data, name).pixels
