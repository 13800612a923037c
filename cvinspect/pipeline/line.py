"""The JSON contract: one object per picture, for other programs and for judging again (docs/json.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cvinspect.config.job import Job
from cvinspect.model import Blob, Face, Finding, Inspected, Measured, Reason, Verdict
from cvinspect.pipeline.inspect import Judged
from cvinspect.words import Language, say


def line(judged: Judged, job: Job, lang: Language) -> dict[str, Any]:
    """What is known of one picture, as plain data."""
    shot, seen = judged.shot, judged.seen
    view = next((view for view in job.views if view.name == shot.view), None)
    table = job.table
    looked_for = [*(seen.inspected if seen else ()), *job.elsewhere] if seen else []
    return {
        "picture": shot.picture,
        "part": shot.part,
        "view": shot.view,
        "lights": list(judged.frame.lights) if judged.frame else [],
        "sha256": judged.sha256,
        **verdict_data(judged.verdict, lang),
        "recipe": {
            "name": job.recipe.name,
            "part": job.recipe.file.part,
            "views": [view.name for view in job.views],
            "sha256": job.recipe.sha256,
        },
        "limits": None
        if table is None
        else {"name": table.name, "revision": table.revision, "sha256": table.sha256, "status": table.status},
        "calibration": None if view is None else {"name": view.calibration_name, "sha256": view.calibration.sha256},
        "learned": None
        if view is None or view.learned is None
        else {"name": view.learned.name, "sha256": view.learned.sha256},
        "mm_per_px": None if view is None else view.calibration.mm_per_px,
        "faces": [face_data(face) for face in (view.faces if view else ())],
        "inspected": [inspected_data(entry) for entry in looked_for if view and entry.face in _names(view.faces)],
        "blobs": [blob_data(blob) for blob in (seen.blobs if seen else ())],
        "timing_ms": dict(seen.timing_ms) if seen else {},
    }


def _names(faces: Sequence[Face]) -> set[str]:
    return {face.name for face in faces}


def verdict_data(verdict: Verdict, lang: Language) -> dict[str, Any]:
    """Outcome, reasons in words, findings."""
    return {
        "outcome": str(verdict.outcome),
        "reasons": [sentence(reason, lang) for reason in verdict.reasons],
        "findings": [_finding(finding, lang) for finding in verdict.findings],
    }


def sentence(reason: Reason, lang: Language) -> str:
    """The reason in words."""
    return say(reason.code, reason.values, lang)


def _finding(finding: Finding, lang: Language) -> dict[str, Any]:
    return {
        "blobs": list(finding.blobs),
        "rule": finding.rule,
        "outcome": str(finding.outcome),
        "readings": [{"name": reading.name, "outcome": str(reading.outcome)} for reading in finding.readings],
        "quantity": finding.quantity,
        "measured": _rounded(finding.measured),
        "allowed": _rounded(finding.allowed),
        "margin": _rounded(finding.margin),
        "reason": sentence(finding.reason, lang),
    }


def face_data(face: Face) -> dict[str, Any]:
    """A face as the contract spells it."""
    return {"name": face.name, "grade": face.grade, "traits": list(face.traits)}


def inspected_data(entry: Inspected) -> dict[str, Any]:
    """What was looked for; `elsewhere` stands only where it is checked by other means."""
    data: dict[str, Any] = {
        "face": entry.face,
        "kind": str(entry.kind),
        "from_mm": entry.from_mm,
        "coverage": entry.coverage,
    }
    return {**data, "elsewhere": entry.elsewhere} if entry.elsewhere else data


def blob_data(blob: Blob) -> dict[str, Any]:
    """A blob as the contract spells it; sizes at full precision, so that judging again gives the same."""
    return {
        "id": blob.id,
        "kind": str(blob.kind),
        "may_be": [str(kind) for kind in blob.may_be],
        "faces": list(blob.faces),
        "center_px": None if blob.center_px is None else [round(x, 3) for x in blob.center_px],
        "center_mm": list(blob.center_mm),
        "bbox_px": None if blob.bbox_px is None else list(blob.bbox_px),
        "area_mm2": _measured(blob.area_mm2),
        "diameter_mm": _measured(blob.diameter_mm),
        "length_mm": _measured(blob.length_mm),
        "width_mm": _measured(blob.width_mm),
        "max_dimension_mm": _measured(blob.max_dimension_mm),
        "height_mm": _measured(blob.height_mm),
        "outline_mm": None if blob.outline_mm is None else [list(point) for point in blob.outline_mm],
        "contrast_gray": _rounded(blob.contrast_gray),
        "strength": _rounded(blob.strength),
        "doubt": blob.doubt.words(),
        "light": blob.light,
    }


def _measured(size: Measured | None) -> dict[str, float | None] | None:
    return None if size is None else {"value": size.value, "u": size.u}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 9)
