"""A turned part seen along its axis, or a little from the side: what goes round is its own look, and is taken out.

Rims, grooves, rings, the marks of turning and the light on them go round; pits, nicks, specks and cracks do not. What
a place should look like is told by the same ring some way round, so nothing has to be learnt, and how the part is
turned about its axis does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.detect.silhouette import fitted_outlines
from cvinspect.detect.surface import Surface, sampled
from cvinspect.errors import PictureError
from cvinspect.model import Points

Floats = NDArray[np.float32]

CELLS = 180  # a ring is told by so many means of what is seen along it
WINDOW = 21  # of them, whose median tells the middle one: objects under 10 cells (20 degrees) do not move it
RIM_PX = 2.0  # this near to the part's edge its own blur is all that is seen
HUB_PX = 6.0  # smaller rings are told by the ring of this radius
STEP_PX = 0.5  # from ring to ring
LEAN_CELLS, LEAN_ROWS = 6.0, 3.0  # sigmas over which the lean of what goes round is told
LEAN_GRAY = 0.5  # grey levels per row: what rises less tells no lean
MOST_LEAN = 1.5  # rows per cell


@dataclass(frozen=True, slots=True, eq=False)
class Disk:
    """The ellipse as which a disk is seen: middle (2,) px; axes (2, 2): the unit circle's places times it lie on it."""

    middle: NDArray[np.float64]
    axes: NDArray[np.float64]

    @property
    def radius_px(self) -> float:
        """Of the disk of the same area."""
        return float(np.sqrt(np.linalg.det(self.axes)))

    def around(self, shares: NDArray[np.float64], angles: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places (R, N, 2) px at shares (R,) of the radius and angles (N,)."""
        circle = np.stack([np.cos(angles), np.sin(angles)], axis=1) @ self.axes.T
        return np.asarray(self.middle + shares[:, None, None] * circle)

    def polar(self, size: tuple[int, int]) -> tuple[Floats, Floats]:
        """Per pixel of a frame of `size` (width, height): its share of the radius, and its angle in 0..2 pi."""
        x, y = np.meshgrid(np.arange(size[0]) - self.middle[0], np.arange(size[1]) - self.middle[1])
        inverse = np.linalg.inv(self.axes)
        u, v = (np.asarray(x * row[0] + y * row[1], np.float32) for row in inverse)
        share, angle = cv2.cartToPolar(u, v)
        return np.asarray(share, np.float32), np.asarray(angle, np.float32)


def disk_of(surface: Surface) -> Disk:
    """The disk whose rim most of the part's silhouette lies on. Raises PictureError where there is none."""
    found = fitted_outlines(surface, "ellipse")
    if not found:
        raise PictureError("no round part stands out of the ground", "turned_missing")
    points = np.asarray(found[0].points, np.float32)
    middle, sides, angle = cv2.fitEllipse(points)
    turn = np.radians(angle)
    axes = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return Disk(np.array(middle, np.float64), axes @ np.diag(sides) @ axes.T / 2)


def without_rings(surface: Surface) -> Surface:
    """What detectors look at on a turned part: the picture without what goes round it, at the part's usual grey level,
    and on the part alone. Raises PictureError where no round part stands out."""
    disk = disk_of(surface)
    width, height = surface.frame.size
    gray = surface.gray[:height, :width]
    share, angle = disk.polar((width, height))
    ring = np.maximum(share * np.float32(disk.radius_px), np.float32(HUB_PX)) / np.float32(STEP_PX)
    cell = angle * np.float32(CELLS / (2 * np.pi)) + np.float32(WINDOW - 0.5)
    expected = cv2.remap(_closed(_rings(gray, disk)), cell, ring, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    seen = share * disk.radius_px <= disk.radius_px - RIM_PX
    level = float(np.median(gray[seen])) if seen.any() else 0.0
    flat = np.where(seen, gray.astype(np.float32) - expected + np.float32(level), np.float32(level))
    frame = replace(surface.frame, pixels=np.asarray(np.clip(np.rint(flat), 0, 255), np.uint8))
    only = np.asarray(np.where(seen, 255, 0), np.uint8)
    return Surface(frame, surface.placement, surface.reference_gray, only=only)


def part_share(surface: Surface, outline_px: Points) -> float:
    """The share of a face (N, 2) that is the part, but for its rim: what lies beyond was not looked at."""
    face = np.zeros(surface.frame.pixels.shape[:2], np.uint8)
    cv2.fillPoly(face, [np.rint(np.clip(outline_px, -1e4, 1e5) * 16).astype(np.int32)], 1, shift=4)
    disk = disk_of(surface)
    share = disk.polar(surface.frame.size)[0][face > 0]
    return float((share * disk.radius_px <= disk.radius_px + RIM_PX).mean()) if share.size else 0.0


def _rings(gray: MatLike, disk: Disk) -> Floats:
    """What each ring shows about each cell (R, CELLS): the median of the cells about it, along the rings' lean."""
    step = STEP_PX / disk.radius_px
    shares = np.arange(0.0, 1.0 + step, step)
    count = CELLS * max(round(2 * np.pi * disk.radius_px / CELLS), 1)
    at = disk.around(shares, (np.arange(count) + 0.5) * 2 * np.pi / count)
    unrolled = np.asarray(sampled(gray, at), np.float32)
    cells = np.asarray(cv2.resize(unrolled, (CELLS, len(shares)), interpolation=cv2.INTER_AREA), np.float32)
    return _median_along(cells, _lean(cells))


def _lean(cells: Floats) -> Floats:
    """By how many rows what goes round rises from cell to cell at each place (R, CELLS): an inner ring at another
    height is seen off the rim's middle. From the structure tensor (Bigun and Granlund, 1987)."""
    wide = _closed(cells)
    across = cv2.Sobel(wide, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    along = cv2.Sobel(wide, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    both, own = (cv2.GaussianBlur(one, (0, 0), LEAN_CELLS, sigmaY=LEAN_ROWS) for one in (across * along, across**2))
    lean = -both / (own + LEAN_GRAY**2)
    return np.asarray(np.clip(lean, -MOST_LEAN, MOST_LEAN)[:, WINDOW:-WINDOW], np.float32)


def _median_along(cells: Floats, lean: Floats) -> Floats:
    """Of WINDOW cells about each place, along its lean."""
    wide = _closed(cells)
    row, column = (np.asarray(one, np.float32) for one in np.mgrid[: cells.shape[0], : cells.shape[1]])
    near = [
        cv2.remap(
            wide,
            column + np.float32(WINDOW + step),
            row + np.float32(step) * lean,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for step in range(-(WINDOW // 2), WINDOW // 2 + 1)
    ]
    return np.asarray(np.median(np.stack(near), axis=0), np.float32)


def _closed(cells: Floats) -> Floats:
    """With WINDOW cells of the other end on each side."""
    return np.concatenate([cells[:, -WINDOW:], cells, cells[:, :WINDOW]], axis=1)
