"""Frames that hold many objects of one cell, each at its own sub-pixel place and angle, half of them dark."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cvinspect.bench.cells import Cell
from cvinspect.bench.render import coverage
from cvinspect.bench.shapes import Shape
from cvinspect.model import Frame
from cvinspect.pictures import decode_picture, encode_jpeg

LEVEL_GRAY = 128.0
GAP_PX = 48  # between neighbours: more than the plain surface that measuring looks at around an object
FRAME_PX = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One frame and its objects, which lie on a grid of `pitch` px, `columns` a row.

    peak_gray: how far the middle of such an object stands out behind the blur, without noise; a median over them.
    """

    frame: Frame
    shapes: tuple[Shape, ...]
    pitch: int
    columns: int
    peak_gray: float

    def place_of(self, x: float, y: float) -> int:
        """The index of the object in whose square a place lies; -1 for none."""
        column, row = math.floor((x + 0.5) / self.pitch), math.floor((y + 0.5) / self.pitch)
        index = row * self.columns + column
        return index if 0 <= column < self.columns and 0 <= index < len(self.shapes) else -1


def sheets(cell: Cell, count: int, rng: np.random.Generator) -> Iterator[Sheet]:
    """Frames of about a megapixel until `count` objects are drawn."""
    pitch = math.ceil(max(_reach(shape) for shape in cell.shapes)) + GAP_PX
    columns = max(FRAME_PX // pitch, 2)
    for first in range(0, count, columns**2):
        shapes = (cell.shapes[index % len(cell.shapes)] for index in range(first, min(first + columns**2, count)))
        yield _sheet(cell, tuple(shapes), pitch, columns, rng)


def _reach(shape: Shape) -> float:
    """The diameter of the circle around its middle that holds the shape."""
    return 2 * (float(np.linalg.norm(shape.spine, axis=1).max()) + shape.pad)


def _sheet(cell: Cell, shapes: tuple[Shape, ...], pitch: int, columns: int, rng: np.random.Generator) -> Sheet:
    seen = cell.condition
    picture = np.full((max(math.ceil(len(shapes) / columns), 2) * pitch, columns * pitch), LEVEL_GRAY)
    peaks = []
    for index, shape in enumerate(shapes):
        row, column = divmod(index, columns)
        middle = (column + 0.5) * pitch + rng.uniform(-1, 1), (row + 0.5) * pitch + rng.uniform(-1, 1)
        (x, y), share = coverage(shape, middle, rng.uniform(0, 2 * math.pi), seen.psf_px)
        peaks.append(share.max())
        sign = 1 if rng.random() < 0.5 else -1
        picture[y : y + share.shape[0], x : x + share.shape[1]] += sign * seen.contrast_gray * share
    picture += rng.normal(0, seen.noise_gray, picture.shape)
    frame = _frame(np.clip(np.rint(picture), 0, 255).astype(np.uint8), seen.jpeg)
    return Sheet(frame, shapes, pitch, columns, seen.contrast_gray * float(np.median(peaks)))


def _frame(pixels: NDArray[np.uint8], jpeg: int) -> Frame:
    if not jpeg:
        return Frame(pixels)
    picture = decode_picture(encode_jpeg(pixels, jpeg), "bench.jpg")
    return Frame(picture.pixels, jpeg_quality=picture.jpeg_quality)
