"""A sheet as PDF: plain text without compression, so that the same sheet gives the same bytes everywhere."""

from __future__ import annotations

import io

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import FILL_EVEN_ODD, Canvas

from cvinspect.calibration.sheet_shapes import LINE_MM, Parts, Sheet

_BINARY = b"\x93\x8c\x8b\x9e "  # the mark of a file with binary data (ISO 32000-1, 7.5.2); ours has none


def pdf_text(sheet: Sheet) -> str:
    """The PDF, all of it ASCII. Its Subject is the target's word, its Keywords state the ruler."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(sheet.width_mm * mm, sheet.height_mm * mm), invariant=1, pageCompression=0)
    canvas.setTitle(f"cvinspect target {sheet.word}")
    canvas.setSubject(sheet.word)
    canvas.setKeywords(f"cvinspect-target/1, ruler_mm={sheet.ruler_mm:g}")
    canvas.setAuthor("cvinspect")
    canvas.setCreator("cvinspect target")
    canvas.setViewerPreference("PrintScaling", "None")  # so that a viewer offers 100 % by itself
    canvas.setLineWidth(LINE_MM * mm)
    for parts in sheet.parts:
        _draw(canvas, parts, sheet.height_mm)
    canvas.showPage()
    canvas.save()
    return file.getvalue().replace(_BINARY, b"7bit ").decode("ascii")


def _draw(canvas: Canvas, parts: Parts, height_mm: float) -> None:
    path = canvas.beginPath()
    for outline in parts.outlines:
        for number, (x, y) in enumerate(outline):
            (path.lineTo if number else path.moveTo)(x * mm, (height_mm - y) * mm)
        path.close()
    for x, y, diameter in parts.disks_mm:
        path.circle(x * mm, (height_mm - y) * mm, diameter / 2 * mm)
    canvas.drawPath(path, stroke=0, fill=1, fillMode=FILL_EVEN_ODD)
    canvas.lines(
        [
            (line.x0_mm * mm, (height_mm - line.y0_mm) * mm, line.x1_mm * mm, (height_mm - line.y1_mm) * mm)
            for line in parts.lines
        ]
    )
    for text in parts.texts:
        canvas.setFont(text.font, text.size_mm * mm)
        canvas.drawString(text.left_mm * mm, (height_mm - text.y_mm) * mm, text.text)
