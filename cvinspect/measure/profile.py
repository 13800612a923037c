"""A line's cross-profile: a box of one contrast and width, seen through the blur of optics and pixel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import pi, sqrt

import numpy as np
from scipy.special import ndtr, ndtri

from cvinspect.measure.band import Band, Floats, Indices
from cvinspect.measure.least_squares import least_squares, standard

PIXEL_VARIANCE, PIXEL_CUMULANT = 1 / 12, -1 / 160  # of a pixel's square across a line, 4th cumulant as a mean of angles
LEAST_PX = 0.2  # a box narrower than this is a line without width, behind any blur
LEAST_PSF_PX = 0.3
STATED_PX = 0.1  # u up to which a calibration states the blur; TRUST: times more than that it is trusted
TRUST = 3.0
U_BOX_PX = 0.05  # of a blur that no calibration states: edges that are not quite a box's look like blur
_TAIL = 0.02275  # of a normal distribution beyond two sigmas
ROUGH = 1.2  # misfit from which the profile is so little a box that the noise is taken to be that much larger
BIN_PX = 0.125  # of the places across the line, over which pixels are averaged first


@dataclass(frozen=True, slots=True)
class Profile:
    """The box that fits best.

    contrast_gray, width_px; place_px: of its middle; sigma_px: the blur of optics and pixel together. width2_px2: the
    squared width; least_px: no width can be less. u_width2_px2: standard uncertainty of the squared width from noise
    and blur; u_contrast_gray: from noise, at this width. spread_gray: rms of the pixels around their mean at each place
    across the line.
    """

    contrast_gray: float
    width_px: float
    place_px: float
    sigma_px: float
    width2_px2: float
    least_px: float
    u_width2_px2: float
    u_contrast_gray: float
    spread_gray: float

    @property
    def u_width_px(self) -> float:
        """Half the distance to the farther end of the interval that holds 95 of 100 true widths.

        The blur leaves the squared width uncertain by about the same, however thin a line is, not the width; and what
        lies under the least width is impossible: the interval is that of a normal distribution cut off there.
        """
        width2, u = self.width2_px2, self.u_width2_px2
        possible = float(ndtr((width2 - self.least_px**2) / u))
        ends = (width2 - u * float(ndtri(share * possible)) for share in (_TAIL, 1 - _TAIL))
        return max(abs(sqrt(max(end, self.least_px**2)) - self.width_px) for end in ends) / 2


def box_slopes(across: Floats, width: float, sigma: float) -> tuple[Floats, Floats]:
    """A box of contrast 1 behind the blur `sigma`, at places across it, and its slope there."""
    upper, lower = (across + width / 2) / sigma, (across - width / 2) / sigma
    return ndtr(upper) - ndtr(lower), (bell(upper) - bell(lower)) / sigma


def fit_profile(band: Band, chosen: Indices, width_px: float, psf_sigma_px: float, u_psf_px: float) -> Profile:
    """Least squares of a box on a tilted ground, and its blur, to the chosen pixels; from a first guess of the width.

    What is known of the blur is its prior. One that a calibration states is trusted TRUST times more than its u says,
    because a real line is not quite a box; u knows of that. It is the squared width that is fitted: near 0 it is a
    smooth function of what is seen, which the width is not. No width is so small that the line would have to be darker
    than black.
    """
    across, rise = band.across.take(chosen), band.rise.take(chosen)
    places, seen, weights, spread = _averaged(across, rise, band.noise_gray)
    stated = u_psf_px <= STATED_PX
    reach = float(np.ptp(across))
    area, u_area = float(rise.mean()) * reach, band.noise_gray * reach / sqrt(len(rise))
    smallest = max(LEAST_PX, (area - 3 * u_area) / band.room_gray)
    start = np.array([max(area, u_area), max(width_px, 1.0, smallest) ** 2, 0.0, 0.0, 0.0, psf_sigma_px])
    prior, least = np.zeros(6), np.full(6, -np.inf)
    prior[5] = (u_psf_px / (TRUST if stated else 1.0)) ** -2
    least[1], least[5] = smallest**2, LEAST_PSF_PX
    for _ in range(2):
        values, normal, chi2 = least_squares(partial(_weighed, places, seen, weights), start, prior, least)
        misfit = sqrt(chi2 / max(len(places) - 5, 1))
        if misfit <= ROUGH:
            break
        weights = weights / misfit
    area, width2, place, _, _, psf = (float(value) for value in values)
    width = sqrt(width2)
    u_area, u_width2 = _uncertain(normal / max(misfit, 1.0) ** 2, prior, u_psf_px, stated)
    return Profile(
        area / width,
        width,
        place,
        sqrt(psf**2 + PIXEL_VARIANCE),
        width2,
        smallest,
        u_width2,
        u_area / width,
        spread,
    )


def _uncertain(normal: Floats, prior: Floats, u_psf_px: float, stated: bool) -> tuple[float, float]:
    """Standard uncertainties of area and squared width, from noise and from what was not known of the blur."""
    if not np.isfinite(normal).all():
        raise np.linalg.LinAlgError("these pixels do not tell the line's width")
    inverse = np.linalg.inv(normal + np.diag(prior))
    variance = (inverse @ normal @ inverse).diagonal() + (prior[5] * u_psf_px * inverse[5]) ** 2
    if not stated:
        variance = variance + (U_BOX_PX / inverse[5, 5] * inverse[5]) ** 2
    return standard(variance[0]), standard(variance[1])


def _averaged(across: Floats, rise: Floats, noise_gray: float) -> tuple[Floats, Floats, Floats, float]:
    """Places, mean rise and 1 / its standard deviation of the pixels in each bin across the line; the pixels' rms
    around those means."""
    index = ((across - across.min()) / BIN_PX).astype(np.intp)
    number = np.bincount(index).astype(np.float64)
    filled = number.nonzero()[0]
    number = number.take(filled)
    place, seen = (np.bincount(index, values).take(filled) / number for values in (across, rise))
    around = max(float(rise @ rise - number @ (seen * seen)), 0.0) / max(len(rise) - len(filled), 1)
    return place, seen, np.sqrt(number) / noise_gray, sqrt(around)


def _weighed(places: Floats, seen: Floats, weights: Floats, values: Floats) -> tuple[Floats, Floats]:
    """The weighed slopes (N, 6) and residuals (N,) of a box of given area and width² on a ground."""
    area, width2, place, ground, tilt, psf = values
    width = sqrt(width2)
    sigma = sqrt(psf**2 + PIXEL_VARIANCE + BIN_PX**2 / 24)
    z = (places - place + np.array([[width / 2], [-width / 2]])) / sigma
    (upper, lower), normal = ndtr(z), bell(z)
    high, low = normal / sigma
    square = normal * z * (3 - z * z)
    box = (upper - lower + PIXEL_CUMULANT / (24 * sigma**4) * (square[0] - square[1])) / width
    by_width2 = ((high + low) / 2 - box) / (2 * width**2)
    slopes = np.empty((len(places), 6))
    slopes[:, 0] = box
    slopes[:, 1] = area * by_width2
    slopes[:, 2] = area * (low - high) / width
    slopes[:, 3] = 1.0
    slopes[:, 4] = places
    slopes[:, 5] = area * (z[1] * low - z[0] * high) / width * (psf / sigma)
    slopes *= weights[:, None]
    return slopes, (seen - ground - tilt * places - area * box) * weights


def bell(z: Floats) -> Floats:
    """The density of the normal distribution."""
    return np.asarray(np.exp(z * z * -0.5) * (1 / sqrt(2 * pi)))
