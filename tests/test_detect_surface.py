"""What detectors look at: the noise by grey level, thresholds at another exposure, dark corners, pieces, too much."""

from __future__ import annotations

import time

import cv2
import numpy as np
import plain_frames as plain
import pytest

from cvinspect.bench.render import coverage
from cvinspect.bench.shapes import disk, stroke
from cvinspect.detect import DentDetector, ForeignDetector, ScratchDetector, detect
from cvinspect.detect.components import mask_of, pieces_above, pixel_count
from cvinspect.detect.noise import noise_of
from cvinspect.detect.surface import Surface
from cvinspect.errors import PictureError
from cvinspect.model import Doubt, Kind

USUAL = {
    Kind.SCRATCH: ScratchDetector(),
    Kind.DENT: DentDetector(),
    Kind.FOREIGN_MATTER: ForeignDetector(),
}
FOREIGN = {Kind.FOREIGN_MATTER: ForeignDetector()}
SIZE = (640, 480)
WIDTH, HEIGHT = SIZE
AT_128 = 2.0  # noise at mid-grey
SHARP = 0.375 * AT_128  # what the light smoothing leaves of it,
ROUNDED = 0.41  # beside what rounding the picture and its ground adds


def seen(gray, seed=3, photons=True):
    """A camera's picture of grey levels (H, W): noise that grows with the root of the level, and rounding."""
    spread = AT_128 * np.sqrt(np.maximum(gray, 1) / 128) if photons else AT_128
    noisy = gray + spread * np.random.default_rng(seed).standard_normal(gray.shape)
    return plain.framed(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))


def flat(level, size=SIZE):
    return np.full(size[::-1], float(level))


def with_objects(gray, *objects):
    """The grey levels with (shape, (x, y), degrees, contrast) on them, behind the blur."""
    gray = np.array(gray)
    for shape, middle, degrees, contrast in objects:
        (x, y), share = coverage(shape, middle, np.radians(degrees), plain.PSF_PX)
        gray[y : y + share.shape[0], x : x + share.shape[1]] += contrast * share
    return gray


def speck(diameter, middle, contrast):
    return disk(diameter), middle, 0, contrast


def found(frame, detectors=USUAL, outlines=None):
    return detect(frame, plain.placement(frame.size, outlines), detectors)


def test_the_noise_follows_the_grey_level():
    ramp = np.broadcast_to(np.linspace(30, 225, WIDTH), (HEIGHT, WIDTH))
    surface = Surface(seen(ramp), plain.placement(SIZE))
    for level in (40, 80, 128, 210):
        assert surface.noise_gray(level) == pytest.approx(np.hypot(SHARP * np.sqrt(level / 128), ROUNDED), rel=0.12)


def test_a_plain_face_has_one_noise_and_is_looked_at_as_it_is():
    surface = Surface(seen(flat(140)), plain.placement(SIZE))
    assert surface.sharp_noise_gray == pytest.approx(np.hypot(SHARP * np.sqrt(140 / 128), ROUNDED), rel=0.2)
    assert surface.noise.evening(surface.local) is None


