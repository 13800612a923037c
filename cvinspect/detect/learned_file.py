"""What stands in a learned file: JSON that carries its own hash, its text for people, its pictures for the program."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, Field, model_validator

from cvinspect.detect.backdrop import Backdrop
from cvinspect.detect.bank import KERNELS_PX, bank
from cvinspect.detect.evened import WEAKEST
from cvinspect.detect.evidence import Texture
from cvinspect.detect.golden import Golden
from cvinspect.detect.learned import Learned
from cvinspect.detect.outline import Nominal
from cvinspect.errors import LearnedError, PictureError
from cvinspect.forms import Form, load_json, parse_data, read_text, write_text
from cvinspect.model import Kind
from cvinspect.pictures import clean_text, decode_picture, encode_png

SCHEMA = "cvinspect-learned/1"
STEPS = 40.0  # of a spread's byte to each factor e; a step is 2.5 %
_ABSENT = "no such file; make it with `cvinspect learn GOOD... --recipe R -o FILE`"

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=0)]


class Taught(Form):
    """One picture that was learnt from: its file's SHA-256, its part; left_out: why it was not used, else empty."""

    picture: str
    sha256: str
    part: str
    left_out: str = ""


class Size(Form):
    """What is found of one kind. contrast_gray: of the objects that were drawn into good pictures; tried_mm: from, to;
    a90_95_mm: None where none of these sizes is found in 90 of 100 cases (95 % confidence)."""

    contrast_gray: float
    tried: Count
    found: Count
    tried_mm: tuple[Positive, Positive]
    a90_mm: Positive | None
    a90_95_mm: Positive | None


class Ready(Form):
    """What learning stands on. pictures: used; parts: they show; wanted: how many make its levels certain to a tenth
    and its spreads to a fifth. false_per_part: what the levels are set for. seen: the share of the faces that can be
    judged."""

    pictures: Count
    parts: Count
    wanted: Count
    false_per_part: Positive
    seen: Annotated[float, Field(ge=0, le=1)]


class LearntContour(Form):
    """A contour of the learnt outline: its points and the spread of good parts' edges there, part mm."""

    points_mm: Annotated[tuple[tuple[float, float], ...], Field(min_length=3)]
    spread_mm: tuple[Annotated[float, Field(ge=0)], ...]

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if len(self.points_mm) != len(self.spread_mm):
            raise ValueError(f"{len(self.points_mm)} points, but {len(self.spread_mm)} spreads")
        return self


class LearntBackdrop(Form):
    """What is dark beside good parts, as `detect.backdrop.Backdrop` has it."""

    deepest_px: Positive
    missing_px: Positive


class LearnedFile(Form):
    """A view's learned file. fitness: per figure of a picture what it usually is, the least and the most (None = no
    bound). arrays: base64; kernels and scales as float32, the golden part as two PNG."""

    schema_: Literal["cvinspect-learned/1"] = Field(alias="schema")
    part: str
    view: str
    camera: str
    size_px: tuple[int, int] | None
    mm_per_px: Positive
    recipe_sha256: str
    made_at: AwareDatetime
    made_by: str
    ready: Ready
    level: Positive
    strengths: dict[str, Positive]
    sizes: dict[str, Size]
    fitness: dict[str, tuple[float, float | None, float | None]]
    pictures: tuple[Taught, ...]
    arrays: dict[str, str]
    outline: tuple[LearntContour, ...] = ()
    backdrop: LearntBackdrop | None = None
    sha256: str = ""

    def value(self, name: str) -> Learned:
        """What detecting uses. Raises LearnedError where the arrays are not what this version reads."""
        kernels = {by: _floats(self.arrays, f"kernel_{by}", (side, side), name) for by, side in KERNELS_PX.items()}
        scales = _floats(self.arrays, "scales", (2, 2, len(bank())), name).astype(np.float64)
        if not (scales > 0).all():
            raise LearnedError(f"{name}: scales are to be above 0; learn again")
        sizes = {Kind(kind): size.a90_95_mm for kind, size in self.sizes.items()}
        strengths = {Kind(kind): value for kind, value in self.strengths.items()}
        golden = self._golden(name) if "mean" in self.arrays else None
        texture = Texture(kernels, scales)
        return Learned(
            texture, golden, self.level, strengths, sizes, name, self.sha256, self._nominal(), self._beside()
        )

    def _beside(self) -> Backdrop | None:
        return None if self.backdrop is None else Backdrop(self.backdrop.deepest_px, self.backdrop.missing_px)

    def _nominal(self) -> Nominal | None:
        if not self.outline:
            return None
        points, spreads = zip(*((one.points_mm, one.spread_mm) for one in self.outline), strict=True)
        return Nominal(points, spreads)

    def _golden(self, name: str) -> Golden:
        mean, spread = (_picture(self.arrays, key, self.size_px, name) for key in ("mean", "spread"))
        return Golden(
            np.asarray(np.log(mean.astype(np.float32) + np.float32(8.0)), np.float32),
            np.asarray(WEAKEST * np.exp(spread.astype(np.float32) / np.float32(STEPS)), np.float32),
        )


