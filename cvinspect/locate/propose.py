"""A part's outline and face, proposed from a good picture of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from cvinspect.errors import PictureError
from cvinspect.locate.edges import STEP_PX, edge_beyond, profiles
from cvinspect.locate.fit import Nominal, centroid
from cvinspect.locate.silhouette import Segmented, segmented
from cvinspect.model import AS_DRAWN, Calibration, Frame, Points
from cvinspect.pictures import gray8

Point = tuple[float, float]

SMOOTH = 3.0  # samples along the rough contour, so that its normals are the edge's and not its pixels'
LEAST_EDGE = 0.9  # of the contour must be a clear edge
ROUND_PX, ROUND_SHARE = 1.0, 0.003  # how far 95 % of a disk's edge may lie from the circle: px, share of the radius
SIMPLE_PX = 0.5  # how far the polygon may cut corners of the contour
MOST_CORNERS = 120
LONG_PX, MEET_PX = 24.0, 12.0
LEAST_INSET_PX = 7.0  # so far in, smoothing at half resolution still mixes the ground with the face
MOST_INSET_SHARE = 0.08  # of the outline's mean radius
BLUR_PX = 4.0
LEVELLED = 0.04  # of the edge's contrast: where the shading of the edge has come to an end
RIVAL = 0.25  # of the largest piece's area: another piece as large leaves open which is the part


@dataclass(frozen=True, slots=True)
class Proposal:
    """outline_mm: the part's outline, a closed polygon; disk_mm: (middle, diameter) where it is round. face_mm: the
    same, inset_mm further in, where the edge's own shading has ended. ground: dark or bright, as the recipe says it."""

    outline_mm: tuple[Point, ...]
    disk_mm: tuple[Point, float] | None
    face_mm: tuple[Point, ...]
    inset_mm: float
    ground: str


def propose(frame: Frame, calibration: Calibration) -> Proposal:
    """What the recipe may say of the part in the frame. Raises PictureError where no part stands out whole."""
    gray = gray8(frame.pixels)
    parts = segmented(gray)
    _check_alone(parts)
    nominal = _refined(gray, parts, calibration)
    disk = _disk(nominal.points_mm, calibration.mm_per_px)
    inset = _inset(gray, parts.sign, nominal, calibration)
    simple = _simplified(nominal.points_mm, SIMPLE_PX * calibration.mm_per_px)
    outline = sharpened(simple, nominal.points_mm, calibration.mm_per_px)
    return Proposal(
        _points(outline),
        disk,
        _points(_shrunk(nominal.points_mm, inset, calibration.mm_per_px)),
        inset,
        "dark" if parts.sign > 0 else "bright",
    )


def _check_alone(parts: Segmented) -> None:
    """Raises PictureError where nothing, or more than one thing, or no whole thing stands out of the ground."""
    if not parts.pieces:
        raise PictureError(
            f"no part stands out of the ground: {parts.contrast_gray:.0f} grey levels between dark and bright; "
            "give it a ground of another colour, or light from behind",
            "locate_missing",
            contrast=round(max(parts.contrast_gray, 0.0)),
        )
    first = parts.pieces[0]
    if first.touches_border:
        raise PictureError(
            "what stands out of the ground reaches the picture's border, so its outline is not seen whole; "
            "show the whole part with ground all around it",
            "locate_missing",
            contrast=round(parts.contrast_gray),
        )
    rivals = sum(piece.area_px2 >= RIVAL * first.area_px2 for piece in parts.pieces[1:])
    if rivals:
        raise PictureError(
            f"{rivals + 1} things of like size stand out of the ground; show one part alone",
            "locate_missing",
            contrast=round(parts.contrast_gray),
        )


def _refined(gray: MatLike, parts: Segmented, calibration: Calibration) -> Nominal:
    """The outline, every place on the edge to a fraction of a pixel."""
    rough = parts.pieces[0].contour_px
    count = int(np.clip(len(rough) * parts.step_px / 2, 64, 2000))
    at = calibration.to_mm(_smoothed(rough))
    for reach in (2.0 * parts.step_px + 4, 6.0, 6.0):
        nominal = Nominal.of(at, count)
        beyond = edge_beyond(gray, parts.sign, nominal, AS_DRAWN, calibration, reach)
        seen = np.isfinite(beyond)
        if seen.mean() < LEAST_EDGE:
            raise PictureError(
                f"only {100 * seen.mean():.0f} % of what stands out has a clear edge against the ground; "
                "light the ground more evenly, or show the part on another one",
                "locate_missing",
                contrast=round(parts.contrast_gray),
            )
        at = (nominal.points_mm + np.where(seen, beyond, 0.0)[:, None] * nominal.normals)[seen]
    return Nominal.of(at, count)


def _smoothed(closed: Points) -> Points:
    return np.asarray(gaussian_filter1d(closed, SMOOTH, axis=0, mode="wrap"))


