"""A sheet as SVG: its user unit is the millimetre."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from cvinspect.calibration.sheet_shapes import LINE_MM, Parts, Sheet, Text
from cvinspect.projection import Points

_FONTS = {
    "Helvetica": 'font-family="Helvetica, Arial, sans-serif"',
    "Helvetica-Bold": 'font-family="Helvetica, Arial, sans-serif" font-weight="bold"',
    "Courier": 'font-family="Courier, Courier New, monospace"',
}


def svg_text(sheet: Sheet) -> str:
    """The SVG; <title> is the target's word, <metadata> states word and ruler."""
    wide, high = f"{sheet.width_mm:g}", f"{sheet.height_mm:g}"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="{wide}mm" height="{high}mm" '
        f'viewBox="0 0 {wide} {high}">',
        f"<title>{escape(sheet.word)}</title>",
        f'<metadata><cvinspect:target xmlns:cvinspect="urn:cvinspect:target:1" word={quoteattr(sheet.word)} '
        f'ruler_mm="{sheet.ruler_mm:g}"/></metadata>',
        f'<rect width="{wide}" height="{high}" fill="#fff"/>',
    ]
    for parts in sheet.parts:
        lines += ["<g>", *_drawn(parts), "</g>"]
    return "\n".join([*lines, "</svg>", ""])


def _drawn(parts: Parts) -> Iterator[str]:
    if parts.outlines:
        yield f'<path fill-rule="evenodd" d="{"".join(map(_closed, parts.outlines))}"/>'
    for x, y, diameter in parts.disks_mm:
        yield f'<circle cx="{_mm(x)}" cy="{_mm(y)}" r="{_mm(diameter / 2)}"/>'
    if parts.lines:
        strokes = (f"M{_mm(a.x0_mm)} {_mm(a.y0_mm)}L{_mm(a.x1_mm)} {_mm(a.y1_mm)}" for a in parts.lines)
        yield f'<path fill="none" stroke="#000" stroke-width="{LINE_MM}" d="{"".join(strokes)}"/>'
    yield from map(_text, parts.texts)


def _closed(outline: Points) -> str:
    return "M" + "L".join(f"{_mm(x)} {_mm(y)}" for x, y in outline) + "Z"


def _text(text: Text) -> str:
    """textLength keeps its width whatever font stands in for the one that is asked for."""
    return (
        f'<text x="{_mm(text.left_mm)}" y="{_mm(text.y_mm)}" font-size="{_mm(text.size_mm)}" {_FONTS[text.font]} '
        f'textLength="{_mm(text.width_mm)}" lengthAdjust="spacingAndGlyphs">{escape(text.text)}</text>'
    )


def _mm(value: float) -> str:
    return f"{value:.5f}".rstrip("0").rstrip(".")
