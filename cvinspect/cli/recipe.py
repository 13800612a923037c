"""`cvinspect recipe`: a recipe to start from, and what a recipe will and will not do."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from cvinspect import draw
from cvinspect.calibration import load_calibration, scale_calibration
from cvinspect.cli.options import Lang, LangOption
from cvinspect.config import Overrides, load_job
from cvinspect.config.outlook import outlook
from cvinspect.config.proposal import proposed_text
from cvinspect.config.recipe import RecipeFile
from cvinspect.config.template import recipe_text
from cvinspect.errors import PictureError, RecipeError
from cvinspect.forms import parse_toml, write_text
from cvinspect.locate import locate, placed, propose
from cvinspect.model import Calibration, Face, Frame, Kind, Pixels
from cvinspect.pictures import clean_text, read_picture, write_picture
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


@app.command()
def outline(
    picture: Annotated[Path, typer.Argument(metavar="PICTURE", help="A good part, whole, on a plain ground.")],
    calibration: Annotated[Path | None, typer.Option("--calibration", help="The camera's calibration.")] = None,
    mm_per_px: Annotated[float | None, typer.Option("--mm-per-px", help="A plain scale instead of it.")] = None,
    face: Annotated[str, typer.Option("--face", metavar="NAME=GRADE", help="The face and its grade.")] = "front=?",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The recipe file to write; else printed.")
    ] = None,
    overlay: Annotated[
        Path | None, typer.Option("--overlay", help="PNG to look at; with -o it is the recipe's name and -outline.png.")
    ] = None,
) -> None:
    """Propose a recipe from a good picture: the part's outline, its face, and how it is located."""
    if output is not None and output.exists():
        raise RecipeError(f"{output}: exists already; choose another name, or remove it")
    read = read_picture(picture)
    scale = _scale(calibration, mm_per_px, read.pixels)
    frame = Frame(read.pixels, camera=read.camera)
    locate(frame, (), scale)
    name = clean_text(picture.stem)
    named = _beside(calibration, output)
    try:
        found = propose(frame, scale)
        text = proposed_text(
            found, frame, scale, named, clean_text(picture.name), name, _pair(face, "--face", "front=1")
        )
    except PictureError as bad:
        raise PictureError(f"{clean_text(str(picture))}: {bad}", bad.code) from bad
    drawn = overlay or (output.with_name(f"{output.stem}-outline.png") if output is not None else None)
    if drawn is not None:
        faces = (Face("outline", "", found.outline_mm), Face("face", "", found.face_mm))
        write_picture(drawn, draw.overlay(frame.pixels, placed(faces, scale), (), ()))
    if output is None:
        print(text, end="")
    else:
        write_text(output, text, RecipeError)
        print(output)
    if drawn is not None:
        print(drawn, file=sys.stderr if output is None else sys.stdout)


def _scale(calibration: Path | None, mm_per_px: float | None, pixels: Pixels) -> Calibration:
    if (calibration is None) == (mm_per_px is None):
        raise RecipeError("an outline is in mm: give --calibration FILE, or --mm-per-px X, one of them")
    if calibration is not None:
        return load_calibration(calibration)
    return scale_calibration(mm_per_px or 0.0, (pixels.shape[1], pixels.shape[0])).value()


def _beside(calibration: Path | None, output: Path | None) -> str:
    """The calibration as a recipe in `output` names it: from its own folder, with / on every system."""
    if calibration is None:
        return ""
    folder = output.parent if output is not None else Path()
    try:
        return Path(os.path.relpath(calibration, folder)).as_posix()
    except ValueError:  # another drive
        return calibration.resolve().as_posix()


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
