"""Which points of the target the points of a lattice are: turned and moved until they lie on it, or refused."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from cvinspect.calibration.find.bent import Bent, fit_bent
from cvinspect.calibration.find.found import NotSeenError, furthest, unseen
from cvinspect.calibration.find.lattice import Lattice, Steps
from cvinspect.calibration.target import Pattern, Target
from cvinspect.projection import Points

FEWEST, PLENTY = 8, 30  # points that are at least seen of a target (or all), and that are enough of a large one
_BEYOND = 2  # points that may lie off the target: what stands beside it by chance
_SLACK = 0.03  # of a step: how far a point may lie off a smooth plane
_FILLS = 0.1
_UNEVEN = 0.035  # of a step: a lattice that deviates more from a seen plane is chance
_GAPS = 0.35  # of the seen ones: how many next to them may be missing
_HIDDEN = 0.6  # of a row that should be seen and is not: then the target is another one
_TRIES = 60
_ROUNDER = 1.2
_TURNS = [np.reshape(m, (2, 2)) for m in product((-1, 0, 1), repeat=4) if m[0] * m[3] - m[1] * m[2] == 1]


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """A target as a lattice: its sites' steps (N, 2), row by row, and where they lie in mm (N, 2).

    spare (M, 2): where a target may have dots that have no number: of a hexagonal one whose first row is the one half
    a pitch right, the end of every other row.
    """

    steps: Steps
    places_mm: Points
    spare: Steps


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """sites (N,) of the target and the lattice's points (N,) that stand there, and the plane as it is seen."""

    sites: NDArray[np.int64]
    which: NDArray[np.int64]
    bent: Bent
    step_px: float


