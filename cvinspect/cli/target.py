"""`cvinspect target`: a target to print, and the description of its print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from cvinspect.calibration.description import READING_U_MM, Named, read_description, read_named
from cvinspect.calibration.sheet import sheet
from cvinspect.calibration.sheet_page import LONGEST_RULER_MM, page_for, pages_named
from cvinspect.calibration.sheet_pdf import pdf_text
from cvinspect.calibration.sheet_svg import svg_text
from cvinspect.calibration.sheet_toml import description_text
from cvinspect.cli.calibration_options import ForceOption, check_place, optional
from cvinspect.cli.options import Lang, LangOption
from cvinspect.errors import CalibrationError
from cvinspect.forms import write_text
from cvinspect.pictures import clean_text
from cvinspect.words import Language, say

_SHEETS = {".pdf": pdf_text, ".svg": svg_text}


def target(
    named: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            help="One word, as charuco:11x8:15:11:DICT_4X4_250, chess:9x6:20, dots:19x13:10:5, dots-hex:14x12:12:8, "
            "dots-asym:4x11:15:10 or squares:6x4:20:20 (sizes in mm); or a sheet or description made of one.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="What to write: a sheet to print (.pdf, .svg) or a description (.toml)."),
    ],
    page: Annotated[
        str, typer.Option("--page", metavar="A5..A0|WxH", help="Paper: A4, A3 ..., or width x height in mm.")
    ] = "A4",
    measured: Annotated[
        str,
        typer.Option("--measured", metavar="X,Y", help="Into a .toml: what the check rulers measure on paper, in mm."),
    ] = "",
    u_measured: Annotated[
        float | None,
        typer.Option("--u-measured", metavar="MM", help=f"Standard uncertainty of that. Not given: {READING_U_MM}."),
    ] = None,
    force: ForceOption = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Write a calibration target to print, true to scale; or the description of one, with its measured check ruler."""
    suffix = output.suffix.lower()
    if suffix not in (*_SHEETS, ".toml"):
        raise CalibrationError(
            f"{output}: let the name end in .pdf or .svg (a sheet to print) or .toml (a description)"
        )
    if suffix in _SHEETS and (measured or u_measured is not None):
        raise CalibrationError(f"{output}: what was measured goes into a description: -o {output.stem}.toml")
    if u_measured is not None and not measured:
        raise CalibrationError("--u-measured goes with --measured X,Y")
    if suffix == ".toml" and named.lower().endswith(".toml") and not measured:
        raise CalibrationError(f"{named}: is a description already; give --measured X,Y for a new one")
    what = read_named(named)
    check_place(output, force)
    lengths = _lengths(measured)
    u = optional("--u-measured", u_measured, 0, 100)
    if suffix == ".toml":
        text = description_text(
            what.target, _ruler(what, page, bool(lengths)), lengths, READING_U_MM if u is None else u
        )
        write_text(output, text, CalibrationError)
        if lengths:
            _say_print(output, lang.value)
    else:
        _write_sheet(what, page, output, lang.value)
    print(clean_text(str(output)))


def _write_sheet(what: Named, page: str, output: Path, lang: Language) -> None:
    made = sheet(what.target, page)
    write_text(output, _SHEETS[output.suffix.lower()](made), CalibrationError)
    wide, high = (f"{size:.5g}" for size in made.target_mm)
    told = {"page": f"{made.width_mm:g} x {made.height_mm:g} mm", "wide": wide, "high": high, "ruler": made.ruler_mm}
    print(say("sheet_written", told, lang))


def _say_print(description: Path, lang: Language) -> None:
    """What the description's measured ruler comes to."""
    stated = read_description(description)
    printed = stated.value()
    told = {
        "percent": f"{100 * printed.print_scale:.5g}",
        "u": f"{100 * (printed.u_print_scale or 0):.2g}",
        "assumed": "",
    }
    print(say("cal_print", told, lang))
    if stated.stretch is None:
        print(say("sheet_one_way", {}, lang))
    elif stated.is_stretched:
        print(say("sheet_stretched", {"percent": f"{100 * abs(stated.stretch):.2g}"}, lang))


def _ruler(what: Named, page: str, was_measured: bool) -> float:
    """The check ruler's length: as the sheet says that was named, else as on such a page."""
    if what.ruler_mm is not None:
        return what.ruler_mm
    pages = pages_named(page)
    try:
        return float(page_for(what.target, pages).ruler_mm)
    except CalibrationError:
        if was_measured:
            raise
        return float(LONGEST_RULER_MM)  # of a target that somebody else made: to be filled in


def _lengths(measured: str) -> tuple[float, ...]:
    if not measured:
        return ()
    found = re.fullmatch(r"\s*(\d{1,5}(?:\.\d{1,4})?)\s*(?:[,，]\s*(\d{1,5}(?:\.\d{1,4})?)\s*)?", measured)
    if found is None:
        raise CalibrationError(f"--measured {measured}: give the rulers' lengths in mm, X first, as 99.8,100.1")
    return tuple(float(length) for length in found.groups() if length is not None)
