"""How much flash a linear test could find on a rough ground."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cvinspect.bench.seeing_edge_limit import THRESHOLD, Seen, _drawn, best_flash_share, weakest_gray

ROUGH = Seen(noise_gray=2.0, grain_gray=4.0, grain_px=1.6, psf_px=0.8)


def test_on_white_noise_it_is_the_root_of_the_pixels_energy():
    white = replace(ROUGH, grain_gray=0.0)
    energy = float((_drawn(2.0, 10.0, 0.8) ** 2).sum())
    assert weakest_gray(2.0, 10.0, 0.5, white) == pytest.approx(THRESHOLD * np.sqrt((4 + 1 / 12) / energy))


def test_the_bump_has_the_area_of_a_parabola():
    assert _drawn(2.0, 10.0, 0.8).sum() == pytest.approx(2 / 3 * 2 * 10, rel=0.02)


def test_texture_hides_flash_and_contrast_shows_it():
    weak = weakest_gray(2.0, 10.0, 0.95, ROUGH)
    assert weak > 2 * weakest_gray(2.0, 10.0, 0.95, replace(ROUGH, grain_gray=0.0))
    assert best_flash_share(2.0, 10.0, weak, ROUGH) == pytest.approx(0.95)
    assert best_flash_share(2.0, 10.0, 60.0, ROUGH) > 0.999
