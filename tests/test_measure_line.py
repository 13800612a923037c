"""Lines of known size: length, width and area against what was drawn, and how honest their uncertainties are."""

from __future__ import annotations

import math
from functools import cache

import cv2
import numpy as np
import plain_frames as plain
import pytest

from cvinspect.bench.render import coverage
from cvinspect.bench.shapes import plate, stroke
from cvinspect.detect import ForeignDetector, ScratchDetector, detect
from cvinspect.measure import measure
from cvinspect.measure.band import band
from cvinspect.measure.centre_line import STEP_PX, centre_line
from cvinspect.measure.contour import max_dimension
from cvinspect.measure.ends import LACK, _Tips, fit_ends
from cvinspect.measure.least_squares import least_squares
from cvinspect.measure.line import measured_line, strip_sides
from cvinspect.measure.line_sizes import outline_of, sizes_of_line
from cvinspect.measure.profile import _weighed, fit_profile
from cvinspect.model import Kind, Region

PSF, NOISE, CONTRAST = 0.8, 2.0, 60.0
U_PSF = 0.05
LEVEL = 128.0


def drawn(shapes, size, psf=PSF, noise=NOISE, contrast=CONTRAST, level=LEVEL, seed=1):
    """A frame (width, height) with shapes of (shape, middle, angle)."""
    picture = np.full((size[1], size[0]), level)
    for shape, middle, angle in shapes:
        (x, y), share = coverage(shape, middle, angle, psf)
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + share.shape[1], size[0]), min(y + share.shape[0], size[1])
        picture[y0:y1, x0:x1] += contrast * share[y0 - y : y1 - y, x0 - x : x1 - x]
    picture += np.random.default_rng(seed).normal(0, noise, picture.shape)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def regions_in(pixels):
    """What is found, but for specks."""
    frame = plain.framed(pixels)
    detectors = {
        Kind.SCRATCH: ScratchDetector(),
        Kind.FOREIGN_MATTER: ForeignDetector(),
    }
    found = detect(frame, plain.placement(frame.size), detectors)
    return [region for region in found if max(np.ptp(region.contour_px, axis=0)) > 10]


@cache
def sheet(shape, count=20):
    """A frame of `count` such shapes at random places and angles, and their regions."""
    length = shape.sizes["length"]
    rng = np.random.default_rng(int(1000 * length + 10 * shape.sizes["width"] + shape.sizes["max_dimension"]))
    pitch, columns = int(length) + 45, math.ceil(math.sqrt(count))
    shapes = []
    for index in range(count):
        row, column = divmod(index, columns)
        middle = ((column + 0.5) * pitch + rng.uniform(-1, 1), (row + 0.5) * pitch + rng.uniform(-1, 1))
        shapes.append((shape, middle, rng.uniform(0, 2 * math.pi)))
    pixels = drawn(shapes, (columns * pitch, columns * pitch), seed=int(length))
    return pixels, regions_in(pixels)


@cache
def line_of(length, width, bend=0.0):
    return stroke(length, width, bend)


@cache
def bar_of(length, width):
    return plate(length, width)


def errors_of(shape, psf_error=0.0):
    """(N, 4) errors of length, width, area and max dimension, and their u; the lines."""
    pixels, regions = sheet(shape)
    lines = [measured_line(pixels, region, PSF + psf_error, U_PSF) for region in regions]
    lines = [line for line in lines if line is not None]
    sizes = [sizes_of_line(line) for line in lines]
    true = [shape.sizes[name] for name in ("length", "width", "area", "max_dimension")]
    found = np.array([[(m.value, m.u) for m in (s.length, s.width, s.area, s.max_dimension)] for s in sizes])
    return found[..., 0] - true, found[..., 1], lines


CELLS = [
    (20, 1, 0.0),
    (20, 5, 0.0),
    (60, 1, 0.0),
    (60, 2, 0.0),
    (60, 5, 0.0),
    (60, 1, 1.0),
    (60, 3, 1.0),
    (120, 2, 0.7),
]


