"""`cvinspect limits`: the customers' tables."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import typer

from cvinspect.cli.options import GradeOption, Lang, LangOption
from cvinspect.config import list_limits, load_limits
from cvinspect.errors import LimitsError
from cvinspect.judge import LimitTable, Policy, judge
from cvinspect.judge.difference import differences
from cvinspect.model import Blob, Face, Kind, Measured
from cvinspect.pipeline.line import sentence
from cvinspect.report.table import table_lines
from cvinspect.words import Language, noun

app = typer.Typer(help="Limit tables: list, show, check, explain, compare.", no_args_is_help=True)

LARGEST_MM = 1000.0
Name = Annotated[str, typer.Argument(metavar="NAME", help="NAME, NAME@REVISION, or a .toml file.")]


@app.command("list")
def list_() -> None:
    """List the built-in tables."""
    for name in list_limits():
        table = load_limits(name)
        rules = sum(1 for _ in table.all_rules())
        source = f", inherits {table.inherits.table}" if table.inherits else ""
        title = f"{table.title.zh} / {table.title.en}"
        print(f"{name:16} {table.revision:14} {table.status:9} {rules:3} rules  {title}{source}")


@app.command()
def show(name: Name, lang: LangOption = Lang.EN) -> None:
    """Show a table: every rule and cell with where it comes from, viewing, sampling, open questions."""
    for row in table_lines(load_limits(name), lang.value):
        print(row)


@app.command()
def check(file: Annotated[Path, typer.Argument(metavar="FILE", help="A table's .toml file.")]) -> None:
    """Check a table: every fault with file, key, what stood there and what is allowed."""
    if file.suffix.lower() != ".toml":
        raise LimitsError(f"{file}: a limit table is a .toml file")
    table = load_limits(str(file))
    cells = sum(len(rule.cell) for rule in table.all_rules())
    if not cells:
        print(f"{file}: it has no rule: every part is REVIEW or decided by nothing but its absence of findings")
    print(f"{file}: {table.name} {table.revision} ({table.status}): {cells} cells, every size answered once")


@app.command()
def explain(
    name: Name,
    face: Annotated[str, typer.Option("--face", help="Face grade.")],
    kind: Annotated[str, typer.Option("--kind", help="Kind of imperfection, as foreign_matter.")],
    size: Annotated[float, typer.Option("--size", min=0, help="Size in mm: a round one of this diameter, so high.")],
    product_grade: GradeOption = None,
    lang: LangOption = Lang.EN,
) -> None:
    """Say what a table answers for one imperfection, rule by rule, with the customer's phrase."""
    table = load_limits(name)
    try:
        known = Kind.named(kind)
    except ValueError as bad:
        raise LimitsError(str(bad)) from bad
    if not size <= LARGEST_MM:
        raise LimitsError(f"--size {size:g}: give a number of mm, at most {LARGEST_MM:g}")
    for row in _answers(table, face, known, size, product_grade.value if product_grade else None, lang.value):
        print(row)


def _answers(
    table: LimitTable, face: str, kind: Kind, size: float, grade: Literal["oem", "canon"] | None, lang: Language
) -> Iterator[str]:
    length = Measured(size, 0.0)
    round_one = Blob(
        id=1,
        kind=kind,
        faces=(face,),
        center_mm=(0.0, 0.0),
        area_mm2=Measured(math.pi * size**2 / 4, 0.0),
        diameter_mm=length,
        length_mm=length,
        width_mm=length,
        max_dimension_mm=length,
        height_mm=length,
    )
    verdict = judge([round_one], None, [Face(face, face)], table, Policy(product_grade=grade, decision_rule="simple"))
    yield f"{verdict.outcome} {noun(verdict.outcome.value, 'zh')}"
    for finding in verdict.findings:
        yield f"  {finding.outcome:7} {sentence(finding.reason, lang)}"
    said = {finding.reason.code for finding in verdict.findings}
    for reason in verdict.reasons:
        if reason.code not in said:
            yield f"  - {sentence(reason, lang)}"


@app.command()
def diff(a: Name, b: Name, lang: LangOption = Lang.EN) -> None:
    """Say in words what table B says otherwise than table A."""
    found = differences(load_limits(a), load_limits(b))
    for reason in found:
        print(sentence(reason, lang.value))
    if not found:
        print(noun("diff_none", lang.value))