def arrays_of(texture: Texture, golden: Golden | None) -> dict[str, str]:
    """The arrays as the file holds them."""
    told = {f"kernel_{by}": _text(np.asarray(kernel, np.float32).tobytes()) for by, kernel in texture.kernels.items()}
    told["scales"] = _text(np.asarray(texture.scales, np.float32).tobytes())
    if golden is not None:
        mean = np.clip(np.rint(np.exp(golden.mean) - 8.0), 0, 255).astype(np.uint8)
        spread = np.clip(np.rint(STEPS * np.log(golden.spread / WEAKEST)), 0, 255).astype(np.uint8)
        told |= {"mean": _text(encode_png(mean)), "spread": _text(encode_png(spread))}
    return told


def contours_of(outline: Nominal | None) -> list[dict[str, Any]]:
    """The learnt outline as the file holds it, to a hundred-thousandth of a mm."""
    if outline is None:
        return []
    return [
        {
            "points_mm": [[round(x, 5), round(y, 5)] for x, y in points],
            "spread_mm": [round(value, 5) for value in spread],
        }
        for points, spread in zip(outline.contours_mm, outline.spread_mm, strict=True)
    ]


def sealed(data: Mapping[str, Any]) -> LearnedFile:
    """The file that plain data state, with its hash. Raises LearnedError in words."""
    whole = {**data, "schema": SCHEMA, "sha256": ""}
    told = parse_data(whole, LearnedFile, "learned", LearnedError)
    return told.model_copy(update={"sha256": _hash(_plain(told))})


def save_learned(told: LearnedFile, path: Path) -> None:
    """Writes the file whole or not at all. Raises LearnedError where the place cannot be written."""
    text = json.dumps({**_plain(told), "sha256": told.sha256}, ensure_ascii=False, indent=1)
    write_text(path, text + "\n", LearnedError)


def read_learned(path: Path) -> LearnedFile:
    """What stands in `path`. Raises LearnedError where it is missing, cut off, edited or of another version."""
    where = str(path)
    data = load_json(read_text(path, LearnedError, _ABSENT), where, LearnedError)
    if isinstance(data, dict) and data.get("schema") not in (None, SCHEMA):
        shown = clean_text(str(data["schema"]))[:40]
        raise LearnedError(f"{where}: schema = {shown!r}: this version reads {SCHEMA!r}; learn again")
    told = parse_data(data, LearnedFile, where, LearnedError)
    if told.sha256 != _hash(_plain(told)):
        raise LearnedError(f"{where}: was edited: what it says does not fit its sha256; learn again")
    return told


def _plain(told: LearnedFile) -> dict[str, Any]:
    later = set() if told.backdrop else {"backdrop"}  # what earlier files do not say
    return told.model_dump(mode="json", by_alias=True, exclude={"sha256", *later})


def _hash(data: object) -> str:
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "replace")).hexdigest()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(arrays: Mapping[str, str], key: str, name: str) -> bytes:
    try:
        return base64.b64decode(arrays[key], validate=True)
    except (KeyError, binascii.Error) as bad:
        raise LearnedError(f"{name}: arrays.{key} is missing or no base64; learn again") from bad


def _floats(arrays: Mapping[str, str], key: str, shape: tuple[int, ...], name: str) -> NDArray[np.float32]:
    data = _bytes(arrays, key, name)
    if len(data) != 4 * int(np.prod(shape)):
        raise LearnedError(f"{name}: arrays.{key} holds {len(data)} bytes, {4 * int(np.prod(shape))} are needed")
    values = np.frombuffer(data, "<f4").reshape(shape)
    if not np.isfinite(values).all():
        raise LearnedError(f"{name}: arrays.{key} holds what is no number; learn again")
    return values


def _picture(arrays: Mapping[str, str], key: str, size_px: tuple[int, int] | None, name: str) -> NDArray[np.uint8]:
    try:
        pixels = decode_picture(_bytes(arrays, key, name), f"{name}: arrays.{key}").pixels
    except PictureError as bad:
        raise LearnedError(str(bad)) from bad
    if size_px is None or pixels.shape != size_px[::-1] or pixels.dtype != np.uint8:
        raise LearnedError(f"{name}: arrays.{key} is no 8-bit grey picture of size_px; learn again")
    return np.asarray(pixels, np.uint8)