def _disk(points: Points, mm_per_px: float) -> tuple[Point, float] | None:
    """(middle, diameter) of the circle through the points (least squares; Kasa, 1976); None where they are no disk."""
    terms = np.column_stack([2 * points, np.ones(len(points))])
    x, y, rest = np.linalg.lstsq(terms, (points**2).sum(axis=1), rcond=None)[0]
    radius = float(np.sqrt(rest + x * x + y * y))
    away = np.abs(np.hypot(*(points - (x, y)).T) - radius)
    if np.quantile(away, 0.95) > max(ROUND_PX * mm_per_px, ROUND_SHARE * radius):
        return None
    return (float(x), float(y)), 2 * radius


def _inset(gray: MatLike, sign: int, nominal: Nominal, calibration: Calibration) -> float:
    """How far within the outline the edge's own shading has ended, mm."""
    most = max(MOST_INSET_SHARE * nominal.radius_mm / calibration.mm_per_px, 2 * LEAST_INSET_PX)
    t, profile = profiles(gray, sign, nominal, AS_DRAWN, calibration, most)
    usual = np.median(profile, axis=0)
    inner = t <= -BLUR_PX
    level = float(np.median(usual[t < -most / 2]))
    contrast = max(level - float(np.median(usual[t > BLUR_PX])), 1.0)
    shaded = inner & (np.abs(usual - level) > LEVELLED * contrast)
    inset = -float(t[shaded].min()) + STEP_PX if shaded.any() else LEAST_INSET_PX
    return min(max(inset, LEAST_INSET_PX), most) * calibration.mm_per_px


def _simplified(closed: Points, tolerance: float) -> Points:
    """A polygon that leaves the closed line by the tolerance at most (Douglas and Peucker, 1973), or by so much more
    as few corners ask for."""
    while True:
        # approxPolyDP keeps where it starts: begin at the place farthest from the middle, which is a corner if any is
        start = int(np.argmax(np.linalg.norm(closed - closed.mean(axis=0), axis=1)))
        line = np.roll(closed, -start, axis=0).astype(np.float32)[:, None]
        corners = np.asarray(cv2.approxPolyDP(line, tolerance, True)[:, 0], np.float64)
        if len(corners) <= MOST_CORNERS:
            return corners
        tolerance *= 1.3


def sharpened(corners: Points, closed: Points, unit: float) -> Points:
    """The polygon with the corners that its straight sides make: the smoothing of the contour has cut them off.

    unit: mm per px. Two sides of LONG_PX or more with only short ones between are drawn on until they meet,
    where that is within MEET_PX; each is the line through the contour's points along its middle.
    """
    ends = np.roll(corners, -1, axis=0)
    long = np.flatnonzero(np.linalg.norm(ends - corners, axis=1) >= LONG_PX * unit)
    made: list[Points] = []
    for here, after in zip(long, np.roll(long, -1), strict=True):
        between = corners[np.arange(here + 1, after + 1 if after > here else after + 1 + len(corners)) % len(corners)]
        meet = _meeting(_line(corners[here], ends[here], closed), _line(corners[after], ends[after], closed))
        near = np.linalg.norm(between - meet, axis=1).max() <= MEET_PX * unit
        made += [meet] if near else list(between)
    return np.array(made) if len(long) > 2 else corners


def _line(start: Points, end: Points, closed: Points) -> tuple[Points, Points]:
    """A point of and the direction of the line through the contour's points along the middle of a side."""
    along = (end - start) / np.linalg.norm(end - start)
    share = (closed - start) @ along / np.linalg.norm(end - start)
    aside = np.abs((closed - start) @ np.array([-along[1], along[0]]))
    on = closed[(share > 0.15) & (share < 0.85) & (aside < 0.02 * np.linalg.norm(end - start))]
    if len(on) < 4:
        return start, along
    middle = on.mean(axis=0)
    return middle, np.linalg.svd(on - middle, full_matrices=False)[2][0]


def _meeting(one: tuple[Points, Points], other: tuple[Points, Points]) -> Points:
    """Where two lines meet; far away where they are parallel."""
    ways = np.stack([one[1], -other[1]], axis=1)
    if abs(np.linalg.det(ways)) < 1e-3:
        return np.full(2, 1e9)
    return np.asarray(one[0] + np.linalg.solve(ways, other[0] - one[0])[0] * one[1])


def _shrunk(closed: Points, inset_mm: float, mm_per_px: float) -> Points:
    """The largest piece of what lies further within the closed line than the inset."""
    low = closed.min(axis=0) - 2 * mm_per_px
    size = np.ceil(np.ptp(closed, axis=0) / mm_per_px).astype(int) + 5
    mask: NDArray[np.uint8] = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(mask, [np.rint((closed - low) / mm_per_px * 16).astype(np.int32)], 255, shift=4)
    deep = (cv2.distanceTransform(mask, cv2.DIST_L2, 5) > inset_mm / mm_per_px).astype(np.uint8)
    contours, _ = cv2.findContours(deep, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(contours, key=cv2.contourArea)[:, 0].astype(np.float64) * mm_per_px + low
    corners = _simplified(_smoothed(largest), 0.75 * mm_per_px)
    return corners if centroid(corners)[1] > 0 else corners[::-1]


def _points(polygon: Points) -> tuple[Point, ...]:
    return tuple((round(x, 4), round(y, 4)) for x, y in polygon.tolist())
