"""Sums along beams, against sums taken pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest

from cvinspect.detect.beams import QUARTERS, TURN, Beams, beams

SIZE = (53, 71)


def picture(size=SIZE, most=3, seed=5):
    return np.random.default_rng(seed).integers(-most, most + 1, size).astype(np.int8)


def gains(length, gain):
    """Where a beam lies across after each step, by the definition: two halves end to end, the odd step between."""
    if length == 1:
        return [0]
    first = gains(length // 2, gain // 2)
    return first + [(gain + 1) // 2 + one for one in first]


def brute(pixels, one: Beams, block, gain, shift):
    """The sum along one beam, pixel by pixel."""
    upright, mirrored = one.quarter
    turned = pixels.astype(int) if upright else pixels.astype(int).T
    turned = turned[:, ::-1] if mirrored else turned
    total = 0
    for step, across in enumerate(gains(one.length, TURN * gain)):
        row, column = one.first + block * one.length + step, shift - one.pad + across
        if row < turned.shape[0] and 0 <= column < turned.shape[1]:
            total += turned[row, column]
    return total


@pytest.mark.parametrize("quarter", QUARTERS)
def test_every_sum_is_that_of_its_pixels(quarter):
    pixels = picture()
    rng = np.random.default_rng(1)
    for one in beams(pixels, quarter, 1, 4):
        for _ in range(60):
            at = tuple(int(rng.integers(side)) for side in one.sums.shape)
            assert one.sums[at] == brute(pixels, one, *at)


def test_a_beam_is_never_far_from_the_straight_line_between_its_ends():
    for length in (4, 8, 16, 32, 64):
        for gain in range(length):
            along = np.array(gains(length, gain))
            assert along[-1] == gain
            assert np.abs(along - np.linspace(0, gain, length)).max() <= np.log2(length) / 3


@pytest.mark.parametrize("quarter", QUARTERS)
def test_ends_are_where_the_pixels_are(quarter):
    pixels = np.zeros(SIZE, np.int8)
    (one,) = beams(pixels, quarter, 4, 4)
    block, gain, shift = np.array([1]), np.array([3]), np.array([one.pad + 20])
    x0, y0, x1, y1 = one.ends(block, gain, shift)[0].astype(int)
    pixels[y0, x0], pixels[y1, x1] = 3, 4
    (one,) = beams(pixels, quarter, 4, 4)
    assert one.sums[1, 3, one.pad + 20] == 7
    assert max(abs(x1 - x0), abs(y1 - y0)) == 15
    assert min(abs(x1 - x0), abs(y1 - y0)) == 3 * TURN


def test_lengths_come_shortest_first_the_shifted_ones_before_their_own():
    told = [(one.length, one.first) for one in beams(picture(), QUARTERS[0], 3, 5)]
    assert told == [(8, 0), (16, 8), (16, 0), (32, 16), (32, 0)]


def test_every_pixel_is_in_a_beam_of_every_length():
    pixels = np.ones(SIZE, np.int8)
    for quarter in QUARTERS:
        for one in beams(pixels, quarter, 3, 5):
            if one.first == 0:
                assert one.sums[:, 0].sum(dtype=int) == pixels.size


def test_what_is_too_large_stays_at_the_largest_number():
    (one,) = beams(np.full((64, 64), 9, np.int8), QUARTERS[2], 5, 5)
    assert one.sums.max() == 127


def test_the_picture_is_left_alone():
    pixels = picture()
    before = pixels.copy()
    list(beams(pixels, QUARTERS[3], 2, 4))
    np.testing.assert_array_equal(pixels, before)


def test_a_picture_smaller_than_a_beam_is_summed_all_the_same():
    assert [int(one.sums.max()) for one in beams(np.full((3, 2), 2, np.int8), QUARTERS[0], 4, 4)] == [4]
