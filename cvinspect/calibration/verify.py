"""A calibration held against a second artefact: distances between its points, by the calibration and as they are.

A picture passes where the mean scale and every distance are right within what calibration and artefact claim to know.
Of a distance L that is

    allowed² = (2 L u_scale)² + (2 L u_print)² + (z sigma √2)²

with the calibration's u of the scale there, the artefact's own u, and sigma of finding one point, which the picture
itself tells: how far a point lies from where its neighbours have it. z is what two sigmas of one distance are for the
largest of all (Šidák 1967), so that many distances are not a fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist

from cvinspect.calibration.calibrate import ASSUMED_U_PRINT
from cvinspect.calibration.target import Target
from cvinspect.calibration.views import Tell, found_in, names_of
from cvinspect.errors import CalibrationError, PictureError
from cvinspect.model import Calibration, Points, Reason
from cvinspect.pictures import gray8, read_picture

MOST_POINTS = 600  # 180 000 pairs; of more, so many spread evenly
_OUTSIDE = 0.0455  # what two sigmas leave out
_NEIGHBOURS = 4
_CIRCLE = np.stack([np.cos(np.arange(48) / 24 * np.pi), np.sin(np.arange(48) / 24 * np.pi)], axis=1)

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What one picture of the artefact says; `against`: why nothing could be measured, and then the numbers are NaN.

    scale: how much too large the calibration measures, relative, on the mean; allowed_scale: 2u of that. error_mm: the
    distance that is worst against what is allowed for it, measured minus true; length_mm its true length, mm_per_px the
    scale there.
    """

    name: str
    points: int = 0
    scale: float = float("nan")
    allowed_scale: float = float("nan")
    error_mm: float = float("nan")
    mm_per_px: float = float("nan")
    allowed_mm: float = float("nan")
    length_mm: float = float("nan")
    rms_mm: float = float("nan")
    against: Reason | None = None

    @property
    def scale_holds(self) -> bool:
        """True where the mean scale is right within its uncertainty."""
        return abs(self.scale) <= self.allowed_scale

    @property
    def holds(self) -> bool:
        """True where everything measured is right within its uncertainty; NaN is not."""
        return self.against is None and self.scale_holds and abs(self.error_mm) <= self.allowed_mm


def verify(
    calibration: Calibration,
    pictures: Sequence[Path],
    target: Target,
    u_print_scale: float | None = None,
    tell: Tell | None = None,
) -> tuple[Verified, ...]:
    """What each of `pictures`, of `target` lying in the part's plane, says of `calibration`.

    u_print_scale: relative standard uncertainty of the artefact's lengths; None = its own, else that of an office
    printer is assumed.
    """
    stated = target.u_print_scale if u_print_scale is None else u_print_scale
    u_print = ASSUMED_U_PRINT if stated is None else stated
    verified = []
    for number, (path, name) in enumerate(zip(pictures, names_of(pictures), strict=True), 1):
        if tell is not None:
            tell(number, len(pictures), name)
        verified.append(_verified(calibration, path, name, target, u_print))
    return tuple(verified)


def _verified(calibration: Calibration, path: Path, name: str, target: Target, u_print: float) -> Verified:
    try:
        picture = read_picture(path)
    except PictureError as bad:
        return Verified(name=name, against=Reason.of("cal_unreadable", message=str(bad)))
    size = (picture.pixels.shape[1], picture.pixels.shape[0])
    if size != calibration.size:
        told = {"size": "{}x{}".format(*size), "other": "{}x{}".format(*calibration.size)}
        return Verified(name=name, against=Reason.of("cal_other_size", **told))
    if picture.camera and calibration.camera and picture.camera != calibration.camera:
        return Verified(name=name, against=Reason.of("cal_camera_not", by=picture.camera, who=calibration.camera))
    try:
        found = found_in(gray8(picture.pixels), target)
    except CalibrationError as bad:
        return Verified(name=name, against=Reason.of("cal_not_found", message=str(bad)))
    some = np.unique(np.linspace(0, len(found.ids) - 1, MOST_POINTS).round().astype(int))
    return compared(name, calibration, found.points_px[some], target.points_mm[found.ids[some]], target, u_print)


