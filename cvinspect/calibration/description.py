"""A target's own description: its word, and how large its print came out, by the check ruler or by a certificate."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cvinspect.calibration.target import Target, parse_target
from cvinspect.errors import CalibrationError
from cvinspect.forms import Form, parse_toml, read_text

RULER_MM = 100.0
READING_U_MM = 0.2  # each end read to a quarter of a millimetre: 0.25 / sqrt(3) * sqrt(2), GUM 4.3.7
# Of one way alone: the other may differ by 0.5 % either way, u = 0.5 / sqrt(3) %; over all directions of a length that
# is less by the mean of sin^4, 3/8.
U_OTHER_WAY = 0.005 / math.sqrt(3) * math.sqrt(3 / 8)
SMALLEST_SCALE, LARGEST_SCALE = 0.5, 2.0
MOST_STRETCHED = 0.03  # no printer does more; a ruler that was read wrongly does
_MAKE = "make one with `cvinspect target WORD -o target.toml`"
_SUFFIXES = (".toml", ".pdf", ".svg")

Length = Annotated[float, Field(gt=0, le=10_000)]


class TargetFile(Form):
    """The text of a description: what was measured of the check ruler, or what a certificate states, or neither."""

    schema_: Literal["cvinspect-target/1"] = Field(alias="schema")
    target: str
    ruler_mm: Length = RULER_MM
    measured_x_mm: Length | None = None
    measured_y_mm: Length | None = None
    u_measured_mm: Annotated[float, Field(ge=0, le=100)] | None = None
    print_scale: Annotated[float, Field(ge=SMALLEST_SCALE, le=LARGEST_SCALE)] | None = None
    u_print_scale: Annotated[float, Field(ge=0, le=0.5)] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        measured = bool(self.measured)
        if measured and (self.print_scale is not None or self.u_print_scale is not None):
            raise ValueError("the measured ruler and print_scale both state the size of the print: keep one of them")
        if measured and self.u_measured_mm is None:
            raise ValueError(f"u_measured_mm is missing: how surely the ruler was read, as {READING_U_MM}")
        return self

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        for name, scale in self._scales():
            if not SMALLEST_SCALE <= scale <= LARGEST_SCALE:
                raise ValueError(
                    f"{name} = {scale * self.ruler_mm:g} does not go with ruler_mm = {self.ruler_mm:g}: give the "
                    "length of the whole ruler in mm"
                )
        if self.stretch is not None and abs(self.stretch) > MOST_STRETCHED:
            raise ValueError(
                f"measured_x_mm = {self.measured_x_mm:g} and measured_y_mm = {self.measured_y_mm:g} differ by "
                f"{100 * abs(self.stretch):.1f} %, more than a printer does: measure both rulers again"
            )
        return self

    @property
    def measured(self) -> tuple[float, ...]:
        """The lengths of the check ruler that were measured, in mm; x before y."""
        return tuple(length for length in (self.measured_x_mm, self.measured_y_mm) if length is not None)

    @property
    def stretch(self) -> float | None:
        """How much longer the print is across than down, relative; None where not both ways were measured."""
        scales = [scale for _, scale in self._scales()]
        return 2 * (scales[0] - scales[1]) / sum(scales) if len(scales) == 2 else None

    @property
    def is_stretched(self) -> bool:
        """True where the two ways differ by more than twice the standard uncertainty of that difference."""
        return self.stretch is not None and abs(self.stretch) > 2 * math.sqrt(2) * self._u_reading()

    def value(self) -> Target:
        """The target as it was printed. Raises CalibrationError where its word names none.

        Two measured ways: their mean. A stretched print has lengths that are off by half the difference times
        cos 2a in the direction a, a standard deviation of half the difference over sqrt(2); it is part of u.
        """
        target = parse_target(self.target)
        if not self.measured:
            return replace(target, print_scale=self.print_scale or 1.0, u_print_scale=self.u_print_scale)
        scales = [scale for _, scale in self._scales()]
        other = U_OTHER_WAY if self.stretch is None else self.stretch / 2 / math.sqrt(2)
        u = math.hypot(self._u_reading(), other)
        return replace(target, print_scale=sum(scales) / len(scales), u_print_scale=u)

    def _scales(self) -> list[tuple[str, float]]:
        lengths = (("measured_x_mm", self.measured_x_mm), ("measured_y_mm", self.measured_y_mm))
        return [(name, length / self.ruler_mm) for name, length in lengths if length is not None]

    def _u_reading(self) -> float:
        return (self.u_measured_mm or 0.0) / min(self.measured)


@dataclass(frozen=True, slots=True)
class Named:
    """What somebody named: a target, and the length of the check ruler on its sheet where that is known."""

    target: Target
    ruler_mm: float | None = None


def read_target(word_or_path: str) -> Target:
    """The target that a word names, or a description (.toml), or a sheet of `cvinspect target` (.pdf, .svg).

    u_print_scale is None where nobody stated how large the print came out. Raises CalibrationError.
    """
    return read_named(word_or_path).target


def read_named(word_or_path: str) -> Named:
    """The same with its check ruler. Raises CalibrationError."""
    path = Path(word_or_path)
    if path.suffix.lower() == ".toml":
        stated = read_description(path)
        return Named(stated.value(), stated.ruler_mm)
    if path.suffix.lower() in _SUFFIXES:
        return _of_sheet(path)
    if ":" not in word_or_path and (path.suffix or len(path.parts) > 1):
        raise CalibrationError(
            f"{word_or_path}: is neither a target's word, as chess:9x6:20, nor a {', '.join(_SUFFIXES)} file of one"
        )
    return Named(parse_target(word_or_path))


def read_description(path: Path) -> TargetFile:
    """What a description states. Raises CalibrationError: missing, not TOML, an unknown key, no target's word ..."""
    text = read_text(path, CalibrationError, f"no such description; {_MAKE}")
    stated = parse_toml(text, TargetFile, str(path), CalibrationError)
    _target(stated.target, path)
    return stated


_MM = r"(\d{1,4}(?:\.\d{1,3})?)"
_IN_PDF = re.compile(rf"/Keywords \(cvinspect-target/1, ruler_mm={_MM}\)[^>]*?/Subject \(([^()\\\s]{{1,99}})\)")
_IN_SVG = re.compile(rf'<cvinspect:target\s[^>]*?\bword="([^"<&]{{1,99}})"[^>]*?\bruler_mm="{_MM}"')


def _of_sheet(path: Path) -> Named:
    """What the metadata of a printable sheet state."""
    try:
        text = read_text(path, CalibrationError, f"no such sheet; make one with `cvinspect target WORD -o {path.name}`")
    except CalibrationError as bad:
        if isinstance(bad.__cause__, UnicodeDecodeError):
            raise CalibrationError(_no_word(path)) from bad
        raise
    in_pdf, in_svg = _IN_PDF.search(text), _IN_SVG.search(text)
    if in_pdf:
        return Named(_target(in_pdf[2], path), float(in_pdf[1]))
    if in_svg:
        return Named(_target(in_svg[1], path), float(in_svg[2]))
    raise CalibrationError(_no_word(path))


def _no_word(path: Path) -> str:
    return (
        f"{path}: holds no target's word: `cvinspect target` did not write it so; give the word that is printed on it"
    )


def _target(word: str, path: Path) -> Target:
    try:
        return parse_target(word)
    except CalibrationError as bad:
        raise CalibrationError(f"{path}: {bad}") from bad
