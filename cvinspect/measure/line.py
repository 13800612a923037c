"""Lines: how long, how wide, where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, sqrt

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.measure.band import directions
from cvinspect.measure.centre_line import at, centre_line
from cvinspect.measure.contrast_along import empty_px, faded_px, half_ends, unevenness
from cvinspect.measure.ends import REACH, Ends, fit_ends
from cvinspect.measure.following import TIP_PX, Course, followed
from cvinspect.measure.profile import PIXEL_VARIANCE, Profile, fit_profile
from cvinspect.model import Points, Region

GROWN_PX = 4.0  # by which claimed pixels are longer and wider than what they claim, at least
ELONGATED = 2.0  # length over width from which a thin region may be a line,
ELONGATED_WIDE = 3.5  # and one wider than
THIN_PX = 8.0
LINE = 2.5  # length over width, as fitted, of a line
MOST_GAP = 0.08  # distance of the two sides, walked evenly, over the length, of ragged lines at most
LONGEST = 1.15  # length over that of the claimed pixels, at most
LEAST_LENGTH_PX = 6.0
MOST_TURN, TURN_WIDTHS, TURN_PX = 1.0, 4.0, 8.0  # radians that a path may turn within so many widths, or px,
MOST_WINDING = 0.1  # but for this share of its places
LEAST_PIXELS = 30
MOST_TRIM = 0.3  # share of the length at each end that may be left out of the mean profile


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line.

    path: (N, 2) its centre-line in even steps from tip to tip, frame px; length_px: along it. faded_px: how far it goes
    on beyond its tips with a quarter to a half of its usual contrast. empty_px: how much of the claimed length beyond
    the tips shows nothing at all: there noise was taken for a piece of the line.
    """

    path: Points
    length_px: float
    profile: Profile
    ends: Ends
    faded_px: float
    empty_px: float

    @property
    def way(self) -> Points:
        """(2,) the unit vector from the first tip to the last, frame px."""
        chord = self.path[-1] - self.path[0]
        return np.asarray(chord / max(float(np.hypot(chord[0], chord[1])), 1e-9))


def measured_line(
    gray: MatLike, region: Region, psf_sigma_px: float, u_psf_px: float, noise_factor: float = 1.0
) -> Line | None:
    """The line that the region is; None where it is none (compact, branched, mixed, winding, or not where claimed).

    noise_factor: by how much the noise beside the line understates that on it, as in compressed pictures.
    """
    length, width = strip_sides(region.contour_px)
    slim = max(width - GROWN_PX, 1.0)
    elongated = ELONGATED if slim <= THIN_PX else ELONGATED_WIDE
    if region.polarity == 0 or length < elongated * slim + GROWN_PX or length < LEAST_LENGTH_PX:
        return None
    path, gap = centre_line(region.contour_px, length, width)
    if gap > max(2 * width + 2, MOST_GAP * length):
        return None
    try:
        course = followed(gray, path, region.polarity, width, sqrt(psf_sigma_px**2 + PIXEL_VARIANCE))
        line = None if course is None else _fitted(_noisier(course, noise_factor), psf_sigma_px, u_psf_px)
    except np.linalg.LinAlgError:  # its pixels do not tell a line's width, place and blur apart
        return None
    if line is None or line.length_px > LONGEST * length + 2 * TIP_PX or _winds(line) or not _claimed(line, region):
        return None
    return line


def _noisier(course: Course, factor: float) -> Course:
    band = course.band
    return replace(course, band=replace(band, noise_gray=factor * band.noise_gray))


def _winds(line: Line) -> bool:
    """True where at more than MOST_WINDING of its places the path turns by more than MOST_TURN within a few widths."""
    ways = directions(line.path)
    apart = min(int(max(TURN_WIDTHS * line.profile.width_px, TURN_PX)), len(ways) - 1)
    turned = (ways[apart:] * ways[: len(ways) - apart]).sum(axis=1) < cos(MOST_TURN)
    return float(turned.mean()) > MOST_WINDING


def _claimed(line: Line, region: Region) -> bool:
    """True where the path between its ends runs within the claimed pixels, or next to them."""
    ends = min(int(2 * TIP_PX), len(line.path) // 3)
    inner = line.path[ends : len(line.path) - ends]
    places = inner[:: max(len(inner) // 8, 1)].astype(np.float32)
    beside = (cv2.pointPolygonTest(region.contour_px, (float(x), float(y)), True) for x, y in places)
    return min(beside) >= -TIP_PX - 1


def strip_sides(contour: NDArray[np.int32]) -> tuple[float, float]:
    """Length and width of the strip that has the region's girth and pixel count; of a compact one of its rectangle."""
    count = float(cv2.contourArea(contour)) + len(contour) / 2 + 1
    long, short = (side + 1 for side in sorted(cv2.minAreaRect(contour)[1], reverse=True))
    if long >= 3 * short:
        return long, count / long
    half = (cv2.arcLength(contour, True) + np.pi) / 2
    strip = (half + float(np.sqrt(max(half**2 - 4 * count, 0.0)))) / 2
    return (strip, count / strip) if strip**2 >= 6 * count else (long, count / long)


def _fitted(course: Course, psf_sigma_px: float, u_psf_px: float) -> Line | None:
    around, near = course.band, half_ends(course)
    sigma = sqrt(psf_sigma_px**2 + PIXEL_VARIANCE)
    trim = min(course.width / 2 + REACH * sigma, MOST_TRIM * (near[1] - near[0]))
    start, stop = near[0] + trim, near[1] - trim
    body = course.bright.take(around.node) & (around.along > start) & (around.along < stop)
    chosen = body.nonzero()[0]
    if len(chosen) < LEAST_PIXELS:
        return None
    profile = fit_profile(around, chosen, course.width, psf_sigma_px, u_psf_px)
    if profile.contrast_gray <= 0:
        return None
    uneven = unevenness(course, start, stop) * profile.contrast_gray
    ends = fit_ends(around, profile, near, float(np.hypot(uneven, profile.u_contrast_gray)))
    first, last = ends.first, ends.last
    if last - first < LINE * profile.width_px:
        return None
    path = at(course.path, course.reach, np.linspace(first, last, max(int(last - first) + 1, 2)))
    return Line(path, last - first, profile, ends, faded_px(course, first, last), empty_px(course, first, last))
