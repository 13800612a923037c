"""Lines too faint to be seen pixel by pixel: found where they are, and not where there are none."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import plain_frames as plain
import pytest

from cvinspect.detect import ScratchDetector, detect
from cvinspect.detect.faint import candidates, faint_lines
from cvinspect.detect.scratch import FAINT
from cvinspect.detect.surface import Surface
from cvinspect.detect.thin import lay_of, thin_only, without_lay
from cvinspect.model import Kind

SIZE = (520, 392)
MIDDLE = (250.3, 201.7)
SIGMAS = 5.7
SCRATCH = {Kind.SCRATCH: ScratchDetector()}


def surface(pixels, outlines=None):
    return Surface(plain.framed(pixels), plain.placement(pixels.shape[::-1], outlines))


def drawn(*lines, seed=3, gray=None, size=SIZE):
    """Lines (angle_deg, length, width, contrast, x, y) on plain or given ground, through the blur, with noise 2."""
    width, height = size
    ground = np.full((height, width), 130.0) if gray is None else gray.copy()
    y, x = np.mgrid[:height, :width].astype(float)
    for degrees, length, wide, contrast, at_x, at_y in lines:
        cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        along, across = (x - at_x) * cos + (y - at_y) * sin, (y - at_y) * cos - (x - at_x) * sin
        share = np.clip(length / 2 + 0.5 - np.abs(along), 0, 1) * np.clip(wide / 2 + 0.5 - np.abs(across), 0, wide)
        ground += contrast * np.clip(share, 0, 1)
    return seen(ground, seed)


def seen(gray, seed=3):
    noisy = cv2.GaussianBlur(gray, (0, 0), 0.8) + np.random.default_rng(seed).normal(0, 2.0, gray.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


@cache
def brushed(degrees=0.0, rms=1.5, size=SIZE):
    """A ground with marks of brushing, 41 px long, in a direction."""
    white = np.random.default_rng(9).standard_normal((3 * size[1], 3 * size[0])).astype(np.float32)
    marks = cv2.GaussianBlur(cv2.blur(white, (41, 1)), (0, 0), 0.8)
    turn = cv2.getRotationMatrix2D((1.5 * size[0], 1.5 * size[1]), degrees, 1.0)
    marks = cv2.warpAffine(marks, turn, marks.shape[::-1])[size[1] : 2 * size[1], size[0] : 2 * size[0]]
    return 130 + rms * marks.astype(np.float64) / marks.std()


def share_along(line, regions):
    """Share of the line's length that regions cover."""
    degrees, length, _, _, x, y = line
    mask = np.zeros(SIZE[::-1], np.uint8)
    for region in regions:
        cv2.drawContours(mask, [region.contour_px], -1, 1, cv2.FILLED)
    mask = cv2.dilate(mask, np.ones((5, 5), np.uint8))
    steps = np.arange(-length / 2, length / 2)
    columns, rows = x + steps * np.cos(np.radians(degrees)), y + steps * np.sin(np.radians(degrees))
    return mask[np.rint(rows).astype(int), np.rint(columns).astype(int)].mean()


@pytest.mark.parametrize("degrees", [0, 17, 45, 62, 90, 118, 135, 163])
@pytest.mark.parametrize("contrast", [4.4, -4.4])
def test_a_line_of_twice_the_noise_is_one_scratch_along_its_whole_length(degrees, contrast):
    line = (degrees, 130, 1, contrast, *MIDDLE)
    regions = detect(plain.framed(drawn(line)), plain.placement(SIZE), SCRATCH)
    (region,) = [one for one in regions if share_along(line, [one]) > 0.1]
    assert region.kind is Kind.SCRATCH
    assert region.polarity in (0, np.sign(contrast))
    assert region.strength > SIGMAS
    assert share_along(line, [region]) > 0.8
    assert len(regions) == 1


def test_a_line_of_one_and_a_half_times_the_noise_is_mostly_found():
    """At the sensitive point of `bench seeing`, which lets about one line of 5 MP of noise through."""
    sensitive, found = {Kind.SCRATCH: ScratchDetector(noise_sigmas=SIGMAS / FAINT)}, 0
    for seed in range(20):
        line = (13.0 + 19 * seed, 100, 1, 3.0 * (-1) ** seed, *MIDDLE)
        found += share_along(line, detect(plain.framed(drawn(line, seed=seed)), plain.placement(SIZE), sensitive)) > 0.5
    assert found >= 17


@pytest.mark.parametrize("seed", range(12))
def test_noise_alone_is_no_line(seed):
    assert not list(faint_lines(surface(drawn(seed=seed)), 6.2))


@pytest.mark.parametrize("degrees", [0.0, 90.0, 35.0])
def test_the_lay_of_a_brushed_surface_is_no_line(degrees):
    for seed in range(3):
        assert not list(faint_lines(surface(seen(brushed(degrees), seed)), 6.2))


