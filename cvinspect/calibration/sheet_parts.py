"""What a sheet carries beside its target: two check rulers, and what to do, in Chinese and English."""

from __future__ import annotations

from functools import cache

import numpy as np

from cvinspect.calibration.sheet_glyphs import traced, width_mm
from cvinspect.calibration.sheet_shapes import Line, Parts, Text
from cvinspect.projection import Points
from cvinspect.words import say

TEXT_MM = 2.6
LEADING_MM = 4.0
GAP_MM = 7.0
RULER_MM = 10.0  # how much room a ruler takes beside its length
RULER_ENDS_MM = 6.0  # and beyond either end
_NUMBER_MM = 2.4
_TICKS_MM = {10: 4.5, 5: 3.2, 1: 2.0}
_CODES = ("sheet_print", "sheet_measure", "sheet_paste", "sheet_tell")


def ruler_across(x: float, y: float, length_mm: int) -> Parts:
    """A ruler from (x, y) to the right, its marks below its base line."""
    lines = [Line(x, y, x + length_mm, y)]
    lines += [Line(x + at, y, x + at, y + _tick(at)) for at in range(length_mm + 1)]
    below = y + _TICKS_MM[10] + 0.6 + 0.72 * _NUMBER_MM
    texts = [Text(x + at, below, _NUMBER_MM, str(at), anchor="middle") for at in range(0, length_mm + 1, 10)]
    texts.append(Text(x - 2.0, y + 2.6, 3.2, "X", "Helvetica-Bold", "end"))
    texts.append(Text(x + length_mm + 3.2, below, _NUMBER_MM, "mm"))
    return Parts(lines=tuple(lines), texts=tuple(texts))


def ruler_down(x: float, y: float, length_mm: int) -> Parts:
    """A ruler from (x, y) downwards, its marks left of its base line."""
    lines = [Line(x, y, x, y + length_mm)]
    lines += [Line(x - _tick(at), y + at, x, y + at) for at in range(length_mm + 1)]
    left, half = x - _TICKS_MM[10] - 0.6, 0.36 * _NUMBER_MM
    texts = [Text(left, y + at + half, _NUMBER_MM, str(at), anchor="end") for at in range(0, length_mm + 1, 10)]
    texts.append(Text(x, y - 2.0, 3.2, "Y", "Helvetica-Bold", "end"))
    texts.append(Text(left, y + length_mm + half + 3.2, _NUMBER_MM, "mm", anchor="end"))
    return Parts(lines=tuple(lines), texts=tuple(texts))


def _tick(at: int) -> float:
    return next(length for step, length in _TICKS_MM.items() if at % step == 0)


def heading(x: float, y: float, width: float, word: str) -> Parts:
    """The target's word on the left, what it is on the right; (x, y): the left end of the base line."""
    english = Text(x + width, y, TEXT_MM, say("sheet_title", {}, "en"), anchor="end")
    chinese = say("sheet_title", {}, "zh")
    at = english.left_mm - 1.5 - width_mm(chinese, TEXT_MM)
    name = Text(x, y, 3.6, word, "Helvetica-Bold").within(at - x - GAP_MM)
    return Parts(outlines=_moved(traced(chinese, TEXT_MM), at, y), texts=(name, english))


def instructions_height(width: float) -> float:
    """How high the instructions are where they may be so wide."""
    rows = len(_CODES) if _side_by_side(width) else 2 * len(_CODES)
    return rows * LEADING_MM + (0.0 if _side_by_side(width) else 1.0) + 1.25 * LEADING_MM


def instructions_narrowest() -> float:
    """The least width that they take."""
    return max(_widths())


def instructions(x: float, y: float, width: float, ruler_mm: int, command: str) -> Parts:
    """What to do, and the command that tells the program; (x, y): the upper left corner."""
    told = {"ruler": ruler_mm}
    rows = y + (np.arange(len(_CODES)) + 0.75) * LEADING_MM
    aside, below = (_widths()[0] + GAP_MM, 0.0) if _side_by_side(width) else (0.0, len(_CODES) * LEADING_MM + 1.0)
    glyphs = [
        outline
        for code, row in zip(_CODES, rows, strict=True)
        for outline in _moved(traced(say(code, told, "zh"), TEXT_MM), x, row)
    ]
    texts = [
        Text(x + aside, row + below, TEXT_MM, say(code, told, "en")) for code, row in zip(_CODES, rows, strict=True)
    ]
    last = Text(x, rows[-1] + below + 1.2 * LEADING_MM, TEXT_MM, command, "Courier").within(width)
    return Parts(outlines=tuple(glyphs), texts=(*texts, last))


def _side_by_side(width: float) -> bool:
    return sum(_widths()) + GAP_MM <= width


@cache
def _widths() -> tuple[float, float]:
    """Of the Chinese and the English lines."""
    told = {"ruler": 100}
    return (
        max(width_mm(say(code, told, "zh"), TEXT_MM) for code in _CODES),
        max(Text(0, 0, TEXT_MM, say(code, told, "en")).width_mm for code in _CODES),
    )


def _moved(outlines: tuple[Points, ...], x: float, y: float) -> tuple[Points, ...]:
    return tuple(outline + np.array([x, y]) for outline in outlines)
