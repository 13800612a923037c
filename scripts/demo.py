"""Inspects the samples, holds every verdict against the samples' truth, and names the report to open."""

from __future__ import annotations

import html
import io
import os
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cvinspect.config import load_job
from cvinspect.pipeline import Judged, find_shots, parts_of, run
from cvinspect.pipeline.line import sentence
from cvinspect.report import ReportWriter
from cvinspect.report.of_job import heading_of, page_of
from cvinspect.words import noun

ROOT = Path(__file__).resolve().parents[1]
OUT = Path("out") / "demo"


@dataclass(frozen=True)
class Sample:
    """A sample picture and what is true of it."""

    picture: Path
    recipe: Path
    outcome: str
    rules: tuple[str, ...]
    why_en: str
    why_zh: str


def samples(folder: Path) -> list[Sample]:
    """The samples in `folder`, by their truth files."""
    found = []
    for path in sorted(picture.with_suffix(".toml") for picture in folder.glob("*.png")):
        truth = tomllib.loads(path.read_text(encoding="utf-8"))
        expected = truth["expected"]
        why = expected["why"]
        picture, recipe = folder / truth["picture"], folder / truth["recipe"]
        found.append(Sample(picture, recipe, expected["outcome"], tuple(expected["rules"]), why["en"], why["zh"]))
    return found


def inspect_all(every: list[Sample], out: Path) -> Iterator[tuple[Sample, Judged, Path]]:
    """Each sample with its verdict and the report that shows it: one report per recipe."""
    for recipe in sorted({sample.recipe for sample in every}):
        mine = [sample for sample in every if sample.recipe == recipe]
        job = load_job(recipe)
        parts = parts_of(find_shots([sample.picture for sample in mine], job), job)
        path = out / f"{recipe.stem}.html"
        with ReportWriter(path, heading_of(job), "en", len(mine)) as report:
            for sample, judged in zip(mine, run(parts, job), strict=True):
                report.add(page_of(judged, job))
                yield sample, judged, path


def agrees(sample: Sample, judged: Judged) -> bool:
    """True where the verdict is the expected one, and by the expected rules."""
    verdict = judged.verdict
    deciding = {finding.rule for finding in verdict.findings if finding.outcome == verdict.outcome}
    return str(verdict.outcome) == sample.outcome and set(sample.rules) <= deciding


def index(rows: list[tuple[Sample, Judged, Path]]) -> str:
    """A page that leads to the reports."""
    return _PAGE.replace("ROWS", "\n".join(_row(*row) for row in rows))


def _row(sample: Sample, judged: Judged, path: Path) -> str:
    outcome = str(judged.verdict.outcome)
    cells = (
        f"<td class={outcome}>{outcome} {noun(outcome, 'zh')}</td>",
        f'<td><a href="{html.escape(path.name)}">{html.escape(sample.picture.name)}</a></td>',
        f"<td>{html.escape(sample.why_en)}<br>{html.escape(sample.why_zh)}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>"


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>cvinspect: samples</title>
<style>
body { font: 15px/1.45 system-ui, "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; }
td { padding: .5rem .8rem; border-top: 1px solid #ccc; vertical-align: top; }
td:first-child { white-space: nowrap; font-weight: 600; }
.PASS { color: #00664a; } .FAIL { color: #a63d00; } .REVIEW { color: #7a5300; } .INVALID { color: #555; }
</style>
<h1>Samples 样图</h1>
<p>Rendered part faces under the customers' tables. Each link opens the report of its recipe. 点击图片名打开报告。</p>
<table>ROWS</table></html>
"""


def main() -> int:
    """Exit code 1 where a verdict differs from the truth."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    os.chdir(ROOT)
    OUT.mkdir(parents=True, exist_ok=True)
    rows = sorted(inspect_all(samples(Path("samples")), OUT), key=lambda row: row[0].picture.name)
    wrong = 0
    for sample, judged, _ in rows:
        fits = agrees(sample, judged)
        wrong += not fits
        verdict = judged.verdict
        print(f"{verdict.outcome:7} {noun(str(verdict.outcome), 'zh')}  {sample.picture.name}")
        print(f"        {sentence(verdict.reasons[0], 'en')}")
        if not fits:
            print(
                f"        NOT AS EXPECTED: {sample.outcome} by {', '.join(sample.rules) or 'no rule'}: {sample.why_en}"
            )
    page = OUT / "index.html"
    page.write_text(index(rows), encoding="utf-8")
    print(f"{len(rows) - wrong} of {len(rows)} verdicts equal the samples' truth")
    print(page)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
