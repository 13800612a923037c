"""A calibration target as a camera sees it: black on white on a plane, its edges exact.

The outlines go through the lens in small steps; their exact coverage of fine cells is then blurred by the lens's
Gaussian and the pixel's own square. Nothing is sampled at an edge, so that centroids and edges are true to 0.001 px.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.projection import Points, Projection

Array = NDArray[np.float64]

_STRIP = 256  # rows of pixels at a time
_STEP_PX = 8.0  # an outline's piece: over it a lens bends a line by less than 1e-4 px
_FAR_OUT, _SAME_MM = 8.0, 1e-3  # frames away; a place that is itself again after the way to the picture and back
_LONGEST_PX = 1e5
_SAGITTA_PX = 0.002  # how far a circle's chord may lie inside the circle


def camera_projection(
    *,
    focal_px: float = 7246.0,
    center_px: tuple[float, float] = (1232.8, 1017.4),
    distortion: tuple[float, float, float, float, float] = (-0.15, 0.6, 1e-4, -2e-4, 0.0),
    tilt_x_deg: float = 0.0,
    tilt_y_deg: float = 0.0,
    roll_deg: float = 0.0,
    distance_mm: float = 362.3,
    looks_at_mm: tuple[float, float] = (0.0, 0.0),
    offset_mm: float = 0.0,
) -> Projection:
    """A camera over a plane; what is not said is a 2448 x 2048 camera with 50 um per px.

    The optical axis meets the plane at looks_at_mm, distance_mm away; the plane is rolled about the axis, then tilted
    about the picture's y and x. offset_mm > 0: a plane that much nearer to the camera, along the plane's normal.
    """
    pitch, yaw, roll = (math.radians(angle) for angle in (tilt_x_deg, tilt_y_deg, roll_deg))
    about_x = np.array([[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]])
    about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    turn = about_x @ about_y @ about_z
    origin = np.array([0, 0, distance_mm]) - turn @ [*looks_at_mm, offset_mm]
    plane = np.linalg.inv(np.column_stack([turn[:, :2], origin]))
    return Projection((focal_px, focal_px), center_px, distortion, tuple((plane / plane[2, 2]).ravel().tolist()))


def render_board(
    polygons_mm: NDArray[np.float64],
    disks_mm: NDArray[np.float64],
    projection: Projection,
    size_px: tuple[int, int],
    *,
    psf_sigma_px: float = 0.7,
    noise_gray: float = 2.0,
    noise_per_gray: float = 0.0,
    white_gray: float = 200.0,
    black_gray: float = 30.0,
    margin_mm: float | None = None,
    ground_gray: float = 90.0,
    light: NDArray[np.float64] | None = None,
    seed: int = 0,
) -> NDArray[np.uint8]:
    """(H, W) uint8 of a target; polygons_mm (K, M, 2) and disks_mm (K, 3: x, y, diameter) are black and disjoint.

    margin_mm: how far the white goes beyond them, with ground_gray around it; None = it is white everywhere. light:
    (H, W) factors on every grey level. The noise has standard deviation noise_gray, and its variance grows by
    noise_per_gray with each grey level above 0. What lies behind the camera or far outside the frame is not drawn.
    """

    def cover(outlines_mm: list[Points]) -> NDArray[np.float32]:
        return _coverage(_seen(outlines_mm, projection, size_px), size_px, psf_sigma_px)

    ink = cover(_polygon_outlines(polygons_mm, projection) + _disk_outlines(disks_mm, projection))
    gray = white_gray + (black_gray - white_gray) * ink
    if margin_mm is not None:
        sheet = _polygon_outlines(_paper(polygons_mm, disks_mm, margin_mm), projection)
        gray = ground_gray + (gray - ground_gray) * cover(sheet)
    if light is not None:
        gray = gray * light
    rng = np.random.Generator(np.random.PCG64(seed))
    spread = np.sqrt(np.maximum(noise_gray**2 + noise_per_gray * gray, 0.0))
    seen = gray + spread * rng.standard_normal(gray.shape)
    return np.asarray(np.clip(np.rint(seen), 0, 255), np.uint8)


def _paper(polygons_mm: Array, disks_mm: Array, margin_mm: float) -> Array:
    """(1, 4, 2) the sheet around everything black."""
    reach = disks_mm[:, 2:] / 2
    points = np.concatenate([polygons_mm.reshape(-1, 2), disks_mm[:, :2] - reach, disks_mm[:, :2] + reach])
    (left, top), (right, bottom) = points.min(axis=0) - margin_mm, points.max(axis=0) + margin_mm
    return np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]])


def _polygon_outlines(polygons_mm: Array, projection: Projection) -> list[Points]:
    """(N, 2) mm each: the sides in steps that are straight even through the lens."""
    if not len(polygons_mm):
        return []
    following = np.roll(polygons_mm, -1, axis=1)
    ends = projection.to_px(np.stack([polygons_mm, following]).reshape(-1, 2)).reshape(2, *polygons_mm.shape)
    longest = np.linalg.norm(ends[1] - ends[0], axis=2).max(axis=1)
    outlines: list[Points] = []
    for corners, ahead, length in zip(polygons_mm, following, longest, strict=True):
        steps = max(math.ceil(_sane(length) / _STEP_PX), 1)
        share = np.arange(steps)[:, None] / steps
        outlines.append((corners[:, None] * (1 - share) + ahead[:, None] * share).reshape(-1, 2))
    return outlines


def _disk_outlines(disks_mm: Array, projection: Projection) -> list[Points]:
    """(N, 2) mm each: as many chords as the circle needs, of a polygon with the circle's own area."""
    outlines = []
    for x, y, diameter in disks_mm:
        rim = projection.to_px(np.array([[x, y]]) + diameter / 2 * np.array([[1, 0], [0, 1], [-1, 0], [0, -1]]))
        radius = _sane(np.linalg.norm(rim[:2] - rim[2:], axis=1).max() / 2)
        count = max(32, math.ceil(math.pi * math.sqrt(radius / (2 * _SAGITTA_PX))))
        turn = 2 * math.pi * np.arange(count) / count
        even = math.sqrt(2 * math.pi / count / math.sin(2 * math.pi / count)) * diameter / 2
        outlines.append(np.array([x, y]) + even * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    return outlines


def _sane(length_px: float) -> float:
    """Of what goes through the horizon, and is not drawn anyway."""
    return float(length_px) if length_px < _LONGEST_PX else _LONGEST_PX


def _seen(outlines_mm: list[Points], projection: Projection, size_px: tuple[int, int]) -> list[Points]:
    """In px, all turning the same way; without those that are not before the camera."""
    if not outlines_mm:
        return []
    places = np.concatenate(outlines_mm)
    points = projection.to_px(places)
    plane = np.reshape(projection.plane, (3, 3))
    depth = np.column_stack([places, np.ones(len(places))]) @ np.linalg.inv(plane)[2] * plane[2, 2]
    true = (np.abs(points) < _FAR_OUT * max(size_px)).all(axis=1) & (depth > 0)
    # a lens model that folds back may show a point from far outside in the frame
    true[true] = (np.abs(projection.to_mm(points[true]) - places[true]) < _SAME_MM).all(axis=1)
    parts = np.cumsum([len(outline) for outline in outlines_mm])[:-1]
    whole = [part.all() for part in np.split(true, parts)]
    outlines = [outline for outline, good in zip(np.split(points, parts), whole, strict=True) if good]
    return [outline if _turns_right(outline) else outline[::-1] for outline in outlines]


def _turns_right(outline: Points) -> bool:
    (x, y), (ahead_x, ahead_y) = outline.T, np.roll(outline, -1, axis=0).T
    return bool(np.sum(x * ahead_y - ahead_x * y) > 0)


def _coverage(outlines: list[Points], size_px: tuple[int, int], sigma_px: float) -> NDArray[np.float32]:
    """(H, W) the share of black that each pixel sees."""
    fine = max(2, math.ceil(2.8 / sigma_px)) if sigma_px else 1  # an edge is then true to 0.4 grey levels, 0.0005 px
    margin = math.ceil(5 * sigma_px) + 1
    kernel = _kernel(sigma_px, fine, margin)
    (width, height), pieces = size_px, _pieces(outlines, fine, margin)
    seen = np.empty((height, width), np.float32)
    for top in range(0, height, _STRIP):
        rows = min(_STRIP, height - top)
        cells = _cells(pieces, top * fine, ((rows + 2 * margin) * fine, (width + 2 * margin) * fine))
        blurred = cv2.sepFilter2D(cells, cv2.CV_32F, kernel, kernel, anchor=(margin * fine, margin * fine))
        inner = slice(margin * fine, (margin + rows) * fine, fine), slice(margin * fine, (margin + width) * fine, fine)
        seen[top : top + rows] = blurred[inner]
    return seen


def _kernel(sigma_px: float, fine: int, margin: int) -> Array:
    """The pixel's square and the Gaussian over it, at the fine cells; anchor = the pixel's first cell."""
    at = np.arange(-margin * fine, margin * fine + 1) / fine
    blur = np.exp(-0.5 * (at / sigma_px) ** 2) if sigma_px else (at == 0).astype(float)
    return np.asarray(np.convolve(blur / blur.sum(), np.full(fine, 1 / fine)))


def _pieces(outlines: list[Points], fine: int, margin: int) -> Array:
    """(N, 4) x0, y0, x1, y1 in cells of the frame with its margin, each within one cell; sorted by row."""
    if not outlines:
        return np.empty((0, 4))
    sides = np.concatenate([np.column_stack([outline, np.roll(outline, -1, axis=0)]) for outline in outlines])
    pieces = _cut(_cut((sides + 0.5 + margin) * fine, 1), 0)
    return np.asarray(pieces[np.argsort(np.floor((pieces[:, 1] + pieces[:, 3]) / 2), kind="stable")])


def _cut(pieces: Array, axis: int) -> Array:
    """The pieces cut wherever they cross a whole number on the axis (0 = x, 1 = y)."""
    begin, end = pieces[:, axis], pieces[:, 2 + axis]
    low, high = np.floor(np.minimum(begin, end)), np.ceil(np.maximum(begin, end))
    counts = np.maximum(high - low, 1).astype(np.int64)
    which = np.repeat(np.arange(len(pieces)), counts)
    number = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    lines = np.stack([low[which] + number, low[which] + number + 1])
    length = (end - begin)[which]
    share = np.clip((lines - begin[which]) / np.where(length, length, 1.0), 0.0, 1.0)
    share = np.where(length, np.sort(share, axis=0), [[0.0], [1.0]])
    points = pieces[which]
    start, step = points[:, :2], points[:, 2:] - points[:, :2]
    return np.column_stack([start + share[0][:, None] * step, start + share[1][:, None] * step])


def _cells(pieces: Array, top: int, shape: tuple[int, int]) -> NDArray[np.float32]:
    """(rows, columns) each cell's exact share inside, from the row `top` on: sums of what lies right of the sides."""
    rows = np.floor((pieces[:, 1] + pieces[:, 3]) / 2)
    low, high = np.searchsorted(rows, [top, top + shape[0]])
    some = pieces[low:high]
    x0, x1 = np.clip(some[:, 0], 0, None), np.clip(some[:, 2], 0, None)
    column = np.minimum(np.floor((x0 + x1) / 2), shape[1])
    cell = ((rows[low:high] - top) * (shape[1] + 2) + column).astype(np.int64)
    up, right = some[:, 1] - some[:, 3], np.clip((x0 + x1) / 2 - column, 0, 1)
    count = shape[0] * (shape[1] + 2)
    share = np.bincount(cell, up * (1 - right), count) + np.bincount(cell + 1, up * right, count + 1)[:count]
    return np.asarray(np.cumsum(share.reshape(shape[0], -1), axis=1)[:, : shape[1]], np.float32)