@pytest.mark.parametrize(("length", "width", "bend"), CELLS)
def test_lines_are_measured_within_the_bounds(length, width, bend):
    errors, u, _ = errors_of(line_of(length, width, bend))
    assert len(errors) >= 19, "each line is found and measured as one"
    rmse, bias = np.sqrt((errors**2).mean(axis=0)), errors.mean(axis=0)
    assert rmse[0] <= (0.6 if bend else 0.35)
    if length >= 60:
        assert rmse[1] <= (0.15 if width == 1 else 0.05)
        assert abs(bias[1]) <= 0.1
    assert rmse[3] <= 0.35
    assert (np.abs(errors) <= 2 * u).mean(axis=0).min() >= 0.85
    assert np.all(u[:, 0] <= 3 * rmse[0] + 0.1), "and u is no excuse"


@pytest.mark.parametrize("psf_error", [-U_PSF, U_PSF])
@pytest.mark.parametrize(("length", "width", "bend"), [(60, 1, 0.0), (60, 2, 0.0), (60, 5, 0.0), (120, 2, 0.7)])
def test_a_blur_that_is_wrong_by_its_u_is_in_u(length, width, bend, psf_error):
    errors, u, _ = errors_of(line_of(length, width, bend), psf_error)
    assert (np.abs(np.median(errors, axis=0)) <= 1.3 * np.median(u, axis=0)).all()


def test_what_is_wide_tells_its_own_blur():
    """The blur that no calibration states is fitted; of a thin line it stays unknown, and so does the width."""
    widths = {}
    for width in (1, 5):
        pixels, regions = sheet(line_of(60, width))
        profiles = [measured_line(pixels, region, 1.1, 0.25).profile for region in regions]
        widths[width] = np.array([(p.width_px - width, p.u_width_px) for p in profiles])
        if width == 5:
            assert np.median([p.sigma_px for p in profiles]) == pytest.approx(math.hypot(PSF, 12**-0.5), abs=0.03)
    assert np.abs(widths[5][:, 0]).mean() <= 0.05
    assert widths[5][:, 1].max() <= 0.06
    assert widths[1][:, 1].min() >= 0.3
    for found in widths.values():
        assert (np.abs(found[:, 0]) <= 2 * found[:, 1]).mean() >= 0.9


def test_no_line_is_thinner_than_black_allows():
    """A line that is darker by 100 on a ground of 110 fills nearly all of the width that its grey needs."""
    pixels = drawn([(line_of(80, 1.2), (80.3, 60.2), 0.4)], (160, 120), contrast=-100.0, level=110.0)
    (region,) = regions_in(pixels)
    for psf in (0.8, 1.0):
        profile = measured_line(pixels, region, psf, U_PSF).profile
        assert 1.0 <= profile.least_px <= 1.2
        assert profile.width_px >= profile.least_px
        assert abs(profile.width_px - 1.2) <= 2 * profile.u_width_px


@pytest.mark.parametrize(
    ("width", "roundness", "bias"), [(1.5, (0.4, 0.9), 0.35), (3, (0, 0.5), 0.3), (5, (0, 0.2), 0.1)]
)
def test_square_ends_are_told_from_round_ones_where_they_can_be(width, roundness, bias):
    errors, u, lines = errors_of(bar_of(60, width))
    assert roundness[0] <= np.mean([line.ends.roundness for line in lines]) <= roundness[1]
    assert abs(errors[:, 0].mean()) <= bias
    assert (np.abs(errors[:, 0]) <= 2 * u[:, 0]).mean() >= 0.75
    assert abs((errors[:, 2] / u[:, 2]).mean()) <= 1, "the area does not depend on how the ends look"


