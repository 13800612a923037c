"""Pieces are measured all at once; what comes out for one must not depend on the others."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from cvinspect.detect.components import Piece, pieces_above
from cvinspect.detect.joining import AT_ONCE, joined, strands_of
from cvinspect.detect.surface import _quantile


def dashes(number: int, seed: int = 1) -> np.ndarray:
    """`number` dashes of 12 px, 6 px apart, one line a row of 8; every other row turned by a few degrees."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((40 + 20 * (number // 8 + 1), 200), np.uint8)
    for index in range(number):
        row, column = divmod(index, 8)
        x, y = 20 + 18 * column, 20 + 20 * row
        cv2.line(picture, (x, y), (x + 12, y + row % 2), int(rng.integers(60, 200)), 2)
    return picture


def pieces_of(picture: np.ndarray) -> list[Piece]:
    return pieces_above(picture, 20, 40, None)


def test_a_piece_alone_is_measured_as_among_others():
    picture = dashes(24)
    pieces = pieces_of(picture)
    for piece, among in zip(pieces, strands_of(pieces, picture), strict=True):
        (alone,) = strands_of([piece], picture)
        assert (alone.length, alone.width, alone.directed) == (among.length, among.width, among.directed)
        np.testing.assert_array_equal(alone.ends, among.ends)
        np.testing.assert_array_equal(alone.ways, among.ways)


def test_ends_lie_at_the_ends_and_point_outwards():
    picture = np.zeros((60, 90), np.uint8)
    cv2.line(picture, (10, 10), (70, 40), 100, 2)
    (strand,) = strands_of(pieces_of(picture), picture)
    order = np.argsort(strand.ends[:, 0])
    np.testing.assert_allclose(strand.ends[order], [(10, 10), (70, 40)], atol=2)
    along = np.array([60, 30]) / np.hypot(60, 30)
    np.testing.assert_allclose(strand.ways[order], [-along, along], atol=0.05)


def test_no_pieces_are_no_strands():
    assert strands_of([], np.zeros((5, 5), np.uint8)) == []
    assert joined([], 20.0) == []


def test_more_ends_than_are_looked_at_together_make_the_same_lines():
    number = 8 * AT_ONCE
    picture = dashes(number)
    lines = joined(strands_of(pieces_of(picture), picture), 10.0)
    assert len(lines) == number // 8
    assert {len(line.strands) for line in lines} == {8}
    assert {len(line.bridges) for line in lines} == {7}


@pytest.mark.parametrize("size", [1, 2, 3, 10, 101])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.97, 1.0])
def test_a_quantile_is_that_of_numpy(size, share):
    values = np.random.default_rng(size).normal(size=size).astype(np.float32)
    assert _quantile(values, share) == pytest.approx(float(np.quantile(values, share)), rel=1e-5, abs=1e-6)


def test_a_speck_tells_not_how_wide_its_halo_is():
    picture = np.zeros((80, 80), np.uint8)
    cv2.circle(picture, (40, 40), 19, 60, cv2.FILLED)
    cv2.circle(picture, (40, 40), 2, 250, cv2.FILLED)
    (strand,) = strands_of(pieces_of(picture), picture)
    assert strand.width > 30
