"""A nominal outline laid on what is seen of it: turn, shift and scale by least squares along its normals.

Iterated closest points with distances along the normal (Chen and Medioni, 1992), each point weighted by how well it
fits (Tukey's biweight), so that flash and chipped edges do not pull the part aside.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from cvinspect.model import Points, Pose

Floats = NDArray[np.float64]

TUKEY = 4.685  # of sigma: 95 % efficient on normal noise
_MOST_CORRELATED = 60.0
_LAGS = 30
_REWEIGHTED = 5


@dataclass(frozen=True, slots=True, eq=False)
class Nominal:
    """A closed outline in even steps: points (N, 2) in part mm, unit outward normals (N, 2), its middle."""

    points_mm: Points
    normals: Points
    middle_mm: tuple[float, float]
    radius_mm: float

    @classmethod
    def of(cls, corners_mm: Points, count: int) -> Nominal:
        """`count` places, evenly along the closed polygon."""
        corners = np.asarray(corners_mm, np.float64)
        middle, area = centroid(corners)
        corners = corners if area > 0 else corners[::-1]
        edges = np.roll(corners, -1, axis=0) - corners
        walked = np.concatenate([[0.0], np.cumsum(np.linalg.norm(edges, axis=1))])
        at = (np.arange(count) + 0.5) * walked[-1] / count
        owner = np.clip(np.searchsorted(walked, at, side="right") - 1, 0, len(corners) - 1)
        along = edges[owner] / np.maximum(np.linalg.norm(edges[owner], axis=1, keepdims=True), 1e-12)
        points = corners[owner] + along * (at - walked[owner])[:, None]
        radius = float(np.sqrt(((points - middle) ** 2).sum(axis=1).mean()))
        return cls(points, np.stack([along[:, 1], -along[:, 0]], axis=1), (float(middle[0]), float(middle[1])), radius)


def centroid(corners: Points) -> tuple[Points, float]:
    """The centroid of a polygon's area and the area, positive where it runs from x towards y."""
    following = np.roll(corners, -1, axis=0)
    cross = corners[:, 0] * following[:, 1] - following[:, 0] * corners[:, 1]
    area = float(cross.sum()) / 2
    if abs(area) < 1e-12:
        return corners.mean(axis=0), 0.0
    return np.asarray(((corners + following) * cross[:, None]).sum(axis=0) / 6 / area), area


def turned_normals(nominal: Nominal, pose: Pose) -> Points:
    """The outline's normals as the part lies."""
    turn = replace(pose, scale=1.0, shift_mm=(0.0, 0.0), about_mm=(0.0, 0.0))
    return turn.to_plane(nominal.normals)


