"""`cvinspect recipe`: a recipe to start from, and what a recipe will and will not do."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from cvinspect.cli.options import Lang, LangOption
from cvinspect.config import Overrides, load_job
from cvinspect.config.outlook import outlook
from cvinspect.config.recipe import RecipeFile
from cvinspect.config.template import recipe_text
from cvinspect.errors import RecipeError
from cvinspect.forms import parse_toml, write_text
from cvinspect.model import Kind
from cvinspect.pipeline.line import sentence

app = typer.Typer(help="Recipes: which faces, of which grade, and what is looked for.", no_args_is_help=True)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The part.")],
    face: Annotated[
        list[str], typer.Option("--face", metavar="NAME=GRADE", help="A face and its grade; may be repeated.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The recipe file to write.")],
    detect: Annotated[str, typer.Option("--detect", help="Kinds to look for.")] = "scratch,dent,foreign,flash",
    elsewhere: Annotated[
        list[str] | None,
        typer.Option("--elsewhere", metavar='KIND="BY WHAT"', help="A kind that is checked elsewhere."),
    ] = None,
    limits: Annotated[str, typer.Option("--limits", help="Limit table to name in it.")] = "",
    calibration: Annotated[str, typer.Option("--calibration", help="Calibration file to name in it.")] = "",
) -> None:
    """Write a commented recipe to start from."""
    with suppress(OSError):  # a name that is too long: said when it is written
        if output.exists():
            raise RecipeError(f"{output}: exists already; choose another name, or remove it")
    faces = [_pair(text, "--face", "front=1") for text in face]
    others = [_pair(text, "--elsewhere", 'flash="height gauge"') for text in elsewhere or []]
    kinds = list(dict.fromkeys(_kind(word.strip()) for word in detect.split(",") if word.strip()))
    text = recipe_text(name, faces, kinds, [(_kind(kind), by) for kind, by in others], limits, calibration)
    parse_toml(text, RecipeFile, "the recipe would not hold", RecipeError)
    write_text(output, text, RecipeError)
    print(output)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recipe.")],
    limits: Annotated[str | None, typer.Option("--limits", help="Limit table instead of the recipe's.")] = None,
    calibration: Annotated[
        Path | None, typer.Option("--calibration", help="Calibration instead of the recipe's.")
    ] = None,
    lang: LangOption = Lang.EN,
) -> None:
    """Say what a recipe will and will not look for, and what will send parts to REVIEW."""
    job = load_job(file, Overrides(limits=limits, calibration=calibration))
    for reason in outlook(job):
        print(sentence(reason, lang.value))


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    left, equals, right = text.partition("=")
    if not (left.strip() and equals and right.strip()):
        raise RecipeError(f"{option} {text}: write it as {option} {example}")
    return left.strip(), right.strip().strip('"')


def _kind(word: str) -> Kind:
    try:
        return Kind.named(word)
    except ValueError as bad:
        raise RecipeError(str(bad)) from bad
