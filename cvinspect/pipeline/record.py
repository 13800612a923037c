"""From what was inspected to what an archive keeps: the record, its pictures as PNG, the texts behind it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from cvinspect.archive import Document, Identity, Look, Record
from cvinspect.config.job import Job, View
from cvinspect.errors import JudgeInputError, PictureError
from cvinspect.judge import LimitTable, judge
from cvinspect.model import Frame, Outcome, Reason, Verdict
from cvinspect.pictures import encode_png
from cvinspect.pipeline.inspect import Judged

PNG = b"\x89PNG\r\n\x1a\n"
_HARMLESS = {"exif_turned"}


@dataclass(frozen=True, slots=True)
class Kept:
    """What goes into the archive together. lost: the pictures that should have come along and could not be read."""

    record: Record
    pictures: tuple[bytes, ...]
    lost: int = 0


class Recorder:
    """Makes the records of one job. calibration: the file that stands in for the recipe's, as in `load_job`.

    Raises a ConfigurationError where a text of the job cannot be read any more.
    """

    def __init__(self, job: Job, identity: Identity, calibration: Path | None = None) -> None:
        self.job, self._identity = job, identity
        self.documents: dict[Document, bytes] = dict(_documents(job, calibration))
        self._software = version("cvinspect")

    def record(self, judged: Sequence[Judged], at: datetime | None = None) -> Kept:
        """The record of one part, from all its pictures as `run` gives them."""
        verdict = max((one.verdict for one in judged), key=lambda v: list(Outcome).index(v.outcome))
        stored = [_stored(one) for one in judged]
        looks = tuple(look_of(one, self.job, kept) for one, kept in zip(judged, stored, strict=True))
        record = self.noted(self.frame_of(judged[0].shot.part, looks, verdict, at))
        pictures = {name: data for kept in stored for name, data in kept.values()}
        lost = sum(1 for one, kept in zip(judged, stored, strict=True) if one.frame is not None and not kept)
        return Kept(record, tuple(pictures.values()), lost)

    def frame_of(self, part: str, looks: tuple[Look, ...], verdict: Verdict, at: datetime | None = None) -> Record:
        """A record of what was seen and decided, under this job."""
        job, table = self.job, self.job.table
        identity = replace(self._identity, part=self._identity.part or part)
        return Record(
            identity=replace(identity, customer=identity.customer or (table.name if table else "")),
            at=at or datetime.now(UTC),
            software=self._software,
            verdict=verdict,
            looks=looks,
            views=tuple(view.name for view in job.views),
            faces=job.faces,
            elsewhere=job.elsewhere,
            recipe=job.recipe.name,
            recipe_part=job.recipe.file.part,
            recipe_sha256=job.recipe.sha256,
            limits=table.name if table else "",
            limits_revision=table.revision if table else "",
            limits_sha256=table.sha256 if table else "",
            policy=_policy(job),
            documents=tuple(self.documents),
        )

    def noted(self, record: Record) -> Record:
        """With the reasons that do not come from the judge, and what no judging again can better for their sake."""
        verdict, job = record.verdict, self.job
        unseen = set(record.views) - {look.view for look in record.looks}
        if unseen or not all(look.inspected for look in record.looks):
            notes = verdict.reasons if verdict.outcome is Outcome.INVALID else job.notes
            return replace(record, notes=notes, floor=Outcome.INVALID)
        alone = self.by_the_judge(record)
        notes = tuple(reason for reason in verdict.reasons if reason not in alone.reasons)
        added = [note for note in notes if note not in job.notes and note.code not in _HARMLESS]
        order = list(Outcome)
        worse = order.index(verdict.outcome) > order.index(alone.outcome)
        floor = verdict.outcome if worse else Outcome.REVIEW if added else Outcome.PASS
        return replace(record, notes=notes, floor=floor)

    def by_the_judge(self, record: Record) -> Verdict:
        """What the judge alone says of what the record keeps."""
        if self.job.table is None:
            return Verdict(Outcome.REVIEW, (), (Reason.of("no_limits"),))
        try:
            return judge(record.blobs, record.inspected, record.faces, self.job.table, self.job.policy)
        except JudgeInputError:
            return Verdict(Outcome.PASS)


def _policy(job: Job) -> dict[str, object]:
    policy = job.policy
    told = {
        "product_grade": policy.product_grade,
        "decision_rule": policy.decision_rule,
        "ambiguity": policy.ambiguity,
        "overridden": job.overridden,
    }
    return {name: value for name, value in told.items() if value}


def look_of(judged: Judged, job: Job, stored: Mapping[str, tuple[str, bytes]]) -> Look:
    """What a record says of one picture. stored: by light ("" = the picture itself) the hash of what is kept of it."""
    shot, frame, seen = judged.shot, judged.frame, judged.seen
    view = next((view for view in job.views if view.name == shot.view), None)
    look = Look(
        view=shot.view,
        picture=shot.picture,
        sha256=judged.sha256,
        stored=stored[""][0] if stored else "",
        lights={light: name for light, (name, _) in stored.items() if light},
        calibration=view.calibration.sha256 if view else "",
        mm_per_px=view.calibration.mm_per_px if view else None,
    )
    if frame is not None:
        look = replace(
            look,
            camera=frame.camera,
            taken_at=frame.taken_at,
            exif_turn=frame.exif_turn,
            jpeg_quality=frame.jpeg_quality,
        )
    if seen is not None:
        look = replace(look, blobs=seen.blobs, inspected=seen.inspected, timing_ms=seen.timing_ms)
    return look


def _stored(judged: Judged) -> dict[str, tuple[str, bytes]]:
    """By light ("" the picture itself), hash and bytes of what is kept: the file as it is, else its pixels as PNG."""
    if judged.frame is None:
        return {}
    try:
        kept = {"": _file(judged) or encode_png(judged.frame.pixels)}
        kept |= {light: encode_png(pixels) for light, pixels in judged.frame.lights.items()}
    except PictureError:
        return {}
    return {light: (hashlib.sha256(data).hexdigest(), data) for light, data in kept.items()}


def _file(judged: Judged) -> bytes | None:
    """The inspected file's bytes where they are the PNG to keep; not where they changed since, or were turned."""
    assert isinstance(judged.frame, Frame)
    try:
        data = judged.shot.path.read_bytes()
    except OSError:
        return None
    same = hashlib.sha256(data).hexdigest() == judged.sha256
    return data if same and data.startswith(PNG) and judged.frame.exif_turn == 1 else None


