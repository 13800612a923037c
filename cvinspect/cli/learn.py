"""`cvinspect learn`: from pictures of good parts to what inspecting them may expect."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cvinspect.cli.calibration_options import ForceOption, check_place
from cvinspect.cli.options import JsonOption, Lang, LangOption
from cvinspect.cli.show import Progress
from cvinspect.config import Overrides, load_job
from cvinspect.config.job import Job, View
from cvinspect.detect.learned_file import LearnedFile, save_learned
from cvinspect.errors import ConfigurationError, LearnedError
from cvinspect.pictures import clean_text
from cvinspect.pipeline import find_shots
from cvinspect.words import Language, noun, say


class GroundOption(StrEnum):
    """Whether good parts look alike place by place."""

    AUTO = "auto"
    GOLDEN = "golden"
    TEXTURE = "texture"


def learn(
    good: Annotated[list[Path], typer.Argument(metavar="GOOD...", help="Pictures of good parts, or folders of them.")],
    recipe: Annotated[Path, typer.Option("--recipe", help="What the part is and what is looked for.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Learned file to write [the recipe's name, .learned].")
    ] = None,
    view: Annotated[str, typer.Option("--view", help="Which view, where the recipe has several.")] = "",
    calibration: Annotated[Path | None, typer.Option("--calibration", help="Instead of the recipe's.")] = None,
    ground: Annotated[
        GroundOption,
        typer.Option("--ground", help="golden: good parts look alike place by place; texture: their texture alone."),
    ] = GroundOption.AUTO,
    false_per_part: Annotated[
        float, typer.Option("--false-per-part", help="False findings per good part that the levels are set for.")
    ] = 0.02,
    contrast: Annotated[
        float, typer.Option("--contrast", help="Grey levels of the objects whose smallest size is told.")
    ] = 30.0,
    by: Annotated[str, typer.Option("--by", help="Who learns; written into the file.")] = "",
    force: ForceOption = False,
    as_json: JsonOption = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Learn from pictures of good parts what is usual, and say what is then still found."""
    from cvinspect.learn import Terms, goods_of
    from cvinspect.learn import learn as learnt

    _check("--false-per-part", false_per_part, 1e-4, 100.0)
    _check("--contrast", contrast, 1.0, 200.0)
    job = load_job(recipe, Overrides(calibration=calibration), unlearned=True)
    own = _view(job, view)
    place = output or recipe.with_suffix(".learned")
    check_place(place, force)
    goods = goods_of(find_shots(good, job), job, own, lambda why: _left_out(why, lang.value))
    terms = Terms(false_per_part=false_per_part, contrast_gray=contrast, ground=ground.value, by=by)
    with Progress(2 * len(goods)) as progress:
        told = learnt(goods, job, own, terms, progress.step)
    save_learned(told, place)
    if as_json:
        print(json.dumps({**_plain(told), "file": clean_text(str(place))}, ensure_ascii=False))
        return
    for line in (*_lines(told, lang.value), *_written(place, job, own, lang.value)):
        print(clean_text(line))


def _left_out(why: str, lang: Language) -> None:
    print(clean_text(say("learn_left_out", {"message": why}, lang)), file=sys.stderr)


def _check(name: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise ConfigurationError(f"{name} {value:g}: allowed is a number from {low:g} to {high:g}")


def _view(job: Job, name: str) -> View:
    known = ", ".join(view.name for view in job.views)
    if not name and len(job.views) > 1:
        raise LearnedError(f"{job.recipe.path} has several views; choose one with --view: {known}")
    found = next((view for view in job.views if view.name == (name or job.views[0].name)), None)
    if found is None:
        raise LearnedError(f"--view {clean_text(name)}: the recipe has no such view; it has {known}")
    return found


def _plain(told: LearnedFile) -> dict[str, Any]:
    """All but the arrays."""
    return told.model_dump(mode="json", by_alias=True, exclude={"arrays"})


def _lines(told: LearnedFile, lang: Language) -> Iterator[str]:
    ready = told.ready
    ground = "learn_texture" if told.size_px is None else "learn_golden"
    values = {"pictures": ready.pictures, "parts": ready.parts, "ground": say(ground, {}, lang)}
    yield say("learn_head", values, lang)
    for picture in told.pictures:
        if picture.left_out:
            yield say("learn_odd", {"message": picture.picture}, lang)
    more = max(ready.wanted - ready.parts, 0)
    yield say("learn_wanted" if more else "learn_enough", {"wanted": ready.wanted, "more": more}, lang)
    yield say("learn_level", {"share": ready.false_per_part}, lang)
    if told.backdrop is not None:
        yield say("learn_backdrop", {"most": round(told.backdrop.deepest_px)}, lang)
    if ready.seen < 1:
        yield say("learn_seen", {"percent": math.floor(1000 * ready.seen) / 10}, lang)
    contrasts = {size.contrast_gray for size in told.sizes.values()}
    if contrasts:
        yield say("learn_sizes", {"contrast": min(contrasts)}, lang)
        yield from _table(told, lang)


def _table(told: LearnedFile, lang: Language) -> Iterator[str]:
    rows = [say("learn_columns", {}, lang).split("|")]
    for kind, size in told.sizes.items():
        low, high = (f"{side:.3g}" for side in size.tried_mm)
        beyond = say("learn_never", {"most": high}, lang)
        a90, bound = (beyond if one is None else f"{one:.3g}" for one in (size.a90_mm, size.a90_95_mm))
        rows.append([noun(kind, lang), a90, bound, f"{low}..{high}"])
    wide = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, wide, strict=True)).rstrip()


def _written(place: Path, job: Job, view: View, lang: Language) -> Iterator[str]:
    yield say("learn_file", {"message": str(place)}, lang)
    named = next(entry.learned for entry in job.recipe.file.view if entry.name == view.name)
    if named != place.name:
        yield say("learn_name_it", {"message": place.name}, lang)
