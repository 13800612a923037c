"""What a job will and will not do, said before the first part."""

from __future__ import annotations

from collections.abc import Iterator

from cvinspect.config.job import Job, View
from cvinspect.detect import floors_mm
from cvinspect.judge import LimitTable
from cvinspect.judge.coverage import smallest_limit, unlimited
from cvinspect.locate import ByMarks, ByOutline
from cvinspect.model import CAMERA_KINDS, Face, Kind, Reason

_REVIEWS = {
    "limit_sample": "outlook_limit_sample",
    "tactile": "outlook_tactile",
    "functional_veto": "outlook_function",
    "not_stated": "outlook_not_stated",
}


def outlook(job: Job) -> Iterator[Reason]:
    """What is looked for from which size on, what is not, and which causes will send parts to REVIEW."""
    for view in job.views:
        yield from _before(view)
        for face in view.faces:
            yield Reason.of("outlook_face", face=face.name, grade=face.grade, view=view.name)
            for kind in CAMERA_KINDS:
                yield _looked_for(job, view, face, kind)
    if job.table is None:
        yield Reason.of("no_limits")
        return
    for face in job.faces:
        for kind in CAMERA_KINDS:
            yield from _reviews(job, job.table, face, kind)
    others = [str(kind) for kind in Kind if kind not in CAMERA_KINDS]
    yield Reason.of("outlook_never", kinds=others)
    yield from job.notes


def _before(view: View) -> Iterator[Reason]:
    """How the part is located, unless it lies in a fixture, and by which figures its picture is refused."""
    how = view.locator
    if isinstance(how, ByOutline | ByMarks):
        code = "outlook_by_outline" if isinstance(how, ByOutline) else "outlook_by_marks"
        if isinstance(how, ByOutline) and not how.turn_deg:
            code = "outlook_by_outline_only"
        yield Reason.of(code, view=view.name, turn=how.turn_deg, shift=how.shift_mm)
    if view.fitness:
        yield Reason.of("outlook_fitness", view=view.name, figures=tuple(view.fitness))


def _looked_for(job: Job, view: View, face: Face, kind: Kind) -> Reason:
    declared = next((e.elsewhere for e in job.elsewhere if e.face == face.name and e.kind is kind), "")
    if declared:
        return Reason.of("checked_elsewhere", kind=str(kind), face=face.name, by=declared)
    floor = floors_mm(view.looked_for, view.calibration.coarsest_mm_per_px, view.learned).get(kind)
    if floor is None:
        return Reason.of("outlook_not_looked", kind=str(kind), face=face.name)
    return Reason.of("outlook_looked", kind=str(kind), face=face.name, floor=floor)


def _reviews(job: Job, table: LimitTable, face: Face, kind: Kind) -> Iterator[Reason]:
    rules = table.rules_for(kind, face, job.policy.product_grade or "oem")
    if not rules:
        yield Reason.of("outlook_not_stated", kind=str(kind), face=face.name)
        return
    for rule, _ in rules:
        if rule.type in _REVIEWS:
            yield Reason.of(_REVIEWS[rule.type], kind=str(kind), face=face.name, rule=rule.id)
    view = _view(job, face)
    floor = floors_mm(view.looked_for, view.calibration.coarsest_mm_per_px, view.learned).get(kind)
    limit = smallest_limit(rules)
    if floor is not None and floor > limit * (1 + 1e-9):
        yield Reason.of("floor_above_limit_ahead", kind=str(kind), face=face.name, floor=floor, limit=limit)
    looked = _looked_for(job, view, face, kind)
    if looked.code == "outlook_not_looked" and not all(unlimited(rule, cell) for rule, cell in rules):
        yield Reason.of("outlook_every_part", kind=str(kind), face=face.name)


def _view(job: Job, face: Face) -> View:
    return next(view for view in job.views if face in view.faces)
