"""What a scene holds, in the quantities that are measured and judged."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cvinspect.model import Kind
from cvinspect.synth.scene import Chip, Dent, Fibre, FlashBump, Item, Part, Point, Scene, Scratch, Speck
from cvinspect.synth.shapes import dent_shading, outward_deg, wander, waves
from cvinspect.synth.surfaces import light_share

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """One imperfection as it is.

    length_mm: along the middle line from tip to tip, of a speck its longest extent. max_dimension_mm: the longest
    straight line in it. diameter_mm: of the circle of its area. center_mm: its centroid. Of flash, area and length
    are of what stands beyond the outline, and width_mm is its height; of a chip, of what is missing within it. Of a
    dent, all sizes are of its rim, which its soft shading does not reach, and contrast_gray is the extreme of that
    shading.
    """

    kind: Kind
    center_mm: Point
    area_mm2: float
    length_mm: float
    width_mm: float
    max_dimension_mm: float
    contrast_gray: float
    height_mm: float | None = None

    @property
    def diameter_mm(self) -> float:
        """Diameter of the circle of the same area."""
        return 2 * math.sqrt(self.area_mm2 / math.pi)


def truth(scene: Scene) -> tuple[Truth, ...]:
    """One Truth per object of the scene, in their order; contrast as the camera sees it, vignetting included."""
    return tuple(_seen(_of(item, scene), scene) for item in scene.objects)


def _of(item: Item, scene: Scene) -> Truth:
    if isinstance(item, Scratch | Fibre):
        return _stroke(item)
    if isinstance(item, Speck):
        return _speck(item)
    return _dent(item) if isinstance(item, Dent) else _at_edge(item, scene)


def _seen(one: Truth, scene: Scene) -> Truth:
    x, y = (np.array(at / scene.mm_per_px) for at in one.center_mm)
    return replace(one, contrast_gray=one.contrast_gray * float(light_share(scene, x, y)))


def _stroke(item: Scratch | Fibre) -> Truth:
    """A disk swept along a line: area = axis x width + the disk (exact while it bends less than its width)."""
    points, width = np.array(item.points_mm), item.width_mm
    steps = np.hypot(*np.diff(points, axis=0).T)
    axis, caps = float(steps.sum()), math.pi * width**2 / 4
    area = axis * width + caps
    middle = ((points[1:] + points[:-1]) / 2).T @ steps * width
    center = (middle + caps / 2 * (_cap(points[0], points[1], width) + _cap(points[-1], points[-2], width))) / area
    return Truth(
        kind=Kind.SCRATCH if isinstance(item, Scratch) else Kind.FOREIGN_MATTER,
        center_mm=(float(center[0]), float(center[1])),
        area_mm2=area,
        length_mm=axis + width,
        width_mm=width,
        max_dimension_mm=_farthest(points) + width,
        contrast_gray=item.contrast_gray,
    )


def _cap(end: Array, before: Array, width: float) -> Array:
    """The centroid of the half disk at an end: 4 r / 3 pi beyond it."""
    return np.asarray(end + (end - before) / np.hypot(*(end - before)) * (2 * width / (3 * math.pi)))


def _speck(item: Speck) -> Truth:
    """The area of rho = 1 + sum a cos(k phi + p) is pi (1 + sum a^2 / 2), in the ellipse's own unit."""
    phi = np.linspace(0, 2 * np.pi, 1440, endpoint=False)
    rho, _ = wander(phi, item)
    points = np.stack([item.length_mm / 2 * rho * np.cos(phi), item.width_mm / 2 * rho * np.sin(phi)], axis=1)
    turns = np.linspace(0, np.pi, 720, endpoint=False)
    spans = np.ptp(points @ np.stack([np.cos(turns), np.sin(turns)]), axis=0)
    unit = math.pi * (1 + sum(size**2 for _, size, _ in waves(item)) / 2)
    aside = (points.T @ rho**2) * (2 / 3 * math.pi / phi.size / unit)
    turn = math.radians(item.angle_deg)
    x, y = aside[0] * math.cos(turn) - aside[1] * math.sin(turn), aside[0] * math.sin(turn) + aside[1] * math.cos(turn)
    return Truth(
        kind=Kind.FOREIGN_MATTER,
        center_mm=(item.center_mm[0] + float(x), item.center_mm[1] + float(y)),
        area_mm2=unit * item.length_mm * item.width_mm / 4,
        length_mm=float(spans.max()),
        width_mm=float(spans.min()),
        max_dimension_mm=float(spans.max()),
        contrast_gray=item.contrast_gray,
    )


def _dent(item: Dent) -> Truth:
    d = item.diameter_mm
    turn, along = math.radians(item.light_deg), np.linspace(-d / 2, d / 2, 2001)
    x, y = item.center_mm[0] + along * math.cos(turn), item.center_mm[1] + along * math.sin(turn)
    shade = item.contrast_gray * dent_shading(x, y, item.center_mm, d, item.light_deg, item.core)
    return Truth(
        kind=Kind.DENT,
        center_mm=item.center_mm,
        area_mm2=math.pi * d**2 / 4,
        length_mm=d,
        width_mm=d,
        max_dimension_mm=d,
        contrast_gray=float(shade[np.argmax(np.abs(shade))]),
    )


def _at_edge(item: FlashBump | Chip, scene: Scene) -> Truth:
    part = scene.part
    assert part is not None, "a scene with flash or a chip has a part"
    if isinstance(item, FlashBump):
        return _flash(item, part)
    like = FlashBump(foot_mm=item.foot_mm, base_mm=item.base_mm, height_mm=item.depth_mm, contrast_gray=0.0)
    turn, down = math.radians(outward_deg(item, part)), 0.4 * item.depth_mm
    center = (item.foot_mm[0] - down * math.cos(turn), item.foot_mm[1] - down * math.sin(turn))
    contrast = scene.ground.level_gray - scene.surface.level_gray
    return replace(_flash(like, part), kind=Kind.CUT_DAMAGE, center_mm=center, contrast_gray=contrast, height_mm=None)


def _flash(item: FlashBump, part: Part) -> Truth:
    """Area 2/3 base x height, centroid 2/5 of the height up: the integrals of 1 - s^2 and of half its square.

    Exact on a straight outline; where it bends, to the first order of height over radius.
    """
    turn, up = math.radians(outward_deg(item, part)), 0.4 * item.height_mm
    return Truth(
        kind=Kind.FLASH,
        center_mm=(item.foot_mm[0] + up * math.cos(turn), item.foot_mm[1] + up * math.sin(turn)),
        area_mm2=2 / 3 * item.base_mm * item.height_mm,
        length_mm=item.base_mm,
        width_mm=item.height_mm,
        max_dimension_mm=max(item.base_mm, item.height_mm),
        contrast_gray=item.contrast_gray,
        height_mm=item.height_mm,
    )


def _farthest(points: Array) -> float:
    apart = points[:, None] - points[None]
    return float(np.hypot(apart[..., 0], apart[..., 1]).max())
