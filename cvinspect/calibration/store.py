"""Calibration files: JSON that carries its own hash, so that an edited one is seen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cvinspect.calibration.file import CalibrationFile, hash_of
from cvinspect.calibration.flat_field import load_gain
from cvinspect.errors import CalibrationError
from cvinspect.forms import load_json, parse_data, read_text, write_text
from cvinspect.model import Calibration

WARNING_DAYS = 14
ASSUMED_U_SCALE = 0.005  # a 100 mm ruler read to half a millimetre at either end: 0.5 / sqrt(3) * sqrt(2) mm = 0.4 %
_ABSENT = (
    "no such calibration; make one with `cvinspect calibration scale --mm-per-px .. --size WxH -o FILE`, or from "
    "pictures of a target with `cvinspect calibrate`"
)


def scale_calibration(
    mm_per_px: float,
    size_px: tuple[int, int],
    *,
    u_mm_per_px: float | None = None,
    camera: str = "",
    made_by: str = "",
    made_at: datetime | None = None,
    valid_until: datetime | None = None,
    psf_sigma_px: float | None = None,
    u_psf_sigma_px: float | None = None,
    noise_gray: float | None = None,
) -> CalibrationFile:
    """A plain scale of `mm_per_px` for pictures of `size_px` (width, height), valid for a year unless told otherwise.

    u_mm_per_px None = half a per cent of the scale is assumed and marked so. Raises CalibrationError.
    """
    made = made_at or datetime.now(UTC).replace(microsecond=0)
    end = valid_until or made + timedelta(days=365)
    data = {
        "schema": "cvinspect-calibration/1",
        "camera": camera,
        "size_px": list(size_px),
        "model": {
            "type": "scale",
            "mm_per_px": mm_per_px,
            "u_mm_per_px": mm_per_px * ASSUMED_U_SCALE if u_mm_per_px is None else u_mm_per_px,
            "u_is_assumed": u_mm_per_px is None,
        },
        "psf_sigma_px": psf_sigma_px,
        "u_psf_sigma_px": u_psf_sigma_px,
        "noise_gray": noise_gray,
        "made_at": made.isoformat(),
        "made_by": made_by,
        "valid_until": end.isoformat(),
    }
    return sealed(data)


def sealed(data: dict[str, Any]) -> CalibrationFile:
    """The file that plain data state, with its hash. Raises CalibrationError in words."""
    return parse_data(data, CalibrationFile, "calibration", CalibrationError).sealed()


def with_flat_field(calibration: CalibrationFile, file: str, sha256: str) -> CalibrationFile:
    """The same with a picture of the gain, by its name beside the calibration and its SHA-256."""
    return sealed({**calibration.data(), "flat_field": {"file": file, "sha256": sha256}})


def save_calibration(calibration: CalibrationFile, path: Path) -> None:
    """Writes the file whole or not at all. Raises CalibrationError where the place cannot be written."""
    data = calibration.data()
    text = json.dumps({**data, "sha256": hash_of(data)}, ensure_ascii=False, indent=2)
    write_text(path, text + "\n", CalibrationError)


def read_calibration(path: Path, now: datetime | None = None) -> CalibrationFile:
    """What stands in `path`. Raises CalibrationError where it is missing, edited, not finite, or not valid now."""
    where = str(path)
    data = load_json(read_text(path, CalibrationError, _ABSENT), where, CalibrationError)
    stated = parse_data(data, CalibrationFile, where, CalibrationError)
    if stated.sha256 != hash_of({key: value for key, value in data.items() if key != "sha256"}):
        raise CalibrationError(f"{where}: was edited: its numbers do not fit its sha256; calibrate again")
    _check_dates(stated, where, now or datetime.now(UTC))
    return stated


def load_calibration(path: Path, now: datetime | None = None) -> Calibration:
    """The calibration in `path` with its gain. Raises CalibrationError as `read_calibration` does, and where the
    picture of the gain is missing, edited or of another size."""
    stated = read_calibration(path, now)
    if stated.flat_field is None:
        return stated.value()
    gain = load_gain(path.parent / stated.flat_field.file, stated.flat_field.sha256, stated.size_px)
    return replace(stated.value(), gain=gain)


def _check_dates(stated: CalibrationFile, where: str, now: datetime) -> None:
    if now > stated.valid_until:
        raise CalibrationError(f"{where}: expired on {stated.valid_until:%Y-%m-%d}; calibrate again")
    if now < stated.made_at - timedelta(days=1):
        raise CalibrationError(f"{where}: made_at = {stated.made_at:%Y-%m-%d} lies in the future; check the clock")


def ends_soon(calibration: Calibration | CalibrationFile, now: datetime | None = None) -> bool:
    """True in the last two weeks of its validity."""
    return calibration.valid_until - (now or datetime.now(UTC)) <= timedelta(days=WARNING_DAYS)
