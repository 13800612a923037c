"""Finds the dots of a lattice: ellipses, fitted to the raw pixels of their rims."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration.find.bent import Bent, fit_bent
from cvinspect.calibration.find.ellipses import Ellipses, ellipses_of, fit_ellipses
from cvinspect.calibration.find.found import Found, NotSeenError, blurred, furthest, unseen
from cvinspect.calibration.find.lattice import grow
from cvinspect.calibration.find.placing import Placed, place
from cvinspect.calibration.find.spots import outlines
from cvinspect.calibration.target import Pattern, Target

_ROUND = (0.85, 1.12)  # area over that of the ellipse with the same moments
_VERY_ROUND, _LARGE_PX = 0.975, 14.0  # a square has 0.955; told from this diameter on
_OBLONG = 3.5
_AREA, _ASKEW = (0.5, 1.7), 1.3  # of the printed area; of one axis over the other, against what the lattice says
_MARGIN_PX = 2.0
_FAINT, _ROUGH, _LEAST_GRAY = 0.4, 4.0, 6.0  # of the usual contrast, of the usual residual; grey levels
_MOVED, _RESIZED = 0.25, 0.3  # of a radius, of the area: what differs more from its neighbours is no dot
_SLACK_PX, _SLACK = 0.15, 0.01  # a dot this far off its neighbours is none; px, and of a radius
_BLURRED = 0.45  # of the radius
_FEWEST = 4


def find_dots(gray: NDArray[np.uint8], target: Target) -> Found:
    """The dots of gray (H, W). Raises CalibrationError."""
    refusals = []
    for contours in outlines(gray):
        rough = _may_be_disks(ellipses_of(contours))
        try:
            placed = place(grow(rough.centers), rough.centers, target, gray.shape[::-1])
            return _measured(gray, target, placed, _wider(rough.of(placed.which), placed, target))
        except NotSeenError as refusal:
            refusals.append(refusal)
    raise furthest(refusals)


def seen_disks(target: Target, bent: Bent, ids: NDArray[np.int64], wider: float = 1.0) -> Ellipses:
    """How the target's disks `ids` (N,) should be seen, if they are so many times wider than printed."""
    places, half = target.points_mm[ids], target.detail_mm * target.print_scale * wider / 2
    right, down = ((bent(places + way) - bent(places - way)) / 2 for way in half * np.eye(2))
    shapes = right[:, [0, 0, 1]] * right[:, [0, 1, 1]] + down[:, [0, 0, 1]] * down[:, [0, 1, 1]]
    return Ellipses(bent(places), shapes, *np.zeros((5, len(ids))))


def gaps_px(target: Target, disks: Ellipses) -> NDArray[np.float64]:
    """(N,) from the rim of a seen disk to the next one's, where they come closest."""
    apart = target.pitch_mm * (np.sqrt(2) if target.pattern is Pattern.DOTS_ASYM else 1.0)
    return np.asarray(2 * disks.half_axes_px[:, 0] * (apart / target.detail_mm - 1))


def _may_be_disks(ellipses: Ellipses) -> Ellipses:
    xx, xy, yy = ellipses.shapes.T
    middle, half = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    oblong = middle + half > _OBLONG**2 * (middle - half)
    round_ones = (ellipses.roundness > _ROUND[0]) & (ellipses.roundness < _ROUND[1])
    return ellipses.of(np.flatnonzero(round_ones & ~oblong))


def _wider(rough: Ellipses, placed: Placed, target: Target) -> float:
    """How many times wider than printed the disks are. Refuses squares, and disks of quite another size."""
    large = 2 * rough.radii_px > _LARGE_PX
    if large.sum() > len(large) / 2 and np.median(rough.roundness[large]) < _VERY_ROUND:
        raise unseen(target, len(placed.sites), "what stands in rows is not round")
    printed = seen_disks(target, placed.bent, placed.sites)
    ratio = float(np.median(rough.areas_px2 / printed.areas_px2))
    if not _AREA[0] < ratio < _AREA[1]:
        why = f"for their distance its disks are {np.sqrt(ratio):.2f} times as wide as printed: this is another target"
        raise unseen(target, len(placed.sites), why)
    if _askew(rough, printed) > _ASKEW:
        raise unseen(target, len(placed.sites), "its disks are round where the lattice is seen askew: another target")
    return float(np.sqrt(ratio))


def _askew(seen: Ellipses, printed: Ellipses) -> float:
    """How oblong the seen disks are against what their lattice says of the view; 1 = as it says."""
    wide, flat = (np.stack([shapes[:, [0, 1]], shapes[:, [1, 2]]], axis=1) for shapes in (seen.shapes, printed.shapes))
    values = np.sort(np.abs(np.linalg.eigvals(np.linalg.solve(flat, wide))), axis=1)
    return float(np.sqrt(np.median(values[:, 1] / np.maximum(values[:, 0], 1e-9))))


def _measured(gray: NDArray[np.uint8], target: Target, placed: Placed, wider: float) -> Found:
    """Every dot that should be seen whole, also those that were not found at first."""
    ids = np.arange(len(target.points_mm))
    expected = seen_disks(target, placed.bent, ids, wider)
    ids = ids[_in_frame(expected, gray.shape)]
    expected = expected.of(ids)
    found = fit_ellipses(gray, expected, gaps_px(target, expected))
    good = _good(found, expected)
    if good.sum() < min(_FEWEST, len(target.points_mm)):
        raise unseen(target, int(good.sum()), "the others are no clear disks")
    ids, found = ids[good], found.of(np.flatnonzero(good))
    sigma, most = float(np.median(found.sigma_px)), _BLURRED * float(np.median(found.radii_px))
    if sigma > most:
        raise blurred(target, sigma, most)
    slack = max(_SLACK_PX, _SLACK * float(np.median(found.radii_px)))
    _, straight = fit_bent(target.points_mm[ids], found.centers, slack)
    return Found(found.centers[straight], ids[straight])


def _in_frame(disks: Ellipses, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    reach = np.sqrt(disks.shapes[:, [0, 2]]) + _MARGIN_PX
    low, high = disks.centers - reach, disks.centers + reach
    return np.asarray(((low > 0) & (high < np.array(shape[::-1]) - 1)).all(axis=1))


def _good(found: Ellipses, expected: Ellipses) -> NDArray[np.bool_]:
    """Those with the contrast of the rest, as large as the rest, and no more disturbed."""
    contrast = found.white_gray - found.black_gray
    usual, left = float(np.median(contrast)), float(np.median(found.rms_gray))
    larger = found.areas_px2 / np.maximum(expected.areas_px2, 1e-9)
    moved = np.linalg.norm(found.centers - expected.centers, axis=1)
    return np.asarray(
        (contrast > max(_FAINT * usual, _LEAST_GRAY))
        & (found.rms_gray < _ROUGH * left + 1)
        & (np.abs(larger / np.median(larger) - 1) < _RESIZED)
        & (moved < _MOVED * expected.radii_px + 0.5)
    )
