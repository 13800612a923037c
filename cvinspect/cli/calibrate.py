"""`cvinspect calibrate`: from pictures of a target to millimetres; from white pictures to a flat field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from cvinspect.calibration import Setup, save_calibration
from cvinspect.calibration import calibrate as calibrated
from cvinspect.calibration.description import read_target
from cvinspect.calibration.flat_field import flat_field, save_gain
from cvinspect.calibration.store import read_calibration, with_flat_field
from cvinspect.calibration.views import names_of
from cvinspect.cli import calibration_options as options
from cvinspect.cli.options import Lang, LangOption
from cvinspect.errors import CalibrationError
from cvinspect.pictures import clean_text, read_picture
from cvinspect.report.calibration import write_calibration_report
from cvinspect.report.calibration_text import calibration_lines, fate_lines
from cvinspect.words import Language, say


def calibrate(
    pictures: options.PicturesArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The calibration file to write.")],
    target: options.TargetOption = "",
    plane: options.PlaneOption = None,
    report: options.ReportOption = None,
    height: options.HeightOption = 0.0,
    u_height: options.UHeightOption = None,
    distance: options.DistanceOption = None,
    print_error: options.PrintErrorOption = None,
    flat: Annotated[
        bool, typer.Option("--flat-field", help="The pictures are white: add the light's shading to the file.")
    ] = False,
    camera: options.CameraOption = "",
    by: options.ByOption = "",
    days: options.DaysOption = 365,
    force: options.ForceOption = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Calibrate a camera from pictures of a target: several tilted ones, and one on the part's plane (--plane).

    One picture alone works too. With --flat-field, white pictures add the light's shading to an existing calibration.
    """
    if flat:
        if target or plane or report:
            raise CalibrationError(
                "--flat-field takes white pictures and the file (-o) only: no target, plane or report"
            )
        _flat_field(options.found_pictures(pictures), output, lang.value)
        return
    if not target:
        raise CalibrationError("--target is missing: say what the pictures show, as --target chess:9x6:25")
    options.check_place(output, force)
    if report is not None:
        options.check_place(report, force=True)
    setup = Setup(
        height_mm=options.checked("--height", height, -1e4, 1e4),
        u_height_mm=options.optional("--u-height", u_height, 0, 1e3),
        distance_mm=options.optional("--distance", distance, 1e-3, 1e6),
        u_print_scale=options.u_of_print(print_error),
        camera=camera,
        made_by=by,
        valid_for=timedelta(days=days),
    )
    telling = options.telling(lang.value)
    result = calibrated(options.found_pictures(pictures), read_target(target), plane, setup, telling)
    save_calibration(result.file, output)
    for line in [*fate_lines(result, lang.value), *calibration_lines(result.file, lang.value)]:
        print(clean_text(line))
    if report is not None:
        write_calibration_report(report, result, lang.value)
        print(say("cal_report_written", {"message": clean_text(str(report))}, lang.value))
    print(say("cal_file", {"message": clean_text(str(output))}, lang.value))
    for warning in result.warnings:
        options.warn(say(warning.code, warning.values, lang.value), lang.value)
    if _flat_place(output).is_file():
        options.warn(say("cal_flat_dropped", {"message": str(_flat_place(output))}, lang.value), lang.value)


def _flat_place(output: Path) -> Path:
    """Where the picture of the gain stands: CAM.flat.png beside CAM.json."""
    return output.with_suffix(".flat.png")


def _flat_field(pictures: Sequence[Path], output: Path, lang: Language) -> None:
    stated = read_calibration(output)
    read = [(name, read_picture(path)) for name, path in zip(names_of(pictures), pictures, strict=True)]
    for name, picture in read:
        height, width = picture.pixels.shape[:2]
        if (width, height) != stated.size_px:
            told = {"size": f"{width}x{height}", "other": "{}x{}".format(*stated.size_px)}
            raise CalibrationError(f"{name}: {say('cal_other_size', told, lang)}")
        if picture.camera and stated.camera and picture.camera != stated.camera:
            told = {"by": picture.camera, "who": stated.camera}
            raise CalibrationError(f"{name}: {say('cal_camera_not', told, lang)}")
    found = flat_field([(name, picture.pixels) for name, picture in read])
    place = _flat_place(output)
    save_calibration(with_flat_field(stated, place.name, save_gain(found.gain, place)), output)
    told = {"pictures": f"{len(read)}", "percent": f"{100 * found.darkest:.0f}", "level": f"{found.level_gray:.0f}"}
    print(say("cal_flat_done", told, lang))
    print(say("cal_file", {"message": clean_text(str(output))}, lang))
