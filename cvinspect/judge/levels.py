"""How strict two cells of the same rule are, number by number: what `difference` says of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cvinspect.judge.cells import (
    Cell,
    CountCell,
    HeightCell,
    Interval,
    SizeCell,
    SizeLimit,
    SpacingBand,
    SpacingCell,
    SumCell,
    ToleranceCell,
)
from cvinspect.judge.rules import AnyRule

UNLIMITED, FORBIDDEN, ABSENT, ALL_SIZES = "diff_unlimited", "diff_forbidden", "diff_absent", "diff_all_sizes"


@dataclass(frozen=True, slots=True)
class Step:
    """One number that differs: what it is about, from what to what, stricter or looser (the code of the sentence)."""

    code: str
    what: tuple[str, ...]
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Level:
    """A limit as it is shown, and how much it lets through: a larger looseness lets more pass."""

    shown: str
    looseness: float


_NONE = Level(ABSENT, math.inf)
_Piece = tuple[float, bool, float, bool]


def places_of(was: AnyRule, now: AnyRule) -> tuple[dict[str, Any], dict[str, Any]]:
    """The cells of both rules by the place they hold for: face grade, product grade where one is named, trait."""
    by_product = any(cell.product_grade for rule in (was, now) for cell in rule.cell)

    def places(cell: Cell) -> Iterator[str]:
        grades = (cell.product_grade,) if cell.product_grade else ("oem", "canon") if by_product else ("",)
        for face in cell.faces:
            for grade in grades:
                yield " ".join(word for word in (face, grade or "", cell.trait) if word)

    before, after = ({place: cell for cell in rule.cell for place in places(cell)} for rule in (was, now))
    return before, after


def levels_of(was: AnyRule, now: AnyRule, before: Any, after: Any) -> Iterator[Step]:
    """Every number that differs between two cells of rules of one type."""
    if isinstance(before, (CountCell, SpacingCell)):
        yield from _banded(was, now, before, after)
        return
    levels = [_levels(cell) for cell in (before, after)]
    for what in dict.fromkeys([*levels[0], *levels[1]]):
        yield from _step((what,), levels[0].get(what, _NONE), levels[1].get(what, _NONE))


def _step(what: tuple[str, ...], was: Level, now: Level) -> Iterator[Step]:
    if was == now:
        return
    code = "diff_limit_changed"
    if was.looseness != now.looseness:
        code = "diff_tightened" if now.looseness < was.looseness else "diff_loosened"
    yield Step(code, what, was.shown, now.shown)


def _levels(cell: Cell) -> dict[str, Level]:
    """The limits of a cell without bands."""
    if isinstance(cell, SizeCell):
        return {limit.quantity: _upper(limit) for limit in cell.limits}
    if isinstance(cell, HeightCell):
        if cell.forbidden:
            return {"height_mm": Level(FORBIDDEN, -1)}
        return {"height_mm": Level(UNLIMITED, math.inf) if cell.unlimited else _at_most(cell.up_to_mm or 0.0, "mm")}
    if isinstance(cell, ToleranceCell):
        low, high = cell.from_mm, cell.to_mm
        return {"from_mm": Level(f"{low:g} mm", -low), "to_mm": Level(f"{high:g} mm", high)}
    if isinstance(cell, SumCell):
        return {"diff_sum": _at_most(cell.most, "mm" if cell.sum_up_to_mm2 is None else "mm²")}
    return {}


def _at_most(value: float, unit: str) -> Level:
    return Level(f"≤{value:g} {unit}", value)


def _upper(limit: SizeLimit) -> Level:
    """A value that is not itself allowed lies just below the same value that is."""
    unit = "mm²" if limit.quantity.endswith("_mm2") else "mm"
    if limit.upper_closed:
        return _at_most(limit.upper, unit)
    return Level(f"<{limit.upper:g} {unit}", math.nextafter(limit.upper, 0))


def _banded(was: AnyRule, now: AnyRule, before: Any, after: Any) -> Iterator[Step]:
    """The sizes on which the two cells differ, neighbouring sizes with the same change in one piece."""
    what, level = ("diff_allow", _allowed) if isinstance(before, CountCell) else ("diff_spacing", _spaced)
    merged: list[tuple[_Piece, Level, Level]] = []
    for piece in _pieces([*before.bands, *after.bands]):
        here = (_at(before, piece, level), _at(after, piece, level))
        if merged and merged[-1][1:] == here:
            piece = (*merged.pop()[0][:2], *piece[2:])
        merged.append((piece, *here))
    unit = "mm²" if getattr(now, "size", "").endswith("_mm2") else "mm"
    for piece, old, new in merged:
        yield from _step((what, _band_shown(piece, unit)), old, new)


def _pieces(bands: list[Interval]) -> Iterator[_Piece]:
    """Every edge by itself and every gap between two edges, from 0 up."""
    edges = sorted({0.0, *(band.lower for band in bands), *(b.upper for b in bands if math.isfinite(b.upper))})
    for edge, following in zip(edges, [*edges[1:], math.inf], strict=True):
        yield edge, True, edge, True
        yield edge, False, following, False


def _at(cell: Any, piece: _Piece, level: Callable[[Any], Level]) -> Level:
    """The level in the middle of the piece; above the top band that of the top band."""
    low, high = piece[0], piece[2]
    size = low if low == high else (low + high) / 2 if math.isfinite(high) else low + 1
    return level(next((band for band in cell.bands if size in band), cell.bands[-1]))


def _allowed(band: Any) -> Level:
    return Level(UNLIMITED, math.inf) if band.allow == "unlimited" else Level(str(band.allow), band.allow)


def _spaced(band: SpacingBand) -> Level:
    other = f" ({band.alternative_spacing_mm:g})" if band.alternative_spacing_mm is not None else ""
    return Level(f"≥{band.spacing_mm:g} mm{other}", -band.spacing_mm)


def _band_shown(piece: _Piece, unit: str) -> str:
    low, low_closed, high, high_closed = piece
    if low == high:
        return f"={low:g} {unit}"
    lower = "" if low == 0 and low_closed else f"{'≥' if low_closed else '>'}{low:g}"
    upper = f"{'≤' if high_closed else '<'}{high:g}" if math.isfinite(high) else ""
    return f"{' '.join(part for part in (lower, upper) if part)} {unit}" if lower or upper else ALL_SIZES
