"""How far a place lies from the edge of an object: signed distances in mm, negative inside.

Distances to strokes and rounded rectangles are exact. Those to specks and flash are of first order: exact to well
under a hundredth of the object at its edge, where coverage is decided, and of the right sign everywhere.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cvinspect.synth.scene import Chip, Fibre, FlashBump, Part, Point, Scratch, Speck

Array = NDArray[np.float64]

_WAVES = (2, 3, 4, 5, 7)


def to_stroke(x: Array, y: Array, item: Scratch | Fibre) -> Array:
    """Distance to a line of one width with round ends."""
    nearest = np.full(np.broadcast(x, y).shape, np.inf)
    for (x0, y0), (x1, y1) in zip(item.points_mm, item.points_mm[1:], strict=False):
        dx, dy = x1 - x0, y1 - y0
        share = np.clip(((x - x0) * dx + (y - y0) * dy) / max(dx * dx + dy * dy, 1e-300), 0.0, 1.0)
        nearest = np.minimum(nearest, np.hypot(x - x0 - share * dx, y - y0 - share * dy))
    return nearest - item.width_mm / 2


def to_part(x: Array, y: Array, part: Part) -> Array:
    """Distance to a rectangle with rounded corners."""
    along, across = x - part.center_mm[0], y - part.center_mm[1]
    if part.turn_deg:
        along, across = _turned(along, across, part.turn_deg)
    beyond_x = np.abs(along) - part.width_mm / 2 + part.corner_mm
    beyond_y = np.abs(across) - part.height_mm / 2 + part.corner_mm
    outside = np.hypot(np.maximum(beyond_x, 0.0), np.maximum(beyond_y, 0.0))
    return np.asarray(outside + np.minimum(np.maximum(beyond_x, beyond_y), 0.0) - part.corner_mm)


def to_speck(x: Array, y: Array, speck: Speck) -> Array:
    """Distance to an ellipse whose radius wanders: (rho - wander(phi)) over its slope, in the frame of the ellipse."""
    along, across = _turned(x - speck.center_mm[0], y - speck.center_mm[1], speck.angle_deg)
    a, b = speck.length_mm / 2, speck.width_mm / 2
    u, v = along / a, across / b
    rho = np.maximum(np.hypot(u, v), 1e-6)
    radius, slope = wander(np.arctan2(v, u), speck)
    around = slope / np.maximum(rho, 0.5)  # only the edge counts; in the middle the angle has no meaning
    grade_u = (u + v * around) / rho / a
    grade_v = (v - u * around) / rho / b
    return np.asarray((rho - radius) / np.hypot(grade_u, grade_v))


def wander(phi: Array, speck: Speck) -> tuple[Array, Array]:
    """The outline's radius over the ellipse's, and its derivative, at the angles `phi`."""
    radius, slope = np.ones_like(phi), np.zeros_like(phi)
    for wave, size, start in waves(speck):
        radius += size * np.cos(wave * phi + start)
        slope -= wave * size * np.sin(wave * phi + start)
    return radius, slope


def waves(speck: Speck) -> list[tuple[int, float, float]]:
    """Order, amplitude and phase of the waves that make an outline rough; their rms is about `roughness`."""
    if not speck.roughness:
        return []
    phases = np.random.Generator(np.random.PCG64(speck.seed)).random(len(_WAVES)) * 2 * math.pi
    unit = speck.roughness * math.sqrt(2 / sum(1 / k for k in _WAVES))
    return [(k, unit / math.sqrt(k), float(phase)) for k, phase in zip(_WAVES, phases, strict=True)]


def to_flash(x: Array, y: Array, bump: FlashBump, part: Part) -> Array:
    """Distance to what stands beyond the outline: a bump of height h (1 - (2 t / base)^2), t along the outline."""
    beyond, aside = to_part(x, y, part), _turned(x - bump.foot_mm[0], y - bump.foot_mm[1], outward_deg(bump, part))[1]
    share = np.clip(2 * aside / bump.base_mm, -1.0, 1.0)
    slope = 4 * bump.height_mm / bump.base_mm * share
    above = (beyond - bump.height_mm * (1 - share**2)) / np.hypot(1.0, slope)
    return np.asarray(np.maximum(above, np.maximum(np.abs(aside) - bump.base_mm / 2, -beyond)))


def to_chip(x: Array, y: Array, chip: Chip, part: Part) -> Array:
    """Distance to what is missing within the outline: a notch of depth h (1 - (2 t / base)^2), t along the outline."""
    within, aside = -to_part(x, y, part), _turned(x - chip.foot_mm[0], y - chip.foot_mm[1], outward_deg(chip, part))[1]
    share = np.clip(2 * aside / chip.base_mm, -1.0, 1.0)
    slope = 4 * chip.depth_mm / chip.base_mm * share
    below = (within - chip.depth_mm * (1 - share**2)) / np.hypot(1.0, slope)
    return np.asarray(np.maximum(below, np.maximum(np.abs(aside) - chip.base_mm / 2, -within)))


def outward_deg(bump: FlashBump | Chip, part: Part) -> float:
    """Direction of the outline's outward normal at the foot of the bump or chip."""
    x, y = (np.array([at]) for at in bump.foot_mm)
    step = 1e-4 * bump.base_mm
    across = float((to_part(x + step, y, part) - to_part(x - step, y, part))[0])
    down = float((to_part(x, y + step, part) - to_part(x, y - step, part))[0])
    return math.degrees(math.atan2(down, across))


def dent_shading(x: Array, y: Array, center_mm: Point, diameter_mm: float, light_deg: float, core: float) -> Array:
    """The shading of a hollow of depth (1 - rho^2)^2, its pair with amplitude 1; 0 beyond the rim."""
    towards, _ = _turned(x - center_mm[0], y - center_mm[1], light_deg)
    rho2 = np.minimum(((x - center_mm[0]) ** 2 + (y - center_mm[1]) ** 2) / (diameter_mm / 2) ** 2, 1.0)
    pair = -1.5 * math.sqrt(3) * towards / (diameter_mm / 2) * (1 - rho2)
    return np.asarray(pair - core * (1 - rho2) ** 2)


def _turned(x: Array, y: Array, angle_deg: float) -> tuple[Array, Array]:
    """Coordinates along and across a direction."""
    cos, sin = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    return x * cos + y * sin, y * cos - x * sin
