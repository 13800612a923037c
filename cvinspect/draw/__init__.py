"""Overlays for people: the picture with every imperfection ringed in its outcome's colour and numbered.

A ring runs a few pixels outside the imperfection, never on it; number tags lie beside, tied by a leader. Colours are
told apart by colour-blind eyes (Okabe and Ito), and FAIL is drawn thicker.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cvinspect.draw.marks import COLOURS, Style, clearance, draw_faces, draw_rings, marks_of
from cvinspect.draw.tags import Room, draw_scale_bar, draw_tags
from cvinspect.draw.view import View, rendered, whole
from cvinspect.model import Blob, Finding, Pixels, Placement

__all__ = ["COLOURS", "closeup", "overlay", "thumbnail"]

READABLE_PX = 640  # a picture whose longer side is shorter is enlarged, so that tags find room beside it
ENLARGED_AT_MOST = 8

_OVERLAY = Style(gap_px=6.0, thickness=2, text_scale=0.45, most_tags=250, bar=True)
_THUMBNAIL = Style(gap_px=5.0, thickness=2, text_scale=0.42, most_tags=6, bar=False, passing=False)
_CLOSEUP = Style(gap_px=5.0, thickness=2, text_scale=0.42, most_tags=0, bar=True)


def overlay(
    pixels: Pixels,
    placement: Placement | None,
    blobs: Iterable[Blob],
    findings: Iterable[Finding],
    scale: float | None = None,
    larger: float = 1.0,
) -> NDArray[np.uint8]:
    """The picture with its faces outlined thin and every blob ringed and numbered by its id.

    pixels: (H, W) or (H, W, 3), uint8 or uint16 (its upper 8 bits are shown). scale: canvas px per frame px; None is
    1, or the whole number that brings a small picture to 640 px. larger: how much larger marks and numbers are drawn,
    for a picture that is looked at from afar. Without a placement nothing is marked. Returns
    (scale H, scale W, 3) uint8. Where a tag finds no room beside the imperfections it is left out.
    """
    view = whole(pixels, enlarged(pixels) if scale is None else scale)
    text_scale, thickness = larger * _OVERLAY.text_scale, round(larger * _OVERLAY.thickness)
    style = replace(_OVERLAY, gap_px=larger * _OVERLAY.gap_px, thickness=thickness, text_scale=text_scale)
    return _drawn(pixels, view, placement, blobs, findings, style)


def thumbnail(
    pixels: Pixels, placement: Placement | None, blobs: Iterable[Blob], findings: Iterable[Finding], side_px: int = 320
) -> NDArray[np.uint8]:
    """The picture, its longer side side_px, with larger marks and only on what does not pass; (H', W', 3) uint8."""
    view = whole(pixels, side_px / max(pixels.shape[:2]))
    return _drawn(pixels, view, placement, blobs, findings, _THUMBNAIL)


def closeup(
    pixels: Pixels,
    placement: Placement,
    blobs: Iterable[Blob],
    findings: Iterable[Finding],
    blob: Blob,
    side_px: int = 240,
) -> NDArray[np.uint8]:
    """A square around `blob`, enlarged by a whole number or reduced; (side_px, side_px, 3) uint8."""
    mark = marks_of([blob], (), placement)[0]
    low, high = mark.points_px.min(axis=0), mark.points_px.max(axis=0)
    wanted = max(1.6 * float((high - low).max()) + 12.0, 24.0)
    times = min(int(side_px // wanted), ENLARGED_AT_MOST)
    window = -(-side_px // times) if times else math.ceil(wanted)
    left, top = np.rint((low + high - window + 1) / 2).astype(int).tolist()
    view = View((left, top), (window, window), (window * times,) * 2 if times else (side_px, side_px))
    return _drawn(pixels, view, placement, blobs, findings, _CLOSEUP, side_px)


def enlarged(pixels: Pixels) -> float:
    """By which whole number `overlay` enlarges a small picture; 1.0 for others."""
    return float(min(-(-READABLE_PX // max(pixels.shape[:2])), ENLARGED_AT_MOST))


def _drawn(
    pixels: Pixels,
    view: View,
    placement: Placement | None,
    blobs: Iterable[Blob],
    findings: Iterable[Finding],
    style: Style,
    most_px: int | None = None,
) -> NDArray[np.uint8]:
    picture = rendered(pixels, view)[:most_px, :most_px]
    if placement is None:
        return picture
    canvas = picture.copy()
    size = (canvas.shape[1], canvas.shape[0])
    marks = marks_of(blobs, findings, placement, view)
    draw_faces(canvas, placement, view)
    draw_rings(canvas, picture, marks, view.scale, style)
    gap_px = clearance(view.scale, style) + 2
    room = Room.around(marks, size, gap_px)
    if style.bar:
        draw_scale_bar(canvas, room, placement.calibration.mm_per_px / view.scale, style)
    draw_tags(canvas, room, marks, gap_px, style)
    return canvas
