"""The proof that a job's parts fit, before the first part is inspected."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from cvinspect.detect import ScratchDetector, floors_mm
from cvinspect.errors import LimitsError, RecipeError
from cvinspect.judge import LimitTable
from cvinspect.judge.coverage import smallest_limit
from cvinspect.locate import placed
from cvinspect.model import Calibration, Face, Kind, Points

if TYPE_CHECKING:
    from cvinspect.config.job import Job, View

SMALLEST_FACE_PX = 3.0


def prove(job: Job, refuse_unresolved: bool) -> None:
    """Raises RecipeError or LimitsError: a face too small to be seen, something that nobody would find, a size below
    what the pixels show, a face grade that the table does not know, or (refuse_unresolved) a limit finer than what is
    looked for."""
    for view in job.views:
        _prove_scratch(job, view)
        _prove_smallest(job, view)
        for face in view.faces:
            _prove_size(job, view, face)
            if job.table is not None:
                _prove_grade(job, job.table, face)
                if refuse_unresolved:
                    _prove_resolvable(job, job.table, view, face)


def _prove_scratch(job: Job, view: View) -> None:
    scratch = view.looked_for.get(Kind.SCRATCH)
    narrowed = isinstance(scratch, ScratchDetector) and scratch.widest_mm is not None
    if narrowed and Kind.FOREIGN_MATTER not in view.looked_for:
        raise RecipeError(
            f"{job.recipe.path}: view {view.name!r}, detect.scratch.widest_mm: what is wider would be found by nobody; "
            "add [view.detect.foreign], or leave widest_mm out"
        )


def _prove_smallest(job: Job, view: View) -> None:
    """A size that the pixels cannot show is refused: who asks for it would believe that it is looked for."""
    scale = view.calibration.coarsest_mm_per_px
    seen = floors_mm({kind: replace(cast(Any, one), smallest_mm=None) for kind, one in view.detectors.items()}, scale)
    for kind, detector in view.detectors.items():
        told: float = getattr(detector, "smallest_mm", None) or 0.0
        least = seen[kind]
        if least is not None and 0 < told < least * (1 - 1e-9):
            raise RecipeError(
                f"{job.recipe.path}: view {view.name!r}, smallest_mm = {told:g} for {kind}: at {scale:g} mm/px nothing "
                f"under {least:.3g} mm can be seen; use a finer scale, raise smallest_mm, or leave it out"
            )


def _prove_size(job: Job, view: View, face: Face) -> None:
    scale = view.calibration.coarsest_mm_per_px
    corners = _corners_mm(face, view.calibration)
    sides = np.ptp(corners, axis=0)
    where = f"{job.recipe.path}: face {face.name!r} is {sides[0]:.3g} x {sides[1]:.3g} mm"
    if not _is_seen(corners, view.calibration):
        raise RecipeError(f"{where} and reaches where this camera sees nothing; draw it within the calibrated picture")
    if sides.min() < SMALLEST_FACE_PX * scale:
        raise RecipeError(f"{where}, less than {SMALLEST_FACE_PX:g} px of {scale:g} mm; draw it larger")
    for kind, floor in floors_mm(view.looked_for, scale, view.learned).items():
        if floor is not None and floor > np.hypot(*sides):
            raise RecipeError(f"{where}, but {kind} is looked for from {floor:.3g} mm on only; lower smallest_mm")


def _corners_mm(face: Face, calibration: Calibration) -> Points:
    if face.outline_mm is not None:
        return np.array(face.outline_mm, dtype=np.float64)
    return calibration.to_mm(placed([face], calibration).outlines_px[0])


def _is_seen(corners_mm: Points, calibration: Calibration) -> bool:
    """False where the lens model folds: far outside the picture it maps two places onto one."""
    again = calibration.to_mm(calibration.to_px(corners_mm))
    return bool(np.abs(again - corners_mm).max() < calibration.coarsest_mm_per_px)


def _prove_grade(job: Job, table: LimitTable, face: Face) -> None:
    if table.grade_of(face) is None:
        raise RecipeError(
            f"{job.recipe.path}: face {face.name!r}: unknown face grade {face.grade!r}; "
            f"{table.name} knows {', '.join(grade.grade for grade in table.known_grades)}"
        )


def _prove_resolvable(job: Job, table: LimitTable, view: View, face: Face) -> None:
    declared = {said.kind for said in job.elsewhere if said.face == face.name}
    scale = view.calibration.coarsest_mm_per_px
    for kind, floor in floors_mm(view.looked_for, scale, view.learned).items():
        limit = smallest_limit(table.rules_for(kind, face, job.policy.product_grade or "oem"))
        if floor is None or kind in declared or floor <= limit * (1 + 1e-9):
            continue
        raise LimitsError(
            f"{job.recipe.path}: face {face.name!r}, grade {face.grade}: the smallest limit of {table.name} for {kind} "
            f"is {limit:.3g} mm, but at {scale:g} mm/px it is looked for from {floor:.3g} mm on "
            "only; use a finer scale, lower smallest_mm, declare it in [[elsewhere]], or set "
            'unresolved = "review" under [limits]'
        )