@pytest.mark.parametrize("gap", [8, 25, 38])
def test_the_length_of_pieces_of_one_scratch_runs_over_the_gap_and_the_width_does_not(gap):
    way = np.array([math.cos(0.5), math.sin(0.5)])
    middles = [np.array([110.2, 80.7]) + side * way * (gap / 2 + 24) for side in (-1, 1)]
    pixels = drawn([(line_of(48, 3), tuple(middle), 0.5) for middle in middles], (220, 160))
    (region,) = regions_in(pixels)
    sizes = sizes_of_line(measured_line(pixels, region, PSF, U_PSF))
    assert sizes.length.value == pytest.approx(96 + gap, abs=0.5)
    assert sizes.width.value == pytest.approx(3.0, abs=0.15)


def dimmed(pixels, start, stop, share):
    """The frame with a share of the contrast that it has in some columns."""
    there = (np.arange(pixels.shape[1]) >= start) & (np.arange(pixels.shape[1]) < stop)
    rise = pixels.astype(float) - LEVEL
    return np.clip(np.rint(LEVEL + np.where(there, share, 1.0) * rise), 0, 255).astype(np.uint8)


def claim(points, half, size=(260, 160)):
    """The region of `half` px around a path."""
    mask = np.zeros(size[::-1], np.uint8)
    cv2.polylines(mask, [np.rint(np.array(points)).astype(np.int32)], False, 255, 2 * half + 1)
    contour = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0][0]
    return Region(Kind.SCRATCH, contour.reshape(-1, 2).astype(np.int32), 1, 30.0)


def test_a_faded_end_widens_the_lengths_u():
    pixels = drawn([(line_of(160, 3), (130.0, 80.0), 0.0)], (260, 160), noise=0.5)
    region = claim([(50, 80), (210, 80)], 5)
    sharp = measured_line(pixels, region, PSF, U_PSF)
    faded = measured_line(dimmed(pixels, 190, 260, 0.35), region, PSF, U_PSF)
    assert sharp.faded_px == 0
    assert faded.length_px == pytest.approx(140, abs=2)
    assert faded.faded_px == pytest.approx(18, abs=4)
    assert sizes_of_line(faded).length.u == pytest.approx(faded.faded_px / 2, rel=0.1)


def test_claimed_pixels_that_show_nothing_do_not_count():
    region = claim([(40, 80), (190, 80)], 4)
    alone = drawn([(line_of(100, 3), (90.0, 80.0), 0.0)], (260, 160))
    line = measured_line(alone, region, PSF, U_PSF)
    assert line.length_px == pytest.approx(100, abs=0.5)
    assert line.empty_px >= 30
    longer = dimmed(drawn([(line_of(150, 3), (115.0, 80.0), 0.0)], (260, 160), noise=0.5), 140, 260, 0.15)
    assert measured_line(longer, region, PSF, U_PSF).empty_px == 0


def test_what_winds_within_a_few_widths_is_no_line():
    path = [(40 + i, 80 + 11 * math.sin(i / 5)) for i in range(160)]
    mask = np.zeros((160, 260), np.uint8)
    cv2.polylines(mask, [np.rint(np.array(path)).astype(np.int32)], False, 255, 6)
    pixels = cv2.GaussianBlur(np.where(mask > 0, 190, 128).astype(np.uint8), (0, 0), PSF)
    assert measured_line(pixels, claim(path, 5), PSF, U_PSF) is None


def test_no_line_where_nothing_stands_out_or_all_is_mixed():
    region = claim([(80, 80), (180, 80)], 4)
    plain_gray = drawn([], (260, 160))
    found = measured_line(plain_gray, region, PSF, U_PSF)
    assert found is None or found.profile.contrast_gray < 3 * NOISE
    mixed = Region(region.kind, region.contour_px, 0, 30.0)
    assert measured_line(drawn([(line_of(100, 3), (130.0, 80.0), 0.0)], (260, 160)), mixed, PSF, U_PSF) is None
    assert measured_line(plain_gray, Region(region.kind, np.array([[5, 5]], np.int32), 1, 9.0), PSF, U_PSF) is None


def test_noise_that_is_not_seen_beside_the_line_widens_u():
    pixels, regions = sheet(line_of(60, 3, 1.0))
    once, twice = (sizes_of_line(measured_line(pixels, regions[0], PSF, 0.001, f)) for f in (1.0, 2.0))
    assert twice.width.u == pytest.approx(2 * once.width.u, rel=0.2)
    assert 1.2 * once.length.u <= twice.length.u <= 2.2 * once.length.u


