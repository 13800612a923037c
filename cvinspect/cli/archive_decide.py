"""`cvinspect archive overrule|concede|enter|hold|release`: what people decide or add, as rows of their own."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Any, Literal, cast

import typer

from cvinspect.archive import Archive
from cvinspect.archive.schema import JOURNAL
from cvinspect.archive.values import Concession, Entry, Hold, Judgement, Overrule, Record, Release
from cvinspect.cli.archive_options import (
    FolderArgument,
    RecordOption,
    ScopeOption,
    WhoOption,
    WhyOption,
    day_of,
    pairs,
    words_of,
)
from cvinspect.cli.options import Lang, LangOption
from cvinspect.config import load_limits
from cvinspect.errors import ArchiveError
from cvinspect.model import Kind, Measured, Outcome, Verdict
from cvinspect.pipeline.again import SIZES, judge_again, policy_of, refuse_misfit, table_of
from cvinspect.pipeline.record import limits_documents
from cvinspect.report.archive_text import sentence
from cvinspect.words import noun, say


def add_to(app: typer.Typer) -> None:
    """Registers the commands."""
    for command in (overrule, concede, enter, hold, release):
        app.command()(command)


def _written(row: int, lang: Lang) -> None:
    print(say("archive_row_written", {"row": row}, lang.value))


def overrule(
    folder: FolderArgument,
    record: RecordOption,
    to: Annotated[Literal["PASS", "FAIL", "REVIEW"], typer.Option("--to", help="What holds instead.")],
    who: WhoOption,
    why: WhyOption,
    lang: LangOption = Lang.EN,
) -> None:
    """A person decides otherwise about a record. Its verdict stays; what becomes of the part changes."""
    row = Overrule(to=Outcome(to), who=words_of(who, "--who"), why=words_of(why, "--why"))
    with Archive(folder, write=True) as archive:
        _written(archive.note(row, record), lang)


def concede(
    folder: FolderArgument,
    scope: ScopeOption,
    expires: Annotated[str, typer.Option("--expires", help="Last day: what is inspected later is not covered.")],
    approver: Annotated[str, typer.Option("--approver", help="Who approved it.")],
    why: WhyOption,
    reference: Annotated[str, typer.Option("--reference", help="The customer's paper.")] = "",
    rule: Annotated[
        list[str] | None, typer.Option("--rule", help="Only parts that break nothing but these rules.")
    ] = None,
    most: Annotated[int | None, typer.Option("--most", min=1, help="At most so many parts.")] = None,
    lang: LangOption = Lang.EN,
) -> None:
    """Parts that FAIL or wait for REVIEW are accepted all the same (特采). Their verdicts stay."""
    row = Concession(
        scope=pairs(scope, "--scope"),
        expires=day_of(expires, "--expires"),
        approver=words_of(approver, "--approver"),
        why=words_of(why, "--why"),
        reference=reference,
        rules=tuple(rule or ()),
        most=most,
    )
    with Archive(folder, write=True) as archive:
        _written(archive.note(row), lang)


def hold(
    folder: FolderArgument, scope: ScopeOption, who: WhoOption, why: WhyOption, lang: LangOption = Lang.EN
) -> None:
    """Keep the pictures of parts, whatever their age: a complaint is open."""
    row = Hold(scope=pairs(scope, "--scope"), who=words_of(who, "--who"), why=words_of(why, "--why"))
    with Archive(folder, write=True) as archive:
        _written(archive.note(row), lang)


def release(
    folder: FolderArgument,
    row: Annotated[int, typer.Option("--row", min=1, help="The row that hold wrote.")],
    who: WhoOption,
    why: WhyOption,
    lang: LangOption = Lang.EN,
) -> None:
    """End a hold."""
    with Archive(folder, write=True) as archive:
        if not list(archive.rows((JOURNAL.c.kind == "hold") & (JOURNAL.c.seq == row))):
            raise ArchiveError(f"{folder}: row {row} is no hold")
        _written(archive.note(Release(hold=row, who=words_of(who, "--who"), why=words_of(why, "--why"))), lang)


def enter(
    folder: FolderArgument,
    record: RecordOption,
    face: Annotated[str, typer.Option("--face", help="The face that was looked at.")],
    kind: Annotated[str, typer.Option("--kind", help="What was looked for, as flash or short_shot.")],
    who: WhoOption,
    gauge: Annotated[str, typer.Option("--gauge", help="By what: gauge and its number, or the eye.")],
    size: Annotated[str, typer.Option("--size", metavar="NAME=MM", help=f"What it measures: {', '.join(SIZES)}.")] = "",
    u: Annotated[float | None, typer.Option("--u", min=0, help="Standard uncertainty of that; else unknown.")] = None,
    blob: Annotated[int | None, typer.Option("--blob", min=1, help="The record's blob that was measured.")] = None,
    none: Annotated[bool, typer.Option("--none", help="Looked over the whole face, and found nothing.")] = False,
    smallest: Annotated[float, typer.Option("--from-mm", min=0, help="From which size on it was looked for.")] = 0.0,
    function: Annotated[
        Literal["yes", "no"] | None, typer.Option("--affects-function", help="The answer to the drawing's question.")
    ] = None,
    limits: Annotated[str | None, typer.Option("--limits", help="Judge by this table, not the record's own.")] = None,
    lang: LangOption = Lang.EN,
) -> None:
    """Add what a camera cannot give, measured or seen by hand, and judge the part again. The verdict stays."""
    entry = Entry(
        face=face,
        kind=_kind(kind),
        who=words_of(who, "--who"),
        gauge=words_of(gauge, "--gauge"),
        found=not none,
        blob=blob,
        from_mm=smallest,
        affects_function=None if function is None else function == "yes",
        **_size(size, u),
    )
    if sum((none, bool(size), function is not None)) > 1 or (none and blob is not None):
        raise ArchiveError("give one of --size, --none and --affects-function; --none goes without --blob")
    with Archive(folder, write=True) as archive:
        stored = archive.one(record)
        told = cast(Record, stored.row)
        table = load_limits(limits) if limits else table_of(archive, told)
        policy = policy_of(archive, told)
        refuse_misfit(told, entry)
        row = archive.note(entry, record)
        entries = list(archive.rows((JOURNAL.c.record == record) & (JOURNAL.c.kind == "entry")))
        verdict = judge_again(told, table, policy, entries)
        documents = dict(limits_documents(table))
        judgement = Judgement(
            verdict=verdict,
            limits=table.name,
            limits_revision=table.revision,
            limits_sha256=table.sha256,
            software=version("cvinspect"),
            entries=tuple(one.seq for one in entries),
            documents=tuple(documents),
        )
        _written(row, lang)
        archive.note(judgement, record, documents)
    _show(verdict, lang)


def _kind(word: str) -> Kind:
    try:
        return Kind.named(word)
    except ValueError as bad:
        raise ArchiveError(str(bad)) from bad


def _size(text: str, u: float | None) -> dict[str, Any]:
    if not text:
        if u is not None:
            raise ArchiveError("--u goes with --size NAME=MM")
        return {}
    name, _, number = text.partition("=")
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    if name not in SIZES or not 0 <= value < 1e6:
        raise ArchiveError(f"--size {text}: write NAME=MM, as height_mm=0.05; names are {', '.join(SIZES)}")
    return {"size": name, "measured": Measured(value, u)}


def _show(verdict: Verdict, lang: Lang) -> None:
    print(f"{verdict.outcome:7} {noun(verdict.outcome.value, 'zh')}")
    said = []
    for finding in verdict.findings:
        if finding.outcome is not Outcome.PASS:
            said.append(finding.reason)
            print(f"    {finding.outcome:7} {sentence(finding.reason, lang.value)}")
    for reason in verdict.reasons:
        if reason not in said:
            print(f"    - {sentence(reason, lang.value)}")
