"""What the bench of seeing missed, as pictures: a sheet a cell, each object as it was seen and with its place drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.draw.view import View, rendered
from cvinspect.model import Frame, Points
from cvinspect.pictures import encode_png

MOST = 8  # objects on a sheet
COLUMNS = 8
LEAST_PX, AROUND_PX, ZOOM, GAP_PX = 64, 10, 2, 6
_TRUTH = (0x00, 0x9F, 0xE6)  # B, G, R
_SHIFT = 4

Canvas = NDArray[np.uint8]


@dataclass(slots=True)
class Misses:
    """Collects by the cell's name; the first MOST of each are kept."""

    kept: dict[str, list[tuple[Canvas, Canvas]]] = field(default_factory=dict)

    def add(self, cell: str, frame: Frame, places_px: Sequence[Points]) -> None:
        """Objects of `cell` that were missed in `frame`: each one's middle line or place (N, 2) in px."""
        kept = self.kept.setdefault(cell, [])
        kept += [_pair(frame, place) for place in places_px[: MOST - len(kept)]]

    def write(self, folder: Path) -> list[Path]:
        """A PNG a cell that missed any, above as seen and below with its place; returns their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for cell, pairs in self.kept.items():
            if pairs:
                paths.append(folder / f"{cell.replace(' ', '-').replace(',', '')}.png")
                paths[-1].write_bytes(encode_png(_sheet(pairs)))
        return paths


def _pair(frame: Frame, place_px: Points) -> tuple[Canvas, Canvas]:
    low, high = place_px.min(axis=0), place_px.max(axis=0)
    side = max(LEAST_PX, round(float(np.linalg.norm(high - low)))) + 2 * AROUND_PX
    corner = np.rint((low + high - side) / 2).astype(int)
    view = View((int(corner[0]), int(corner[1])), (side, side), (ZOOM * side, ZOOM * side))
    seen = rendered(frame.pixels, view)
    return seen, _with_place(seen, view.to_canvas(place_px))


def _with_place(seen: Canvas, at: Points) -> Canvas:
    drawn = np.array(seen)
    if len(at) == 1:
        cv2.circle(drawn, (round(at[0, 0]), round(at[0, 1])), ZOOM * 12, _TRUTH, 1, cv2.LINE_AA)
    else:
        cv2.polylines(drawn, [np.rint(at * (1 << _SHIFT)).astype(np.int32)], False, _TRUTH, 1, cv2.LINE_AA, _SHIFT)
    return drawn


def _sheet(pairs: Sequence[tuple[Canvas, Canvas]]) -> Canvas:
    side = max(seen.shape[0] for seen, _ in pairs) + GAP_PX
    rows = -(-len(pairs) // COLUMNS)
    sheet = np.full((2 * rows * side, min(len(pairs), COLUMNS) * side, 3), 255, np.uint8)
    for index, pair in enumerate(pairs):
        row, column = divmod(index, COLUMNS)
        for half, canvas in enumerate(pair):
            top, left = (2 * row + half) * side, column * side
            sheet[top : top + canvas.shape[0], left : left + canvas.shape[1]] = canvas
    return sheet
