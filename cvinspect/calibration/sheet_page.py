"""Paper: its sizes, what room it leaves for a target, and what to say where a target has no room."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from cvinspect.calibration.sheet_parts import (
    RULER_ENDS_MM,
    RULER_MM,
    instructions_height,
    instructions_narrowest,
)
from cvinspect.calibration.target import Pattern, Target, parse_target
from cvinspect.errors import CalibrationError

EDGE_MM = 8.0  # nothing stands nearer to the paper's edge: printers leave 4 to 6 mm white
HEAD_MM = 7.0
QUIET_MM = 6.0  # white around the target
LONGEST_RULER_MM, SHORTEST_RULER_MM = 100, 50
LARGEST_MM = 5000.0  # a PDF page is at most 14400 points
PAPERS = {
    "A5": (148.0, 210.0),
    "A4": (210.0, 297.0),
    "A3": (297.0, 420.0),
    "A2": (420.0, 594.0),
    "A1": (594.0, 841.0),
    "A0": (841.0, 1189.0),
}


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet of paper as it lies: word is how --page names it."""

    word: str
    width_mm: float
    height_mm: float

    @property
    def turned(self) -> Page:
        """The same on its other side."""
        return replace(self, width_mm=self.height_mm, height_mm=self.width_mm)

    @property
    def foot_mm(self) -> float:
        """What the instructions take at its lower edge."""
        return instructions_height(self.width_mm - 2 * EDGE_MM)

    @property
    def area_mm(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of what is left for the target and the white around it."""
        bottom = self.height_mm - EDGE_MM - self.foot_mm - RULER_MM
        return EDGE_MM + RULER_MM, EDGE_MM + HEAD_MM, self.width_mm - EDGE_MM, bottom

    @property
    def room_mm(self) -> tuple[float, float]:
        """Width and height that a target may have."""
        left, top, right, bottom = self.area_mm
        return right - left - 2 * QUIET_MM, bottom - top - 2 * QUIET_MM

    @property
    def ruler_mm(self) -> int:
        """Length of its check rulers: 100 mm, or as many tens as fit both ways."""
        _, top, _, bottom = self.area_mm
        length = min(self.width_mm - 2 * EDGE_MM, bottom - top) - 2 * RULER_ENDS_MM
        return min(LONGEST_RULER_MM, math.floor(length / 10) * 10)

    @property
    def is_too_small(self) -> bool:
        """True where rulers and instructions have no room."""
        narrow = self.width_mm - 2 * EDGE_MM < instructions_narrowest()
        return narrow or self.ruler_mm < SHORTEST_RULER_MM


def pages_named(word: str) -> list[Page]:
    """The ways in which the paper that `word` names may lie. Raises CalibrationError."""
    if word.upper() in PAPERS:
        page = Page(word.upper(), *PAPERS[word.upper()])
        return [page.turned, page]
    found = re.fullmatch(r"(\d{1,4}(?:\.\d{1,3})?)[xX×](\d{1,4}(?:\.\d{1,3})?)(?:mm)?", word)
    if found is None:
        raise CalibrationError(f"--page {word}: give one of {', '.join(PAPERS)}, or WxH in mm, as 300x200")
    width, height = float(found[1]), float(found[2])
    page = Page(f"{width:g}x{height:g}", width, height)
    if max(width, height) > LARGEST_MM or page.is_too_small:
        allowed = f"from {_smallest()} to {LARGEST_MM:g}x{LARGEST_MM:g} mm"
        raise CalibrationError(
            f"--page {word}: rulers and instructions need a page {allowed}; print on a larger one and cut"
        )
    return [page]


def _smallest() -> str:
    width = math.ceil(instructions_narrowest() + 2 * EDGE_MM)
    height = next(high for high in range(50, 1000) if not Page("", width, high).is_too_small)
    return f"{width}x{height}"


def extent_mm(target: Target) -> tuple[float, float, float, float]:
    """Left, top, width, height of all that is black of the target, as its points are."""
    points = target.points_mm
    beyond = {Pattern.CHESS: target.pitch_mm, Pattern.CHARUCO: target.pitch_mm, Pattern.SQUARES: 0.0}
    margin = beyond.get(target.pattern, target.detail_mm / 2) * target.print_scale
    (left, top), (wide, high) = points.min(axis=0) - margin, np.ptp(points, axis=0) + 2 * margin
    return float(left), float(top), float(wide), float(high)


def page_for(target: Target, pages: list[Page]) -> Page:
    """The page on which the target has most white around it. Raises CalibrationError where it fits none of them."""
    _, _, wide, high = extent_mm(target)
    spare = {page: min(page.room_mm[0] - wide, page.room_mm[1] - high) for page in pages}
    best = max(pages, key=lambda page: spare[page])
    if spare[best] < 0:
        raise CalibrationError(_refusal(target, pages, (wide, high)))
    return best


def _refusal(target: Target, pages: list[Page], size: tuple[float, float]) -> str:
    rooms = " or ".join("{} x {} mm".format(*map(math.floor, page.room_mm)) for page in pages)
    fitting = [f"--page {word}" for word in _larger(size, pages[0])]
    smaller = max(_smaller(target, pages), key=lambda one: one.columns * one.rows, default=None)
    if smaller is not None:
        fitting.append(smaller.word)
    advice = f"what fits: {', or '.join(fitting)}" if fitting else "take fewer or smaller cells"
    return (
        f"target {target.word!r}: is {size[0]:.5g} x {size[1]:.5g} mm; {pages[0].word} has room for {rooms} beside its "
        f"rulers and instructions; {advice}"
    )


def _larger(size: tuple[float, float], page: Page) -> Iterator[str]:
    """The smallest of the named papers that has room; of a page given in mm, the page turned too."""
    if page.word not in PAPERS and _has_room(page.turned, size):
        yield f"{page.turned.width_mm:g}x{page.turned.height_mm:g}"
    named = (word for word in PAPERS if any(_has_room(one, size) for one in pages_named(word)))
    yield from islice(named, 1)


def _has_room(page: Page, size: tuple[float, float]) -> bool:
    return page.room_mm[0] >= size[0] and page.room_mm[1] >= size[1]


def _smaller(target: Target, pages: list[Page]) -> Iterator[Target]:
    """The target with as many of its columns and rows as each page has room for."""
    wide, high = extent_mm(target)[2:]
    step_x = extent_mm(replace(target, columns=target.columns + 1))[2] - wide
    step_y = extent_mm(replace(target, rows=target.rows + 1))[3] - high
    for page in pages:
        columns = target.columns - max(0, math.ceil((wide - page.room_mm[0]) / step_x))
        rows = target.rows - max(0, math.ceil((high - page.room_mm[1]) / step_y))
        with suppress(CalibrationError):
            yield parse_target(replace(target, columns=columns, rows=rows).word)
