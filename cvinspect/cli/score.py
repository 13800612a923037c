"""`cvinspect score`: a user's own labelled pictures against what is found in them."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from cvinspect.cli.options import JsonOption, Lang, LangOption, LearnedOption, LightOption
from cvinspect.cli.show import Progress
from cvinspect.pipeline import Shot, parse_lights


def score(
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURE|FOLDER...", help="Pictures, or folders of them.")],
    truth: Annotated[
        Path,
        typer.Option("--truth", help="Folder of truth files (TOML, masks, YOLO, labelme), or a CSV of file,label."),
    ],
    recipe: Annotated[
        Path | None, typer.Option("--recipe", help="Not given: default detectors over the whole frame.")
    ] = None,
    calibration: Annotated[Path | None, typer.Option("--calibration", help="Instead of the recipe's.")] = None,
    learned: LearnedOption = None,
    light: LightOption = None,
    mm_per_px: Annotated[
        float | None, typer.Option("--mm-per-px", help="Assume this scale, for pictures of any size.")
    ] = None,
    classes: Annotated[
        str | None, typer.Option("--classes", help='What classes are: "0=dent,1=scratch", or a TOML file.')
    ] = None,
    unlabelled_good: Annotated[
        bool, typer.Option("--unlabelled-good", help="A picture without a truth file is a good one.")
    ] = False,
    report: Annotated[Path | None, typer.Option("--report", help="Folder for score.html.")] = None,
    as_json: JsonOption = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Score what is found against labelled pictures: rates, POD, sizes, and a contact sheet of what is wrong."""
    from cvinspect.report.score import write_score_report
    from cvinspect.score import Road, Sheet, load_truth, parse_classes, pictures_of, score_pictures, summary

    road = Road(recipe, calibration, mm_per_px, learned)
    shots = _without_masks(road.shots(pictures, parse_lights(light or ())), pictures_of, truth)
    known = load_truth(truth, [shot.path for shot in shots], parse_classes(classes), unlabelled_good)
    print(f"truth: {known.form}, {known.files} of {len(shots)} pictures, {known.path}", file=sys.stderr)
    scores, sheet = [], Sheet()
    with Progress(len(shots)) as progress:
        for scored, looked in score_pictures(shots, known, road, lang.value):
            scores.append(scored)
            if report is not None:
                sheet.add(scored, looked)
            progress.step()
    data = summary(scores, known, road)
    if as_json:
        print(json.dumps(data, ensure_ascii=False))
    else:
        _show(data, lang)
    if report is not None:
        path = write_score_report(report, data, sheet.sheets, lang.value, version("cvinspect"), datetime.now(UTC))
        print(path, file=sys.stderr if as_json else sys.stdout)


def _without_masks(shots: tuple[Shot, ...], pictures_of: Any, truth: Path) -> list[Shot]:
    kept = set(pictures_of([shot.path for shot in shots], truth))
    return [shot for shot in shots if shot.path in kept]


def _show(data: dict[str, Any], lang: Lang) -> None:
    from cvinspect.report.score_text import score_lines

    for line in score_lines(data, lang.value):
        print(line)
