"""`cvinspect regrade`: an archive, or old photographs, judged again."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import typer

from cvinspect.archive import Archive
from cvinspect.archive.ledger import Asked, Ledger, Run
from cvinspect.archive.settings import FILE
from cvinspect.cli import regrade_options as o
from cvinspect.cli.archive_options import WhereOption, words_of
from cvinspect.cli.options import (
    AgreementsOption,
    AmbiguityOption,
    GradeOption,
    JsonOption,
    Lang,
    LangOption,
    LightOption,
    LimitsOption,
    RuleOption,
)
from cvinspect.cli.regrade_show import Progress, duration, show, summary
from cvinspect.config import Overrides
from cvinspect.errors import ArchiveError, ConfigurationError
from cvinspect.pipeline import parse_lights
from cvinspect.regrade import Answering, Executor, Here, Pool, Question, Wanted, question
from cvinspect.regrade.answer import answer, row_in, told_rows, write_results
from cvinspect.regrade.sample import sampled
from cvinspect.report.regrade import write_regrade_report, write_regrade_workbook
from cvinspect.report.regrade_values import Answer
from cvinspect.words import Language, say

INCOMPLETE = 4
FEW = 2000  # so many records are judged in this process: starting others takes longer


def regrade(
    source: o.SourceArgument,
    limits: LimitsOption = None,
    where: WhereOption = "",
    from_pictures: o.FromPicturesOption = False,
    recipe: o.RecipeOption = None,
    calibration: o.CalibrationOption = None,
    archive: o.ArchiveOption = None,
    names: o.NamesOption = "",
    beside: o.ListOption = None,
    light: LightOption = None,
    as_of: o.AsOfOption = None,
    product_grade: GradeOption = None,
    decision_rule: RuleOption = None,
    ambiguity: AmbiguityOption = None,
    agreements: AgreementsOption = None,
    who: o.WhoOption = "",
    why: o.WhyOption = "",
    out: o.OutOption = Path("cvinspect-regrade"),
    ledger: o.LedgerOption = None,
    jobs: o.JobsOption = None,
    scheduler: o.SchedulerOption = "",
    time_limit: o.TimeLimitOption = 120.0,
    retry: o.RetryOption = False,
    unrecorded: o.UnrecordedOption = False,
    dry_run: o.DryRunOption = False,
    as_json: JsonOption = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Judge parts again, by another limit table, recipe or program: old against new, and the rule that changed each.

    No verdict of then is touched. Stopped or killed, the same command goes on. Exit code: 0 every part was judged
    again, 4 some could not be (they are listed), 2 usage or configuration error, 130 stopped.
    """
    photographs = _photographs(source, archive)
    overrides = Overrides(
        limits=limits,
        calibration=calibration,
        product_grade=product_grade.value if product_grade else None,
        decision_rule=decision_rule.value if decision_rule else None,
        ambiguity=ambiguity.value if ambiguity else None,
        agreements=agreements,
    )
    told: dict[str, Any] = {
        "where": where,
        "from_pictures": from_pictures,
        "day": _day(as_of),
        "time_limit_s": time_limit,
    }
    told |= {"folder": photographs, "names": names, "beside": beside, "lights": parse_lights(light or ())}
    wanted = Wanted(overrides=overrides, recipe=recipe, **told)
    folder = archive if photographs else source
    place = ledger or (folder / "regrade" if folder else out)
    desk = _Desk(folder, place, out, jobs or _cores(), scheduler, lang, retry, unrecorded, as_json)
    _asked(wanted, desk, who, why, dry_run)


def _asked(wanted: Wanted, desk: _Desk, who: str, why: str, dry_run: bool) -> None:
    with ExitStack() as stack:
        opened = stack.enter_context(Archive(desk.archive)) if desk.archive else None
        asked = question(wanted, opened)
        if dry_run:
            _dry_run(asked, desk)
            return
        found = _answered(asked, desk, words_of(who or _user(), "--who"), why.strip())
    if desk.quiet:
        print(json.dumps(summary(found), ensure_ascii=False))
    lost = found.counts["failed"] + found.counts["quarantined"]
    if found.asked != found.counts["done"] + lost:
        told = {"count": found.asked, "out": found.counts["done"] + lost}
        print(say("regrade_miscount", told, desk.lang.value), file=sys.stderr)
    elif not lost:
        return
    raise typer.Exit(INCOMPLETE)