def test_a_line_across_the_lay_is_found_and_a_plain_one_along_it_too():
    across, along = (70, 130, 1, 6.0, *MIDDLE), (0, 130, 1, 20.0, 250.3, 100.2)
    regions = detect(plain.framed(drawn(across, along, gray=brushed())), plain.placement(SIZE), SCRATCH)
    assert min(share_along(line, regions) for line in (across, along)) > 0.7


@pytest.mark.parametrize(("degrees", "way"), [(0.0, (1, 0)), (90.0, (0, 1)), (45.0, (1, -1)), (-20.0, (0.94, 0.34))])
def test_the_direction_of_the_lay_is_seen(degrees, way):
    half = cv2.resize(brushed(degrees) - 130, (SIZE[0] // 2, SIZE[1] // 2), interpolation=cv2.INTER_AREA)
    rest = np.rint(8 * half).astype(np.int16)
    told = np.array(lay_of(rest), float)
    assert abs(told @ np.array(way)) / np.hypot(*told) / np.hypot(*way) > np.cos(np.radians(9))
    assert without_lay(rest).std() < 0.6 * rest.std()


def test_noise_has_no_lay_and_is_left_alone():
    rest = np.random.default_rng(2).normal(0, 8, (200, 260)).astype(np.int16)
    assert lay_of(rest) is None
    np.testing.assert_array_equal(without_lay(rest), rest)


def test_a_curved_line_is_followed():
    ground = np.full(SIZE[::-1], 130.0)
    cv2.ellipse(ground, (250, 700), (500, 500), 0, 245, 295, 134.0, 1, cv2.LINE_AA)
    line = np.array([(250 + 500 * np.cos(turn), 700 + 500 * np.sin(turn)) for turn in np.radians(np.arange(247, 293))])
    regions = detect(plain.framed(seen(ground)), plain.placement(SIZE), SCRATCH)
    (region,) = regions
    inside = [cv2.pointPolygonTest(region.contour_px, (float(x), float(y)), True) > -3 for x, y in line]
    assert np.mean(inside) > 0.8


@pytest.mark.parametrize("contrast", [3, 6, 12, 40])
def test_the_edge_of_a_large_object_is_no_line(contrast):
    ground = np.full(SIZE[::-1], 130.0)
    cv2.rectangle(ground, (150, 110), (390, 300), 130.0 + contrast, cv2.FILLED)
    assert not list(faint_lines(surface(seen(ground)), SIGMAS))


@pytest.mark.parametrize("contrast", [4, 12, -30])
def test_neither_a_dent_nor_a_speck_is_a_line(contrast):
    at, size = (130.3, 101.7), (281, 213)
    for shape in (plain.dent(8, at), plain.dent(20, at), plain.disk(4, at), plain.disk(12, at)):
        pixels = plain.rendered((shape, contrast), size=size, seed=4, shade=10)
        assert not list(faint_lines(surface(pixels), 6.2))


def test_the_edge_of_a_face_is_no_line_and_nothing_beyond_it_is():
    outline = [(60.5, 50.5), (430.5, 70.5), (410.5, 340.5), (70.5, 320.5)]
    ground = np.full(SIZE[::-1], 60.0)
    cv2.fillPoly(ground, [np.rint(outline).astype(np.int32)], 140.0)
    cv2.line(ground, (5, 5), (500, 20), 90.0, 2)
    assert not list(faint_lines(surface(seen(ground), [outline]), SIGMAS))


def test_contrast_gray_and_noise_sigmas_leave_faint_lines_out():
    line = (30, 130, 1, 5.0, *MIDDLE)
    frame = plain.framed(drawn(line))
    for knobs in ({"contrast_gray": 20.0}, {"noise_sigmas": 25.0}, {"smallest_mm": 200 * plain.MM_PER_PX}):
        assert detect(frame, plain.placement(SIZE), {Kind.SCRATCH: ScratchDetector(**knobs)}) == ()


def test_a_faint_line_and_its_strong_part_are_one_scratch():
    weak, strong = (20, 240, 1, 5.0, *MIDDLE), (20, 60, 3, 40.0, *MIDDLE)
    (region,) = detect(plain.framed(drawn(weak, strong)), plain.placement(SIZE), SCRATCH)
    assert share_along(weak, [region]) > 0.8


@pytest.mark.parametrize("size", [(16, 16), (17, 90), (64, 31), (130, 40)])
def test_small_pictures_are_no_trouble(size):
    assert not list(faint_lines(surface(drawn(size=size)), SIGMAS))


def test_a_faulty_picture_gives_no_more_than_its_share_of_candidates():
    stripes = 130 + 6 * np.sin(np.arange(SIZE[0]) / 2.0)[None, :] * np.ones((SIZE[1], 1))
    assert len(candidates(thin_only(surface(seen(stripes))), 4.0)) <= 600
