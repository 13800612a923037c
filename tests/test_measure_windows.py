"""Windows measured many at once give what each would give alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from cvinspect.measure.outline import restored
from cvinspect.measure.windows import filtered, gaussian, windows_of
from cvinspect.model import Kind, Region


@pytest.mark.parametrize("margin", [0, 3])
def test_windows_are_filtered_as_if_each_stood_alone(margin):
    stack = np.zeros((5, 20, 17), np.float32)
    stack[:, :, margin : 17 - margin] = np.random.default_rng(1).normal(0, 5, (5, 20, 17 - 2 * margin))
    kernel = gaussian(0.8)
    alone = [cv2.sepFilter2D(one, -1, kernel, kernel, borderType=cv2.BORDER_REPLICATE) for one in stack]
    np.testing.assert_allclose(filtered(stack, kernel), alone, atol=1e-5)


def square(x, y, side, polarity=-1):
    corners = [(x, y), (x + side - 1, y), (x + side - 1, y + side - 1), (x, y + side - 1)]
    return Region(Kind.FOREIGN_MATTER, np.array(corners, np.int32), polarity, 10.0)


def test_a_neighbour_s_pixels_are_neither_claimed_nor_plain():
    gray = np.full((80, 80), 120, np.uint8)
    gray[30:40, 30:40] = 60
    gray[30:36, 46:52] = 20
    (windows,) = windows_of(gray, [square(30, 30, 10), square(46, 30, 6)], (), [0])
    (x, y), claimed, plain = windows.origin[0], windows.claimed[0], windows.plain[0]
    assert claimed.sum() == 100
    assert claimed[30 - y : 40 - y, 30 - x : 40 - x].all()
    assert not plain[33 - y, 46 - x :].any()
    assert windows.rise[0][35 - y, 35 - x] == pytest.approx(60, abs=0.5)


def test_a_region_in_the_corner_of_the_frame_is_seen_whole():
    gray = np.full((60, 60), 100, np.uint8)
    gray[:5, :5] = 200
    (windows,) = windows_of(gray, [square(0, 0, 5, 1)], (), [0])
    assert windows.claimed[0].sum() == 25
    assert windows.own[0][:8, :8].sum() >= 50
    assert windows.noise_gray[0] == pytest.approx(12**-0.5)


def test_an_outline_without_size_gives_numbers():
    seen, whole, other = restored(np.full((1, 32), 3 + 4j), np.array([1e-6]), 0.9)
    np.testing.assert_allclose(seen, 3 + 4j)
    np.testing.assert_allclose(whole, 3 + 4j)
    assert other[0] == pytest.approx(0, abs=1e-6)
