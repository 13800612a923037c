"""What ranks findings: all of an object together, of whatever kind and size."""

from __future__ import annotations

import numpy as np
import plain_frames as plain
import pytest

from cvinspect.detect import DETECTORS, detect
from cvinspect.detect.strength import weighed
from cvinspect.detect.surface import Surface
from cvinspect.model import Kind, Region

DEFAULT = {kind: detector() for kind, detector in DETECTORS.items()}


def strength(shape, contrast, **kw):
    (region,) = detect(plain.framed(plain.rendered((shape, contrast), **kw)), plain.placement(plain.SIZE), DEFAULT)
    return region.strength


def test_four_times_as_long_is_twice_as_strong():
    assert strength(plain.bar(160, 4), 30) == pytest.approx(2 * strength(plain.bar(40, 4), 30), rel=0.1)


def test_a_weak_long_line_is_stronger_than_a_strong_speck():
    line, speck = strength(plain.bar(200, 3), -20), strength(plain.disk(3), -60)
    assert line > 1.5 * speck


def test_a_strength_is_in_noise_sigmas():
    quiet, loud = (strength(plain.disk(24), 60, noise=noise) for noise in (4.0, 8.0))
    assert quiet == pytest.approx(2 * loud, rel=0.1)


def test_a_dent_is_weighed_against_the_smooth_surface_too():
    assert strength(plain.dent(20), 12) > 2 * strength(plain.dent(8), 12)


def test_what_noise_alone_sums_up_to_is_no_strength():
    surface = Surface(plain.framed(plain.rendered()), plain.placement(plain.SIZE))
    square = np.array([[20, 20], [20, 220], [280, 220], [280, 20]], np.int32)
    whole = weighed(Region(Kind.FOREIGN_MATTER, square, 1, 3.0), surface)
    assert whole.strength < 30  # of 130 x 100 cells: their root is 114
    assert weighed(Region(Kind.FLASH, square, 1, 3.0), surface).strength == 3.0
