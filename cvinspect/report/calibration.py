"""The report of a calibration: one self-contained HTML file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from cvinspect.calibration import Calibrated
from cvinspect.calibration.advice import coverage
from cvinspect.calibration.budget import budget
from cvinspect.errors import CalibrationError
from cvinspect.forms import write_text
from cvinspect.pictures import clean_text
from cvinspect.report.calibration_maps import heat_map, residual_map
from cvinspect.report.calibration_text import calibration_lines, expanded_of_lengths, percent, stated_lines
from cvinspect.report.of_job import program_version
from cvinspect.report.pages import TEMPLATES
from cvinspect.words import Language, say
from cvinspect.words.numbers import fixed, plain

_NOTHING = "–"
_LEAST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class _Row:
    """A picture in the table of pictures."""

    name: str
    fate: str
    used: bool
    numbers: tuple[str, ...]
    why: str


def write_calibration_report(path: Path, result: Calibrated, lang: Language) -> None:
    """Writes the report whole or not at all. Raises CalibrationError where the place cannot be written."""
    write_text(path, calibration_report(result, lang), CalibrationError)


def calibration_report(result: Calibrated, lang: Language) -> str:
    """The report as HTML text."""
    file = result.file

    def word(code: str, **values: Any) -> str:
        return say(f"cal_{code}", values, lang)

    seen = result.looks[0].seen
    levels = {"white": f"{seen.white_gray:.0f}", "black": f"{seen.black_gray:.0f}"} if seen else None
    return TEMPLATES.get_template("calibration.html").render(
        lang=lang,
        word=word,
        file=file,
        camera=clean_text(file.camera) or word("camera_unnamed"),
        scale=f"{file.mm_per_px:.5g}",
        lengths=expanded_of_lengths(file),
        rms=fixed(result.solution.rms_px, 3),
        covered=int(100 * coverage(file)),
        warnings=[say(reason.code, reason.values, lang) for reason in result.warnings],
        residuals=residual_map(result),
        heat=heat_map(file),
        budget=_budget(result, lang),
        rows=_rows(result, lang),
        lines=[clean_text(line) for line in calibration_lines(file, lang)],
        levels=levels,
        plain=plain,
        made_at=file.made_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        version=program_version(),
    )


def _budget(result: Calibrated, lang: Language) -> list[tuple[str, str, str, str]]:
    made_from = result.file.made_from
    assert made_from is not None
    by_print, by_height, *distance = stated_lines(made_from, lang)
    rests = {"cal_by_print": by_print, "cal_by_height": "; ".join([by_height, *distance])}
    rests["cal_by_fit"] = say("cal_rests_fit", {}, lang)
    lines = budget(result.file)
    return [
        (
            say(one.what, {}, lang),
            _of(one.middle, lines[-1].middle),
            _of(one.largest, lines[-1].largest),
            rests.get(one.what, ""),
        )
        for one in lines
    ]


def _of(share: float, total: float) -> str:
    """A share in per cent; what is left of the whole is not known to less than a tenth of it."""
    least = _LEAST_SHARE * total
    return percent(share) if share >= least else f"< {percent(least)}"


def _rows(result: Calibrated, lang: Language) -> list[_Row]:
    fitted = {index: view for index, view in zip(result.views, result.solution.views, strict=True) if view.used}
    made_from = result.file.made_from
    distances = made_from is not None and not made_from.distance_is_assumed
    rows = []
    for index, one in enumerate(result.looks):
        view = fitted.get(index)
        numbers = (
            str(len(one.found.ids)) if one.found is not None else _NOTHING,
            fixed(one.seen.psf_sigma_px, 2) if one.seen is not None else _NOTHING,
            fixed(one.seen.noise_gray, 2) if one.seen is not None else _NOTHING,
            fixed(view.rms_px, 3) if view else _NOTHING,
            f"{view.tilt_deg:.0f}" if view and view.tilt_deg is not None and distances else _NOTHING,
            plain(view.distance_mm) if view and view.distance_mm is not None and distances else _NOTHING,
        )
        why = say(one.against.code, one.against.values, lang) if one.against else ""
        fate = "cal_plane" if index == 0 else "cal_used" if one.used else "cal_rejected"
        rows.append(_Row(one.name, say(fate, {}, lang), one.used, numbers, clean_text(why)))
    return rows
