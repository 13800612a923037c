"""The circle or ellipse that most of a turned part's silhouette lies on."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.detect.outline import Outline, stepped
from cvinspect.detect.surface import Surface, sampled
from cvinspect.model import Points

Shape = Literal["circle", "ellipse"]

RAYS = 720
LEAST_SUPPORT = 0.5  # of the rays that must meet the fitted curve
NEAR_PX = 3.0
CLEAR = 0.15  # of the rays' usual steepest edge: what counts as the part's edge against the ground
_ROUNDS = 25
TRIALS = 300
OUTSIDE = 2  # points on the ellipse that one beyond it takes back
NARROWEST = 0.5  # 4 A C - B², 1 for a circle: an ellipse 2.4 times as long as wide


def fitted_outlines(surface: Surface, shape: Shape) -> list[Outline]:
    """The circle or ellipse that most of the part's silhouette lies on; empty where fewer than half of it does.

    By least absolute deviations, which flash does not pull. Where nothing fits so, one side of the rim may be hardly
    seen and an inner ring instead: then by random trials.
    """
    center, edge = _silhouette(surface)
    scale = max(float(np.abs(edge).max()), 1.0)
    for fit in (_conic, _by_trials):
        curve = _curve(fit(edge / scale, shape, NEAR_PX / 2 / scale))
        if curve is not None and _support(curve * scale, edge) >= LEAST_SUPPORT:
            return [stepped(curve * scale + center)]
    return []


def _support(points: Points, edge: Points) -> float:
    """The share of the edge (N, 2) that lies on the curve."""
    gaps = cv2.distanceTransform(_drawn(points, edge), cv2.DIST_L2, 5)
    low = np.floor(np.minimum(points.min(axis=0), edge.min(axis=0))) - 2
    at = np.round(edge - low).astype(int)
    return float((gaps[at[:, 1], at[:, 0]] <= NEAR_PX).mean())


def _silhouette(surface: Surface) -> tuple[Points, Points]:
    """Centre of the faces and, per ray from it, the outermost strong edge, relative to the centre, frame px."""
    width, height = surface.frame.size
    corners = np.concatenate([np.clip(p, 0, (width - 1, height - 1)) for p in surface.placement.outlines_px])
    center = (corners.min(axis=0) + corners.max(axis=0)) / 2
    angles = np.arange(RAYS) * 2 * np.pi / RAYS
    rays = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    reach = np.minimum(
        np.where(rays[:, 0] > 0, width - 1 - center[0], center[0]) / np.maximum(np.abs(rays[:, 0]), 1e-9),
        np.where(rays[:, 1] > 0, height - 1 - center[1], center[1]) / np.maximum(np.abs(rays[:, 1]), 1e-9),
    )
    radii = np.arange(int(reach.max()) + 1)
    at = center + rays[:, None] * radii[None, :, None]
    smooth = cv2.GaussianBlur(surface.raw, (0, 0), 1.0)
    profile = sampled(smooth, at)
    slope = np.abs(cv2.Sobel(profile, cv2.CV_32F, 1, 0, ksize=3))
    slope[:, 0] = 0
    slope[radii[None, :] > reach[:, None] - 2] = 0
    strong = slope >= CLEAR * np.median(slope.max(axis=1))
    outermost = radii[-1] - np.argmax(strong[:, ::-1], axis=1)
    crest = _crest(slope, outermost)
    return center, (rays * crest[:, None])[strong.any(axis=1)]


def _crest(slope: NDArray[np.float32], start: NDArray[np.int64]) -> NDArray[np.int64]:
    """From the outermost strong place of each ray inwards to the top of that edge."""
    at = start.copy()
    rows = np.arange(len(at))
    for _ in range(4):
        inner = np.maximum(at - 1, 0)
        at = np.where(slope[rows, inner] > slope[rows, at], inner, at)
    return at


def _conic(points: Points, shape: Shape, near: float) -> NDArray[np.float64]:
    """A x² + B xy + C y² + D x + E y + F with A + C = 1 through most of the points, by least absolute deviations."""
    return _fitted(*_terms(points, shape), shape)


def _by_trials(points: Points, shape: Shape, near: float) -> NDArray[np.float64]:
    """As `_conic`, through those points that lie on the best of random trials (Fischler and Bolles, 1981): on which
    most lie, and beyond which few do."""
    terms, target = _terms(points, shape)
    chosen = np.random.default_rng(0).integers(0, len(points), (TRIALS, terms.shape[1]))
    squared = np.swapaxes(terms[chosen], 1, 2) @ terms[chosen] + 1e-9 * np.eye(terms.shape[1])
    factors = np.linalg.solve(squared, np.swapaxes(terms[chosen], 1, 2) @ target[chosen][..., None])[..., 0]
    away = [_beyond(_whole(one, shape), points) / near for one in factors]
    best = max(away, key=lambda one: np.count_nonzero(np.abs(one) <= 1) - OUTSIDE * np.count_nonzero(one > 1))
    on = np.abs(best) <= 1
    return _fitted(terms[on], target[on], shape)


def _beyond(conic: NDArray[np.float64], points: Points) -> NDArray[np.float64]:
    """How far points lie beyond an ellipse (Sampson's distance); inf where it is too narrow, or none."""
    (a, b, c, d, e, f), (x, y) = conic, points.T
    if 4 * a * c - b * b < NARROWEST:
        return np.full(len(points), np.inf)
    away = a * x * x + b * x * y + c * y * y + d * x + e * y + f
    slope = np.hypot(2 * a * x + b * y + d, b * x + 2 * c * y + e)
    return np.asarray(away / np.maximum(slope, 1e-9))


def _terms(points: Points, shape: Shape) -> tuple[Points, NDArray[np.float64]]:
    x, y = points.T
    terms = np.stack([x, y, np.ones_like(x)], axis=1)
    if shape == "ellipse":
        terms = np.concatenate([np.stack([x * x - y * y, x * y], axis=1), terms], axis=1)
    return terms, -(x * x + y * y) / 2


def _fitted(terms: Points, target: NDArray[np.float64], shape: Shape) -> NDArray[np.float64]:
    weights = np.ones_like(target)
    for _ in range(_ROUNDS):
        root = np.sqrt(weights)
        factors = np.linalg.lstsq(terms * root[:, None], target * root, rcond=None)[0]
        weights = 1 / np.maximum(np.abs(target - terms @ factors), 1e-3)
    return _whole(np.asarray(factors, np.float64), shape)


def _whole(factors: NDArray[np.float64], shape: Shape) -> NDArray[np.float64]:
    full = factors if shape == "ellipse" else np.concatenate([[0.0, 0.0], factors])
    return np.array([0.5 + full[0], full[1], 0.5 - full[0], *full[2:]])


def _curve(conic: NDArray[np.float64]) -> Points | None:
    """Points all around the ellipse; None where the conic is none."""
    a, b, c, d, e, f = conic
    form = np.array([[a, b / 2], [b / 2, c]])
    values, axes = np.linalg.eigh(form)
    if not values.min() > 1e-3:
        return None
    center = np.linalg.solve(form, [-d / 2, -e / 2])
    level = float(center @ form @ center - f)
    if not level > 0:
        return None
    turn = np.linspace(0, 2 * np.pi, RAYS, endpoint=False)
    around = np.stack([np.cos(turn), np.sin(turn)], axis=1) * np.sqrt(level / values)
    return np.asarray(center + around @ axes.T)


def _drawn(curve: Points, edge: Points) -> NDArray[np.uint8]:
    """0 on the curve, 255 elsewhere, in a window around both."""
    low = np.floor(np.minimum(curve.min(axis=0), edge.min(axis=0))) - 2
    high = np.ceil(np.maximum(curve.max(axis=0), edge.max(axis=0))) + 2
    width, height = (high - low + 1).astype(int)
    window = np.full((height, width), 255, np.uint8)
    cv2.polylines(window, [np.round(curve - low).astype(np.int32)], True, 0)
    return window
