"""Measuring objects of known size: bias, the honesty of u, and what a blob says."""

from __future__ import annotations

import math
from itertools import islice

import cv2
import numpy as np
import plain_frames as plain
import pytest

from cvinspect.detect import DETECTORS, detect
from cvinspect.measure import measure
from cvinspect.measure.contour import max_dimension
from cvinspect.measure.routes import _without_spurs
from cvinspect.model import Doubt, Kind, Region

DEFAULT = {kind: detector() for kind, detector in DETECTORS.items()}
MM = plain.MM_PER_PX
DRAWS = 16


def blobs_of(*objects, outlines=None, psf=plain.PSF_PX, u_psf=None, u_scale=0.0, size=plain.SIZE, **kw):
    frame = plain.framed(plain.rendered(*objects, size=size, **kw))
    place = plain.placement(size, outlines, psf_sigma_px=psf, u_psf_sigma_px=u_psf, u_scale=u_scale)
    return measure(frame, detect(frame, place, DEFAULT), place.calibration, place)


def drawn(shape_at, contrast, psf=plain.PSF_PX):
    """Blobs of DRAWS frames with the object at other sub-pixel places, angles and noise."""
    for seed in range(DRAWS):
        rng = np.random.default_rng(100 + seed)
        center = (plain.CENTER[0] + rng.uniform(-1, 1), plain.CENTER[1] + rng.uniform(-1, 1))
        (blob,) = blobs_of((shape_at(center, rng.uniform(0, 180)), contrast), psf=psf, seed=seed)
        yield blob


def disk_at(diameter):
    return lambda center, _: plain.disk(diameter, center)


def bar_at(length, width):
    return lambda center, degrees: plain.bar(length, width, degrees, center)


def arc_at(radius, span, width):
    return lambda center, degrees: plain.arc(radius, span, width, degrees, center)


def disk_sizes(d):
    return {"area_mm2": math.pi * d**2 / 4, "diameter_mm": d, "length_mm": d, "width_mm": d, "max_dimension_mm": d}


def bar_sizes(length, width):
    return {**arc_sizes(length, math.degrees(1), width), "max_dimension_mm": math.hypot(length, width)}


def arc_sizes(radius, span, width):
    length = radius * math.radians(span)
    return {"area_mm2": length * width, "length_mm": length, "width_mm": width}


# largest mean error (bias) in px, of areas in px per px of girth
TRUTH = [
    *[(disk_at(d), disk_sizes(d), c, 0.3) for d in (4, 7, 20, 55) for c in (60, -40)],
    (disk_at(10), disk_sizes(10), -20, 0.35),
    (bar_at(20, 10), bar_sizes(20, 10), 60, 0.5),
    (bar_at(40, 25), bar_sizes(40, 25), -40, 0.5),
    (bar_at(12, 4), bar_sizes(12, 4), 60, 0.5),
    *[(bar_at(90, w), bar_sizes(90, w), c, 0.3) for w in (1.5, 3, 5) for c in (60, -30)],
    (arc_at(70, 150, 3), arc_sizes(70, 150, 3), -50, 0.3),
    (arc_at(45, 250, 4), arc_sizes(45, 250, 4), 50, 0.4),
]


@pytest.mark.parametrize(("shape", "sizes", "contrast", "bias_px"), TRUTH)
def test_sizes_are_unbiased_and_their_uncertainty_is_honest(shape, sizes, contrast, bias_px):
    blobs = list(drawn(shape, contrast))
    for name, truth in sizes.items():
        unit = MM**2 if name == "area_mm2" else MM
        measured = [getattr(blob, name) for blob in blobs]
        errors = np.array([one.value / unit - truth for one in measured])
        covered = np.abs(errors) <= 2 * np.array([one.u / unit for one in measured])
        limit = bias_px * (sizes["length_mm"] + sizes["width_mm"]) if name == "area_mm2" else bias_px
        if name == "max_dimension_mm" and "diameter_mm" not in sizes:
            limit = 0.7  # a corner's place behind the blur is guessed from the object's shape
        assert abs(errors.mean()) <= limit, name
        assert covered.mean() >= 0.85, name


