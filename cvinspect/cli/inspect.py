"""`cvinspect inspect`: pictures to verdicts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from cvinspect.cli.options import (
    EXIT_CODES,
    AgreementsOption,
    AmbiguityOption,
    GradeOption,
    IdOption,
    JsonOption,
    Lang,
    LangOption,
    LearnedOption,
    LightOption,
    LimitsOption,
    RuleOption,
    exit_code,
)
from cvinspect.cli.results import Results
from cvinspect.cli.show import Progress, show
from cvinspect.config import Overrides, load_job
from cvinspect.config.job import Job
from cvinspect.errors import ConfigurationError
from cvinspect.model import Outcome
from cvinspect.pipeline import Judged, find_shots, line, parse_lights, parts_of, run
from cvinspect.report import ReportWriter
from cvinspect.report.of_job import heading_of, page_of

REPORT = "report.html"
RESULTS = "results.jsonl"


def inspect(
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURE|FOLDER...", help="Pictures, or folders of them.")],
    recipe: Annotated[Path, typer.Option("--recipe", help="What the part is and what is looked for.")],
    limits: LimitsOption = None,
    calibration: Annotated[Path | None, typer.Option("--calibration", help="Instead of the recipe's.")] = None,
    learned: LearnedOption = None,
    light: LightOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for report.html and results.jsonl [cvinspect-report].")
    ] = None,
    product_grade: GradeOption = None,
    decision_rule: RuleOption = None,
    ambiguity: AmbiguityOption = None,
    agreements: AgreementsOption = None,
    archive: Annotated[
        Path | None, typer.Option("--archive", help="Keep every verdict and picture in this archive.")
    ] = None,
    ids: IdOption = None,
    as_json: JsonOption = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Inspect pictures: find, measure, judge, and write a report."""
    overrides = Overrides(
        limits=limits,
        calibration=calibration,
        learned=learned,
        product_grade=product_grade.value if product_grade else None,
        decision_rule=decision_rule.value if decision_rule else None,
        ambiguity=ambiguity.value if ambiguity else None,
        agreements=agreements,
    )
    job = load_job(recipe, overrides)
    parts = parts_of(find_shots(pictures, job, parse_lights(light or ())), job)
    folder = out or (None if as_json else Path("cvinspect-report"))
    with ExitStack() as stack:
        keep = _keeper(stack, folder, job, lang.value, sum(map(len, parts)))
        if archive is not None or ids:
            from cvinspect.cli.archive_keep import kept_too  # loads sqlalchemy, which only an archive is worth

            keep = kept_too(keep, stack, archive, job, ids, calibration, parts, lang)
        outcomes = list(_each(run(parts, job), parts, job, lang, as_json, keep))
    if folder is not None:
        print(folder / REPORT, file=sys.stderr if as_json else sys.stdout)
    raise typer.Exit(exit_code(outcomes))


inspect.__doc__ = f"{inspect.__doc__}\n\n{EXIT_CODES}"


def _each(
    results: Iterator[Judged], parts: Sequence[Sequence[Any]], job: Job, lang: Lang, as_json: bool, keep: Any
) -> Iterator[Outcome]:
    """Shows and keeps one result after the other, with progress where there are many."""
    with Progress(sum(map(len, parts))) as progress:
        for judged in results:
            data = line(judged, job, lang.value)
            keep(judged, data)
            progress.clear()
            if as_json:
                print(json.dumps(data, ensure_ascii=False), flush=True)
            else:
                show(judged, lang.value)
            progress.step()
            yield judged.verdict.outcome


def _keeper(stack: ExitStack, folder: Path | None, job: Job, lang: Any, total: int) -> Any:
    """What writes a result to the report and to results.jsonl: a whole report or none, and whole lines."""
    if folder is None:
        return lambda judged, data: None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as bad:
        raise ConfigurationError(f"{folder}: cannot be written: {bad.strerror}; choose another --out") from bad
    results = stack.enter_context(Results(folder / RESULTS))
    report = stack.enter_context(ReportWriter(folder / REPORT, heading_of(job), lang, total))

    def keep(judged: Judged, data: dict[str, Any]) -> None:
        results.write(json.dumps(data, ensure_ascii=False))
        report.add(page_of(judged, job))

    return keep
