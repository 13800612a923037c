"""What stands on a sheet of paper: shapes in mm, x to the right, y down from the paper's upper left corner."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from reportlab.pdfbase.pdfmetrics import stringWidth

from cvinspect.projection import Points

LINE_MM = 0.15

Font = Literal["Helvetica", "Helvetica-Bold", "Courier"]


@dataclass(frozen=True, slots=True)
class Text:
    """One line of real text, to be selected and searched; (x, y) is its base line's begin, middle or end."""

    x_mm: float
    y_mm: float
    size_mm: float
    text: str
    font: Font = "Helvetica"
    anchor: Literal["start", "middle", "end"] = "start"

    @property
    def width_mm(self) -> float:
        """How far it reaches."""
        return float(stringWidth(self.text, self.font, self.size_mm))

    @property
    def left_mm(self) -> float:
        """Where it begins."""
        return self.x_mm - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * self.width_mm

    def within(self, width_mm: float) -> Text:
        """The same, smaller where it would be wider than that."""
        return replace(self, size_mm=self.size_mm * min(1.0, width_mm / self.width_mm))


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line, LINE_MM wide."""

    x0_mm: float
    y0_mm: float
    x1_mm: float
    y1_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Things to print: outlines are filled together, by the even-odd rule; disks_mm (K, 3) are x, y, diameter."""

    outlines: tuple[Points, ...] = ()
    disks_mm: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    lines: tuple[Line, ...] = ()
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A printable page. word: its target, target_mm wide and high; ruler_mm: nominal length of either check ruler."""

    width_mm: float
    height_mm: float
    word: str
    target_mm: tuple[float, float]
    ruler_mm: float
    target: Parts
    beside: tuple[Parts, ...]

    @property
    def parts(self) -> tuple[Parts, ...]:
        """All that is printed, in order."""
        return self.target, *self.beside
