"""A job's heading and a picture's page, as the report wants them."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from cvinspect.config.job import Job
from cvinspect.judge import LimitTable
from cvinspect.model import CAMERA_KINDS, Kind
from cvinspect.pipeline import Judged
from cvinspect.report.values import Heading, Page


def heading_of(job: Job) -> Heading:
    """What all pages of the job share."""
    table = job.table
    calibrations = {view.calibration_name: view.calibration for view in job.views}
    ends = min(calibration.valid_until for calibration in calibrations.values())
    return Heading(
        recipe=job.recipe.name,
        recipe_sha256=job.recipe.sha256,
        limits=table.name if table else "",
        limits_revision=table.revision if table else "",
        limits_sha256=table.sha256 if table else "",
        limits_status=table.status if table else "",
        product_grade=(job.policy.product_grade or "oem") if table and table.has_product_grades else "",
        decision_rule=(job.policy.decision_rule or table.decision_rule) if table else "",
        overridden=job.overridden,
        ambiguity=job.policy.ambiguity,
        calibration=", ".join(calibrations),
        calibration_valid_until=f"{ends:%Y-%m-%d}",
        not_looked_for=tuple(kind for kind in Kind if kind not in CAMERA_KINDS),
        elsewhere=tuple(dict.fromkeys((str(said.kind), said.elsewhere) for said in job.elsewhere)),
        open_questions=_questions(job, table) if table else (),
        notes=job.notes,
        made_at=datetime.now(UTC),
        version=program_version(),
    )


def _questions(job: Job, table: LimitTable) -> tuple[tuple[str, str], ...]:
    """The open questions that touch a rule that answers for a face of this job."""
    grade = job.policy.product_grade or "oem"
    rules = {rule.id for face in job.faces for kind in CAMERA_KINDS for rule, _ in table.rules_for(kind, face, grade)}
    questions = [*table.open_question, *(table.base.open_question if table.base else ())]
    return tuple((q.question.en, q.question.zh) for q in questions if not q.touches or rules.intersection(q.touches))


def page_of(judged: Judged, job: Job) -> Page:
    """The page of one picture."""
    shot, seen = judged.shot, judged.seen
    view = next((view for view in job.views if view.name == shot.view), None)
    names = {face.name for face in view.faces} if view else set()
    return Page(
        picture=shot.picture,
        sha256=judged.sha256,
        part=shot.part,
        view=shot.view,
        verdict=judged.verdict,
        faces=view.faces if view else (),
        blobs=seen.blobs if seen else (),
        inspected=(*seen.inspected, *(said for said in job.elsewhere if said.face in names)) if seen else (),
        mm_per_px=view.calibration.mm_per_px if view else None,
        timing_ms=seen.timing_ms if seen else {},
        pixels=judged.frame.pixels if judged.frame else None,
        placement=seen.placement if seen else None,
    )


def program_version() -> str:
    """The version of the installed program."""
    try:
        return version("cvinspect")
    except PackageNotFoundError:
        return "not installed"
