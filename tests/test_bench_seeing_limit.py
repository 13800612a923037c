"""The best that any linear test could do."""

from __future__ import annotations

import numpy as np
import pytest

from cvinspect.bench import seeing_limit
from cvinspect.bench.seeing_frames import NOISE_GRAY, TEXTURE_GRAY, blank


def test_strong_lines_are_all_found_and_weak_ones_are_not():
    shares = [seeing_limit.best_share(100, contrast) for contrast in (0.5, 2.4, 3.0, 4.0, 60.0)]
    assert shares == sorted(shares)
    assert shares[0] < 0.01
    assert shares[-1] > 0.999


def test_a_line_along_the_lay_is_hardest():
    ratios = [seeing_limit._per_gray(100, degrees) for degrees in (0, 15, 45, 90)]
    assert ratios == sorted(ratios)
    assert ratios[-1] > 3 * ratios[0]


def test_the_spectrum_is_that_of_the_frames():
    spectrum = seeing_limit._surface()
    assert spectrum.mean() == pytest.approx(NOISE_GRAY**2 + TEXTURE_GRAY**2 + 1 / 12, rel=1e-6)
    gray = blank(3)[:512, :512]
    marks = np.abs(np.fft.fft2(gray - gray.mean())) ** 2 / gray.size
    beyond = np.s_[40:200, 2:10]
    assert (marks / (spectrum - NOISE_GRAY**2 - 1 / 12))[beyond].mean() == pytest.approx(1, rel=0.15)
