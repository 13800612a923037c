"""Flash: what stands out beyond the nominal outline, and nothing else."""

from __future__ import annotations

import cv2
import numpy as np
import plain_frames as plain
import pytest

from cvinspect.bench.seeing_edges import EdgeCell, Look, run_edges
from cvinspect.detect import FlashDetector, detect, inspected
from cvinspect.detect.silhouette import fitted_outlines
from cvinspect.detect.surface import Surface
from cvinspect.measure import measure
from cvinspect.model import Kind

SIZE = (431, 358)
CENTER = (214.6, 178.3)
FACE = cv2.boxPoints((CENTER, (260, 190), 14))


def round_part(radius=120.0, bumps=()):
    """A disk with bumps (degrees, height px): each a small disk whose top stands that far beyond the rim."""

    def inside(x, y):
        shape = (x - CENTER[0]) ** 2 + (y - CENTER[1]) ** 2 <= radius**2
        for degrees, height in bumps:
            u, v = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
            out = radius + height - 15
            shape = shape | ((x - CENTER[0] - out * u) ** 2 + (y - CENTER[1] - out * v) ** 2 <= 15**2)
        return shape

    return inside


def square_part(bumps=()):
    u, v = np.cos(np.radians(14)), np.sin(np.radians(14))
    part = plain.bar(260, 190, 14, CENTER)

    def inside(x, y):
        shape = part(x, y)
        for along, height in bumps:
            down = -95 - height / 2 + 3
            middle = (CENTER[0] + along * u - down * v, CENTER[1] + along * v + down * u)
            shape = shape | plain.bar(24, height + 6, 14, middle)(x, y)
        return shape

    return inside


def seen(part, contrast, level, outline, outlines=None, **knobs):
    frame = plain.framed(plain.rendered((part, contrast), size=SIZE, level=level, shade=15))
    place = plain.placement(SIZE, outlines)
    detectors = {Kind.FLASH: FlashDetector(outline=outline, **knobs)}
    regions = detect(frame, place, detectors)
    return regions, measure(frame, regions, place.calibration, place), inspected(frame, place, detectors)


@pytest.mark.parametrize(("contrast", "level"), [(110, 40), (-70, 150)], ids=["bright part", "dark part"])
@pytest.mark.parametrize("outline", ["circle", "ellipse"])
def test_bumps_on_a_turned_part_are_found_and_their_height_is_measured(outline, contrast, level):
    bumps = [(20, 5.0), (137, 8.0), (251, 4.0)]
    regions, blobs, said = seen(round_part(bumps=bumps), contrast, level, outline)
    assert [region.kind for region in regions] == [Kind.FLASH] * 3
    heights = sorted(blob.height_mm.value / plain.MM_PER_PX for blob in blobs)
    assert heights == pytest.approx([4, 5, 8], abs=0.7)
    assert said[0].coverage == pytest.approx(1.0)


def test_bumps_on_a_part_in_a_fixture():
    regions, blobs, said = seen(square_part([(-60, 6.0), (40, 10.0)]), 110, 40, "face", [FACE])
    assert len(regions) == 2
    truth = {blob.faces: blob.height_mm for blob in blobs}
    assert set(truth) == {("face1",)}
    for blob, height in zip(sorted(blobs, key=lambda b: b.height_mm.value), (6, 10), strict=True):
        assert abs(blob.height_mm.value / plain.MM_PER_PX - height) <= 2 * blob.height_mm.u / plain.MM_PER_PX
        assert blob.width_mm == blob.height_mm
    assert [(one.face, one.coverage) for one in said] == [("face1", pytest.approx(1.0))]


GOOD = [("circle", round_part(), None), ("ellipse", round_part(), None), ("face", square_part(), [FACE])]


@pytest.mark.parametrize(("outline", "part", "outlines"), GOOD)
def test_a_good_part_has_none(outline, part, outlines):
    assert seen(part, 110, 40, outline, outlines)[0] == ()


def test_without_an_outline_flash_is_neither_found_nor_said_to_be_inspected():
    regions, _, said = seen(round_part(bumps=[(20, 9)]), 110, 40, "none")
    assert regions == said == ()


def test_where_no_outline_can_be_fitted_it_is_not_said_to_be_inspected():
    frame = plain.framed(plain.rendered(size=SIZE))
    detectors = {Kind.FLASH: FlashDetector(outline="circle")}
    assert detect(frame, plain.placement(SIZE), detectors) == ()
    assert inspected(frame, plain.placement(SIZE), detectors) == ()


def test_a_part_half_out_of_the_frame_is_half_inspected():
    shifted = [FACE + np.array([150.0, 0.0])]
    (said,) = seen(lambda x, y: square_part()(x - 150.0, y), 110, 40, "face", shifted)[2]
    assert 0.4 < said.coverage < 0.8


def test_smallest_mm_is_a_height():
    bumps = [(20, 5.0), (137, 9.0)]
    assert len(seen(round_part(bumps=bumps), 110, 40, "circle", smallest_mm=7 * plain.MM_PER_PX)[0]) == 1


def test_a_neighbouring_face_is_no_flash():
    left, right = [(60, 60), (200, 60), (200, 300), (60, 300)], [(200, 60), (370, 60), (370, 300), (200, 300)]
    part = plain.bar(310, 240, 0, (215, 180))
    regions, _, _ = seen(lambda x, y: part(x, y) & (np.abs(x - 205) > 2), 80, 60, "face", [left, right])
    assert regions == ()


def test_an_unknown_outline_is_refused_in_words():
    with pytest.raises(ValueError, match="outline = 'square': allowed are none, face, circle, ellipse"):
        FlashDetector(outline="square")


def rough_ground(seed=3):
    """A plate and its ground, whose texture has an rms of 4 grey levels, with 15 flashes of 2 x 10 px."""
    cell = EdgeCell("flash", Look("rough", grain_gray=4.0), 2.0, 10.0)
    return run_edges(cell, 15, seed)


def test_flash_of_two_px_is_found_on_a_rough_ground_and_its_u_owes_to_that():
    found = rough_ground()
    assert found.found >= 14
    assert found.false == 0
    assert found.within >= found.found - 1


def test_a_rough_ground_is_no_flash():
    found = run_edges(EdgeCell("clean", Look("rough", grain_gray=4.0)), 9, 3)
    assert (found.parts, found.false) == (3, 0)


@pytest.mark.parametrize("hidden_deg", [80, 100])
def test_an_ellipse_is_found_where_one_side_of_its_rim_is_like_the_ground(hidden_deg):
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    x, y = x - CENTER[0], (y - CENTER[1]) / 0.9
    gray = np.where(np.hypot(x, y) <= 140, 150.0, 110.0)
    side = np.abs(np.degrees(np.arctan2(y, -x))) < hidden_deg / 2 + 10 * np.hypot(x, y) / 140
    gray[side & (np.hypot(x, y) > 70)] = 130.0
    gray[np.hypot(x, y) <= 70] = 40.0
    seen = cv2.GaussianBlur(gray, (0, 0), 0.8) + np.random.default_rng(1).normal(0, 1.5, gray.shape)
    frame = plain.framed(np.clip(np.rint(seen), 0, 255).astype(np.uint8))
    (outline,) = fitted_outlines(Surface(frame, plain.placement(SIZE)), "ellipse")
    away = np.hypot(outline.points[:, 0] - CENTER[0], (outline.points[:, 1] - CENTER[1]) / 0.9)
    assert np.abs(away - 140).max() < 4