def best_turns(nominal: Nominal, seen_mm: Points, turns_deg: Floats, several: int) -> list[Pose]:
    """Of the turns (M,), those whose outline lies nearest to what is seen; the middles lie on each other."""
    tree = cKDTree(seen_mm)
    shift = centroid(seen_mm)[0] - nominal.middle_mm
    few = replace(nominal, points_mm=nominal.points_mm[:: max(1, len(nominal.points_mm) // 128)])
    poses = [Pose(float(turn), (float(shift[0]), float(shift[1])), 1.0, nominal.middle_mm) for turn in turns_deg]
    laid = np.concatenate([pose.to_plane(few.points_mm) for pose in poses])
    away = np.minimum(tree.query(laid)[0], nominal.radius_mm / 4).reshape(len(poses), -1).mean(axis=1)
    lowest = (away <= np.roll(away, 1)) & (away <= np.roll(away, -1)) | (len(poses) < 3)
    order = np.argsort(np.where(lowest, away, np.inf))
    return [poses[index] for index in order[: min(several, int(lowest.sum()))]]


def closest(nominal: Nominal, seen_mm: Points, tree: cKDTree, pose: Pose) -> Floats:
    """How far beyond the laid outline, along its normal, the nearest seen point lies; (N,) mm."""
    laid = pose.to_plane(nominal.points_mm)
    return np.asarray(((seen_mm[tree.query(laid)[1]] - laid) * turned_normals(nominal, pose)).sum(axis=1))


def moved(nominal: Nominal, pose: Pose, beyond_mm: Floats, turns: bool, scales: bool, least_mm: float) -> Pose:
    """The pose that brings the outline to `beyond_mm` (N,; NaN = not seen), with its uncertainties.

    least_mm: what the noise is never assumed to be below.
    """
    seen = np.isfinite(beyond_mm)
    if seen.sum() < 8:
        return pose
    terms = _terms(nominal, pose, turns, scales)[seen]
    target = beyond_mm[seen]
    step, weights = _robust(terms, target, least_mm)
    left = target - terms @ step
    unit = nominal.radius_mm
    turn, grown = (step[2] if turns else 0.0), (step[-1] if scales else 0.0)
    covariance = _covariance(terms, left, weights, least_mm)
    return replace(
        pose,
        turn_deg=float((pose.turn_deg + np.degrees(turn / unit) + 180) % 360 - 180),
        shift_mm=(float(pose.shift_mm[0] + step[0]), float(pose.shift_mm[1] + step[1])),
        scale=float(pose.scale * (1 + grown / unit)),
        u_shift_mm=float(np.sqrt(np.linalg.eigvalsh(covariance[:2, :2])[-1])),
        u_turn_deg=float(np.degrees(np.sqrt(covariance[2, 2]) / unit)) if turns else 0.0,
    )


def _terms(nominal: Nominal, pose: Pose, turns: bool, scales: bool) -> Floats:
    """What a small shift in x and y, turn and growth (both as mm at the outline's radius) do along the normals."""
    normals = turned_normals(nominal, pose)
    arms = (pose.to_plane(nominal.points_mm) - nominal.middle_mm - pose.shift_mm) / nominal.radius_mm
    columns = [normals[:, 0], normals[:, 1]]
    if turns:
        columns.append(normals[:, 1] * arms[:, 0] - normals[:, 0] * arms[:, 1])
    if scales:
        columns.append((normals * arms).sum(axis=1))
    return np.stack(columns, axis=1)


def _robust(terms: Floats, target: Floats, least_mm: float) -> tuple[Floats, Floats]:
    """The step and the points' weights."""
    weights, step = np.ones(len(target)), np.zeros(terms.shape[1])
    for _ in range(_REWEIGHTED):
        weighted = terms * weights[:, None]
        ridge = 1e-9 * max(weights.sum(), 1.0) * np.eye(terms.shape[1])
        step = np.linalg.solve(weighted.T @ terms + ridge, weighted.T @ target)
        left = target - terms @ step
        sigma = max(1.4826 * float(np.median(np.abs(left))), least_mm)
        weights = np.maximum(1 - (left / (TUKEY * sigma)) ** 2, 0) ** 2
    return step, weights


def _covariance(terms: Floats, left: Floats, weights: Floats, least_mm: float) -> Floats:
    """Of the step. Neighbours on an outline deviate together: the sum of their correlations enlarges it."""
    fit = weights > 0.05
    kept = np.where(fit, left, 0.0)
    power = max(float(kept @ kept), 1e-30)
    twice = np.concatenate([kept, kept])
    together = [float(kept @ twice[lag : lag + len(kept)]) / power for lag in range(1, min(_LAGS, len(kept) // 2))]
    positive = next((i for i, r in enumerate(together) if r < 0.05), len(together))
    more = min(1 + 2 * sum(together[:positive]), _MOST_CORRELATED)
    variance = max(power / max(int(fit.sum()) - terms.shape[1], 1), least_mm**2)
    weighted = terms[fit]
    normal = weighted.T @ weighted + 1e-12 * np.eye(terms.shape[1])
    return np.asarray(np.linalg.inv(normal) * variance * more)
