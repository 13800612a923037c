"""Rendered targets: every pixel is what the optics would give, every edge and centre where it belongs."""

import time

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.special import ndtr

from cvinspect.projection import Projection
from cvinspect.synth import camera_projection, render_board

NONE_OF_THEM = np.empty((0, 4, 2)), np.empty((0, 3))
SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
PLAIN = Projection((1.0, 1.0), (0.0, 0.0), (0.0,) * 5, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0))  # mm = px
WIDE = {"focal_px": 300.0, "center_px": (81.0, 58.0), "distortion": (-0.3, 0.1, 1e-3, -2e-3, 0.0), "distance_mm": 60.0}


def exact(polygons, disks, projection, size, **options):
    return render_board(polygons, disks, projection, size, noise_gray=0.0, **options).astype(float)


@pytest.mark.parametrize("sigma", [0.0, 0.4, 0.7, 1.5])
def test_an_upright_edge_has_the_profile_of_its_optics(sigma):
    edge = 20.37
    picture = exact(
        np.array([[[-50.0, -50.0], [edge, -50.0], [edge, 90.0], [-50.0, 90.0]]]),
        NONE_OF_THEM[1],
        PLAIN,
        (40, 12),
        psf_sigma_px=sigma,
    )
    fine = np.arange(40)[:, None] + (np.arange(2000) + 0.5) / 2000 - 0.5
    seen = (ndtr((fine - edge) / sigma) if sigma else fine > edge).mean(axis=1)
    np.testing.assert_allclose(picture, np.tile(30 + 170 * seen, (12, 1)), atol=0.5 + 0.4)


def test_a_slanted_edge_is_unbiased():
    turn = np.deg2rad(17.3)
    along, out = np.array([np.cos(turn), np.sin(turn)]), np.array([np.sin(turn), -np.cos(turn)])
    middle = np.array([150.2, 100.4])
    corners = np.array([middle - 900 * along, middle + 900 * along, middle + 900 * along - 900 * out])
    polygon = np.array([[*corners, middle - 900 * along - 900 * out]])
    picture = exact(polygon, NONE_OF_THEM[1], PLAIN, (300, 200), psf_sigma_px=0.7)
    y, x = np.mgrid[0:200, 0:300]
    away = (x - middle[0]) * out[0] + (y - middle[1]) * out[1]
    near = np.abs(away) < 0.6
    # the pixel's square, seen askew, has the same variance 1/12 in every direction
    expected = 30 + 170 * ndtr(away / np.sqrt(0.7**2 + 1 / 12))
    slope = 170 / np.sqrt(2 * np.pi * (0.7**2 + 1 / 12))
    assert near.sum() > 300
    assert abs((picture - expected)[near].mean()) / slope < 0.001
    assert np.abs(picture - expected).max() < 1.0


@pytest.mark.parametrize("tilt", [(0, 0), (30, 0), (-20, 35)])
def test_the_centroid_of_an_imaged_disk_is_that_of_its_outline(tilt):
    projection = camera_projection(**WIDE, tilt_x_deg=tilt[0], tilt_y_deg=tilt[1], roll_deg=40)
    disk = np.array([[5.3, -2.1, 6.0]])
    ink = (200 - exact(NONE_OF_THEM[0], disk, projection, (160, 120), psf_sigma_px=0.8)) / 170
    turn = np.linspace(0, 2 * np.pi, 20001)[:-1]
    x, y = projection.to_px(disk[:, :2] + 3 * np.stack([np.cos(turn), np.sin(turn)], axis=1)).T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = cross.sum() / 2
    centre = [((side + np.roll(side, -1)) * cross).sum() / 6 / area for side in (x, y)]
    rows, columns = np.mgrid[0:120, 0:160]
    assert ink.sum() == pytest.approx(abs(area), rel=3e-4)
    found = (columns * ink).sum() / ink.sum(), (rows * ink).sum() / ink.sum()
    np.testing.assert_allclose(found, centre, atol=0.003)


