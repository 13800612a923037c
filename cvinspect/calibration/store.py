"""Calibration files: JSON that carries its own hash, so that an edited one is seen."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from cvinspect.errors import CalibrationError
from cvinspect.forms import Form, load_json, parse_data, read_text, write_text
from cvinspect.model import Calibration

WARNING_DAYS = 14
ASSUMED_U_SCALE = 0.005  # a 100 mm ruler read to half a millimetre at either end: 0.5 / sqrt(3) * sqrt(2) mm = 0.4 %


class Scale(Form):
    """A plain scale: the same mm per px everywhere, the origin in the centre of pixel (0, 0)."""

    type: Literal["scale"]
    mm_per_px: Annotated[float, Field(ge=1e-5, le=100)]
    u_mm_per_px: Annotated[float, Field(ge=0)]
    u_is_assumed: bool = False

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.u_mm_per_px >= self.mm_per_px:
            raise ValueError(f"u_mm_per_px = {self.u_mm_per_px:g} is as large as mm_per_px = {self.mm_per_px:g}")
        return self


class CalibrationFile(Form):
    """What stands in a calibration file. size_px is (width, height); sha256 is over everything else."""

    schema_: Literal["cvinspect-calibration/1"] = Field(alias="schema")
    camera: str = ""
    size_px: tuple[Annotated[int, Field(gt=0, le=65536)], Annotated[int, Field(gt=0, le=65536)]]
    model: Scale
    psf_sigma_px: Annotated[float, Field(gt=0, le=10)] | None = None
    noise_gray: Annotated[float, Field(ge=0, le=100)] | None = None
    made_at: AwareDatetime
    made_by: str = ""
    valid_until: AwareDatetime
    sha256: str = ""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_until <= self.made_at:
            raise ValueError(f"valid_until = {self.valid_until} is not after made_at = {self.made_at}")
        return self

    def value(self) -> Calibration:
        """The calibration that the file states."""
        return Calibration(
            mm_per_px=self.model.mm_per_px,
            u_scale=self.model.u_mm_per_px / self.model.mm_per_px,
            size=self.size_px,
            made_at=self.made_at,
            valid_until=self.valid_until,
            camera=self.camera,
            made_by=self.made_by,
            psf_sigma_px=self.psf_sigma_px,
            noise_gray=self.noise_gray,
            sha256=self.sha256,
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
        "noise_gray": noise_gray,
        "made_at": made.isoformat(),
        "made_by": made_by,
        "valid_until": end.isoformat(),
    }
    stated = parse_data(data, CalibrationFile, "calibration", CalibrationError)
    return stated.model_copy(update={"sha256": _data(stated)["sha256"]})


def save_calibration(calibration: CalibrationFile, path: Path) -> None:
    """Writes the file whole or not at all. Raises CalibrationError where the place cannot be written."""
    write_text(path, json.dumps(_data(calibration), ensure_ascii=False, indent=2) + "\n", CalibrationError)


def load_calibration(path: Path, now: datetime | None = None) -> Calibration:
    """The calibration in `path`. Raises CalibrationError where it is missing, edited, not finite, or not valid now."""
    where = str(path)
    absent = "no such calibration; make one with `cvinspect calibration scale --mm-per-px .. --size WxH -o FILE`"
    text = read_text(path, CalibrationError, absent)
    data = load_json(text, where, CalibrationError)
    stated = parse_data(data, CalibrationFile, where, CalibrationError)
    if stated.sha256 != _hash({key: value for key, value in data.items() if key != "sha256"}):
        raise CalibrationError(f"{where}: was edited: its numbers do not fit its sha256; calibrate again")
    _check_dates(stated, where, now or datetime.now(UTC))
    return stated.value()


def _check_dates(stated: CalibrationFile, where: str, now: datetime) -> None:
    if now > stated.valid_until:
        raise CalibrationError(f"{where}: expired on {stated.valid_until:%Y-%m-%d}; calibrate again")
    if now < stated.made_at - timedelta(days=1):
        raise CalibrationError(f"{where}: made_at = {stated.made_at:%Y-%m-%d} lies in the future; check the clock")


def ends_soon(calibration: Calibration, now: datetime | None = None) -> bool:
    """True in the last two weeks of its validity."""
    return calibration.valid_until - (now or datetime.now(UTC)) <= timedelta(days=WARNING_DAYS)


def _data(calibration: CalibrationFile) -> dict[str, object]:
    """The file's content as it is written; the hash is over exactly this text's values."""
    data: dict[str, object] = calibration.model_dump(mode="json", by_alias=True, exclude={"sha256"})
    return {**data, "sha256": _hash(data)}


def _hash(data: object) -> str:
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "replace")).hexdigest()
