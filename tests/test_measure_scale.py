"""Sizes on a plane that is seen at a slant: in mm they are the same wherever and whichever way an object lies."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from cvinspect.detect import DETECTORS, detect
from cvinspect.locate import placed
from cvinspect.measure import measure
from cvinspect.model import Calibration, Face, Frame, Kind, Region
from cvinspect.projection import ScaleField
from cvinspect.synth import camera_projection, render_board

SIZE, PSF_PX = (820, 660), 0.8
SLANTED = camera_projection(
    focal_px=7000.0, center_px=(405.0, 330.0), distortion=(-0.15, 0.3, 0.0, 0.0, 0.0), tilt_x_deg=20.0, tilt_y_deg=23.0
)
DEFAULT = {kind: detector() for kind, detector in DETECTORS.items()}
MADE = datetime(2026, 1, 1, tzinfo=UTC)
NO_POLYGONS, NO_DISKS = np.zeros((0, 4, 2)), np.zeros((0, 3))


def place_of(projection, field=None):
    calibration = Calibration(
        0.05, 0.0, SIZE, MADE, MADE.replace(year=2027), psf_sigma_px=PSF_PX, projection=projection, field=field
    )
    return placed((Face("front", "A"),), calibration)


def seen(polygons, disks):
    """A frame of black polygons and disks (x, y, diameter) in mm, and its blobs by their place, from left to right."""
    pixels = render_board(np.array(polygons), np.array(disks), SLANTED, SIZE, psf_sigma_px=PSF_PX, white_gray=160.0)
    pixels.setflags(write=False)
    place, frame = place_of(SLANTED), Frame(pixels)
    regions = detect(frame, place, DEFAULT)
    return sorted(measure(frame, regions, place.calibration, place), key=lambda blob: blob.center_mm)


def plates(middles, long, short, turns):
    """Rectangles (N, 4, 2) in mm."""
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (long / 2, short / 2)
    way = [[[math.cos(t), math.sin(t)], [-math.sin(t), math.cos(t)]] for t in np.radians(turns)]
    return np.array(middles)[:, None] + corners @ np.array(way)


@pytest.fixture(scope="module")
def slope():
    """How much longer than across the slope a px is along it, in mm."""
    stretch = np.linalg.svd(place_of(SLANTED).calibration.jacobian(np.array([[405.0, 330.0]]))[0], compute_uv=False)
    return stretch[0] / stretch[1]


MIDDLES = [(x, y) for x, y in zip(np.linspace(-15, 15, 12), (-9, 4, -4, 9) * 3, strict=True)]
TURNS = np.linspace(0, 165, 12)
SHAPES = {
    "disk": (
        (NO_POLYGONS, [(x, y, 1.0) for x, y in MIDDLES]),
        {"area_mm2": math.pi / 4, "diameter_mm": 1, "length_mm": 1, "width_mm": 1, "max_dimension_mm": 1},
    ),
    "small disk": (
        (NO_POLYGONS, [(x, y, 0.25) for x, y in MIDDLES]),
        {"area_mm2": math.pi / 64, "diameter_mm": 0.25, "length_mm": 0.25, "width_mm": 0.25},
    ),
    "rectangle": (
        (plates(MIDDLES, 2.0, 1.0, TURNS), NO_DISKS),
        {"area_mm2": 2, "length_mm": 2, "width_mm": 1, "max_dimension_mm": math.sqrt(5)},
    ),
    "line": (
        (plates(MIDDLES, 4.0, 0.2, TURNS), NO_DISKS),
        {"area_mm2": 0.8, "length_mm": 4, "width_mm": 0.2},
    ),
}


def test_the_plane_is_seen_at_a_slant():
    jacobian = place_of(SLANTED).calibration.jacobian(np.array([[405.0, 330.0]]))[0]
    stretch = np.linalg.svd(jacobian, compute_uv=False)
    assert stretch[0] / stretch[1] == pytest.approx(1 / math.cos(math.radians(30)), abs=0.005)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_slant_changes_no_size(shape):
    drawn, sizes = SHAPES[shape]
    blobs = seen(*drawn)
    assert len(blobs) == len(MIDDLES)
    for blob, middle in zip(blobs, MIDDLES, strict=True):
        assert blob.center_mm == pytest.approx(middle, abs=0.01)
    for name, truth in sizes.items():
        errors = np.array([getattr(blob, name).value - truth for blob in blobs])
        covered = np.abs(errors) <= 2 * np.array([getattr(blob, name).u for blob in blobs])
        assert covered.mean() >= 0.8, name
        assert abs(errors.mean()) <= 0.005 if name != "area_mm2" else 0.01 * truth, name


def test_the_outline_is_that_of_the_object_in_mm():
    (blob, *_) = seen(NO_POLYGONS, [(-14.0, -9.0, 2.0)])
    away = np.linalg.norm(np.array(blob.outline_mm) - (-14.0, -9.0), axis=1)
    assert away == pytest.approx(1.0, abs=0.01)


def test_a_plain_scale_multiplies():
    pixels = render_board(NO_POLYGONS, np.array([(0.0, 0.0, 1.0)]), SLANTED, SIZE, psf_sigma_px=PSF_PX)
    one, two = (Calibration(mm, 0.0, SIZE, MADE, MADE.replace(year=2027), psf_sigma_px=PSF_PX) for mm in (1.0, 0.0625))
    place = placed((Face("front", "A"),), two)
    regions = detect(Frame(pixels), place, DEFAULT)
    ((in_px,), (in_mm,)) = (measure(Frame(pixels), regions, scale, place) for scale in (one, two))
    for name in ("diameter_mm", "length_mm", "width_mm", "max_dimension_mm"):
        assert getattr(in_mm, name).value == getattr(in_px, name).value * 0.0625
        assert getattr(in_mm, name).u == getattr(in_px, name).u * 0.0625
    assert in_mm.area_mm2.value == in_px.area_mm2.value * 0.0625**2


def test_the_scale_s_uncertainty_is_that_of_the_place():
    pixels = render_board(NO_POLYGONS, np.array([(-14.0, 0.0, 1.0), (14.0, 0.0, 1.0)]), SLANTED, SIZE)
    frame, unsure = Frame(pixels), ScaleField(2, 2, (0.0, 0.1, 0.0, 0.1))
    regions = detect(frame, place_of(SLANTED), DEFAULT)
    sure, wide = (
        measure(frame, regions, place.calibration, place) for place in (place_of(SLANTED), place_of(SLANTED, unsure))
    )
    for plain, other in zip(sure, wide, strict=True):
        share = 0.1 * other.center_px[0] / (SIZE[0] - 1)
        u = math.hypot(plain.length_mm.u, share * plain.length_mm.value)
        assert other.length_mm.u == pytest.approx(u, rel=1e-3)
        u = math.hypot(plain.area_mm2.u, 2 * share * plain.area_mm2.value)
        assert other.area_mm2.u == pytest.approx(u, rel=1e-3)


@pytest.mark.parametrize("contour", [[(50, 60)], [(50, 60), (51, 60)], [(50, 60), (52, 60), (51, 60)]])
def test_the_least_regions_have_sizes_on_a_slant_too(contour):
    frame = Frame(np.full(SIZE[::-1], 120, np.uint8))
    place = place_of(SLANTED)
    region = Region(Kind.FOREIGN_MATTER, np.array(contour, np.int32), -1, 7.0)
    (blob,) = measure(frame, [region], place.calibration, place)
    assert 0 < blob.width_mm.value <= blob.length_mm.value < 0.3
