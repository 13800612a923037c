"""Objects of known size, in pixels around their own middle: where their edge lies, and what their sizes are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cvinspect.synth import FLAT, Scene, Speck, truth
from cvinspect.synth.shapes import to_speck, wander

Array = NDArray[np.float64]

OUTLINE = 1440


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A shape that can be drawn, in its own axes.

    distance: signed distance of places (x, y) px from its edge, negative inside; exact: far from the edge too.
    It lies within `pad` px of the hull of `spine` (N, 2). sizes: what is true, area in px², diameter, length, width and
    max_dimension in px, as docs/conventions.md defines them.
    """

    distance: Callable[[Array, Array], Array]
    exact: bool
    spine: Array
    pad: float
    sizes: Mapping[str, float]


def disk(diameter_px: float) -> Shape:
    """A disk."""
    distance = partial(_to_disk, radius=diameter_px / 2)
    sizes = _sizes(math.pi * diameter_px**2 / 4, diameter_px, diameter_px, diameter_px)
    return Shape(distance, True, np.zeros((1, 2)), diameter_px / 2, sizes)


def blot(long_px: float, short_px: float, roughness: float = 0.0, seed: int = 0) -> Shape:
    """An ellipse, its outline wandering by about `roughness` of its radius, as `cvinspect.synth.Speck` does."""
    speck = Speck(
        center_mm=(0.0, 0.0), length_mm=long_px, width_mm=short_px, contrast_gray=1.0, roughness=roughness, seed=seed
    )
    (true,) = truth(Scene(size_px=(1, 1), mm_per_px=1.0, surface=FLAT, objects=(speck,)))
    phi = np.linspace(0, 2 * np.pi, OUTLINE, endpoint=False)
    rho = wander(phi, speck)[0]
    unit = np.stack([long_px / 2 * np.cos(phi), short_px / 2 * np.sin(phi)], axis=1)
    length, width = _axes(unit, rho) if roughness else (long_px, short_px)
    sizes = _sizes(true.area_mm2, length, width, true.max_dimension_mm)
    return Shape(partial(to_speck, speck=speck), False, (unit * rho[:, None])[::20], 1.0, sizes)


def plate(long_px: float, short_px: float) -> Shape:
    """A rectangle with sharp corners."""
    half = np.array([long_px / 2, short_px / 2])
    spine = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half
    sizes = _sizes(long_px * short_px, long_px, short_px, math.hypot(long_px, short_px))
    return Shape(partial(_to_plate, half_x=half[0], half_y=half[1]), True, spine, 0.0, sizes)


def stroke(length_px: float, width_px: float, bend_rad: float = 0.0) -> Shape:
    """A line of one width with round ends, `length_px` from tip to tip along it, bent by `bend_rad` in all."""
    axis, along = length_px - width_px, np.linspace(-0.5, 0.5, 33 if bend_rad else 2)
    area = axis * width_px + math.pi * width_px**2 / 4
    if not bend_rad:
        spine = np.stack([along * axis, 0 * along], axis=1)
        straight = partial(_to_line, half_axis=axis / 2, half_width=width_px / 2)
        return Shape(straight, True, spine, width_px / 2, _sizes(area, length_px, width_px, length_px))
    radius = axis / bend_rad
    middle = radius * (1 + math.cos(bend_rad / 2)) / 2  # so that half of the arc's rise lies on either side
    spine = np.stack([radius * np.sin(along * bend_rad), middle - radius * np.cos(along * bend_rad)], axis=1)
    bent = partial(_to_arc, radius=radius, middle=middle, half_bend=bend_rad / 2, half_width=width_px / 2)
    chord = 2 * radius * math.sin(bend_rad / 2)
    return Shape(bent, True, spine, width_px / 2, _sizes(area, length_px, width_px, chord + width_px))


def _sizes(area: float, length: float, width: float, max_dimension: float) -> Mapping[str, float]:
    diameter = 2 * math.sqrt(area / math.pi)
    return {"area": area, "diameter": diameter, "length": length, "width": width, "max_dimension": max_dimension}


def _axes(unit: Array, rho: Array) -> tuple[float, float]:
    """Extents along and across the principal axis of the area within the outline rho * unit, around the origin.

    Its first and second moments are the integrals of rho³ and rho⁴ of the unit ellipse's.
    """
    middle = (rho**3) @ unit * (2 / 3 / np.sum(rho**2))
    moments = (unit.T * rho**4) @ unit / (2 * np.sum(rho**2)) - np.outer(middle, middle)
    across, along = np.ptp((unit * rho[:, None]) @ np.linalg.eigh(moments)[1], axis=0)
    return float(along), float(across)


def _to_disk(x: Array, y: Array, radius: float) -> Array:
    return np.asarray(np.hypot(x, y) - radius)


def _to_plate(x: Array, y: Array, half_x: float, half_y: float) -> Array:
    beyond_x, beyond_y = np.abs(x) - half_x, np.abs(y) - half_y
    outside = np.hypot(np.maximum(beyond_x, 0.0), np.maximum(beyond_y, 0.0))
    return np.asarray(outside + np.minimum(np.maximum(beyond_x, beyond_y), 0.0))


def _to_line(x: Array, y: Array, half_axis: float, half_width: float) -> Array:
    return np.asarray(np.hypot(np.maximum(np.abs(x) - half_axis, 0.0), y) - half_width)


def _to_arc(x: Array, y: Array, radius: float, middle: float, half_bend: float, half_width: float) -> Array:
    up, cos, sin = middle - y, math.cos(half_bend), math.sin(half_bend)  # up: from the arc's centre towards its crown
    within = np.abs(x) * cos <= up * sin
    to_tip = np.hypot(np.abs(x) - radius * sin, up - radius * cos)
    return np.where(within, np.abs(np.hypot(x, up) - radius), to_tip) - half_width
