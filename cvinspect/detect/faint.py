"""Faint lines: too weak to stand out pixel by pixel, but not as a whole.

Three looks, each at fewer places: sums along all beams of the evened half-resolution picture; what is strong there is
followed in the same picture; what holds is followed once more in the frame's own pixels, and that decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.detect.beams import QUARTERS, Beams, beams
from cvinspect.detect.surface import Surface
from cvinspect.detect.thin import CLIPPED, NONE, STEPS, UNKNOWN, Thin, thin_only
from cvinspect.detect.tracing import Courses, Grid, Guesses, followed, laid_out, sampled_at

Segments = NDArray[np.float64]

UNIT = 3.0  # steps of a sigma: the smoothed noise has 1.3, and only what is strong sums up to more than 127
LEVELS = 5  # beams of 32 and 48 px at half resolution
CANDIDATE = 0.8  # of the sigmas that a line must have: what makes a beam's sum worth a look,
LIKELY = 0.8  # and what makes a line at half resolution worth one in full;
DIRECT = 1.2  # so strong a beam is worth it at once: near a lay, where sums vary least, lines are underrated by then
SAMPLES = 500  # sums that tell the sigma of a length and direction
SHORT, WHITE = 4, 0.93  # px; sigma of long sums of white noise over that of so many px and the root of the lengths
SOFTER = 0.2
MOST_LINES = 600
ALONG, BESIDE = 0.7, 7  # a line is a better one's once more where this share of it lies so near (px, both sides)
COARSE = Grid(section=4, half=9, step=0.75, aside=6)  # at half resolution
FINE = Grid(section=8, half=13, step=1.0, aside=7)
UNSMOOTHED = 2.0  # noise of a pixel over that of a mean of 2 x 2


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A faint line. points_px: (N, 2) along it, frame px; strength: its sum in sigmas of such sums; polarity: +1 or -1;
    gray: how far it stands out on the mean, grey levels."""

    points_px: NDArray[np.float64]
    strength: float
    polarity: int
    gray: float


def faint_lines(surface: Surface, sigmas: float) -> Iterator[Trace]:
    """Lines whose sum stands out by more than `sigmas`, off all that stands out by itself."""
    picture = thin_only(surface)
    segments = candidates(picture, CANDIDATE * sigmas)
    if not len(segments):
        return
    guesses = _guesses(segments)
    columns, rows = laid_out(guesses, COARSE)
    one = np.ones(len(segments), np.float32)
    laid = (sampled_at(picture.sigmas, columns, rows, NONE) - np.float32(NONE)) * np.float32(1 / STEPS)
    courses = followed(laid, guesses, COARSE, one)
    strong = (np.abs(segments[:, 4]) > DIRECT * sigmas) & (courses.on.sum(axis=1) > 1)
    likely = np.flatnonzero(courses.sound & (courses.strength > LIKELY * sigmas) | strong)
    if not len(likely):
        return
    likely = likely[_apart(_spread(courses, likely), courses.strength[likely], picture.sigmas.shape)]
    better = _better(guesses, courses, likely)
    columns, rows = laid_out(better, FINE)
    half_columns, half_rows = (np.asarray((axis - 0.5) / 2, np.float32) for axis in (columns, rows))
    ground = sampled_at(picture.ground, half_columns, half_rows, UNKNOWN)
    rest = sampled_at(surface.gray, columns, rows) - ground
    rest[ground < 0] = 0.0
    noise = np.float32(UNSMOOTHED) * picture.noise_at(better.middle / 2)
    most = (np.float32(CLIPPED) * noise)[:, None]
    final = followed(np.clip(rest, -most, most), better, FINE, noise)
    for index in np.flatnonzero(final.sound & (final.strength > sigmas)):
        points = final.at[index, final.on[index]]
        yield Trace(points, float(final.strength[index]), int(better.sign[index]), float(final.gray[index]))


def _guesses(segments: Segments) -> Guesses:
    way = segments[:, 2:4] - segments[:, :2]
    length = np.hypot(way[:, 0], way[:, 1])
    mean = np.abs(segments[:, 4]) / np.sqrt((length + 1) / COARSE.section)
    middle = (segments[:, :2] + segments[:, 2:4]) / 2
    return Guesses(middle, way / length[:, None], mean, np.sign(segments[:, 4]), segments[:, 5])


def _spread(courses: Courses, index: NDArray[np.intp]) -> NDArray[np.float64]:
    """(N, 5, 2) places along each line."""
    at, on = courses.at[index], courses.on[index]
    first, last = on.argmax(axis=1), on.shape[1] - 1 - on[:, ::-1].argmax(axis=1)
    steps = np.rint(first[:, None] + (last - first)[:, None] * np.linspace(0, 1, 5)).astype(np.intp)
    return np.asarray(np.take_along_axis(at, steps[:, :, None], axis=1))


