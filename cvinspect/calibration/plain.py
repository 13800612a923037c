"""Noise and blur of any picture: noise from how neighbours differ, blur from sharp straight edges where it has any."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

_CURVED = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6  # takes slopes out, keeps white noise's sigma
_INSIDE_3_SIGMA = 0.98658  # sigma of a normal cut off at three sigmas
_REACH_PX, _STEP_PX, _ALONG_PX = 6.0, 0.25, 3.0
_LEAST_CONTRAST, _LEAST_SIGMAS = 30.0, 15.0
_LEAST_EDGES, _MOST_EDGES = 40, 4000
_SHARPEST, _AGREE = 25, 0.25
_SOFT = 0.15  # how much softer than the optics, relative, an edge of a part may be that looks sharp
_MOST_BLUR_PX = 3.0
_LINEAR = 1 / 6  # variance that linear interpolation adds, on the mean over all phases
_PIXEL = 1 / 12  # variance of the pixel's own square

Gray = NDArray[np.uint8]
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Blur:
    """Sigma of the point spread function in px, from the sharpest edges of a picture, and its standard uncertainty."""

    sigma_px: float
    u_px: float
    edges: int


def noise_gray(gray: Gray) -> float | None:
    """Noise sigma in grey levels of gray (H, W), texture included (after Immerkaer 1996); None where all is clipped."""
    curved = cv2.filter2D(gray, cv2.CV_32F, _CURVED)[1:-1, 1:-1]
    clipped = cv2.dilate(((gray == 0) | (gray == 255)).astype(np.uint8), np.ones((3, 3), np.uint8))[1:-1, 1:-1]
    values = curved[clipped == 0]
    if values.size < 1000:
        return None
    sigma = max(1.4826 * float(np.median(np.abs(values))), 0.3)
    for _ in range(3):
        kept = values[np.abs(values) <= 3 * sigma]
        sigma = max(float(np.sqrt(np.mean(kept.astype(np.float64) ** 2))) / _INSIDE_3_SIGMA, 0.1)
    return sigma


def blur(gray: Gray, noise: float) -> Blur | None:
    """The blur that the sharpest straight edges of gray (H, W) show; None where they are too few or do not agree.

    An edge of the part may be softer than the optics; that is in the uncertainty.
    """
    centers, normals = _edges(gray, noise)
    if len(centers) < _LEAST_EDGES:
        return None
    sigmas = _sigmas(gray, centers, normals, noise)
    if len(sigmas) < _LEAST_EDGES:
        return None
    low, middle, high = np.percentile(sigmas, [_SHARPEST / 5, _SHARPEST, 2 * _SHARPEST])
    spread = float(high - low) / 2
    if middle > _MOST_BLUR_PX or spread > _AGREE * middle + 0.05:
        return None
    return Blur(float(middle), sqrt(spread**2 + 0.05**2 + (_SOFT * middle) ** 2), len(sigmas))


def _edges(gray: Gray, noise: float) -> tuple[Array, Array]:
    """(N, 2) places on strong edges, to the pixel, and (N, 2) unit normals towards the brighter side."""
    x, y = (cv2.Scharr(gray, cv2.CV_32F, *order, scale=1 / 32) for order in ((1, 0), (0, 1)))
    steep = cv2.magnitude(x, y)
    strong = steep > max(_LEAST_CONTRAST, _LEAST_SIGMAS * noise) / 6
    margin = int(_REACH_PX + _ALONG_PX) + 1
    strong &= steep == cv2.dilate(steep, np.ones((3, 3), np.uint8))
    strong[:margin] = strong[-margin:] = False
    strong[:, :margin] = strong[:, -margin:] = False
    rows, columns = np.nonzero(strong)
    rows, columns = (places[:: 1 + len(places) // _MOST_EDGES] for places in (rows, columns))
    direction = np.stack([x[rows, columns], y[rows, columns]], axis=1).astype(np.float64)
    return np.stack([columns, rows], axis=1).astype(np.float64), direction / np.linalg.norm(direction, axis=1)[:, None]


def _sigmas(gray: Gray, centers: Array, normals: Array, noise: float) -> Array:
    """Blur of each edge that runs straight between two flat sides, from the area between its profile and a step:
    contrast * sigma * sqrt(2 / pi)."""
    across = np.arange(-_REACH_PX, _REACH_PX + _STEP_PX / 2, _STEP_PX)
    along = np.arange(-_ALONG_PX, _ALONG_PX + 0.5)
    tangents = np.stack([-normals[:, 1], normals[:, 0]], axis=1)
    places = (
        centers[:, None, None]
        + across[:, None] * normals[:, None, None]
        + along[:, None, None] * tangents[:, None, None]
    )
    sampled = cv2.remap(gray.astype(np.float32), *_maps(places), cv2.INTER_LINEAR).reshape(places.shape[:-1])
    profile = sampled.mean(axis=1).astype(np.float64)
    side = int(2 / _STEP_PX)
    low, high = profile[:, :side].mean(axis=1), profile[:, -side:].mean(axis=1)
    contrast = high - low
    flat = np.maximum(np.ptp(profile[:, :side], axis=1), np.ptp(profile[:, -side:], axis=1))
    straight = np.abs(sampled[:, 0] - sampled[:, -1]).max(axis=1)
    good = contrast > max(_LEAST_CONTRAST, _LEAST_SIGMAS * noise)
    good &= flat < 0.04 * contrast + 2 * noise
    good &= straight < 0.25 * contrast + 4 * noise
    good &= (low > 2) & (high < 253)
    share = (profile[good] - low[good, None]) / contrast[good, None]
    middle = _crossing(share, across)
    area = np.abs(share - (across > middle[:, None])).sum(axis=1) * _STEP_PX
    return np.asarray(np.sqrt(np.maximum(area**2 * pi / 2 - _LINEAR - _PIXEL, 0.01)))


def _crossing(share: Array, across: Array) -> Array:
    """(N,) where each profile passes one half, the first time, linear between samples."""
    after = np.argmax(share >= 0.5, axis=1).clip(1)
    rows = np.arange(len(share))
    below, above = share[rows, after - 1], share[rows, after]
    return np.asarray(across[after] - _STEP_PX * (above - 0.5) / np.maximum(above - below, 1e-9))


def _maps(places: Array) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    flat = places.reshape(len(places), -1, 2).astype(np.float32)
    return np.ascontiguousarray(flat[..., 0]), np.ascontiguousarray(flat[..., 1])
