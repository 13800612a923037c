"""Following a faint line: from a straight guess to its course, its ends, and how surely it is there.

The picture along a guess is laid out straight and summed in short sections. The likeliest line of the guess's strength
through them (Viterbi's recursion: from section to section it may step aside, at a cost, and it may end, where going on
is worth less than nothing) says where it runs and ends; a parabola through that is its course. Every step is made
for all guesses at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]

FLANK = (4, 5)  # steps to each side at which a line has its surroundings
WHITE = 0.56  # sigma of a section's smoothed sum over that of its pixels and the root of their number
MANY = 8  # guesses that tell together what is usual
ASIDE_COST = 0.7
SHARE = 0.9  # of the guess's strength: what the line is expected to have
LEAST_MEAN, MOST_MEAN = 0.8, 2.0  # sigmas a section
LEAST_SECTIONS = 4
STIFF = (1e-6, 1e-3, 0.3)  # against a turn and a bend that one or two sections ask for
EVEN = 0.3  # share of a line's mean that half of its sections reach at least: a speck is no line
SEEN = 0.6  # share of a line along which both its sides must be known
KNOWN = 0.6  # share of a section's pixels
WITHOUT = 0.7  # share of its strength that is left without its best section, at least
UNLIKE = 0.6  # share of a line by which its two sides may differ
_NOTHING = np.zeros((0, 0), np.float32)  # to be added to a product
RIDGE = 0.6  # share of a line by which it exceeds both of its sides: an edge does not


@dataclass(frozen=True, slots=True)
class Grid:
    """How the picture around a guess is laid out.

    section: px of a section along the line; half: sections to each side of the middle; step: px of a step across;
    aside: steps to each side.
    """

    section: int
    half: int
    step: float
    aside: int


@dataclass(frozen=True, slots=True, eq=False)
class Guesses:
    """Straight lines that may be there.

    middle, way: (N, 2) px and unit vectors; mean: (N,) how many sigmas they stand out by a section; sign: (N,) +1
    bright, -1 dark; growth: (N,) how much more long sums vary there than sums of a section say, at least 1.
    """

    middle: Numbers
    way: Numbers
    mean: Numbers
    sign: Numbers
    growth: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Courses:
    """Lines found along guesses.

    at: (N, S, 2) where each section's middle lies, px; on: (N, S) which sections are of the line; strength: (N,) its
    sum in sigmas of it, less what both its sides share with it; gray: (N,) its mean; sound: (N,) neither a speck nor
    an edge.
    """

    at: Numbers
    on: NDArray[np.bool_]
    strength: Numbers
    gray: Numbers
    sound: NDArray[np.bool_]


def laid_out(guesses: Guesses, grid: Grid) -> tuple[Floats, Floats]:
    """x and y of the places around each guess: (N, 2 half * section * (2 aside + 1)), along first, then across."""
    along = np.arange(-grid.half * grid.section, grid.half * grid.section, dtype=np.float32) + np.float32(0.5)
    aside = np.arange(-grid.aside, grid.aside + 1, dtype=np.float32) * np.float32(grid.step)
    steps = np.stack([np.ones(along.size * aside.size), np.repeat(along, aside.size), np.tile(aside, along.size)])
    (x, y), (right, down) = guesses.middle.T, guesses.way.T
    columns, rows = np.stack([x, right, -down], axis=1), np.stack([y, down, right], axis=1)
    return _product(columns, steps), _product(rows, steps)


def _product(one: Numbers, two: Numbers) -> Floats:
    """Of two matrices, by OpenCV: BLAS would start threads for them."""
    return np.asarray(cv2.gemm(one.astype(np.float32), two.astype(np.float32), 1.0, _NOTHING, 0.0), np.float32)


def followed(laid: Floats, guesses: Guesses, grid: Grid, noise: Floats) -> Courses:
    """The line along each guess.

    laid: the picture's deviation at the places of `laid_out`, 0 where it is not known. noise: (N,) its sigma there;
    that of a line's sections is taken from its sides, but is at least what white noise gives and what is usual.
    """
    laid = laid.reshape(len(guesses.sign), 2 * grid.half, grid.section, 2 * grid.aside + 1)
    known = _summed((laid != 0).view(np.uint8)) * np.float32(1 / grid.section)
    soft = _softened(_summed(laid) * guesses.sign.astype(np.float32)[:, None, None])
    sigma = _sigma_beside(soft, known)
    usual = float(np.median(sigma / noise)) if len(sigma) >= MANY else 0.0
    least = max(WHITE * grid.section**0.5, usual) * noise
    sigma = np.maximum(sigma, least) * guesses.growth
    sigmas = np.asarray(soft / sigma[:, None, None], np.float32)
    path = _likeliest(sigmas, np.clip(SHARE * guesses.mean, LEAST_MEAN, MOST_MEAN).astype(np.float32))
    on = path >= 0
    course = _smooth(path, on, grid.aside)
    strength, sound = _judged(sigmas, known, course, on)
    if known.min() < 1:
        on &= _across(known, course, on, (0,))[0] >= KNOWN
    sound &= on.sum(axis=1) >= LEAST_SECTIONS
    along = (np.arange(2 * grid.half) - grid.half + 0.5) * grid.section
    aside = (course - grid.aside) * grid.step
    normal = np.stack([-guesses.way[:, 1], guesses.way[:, 0]], axis=1)
    at = guesses.middle[:, None] + along[:, None] * guesses.way[:, None] + aside[:, :, None] * normal[:, None]
    gray = strength / np.sqrt(np.maximum(on.sum(axis=1), 1)) * sigma / grid.section
    return Courses(at, on, strength, gray, sound)


def _summed(laid: NDArray[Any]) -> NDArray[Any]:
    """(N, S, across) sums of each section; one place of all sections at a time, which is faster than .sum()."""
    total = laid[:, :, 0].copy()
    for place in range(1, laid.shape[2]):
        total += laid[:, :, place]
    return total


def _sigma_beside(soft: Floats, known: Floats) -> Numbers:
    """(N,) sigma of the sections beside the middle, around the mean of each column: what runs along is no noise."""
    beside = [1, 2, 3, -4, -3, -2]
    sums, seen = soft[:, :, beside], known[:, :, beside] > 0
    mean = (sums * seen).sum(axis=1, keepdims=True) / np.maximum(seen.sum(axis=1, keepdims=True), 1)
    size = (np.abs(sums - mean) * seen).sum(axis=(1, 2))
    return np.asarray(1.2533 * size / np.maximum(seen.sum(axis=(1, 2)), 1), np.float64)


def _softened(sums: Floats) -> Floats:
    """By the weights 1 2 1 across."""
    soft = sums.copy()
    soft[:, :, 1:-1] = (sums[:, :, :-2] + sums[:, :, 2:]) / 4 + sums[:, :, 1:-1] / 2
    return soft


def _judged(sigmas: Floats, known: Floats, course: Floats, on: NDArray[np.bool_]) -> tuple[Numbers, NDArray[np.bool_]]:
    """(N,) strength of the lines on their courses, and which are neither specks nor edges, nor beside the unknown."""
    number = np.maximum(on.sum(axis=1), 1)
    root = np.sqrt(number)
    asides = (0, *(-far for far in FLANK), *FLANK)
    values, *flanks = _across(sigmas, course, on, asides)
    shares = _across(known, course, on, asides[1:]).sum(axis=2) if known.min() < 1 else np.repeat([number], 4, axis=0)
    total, sums = values.sum(axis=1), np.sum(flanks, axis=2)
    each = [(sums[both].mean(axis=0), shares[both].mean(axis=0)) for both in (slice(0, 2), slice(2, 4))]
    sides = [value * number / np.maximum(share, 1e-6) / root for value, share in each]
    lower, higher = np.minimum(*sides), np.maximum(*sides)
    strength = total / root - np.maximum(lower, 0.0)
    half = np.sort(np.where(on, values, np.inf), axis=1)[np.arange(len(on)), (number - 1) // 2]
    without = (total - values.max(axis=1)) / np.sqrt(np.maximum(number - 1, 1))
    sound = (half >= EVEN * total / number) & (without >= WITHOUT * total / root)
    sound &= np.minimum(*(share for _, share in each)) >= SEEN * number
    sound &= (strength - higher >= RIDGE * strength) & (higher - lower <= UNLIKE * strength)
    return np.asarray(strength, np.float64), sound


def _likeliest(sigmas: Floats, mean: Floats) -> NDArray[np.intp]:
    """(N, S) the place across of the likeliest line in each section, -1 where it has none."""
    gain = np.asarray(mean[:, None, None] * (sigmas - mean[:, None, None] / 2), np.float32)
    count, half = len(gain), gain.shape[1] // 2
    worth, heres = _arm(np.concatenate([gain[:, : half - 1 : -1], gain[:, :half]]))
    start = (worth[:count] + worth[count:])[:, 1:-1].argmax(axis=1) + 1
    place, alive = np.concatenate([start, start]), np.ones(2 * count, bool)
    first = np.arange(2 * count) * (sigmas.shape[2] + 2) + 1  # of each arm's places, which have a margin
    arms = np.full((2 * count, half), -1)
    for step, here in enumerate(reversed(heres)):
        flat = here.ravel()
        own, lower, higher = (flat[first + place + move] for move in (0, -1, 1))
        down, up = lower - ASIDE_COST > own, higher - ASIDE_COST > np.maximum(own, lower - ASIDE_COST)
        place = place + np.where(up, 1, np.where(down, -1, 0))
        alive &= flat[first + place] > 0
        arms[alive, step] = place[alive]
    return np.concatenate([arms[count:, ::-1], arms[:count]], axis=1)


def _arm(gain: Floats) -> tuple[Floats, list[Floats]]:
    """What the best line that goes on through the sections, last first, is worth from each place; and what it is worth
    in each section, 0 where it has ended, with a margin to both sides."""
    heres = []
    worth = np.zeros(gain[:, 0].shape, np.float32)
    for section in range(gain.shape[1]):
        here = np.full((len(gain), gain.shape[2] + 2), -np.inf, np.float32)
        np.maximum(gain[:, section] + worth, 0, out=here[:, 1:-1])
        aside = np.maximum(here[:, :-2], here[:, 2:]) - np.float32(ASIDE_COST)
        worth = np.maximum(here[:, 1:-1], aside)
        heres.append(here)
    return worth, heres


def _smooth(path: NDArray[np.intp], on: NDArray[np.bool_], middle: int) -> Floats:
    """(N, S) the parabola through each path."""
    along = np.linspace(-1, 1, path.shape[1])
    terms = np.stack([np.ones_like(along), along, along**2], axis=1)
    normal = np.einsum("ns,si,sj->nij", on, terms, terms) + np.diag(STIFF)
    right = np.einsum("ns,si->ni", np.where(on, path - middle, 0), terms)
    return np.asarray(np.linalg.solve(normal, right[:, :, None])[:, :, 0] @ terms.T + middle, np.float32)


def _across(sections: Floats, course: Floats, on: NDArray[np.bool_], asides: Sequence[int]) -> Floats:
    """(K, N, S) the sections' values on the course moved aside by each of K steps; 0 off the line."""
    wide = sections.shape[2]
    place = np.clip(course + np.array(asides, np.float32)[:, None, None], 0, wide - 1.001)
    low = place.astype(np.int32)
    place -= low
    low += (np.arange(course.size, dtype=np.int32) * wide).reshape(course.shape)
    flat = sections.ravel()
    value = flat.take(low)
    low += 1
    value += place * (flat.take(low) - value)
    return np.asarray(value * on, np.float32)


def sampled_at(picture: MatLike, columns: Floats, rows: Floats, beyond: float = 0.0) -> Floats:
    """The picture at places (at most 32,766 rows of them), linear between pixels, `beyond` outside."""
    value = np.empty(columns.shape, picture.dtype)
    cv2.remap(picture, columns, rows, cv2.INTER_LINEAR, value, cv2.BORDER_CONSTANT, beyond)
    return value.astype(np.float32, copy=False)
