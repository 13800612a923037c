"""A calibration in words, line by line: what `cvinspect calibration show` prints and its report repeats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import hypot

import numpy as np

from cvinspect.calibration import Calibrated, Verified
from cvinspect.calibration.advice import coverage
from cvinspect.calibration.budget import u_in_the_middle
from cvinspect.calibration.file import CalibrationFile, MadeFrom, Plane, Scale
from cvinspect.calibration.solve import Fitted
from cvinspect.words import Language, say
from cvinspect.words.numbers import fixed, plain, with_expanded

LENGTHS_MM = (1.0, 10.0, 100.0, 1000.0)
_MINUS = "\N{MINUS SIGN}"
_WORTH = 0.001  # of the frame's diagonal: lengths that are worth a line


def calibration_lines(file: CalibrationFile, lang: Language) -> Iterator[str]:
    """What a calibration file states."""
    yield from _scale(file, lang)
    camera = file.camera or say("cal_camera_unnamed", {}, lang)
    yield say("cal_who", {"who": camera, "by": file.made_by or say("cal_nobody", {}, lang)}, lang)
    yield say("cal_dates", {"made": f"{file.made_at:%Y-%m-%d}", "until": f"{file.valid_until:%Y-%m-%d}"}, lang)
    yield from picture_lines(file, lang)
    flat = file.flat_field
    yield say("cal_flat", {"message": flat.file}, lang) if flat else say("cal_flat_none", {}, lang)
    if file.made_from is not None and isinstance(file.model, Plane):
        yield from _made_from(file.model, file.made_from, lang)
        yield say("cal_covered", {"percent": int(100 * coverage(file))}, lang)


def _scale(file: CalibrationFile, lang: Language) -> Iterator[str]:
    wide, high = file.size_px
    if isinstance(file.model, Scale):
        u = f"{file.model.u_mm_per_px:.3g}"
        told = {"mm_per_px": f"{file.model.mm_per_px:g}", "u": u, "assumed": assumed(file.model.u_is_assumed, lang)}
        yield say("cal_scale", told, lang)
        sides = {"x": f"{wide * file.model.mm_per_px:g}", "y": f"{high * file.model.mm_per_px:g}"}
        yield say("cal_size", {"wide": wide, "high": high, **sides}, lang)
        return
    largest, middle = (percent(u) for u in (file.u_scale, u_in_the_middle(file)))
    yield say("cal_plane_scale", {"mm_per_px": f"{file.mm_per_px:.6g}", "middle": middle, "largest": largest}, lang)
    lengths = [say("cal_length", {"length": one, "expanded": u}, lang) for one, u in expanded_of_lengths(file)]
    yield say("cal_for_lengths", {"lengths": ", ".join(lengths)}, lang)
    x, y = frame_mm(file)
    yield say("cal_size_plane", {"wide": wide, "high": high, "x": plain(x), "y": plain(y)}, lang)


def expanded_of_lengths(file: CalibrationFile) -> list[tuple[str, str]]:
    """(length, U) in mm for round lengths that the frame can show: U = 2u by the calibration alone, in its middle."""
    diagonal, u = hypot(*frame_mm(file)), u_in_the_middle(file)
    worth = [length for length in LENGTHS_MM if _WORTH * diagonal <= length <= diagonal]
    return [(f"{length:g}", with_expanded(length, 2 * length * u)[1]) for length in worth]


def frame_mm(file: CalibrationFile) -> tuple[float, float]:
    """The frame's width and height on the part's plane, through its middle."""
    right, bottom = file.size_px[0] - 1, file.size_px[1] - 1
    ends = np.array([[0, bottom / 2], [right, bottom / 2], [right / 2, 0], [right / 2, bottom]])
    left, other, top, low = file.value().to_mm(ends)
    return float(np.hypot(*(other - left))), float(np.hypot(*(low - top)))


def percent(share: float) -> str:
    """A relative uncertainty in per cent, two digits."""
    return f"{100 * share:.2g}"


def assumed(is_assumed: bool, lang: Language) -> str:
    """` (assumed)` where it is."""
    return say("cal_assumed", {}, lang) if is_assumed else ""


def picture_lines(file: CalibrationFile, lang: Language) -> Iterator[str]:
    """What is known of the pictures: blur and noise."""
    if file.psf_sigma_px is None:
        yield say("cal_psf_unknown", {}, lang)
    elif file.u_psf_sigma_px is None:
        yield say("cal_psf_stated", {"psf": f"{file.psf_sigma_px:.3g}"}, lang)
    else:
        yield say("cal_psf", {"psf": fixed(file.psf_sigma_px, 3), "u": fixed(file.u_psf_sigma_px, 3)}, lang)
    if file.noise_gray is None:
        yield say("cal_noise_unknown", {}, lang)
    elif file.noise_variance is None:
        yield say("cal_noise_stated", {"noise": f"{file.noise_gray:.3g}"}, lang)
    else:
        at_0, slope = file.noise_variance
        per_gray = f"{_MINUS if slope < 0 else '+'} {abs(slope):.3g}"
        yield say("cal_noise", {"noise": f"{file.noise_gray:.3g}", "at_0": f"{at_0:.3g}", "per_gray": per_gray}, lang)


def _made_from(model: Plane, made_from: MadeFrom, lang: Language) -> Iterator[str]:
    told = {"points": made_from.points, "pictures": made_from.pictures, "rms": fixed(made_from.rms_px, 3)}
    yield say("cal_from", {**told, "target": made_from.target}, lang)
    lens = {
        "focal": ", ".join(f"{value:.1f}" for value in model.focal_px),
        "center": ", ".join(f"{value:.1f}" for value in model.center_px),
        "distortion": ", ".join(f"{value:.3g}" for value in model.distortion),
    }
    yield say("cal_lens_alone" if made_from.alone else "cal_lens", lens, lang)
    yield from stated_lines(made_from, lang)


def stated_lines(made_from: MadeFrom, lang: Language) -> Iterator[str]:
    """What was stated or assumed of the target and its place."""
    told = {"percent": f"{100 * made_from.print_scale:.5g}", "u": percent(made_from.u_print_scale)}
    yield say("cal_print", {**told, "assumed": assumed(made_from.u_print_is_assumed, lang)}, lang)
    told = {"height_mm": f"{made_from.height_mm:g}", "u": f"{made_from.u_height_mm:g}"}
    yield say("cal_height", {**told, "assumed": assumed(made_from.u_height_is_assumed, lang)}, lang)
    if made_from.distance_mm is not None:
        told = {"distance": plain(made_from.distance_mm), "assumed": assumed(made_from.distance_is_assumed, lang)}
        yield say("cal_distance", told, lang)


def fate_lines(result: Calibrated, lang: Language) -> Iterator[str]:
    """Every picture, whether it was used, and why not."""
    fitted = {index: view for index, view in zip(result.views, result.solution.views, strict=True) if view.used}
    for index, one in enumerate(result.looks):
        if one.against is not None or one.seen is None or index not in fitted:
            why = say(one.against.code, one.against.values, lang) if one.against else ""
            yield say("cal_fate_not", {"view": one.name, "message": why}, lang)
            continue
        view, psf = fitted[index], fixed(one.seen.psf_sigma_px, 2)
        told = {"view": one.name, "points": view.points, "psf": psf, "rms": fixed(view.rms_px, 3)}
        line = say("cal_fate_used", {**told, "tilt": _tilt(view, result, lang)}, lang)
        yield line + (say("cal_fate_plane", {}, lang) if index == 0 and len(result.looks) > 1 else "")


def _tilt(view: Fitted, result: Calibrated, lang: Language) -> str:
    made_from = result.file.made_from
    if view.tilt_deg is None or view.distance_mm is None or (made_from and made_from.distance_is_assumed):
        return ""
    return say("cal_fate_tilt", {"tilt": f"{view.tilt_deg:.0f}", "distance": plain(view.distance_mm)}, lang)


def verified_lines(results: Sequence[Verified], lang: Language) -> Iterator[str]:
    """What each picture of an artefact says of a calibration, and all together."""
    for one in results:
        outcome = say("PASS" if one.holds else "FAIL", {}, lang)
        if one.against is not None:
            why = say(one.against.code, one.against.values, lang)
            yield say("cal_verified_not", {"view": one.name, "outcome": outcome, "message": why}, lang)
            continue
        told = {
            "view": one.name,
            "outcome": outcome,
            "points": one.points,
            "scale": signed(100 * one.scale, 3),
            "allowed_scale": percent(one.allowed_scale),
            "length": plain(one.length_mm),
            "sign": f"{one.error_mm:+.2g}".replace("-", _MINUS),
            "allowed": f"{one.allowed_mm:.2g}",
            "px": signed(one.error_mm / one.mm_per_px, 2),
            "allowed_px": fixed(one.allowed_mm / one.mm_per_px, 2),
        }
        yield say("cal_verified", told, lang)
        if not one.holds:
            yield "  " + say("cal_shape_off" if one.scale_holds else "cal_scale_off", {}, lang)
    held = sum(one.holds for one in results)
    outcome = say("PASS" if held == len(results) else "FAIL", {}, lang)
    yield say("cal_verified_all", {"outcome": outcome, "held": held, "total": len(results)}, lang)


def signed(value: float, decimals: int) -> str:
    """With its sign."""
    text = fixed(value, decimals)
    return text if text.startswith(_MINUS) else f"+{text}"