@pytest.mark.parametrize(("shape", "sizes"), [(disk_at(6), disk_sizes(6)), (bar_at(90, 3), bar_sizes(90, 3))])
def test_an_unknown_blur_widens_u_and_still_covers(shape, sizes):
    known, unknown = next(drawn(shape, 60)), list(islice(drawn(shape, 60, psf=None), 8))
    assert unknown[0].width_mm.u > known.width_mm.u
    for name, truth in sizes.items():
        unit = MM**2 if name == "area_mm2" else MM
        assert all(abs(getattr(b, name).value / unit - truth) <= 2 * getattr(b, name).u / unit for b in unknown), name


def test_a_blur_that_is_hardly_known_counts_as_the_calibration_says():
    u = [blobs_of((plain.disk(6), 60), u_psf=u_psf)[0].diameter_mm.u for u_psf in (0.0, 0.02, 0.05, 0.2)]
    assert u[0] == u[1] < u[2] < u[3]
    assert u[2] == blobs_of((plain.disk(6), 60))[0].diameter_mm.u


def test_the_scale_has_its_share_in_u():
    (sure,), (unsure,) = (blobs_of((plain.disk(40), 60), u_scale=u) for u in (0.0, 0.05))
    assert unsure.diameter_mm.u == pytest.approx(math.hypot(sure.diameter_mm.u, 0.05 * sure.diameter_mm.value))
    assert unsure.area_mm2.u == pytest.approx(math.hypot(sure.area_mm2.u, 0.10 * sure.area_mm2.value))


@pytest.mark.parametrize("diameter", [1.2, 2.0])
def test_below_three_px_the_size_is_an_upper_bound_and_flagged(diameter):
    (blob,) = blobs_of((plain.disk(diameter), 110))
    assert Doubt.BELOW_RESOLUTION in blob.doubt
    assert blob.diameter_mm.value / MM >= diameter - 0.2


def test_a_blob_says_where_it_is_and_how_it_stands_out():
    (blob,) = blobs_of((plain.disk(30), -40))
    assert blob.center_px == pytest.approx(plain.CENTER, abs=0.1)
    assert blob.center_mm == pytest.approx((plain.CENTER[0] * MM, plain.CENTER[1] * MM), abs=0.1 * MM)
    assert blob.contrast_gray == pytest.approx(-40, abs=1)
    x0, y0, x1, y1 = blob.bbox_px
    assert (x0 + x1 - 1) / 2 == pytest.approx(plain.CENTER[0], abs=1.5)
    assert (x1 - x0, y1 - y0) == pytest.approx((30, 30), abs=4)
    assert len(blob.outline_mm) <= 64
    area = abs(cv2.contourArea(np.array(blob.outline_mm, np.float32)))
    assert area == pytest.approx(math.pi * 15**2 * MM**2, rel=0.03)
    assert (blob.height_mm, blob.strength > 20) == (None, True)


def test_blobs_are_numbered_in_reading_order():
    places = [(250, 60), (60, 90), (200, 200)]
    blobs = blobs_of(*[(plain.disk(12, at), 50) for at in places])
    assert [blob.id for blob in blobs] == [1, 2, 3]
    assert [tuple(round(v) for v in blob.center_px) for blob in blobs] == places


def test_a_blob_on_two_faces_names_both():
    left, right = [(20, 20), (160, 20), (160, 250), (20, 250)], [(160, 20), (310, 20), (310, 250), (160, 250)]
    both, one = blobs_of((plain.disk(20, (160, 100)), 50), (plain.disk(20, (240, 200)), 50), outlines=[left, right])
    assert (both.faces, one.faces) == (("face1", "face2"), ("face2",))