def sites_of(target: Target) -> Sites:
    """The sites of a target: its points, of separate squares their centres."""
    columns, rows = (target.columns, target.rows) if target.pattern is Pattern.SQUARES else target.grid
    j, i = (axis.ravel() for axis in np.mgrid[0:rows, 0:columns])
    places = target.polygons_mm().mean(axis=1) if target.pattern is Pattern.SQUARES else target.points_mm
    spare = np.empty((0, 2), np.int64)
    if target.pattern is Pattern.DOTS_HEX:
        steps = np.stack([i - j // 2, j], axis=1)
        row = np.arange(rows)
        spare = np.stack([np.where(row % 2, -1, columns) - row // 2, row], axis=1)
    elif target.pattern is Pattern.DOTS_ASYM:
        across = 2 * i + j % 2
        steps = np.stack([(across + j) // 2, (j - across) // 2], axis=1)
    else:
        steps = np.stack([i, j], axis=1)
    return Sites(steps, places, spare)


def place(lattice: Lattice, points: Points, target: Target, size_px: tuple[int, int], black: int = 0) -> Placed:
    """The lattice's points (N, 2) laid on the target's sites. size_px is (width, height).

    black: of a chessboard, +1 or -1 where the square to the right and below the lattice's origin is black or white.
    Raises CalibrationError where they do not fit: too few, another target's, or not in one plane.
    """
    sites = sites_of(target)
    least = _least(sites)
    if len(lattice) < max(least / 2, 4):
        raise unseen(target, len(lattice), f"at least {least} are needed")
    refusals = [unseen(target, 0, "none fits")]
    for moved in _laid(lattice, points, sites, black):
        try:
            return _checked(moved, lattice, points, target, size_px)
        except NotSeenError as refusal:
            refusals.append(refusal)
    raise furthest(refusals)


def _least(sites: Sites) -> int:
    return min(len(sites.steps), max(FEWEST, min(PLENTY, len(sites.steps) // 4)))


def _laid(lattice: Lattice, points: Points, sites: Sites, black: int) -> list[Steps]:
    """The lattice's steps, turned and moved onto the sites: the likeliest first."""
    axes, basis = _slopes(lattice.steps, points[lattice.which]), _slopes(sites.steps, sites.places_mm)
    ways = []
    for turn in _TURNS:
        back = np.linalg.inv(turn)
        oblong = float(np.linalg.cond(axes @ back @ np.linalg.inv(basis)))
        turned = lattice.steps @ turn.T
        flip = int(np.sign(np.prod(back.sum(axis=1)))) * black
        for count, shift in _shifts(turned, sites.steps):
            ways.append((count, oblong, flip * (-1) ** (int(shift.sum()) % 2), turned + shift))
    most = max(count for count, *_ in ways)
    ways = [way for way in ways if way[0] >= most - _BEYOND]
    rounder = _ROUNDER * min(oblong for _, oblong, *_ in ways)
    ways = [way for way in ways if way[1] <= rounder]
    ways.sort(key=lambda way: (-way[2], -way[0], way[1]))
    return [way[3] for way in ways[:_TRIES]]


def _slopes(steps: Steps, places: Points) -> NDArray[np.float64]:
    """(2, 2) the mean change of place along either step."""
    terms = np.column_stack([steps, np.ones(len(steps))])
    return np.asarray(np.linalg.lstsq(terms, places, rcond=None)[0][:2].T)


def _shifts(steps: Steps, sites: Steps) -> list[tuple[int, Steps]]:
    """How many steps fall on sites, and the moves for which those are most."""
    low, low_site = steps.min(axis=0), sites.min(axis=0)
    one, other = _mask(steps - low), _mask(sites - low_site)
    fits = _overlaps(one, other)
    best = fits.max()
    places = np.argwhere(fits == best)
    middle = np.array(fits.shape) / 2
    places = places[np.argsort(np.abs(places - middle).sum(axis=1), kind="stable")][:_TRIES]
    return [(int(best), (place - (np.array(one.shape) - 1))[::-1] + low_site - low) for place in places]


def _overlaps(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many places of two masks (h, w), (H, W) fall on each other at each move, (H + h - 1, W + w - 1)."""
    size = (other.shape[0] + one.shape[0] - 1, other.shape[1] + one.shape[1] - 1)
    both = np.fft.rfft2(other, size) * np.fft.rfft2(one[::-1, ::-1], size)
    return np.asarray(np.rint(np.fft.irfft2(both, size)), np.int64)


def _mask(steps: Steps) -> NDArray[np.float64]:
    mask = np.zeros(steps.max(axis=0)[::-1] + 1)
    mask[steps[:, 1], steps[:, 0]] = 1
    return mask


def _lookup(sites: Steps, steps: Steps) -> NDArray[np.int64]:
    """(N,) the number of the site at each of the steps; -1 where there is none."""
    numbers = {(int(u), int(v)): number for number, (u, v) in enumerate(sites)}
    return np.array([numbers.get((int(u), int(v)), -1) for u, v in steps], dtype=np.int64)


def _checked(moved: Steps, lattice: Lattice, points: Points, target: Target, size_px: tuple[int, int]) -> Placed:
    sites = sites_of(target)
    at = _lookup(sites.steps, moved)
    inside = at >= 0
    beyond = len(at) - inside.sum() - (_lookup(sites.spare, moved) >= 0).sum()
    if beyond > min(_BEYOND, len(at) // 20):
        raise unseen(target, int(inside.sum()), f"{len(at)} stand in rows, so this is another target")
    numbers, which = at[inside], lattice.which[inside]
    step = float(np.sqrt(abs(np.linalg.det(_slopes(lattice.steps, points[lattice.which])))))
    bent, good = fit_bent(sites.places_mm[numbers], points[which], _SLACK * step)
    off = bent(sites.places_mm[numbers[good]]) - points[which[good]]
    if np.sqrt(np.mean(off**2)) > _UNEVEN * step or good.sum() < 0.8 * len(good):
        raise unseen(target, int(good.sum()), "what stands in rows is no flat target")
    if np.linalg.matrix_rank(sites.steps[numbers[good]] - sites.steps[numbers[good][0]]) < 2:
        raise unseen(target, int(good.sum()), "all in one row")
    placed = _filled(Placed(numbers[good], which[good], bent, step), points, sites)
    if len(placed.sites) < _least(sites):
        raise unseen(target, len(placed.sites), f"at least {_least(sites)} are needed")
    _check_whole(placed, target, size_px)
    return placed


def _filled(placed: Placed, points: Points, sites: Sites) -> Placed:
    """With the points that no neighbour led to but that stand where a site is expected."""
    empty = np.setdiff1d(np.arange(len(sites.steps)), placed.sites)
    free = np.setdiff1d(np.arange(len(points)), placed.which)
    if not len(empty) or not len(free):
        return placed
    off, nearest = cKDTree(points[free]).query(placed.bent(sites.places_mm[empty]))
    order = np.argsort(off, kind="stable")
    order = order[np.unique(nearest[order], return_index=True)[1]]
    order = order[off[order] < _FILLS * placed.step_px]
    numbers = np.concatenate([placed.sites, empty[order]])
    which = np.concatenate([placed.which, free[nearest[order]]])
    bent, good = fit_bent(sites.places_mm[numbers], points[which], _SLACK * placed.step_px)
    return Placed(numbers[good], which[good], bent, placed.step_px)


def _check_whole(placed: Placed, target: Target, size_px: tuple[int, int]) -> None:
    """Refuses where a whole row or column that the frame would show is not there: a larger target was asked for."""
    sites = sites_of(target)
    columns, rows = (target.columns, target.rows) if target.pattern is Pattern.SQUARES else target.grid
    seen = np.zeros((rows, columns), bool)
    seen.ravel()[placed.sites] = True
    padded = np.pad(seen, 1)
    beside = (padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]) & ~seen
    where = placed.bent(sites.places_mm)
    margin = 0.75 * placed.step_px
    shown = ((where > margin) & (where < np.array(size_px) - 1 - margin)).all(axis=1).reshape(rows, columns)
    gaps = int((beside & shown).sum())
    if gaps > _GAPS * seen.sum() + 2:
        raise unseen(target, int(seen.sum()), f"{gaps} beside them are hidden, or this is another target")
    for axis in (0, 1):
        present, missing = seen.sum(axis=axis), (beside & shown).sum(axis=axis)
        usual = np.median(present[present > 0])
        if ((present == 0) & (missing >= max(2, _HIDDEN * usual))).any():
            kind = "column" if axis == 0 else "row"
            raise unseen(target, int(seen.sum()), f"a whole {kind} is hidden, or this is another target")
