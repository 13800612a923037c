"""YOLO's labels: a text file per picture, a line per object, places as shares of the picture's width and height.

`class x y width height` is an upright box, `class x1 y1 .. x4 y4` one in any turn (OBB), more corners an outline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cvinspect.errors import ConfigurationError
from cvinspect.forms import read_text
from cvinspect.model import Points
from cvinspect.score.classes import Classes, Meaning
from cvinspect.score.label import Label, of_box, of_outline
from cvinspect.score.stated import Size, Stated

UPRIGHT, TURNED = 5, 9  # numbers in a line
FARTHEST = 1.5  # a share beyond it is a place in px


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    meaning: Meaning
    count: int
    shares: Points
    where: str

    def label(self, size: Size) -> Label:
        """Shares run from edge to edge, and an integer px is a pixel's centre."""
        points = self.shares * size - 0.5
        if self.count in (UPRIGHT, TURNED):
            return of_box(self.meaning, points, size, self.where, upright=self.count == UPRIGHT)
        return of_outline(self.meaning, points, size, self.where)


def read_yolo(path: Path, classes: Classes) -> Stated:
    """The labels in `path`. Raises ConfigurationError naming the line."""
    rows = enumerate(read_text(path, ConfigurationError).splitlines(), start=1)
    lines = [_line(row.split(), classes, f"{path}: line {number}") for number, row in rows if row.strip()]
    return Stated(str(path), lambda size: tuple(line.label(size) for line in lines))


def is_yolo(text: str) -> bool:
    """True where the first line holds numbers alone, or there is none."""
    words = next((line.split() for line in text.splitlines() if line.strip()), [])
    return all(_number(word) is not None for word in words)


def kind_of(text: str) -> str:
    """Which of YOLO's forms the first line has."""
    count = next((len(line.split()) for line in text.splitlines() if line.strip()), UPRIGHT)
    return {UPRIGHT: "YOLO boxes", TURNED: "YOLO OBB"}.get(count, "YOLO outlines")


def _line(words: list[str], classes: Classes, where: str) -> _Line:
    numbers = [_number(word) for word in words]
    if None in numbers or not (len(words) == UPRIGHT or (len(words) >= 7 and len(words) % 2)):
        raise ConfigurationError(
            f"{where}: {' '.join(words)[:80]!r}: must be `class x y width height` or `class x1 y1 x2 y2 ..`, in numbers"
        )
    values = np.array(numbers[1:], np.float64)
    if np.abs(values).max() > FARTHEST:
        raise ConfigurationError(
            f"{where}: {values[np.abs(values).argmax()]:g}: must be a share of the picture's width or height, 0 to 1; "
            "divide the pixels by them"
        )
    meaning = classes.of(words[0], where)
    if len(words) == UPRIGHT:
        x, y, width, height = values
        if not (width > 0 and height > 0):
            raise ConfigurationError(f"{where}: a box of {width:g} x {height:g}: must be above 0")
        aside = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [width / 2, height / 2]
        return _Line(meaning, len(words), aside + np.array([x, y]), where)
    return _Line(meaning, len(words), values.reshape(-1, 2), where)


def _number(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