def test_the_noise_never_falls_towards_the_light_whatever_an_object_adds():
    """A rough dark patch does not make the dark half of the face blind."""
    gray = flat(60)
    gray[:, WIDTH // 2 :] = 180
    gray[100:160, 100:160] += np.random.default_rng(1).normal(0, 25, (60, 60))
    noise = Surface(seen(gray), plain.placement(SIZE)).noise
    assert (np.diff(noise.sigma_gray) >= 0).all()
    assert noise.at(60) < 1.3 * SHARP


def test_less_noise_than_the_camera_has_is_not_believed():
    levels = np.full((60, 80), 128, np.uint8)
    assert noise_of(np.zeros((480, 640), np.uint8), levels, None, 8, least_gray=0.8).usual_gray == pytest.approx(0.8)
    assert noise_of(np.zeros((480, 640), np.uint8), levels, None, 8).usual_gray < 0.4


def test_an_empty_face_has_some_noise():
    levels = np.full((60, 80), 128, np.uint8)
    inside = np.zeros((480, 640), np.uint8)
    assert noise_of(np.zeros((480, 640), np.uint8), levels, inside, 8).usual_gray < 0.4


def test_a_dark_quiet_end_is_seen_more_keenly_than_the_bright_one():
    ramp = np.broadcast_to(np.linspace(25, 225, WIDTH), (HEIGHT, WIDTH))
    fine = {Kind.FOREIGN_MATTER: ForeignDetector(contrast_gray=1.0)}
    assert found(seen(ramp), fine) == ()
    specks = [speck(6, (60.3, 60.0 * row), 5.5) for row in range(1, 8)]
    specks += [speck(6, (590.3, 60.0 * row), 5.5) for row in range(1, 8)]
    sides = [region.contour_px[0, 0] < WIDTH / 2 for region in found(seen(with_objects(ramp, *specks)), fine)]
    assert sides.count(True) >= 6
    assert sides.count(False) <= 2


OBJECTS = [
    speck(4, (100.3, 100.7), -30.0),
    speck(12, (200.4, 120.2), 16.0),
    speck(30, (330.4, 130.2), -14.0),
    (stroke(90, 2), (150.2, 300.4), 31, -24.0),
    (stroke(120, 4), (350.2, 330.4), 140, 18.0),
]


@pytest.mark.parametrize("exposure", [0.5, 1.0, 1.3])
@pytest.mark.parametrize("level", [90, 150])
def test_the_same_part_at_another_exposure_shows_the_same(level, exposure):
    share = level / 150
    part = with_objects(flat(level), *[(*drawn, contrast * share) for *drawn, contrast in OBJECTS])
    regions = found(seen(exposure * part))
    assert sorted(region.kind for region in regions) == [*["foreign_matter"] * 3, "scratch", "scratch"]
    assert found(seen(exposure * flat(level))) == ()


@pytest.mark.parametrize(("contrast", "expected"), [(14.0, 0), (26.0, 1)])
@pytest.mark.parametrize("exposure", [0.5, 1.0, 1.3])
def test_contrast_gray_means_the_same_at_another_exposure(exposure, contrast, expected):
    knobs = {Kind.FOREIGN_MATTER: ForeignDetector(contrast_gray=20.0)}
    part = with_objects(flat(128), speck(16, (320.4, 240.3), contrast))
    assert len(found(seen(exposure * part), knobs)) == expected


def test_a_reference_says_at_which_level_the_knobs_were_set():
    part = with_objects(flat(64), speck(16, (320.4, 240.3), 14.0))
    knobs = {Kind.FOREIGN_MATTER: ForeignDetector(contrast_gray=20.0)}
    assert len(detect(seen(part), plain.placement(SIZE), knobs)) == 1
    assert detect(seen(part), plain.placement(SIZE), knobs, reference_gray=64.0) == ()


@pytest.mark.parametrize("missing", [0.3, 0.6, 0.8])
def test_dark_corners_of_a_lamp_are_no_findings(missing):
    size = (1224, 1024)
    x, y = np.linspace(-1, 1, size[0])[None, :], np.linspace(-1, 1, size[1])[:, None]
    lamp = 190 * (1 - missing * (x**2 + y**2) / 2)
    assert found(seen(lamp)) == ()
    marked = with_objects(lamp, speck(7, (1180.3, 990.4), -60.0 * (1 - missing)))
    (region,) = found(seen(marked))
    assert region.kind is Kind.FOREIGN_MATTER


def test_a_stain_that_is_weaker_than_the_noise_of_a_pixel_is_seen_at_lower_resolution():
    gray = with_objects(flat(128), speck(22, (320.4, 240.3), -8.0))
    noisy = gray + np.random.default_rng(2).normal(0, 8, gray.shape)
    frame = plain.framed(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))
    surface = Surface(frame, plain.placement(SIZE))
    level = 5.5 * surface.sharp_noise_gray
    assert sum(pixel_count(piece.contour) for piece in pieces_above(surface.sharp, level, level, None)) < 5
    (region,) = found(frame, FOREIGN)
    assert np.linalg.norm(region.contour_px.mean(axis=0) - (320, 240)) < 8
    assert 12 < max(cv2.boundingRect(region.contour_px)[2:]) < 40


def test_what_is_seen_at_every_resolution_is_one_region():
    gray = with_objects(flat(128), *[speck(d, (80.0 * (i + 1), 240.3), 60.0) for i, d in enumerate((5, 9, 16, 30))])
    assert len(found(seen(gray), FOREIGN)) == 4


