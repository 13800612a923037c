"""Rendered 5 MP frames of a brushed face, blank or with many objects of one kind and size on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.bench.draws import placement_of
from cvinspect.bench.render import coverage
from cvinspect.bench.shapes import Shape, disk, stroke
from cvinspect.model import Frame, Placement
from cvinspect.synth.shapes import dent_shading

Array = NDArray[np.float64]
Family = Literal["speck", "scratch", "line", "dent", "mixed"]

SIZE_PX = (2448, 2048)
LEVEL_GRAY, WAVE_GRAY, VIGNETTING = 140.0, 3.0, 0.15
NOISE_GRAY, TEXTURE_GRAY, PSF_PX = 2.0, 1.5, 0.8
LAY_PX = 41  # length of the marks of brushing, along x
PITCH_PX = 172
COLUMNS = SIZE_PX[0] // PITCH_PX
MOST = COLUMNS * (SIZE_PX[1] // PITCH_PX)


@dataclass(frozen=True, slots=True)
class Object:
    """One object to be found: size_px is its diameter or its length, width_px its narrow side."""

    family: Family
    size_px: float
    width_px: float
    contrast_gray: float


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Where an object lies: its middle line (N, 2) in px, about a point a px; of a speck or a dent its middle."""

    object: Object
    points_px: Array


def blank(seed: int, size_px: tuple[int, int] = SIZE_PX) -> Array:
    """(H, W) grey levels of a face without any defect and without noise: vignetting, slow waves, marks of brushing."""
    rng = np.random.default_rng([seed, 1])
    x, y = (np.linspace(-1, 1, side) for side in size_px)
    phase = rng.uniform(0, 2 * math.pi, 2)
    gray = LEVEL_GRAY + WAVE_GRAY * (np.sin(4 * x + phase[0])[None, :] + np.sin(3 * y + phase[1])[:, None])
    gray *= 1 - VIGNETTING * (x[None, :] ** 2 + y[:, None] ** 2) / 2
    return np.asarray(gray + _brushed(rng, size_px))


def _brushed(rng: np.random.Generator, size_px: tuple[int, int]) -> Array:
    """White noise dragged along x, as the lens shows it; rms TEXTURE_GRAY."""
    marks = cv2.blur(rng.standard_normal(size_px[::-1], dtype=np.float32), (LAY_PX, 1))
    seen = np.asarray(cv2.GaussianBlur(marks, (0, 0), PSF_PX), np.float64)
    return seen * (TEXTURE_GRAY / float(seen.std()))


def camera(gray: Array, seed: int) -> Frame:
    """The frame that a camera gives of it: noise and rounding."""
    noise = np.random.default_rng([seed, 2]).standard_normal(gray.shape, dtype=np.float32)
    return Frame(np.clip(np.rint(gray + NOISE_GRAY * noise), 0, 255).astype(np.uint8))


def placement(frame: Frame) -> Placement:
    """The whole frame as one face, 50 um a px, its blur and noise known."""
    return placement_of(frame, PSF_PX, NOISE_GRAY)


def strewn(gray: Array, objects: list[Object], seed: int) -> list[Drawn]:
    """Draws at most MOST objects into `gray` (H, W), each at its own sub-pixel place and angle, half of them dark."""
    rng = np.random.default_rng([seed, 3])
    drawn = []
    for index, one in enumerate(objects[:MOST]):
        row, column = divmod(index, COLUMNS)
        middle = (column + 0.5) * PITCH_PX + rng.uniform(-9, 9), (row + 0.5) * PITCH_PX + rng.uniform(-9, 9)
        drawn.append(_draw(gray, one, middle, rng.uniform(0, 2 * math.pi), 1 if rng.random() < 0.5 else -1))
    return drawn


def _draw(gray: Array, one: Object, middle: tuple[float, float], angle_rad: float, sign: int) -> Drawn:
    if one.family == "dent":
        return _dent(gray, one, middle, angle_rad)
    shape = _shape(one)
    (x, y), share = coverage(shape, middle, angle_rad, PSF_PX)
    gray[y : y + share.shape[0], x : x + share.shape[1]] += sign * one.contrast_gray * share
    along = shape.spine
    if len(along) > 1:
        steps = np.linspace(0, 1, math.ceil(one.size_px))[:, None]
        along = along[:1] * (1 - steps) + along[1:] * steps
    cos, sin = math.cos(angle_rad), math.sin(angle_rad)
    return Drawn(one, along @ np.array([[cos, sin], [-sin, cos]]) + middle)


def _shape(one: Object) -> Shape:
    return disk(one.size_px) if one.family == "speck" else stroke(one.size_px, one.width_px)


def _dent(gray: Array, one: Object, middle: tuple[float, float], angle_rad: float) -> Drawn:
    reach = math.ceil(one.size_px / 2)
    x0, y0 = (math.floor(side) - reach for side in middle)
    rows, columns = slice(y0, y0 + 2 * reach + 2), slice(x0, x0 + 2 * reach + 2)
    x, y = np.arange(columns.start, columns.stop)[None, :], np.arange(rows.start, rows.stop)[:, None]
    light_deg = math.degrees(angle_rad)
    shade = dent_shading(x.astype(np.float64), y.astype(np.float64), middle, one.size_px, light_deg, 1.0)
    gray[rows, columns] += one.contrast_gray * shade
    return Drawn(one, np.array([middle]))