def test_a_dent_is_as_large_as_its_shading_is_seen():
    (blob,) = blobs_of((plain.dent(14), 25))
    reach = 2 * 14 * math.sqrt(2 * math.log(25 / 2.0))
    assert blob.max_dimension_mm.value / MM == pytest.approx(reach, abs=10)
    assert blob.center_px == pytest.approx(plain.CENTER, abs=1.5)


def test_a_rough_object_is_measured_as_claimed():
    """Many specks, claimed as one: no single contour encloses them."""
    specks = [(plain.disk(4, (130 + 7 * i, 120 + 7 * j)), -50) for i in range(8) for j in range(4)]
    frame = plain.framed(plain.rendered(*specks))
    contour = np.array([(126, 116), (183, 116), (183, 145), (126, 145)], np.int32)
    region = Region(Kind.FOREIGN_MATTER, contour, -1, 30.0)
    place = plain.placement()
    (blob,) = measure(frame, [region], place.calibration, place)
    assert (blob.length_mm.value / MM, blob.width_mm.value / MM) == pytest.approx((58, 30), abs=1.5)
    assert blob.length_mm.u / MM == pytest.approx(1.0)


@pytest.mark.parametrize("at", [(0.3, 100.2), (329.8, 171.4), (160.2, 0.1)])
def test_objects_at_the_frames_edge_are_measured_and_flagged(at):
    (blob,) = blobs_of((plain.disk(30, at), 60))
    assert Doubt.TOUCHES_BORDER in blob.doubt
    assert blob.max_dimension_mm.value / MM == pytest.approx(30, abs=4)


def test_measuring_leaves_its_input_alone_and_repeats():
    frame = plain.framed(plain.rendered((plain.disk(12), 50), (plain.bar(80, 3, 30, (240, 200)), -40)))
    place, before = plain.placement(), frame.pixels.copy()
    regions = detect(frame, place, DEFAULT)
    assert measure(frame, regions, place.calibration, place) == measure(frame, regions, place.calibration, place)
    np.testing.assert_array_equal(frame.pixels, before)


def test_no_region_is_no_blob():
    place = plain.placement()
    assert measure(plain.framed(plain.rendered()), (), place.calibration, place) == ()


WHOLE = [(0, 0), (330, 0), (330, 273), (0, 273)]


@pytest.mark.parametrize("contour", [[(0, 0)], [(50, 60), (51, 60)], [(329, 272), (330, 273)], WHOLE])
@pytest.mark.parametrize("polarity", [-1, 0, 1])
def test_any_region_can_be_measured(contour, polarity):
    place = plain.placement()
    region = Region(Kind.FOREIGN_MATTER, np.array(contour, np.int32), polarity, 7.0)
    (blob,) = measure(plain.framed(plain.rendered()), [region], place.calibration, place)
    sizes = (blob.area_mm2, blob.diameter_mm, blob.length_mm, blob.width_mm, blob.max_dimension_mm)
    assert all(math.isfinite(size.value) and size.value > 0 and math.isfinite(size.u) and size.u > 0 for size in sizes)
    assert blob.faces == ("front",)


def test_a_dent_keeps_its_long_thin_branch():
    """What is narrow but long belongs to the imperfection: leaving it out would understate the size."""
    mask = np.zeros((300, 400), np.uint8)
    cv2.circle(mask, (80, 80), 30, 255, -1)
    cv2.line(mask, (80, 80), (330, 230), 255, 4)
    contour = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0][0].reshape(-1, 2)
    assert max_dimension(_without_spurs(contour)) > 300
    cv2.line(mask, (80, 80), (330, 230), 0, 5)
    cv2.circle(mask, (80, 80), 30, 255, -1)
    cv2.line(mask, (80, 80), (118, 80), 255, 4)
    short = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0][0].reshape(-1, 2)
    assert max_dimension(_without_spurs(short)) < 64
