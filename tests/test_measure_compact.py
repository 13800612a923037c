"""Compact objects against rendered truth: bias, the Cramer-Rao bound, honest u; and the parts that make it so."""

from __future__ import annotations

import math

import numpy as np
import plain_frames as plain
import pytest
from skimage.measure import find_contours

from cvinspect.bench.cells import CONDITIONS, MAIN, Cell, Condition
from cvinspect.bench.crlb import disk_bound
from cvinspect.bench.draws import QUANTITIES, draw
from cvinspect.bench.render import coverage
from cvinspect.bench.shapes import blot, disk, plate
from cvinspect.bench.sheet import sheets
from cvinspect.detect import DETECTORS, detect
from cvinspect.measure import measure
from cvinspect.measure.compression import added_noise_gray, noise_factor
from cvinspect.measure.disk_fit import fit_disks
from cvinspect.measure.marching import loops
from cvinspect.model import Doubt, Frame, Kind
from cvinspect.pictures import decode_picture, encode_jpeg

MM = plain.MM_PER_PX
SHARP, FAINT, BLURRED = CONDITIONS[1:]
FOREIGN = {Kind.FOREIGN_MATTER: DETECTORS[Kind.FOREIGN_MATTER]()}
COUNT, SEED = 64, 11


def drawn(shape, condition, count=COUNT):
    return draw(Cell("area", "test", (shape,), condition), count, SEED)


def errors(draws, name, known="exact"):
    """found - true, and u."""
    found = getattr(draws, known)[name]
    return found[:, 0] - draws.true[name], found[:, 1]


@pytest.mark.parametrize("condition", [MAIN, SHARP, FAINT])
@pytest.mark.parametrize("diameter", [4, 5, 12])
def test_a_disk_s_diameter_is_found_nearly_as_well_as_can_be(diameter, condition):
    error, _ = errors(drawn(disk(diameter), condition), "diameter")
    bound = disk_bound(diameter, condition)
    assert abs(error.mean()) <= 0.02 + 2.5 * bound / math.sqrt(COUNT)
    assert np.sqrt(np.mean(error**2)) <= (3 if condition is SHARP else 1.4) * bound


SHAPES = [blot(12, 8), blot(40, 15), plate(20, 10), plate(8, 8), blot(18, 14, 0.08, 3)]


@pytest.mark.parametrize("shape", SHAPES, ids=["12x8", "40x15", "20x10", "8x8", "rough"])
def test_an_area_is_found_to_one_percent(shape):
    draws = drawn(shape, MAIN)
    error = errors(draws, "area")[0] / draws.true["area"]
    assert np.sqrt(np.mean(error**2)) <= 0.01
    assert abs(error.mean()) <= 0.003
    for name in ("length", "width", "max_dimension"):
        assert np.sqrt(np.mean(errors(draws, name)[0] ** 2)) <= 0.2, name


def test_u_holds_the_truth_in_19_of_20():
    """Over sizes, shapes and conditions, the calibration's blur being off as its u says."""
    cells = [drawn(*one) for one in ((disk(4), MAIN), (disk(5), BLURRED), (disk(12), FAINT), (blot(20, 12), MAIN))]
    for name in QUANTITIES:
        hits = [np.abs(error) <= 2 * u for error, u in (errors(one, name, "drawn") for one in cells)]
        assert 0.92 <= np.mean(np.concatenate(hits)) <= 0.99, name
        assert all(one.mean() >= 0.85 for one in hits), name


@pytest.mark.parametrize("quality", [95, 80])
def test_u_holds_in_compressed_pictures_too(quality):
    seen = Condition(MAIN.psf_px, MAIN.noise_gray, MAIN.contrast_gray, quality)
    error, u = errors(drawn(disk(10), seen), "diameter", "drawn")
    assert np.mean(np.abs(error) <= 2 * u) >= 0.9
    assert u.mean() > 1.05 * errors(drawn(disk(10), MAIN), "diameter", "drawn")[1].mean()


def test_the_coarser_a_jpeg_the_larger_u():
    pixels = plain.rendered((plain.disk(12), 60), (plain.bar(60, 3, 30, (240, 200)), -40))
    place = plain.placement()
    frames = [Frame(pixels)] + [
        Frame(picture.pixels, jpeg_quality=picture.jpeg_quality)
        for picture in (decode_picture(encode_jpeg(pixels, quality), "a.jpg") for quality in (95, 85, 70, 40))
    ]
    blobs = [measure(one, detect(frames[0], place, FOREIGN), place.calibration, place) for one in frames]
    for name in ("area_mm2", "diameter_mm", "length_mm", "width_mm", "max_dimension_mm"):
        disk_u, line_u = ([getattr(some[which], name).u for some in blobs] for which in (0, 1))
        assert disk_u == sorted(disk_u), name
        assert min(line_u) == line_u[0], name


