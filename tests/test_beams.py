"""Sums along beams, against sums taken pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest

from cvinspect.detect.beams import QUARTERS, TURN, Beams, beams

SIZE = (53, 71)


def picture(size=SIZE, most=3, seed=5):
    return np.random.default_rng(seed).integers(-most, most + 1, size).astype(np.int8)


def gains(length, gain, first=None):
    """Where a beam lies across after each step, by the definition: two parts end to end, each with its share of the
    gain; what is left is the step between."""
    if length == 1:
        return [0]
    own = first or length // 2
    one, two = (int(np.floor(gain * (part - 1) / (length - 1) + 0.5)) for part in (own, length - own))
    if own == length - own:
        one = two = gain // 2
    return gains(own, one) + [gain - two + at for at in gains(length - own, two)]


def parted(one: Beams):
    """The pixels of a beam's first part."""
    return one.every // (2 if one.first else 1) if one.length > one.every else None


def brute(pixels, one: Beams, block, gain, shift):
    """The sum along one beam, pixel by pixel."""
    upright, mirrored = one.quarter
    turned = pixels.astype(int) if upright else pixels.astype(int).T
    turned = turned[:, ::-1] if mirrored else turned
    total = 0
    for step, across in enumerate(gains(one.length, TURN * gain, parted(one))):
        row, column = one.first + block * one.every + step, shift - one.pad + across
        if row < turned.shape[0] and 0 <= column < turned.shape[1]:
            total += turned[row, column]
    return total


@pytest.mark.parametrize("quarter", QUARTERS)
def test_every_sum_is_that_of_its_pixels(quarter):
    pixels = picture()
    rng = np.random.default_rng(1)
    for one in (*beams(pixels, quarter, 2), *beams(pixels, quarter, 4)):
        for _ in range(60):
            at = tuple(int(rng.integers(side)) for side in one.sums.shape)
            assert one.sums[at] == brute(pixels, one, *at)


def test_a_beam_is_never_far_from_the_straight_line_between_its_ends():
    for length, first in ((4, 2), (8, 4), (16, 8), (32, 16), (48, 16), (48, 32)):
        for gain in range(length):
            along = np.array(gains(length, gain, first))
            assert along[-1] == gain
            assert np.abs(along - np.linspace(0, gain, length)).max() <= np.log2(length) / 3


@pytest.mark.parametrize("quarter", QUARTERS)
def test_ends_are_where_the_pixels_are(quarter):
    pixels = np.zeros(SIZE, np.int8)
    one = next(beams(pixels, quarter, 4))
    block, gain, shift = np.array([1]), np.array([3]), np.array([one.pad + 20])
    x0, y0, x1, y1 = one.ends(block, gain, shift)[0].astype(int)
    pixels[y0, x0], pixels[y1, x1] = 3, 4
    one = next(beams(pixels, quarter, 4))
    assert one.sums[1, 3, one.pad + 20] == 7
    assert max(abs(x1 - x0), abs(y1 - y0)) == 15
    assert min(abs(x1 - x0), abs(y1 - y0)) == 3 * TURN


def test_the_short_ones_come_first_then_the_long_ones_that_start_half_a_short_one_later():
    told = [(one.length, one.first, one.every) for one in beams(picture(), QUARTERS[0], 4)]
    assert told == [(16, 0, 16), (24, 8, 16), (24, 0, 16)]


def test_every_pixel_is_in_one_short_beam_of_a_direction():
    pixels = np.ones(SIZE, np.int8)
    for quarter in QUARTERS:
        assert next(beams(pixels, quarter, 4)).sums[:, 0].sum(dtype=int) == pixels.size


def test_what_is_too_large_stays_at_the_largest_number():
    one = next(beams(np.full((64, 64), 9, np.int8), QUARTERS[2], 5))
    assert one.sums.max() == 127


def test_the_picture_is_left_alone():
    pixels = picture()
    before = pixels.copy()
    list(beams(pixels, QUARTERS[3], 4))
    np.testing.assert_array_equal(pixels, before)


def test_a_picture_smaller_than_a_beam_is_summed_all_the_same():
    assert [int(one.sums.max()) for one in beams(np.full((3, 2), 2, np.int8), QUARTERS[0], 4)] == [4, 0, 4]