def _better(guesses: Guesses, courses: Courses, index: NDArray[np.intp]) -> Guesses:
    """The lines found at half resolution as guesses at full resolution."""
    at, on, row = courses.at[index], courses.on[index], np.arange(len(index))
    first, last = on.argmax(axis=1), on.shape[1] - 1 - on[:, ::-1].argmax(axis=1)
    way = at[row, last] - at[row, first]
    mean = courses.strength[index] / np.sqrt(on.sum(axis=1))
    middle = 2 * at[row, (first + last) // 2] + 0.5
    way /= np.hypot(way[:, 0], way[:, 1])[:, None]
    return Guesses(middle, way, mean, guesses.sign[index], guesses.growth[index])


def candidates(picture: Thin, sigmas: float) -> Segments:
    """(N, 6) x, y of a beam's first and last half-resolution pixel, its sum in sigmas (signed; beyond `sigmas`), best
    first, its growth.

    The growth is how much more such sums vary than those of a few pixels say, as on coarse grain. The sigma is that of
    all beams of one length and direction: a surface with a lay has a larger one along it.
    """
    weights = np.array([SOFTER, 1 - 2 * SOFTER, SOFTER], np.float32) * np.float32((UNIT / STEPS) ** 0.5)
    delta = -NONE * UNIT / STEPS
    soft = cv2.sepFilter2D(picture.sigmas, cv2.CV_16S, weights, weights, delta=delta).astype(np.int8)
    short = _short_sigma(soft)
    found = [_above(one, short, sigmas) for quarter in QUARTERS for one in beams(soft, quarter, LEVELS)]
    segments = np.concatenate(found)
    along = np.linspace(0.1, 0.9, 5)[None, :, None]
    places = segments[:, None, :2] * (1 - along) + segments[:, None, 2:4] * along
    return np.asarray(segments[_apart(places, segments[:, 4], picture.sigmas.shape)])


def _above(one: Beams, short: float, sigmas: float) -> Segments:
    sigma = _sigmas(one)
    growth = np.maximum(sigma / (short * np.sqrt(one.length / SHORT) * WHITE), 1.0)
    level = np.minimum(sigmas * sigma, 127).astype(np.int8)
    block, gain = np.nonzero((one.sums.max(axis=2) > level) | (one.sums.min(axis=2) < -level))
    rows, least = one.sums[block, gain], level[gain, None].view(np.uint8)
    over = np.flatnonzero(rows.view(np.uint8) + least > 2 * least)  # unsigned: one comparison tells both signs
    index, shift = np.divmod(over, rows.shape[1])
    block, gain = block[index], gain[index]
    strength = rows[index, shift] / sigma[gain]
    top = _is_top(one, sigma, block, gain, shift, np.abs(strength))
    ends = one.ends(block[top], gain[top], shift[top])
    return np.column_stack([ends, strength[top], growth[gain[top]]])


def _is_top(
    one: Beams,
    sigma: NDArray[np.float64],
    block: NDArray[np.intp],
    gain: NDArray[np.intp],
    shift: NDArray[np.intp],
    strength: NDArray[np.float64],
) -> NDArray[np.intp]:
    """Which have no beam of a neighbouring place or direction that is stronger."""
    top = np.arange(len(block))
    for turn, aside in ((0, -1), (0, 1), (-1, 0), (1, 0), (-1, 1), (1, -1)):
        other, place = (gain[top] + turn) % one.sums.shape[1], (shift[top] + aside) % one.sums.shape[2]
        top = top[strength[top] >= np.abs(one.sums[block[top], other, place] / sigma[other])]
    return top


def _short_sigma(soft: NDArray[np.int8]) -> float:
    """Sigma of the sums of SHORT pixels, the larger of along x and along y: along a lay, little is left."""
    high, wide = (side // SHORT * SHORT for side in soft.shape)
    some = soft[::8, :wide].astype(np.int16), soft[:high, ::8].astype(np.int16)
    sums = (sum(some[0][:, at::SHORT] for at in range(SHORT)), sum(some[1][at::SHORT] for at in range(SHORT)))
    return max(1.2533 * max(float(np.abs(one).mean()) for one in sums), 1.0)


def _sigmas(one: Beams) -> NDArray[np.float64]:
    """(length,) of each direction: from the mean size of the sums, which no single line moves much."""
    own = one.sums[:, :, one.pad :]
    step = max(own.shape[0] * own.shape[2] // SAMPLES, 1)
    sample = np.abs(own[:, :, ::step]).astype(np.float32)
    mean = sample.mean(axis=(0, 2))
    calm = np.minimum(sample, 3.8 * mean[:, None])
    return np.asarray(np.maximum(1.2533 * calm.mean(axis=(0, 2)), 1.0), np.float64)


def _apart(places: NDArray[np.float64], strength: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.intp]:
    """Which lines to keep, best first, so that none lies along a better one.

    places: (N, K, 2) along each line, px; size: (height, width) of the picture.
    """
    taken = np.zeros(size, np.uint8)
    look = taken.data.cast("B")  # single pixels are read from it far faster than from an array
    pixels = np.clip(np.rint(places), 0, (size[1] - 1, size[0] - 1)).astype(np.int32)
    order = np.argsort(-np.abs(strength), kind="stable")
    flat = (pixels[order, :, 1] * size[1] + pixels[order, :, 0]).tolist()
    most = 255 * ALONG * pixels.shape[1]
    kept: list[int] = []
    for index, own in zip(order.tolist(), flat, strict=True):
        if sum([look[at] for at in own]) <= most:
            kept.append(index)
            cv2.polylines(taken, [pixels[index]], False, 255, BESIDE)
            if len(kept) == MOST_LINES:
                break
    return np.array(kept, np.intp)