def compared(
    name: str, calibration: Calibration, points_px: Points, true_mm: Points, target: Target, u_print: float
) -> Verified:
    """Points (N, 2) as found in px against the same points (N, 2) as they are, in mm of the artefact."""
    points_mm = calibration.to_mm(points_px)
    if target.pattern.is_dots:
        points_mm = calibration.to_mm(points_px - _center_bias(calibration, points_mm, target))
    scale, off = _similar(points_mm, true_mm)
    sigma_mm = _scatter(points_mm, off)
    u_scale = calibration.u_scale_at(points_px)
    lengths = pdist(true_mm)
    errors = pdist(points_mm) - lengths
    first, second = np.triu_indices(len(points_mm), 1)
    u_lengths = lengths * np.hypot((u_scale[first] + u_scale[second]) / 2, u_print)
    many = NormalDist().inv_cdf((1 + (1 - _OUTSIDE) ** (1 / len(lengths))) / 2)
    allowed = np.hypot(2 * u_lengths, many * sqrt(2) * sigma_mm)
    worst = int(np.argmax(np.abs(errors) / allowed))
    spread = sqrt(float(true_mm.var(axis=0).sum()) * len(true_mm))
    u_mean = sqrt(float(u_scale.mean()) ** 2 + u_print**2 + (sigma_mm / spread) ** 2)
    pair = points_px[[first[worst], second[worst]]]
    local = np.sqrt(np.abs(np.linalg.det(calibration.jacobian(pair)))).mean()
    return Verified(
        name=name,
        points=len(points_px),
        scale=scale - 1,
        allowed_scale=2 * u_mean,
        error_mm=float(errors[worst]),
        mm_per_px=float(local),
        allowed_mm=float(allowed[worst]),
        length_mm=float(lengths[worst]),
        rms_mm=sqrt(float(np.mean(errors**2))),
    )


def _similar(points_mm: Points, true_mm: Points) -> tuple[float, Points]:
    """The scale of the similarity that lays true_mm onto points_mm best (Umeyama 1991), and what is left over."""
    seen, true = points_mm - points_mm.mean(axis=0), true_mm - true_mm.mean(axis=0)
    left, _, right = np.linalg.svd(seen.T @ true)
    turn = left @ np.diag([1.0, np.sign(np.linalg.det(left @ right))]) @ right
    scale = float(np.sum(turn * (seen.T @ true)) / np.sum(true**2))
    return scale, seen - scale * true @ turn.T


def _scatter(points_mm: Points, off: Points) -> float:
    """Sigma of one axis of one point, from how far it strays from its neighbours' mean; a smooth error cancels."""
    nearest = cKDTree(points_mm).query(points_mm, k=min(_NEIGHBOURS + 1, len(points_mm)))[1][:, 1:]
    stray = off - off[nearest].mean(axis=1)
    return float(1.4826 * np.median(np.abs(stray)) / sqrt(1 + 1 / nearest.shape[1]))


def _center_bias(calibration: Calibration, points_mm: Points, target: Target) -> Points:
    """(N, 2) px: how far the centroid of a disk's picture lies from the picture of its centre (Heikkilä 2000)."""
    outlines = points_mm[:, None] + target.detail_mm * target.print_scale / 2 * _CIRCLE
    seen = calibration.to_px(outlines.reshape(-1, 2)).reshape(outlines.shape) - calibration.to_px(points_mm)[:, None]
    after = np.roll(seen, -1, axis=1)
    double = seen[..., 0] * after[..., 1] - seen[..., 1] * after[..., 0]
    return np.asarray(((seen + after) * double[..., None]).sum(axis=1) / (3 * double.sum(axis=1))[:, None])
