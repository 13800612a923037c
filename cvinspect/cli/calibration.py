"""`cvinspect calibration`: millimetres per pixel."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cvinspect.calibration import load_calibration, save_calibration, scale_calibration
from cvinspect.errors import CalibrationError

app = typer.Typer(help="Calibrations: from pixels to millimetres.", no_args_is_help=True)


@app.command()
def scale(
    mm_per_px: Annotated[float, typer.Option("--mm-per-px", help="Millimetres per pixel.")],
    size: Annotated[str, typer.Option("--size", metavar="WxH", help="Picture size in pixels, as 2448x2048.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The calibration file to write.")],
    u: Annotated[
        float | None,
        typer.Option("--u", help="Standard uncertainty of mm/px; not given: 0.5 % is assumed, and said so."),
    ] = None,
    camera: Annotated[str, typer.Option("--camera", help="The camera it is for.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who made it.")] = "",
    days: Annotated[int, typer.Option("--days", min=1, max=36500, help="For how many days it is valid.")] = 365,
    psf_px: Annotated[
        float | None, typer.Option("--psf-px", help="Sigma of the point spread function in pixels, where known.")
    ] = None,
    noise_gray: Annotated[
        float | None, typer.Option("--noise-gray", help="Noise in grey levels of 8 bits, where known.")
    ] = None,
) -> None:
    """Write a plain scale: the same millimetres per pixel over the whole picture."""
    made = datetime.now(UTC).replace(microsecond=0)
    calibration = scale_calibration(
        mm_per_px,
        _size(size),
        u_mm_per_px=u,
        camera=camera,
        made_by=by,
        made_at=made,
        valid_until=made + timedelta(days=days),
        psf_sigma_px=psf_px,
        noise_gray=noise_gray,
    )
    save_calibration(calibration, output)
    if u is None:
        print(f"no --u given: u = {calibration.model.u_mm_per_px:g} mm/px (0.5 %) is assumed and marked so")
    print(output)


@app.command()
def show(file: Annotated[Path, typer.Argument(metavar="FILE", help="A calibration file.")]) -> None:
    """Say what a calibration file states, or why it is unfit."""
    calibration = load_calibration(file)
    width, height = calibration.size
    print(f"{calibration.mm_per_px:g} mm/px, u = {calibration.mm_per_px * calibration.u_scale:.3g} mm/px")
    millimetres = f"{width * calibration.mm_per_px:g} x {height * calibration.mm_per_px:g} mm"
    print(f"for pictures of {width}x{height} px = {millimetres}")
    print(f"camera {calibration.camera or 'not named'}; made by {calibration.made_by or 'nobody named'}")
    print(f"made {calibration.made_at:%Y-%m-%d}, valid until {calibration.valid_until:%Y-%m-%d}")


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})[xX×](\d{1,5})", text)
    if found is None:
        raise CalibrationError(f"--size {text}: give WIDTHxHEIGHT in pixels, as 2448x2048")
    return int(found[1]), int(found[2])
