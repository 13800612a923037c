"""Polygons and disks anywhere in a picture, each pixel covered exactly: truth for tests of where a part lies."""

from dataclasses import dataclass

import cv2
import numpy as np

FINE = 8


@dataclass(frozen=True)
class Disk:
    """A disk, in px."""

    center: tuple[float, float]
    radius: float


def drawn(shapes_px, size, psf_px=0.8, noise_gray=2.0, seed=0, ground=40.0):
    """(H, W) uint8: `shapes_px` are (corners (N, 2) in px or a Disk, grey level), each over the ones before; then come
    blur and noise."""
    picture = np.full(size[::-1], float(ground))
    for corners, gray in shapes_px:
        picture += covered(corners, size) * (gray - picture)
    blurred = cv2.GaussianBlur(picture, (0, 0), psf_px)
    noise = np.random.default_rng(seed).normal(0, noise_gray, blurred.shape)
    return np.clip(np.rint(blurred + noise), 0, 255).astype(np.uint8)


def disk(center_px, radius_px):
    turn = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    return np.asarray(center_px) + radius_px * np.stack([np.cos(turn), np.sin(turn)], axis=1)


def covered(shape, size):
    """(H, W) share of each pixel within the shape: whole pixels far from its edge, 8 x 8 distances near it."""
    corners = disk(shape.center, shape.radius) if isinstance(shape, Disk) else np.asarray(shape, float)
    sides = 1 if isinstance(shape, Disk) else len(corners)
    share, near = np.zeros(size[::-1], np.uint8), np.zeros(size[::-1], np.uint8)
    whole = np.rint(corners).astype(np.int32)
    cv2.fillPoly(share, [whole], 1)
    cv2.polylines(near, [whole], True, 1, 5)
    share = share.astype(float)
    rows, columns = np.nonzero(near)
    steps = (np.arange(FINE) + 0.5) / FINE - 0.5
    dy, dx = (grid.ravel() for grid in np.meshgrid(steps, steps, indexing="ij"))
    for some in np.array_split(np.arange(len(rows)), max(1, len(rows) * sides // 60_000)):
        points = np.stack([columns[some, None] + dx, rows[some, None] + dy], axis=-1)
        share[rows[some], columns[some]] = np.clip(0.5 - FINE * _distance(points, shape), 0, 1).mean(axis=1)
    return share


def _distance(points, shape):
    """Signed distance of points (..., 2) to the shape, negative inside."""
    if isinstance(shape, Disk):
        return np.hypot(*np.moveaxis(points - np.asarray(shape.center), -1, 0)) - shape.radius
    corners = np.asarray(shape, float)
    nearest, inside = np.full(points.shape[:-1], np.inf), np.zeros(points.shape[:-1], bool)
    x, y = points[..., 0], points[..., 1]
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        dx, dy = x1 - x0, y1 - y0
        share = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - x0 - share * dx, y - y0 - share * dy))
        if y0 != y1:
            inside ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * dx / dy)
    return np.where(inside, -nearest, nearest)
