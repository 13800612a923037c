"""`cvinspect judge`: judging without a picture."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cvinspect.cli.options import (
    EXIT_CODES,
    AgreementsOption,
    AmbiguityOption,
    GradeOption,
    JsonOption,
    Lang,
    LangOption,
    RuleOption,
    exit_code,
)
from cvinspect.config import load_agreements, load_limits, parse_blobs
from cvinspect.config.blobs import GivenBlobs
from cvinspect.errors import JudgeInputError
from cvinspect.forms import read_text
from cvinspect.judge import LimitTable, Policy, in_force
from cvinspect.judge import judge as judge_blobs
from cvinspect.model import Outcome, Reason, Verdict
from cvinspect.pictures import clean_text
from cvinspect.pipeline.line import verdict_data
from cvinspect.words import noun


def judge(
    blobs: Annotated[Path, typer.Argument(metavar="BLOBS.json", help="Faces and blobs; - reads standard input.")],
    limits: Annotated[str, typer.Option("--limits", help="Limit table: NAME, NAME@REVISION, or a .toml file.")],
    product_grade: GradeOption = None,
    decision_rule: RuleOption = None,
    ambiguity: AmbiguityOption = None,
    agreements: AgreementsOption = None,
    part: Annotated[str | None, typer.Option("--part", help="The part, for agreements; else the input's own.")] = None,
    as_json: JsonOption = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Judge blobs that are given as JSON: written by hand, or lines of `inspect --json`."""
    table = load_limits(limits)
    signed = load_agreements(agreements) if agreements else ()
    judged = []
    for text, where in _objects(_read(blobs), str(blobs)):
        given = parse_blobs(text, where)
        in_use, why = in_force(signed, part or given.part, datetime.now(UTC).date())
        policy = Policy(
            product_grade=product_grade.value if product_grade else None,
            decision_rule=decision_rule.value if decision_rule else None,
            ambiguity=ambiguity.value if ambiguity else "review",
            agreements=in_use,
        )
        notes = [Reason.of("overridden", what=f"--decision-rule {decision_rule}")] if decision_rule else []
        verdict = _verdict(given, table, policy, where)
        judged.append((replace(verdict, reasons=(*verdict.reasons, *why, *notes)), given))
    for verdict, given in judged:
        _show(verdict, given, as_json, lang)
    raise typer.Exit(exit_code(verdict.outcome for verdict, _ in judged))


def _objects(text: str, where: str) -> list[tuple[str, str]]:
    """The JSON objects in `text`: one, or one a line as in results.jsonl; each with the place where it stands."""
    lines = [(line, number) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) > 1 and all(line.lstrip().startswith("{") and line.rstrip().endswith("}") for line, _ in lines):
        return [(line, f"{where}, line {number}") for line, number in lines]
    return [(text, where)]


def _show(verdict: Verdict, given: GivenBlobs, as_json: bool, lang: Lang) -> None:
    data = verdict_data(verdict, lang.value)
    data["reasons"] = [*(given.invalid or ()), *data["reasons"]]
    if as_json:
        print(json.dumps(data, ensure_ascii=False))
        return
    print(f"{verdict.outcome} {noun(verdict.outcome.value, 'zh')}  {clean_text(given.picture)}".rstrip())
    for reason in data["reasons"]:
        print(f"  {reason}")


judge.__doc__ = f"{judge.__doc__}\n\n{EXIT_CODES}"


def _verdict(given: GivenBlobs, table: LimitTable, policy: Policy, where: str) -> Verdict:
    """A line that was INVALID stays so: nothing was inspected then (DECISIONS 4)."""
    if given.invalid is not None:
        return Verdict(Outcome.INVALID, (), (Reason.of("stays_invalid"),))
    try:
        verdict = judge_blobs(given.blobs, given.inspected, given.faces, table, policy)
    except JudgeInputError as bad:
        raise JudgeInputError(f"{where}: {bad}") from bad
    if not given.one_of_several_views:
        return verdict
    said = (Reason.of("one_view_of_several"), *verdict.reasons)
    return Verdict(Outcome.worst([verdict.outcome, Outcome.REVIEW]), verdict.findings, said)


def _read(path: Path) -> str:
    if str(path) != "-":
        return read_text(path, JudgeInputError)
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        raise JudgeInputError("standard input is not UTF-8 text") from bad
