"""Finds separate squares: their corners, where the fitted edges of their sides meet."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration.find.bent import Bent, fit_bent
from cvinspect.calibration.find.edges import Edges, fit_edges
from cvinspect.calibration.find.found import Found, NotSeenError, blurred, furthest, unseen
from cvinspect.calibration.find.lattice import grow
from cvinspect.calibration.find.placing import Placed, place
from cvinspect.calibration.find.spots import Contour, outlines
from cvinspect.calibration.target import Target
from cvinspect.projection import Points

_SMALLEST_PX = 6.0
_FILLED, _CUT_PX = (0.85, 1.1), 2.0  # area of the outline over that of its four corners, which pixels cut off
_OFF = 0.18  # of a side: how far a corner may be from where the others expect it
_GAP = (0.55, 1.8)  # of the printed gap's share
_SKIP, _BAND, _BLURRED = 3.0, 3.5, 0.12  # sigmas, sigmas, of a side
_PASSES, _SETTLED = 6, 0.1  # until the blur that a pass begins with is the one that it finds
_FAINT, _LEAST_GRAY, _ROUGH = 0.3, 6.0, 5.0
_SLACK_PX, _SLACK = 0.2, 0.01
_CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
_FEWEST = 8
_COARSER = (0.06, 0.1, 0.14, 0.2)  # of a side: how far an outline may stray from straight sides
_EVENINGS, _UNEVEN = 5, 0.04  # the latter of a side
_MARGIN_PX, _MOVED = 3.0, 0.15  # the latter of a side


def find_squares(gray: NDArray[np.uint8], target: Target) -> Found:
    """The squares' corners in gray (H, W). Raises CalibrationError."""
    refusals = []
    for contours in outlines(gray):
        quads = _quads(contours)
        centers = _centers(quads)
        try:
            placed = place(grow(centers), centers, target, gray.shape[::-1])
            numbers, corners = _numbered(quads, placed, target)
            return _measured(gray, target, numbers, corners)
        except NotSeenError as refusal:
            refusals.append(refusal)
    raise furthest(refusals)


def _quads(contours: list[Contour]) -> Points:
    """(N, 4, 2) the corners of the outlines that have four, clockwise as seen."""
    found = []
    for contour in contours:
        corners = _four_corners(np.asarray(cv2.convexHull(contour), np.int32))
        if corners is None:
            continue
        sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
        area = float(cv2.contourArea(corners.astype(np.float32), oriented=True))
        filled = cv2.contourArea(contour) / max(abs(area), 1.0)
        if sides.min() >= _SMALLEST_PX and _FILLED[0] < filled < _FILLED[1] + _CUT_PX / sides.min():
            found.append(corners if area > 0 else corners[::-1])
    return np.array(found, dtype=np.float64).reshape(-1, 4, 2)


def _four_corners(hull: Contour) -> Points | None:
    """(4, 2) of a hull that is one more or less, else None."""
    side = np.sqrt(max(cv2.contourArea(hull), 1.0))
    for share in _COARSER:
        corners = cv2.approxPolyDP(hull, share * side, True).reshape(-1, 2)
        if len(corners) <= 4:
            return corners.astype(np.float64) if len(corners) == 4 else None
    return None


def _centers(quads: Points) -> Points:
    """(N, 2) where the diagonals meet: the image of the square's centre."""
    a, b, c, d = np.moveaxis(quads, 1, 0)
    share = _cross(b - a, d - b) / _cross(c - a, d - b)
    return np.asarray(a + share[:, None] * (c - a))


def _cross(one: Points, other: Points) -> NDArray[np.float64]:
    return np.asarray(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])


def _corners_of(target: Target) -> NDArray[np.int64]:
    """(K, 4) the numbers of each square's corners, clockwise from the upper left."""
    row, column = np.divmod(np.arange(target.columns * target.rows), target.columns)
    at = 2 * np.stack([column, row], axis=1)[:, None] + _CORNERS
    return np.asarray(at[:, :, 1] * 2 * target.columns + at[:, :, 0])


def _numbered(quads: Points, placed: Placed, target: Target) -> tuple[NDArray[np.int64], Points]:
    """The numbers (N, 4) of the corners, clockwise from the upper left as printed, and where they are (N, 4, 2) px."""
    numbers = _corners_of(target)[placed.sites]
    expected = placed.bent(target.points_mm[numbers].reshape(-1, 2)).reshape(-1, 4, 2)
    seen = quads[placed.which]
    turned = np.stack([np.roll(seen, -turn, axis=1) for turn in range(4)])
    off = np.linalg.norm(turned - expected, axis=3).max(axis=2)
    corners = turned[off.argmin(axis=0), np.arange(len(seen))]
    side = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).mean(axis=1)
    good = off.min(axis=0) < _OFF * side
    if good.sum() < 0.7 * len(good):
        share = target.detail_mm / target.pitch_mm
        why = f"their sides are not what a gap of {share:.3g} sides asks for: this is another target"
        raise unseen(target, int(good.sum()), why)
    return numbers[good], corners[good]