def _photographs(source: Path, archive: Path | None) -> Path | None:
    """The folder of photographs; None where the source is an archive. Raises ConfigurationError where it is neither."""
    if (source / FILE).exists():
        if archive is not None:
            raise ConfigurationError(f"--archive goes with a folder of photographs; {source} is an archive itself")
        return None
    if not source.is_dir():
        raise ConfigurationError(f"{source}: no such folder; name an archive, or a folder of photographs")
    return source


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where things are, and how many work."""

    archive: Path | None
    ledger: Path
    out: Path
    jobs: int
    scheduler: str
    lang: Lang
    retry: bool
    unrecorded: bool
    quiet: bool


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as bad:
        raise ConfigurationError(f"--as-of {text}: write a day as 2026-01-31") from bad


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _some(asked: Iterator[Asked], lang: Lang) -> Iterator[Asked]:
    """The same; raises ArchiveError where there is nothing."""
    first = next(asked, None)
    if first is None:
        raise ArchiveError(say("archive_nothing", {}, lang.value))
    yield first
    yield from asked


def _answered(asked: Question, desk: _Desk, who: str, why: str) -> Answer:
    """Works until every part has its result, then writes the row and the report."""
    try:
        desk.out.mkdir(parents=True, exist_ok=True)
    except OSError as bad:
        raise ConfigurationError(f"{desk.out}: cannot be written: {bad.strerror}; choose another --out") from bad
    with Ledger(desk.ledger) as ledger:
        run = _run(asked, ledger, who, why, desk)
        refusal, row = None, 0
        if asked.archive is not None and not desk.unrecorded:
            try:
                row = _row(asked, run, ledger)
            except ArchiveError as bad:
                refusal = bad
        if refusal is None:
            ledger.close_run(run, run.digest, row)
        found = answer(asked, run, ledger, row)
        _write(found, ledger, run, desk)
        show(found, told_rows(ledger, run), desk, desk.quiet)
    if refusal is not None:
        later = "the answer has no row in the archive yet; the same command again writes it, --unrecorded goes without"
        raise ArchiveError(f"{refusal}\n{later}")
    return found


def _run(asked: Question, ledger: Ledger, who: str, why: str, desk: _Desk) -> Run:
    """The run, its last part ended."""
    spec = asked.spec()
    lang: Language = desk.lang.value
    known = ledger.unfinished(spec)
    with Progress(lang) as progress:
        source = asked.source(known.began if known else datetime.now(UTC), progress.listed)
        run = known or ledger.begin(spec, who, why, _some(source.asked(), desk.lang))
        if known or desk.retry:
            ledger.resume(run, desk.retry)
        left = ledger.counts(run)["pending"]
        if known:
            told = {"number": run.id, "message": f"{run.began:%Y-%m-%d %H:%M}", "left": left, "count": run.asked}
            progress.line(say("regrade_resumed", told, lang))
        progress.begin(left)
        executor = _executor(desk, source.how.mode == "judge" and run.asked <= FEW)
        Answering(ledger, run, source, executor, progress.step).all()
    return replace(run, digest=ledger.digest(run), ended=datetime.now(UTC))


def _executor(desk: _Desk, is_few: bool) -> Executor:
    if desk.scheduler:
        from cvinspect.regrade.cluster import Cluster  # loads dask

        return Cluster(desk.scheduler)
    return Here() if is_few else Pool(desk.jobs)


def _row(asked: Question, run: Run, ledger: Ledger) -> int:
    assert asked.archive is not None
    ledger.close_run(run, run.digest, None)
    with Archive(asked.archive.folder, write=True) as archive:
        return row_in(archive, asked, run, answer(asked, run, ledger, 0))


def _write(found: Answer, ledger: Ledger, run: Run, desk: _Desk) -> None:
    out = desk.out
    lang: Language = desk.lang.value
    write_regrade_report(out / "regrade.html", found, lambda: told_rows(ledger, run), lang)
    write_regrade_workbook(out / "regrade.xlsx", found, lambda: told_rows(ledger, run), lang)
    write_results(out / "results.jsonl", ledger, run)


def _dry_run(asked: Question, desk: _Desk) -> None:
    source = asked.source(datetime.now(UTC))
    executor: Executor = Here() if asked.how.mode == "judge" else Pool(1)
    parts, tried, seconds = sampled(source, executor)
    if not parts:
        raise ArchiveError(say("archive_nothing", {}, desk.lang.value))
    long = duration(seconds / tried * parts / desk.jobs, desk.lang.value)
    told = {"count": parts, "message": long, "jobs": desk.jobs, "sampled": tried}
    print(say("regrade_dry", told, desk.lang.value))
