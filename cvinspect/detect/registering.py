"""Laying a nominal outline onto the part's own edge: flash and chips do not pull it, and a shift is neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cvinspect.detect.band import Band, around, by_sector
from cvinspect.detect.outline import Outline
from cvinspect.detect.surface import Surface

Array = NDArray[np.float64]
Freedom = Literal["rigid", "circle", "ellipse"]

SEARCH_PX = 10  # how far off its place an edge is looked for
NEAR_PX = 1.0  # an edge this near to a trial outline agrees with it
LEAST_SUPPORT = 0.5  # of the edge that must agree
TRIALS = 200
STRETCH_PX = 10  # so much of the edge tells where it is
ROUNDS = 12
_RIDGE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """An outline on the part's own edge, as near as the tolerance lets it. edge: the part's own edge, followed without
    any tolerance; agrees (N,): where it was seen. u_px: standard uncertainty of the outline's place anywhere."""

    outline: Outline
    edge: Outline
    agrees: NDArray[np.bool_]
    u_px: float


def registered(surface: Surface, outline: Outline, freedom: Freedom, tolerance_px: float) -> Registered | None:
    """The outline moved, turned and slowly bent onto the part's own edge; None where less than half of it is found.

    A drawn outline ("rigid") moves and turns freely; its size, and what remains of the part's slow wander about it,
    follow the part's edge by `tolerance_px` at most: what is beyond that is flash, or missing. Half of what the frame
    shows must be found. A fitted circle or ellipse is free in size and shape as well. The place is found by consensus
    of random trials (Fischler and Bolles, 1981), then by Tukey's biweight; the wander is the edge's median over a
    third of the outline.
    """
    band = Band.along(surface, outline, SEARCH_PX, SEARCH_PX)
    edges, clear = band.edges_px()
    needed = max(LEAST_SUPPORT * band.shown.sum(), 8)
    if clear.sum() < needed:
        return None
    terms = _terms(outline, freedom)
    factors = _robust(terms[clear], edges[clear])
    firm = 3 if freedom == "rigid" else terms.shape[1]
    slow = terms[:, firm:] @ factors[firm:]
    rest = edges - terms @ factors
    agree = clear & (np.abs(rest) <= NEAR_PX + tolerance_px)
    if agree.sum() < needed:
        return None
    wander = around(by_sector(rest[None].astype(np.float32), agree), len(edges))[0]
    firmly = terms[:, :firm] @ factors[:firm]
    followed = slow + wander
    moved = outline.moved(firmly + np.clip(followed, -tolerance_px, tolerance_px))
    return Registered(moved, outline.moved(firmly + followed), agree, _unevenness((rest - wander)[agree]))


def _unevenness(rest: Array) -> float:
    """Standard deviation of how far stretches of the part's own edge lie off the outline, px."""
    count = max(len(rest) // STRETCH_PX, 1)
    means = np.array([piece.mean() for piece in np.array_split(rest, count)])
    return max(1.4826 * float(np.median(np.abs(means))), 0.02)


def _terms(outline: Outline, freedom: Freedom) -> Array:
    """How far along its normal each point (N, terms) moves per px of shift in x and y, turn, growth ..."""
    normals = outline.normals
    arm = outline.points - outline.points.mean(axis=0)
    arm = arm / max(float(np.sqrt((arm**2).sum(axis=1).mean())), 1e-9)
    (x, y), (u, v) = arm.T, normals.T
    turn, growth = v * x - u * y, u * x + v * y
    if freedom == "circle":
        return np.stack([u, v, growth], axis=1)
    if freedom == "ellipse":
        return np.stack([u, v, growth, u * x - v * y, u * y + v * x], axis=1)
    return np.asarray(np.stack([u, v, turn, growth], axis=1))


def _robust(terms: Array, edges: Array) -> Array:
    """Factors by which `terms` explain most of the `edges`."""
    random = np.random.default_rng(0)
    chosen = random.integers(0, len(edges), (TRIALS, 2 * terms.shape[1]))
    trials = np.concatenate([_solved(terms[chosen], edges[chosen]), np.zeros((1, terms.shape[1]))])
    sample = slice(None, None, max(len(edges) // 1000, 1))
    near = np.abs(edges[sample, None] - terms[sample] @ trials.T) <= NEAR_PX
    factors = trials[np.argmax(near.sum(axis=0))]
    for _ in range(ROUNDS):
        rest = edges - terms @ factors
        sigma = max(1.4826 * float(np.median(np.abs(rest))), 0.15)
        weight = np.clip(1 - (rest / (4.7 * sigma)) ** 2, 0, None)[:, None]
        factors = _solved((terms * weight)[None], (edges[:, None] * weight)[None, :, 0])[0]
    return np.asarray(factors)


def _solved(terms: Array, values: Array) -> Array:
    """Least squares of a stack of systems; what they do not determine (a disk's turn) stays 0."""
    squared = np.swapaxes(terms, 1, 2) @ terms + _RIDGE * terms.shape[1] * np.eye(terms.shape[2])
    return np.asarray(np.linalg.solve(squared, np.swapaxes(terms, 1, 2) @ values[..., None])[..., 0])