def _documents(job: Job, calibration: Path | None) -> Iterator[tuple[Document, bytes]]:
    yield _document("recipe", job.recipe.name, job.recipe.text.encode())
    yield from limits_documents(job.table)
    for entry, view in zip(job.recipe.file.view, job.views, strict=True):
        path = calibration or job.recipe.path.parent / entry.calibration
        yield _document("calibration", view.calibration_name, _calibration(path, view))
        gain = path.with_suffix(".flat.png")
        if view.calibration.gain is not None and gain.is_file():
            yield _document("flat_field", gain.name, gain.read_bytes())
    for name, path in _named_files(job):
        yield _document("file", name, path.read_bytes())
    if job.policy.agreements:
        signed = [agreement.model_dump(mode="json", exclude_none=True) for agreement in job.policy.agreements]
        yield _document("agreements", "agreements", json.dumps(signed, ensure_ascii=False, sort_keys=True).encode())


def _named_files(job: Job) -> Iterator[tuple[str, Path]]:
    """The other files that the recipe names: what was learnt, drawings."""
    known = {entry.calibration for entry in job.recipe.file.view} | _limits_files(job)
    for name in sorted(set(_texts(job.recipe.file.model_dump(mode="json"))) - known):
        path = job.recipe.path.parent / name
        if 0 < len(name) < 255 and "\0" not in name and path.suffix and path.is_file():
            yield name, path


def _limits_files(job: Job) -> set[str]:
    entry = job.recipe.file.limits
    return {entry.name, entry.agreements} if entry else set()


def _texts(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for item in data.values():
            yield from _texts(item)
    elif isinstance(data, list):
        for item in data:
            yield from _texts(item)


def limits_documents(table: LimitTable | None) -> Iterator[tuple[Document, bytes]]:
    """The texts of a table: its own first, then each that the one before inherits from."""
    while table is not None:
        yield _document("limits", f"{table.name}@{table.revision}", table.text)
        table = table.base


def _calibration(path: Path, view: View) -> bytes:
    """The file's bytes; the seal in them is the one that the job was proved with, or the file was changed since."""
    data = path.read_bytes()
    if view.calibration.sha256.encode() not in data:
        raise JudgeInputError(f"{path}: was changed since it was loaded; start again")
    return data


def _document(kind: str, name: str, data: bytes) -> tuple[Document, bytes]:
    return Document(kind, name, hashlib.sha256(data).hexdigest()), data