def _measured(gray: NDArray[np.uint8], target: Target, numbers: NDArray[np.int64], corners: Points) -> Found:
    """Every square that should be seen whole, also those that were not found at first."""
    sigma = 1.0
    for turn in range(_PASSES):
        bent, _ = fit_bent(target.points_mm[numbers].reshape(-1, 2), corners.reshape(-1, 2), 1.0)
        numbers, expected = _in_frame(target, bent, gray.shape)
        edges, side = _sides(gray, target, bent, numbers, expected, sigma)
        good = _good(edges)
        corners = _meeting(edges, expected)
        moved = np.linalg.norm(corners - expected, axis=2).max(axis=1)
        whole = good.reshape(-1, 4).all(axis=1) & (moved < max(_MOVED * side, 1.0))
        if 4 * whole.sum() < min(_FEWEST, len(target.points_mm)):
            raise unseen(target, int(whole.sum()), "the others have no clear sides")
        numbers, corners = numbers[whole], corners[whole]
        before, sigma = sigma, float(np.median(edges.sigma_px[good]))
        if turn > 0 and abs(sigma - before) < _SETTLED * before:
            break
    if sigma > _BLURRED * side:
        raise blurred(target, sigma, _BLURRED * side)
    ids, points = numbers.ravel(), _evened(target, numbers, corners).reshape(-1, 2)
    bent, straight = fit_bent(target.points_mm[ids], points, max(_SLACK_PX, _SLACK * side))
    off = np.linalg.norm(bent(target.points_mm[ids]) - points, axis=1)[straight]
    if np.sqrt(np.mean(off**2)) > max(_UNEVEN * side, _SLACK_PX):
        raise unseen(
            target, int(straight.sum() // 4), f"their corners lie up to {off.max():.1f} px off any smooth plane"
        )
    return Found(points[straight], ids[straight])


def _evened(target: Target, numbers: NDArray[np.int64], corners: Points) -> Points:
    """The corners (N, 4, 2) with all edges moved out or in alike, so that the squares fit their gaps best.

    More ink, more light, and a camera whose grey levels are not proportional to the light move edges so.
    """
    ways = np.roll(corners, -1, axis=1) - corners
    inwards = np.stack([-ways[..., 1], ways[..., 0]], axis=2) / np.linalg.norm(ways, axis=2)[..., None]
    both = np.stack([inwards, np.roll(inwards, 1, axis=1)], axis=2)
    outwards = np.linalg.solve(both, np.full((*both.shape[:-1], 1), -1.0))[..., 0]
    places, moved = target.points_mm[numbers].reshape(-1, 2), 0.0
    for _ in range(_EVENINGS):
        now = corners + moved * outwards
        bent, good = fit_bent(places, now.reshape(-1, 2), 1.0)
        off = ((bent(places) - now.reshape(-1, 2)) * good[:, None]).reshape(corners.shape)
        moved += float((off * outwards).sum() / (outwards**2).sum())
    return np.asarray(corners + moved * outwards)


def _in_frame(target: Target, bent: Bent, shape: tuple[int, ...]) -> tuple[NDArray[np.int64], Points]:
    """The squares that should be seen whole: the numbers (N, 4) of their corners, and their places (N, 4, 2) px."""
    numbers = _corners_of(target)
    expected = bent(target.points_mm[numbers].reshape(-1, 2)).reshape(-1, 4, 2)
    inside = (expected > _MARGIN_PX) & (expected < np.array(shape[::-1]) - 1 - _MARGIN_PX)
    whole = inside.all(axis=(1, 2))
    return numbers[whole], expected[whole]


def _sides(
    gray: NDArray[np.uint8],
    target: Target,
    bent: Bent,
    numbers: NDArray[np.int64],
    corners: Points,
    sigma: float,
) -> tuple[Edges, float]:
    """The four sides of each square, one after the other, and their usual length in px."""
    begin_mm, end_mm = target.points_mm[numbers], target.points_mm[np.roll(numbers, -1, axis=1)]
    bend = bent.curves(((begin_mm + end_mm) / 2).reshape(-1, 2), ((end_mm - begin_mm) / 2).reshape(-1, 2))
    begin, end = corners.reshape(-1, 2), np.roll(corners, -1, axis=1).reshape(-1, 2)
    length = np.linalg.norm(end - begin, axis=1)
    free = np.minimum(length / 3, length.min() * target.detail_mm / target.pitch_mm / 2)
    band = np.clip(_BAND * sigma + 0.5, 2.0, np.maximum(free, 2.0))
    skip = np.minimum(_SKIP * sigma, length / 4)
    return fit_edges(gray, begin, end, bend, skip, band), float(np.median(length))


def _good(edges: Edges) -> NDArray[np.bool_]:
    """Those with the contrast of the rest, dark inside, and no more disturbed than the rest."""
    contrast = edges.left_gray - edges.right_gray
    usual = float(np.median(contrast))
    smooth = edges.rms_gray < _ROUGH * np.median(edges.rms_gray) + 1
    return np.asarray((contrast > max(_FAINT * usual, _LEAST_GRAY)) & smooth)


def _meeting(edges: Edges, near: Points) -> Points:
    """(N, 4, 2) where each side meets the one before it."""
    order = np.arange(near.size // 2).reshape(-1, 4)
    before = edges.of(np.roll(order, 1, axis=1).ravel())
    points = near.reshape(-1, 2).copy()
    for _ in range(4):
        (here, slopes), (there, other_slopes) = edges.away(points), before.away(points)
        normal, off = np.stack([slopes, other_slopes], axis=1), np.stack([here, there], axis=1)
        points -= np.linalg.solve(normal, off[:, :, None])[:, :, 0]
    return points.reshape(near.shape)
