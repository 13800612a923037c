"""Records from lines of `cvinspect inspect --json`: what was inspected before there was an archive."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cvinspect.archive import Look, Record
from cvinspect.config import parse_blobs
from cvinspect.config.job import Job
from cvinspect.errors import ArchiveError, JudgeInputError, PictureError
from cvinspect.forms import load_json
from cvinspect.model import Finding, Outcome, Reading, Reason, Verdict
from cvinspect.pictures import clean_text, decode_picture, encode_png
from cvinspect.pipeline.line import sentence
from cvinspect.pipeline.record import PNG, Kept, Recorder
from cvinspect.words import LANGUAGES


@dataclass(frozen=True, slots=True)
class Told:
    """One line, and where it stands."""

    data: dict[str, Any]
    text: str
    where: str


def told_parts(text: str, where: str, job: Job) -> Iterator[tuple[Told, ...]]:
    """The lines of each part, in order. Raises ArchiveError where one is no line, or was made by another job."""
    parts: dict[str, list[Told]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            told = Told(_checked(line, f"{where}, line {number}", job), line, f"{where}, line {number}")
            key = f"{number}" if len(job.views) == 1 else str(told.data.get("part"))
            parts.setdefault(key, []).append(told)
    if not parts:
        raise ArchiveError(f"{where}: holds no line")
    yield from map(tuple, parts.values())


def _checked(line: str, where: str, job: Job) -> dict[str, Any]:
    data = load_json(line, where, ArchiveError)
    if not isinstance(data, dict) or not {"picture", "part", "outcome", "recipe", "blobs"} <= data.keys():
        raise ArchiveError(f"{where}: is no line of `cvinspect inspect --json`")
    ours = {"recipe": job.recipe.sha256, "limits": job.table.sha256 if job.table else None}
    view = next((view for view in job.views if view.name == data.get("view")), None)
    ours["calibration"] = view.calibration.sha256 if view else None
    for what, wanted in ours.items():
        stated = data.get(what)
        if (stated or {}).get("sha256") != wanted:
            raise ArchiveError(f"{where}: was made by another {what}; give the one that it was made by")
    return data


def told_record(parts: Sequence[Told], recorder: Recorder, root: Path) -> Kept:
    """The record that the lines of one part state. Pictures are looked for below `root`, their hashes checked.

    Raises JudgeInputError where a line states what no verdict can stand on.
    """
    looks, lost = [], 0
    pictures: dict[str, bytes] = {}
    for told in parts:
        name, data = _picture(told, root)
        looks.append(_look(told, name))
        pictures |= {name: data} if name else {}
        lost += not name
    record = recorder.frame_of(str(parts[0].data["part"]), tuple(looks), _verdict(parts))
    return Kept(_in_codes(record, recorder), tuple(pictures.values()), lost)


def _look(told: Told, stored: str) -> Look:
    given = parse_blobs(told.text, told.where)
    data = told.data
    scale = data.get("mm_per_px")
    own = tuple(entry for entry in given.inspected or () if not entry.elsewhere)
    return Look(
        view=clean_text(str(data.get("view", ""))),
        picture=clean_text(str(data["picture"])),
        sha256=str(data.get("sha256", "")),
        stored=stored,
        calibration=(data.get("calibration") or {}).get("sha256", ""),
        mm_per_px=float(scale) if scale else None,
        blobs=given.blobs,
        inspected=own,
        timing_ms={str(stage): float(took) for stage, took in (data.get("timing_ms") or {}).items()},
    )


def _picture(told: Told, root: Path) -> tuple[str, bytes]:
    """Hash and bytes of the PNG to keep; ("", b"") where the file is gone or is not the one that was inspected."""
    wanted = told.data.get("sha256")
    try:
        data = (root / str(told.data["picture"])).read_bytes()
        if not wanted or hashlib.sha256(data).hexdigest() != wanted:
            return "", b""
        data = data if data.startswith(PNG) else encode_png(decode_picture(data, told.where).pixels)
    except (OSError, ValueError, PictureError):
        return "", b""
    return hashlib.sha256(data).hexdigest(), data


def _verdict(parts: Sequence[Told]) -> Verdict:
    """As the lines state it: outcomes and numbers, the reasons as sentences."""
    try:
        worst = max(parts, key=lambda told: list(Outcome).index(Outcome(told.data["outcome"]))).data
        findings = tuple(_finding(one) for one in worst.get("findings", []))
        return Verdict(Outcome(worst["outcome"]), findings, tuple(map(_said, worst.get("reasons", []))))
    except (KeyError, TypeError, ValueError) as bad:
        raise JudgeInputError(f"{parts[0].where}: its verdict cannot be read: {bad}") from bad


def _finding(data: dict[str, Any]) -> Finding:
    readings = tuple(Reading(str(one["name"]), Outcome(one["outcome"])) for one in data["readings"])
    numbers = (None if data[name] is None else float(data[name]) for name in ("measured", "allowed", "margin"))
    blobs = tuple(map(int, data["blobs"]))
    outcome, reason = Outcome(data["outcome"]), _said(data["reason"])
    return Finding(str(data["rule"]), blobs, outcome, readings, reason, str(data["quantity"]), *numbers)


def _said(text: object) -> Reason:
    return Reason.of("as_told", message=clean_text(str(text)))


def _in_codes(record: Record, recorder: Recorder) -> Record:
    """The verdict in codes where the judge comes to the same today; what else was said then stays as sentences."""
    alone = recorder.by_the_judge(record)
    if record.verdict.outcome is not alone.outcome:
        return recorder.noted(record)
    known = {sentence(reason, lang) for reason in alone.reasons for lang in LANGUAGES}
    ours = {sentence(note, lang) for note in recorder.job.notes for lang in LANGUAGES}
    rest = tuple(one for one in record.verdict.reasons if one.values["message"] not in known | ours)
    notes = (*recorder.job.notes, *rest)
    verdict = replace(alone, reasons=(*alone.reasons, *notes))
    return recorder.noted(replace(record, verdict=verdict))
