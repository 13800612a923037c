"""From px to mm and back through a lens and a tilted plane."""

import time

import cv2
import numpy as np
import pytest

from cvinspect.projection import Projection, ScaleField, coarsest_mm_per_px

SIZE = (2448, 2048)
RNG = np.random.default_rng(3)
PHONE = ((700.0, 702.0), (308.0, 246.0), (-0.256, 0.1, 1e-3, -2e-3, 0.02))
LONG_LENS = ((7246.0, 7246.0), (1233.0, 1018.0), (-0.15, 0.6, 1e-4, -2e-4, 0.0))
TILTED = (360.0, 4.0, -61.0, -3.0, 362.0, -51.0, 0.2, -0.1, 1.0)


@pytest.fixture(params=[(PHONE, (640, 480)), (LONG_LENS, SIZE)], ids=["wide lens", "long lens"])
def seen(request):
    (camera, size) = request.param
    return Projection(*camera, TILTED), size


def points_of(size, count=500):
    return RNG.uniform(0, 1, (count, 2)) * (np.array(size) - 1)


def test_px_to_mm_and_back(seen):
    projection, size = seen
    points = points_of(size)
    np.testing.assert_allclose(projection.to_px(projection.to_mm(points)), points, atol=1e-8)


def test_it_is_opencv_s_lens_model(seen):
    projection, size = seen
    matrix = np.array([[projection.focal_px[0], 0, projection.center_px[0]], [0, projection.focal_px[1], 0], [0, 0, 1]])
    matrix[1, 2] = projection.center_px[1]
    points = points_of(size)
    rays = np.linalg.inv(np.reshape(TILTED, (3, 3))) @ np.column_stack([projection.to_mm(points), np.ones(500)]).T
    theirs = cv2.projectPoints((rays / rays[2]).T, np.zeros(3), np.zeros(3), matrix, np.array(projection.distortion))[0]
    np.testing.assert_allclose(theirs.reshape(-1, 2), points, atol=1e-7)


def test_no_points_are_no_points(seen):
    assert seen[0].to_mm(np.empty((0, 2))).shape == seen[0].to_px(np.empty((0, 2))).shape == (0, 2)


def test_the_coarsest_scale_is_that_of_the_frame_s_coarsest_place(seen):
    projection, size = seen
    coarsest = coarsest_mm_per_px(projection, size)
    places, turns = points_of(size, 4000), RNG.uniform(0, np.pi, 4000)
    step = np.stack([np.cos(turns), np.sin(turns)], axis=1) / 2
    scales = np.linalg.norm(projection.to_mm(places + step) - projection.to_mm(places - step), axis=1)
    assert scales.max() <= coarsest * 1.0001
    assert scales.max() >= coarsest * 0.93


def test_mapping_2000_points_takes_half_a_millisecond():
    projection, points = Projection(*LONG_LENS, TILTED), points_of(SIZE, 2000)
    times = []
    for _ in range(200):
        began = time.perf_counter()
        projection.to_mm(points)
        times.append(time.perf_counter() - began)
    assert min(times) <= 0.5e-3


def test_the_field_is_bilinear_and_its_border_s_beyond_the_frame():
    field = ScaleField(3, 2, (0.0, 1.0, 4.0, 2.0, 3.0, 6.0))
    places = np.array([[0, 0], [100, 0], [50, 0], [25, 30], [100, 60], [-9, 70], [500, -3]], float)
    np.testing.assert_allclose(field.at(places, (101, 61)), [0, 4, 1, 1.5, 6, 2, 4])
