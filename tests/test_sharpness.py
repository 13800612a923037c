"""Blur and noise, told by the target itself."""

import numpy as np
import pytest
from drawn_boards import SIZE, WORDS, camera, drawn, seen, truth

from cvinspect.calibration.find import Found, find_target
from cvinspect.calibration.sharpness import look
from cvinspect.calibration.target import parse_target
from cvinspect.errors import CalibrationError


def looked_at(kind, **options):
    target, picture, _ = seen(WORDS[kind], 15.0, **options)
    return look(picture, target, find_target(picture, target))


@pytest.mark.parametrize(
    ("kind", "sigma"), [*((kind, 0.8) for kind in WORDS), ("chess", 0.6), ("dots", 0.6), ("chess", 1.5), ("dots", 1.5)]
)
def test_the_blur_is_the_lens_s(kind, sigma):
    found = looked_at(kind, psf_sigma_px=sigma)
    assert found.psf_sigma_px == pytest.approx(sigma, abs=0.03)
    assert found.u_psf_sigma_px < 0.03
    assert (found.white_gray, found.black_gray) == (pytest.approx(200, abs=1), pytest.approx(30, abs=1))


@pytest.mark.parametrize("kind", WORDS)
def test_the_noise_is_the_camera_s_at_every_level(kind):
    found = looked_at(kind, noise_gray=1.0, noise_per_gray=0.04)
    for level in (30, 115, 200):
        said = np.sqrt(found.noise_variance_at_0 + level * found.noise_variance_per_gray)
        assert said == pytest.approx(np.sqrt(1 + 0.04 * level + 1 / 12), rel=0.05)
    assert found.noise_gray == pytest.approx(np.sqrt(1 + 0.04 * 115 + 1 / 12), rel=0.05)


def test_shading_and_dust_are_no_noise():
    target = parse_target(WORDS["chess"])
    light = np.tile(np.linspace(0.5, 1.0, SIZE[0]), (SIZE[1], 1))
    picture = drawn(target, camera(target), light=light)
    rng = np.random.default_rng(0)
    picture[rng.integers(0, SIZE[1], 150), rng.integers(0, SIZE[0], 150)] = 0
    found = look(picture, target, find_target(picture, target))
    assert found.noise_gray == pytest.approx(np.sqrt(4 + 1 / 12), rel=0.05)
    assert found.psf_sigma_px == pytest.approx(0.7, abs=0.03)


def test_a_target_so_fine_that_nothing_of_it_is_flat_still_tells_the_noise():
    target = parse_target("dots:45x33:2:1.1")
    picture = drawn(target, camera(target), noise_gray=3.0, margin_mm=1.0)
    found = look(picture, target, find_target(picture, target))
    assert found.noise_gray == pytest.approx(3.0, rel=0.15)


def test_the_blur_s_uncertainty_is_how_it_differs_over_the_field():
    target = parse_target(WORDS["chess"])
    sharp, soft = (drawn(target, camera(target), psf_sigma_px=sigma) for sigma in (0.7, 1.1))
    picture = np.where(np.arange(SIZE[0]) < camera(target).center_px[0], sharp, soft).astype(np.uint8)
    found = look(picture, target, find_target(picture, target))
    assert 0.7 < found.psf_sigma_px < 1.1
    assert 0.1 < found.u_psf_sigma_px < 0.35


def test_saturated_pixels_are_counted():
    assert looked_at("chess").saturated_share == 0
    assert looked_at("chess", white_gray=270.0).saturated_share == pytest.approx(0.5, abs=0.07)


def test_too_few_edges_are_refused():
    target, picture, true = seen(WORDS["chess"])
    few = np.array([0, 1, 9])
    with pytest.raises(CalibrationError, match="only 2 edges can be measured for their blur"):
        look(picture, target, Found(true[few], few))
    apart = np.array([0, 2, 22, 24])
    with pytest.raises(CalibrationError, match="only 0 edges"):
        look(picture, target, Found(truth(target, camera(target))[apart], apart))