def test_it_is_what_supersampling_gives():
    squares = np.concatenate([SQUARE * 6 + [-9, -8], SQUARE * 6 + [-3, -2], SQUARE * 2 + [6.5, -7]]).reshape(-1, 4, 2)
    disks = np.array([[-12.0, 4.0, 3.0], [8.0, 5.0, 5.0], [60.0, 0.0, 4.0]])
    projection, fine = camera_projection(**WIDE, tilt_x_deg=25, roll_deg=-12), 8
    picture = exact(squares, disks, projection, (162, 117), psf_sigma_px=0.7, margin_mm=2.0)
    y, x = ((np.arange(side * fine) + 0.5) / fine - 0.5 for side in (117, 162))
    mm = projection.to_mm(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
    black = np.zeros(len(mm), bool)
    for square in squares:
        black |= ((mm > square.min(axis=0)) & (mm < square.max(axis=0))).all(axis=1)
    for *centre, diameter in disks:
        black |= np.linalg.norm(mm - centre, axis=1) < diameter / 2
    low = np.minimum(squares.min(axis=(0, 1)), (disks[:, :2] - disks[:, 2:] / 2).min(axis=0)) - 2
    high = np.maximum(squares.max(axis=(0, 1)), (disks[:, :2] + disks[:, 2:] / 2).max(axis=0)) + 2
    paper = ((mm > low) & (mm < high)).all(axis=1)
    gray = np.where(black, 30.0, np.where(paper, 200.0, 90.0)).reshape(117 * fine, -1)
    lens = gaussian_filter(gray, 0.7 * fine, mode="nearest")
    seen = lens.reshape(117, fine, 162, fine).mean(axis=(1, 3))
    assert np.abs(picture - seen)[6:-6, 6:-6].max() < 3.0
    assert abs((picture - seen)[6:-6, 6:-6].mean()) < 0.02


def test_noise_grows_with_the_light_as_it_is_told():
    wide = np.array([[[-9.0, -9.0], [60.0, -9.0], [60.0, 400.0], [-9.0, 400.0]]])
    picture = render_board(wide, NONE_OF_THEM[1], PLAIN, (120, 300), noise_gray=2.0, noise_per_gray=0.05, seed=5)
    black, white = picture[:, :50].astype(float), picture[:, 70:].astype(float)
    assert black.var() == pytest.approx(4 + 0.05 * 30 + 1 / 12, rel=0.05)
    assert white.var() == pytest.approx(4 + 0.05 * 200 + 1 / 12, rel=0.05)


def test_the_same_seed_gives_the_same_picture_and_light_shades_it():
    again = [render_board(*NONE_OF_THEM, PLAIN, (30, 20), seed=seed) for seed in (1, 1, 2)]
    assert (again[0] == again[1]).all()
    assert (again[0] != again[2]).any()
    light = np.tile(np.linspace(0.5, 1, 30), (20, 1))
    np.testing.assert_allclose(exact(*NONE_OF_THEM, PLAIN, (30, 20), light=light), 200 * light, atol=0.51)


def test_the_usual_camera_sees_50_um_per_px_where_it_looks():
    tilted = camera_projection(tilt_x_deg=30, tilt_y_deg=-10, roll_deg=20, looks_at_mm=(40.0, 30.0))
    np.testing.assert_allclose(tilted.to_px(np.array([[40.0, 30.0]])), [[1232.8, 1017.4]], atol=1e-9)
    level = camera_projection().to_px(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    np.testing.assert_allclose(level[1:] - level[0], [[20, 0], [0, 20]], atol=0.01)
    near = camera_projection(offset_mm=36.23).to_px(np.array([[0.0, 0.0], [1.0, 0.0]]))
    assert near[1, 0] - near[0, 0] == pytest.approx(20 / 0.9, rel=1e-4)


def test_what_is_behind_the_camera_is_not_drawn():
    steep = camera_projection(**{**WIDE, "distortion": (0.0,) * 5}, tilt_x_deg=80)
    squares = np.array([SQUARE * 8 - 4, SQUARE * [100, 900] + [-50, -1200]])
    picture = exact(squares, NONE_OF_THEM[1], steep, (160, 120))
    np.testing.assert_array_equal(picture, exact(squares[:1], NONE_OF_THEM[1], steep, (160, 120)))
    assert picture.min() < 60


@pytest.mark.soak
def test_five_megapixels_take_seconds():
    i, j = (axis.ravel() for axis in np.mgrid[0:30, 0:24])
    disks = np.column_stack([i * 5.0, j * 5.0, np.full(i.size, 2.5)])
    began = time.perf_counter()
    render_board(NONE_OF_THEM[0], disks, camera_projection(looks_at_mm=(70.0, 55.0)), (2448, 2048))
    assert time.perf_counter() - began < 10
