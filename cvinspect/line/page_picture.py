"""A part's picture for the operator page, its imperfections ringed and numbered."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock

import numpy as np

from cvinspect import draw
from cvinspect.archive import Look, Record
from cvinspect.archive.vault import Vault
from cvinspect.errors import PictureError
from cvinspect.model import Blob, Calibration, Placement
from cvinspect.pictures import decode_picture, encode_jpeg

KEPT = 24
QUALITY = 85
LARGER = 2.0  # it is looked at from two metres
SIDES = (320, 1280)  # of the longer side, px: for a list, for looking at
_CORNERS = 24
_FITS_PX = 3.0

_Key = tuple[int, int, int]


class Pictures:
    """Draws a picture once, and keeps the last ones; one is drawn at a time."""

    def __init__(self, vault: Vault) -> None:
        self._vault, self._lock = vault, Lock()
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()

    def jpeg(self, seq: int, record: Record, index: int, side_px: int) -> bytes:
        """The marked picture of a record's look. Raises ArchiveError or PictureError where it is gone or altered."""
        key = (seq, index, side_px)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._drawn(record, record.looks[index], side_px)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]

    def _drawn(self, record: Record, look: Look, side_px: int) -> bytes:
        if not look.stored:
            raise PictureError("no picture was kept", "not_inspected")
        pixels = decode_picture(self._vault.get(look.stored), look.picture).pixels
        scale = side_px / max(pixels.shape[:2])
        placement = _plain(look, (pixels.shape[1], pixels.shape[0]))
        blobs = [_in_frame(blob, placement.calibration.mm_per_px) for blob in look.blobs if blob.bbox_px]
        findings = record.verdict.findings
        if side_px == SIDES[0]:
            return encode_jpeg(draw.thumbnail(pixels, placement, blobs, findings, side_px), QUALITY)
        return encode_jpeg(draw.overlay(pixels, placement, blobs, findings, scale, LARGER), QUALITY)


def _plain(look: Look, size: tuple[int, int]) -> Placement:
    """The frame itself as the plane that is drawn on: a record does not keep where its part lay."""
    always = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
    return Placement(Calibration(look.mm_per_px or 1.0, 0.0, size, *always), (), ())


def _in_frame(blob: Blob, mm_per_px: float) -> Blob:
    """The blob with its outline where it lies in the frame: its own where that fits its box, else an ellipse."""
    assert blob.bbox_px is not None, "asked only of those that have one"
    left, top, right, bottom = blob.bbox_px
    middle = np.array([left + right - 1, top + bottom - 1]) / 2
    half = np.array([right - left, bottom - top]) / 2
    angle = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    outline = middle + half * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    if blob.outline_mm and blob.center_px:
        own = (np.array(blob.outline_mm) - blob.center_mm) / mm_per_px + blob.center_px
        box = np.concatenate([own.min(axis=0), own.max(axis=0) + 1])
        if np.abs(box - blob.bbox_px).max() <= _FITS_PX:
            outline = own
    points = tuple((float(x), float(y)) for x, y in outline * mm_per_px)
    return replace(blob, outline_mm=points)