def test_compression_adds_noise():
    noise = [added_noise_gray(quality) for quality in (None, 100, 95, 75, 50, 10, 1)]
    assert noise == sorted(noise)
    assert (noise[0], noise[1] < 0.5, noise[-1] > 100) == (0.0, True, True)
    gray = np.clip(np.random.default_rng(1).normal(120, 2, (300, 400)).round(), 0, 255).astype(np.uint8)
    assert noise_factor(gray, 0.0) == 1.0
    assert noise_factor(gray, 1.5) == pytest.approx(math.hypot(2.02, 1.5) / 2.02, abs=0.05)


def test_every_round_object_may_be_fitted():
    (sheet,) = sheets(Cell("disk", "d 14", (disk(14),), MAIN), COUNT, np.random.default_rng(5))
    place = plain.placement(sheet.frame.size)
    regions = detect(sheet.frame, place, FOREIGN)
    fitted = measure(sheet.frame, regions, place.calibration, place, always_fit_disks=True)
    error = np.array([blob.diameter_mm.value / MM - 14 for blob in fitted])
    assert len(error) == COUNT
    assert np.sqrt(np.mean(error**2)) <= 1.15 * disk_bound(14, MAIN)
    u = np.median([blob.diameter_mm.u / MM for blob in fitted])
    assert disk_bound(14, MAIN) <= u <= 1.35 * disk_bound(14, MAIN)
    square = plain.framed(plain.rendered((plain.bar(14, 14), 60)))
    (region,) = detect(square, plain.placement(), FOREIGN)
    (blob,) = measure(square, [region], plain.calibration(), plain.placement(), always_fit_disks=True)
    assert (blob.length_mm.value / MM, blob.max_dimension_mm.value / MM) == pytest.approx((14, 14 * 2**0.5), abs=0.3)


@pytest.mark.parametrize("diameter", [1.5, 2.0, 2.6])
def test_below_three_px_contrast_times_area_is_the_grey_volume(diameter):
    place, frame = plain.placement(), plain.framed(plain.rendered((plain.disk(diameter), 110), noise=0.7))
    (blob,) = measure(frame, detect(frame, place, FOREIGN), place.calibration, place)
    assert Doubt.BELOW_RESOLUTION in blob.doubt
    assert diameter - 0.1 <= blob.diameter_mm.value / MM <= 3.0
    volume = 110 * math.pi * diameter**2 / 4
    assert blob.contrast_gray * blob.area_mm2.value / MM**2 == pytest.approx(volume, rel=0.1)


@pytest.mark.parametrize("radius", [0.8, 1.5, 2.5, 5.0])
def test_the_fit_finds_disks_without_noise(radius):
    centers = np.array([(15.0, 15.0), (15.3, 14.6), (14.8, 15.45)])
    rise = np.zeros((3, 31, 31), np.float32)
    for window, center in zip(rise, centers, strict=True):
        (x, y), share = coverage(disk(2 * radius), tuple(center), 0.0, 0.8)
        window[y : y + share.shape[0], x : x + share.shape[1]] = 40 * share
    fitted = fit_disks(rise, np.ones(rise.shape, bool), np.full((3, 2), 15.0), np.full(3, 2.0), np.full(3, 0.01), 0.8)
    assert fitted.radius == pytest.approx(radius, abs=0.03)
    assert fitted.contrast == pytest.approx(40, rel=0.08)
    np.testing.assert_allclose(fitted.center, centers, atol=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_contours_are_those_of_scikit_image(seed):
    stack = np.random.default_rng(seed).normal(0, 1, (5, 12, 17)).astype(np.float32)
    ours = loops(stack)
    for window, values in enumerate(stack):
        theirs = find_contours(np.pad(values, 1, constant_values=-1), 0)
        mine = [ours.points[ours.start[i] : ours.start[i + 1]] for i in np.flatnonzero(ours.window == window)]
        assert len(mine) == len(theirs)
        points = np.sort(np.concatenate(mine).round(5).view(np.complex128).ravel())
        others = np.concatenate([one[:-1, ::-1] for one in theirs]) - 1
        np.testing.assert_allclose(points, np.sort(others.round(5).copy().view(np.complex128).ravel()), atol=2e-5)
