"""Curves of a score as SVG inside the page: nothing to load, sharp at any size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

WIDTH, HEIGHT = 560, 320
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 14, 44
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#1d2329")
"""Okabe and Ito's, told apart by everybody."""


@dataclass(frozen=True, slots=True)
class Series:
    """One curve: points (x, y), y in 0..1; dashed and thin for a bound."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: int = 0
    dashed: bool = False
    stepped: bool = False


def plot(
    series: Sequence[Series], low: float, high: float, axis_x: str, axis_y: str, level: float | None = None
) -> Markup:
    """The curves over a logarithmic x from low to high; level: a thin line at that y."""
    parts = [_grid(low, high, level), *(_curve(one, low, high) for one in series)]
    parts.append(_text(LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 6, axis_x, "middle"))
    middle = TOP + (HEIGHT - TOP - BOTTOM) / 2
    parts.append(f'<g transform="rotate(-90 12 {middle:g})">{_text(12, middle + 4, axis_y, "middle")}</g>')
    body = "".join(parts)
    return Markup(f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">{body}</svg>')


def _x(value: float, low: float, high: float) -> float:
    share = math.log(min(max(value, low), high) / low) / math.log(high / low)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(value: float) -> float:
    return TOP + (1 - value) * (HEIGHT - TOP - BOTTOM)


def _grid(low: float, high: float, level: float | None) -> str:
    lines = []
    for tenth in range(0, 11, 2):
        y = _y(tenth / 10)
        lines.append(_line(LEFT, y, WIDTH - RIGHT, y, "#d9dee3"))
        lines.append(_text(LEFT - 6, y + 4, f"{tenth / 10:g}", "end"))
    for tick in _ticks(low, high):
        x = _x(tick, low, high)
        lines.append(_line(x, TOP, x, HEIGHT - BOTTOM, "#d9dee3"))
        lines.append(_text(x, HEIGHT - BOTTOM + 16, f"{tick:g}", "middle"))
    if level is not None:
        lines.append(_line(LEFT, _y(level), WIDTH - RIGHT, _y(level), "#5b6570"))
    return "".join(lines)


def _ticks(low: float, high: float) -> list[float]:
    """1, 2, 5 where they are few, else decades."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if math.log10(high / low) < 3 else (1,)
    found = [step * 10.0**decade for decade in decades for step in steps]
    return [tick for tick in found if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]


def _curve(series: Series, low: float, high: float) -> str:
    places = [(_x(x, low, high), _y(y)) for x, y in series.points]
    if series.stepped:
        places = [at for i, (x, y) in enumerate(places) for at in ([(x, places[i - 1][1])] if i else []) + [(x, y)]]
        places += [(float(WIDTH - RIGHT), places[-1][1])] if places else []
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dash = ' stroke-dasharray="5 4"' if series.dashed else ""
    colour = COLOURS[series.colour % len(COLOURS)]
    width = "1.5" if series.dashed else "2.2"
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}>'
        f"<title>{escape(series.name)}</title></polyline>"
    )


def _line(x0: float, y0: float, x1: float, y1: float, colour: str) -> str:
    return f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="12" fill="#1d2329" text-anchor="{anchor}">{escape(text)}</text>'