def test_a_curved_line_has_its_length_along_the_curve_and_its_max_dimension_across():
    pixels, regions = sheet(line_of(60, 3, 1.0))
    line = measured_line(pixels, regions[0], PSF, U_PSF)
    steps = np.linalg.norm(np.diff(line.path, axis=0), axis=1)
    assert steps.sum() == pytest.approx(line.length_px, abs=0.02)
    assert np.ptp(steps) < 0.05
    chord = 2 * 57 * math.sin(0.5)
    assert max_dimension(outline_of(line)) == pytest.approx(chord + 3, abs=0.4)
    assert np.linalg.norm(line.way) == pytest.approx(1.0)
    assert sizes_of_line(line).path_px is line.path


@pytest.mark.parametrize("shape", [(60, 3, 1.0), (60, 5, 0.0), (20, 5, 0.0)])
def test_the_max_dimension_is_the_outlines(shape):
    pixels, regions = sheet(line_of(*shape))
    for region in regions[:6]:
        line = measured_line(pixels, region, PSF, U_PSF)
        reach = sizes_of_line(line).max_dimension.value
        assert reach == pytest.approx(max_dimension(outline_of(line)), abs=1e-3)


def test_a_line_that_leaves_the_frame_is_measured_as_far_as_it_is_seen():
    pixels = drawn([(line_of(120, 3), (15.0, 60.3), 0.35)], (160, 120))
    (region,) = regions_in(pixels)
    sizes = sizes_of_line(measured_line(pixels, region, PSF, U_PSF))
    seen = 60 + 15.5 / math.cos(0.35)
    assert sizes.length.value == pytest.approx(seen, abs=3)
    assert all(math.isfinite(m.value) and m.u > 0 for m in (sizes.length, sizes.width, sizes.area))


def slopes_by_steps(weighed, values, step=1e-5):
    columns = []
    for unit in np.eye(len(values)):
        above, below = weighed(values + step * unit)[1], weighed(values - step * unit)[1]
        columns.append(-(above - below) / (2 * step))
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("width2", [0.1, 1.0, 16.0])
def test_the_profiles_slopes_are_those_of_its_model(width2):
    places, ones = np.linspace(-7, 7, 60), np.ones(60)
    values = np.array([120.0, width2, 0.2, 1.0, 0.1, 0.8])

    def weighed(at):
        return _weighed(places, 0 * places, ones, at)

    np.testing.assert_allclose(weighed(values)[0], slopes_by_steps(weighed, values), rtol=0.05, atol=0.4)


def test_the_ends_slopes_are_those_of_their_model():
    rng = np.random.default_rng(3)
    first = (np.arange(80) < 40).astype(float)
    tips = _Tips(rng.uniform(-5, 3, 80), rng.uniform(-4, 4, 80), first, rng.normal(30, 20, 80), 0.85, 2.0)
    strips = tips.strips(4.0)
    values = np.array([0.3, -0.2, 0.8, 60.0, 55.0])

    def weighed(at):
        return tips.weighed(strips, at)

    np.testing.assert_allclose(weighed(values)[0], slopes_by_steps(weighed, values), atol=1e-4)


def test_without_noise_profile_and_ends_are_those_that_were_drawn():
    """Of the models themselves: what they leave is what the pixel's square is not a Gaussian by."""
    pixels = drawn([(line_of(60, 4), (80.2, 60.4), 0.7)], (160, 120), noise=0.0, contrast=100.0)
    along = np.arange(-42, 42, STEP_PX)
    path = np.stack([80.2 + along * math.cos(0.7), 60.4 + along * math.sin(0.7)], axis=1)
    around = band(pixels, path, 1, 8.0)
    body = np.flatnonzero((around.along > 25) & (around.along < 60))
    profile = fit_profile(around, body, 3.0, PSF, U_PSF)
    assert (profile.width_px, profile.contrast_gray) == pytest.approx((4.0, 100.0), abs=0.15)
    ends = fit_ends(around, profile, (11.5, 72.5), 1.0)
    assert ends.last - ends.first == pytest.approx(60, abs=0.05)
    assert ends.roundness == pytest.approx(1.0, abs=0.05)
    assert ends.u_body_px < ends.u_length_px
    area = profile.width_px * (ends.last - ends.first - LACK * ends.roundness * profile.width_px)
    assert area == pytest.approx(56 * 4 + 4 * math.pi, rel=0.005)


