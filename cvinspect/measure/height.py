"""How far flash stands out beyond the nominal outline, or a chip reaches into it, along the outline's normal."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, median_filter

from cvinspect.measure.patch import sampled
from cvinspect.model import Measured, Points, Region

Array = NDArray[np.float64]

STEP_PX = 0.5
BEYOND_PX = 12.0  # ground looked at beyond the claimed pixels
WITHIN_PX = 6.0  # and on the other side of the outline, which blur mixes in
FOOT_PX = 1.0  # nearer to the outline nothing is told from the part's own blurred edge
STEEP_SHARE = 0.3  # of the steepest slope: what belongs to an edge
BAND_PX2 = 0.28 + 0.5  # of the pixel, the interpolation and the smoothing along the outline, beside the blur's
ALONG = (0.25, 0.5, 0.25)
U_LEAST_PX = 0.03
MIXED = 0.04  # of the blur's variance: what neighbouring places mix in
SMOOTHED = 0.6  # of single places' scatter: what a parabola through them leaves
UNDONE = 1 / 3  # of what was given back for blur
U_RAGGED_PX = 0.3  # where no parabola fits: the median of three neighbouring places
MOST_UNDONE_PX = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Heights (N,) in px along the nominal outline, the contrast (> 0) of what stands there, and by how many px the
    ground's texture moves an edge that several places tell."""

    heights_px: Array
    contrast_gray: float
    u_ground_px: float


def measured_height(gray: MatLike, region: Region, nominal_px: Points, psf_sigma_px: float) -> tuple[Measured, float]:
    """The largest height in px, and the contrast in grey levels.

    The outer edge of each place is the centre of gravity of its slope, so that a shadow beside it does not move it.
    The largest height is the top of parabolas through neighbouring places; where the outline is curved there, its blur
    has moved it inwards by curvature * sigma² / 2, which is undone. Where no parabola fits, it is the largest median of
    three neighbouring places.
    """
    profile = _profile(gray, region, nominal_px, psf_sigma_px)
    from scipy.signal import savgol_filter  # half a second to load, which only flash is worth

    window = _window(len(profile.heights_px))
    if window < 5:
        return Measured(
            float(profile.heights_px.max()), _u(region, U_RAGGED_PX, profile.u_ground_px)
        ), profile.contrast_gray
    smooth = savgol_filter(profile.heights_px, window, 2, mode="interp")
    bend = -savgol_filter(profile.heights_px, window, 2, deriv=2, mode="interp")
    off = np.abs(profile.heights_px - smooth)
    rough = 1.4826 * float(np.median(off))
    fits = maximum_filter1d(off, window) <= U_RAGGED_PX
    ragged = float(median_filter(profile.heights_px, 3).max())
    top = int(np.argmax(np.where(fits, smooth, -1.0)))
    if not fits.any() or ragged > smooth[top] + U_RAGGED_PX:
        return Measured(ragged, _u(region, rough, U_RAGGED_PX, profile.u_ground_px)), profile.contrast_gray
    undone = float(np.clip(bend[top] * (psf_sigma_px**2 + BAND_PX2) / 2, 0.0, MOST_UNDONE_PX))
    parts = (SMOOTHED * rough, UNDONE * undone, MIXED * psf_sigma_px**2, profile.u_ground_px)
    return Measured(float(smooth[top]) + undone, _u(region, *parts)), profile.contrast_gray


def _u(region: Region, *parts: float) -> float:
    return float(np.linalg.norm([region.u_nominal_px, U_LEAST_PX, *parts]))


def _window(count: int) -> int:
    """How many neighbouring places tell the height of one: a fifth of the flash, 5 to 11."""
    return min(int(np.clip(2 * (count // 10) + 1, 5, 11)), count - 1 + count % 2)


def _profile(gray: MatLike, region: Region, nominal_px: Points, psf_sigma_px: float) -> Profile:
    """The height at each point of the nominal outline."""
    contour = region.contour_px.astype(np.float64)
    outward = _outward(contour, nominal_px)
    claimed = _reach(contour, nominal_px)
    beyond = np.arange(-WITHIN_PX, claimed + BEYOND_PX, STEP_PX)
    raw = sampled(gray, nominal_px[None] + beyond[:, None, None] * outward[None])
    rise = cv2.sepFilter2D(raw, -1, np.array(ALONG), np.ones(1), borderType=cv2.BORDER_REPLICATE)
    ground = float(np.median(rise[beyond >= claimed + BEYOND_PX / 2]))
    rise = (rise - ground) * region.polarity if region.polarity else np.abs(rise - ground)
    core = rise[(beyond >= FOOT_PX) & (beyond <= max(claimed - 1.5, 1.5))]
    contrast = max(float(np.quantile(core.max(axis=0), 0.5)), 1.0)
    last = min(int((WITHIN_PX + claimed + 2) / STEP_PX) + 1, len(beyond))
    fall = np.maximum(gaussian_filter1d(-rise, psf_sigma_px / STEP_PX, axis=0, order=1), 0.0)
    width = max(round(2 * psf_sigma_px / STEP_PX), 3)
    heights = np.array([_edge(beyond, column, last, width) for column in fall.T])
    return Profile(
        heights,
        contrast,
        _u_ground(np.asarray(rise[last:], np.float64), fall[:last], 2 * width + 1, _window(len(heights))),
    )


def _u_ground(ground: Array, fall: Array, rows: int, columns: int) -> float:
    """What the ground (R, N) varies by, as the mean of the `rows` x `columns` places that tell an edge, over the edge's
    slope, px."""
    means = cv2.blur(ground, (max(columns, 1), rows), borderType=cv2.BORDER_REPLICATE)
    slope = float(np.median(fall.max(axis=0))) / STEP_PX
    return float(np.std(means)) / max(slope, 1.0)


def _edge(beyond: Array, fall: Array, last: int, width: int) -> float:
    """How far out the outermost slope of one place lies that is at least half as steep as its steepest; 0 = none."""
    foot = int((WITHIN_PX + FOOT_PX) / STEP_PX)
    steep = np.flatnonzero(fall[foot:last] >= fall[foot:last].max() / 2)
    if not steep.size or fall[foot + steep[-1]] <= 0:
        return 0.0
    top = foot + int(steep[-1])
    while top > foot and fall[top - 1] > fall[top]:
        top -= 1
    rows = np.arange(max(top - width, 0), min(top + width + 1, len(fall)))
    weight = np.maximum(fall[rows] - STEEP_SHARE * fall[top], 0.0)
    return float((weight * beyond[rows]).sum() / max(float(weight.sum()), 1e-9))


def _outward(contour: Points, nominal: Points) -> Points:
    """Unit normals (N, 2) of the nominal line on the side of the region."""
    along = np.gradient(nominal, axis=0) if len(nominal) > 1 else np.array([[1.0, 0.0]])
    normals = np.stack([along[:, 1], -along[:, 0]], axis=1)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    middle = contour.mean(axis=0)
    nearest = int(np.argmin(np.linalg.norm(nominal - middle, axis=1)))
    side = float((middle - nominal[nearest]) @ normals[nearest])
    return normals if side >= 0 else -normals


def _reach(contour: Points, nominal: Points) -> float:
    return max(float(np.linalg.norm(nominal - point, axis=1).min()) for point in contour)