@pytest.mark.parametrize("seed", range(6))
def test_pieces_grow_to_all_that_is_connected_above_the_lower_level(seed):
    rng = np.random.default_rng(seed)
    smooth = cv2.GaussianBlur(rng.random((160, 210)).astype(np.float32), (0, 0), rng.uniform(1, 9))
    picture = cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    low, high = 140, 190
    _, labels = cv2.connectedComponents((picture > low).astype(np.uint8), connectivity=8)
    wanted = {int(label) for label in np.unique(labels[picture > high])}
    got = pieces_above(picture, low, high, None)
    assert len(got) == len(wanted)
    for piece in got:
        x, y = piece.contour[0]
        own = labels == labels[y, x]
        assert piece.peak == picture[own].max()
        left, top, width, height = piece.box
        assert (own.any(axis=0).nonzero()[0][[0, -1]] == (left, left + width - 1)).all()
        assert (own.any(axis=1).nonzero()[0][[0, -1]] == (top, top + height - 1)).all()
        assert (mask_of(piece.contour, piece.box)[own[top : top + height, left : left + width]] == 255).all()


def grid(step):
    frame = np.full((1024, 1224), 128, np.uint8)
    frame[step // 2 :: step, step // 2 :: step] = 20
    return frame


def peppered():
    rng = np.random.default_rng(4)
    frame = np.rint(128 + rng.normal(0, 2, (1024, 1224)))
    frame[rng.random(frame.shape) < 0.01] = 255
    return frame.astype(np.uint8)


def heavy_tailed():
    rng = np.random.default_rng(4)
    return np.clip(np.rint(128 + 2 * rng.standard_cauchy((1024, 1224))), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("pixels", [grid(6), grid(10), peppered(), heavy_tailed()], ids=["6", "10", "pepper", "cauchy"])
def test_far_too_much_is_refused_at_once(pixels):
    began = time.process_time()
    with pytest.raises(PictureError, match=r"or more findings in one picture, at most 5000 are allowed") as refused:
        found(plain.framed(pixels))
    assert refused.value.code == "too_many_findings"
    assert time.process_time() - began < 10


@pytest.mark.parametrize("sigma", [5, 15, 30])
def test_pure_noise_is_no_finding_or_is_refused(sigma):
    pixels = np.clip(128 + np.random.default_rng(7).normal(0, sigma, (1024, 1224)), 0, 255).astype(np.uint8)
    assert len(found(plain.framed(pixels))) <= 1


PERIOD_PX = 96


def before_leds(*objects):
    """Blurred LEDs, unlike in brightness, seen through a part with objects on it."""
    rng = np.random.default_rng(6)
    x, y = (np.sin(np.pi * np.arange(side) / PERIOD_PX) ** 2 for side in SIZE)
    cells = rng.uniform(0.6, 1.0, (HEIGHT // PERIOD_PX + 1, WIDTH // PERIOD_PX + 1))
    bright = cells.repeat(PERIOD_PX, axis=0).repeat(PERIOD_PX, axis=1)[:HEIGHT, :WIDTH]
    leds = cv2.GaussianBlur(bright * x[None, :] * y[:, None], (0, 0), 12)
    return seen(with_objects(90 + 60 * leds, *objects))


def test_a_pattern_of_light_behind_the_part_is_taken_out():
    objects = [speck(6, (300.3, 240.7), -25.0), (stroke(60, 2), (420.2, 120.4), 31, 20.0)]
    place, knobs = plain.placement(SIZE), {"pattern_mm": PERIOD_PX * plain.MM_PER_PX}
    assert detect(before_leds(), place, USUAL, **knobs) == ()
    regions = detect(before_leds(*objects), place, USUAL, **knobs)
    assert sorted(region.kind for region in regions) == ["foreign_matter", "scratch"]
    noise, patterned = (Surface(before_leds(), place, **how).sharp_noise_gray for how in (knobs, {}))
    assert noise < 1.1 < 3.0 < patterned


@pytest.mark.parametrize("cut_px", [12, 30, 60])
def test_a_pattern_that_the_frame_cuts_on_its_slope_is_taken_out_to_the_edge(cut_px):
    across = 128 + 20 * np.sin(2 * np.pi * (np.arange(WIDTH) + cut_px) / PERIOD_PX)
    frame = seen(np.broadcast_to(across, (HEIGHT, WIDTH)))
    assert detect(frame, plain.placement(SIZE), USUAL, pattern_mm=PERIOD_PX * plain.MM_PER_PX) == ()


def test_what_is_clipped_is_flagged_though_the_pattern_is_taken_out():
    frame = before_leds(speck(8, (300.3, 240.7), 400.0))
    (region,) = detect(frame, plain.placement(SIZE), FOREIGN, pattern_mm=PERIOD_PX * plain.MM_PER_PX)
    assert Doubt.SATURATED in region.doubt
