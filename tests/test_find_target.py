"""Targets are found where they are, to a hundredth of a pixel; another target, or nothing, is refused."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn_boards import SIZE, WORDS, camera, drawn, seen, truth

from cvinspect.calibration.find import find_target
from cvinspect.calibration.find.bent import fit_bent
from cvinspect.calibration.find.corners import fit_corners
from cvinspect.calibration.find.lattice import grow
from cvinspect.calibration.target import parse_target
from cvinspect.errors import CalibrationError
from cvinspect.pictures import gray8, read_picture
from cvinspect.synth import render_board

RMS_PX = {"chess": 0.012, "charuco": 0.015, "dots": 0.008, "dots-hex": 0.008, "dots-asym": 0.008, "squares": 0.03}


def errors(target, found, true):
    """How far (N, 2) px each point is off, whatever way round a lattice without marks was numbered.

    The numbering must be the target itself, turned and moved in its plane, and never mirrored.
    """
    which = np.linalg.norm(found.points_px[:, None] - true, axis=2).argmin(axis=1)
    assert len(np.unique(which)) == len(np.unique(found.ids)) == len(found.ids)
    said, are = (target.points_mm[of] - target.points_mm[of].mean(axis=0) for of in (found.ids, which))
    turn = np.linalg.lstsq(said, are, rcond=None)[0]
    np.testing.assert_allclose(said @ turn, are, atol=1e-9)
    np.testing.assert_allclose(turn @ turn.T, np.eye(2), atol=1e-9)
    assert np.linalg.det(turn) == pytest.approx(1)
    return found.points_px - true[which]


@pytest.mark.parametrize("tilt", [0, 25, 45])
@pytest.mark.parametrize("kind", WORDS)
def test_every_point_is_found_where_it_is(kind, tilt):
    target, picture, true = seen(WORDS[kind], tilt)
    found = find_target(picture, target)
    off = errors(target, found, true)
    assert len(off) == len(true)
    assert np.sqrt(np.mean(off**2)) < RMS_PX[kind]
    assert np.abs(off).max() < 5 * RMS_PX[kind]


@pytest.mark.parametrize("roll", range(5, 360, 60))
def test_colours_tell_which_corner_of_a_chessboard_is_the_first(roll):
    target, picture, true = seen("chess:8x5:10", 10, roll)
    found = find_target(picture, target)
    np.testing.assert_allclose(found.points_px, true[found.ids], atol=0.1)


def test_corners_are_several_times_finer_than_opencv_s():
    for kind in ("chess", "charuco"):
        target, picture, true = seen(WORDS[kind], 25)
        ours = np.sqrt(np.mean(errors(target, find_target(picture, target), true) ** 2))
        if kind == "chess":
            theirs = cv2.findChessboardCornersSB(picture, target.grid, flags=cv2.CALIB_CB_ACCURACY)[1].reshape(-1, 2)
        else:
            theirs = cv2.aruco.CharucoDetector(target.board()).detectBoard(picture)[0].reshape(-1, 2)
        off = np.linalg.norm(theirs[:, None] - true, axis=2).min(axis=1)
        assert ours < 0.6 * np.sqrt(np.mean(off**2) / 2)


def test_a_corner_s_error_is_what_the_noise_allows():
    target, picture, true = seen(WORDS["chess"], 25)
    projection = camera(target, 25)
    ways = [projection.to_px(target.points_mm + way) - true for way in ([10.0, 0.0], [0.0, 10.0])]
    corners = fit_corners(picture, true, np.stack(ways, axis=1), np.zeros_like(true), np.full(len(true), np.inf))
    noise = np.sqrt(2.0**2 + 1 / 12)
    assert np.median(corners.rms_gray) == pytest.approx(noise, rel=0.05)
    assert 0.8 < np.sqrt(np.mean((corners.points_px - true) ** 2)) / (noise * np.mean(corners.u_px)) < 1.2


@pytest.mark.parametrize("kind", WORDS)
def test_a_part_is_enough_where_the_frame_cuts_the_rest(kind):
    target = parse_target(WORDS[kind])
    projection = camera(target, 20, center_px=(470.0, 150.0))
    found, true = find_target(drawn(target, projection), target), truth(target, projection)
    assert np.abs(errors(target, found, true)).max() < 5 * RMS_PX[kind]
    shown = ((true > 25) & (true < np.array(SIZE) - 25)).all(axis=1).sum()
    assert 0.8 * shown < len(found.ids) < len(true)


@pytest.mark.parametrize("kind", WORDS)
def test_dirt_costs_points_but_makes_none_wrong(kind):
    target, picture, true = seen(WORDS[kind], 10)
    rng, dirty = np.random.default_rng(4), picture.copy()
    for place in rng.integers((60, 60), (580, 420), (25, 2)):
        cv2.circle(dirty, place.tolist(), int(rng.integers(1, 7)), int(rng.integers(0, 255)), -1)
    found = find_target(dirty, target)
    assert 0.6 * len(true) < len(found.ids) < len(true)
    assert np.abs(errors(target, found, true)).max() < 0.3


@pytest.mark.parametrize("kind", WORDS)
def test_uneven_light_and_dark_surroundings_do_not_matter(kind):
    target = parse_target(WORDS[kind])
    x, y = np.meshgrid(np.linspace(-1, 1, SIZE[0]), np.linspace(-1, 1, SIZE[1]))
    light = (1 - 0.25 * (x**2 + y**2)) * (1 + 0.3 * x)
    projection = camera(target, 15)
    picture = drawn(target, projection, light=light, ground_gray=10.0, margin_mm=target.pitch_mm / 2)
    found = find_target(picture, target)
    assert len(found.ids) == len(target.points_mm)
    assert np.sqrt(np.mean(errors(target, found, truth(target, projection)) ** 2)) < 2 * RMS_PX[kind]


def test_a_hexagonal_target_may_begin_with_the_row_that_stands_half_a_pitch_right():
    target = parse_target("dots-hex:8x6:10:6")
    other = target.disks_mm()
    other[:, 0] += np.where(np.arange(len(other)) // 8 % 2, -5.0, 5.0)
    projection = camera(target, 10)
    picture = render_board(target.polygons_mm(), other, projection, SIZE, margin_mm=10.0)
    found = find_target(picture, target)
    assert len(found.ids) == 8 * 6 - 3
    assert fit_bent(target.points_mm[found.ids], found.points_px)[1].all()


OTHERS = {
    "chess:9x6:10": [
        "chess:8x6:10",
        "chess:9x7:10",
        "dots:9x6:10:5",
        "squares:5x4:10:10",
        "charuco:9x7:10:7:DICT_4X4_50",
    ],
    "charuco:9x7:10:7:DICT_4X4_50": [
        "charuco:8x7:10:7:DICT_4X4_50",
        "charuco:9x7:10:7:DICT_5X5_50",
        "chess:9x6:10",
        "squares:5x4:7:13",
    ],
    "dots:10x7:10:5": ["dots:9x7:10:5", "dots:11x7:10:5", "dots:10x7:10:8", "dots-hex:10x7:10:5", "chess:10x7:10"],
    "dots-hex:10x8:10:6": ["dots:10x8:10:6", "dots-hex:10x7:10:6", "dots-asym:6x11:7:6"],
    "dots-asym:6x11:7:6": ["dots-asym:5x11:7:6", "dots:10x7:10:5", "squares:6x11:7:7"],
    "squares:7x5:8:6": ["squares:6x5:8:6", "squares:7x6:8:6", "squares:7x5:10:3", "dots:7x5:14:8", "chess:7x5:10"],
}


@pytest.mark.parametrize(("shown", "asked"), [(shown, asked) for shown in OTHERS for asked in OTHERS[shown]])
def test_another_target_is_refused(shown, asked):
    _, picture, _ = seen(shown, 25)
    with pytest.raises(CalibrationError, match=f"^target {asked}: .*(seen|another)"):
        find_target(picture, parse_target(asked))


RNG = np.random.default_rng(1)
CLOUDS = 128 + 600 * cv2.GaussianBlur(RNG.normal(0, 1, (240, 320)), (0, 0), 4)
NOTHING = {
    "flat": np.full((240, 320), 120),
    "dark noise": RNG.normal(30, 3, (240, 320)),
    "white noise": RNG.integers(0, 256, (240, 320)),
    "clouds": np.clip(CLOUDS, 0, 255),
    "stripes": np.tile(np.where(np.arange(320) % 40 < 20, 30, 200), (240, 1)),
    "tiny": RNG.integers(0, 256, (20, 30)),
}


@pytest.mark.parametrize("name", NOTHING)
def test_where_there_is_no_target_none_is_found(name):
    for word in WORDS.values():
        with pytest.raises(CalibrationError, match=f"^target {word}: .*(nothing|seen|too small)"):
            find_target(NOTHING[name].astype(np.uint8), parse_target(word))


def blurred(kind, sigma):
    target = parse_target(WORDS[kind])
    projection = camera(target, 10)
    return target, drawn(target, projection, psf_sigma_px=sigma, noise_gray=1.0), truth(target, projection)


@pytest.mark.parametrize(("kind", "sigma"), [("squares", 5.0), ("dots", 6.0), ("chess", 10.5)])
def test_what_is_blurred_too_much_is_refused_in_words(kind, sigma):
    target, picture, _ = blurred(kind, sigma)
    with pytest.raises(CalibrationError, match=r"too blurred: its edges spread with sigma \d+\.\d px"):
        find_target(picture, target)


@pytest.mark.parametrize(("kind", "sigma"), [("squares", 4.0), ("dots", 4.0), ("chess", 9.0)])
def test_what_is_blurred_but_not_refused_is_found_as_well_as_its_noise_allows(kind, sigma):
    target, picture, true = blurred(kind, sigma)
    points = find_target(picture, target).points_px
    off = np.linalg.norm(points[:, None] - true, axis=2).min(axis=1)  # a lattice may be numbered from its other end
    assert len(points) == len(true)
    assert np.sqrt(np.mean(off**2)) < 0.1


def test_a_hidden_row_is_not_taken_for_the_end_of_the_target():
    target, picture, true = seen("dots:10x7:10:5")
    first, last = true[0], true[60]
    hidden = cv2.line(picture.copy(), first.astype(int).tolist(), last.astype(int).tolist(), 200, 40)
    with pytest.raises(CalibrationError, match="63 of 70 dots are seen: a whole column is hidden, or this is another"):
        find_target(hidden, target)


def test_a_lattice_grows_from_two_rows_and_ignores_what_stands_about():
    rng = np.random.default_rng(2)
    grid = np.stack(np.meshgrid(np.arange(9.0), np.arange(2.0)), axis=-1).reshape(-1, 2) @ [[30.0, 4.0], [-6.0, 25.0]]
    points = np.concatenate([grid + rng.normal(0, 1, grid.shape), [[400.0, 300.0], [-90.0, -80.0]]])
    lattice = grow(points)
    assert sorted(lattice.which) == list(range(18))
    assert sorted(np.ptp(lattice.steps, axis=0)) == [1, 8]
    assert len(grow(np.empty((0, 2)))) == len(grow(points[:3])) == 0


DATA = Path(os.environ.get("CVINSPECT_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
PHOTOS = {  # the word, the points found of each, and how far off a smooth plane they lie, rms px
    "mono_Sony_DSC-HX5V_Chess": ("chess:4x6:30", 24, 0.12),
    "mono_Sony_DSC-HX5V_Square": ("squares:3x4:30:30", 48, 0.3),
    "mono_Sony_DSC-HX5V_CircleHexagonal": ("dots-hex:14x24:1.2:1.0", 320, 0.1),
    "mono_PULNiX_CCD_6mm_Zhang": ("squares:8x8:12.7:9.878", 250, 0.3),
}


def check_photo(path, word, least, rms):
    target = parse_target(word)
    found = find_target(gray8(read_picture(path).pixels), target)
    assert len(found.ids) >= least, path
    bent, _ = fit_bent(target.points_mm[found.ids], found.points_px)
    off = bent(target.points_mm[found.ids]) - found.points_px
    assert np.sqrt(np.mean((off**2).sum(axis=1))) < rms, path


@pytest.mark.skipif(not DATA.is_dir(), reason="shared/data is not here")
@pytest.mark.parametrize("folder", PHOTOS)
def test_a_photographed_target_is_found(folder):
    check_photo(sorted((DATA / "calibration_boofcv" / folder).glob("*.jpg"))[1], *PHOTOS[folder])


@pytest.mark.soak
@pytest.mark.skipif(not DATA.is_dir(), reason="shared/data is not here")
@pytest.mark.parametrize("folder", PHOTOS)
def test_every_photographed_target_is_found(folder):
    for path in sorted((DATA / "calibration_boofcv" / folder).glob("*.jpg")):
        check_photo(path, *PHOTOS[folder])
