"""Following a faint line: from a straight guess to its course, its ends, and how surely it is there.

The picture along a guess is laid out straight and summed in short sections. The likeliest line of the guess's strength
through them (Viterbi's recursion: from section to section it may step aside, at a cost, and it may end, where going on
is worth less than nothing) says where it runs and ends; a parabola through that is its course. Every step is made
for all guesses at once.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    """x and y of the places around each guess: (N * 2 half * section, 2 aside + 1)."""
    along = np.arange(-grid.half * grid.section, grid.half * grid.section, dtype=np.float32) + np.float32(0.5)
    aside = np.arange(-grid.aside, grid.aside + 1, dtype=np.float32) * np.float32(grid.step)
    (x, y), (right, down) = guesses.middle.astype(np.float32).T, guesses.way.astype(np.float32).T
    columns = (x[:, None] + right[:, None] * along)[:, :, None] - down[:, None, None] * aside
    rows = (y[:, None] + down[:, None] * along)[:, :, None] + right[:, None, None] * aside
    return columns.reshape(-1, len(aside)), rows.reshape(-1, len(aside))


def followed(laid: Floats, guesses: Guesses, grid: Grid, noise: Floats) -> Courses:
    """The line along each guess.

    laid: the picture's deviation at the places of `laid_out`, 0 where it is not known. noise: (N,) its sigma there;
    that of a line's sections is taken from its sides, but is at least what white noise gives and what is usual.
    """
    laid = laid.reshape(len(guesses.sign), 2 * grid.half, grid.section, 2 * grid.aside + 1)
    known = (laid != 0).mean(axis=2, dtype=np.float32)
    soft = _softened(laid.sum(axis=2) * guesses.sign.astype(np.float32)[:, None, None])
    sigma = _sigma_beside(soft, known)
    usual = float(np.median(sigma / noise)) if len(sigma) >= MANY else 0.0
    sigma = np.maximum(sigma, max(WHITE * grid.section**0.5, usual) * noise) * guesses.growth
    sigmas = np.asarray(soft / sigma[:, None, None], np.float32)
    path = _likeliest(sigmas, np.clip(SHARE * guesses.mean, LEAST_MEAN, MOST_MEAN).astype(np.float32))
    on = path >= 0
    course = _smooth(path, on, grid.aside)
    strength, sound = _judged(sigmas, known, course, on)
    on &= _across(known, course, on, 0) >= KNOWN
    sound &= on.sum(axis=1) >= LEAST_SECTIONS
    along = (np.arange(2 * grid.half) - grid.half + 0.5) * grid.section
    aside = (course - grid.aside) * grid.step
    normal = np.stack([-guesses.way[:, 1], guesses.way[:, 0]], axis=1)
    at = guesses.middle[:, None] + along[:, None] * guesses.way[:, None] + aside[:, :, None] * normal[:, None]
    gray = strength / np.sqrt(np.maximum(on.sum(axis=1), 1)) * sigma / grid.section
    return Courses(at, on, strength, gray, sound)


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


def _judged(sigmas: Floats, known: Floats, course: Numbers, on: NDArray[np.bool_]) -> tuple[Numbers, NDArray[np.bool_]]:
    """(N,) strength of the lines on their courses, and which are neither specks nor edges, nor beside the unknown."""
    number = np.maximum(on.sum(axis=1), 1)
    root = np.sqrt(number)
    values = _across(sigmas, course, on, 0)
    total = values.sum(axis=1)
    beside = [_beside(sigmas, known, course, on, side) for side in (-1, 1)]
    lower, higher = (choose(*(value for value, _ in beside)) / root for choose in (np.minimum, np.maximum))
    strength = total / root - np.maximum(lower, 0.0)
    half = np.sort(np.where(on, values, np.inf), axis=1)[np.arange(len(on)), (number - 1) // 2]
    without = (total - values.max(axis=1)) / np.sqrt(np.maximum(number - 1, 1))
    sound = (half >= EVEN * total / number) & (without >= WITHOUT * total / root)
    sound &= np.minimum(*(share for _, share in beside)) >= SEEN * number
    sound &= (strength - higher >= RIDGE * strength) & (higher - lower <= UNLIKE * strength)
    return strength, sound


def _likeliest(sigmas: Floats, mean: Floats) -> NDArray[np.intp]:
    """(N, S) the place across of the likeliest line in each section, -1 where it has none."""
    gain = np.asarray(mean[:, None, None] * (sigmas - mean[:, None, None] / 2), np.float32)
    count, half = len(gain), gain.shape[1] // 2
    worth, ways = _arm(np.concatenate([gain[:, : half - 1 : -1], gain[:, :half]]))
    start = (worth[:count] + worth[count:])[:, 1:-1].argmax(axis=1) + 1
    index = np.arange(2 * count)
    place, alive = np.concatenate([start, start]), np.ones(2 * count, bool)
    arms = np.full((2 * count, half), -1)
    for step, (moved, ended) in enumerate(reversed(ways)):
        place = place + moved[index, place]
        alive &= ~ended[index, place]
        arms[alive, step] = place[alive]
    return np.concatenate([arms[count:, ::-1], arms[:count]], axis=1)


def _arm(gain: Floats) -> tuple[Floats, list[tuple[NDArray[np.int8], NDArray[np.bool_]]]]:
    """What the best line that goes on through the sections, last first, is worth from each place; and its steps."""
    worth = np.zeros(gain[:, 0].shape, np.float32)
    ways = []
    for section in range(gain.shape[1]):
        here = gain[:, section] + worth
        ended = here <= 0
        here[ended] = 0
        worth, moved = here.copy(), np.zeros(here.shape, np.int8)
        for to, other, move in ((np.s_[:, 1:], np.s_[:, :-1], -1), (np.s_[:, :-1], np.s_[:, 1:], 1)):
            better = here[other] - ASIDE_COST > worth[to]
            worth[to][better] = (here[other] - ASIDE_COST)[better]
            moved[to][better] = move
        ways.append((moved, ended))
    return worth, ways


def _smooth(path: NDArray[np.intp], on: NDArray[np.bool_], middle: int) -> Numbers:
    """(N, S) the parabola through each path."""
    along = np.linspace(-1, 1, path.shape[1])
    terms = np.stack([np.ones_like(along), along, along**2], axis=1)
    normal = np.einsum("ns,si,sj->nij", on, terms, terms) + np.diag(STIFF)
    right = np.einsum("ns,si->ni", np.where(on, path - middle, 0), terms)
    return np.asarray(np.linalg.solve(normal, right[:, :, None])[:, :, 0] @ terms.T + middle)


def _beside(
    sigmas: Floats, known: Floats, course: Numbers, on: NDArray[np.bool_], side: int
) -> tuple[Numbers, Numbers]:
    """(N,) what the line's sections would sum up to beside it, and how many of them are known there."""
    value = np.mean([_across(sigmas, course, on, side * far).sum(axis=1) for far in FLANK], axis=0)
    share = np.mean([_across(known, course, on, side * far).sum(axis=1) for far in FLANK], axis=0)
    return value * on.sum(axis=1) / np.maximum(share, 1e-6), share


def _across(sigmas: Floats, course: Numbers, on: NDArray[np.bool_], aside: int) -> Numbers:
    """(N, S) the sections' values on the course, moved aside; 0 off the line."""
    place = np.clip(course + aside, 0, sigmas.shape[2] - 1.001)
    low = place.astype(np.intp)
    below = np.take_along_axis(sigmas, low[:, :, None], axis=2)[:, :, 0]
    beyond = np.take_along_axis(sigmas, low[:, :, None] + 1, axis=2)[:, :, 0]
    return np.asarray(np.where(on, below + (place - low) * (beyond - below), 0.0), np.float64)


def sampled_at(picture: MatLike, columns: Floats, rows: Floats, beyond: float = 0.0) -> Floats:
    """The picture at places, linear between pixels, `beyond` outside; in slices, as OpenCV maps 32,767 rows at most."""
    value = np.empty(columns.shape, picture.dtype)
    for first in range(0, len(columns), 32000):
        part = np.s_[first : first + 32000]
        cv2.remap(picture, columns[part], rows[part], cv2.INTER_LINEAR, value[part], cv2.BORDER_CONSTANT, beyond)
    return value.astype(np.float32, copy=False)