def test_least_squares_heeds_priors_and_limits():
    x = np.linspace(0, 1, 30)
    seen = 2 + 3 * x

    def weighed(values):
        return np.stack([np.ones(30), x], axis=1), seen - values[0] - values[1] * x

    free, no_limit = np.zeros(2), np.full(2, -np.inf)
    values, normal, chi2 = least_squares(weighed, np.zeros(2), free, no_limit)
    np.testing.assert_allclose(values, [2, 3], atol=1e-6)
    assert chi2 == pytest.approx(0, abs=1)
    np.testing.assert_allclose(normal, [[30, x.sum()], [x.sum(), x @ x]])
    held = least_squares(weighed, np.array([2.5, 0.0]), np.array([1e12, 0.0]), no_limit)[0]
    assert held[0] == pytest.approx(2.5)
    assert least_squares(weighed, np.zeros(2), free, np.array([2.2, -np.inf]))[0][0] >= 2.2


@pytest.mark.parametrize("seed", range(6))
def test_any_claim_in_any_picture_is_a_line_or_none(seed):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (90, 120)).astype(np.uint8)
    pixels = cv2.GaussianBlur(pixels, (0, 0), 2) if seed % 2 else pixels
    for _ in range(12):
        spine = np.cumsum(rng.normal(0, 12, (6, 2)), axis=0) + rng.uniform(10, 80, 2)
        mask = np.zeros((90, 120), np.uint8)
        cv2.polylines(mask, [spine.astype(np.int32)], False, 255, int(rng.integers(1, 7)))
        for contour in cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]:
            points = contour.reshape(-1, 2).astype(np.int32)
            line = measured_line(pixels, Region(Kind.SCRATCH, points, int(rng.choice([-1, 1])), 9.0), PSF, 0.25)
            if line is not None:
                sizes = sizes_of_line(line)
                found = (sizes.length, sizes.width, sizes.area, sizes.max_dimension)
                assert all(math.isfinite(m.value) and m.value > 0 and math.isfinite(m.u) and m.u > 0 for m in found)


def test_a_centre_line_keeps_to_a_bend_and_to_a_ragged_claim():
    for radius, span in ((40, 4.4), (150, 0.6)):
        turn = np.linspace(-span / 2, span / 2, 60)
        points = np.stack([120 + radius * np.sin(turn), 300 - radius * np.cos(turn)], axis=1)
        mask = np.zeros((420, 420), np.uint8)
        cv2.polylines(mask, [np.rint(points).astype(np.int32)], False, 255, 9)
        cv2.rectangle(mask, (125, 290 - radius), (129, 294 - radius), 255, -1)
        contour = max(cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0], key=len).reshape(-1, 2)
        path, _ = centre_line(contour.astype(np.int32), *strip_sides(contour.astype(np.int32)))
        inner = path[20:-20]
        beside = np.hypot(inner[:, 0] - 120, inner[:, 1] - 300) - radius
        assert np.abs(beside).max() <= 3.0
        assert np.sqrt(np.mean(beside**2)) <= 1.5


def test_measure_says_the_same_in_mm():
    pixels, regions = sheet(line_of(60, 2))
    frame = plain.framed(pixels)
    place = plain.placement(frame.size)
    blobs = measure(frame, regions, place.calibration, place)
    lengths = np.array([blob.length_mm.value for blob in blobs]) / plain.MM_PER_PX
    assert np.sqrt(np.mean((lengths - 60) ** 2)) <= 0.35
