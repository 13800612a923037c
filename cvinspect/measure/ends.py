"""A line's ends: where a strip of known width and contrast stops, behind the blur."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from math import pi

import numpy as np
from scipy.special import ndtr

from cvinspect.measure.band import Band, Floats
from cvinspect.measure.least_squares import least_squares, standard
from cvinspect.measure.profile import Profile, bell

ROUND, U_ROUND = 0.7, 0.45  # an end's shape before it is seen: 0 square, 1 half a disk, above it pointed
U_TIP_PX = 2.0  # of a tip's place before it is seen
LACK = 1 - pi / 4  # share of its square that a disk leaves out
REACH = 2.5  # blur sigmas beyond which an edge leaves no trace to speak of
SHORT = 10.0  # length over width below which the width's error has a say in where the tips are
_STEP_PX = 0.01
_LEAST = np.array([-4.0, -4.0, 0.0, 0.0, 0.0])


@dataclass(frozen=True, slots=True)
class Ends:
    """Both tips of a line, px along its path, and the shape of its ends: each is half an ellipse that reaches
    roundness x half the width (0 square, 1 half a disk).

    u_length_px: standard uncertainty of the tips' distance, from noise and the ends' shape. u_body_px: of the length
    of the strip with square ends that has the same area, in which the ends' shape has no part.
    """

    first: float
    last: float
    roundness: float
    u_roundness: float
    u_length_px: float
    u_body_px: float


def fit_ends(band: Band, profile: Profile, near: tuple[float, float], u_contrast_gray: float) -> Ends:
    """Least squares of both tips, their shape and the contrast at each, from a first guess `near` of the tips.

    The strip has the profile's width and blur; u_contrast_gray: how much its contrast may differ at an end. Its ends'
    shape before it is seen is ROUND +- U_ROUND. Of a short line the width's uncertainty has its share in u.
    """
    tips = _Tips.of(band, profile, near)
    start = np.array([0.0, 0.0, ROUND, profile.contrast_gray, profile.contrast_gray])
    prior = np.array([U_TIP_PX, U_TIP_PX, U_ROUND, u_contrast_gray, u_contrast_gray]) ** -2
    width = profile.width_px
    values, normal, chi2 = least_squares(partial(tips.weighed, tips.strips(width)), start, prior, _LEAST)
    covariance = np.linalg.inv(normal / max(chi2 / max(len(tips.out) - 5, 1), 1.0) + np.diag(prior))
    if near[1] - near[0] < SHORT * width:
        (slopes, left), (_, other) = (tips.weighed(tips.strips(w), values) for w in (width, width + _STEP_PX))
        by_width = covariance @ (slopes.T @ (other - left)) / _STEP_PX
        covariance = covariance + np.outer(by_width, by_width) * profile.u_width_px**2
    length, body = np.array([[1, 1, 0, 0, 0], [1, 1, -LACK * width, 0, 0]])
    return Ends(
        near[0] - float(values[0]),
        near[1] + float(values[1]),
        float(values[2]),
        standard(covariance[2, 2]),
        standard(length @ covariance @ length),
        standard(body @ covariance @ body),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Tips:
    """The pixels around both tips: px beyond the guessed tip (out), px beside the middle (aside), 1.0 at the first tip
    and 0.0 at the last one (first), grey levels (rise)."""

    out: Floats
    aside: Floats
    first: Floats
    rise: Floats
    sigma: float
    noise: float

    @classmethod
    def of(cls, band: Band, profile: Profile, near: tuple[float, float]) -> _Tips:
        reach = REACH * profile.sigma_px
        aside = band.across - profile.place_px
        inward = min(0.75 * profile.width_px + reach + 1, (near[1] - near[0]) / 2)
        close = np.abs(aside) <= profile.width_px / 2 + reach
        close &= (band.along < near[0] + inward) | (band.along > near[1] - inward)
        close &= (band.along >= near[0] - reach - 0.5) & (band.along <= near[1] + reach + 0.5)
        chosen = close.nonzero()[0]
        along = band.along.take(chosen)
        first = along < (near[0] + near[1]) / 2
        out = np.where(first, near[0] - along, along - near[1])
        noise = max(band.noise_gray, profile.spread_gray)
        return cls(out, aside.take(chosen), first.astype(np.float64), band.rise.take(chosen), profile.sigma_px, noise)

    def strips(self, width: float) -> tuple[Floats, Floats]:
        """What narrow strips along the line of that width give to each pixel (N, strips), and by how many blur sigmas
        each stops short of a round end's tip (strips,)."""
        half = width / 2 / self.sigma
        sides, weights = _halved(min(4 + int(1.5 * half), 64))
        z = (self.aside / self.sigma)[:, None] - half * sides
        return (bell(z) + bell(z + 2 * half * sides)) * (weights * half), half * (1 - np.sqrt(1 - sides * sides))

    def weighed(self, strips: tuple[Floats, Floats], values: Floats) -> tuple[Floats, Floats]:
        """Slopes (N, 5) and residuals (N,) over the noise, at both tips' places, roundness and contrasts.

        The blurred end of each strip is a normal distribution function.
        """
        share, short = strips
        last = 1 - self.first
        place = values[0] * self.first + values[1] * last
        contrast = (values[3] * self.first + values[4] * last) / self.noise
        z = ((place - self.out) / self.sigma)[:, None] - values[2] * short
        seen = (share * ndtr(z)).sum(axis=1)
        edge = share * bell(z)
        steep = contrast * edge.sum(axis=1) / self.sigma
        slopes = np.empty((len(seen), 5))
        slopes[:, 0], slopes[:, 1] = steep * self.first, steep * last
        slopes[:, 2] = -contrast * (edge @ short)
        slopes[:, 3], slopes[:, 4] = seen * self.first / self.noise, seen * last / self.noise
        return slopes, self.rise / self.noise - contrast * seen


@lru_cache(maxsize=64)
def _halved(count: int) -> tuple[Floats, Floats]:
    """Places on one half of a strip's width (0..1) and their weights, which sum to 1; closest at the side."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    turn: Floats = (nodes + 1) * pi / 4
    return np.sin(turn), weights * pi / 4 * np.cos(turn)
