"""`cvinspect calibration`: state a plain scale, show what a file says, hold it against a second artefact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cvinspect.calibration import load_calibration, save_calibration, scale_calibration
from cvinspect.calibration import verify as verified
from cvinspect.calibration.calibrate import ASSUMED_U_PRINT
from cvinspect.calibration.description import read_target
from cvinspect.calibration.file import Scale
from cvinspect.calibration.store import ends_soon, read_calibration
from cvinspect.cli import calibration_options as options
from cvinspect.cli.options import Lang, LangOption
from cvinspect.cli.picture import Picture
from cvinspect.pictures import clean_text
from cvinspect.report.calibration_text import calibration_lines, picture_lines, verified_lines
from cvinspect.words import say

app = typer.Typer(help="Calibrations: from pixels to millimetres.", no_args_is_help=True)


@app.command()
def scale(
    mm_per_px: Annotated[float, typer.Option("--mm-per-px", help="Millimetres per pixel.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The calibration file to write.")],
    size: Annotated[
        str, typer.Option("--size", metavar="WxH", help="Picture size in pixels, as 2448x2048; or give --picture.")
    ] = "",
    picture: Annotated[
        Path | None,
        typer.Option("--picture", help="A picture of the part: gives size, noise and, where it has sharp edges, blur."),
    ] = None,
    u: Annotated[
        float | None,
        typer.Option("--u", help="Standard uncertainty of mm/px; not given: 0.5 % is assumed, and said so."),
    ] = None,
    camera: options.CameraOption = "",
    by: options.ByOption = "",
    days: options.DaysOption = 365,
    psf_px: Annotated[
        float | None, typer.Option("--psf-px", help="Sigma of the point spread function in pixels, where known.")
    ] = None,
    noise_gray: Annotated[
        float | None, typer.Option("--noise-gray", help="Noise in grey levels of 8 bits, where known.")
    ] = None,
    force: options.ForceOption = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Write a plain scale: the same millimetres per pixel over the whole picture."""
    made = datetime.now(UTC).replace(microsecond=0)
    seen = Picture(picture, size, camera)
    blur = seen.blur if psf_px is None else None
    calibration = scale_calibration(
        mm_per_px,
        seen.size,
        u_mm_per_px=u,
        camera=seen.camera,
        made_by=by,
        made_at=made,
        valid_until=made + timedelta(days=days),
        psf_sigma_px=blur.sigma_px if blur else psf_px,
        u_psf_sigma_px=blur.u_px if blur else None,
        noise_gray=seen.noise_gray if noise_gray is None else noise_gray,
    )
    options.check_new(output, force)
    save_calibration(calibration, output)
    if u is None and isinstance(calibration.model, Scale):
        print(say("cal_u_assumed", {"u": f"{calibration.model.u_mm_per_px:g}"}, lang.value))
    for line in picture_lines(calibration, lang.value) if picture else ():
        print(line)
    print(output)


@app.command()
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A calibration file.")], lang: LangOption = Lang.EN
) -> None:
    """Say what a calibration file states, or why it is unfit."""
    stated = read_calibration(file)
    load_calibration(file)
    for line in calibration_lines(stated, lang.value):
        print(clean_text(line))
    if ends_soon(stated):
        options.warn(say("cal_ends", {"until": f"{stated.valid_until:%Y-%m-%d}"}, lang.value), lang.value)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A calibration file.")],
    pictures: options.PicturesArgument,
    target: options.TargetOption,
    print_error: options.PrintErrorOption = None,
    lang: LangOption = Lang.EN,
) -> None:
    """Hold a calibration against a second artefact that lies in the part's plane: are its lengths measured right?

    Exit code: 0 all within the uncertainty, 1 not, 2 usage or configuration error.
    """
    stated, calibration, artefact = read_calibration(file), load_calibration(file), read_target(target)
    found = options.found_pictures(pictures)
    results = verified(calibration, found, artefact, options.u_of_print(print_error), options.telling(lang.value))
    for line in verified_lines(results, lang.value):
        print(clean_text(line))
    if print_error is None and artefact.u_print_scale is None:
        told = {"percent": f"{100 * ASSUMED_U_PRINT:.2g}"}
        options.warn(say("cal_artefact_assumed", told, lang.value), lang.value)
    if stated.made_from is not None and stated.made_from.target == artefact.word:
        options.warn(say("cal_same_target", {}, lang.value), lang.value)
    if not all(one.holds for one in results):
        raise typer.Exit(1)
