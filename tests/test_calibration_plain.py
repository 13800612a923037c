"""Noise and blur from a picture of a part, where no target was seen."""

import numpy as np
import pytest
from boards import CHESS, PLANE, TILTED, picture
from cli import plain

from cvinspect.calibration.plain import blur, noise_gray


@pytest.mark.parametrize("noise", [1.5, 4.0])
def test_the_noise_is_found_beside_edges(noise):
    assert noise_gray(picture(CHESS, **PLANE, noise_gray=noise)) == pytest.approx(noise, rel=0.12)


def test_a_slope_is_no_noise():
    slope = np.tile(np.linspace(60, 200, 400), (300, 1)) + np.random.default_rng(1).normal(0, 2, (300, 400))
    assert noise_gray(np.round(slope).astype(np.uint8)) == pytest.approx(2.0, rel=0.05)


@pytest.mark.parametrize("level", [0, 255])
def test_what_is_clipped_has_no_noise_that_could_be_seen(level):
    assert noise_gray(np.full((100, 100), level, np.uint8)) is None


@pytest.mark.parametrize(("pose", "sigma"), [(PLANE, 0.5), (PLANE, 0.8), (TILTED[0], 0.8), (PLANE, 2.0)])
def test_the_blur_is_found_at_sharp_edges(sigma, pose):
    gray = picture(CHESS, **pose, psf_sigma_px=sigma)
    found = blur(gray, noise_gray(gray))
    assert abs(found.sigma_px - sigma) < 0.06 * sigma + 0.02
    assert abs(found.sigma_px - sigma) < 2 * found.u_px < 0.5 * sigma + 0.1


def soft(width):
    """Two halves with a soft edge between them."""
    x = np.arange(400)
    row = 60 + 120 / (1 + np.exp(-(x - 200) / width))
    return np.clip(np.round(row + np.random.default_rng(2).normal(0, 1.5, (300, 400))), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("gray", [plain(), soft(6.0)], ids=["no edges", "soft edges"])
def test_without_sharp_edges_the_blur_stays_unknown(gray):
    assert blur(gray, noise_gray(gray)) is None
