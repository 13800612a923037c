"""Pictures of a target become a calibration: what it says is true; what cannot serve is left out with its reason."""

import sys
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import boards
import cv2
import numpy as np
import pytest
from boards import CHARUCO, CHESS, DISTANCE_MM, PLANE, SIZE, TILTED, camera, picture, session, write
from PIL import Image
from scipy.spatial.distance import pdist

from cvinspect.calibration import Setup, calibrate, load_calibration, save_calibration, verify, views
from cvinspect.calibration.calibrate import ASSUMED_U_HEIGHT_MM, ASSUMED_U_PRINT
from cvinspect.calibration.description import read_target
from cvinspect.calibration.target import parse_target
from cvinspect.calibration.views import look_at
from cvinspect.errors import CalibrationError
from cvinspect.words import LANGUAGES, say

TARGET = parse_target(CHESS)
X, Y = np.meshgrid(np.linspace(60, SIZE[0] - 61, 9), np.linspace(50, SIZE[1] - 51, 7))
POINTS = np.stack([X, Y], axis=-1).reshape(-1, 2)
KNOWN = Setup(u_print_scale=0.0, u_height_mm=0.0)


@pytest.fixture(scope="module", autouse=True)
def _quick():
    with boards.seen_once():
        yield


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return session(tmp_path_factory.mktemp("图片"))


@pytest.fixture(scope="module")
def several(paths):
    return calibrate(paths, TARGET, paths[0], Setup(camera="相机", made_by="QA"))


def fates(result):
    return {one.name: one.against.code if one.against else None for one in result.looks}


def codes(result):
    return [warning.code for warning in result.warnings]


def lengths_off(calibration, truth):
    """Measured minus true, of all distances between points of the frame, relative."""
    true = pdist(truth.to_mm(POINTS))
    return pdist(calibration.to_mm(POINTS)) / true - 1


def test_several_views_give_the_camera(several):
    file = several.file
    assert fates(several) == {"平面.png": None, **{f"view{number}.png": None for number in range(3)}}
    assert (file.made_from.alone, file.made_from.pictures, file.made_from.points) == (False, 4, 4 * 63)
    assert file.model.focal_px == pytest.approx((1500, 1500), rel=0.005)
    assert file.made_from.distance_mm == pytest.approx(DISTANCE_MM, rel=0.005)
    assert file.made_from.rms_px < 0.03
    assert np.abs(lengths_off(file.value(), camera(**PLANE))).max() < 5e-4
    assert (file.camera, file.made_by, file.size_px) == ("相机", "QA", SIZE)


def test_lengths_are_true_within_what_the_calibration_claims(paths):
    result = calibrate(paths, TARGET, paths[0], KNOWN)
    calibration = result.file.value()
    off = np.abs(lengths_off(calibration, camera(**PLANE)))
    u = calibration.u_scale_at(POINTS)
    first, second = np.triu_indices(len(POINTS), 1)
    assert np.mean(off <= (u[first] + u[second])) > 0.9
    assert calibration.u_scale < 0.002


def test_print_and_height_are_in_the_uncertainty(several):
    of_height = ASSUMED_U_HEIGHT_MM / several.file.made_from.distance_mm
    assert several.file.u_scale == pytest.approx(np.hypot(ASSUMED_U_PRINT, of_height), rel=0.05)
    assert {"cal_print_assumed", "cal_height_assumed"} <= set(codes(several))
    assert (several.file.made_from.u_print_is_assumed, several.file.made_from.u_height_is_assumed) == (True, True)


def test_what_is_stated_is_not_assumed(paths):
    setup = Setup(u_print_scale=0.01, u_height_mm=1.4, valid_for=timedelta(days=7))
    result = calibrate(paths, TARGET, paths[0], setup)
    assert result.file.u_scale == pytest.approx(np.hypot(0.01, 1.4 / DISTANCE_MM), rel=0.05)
    assert codes(result) == ["cal_coverage", "cal_ends"]


def test_blur_and_noise_are_measured(several):
    file = several.file
    assert file.psf_sigma_px == pytest.approx(0.8, abs=0.03)
    assert 0 < file.u_psf_sigma_px < 0.1
    assert file.noise_gray == pytest.approx(1.5, rel=0.1)


def test_the_file_is_what_is_loaded(several, tmp_path):
    save_calibration(several.file, tmp_path / "相机.json")
    assert load_calibration(tmp_path / "相机.json") == several.file.value()


def test_every_picture_is_told_of(paths):
    told = []
    calibrate(paths[:1], TARGET, tell=lambda number, total, name: told.append((number, total, name)))
    assert told == [(1, 1, "平面.png")]


def test_one_picture_alone_works_and_says_what_is_lost(paths):
    result = calibrate(paths[:1], TARGET)
    assert result.file.made_from.alone
    assert codes(result)[:2] == ["cal_alone", "cal_coverage"]
    assert np.abs(lengths_off(result.file.value(), camera(**PLANE))).max() < 2e-3
    assert "cal_distance_assumed" in codes(result)
    assert result.file.made_from.distance_is_assumed
    assert result.file.made_from.distance_mm < DISTANCE_MM


def test_the_plane_may_be_one_more_picture(paths, several):
    result = calibrate(paths[1:], TARGET, paths[0])
    assert result.file.model.ray_to_mm == pytest.approx(several.file.model.ray_to_mm)
    assert result.looks[0].name == "平面.png"


@pytest.mark.parametrize("count", [1, 4])
def test_the_part_may_lie_above_the_target(paths, count):
    setup = Setup(height_mm=10.0, distance_mm=DISTANCE_MM)
    calibration = calibrate(paths[:count], TARGET, paths[0], setup).file.value()
    assert np.abs(lengths_off(calibration, camera(**PLANE, offset_mm=10.0))).max() < 3e-3
    assert np.abs(lengths_off(calibration, camera(**PLANE)).mean()) > 0.06


def test_one_picture_and_a_height_need_a_distance(paths):
    with pytest.raises(CalibrationError, match=r"height over distance.*give --distance"):
        calibrate(paths[:1], TARGET, setup=Setup(height_mm=10.0))


def test_two_pictures_are_used_as_one(paths):
    result = calibrate(paths[:2], TARGET, paths[0])
    assert fates(result) == {"平面.png": None, "view0.png": "cal_too_few_views"}
    assert (result.file.made_from.alone, result.file.made_from.pictures) == (True, 1)


def test_which_picture_shows_the_plane_must_be_said(paths):
    with pytest.raises(CalibrationError, match=r"4 pictures, but which one shows .* Give --plane PICTURE"):
        calibrate(paths, TARGET)
    with pytest.raises(CalibrationError, match="no pictures"):
        calibrate([], TARGET)


def fates_of(paths, target=TARGET):
    """What becomes of each picture, the first being the plane, before anything is solved."""
    return {one.name: one.against.code if one.against else None for one in look_at(paths, target)}


@pytest.mark.parametrize(
    ("pixels", "code"),
    [
        (lambda: np.full(SIZE[::-1], 90, np.uint8), "cal_not_found"),
        (lambda: picture(**TILTED[0], psf_sigma_px=5.0), "cal_blurred"),
        (lambda: picture(**(TILTED[0] | {"roll_deg": 50.0}), psf_sigma_px=2.2), "cal_more_blurred"),
        (lambda: picture(**(TILTED[0] | {"roll_deg": 50.0}), white_gray=270.0), "cal_saturated"),
        (lambda: picture(**TILTED[0], seed=7), "cal_same_pose"),
    ],
    ids=["blank", "blurred", "blurred against the others", "saturated", "same pose"],
)
def test_a_picture_that_cannot_serve_is_left_out_with_its_reason(paths, tmp_path, several, pixels, code):
    assert fates_of([*paths, write(tmp_path / "bad.png", pixels())]) == {**fates(several), "bad.png": code}


def test_a_view_by_another_lens_is_left_out_and_the_others_are_solved(paths, tmp_path, several):
    bad = write(tmp_path / "bad.png", picture(**(TILTED[2] | {"roll_deg": 50.0}), focal_px=1350.0))
    result = calibrate([*paths, bad], TARGET, paths[0])
    assert fates(result) == {**fates(several), "bad.png": "cal_misfit"}
    assert result.file.made_from.pictures == 4
    assert result.file.model.focal_px == pytest.approx(several.file.model.focal_px)
    assert "cal_left_out" in codes(result)


def test_a_file_that_is_no_picture_is_left_out(paths, tmp_path):
    (tmp_path / "坏.png").write_bytes(b"no picture")
    found = fates_of([*paths, tmp_path / "坏.png", tmp_path / "gone.png"])
    assert [found[name] for name in ("坏.png", "gone.png")] == ["cal_unreadable"] * 2


def test_a_part_of_the_target_may_be_too_little(tmp_path):
    whole, corner = picture(CHARUCO, **PLANE), picture(CHARUCO, looks_at_mm=(1.0, 33.5))
    found = fates_of([write(tmp_path / "0.png", whole), write(tmp_path / "part.png", corner)], parse_target(CHARUCO))
    assert found == {"0.png": None, "part.png": "cal_few_points"}


@pytest.mark.parametrize("pixels", [np.full(SIZE[::-1], 90, np.uint8), picture(**PLANE, psf_sigma_px=5.0)])
def test_without_a_usable_plane_there_is_no_calibration(paths, tmp_path, pixels):
    plane = write(tmp_path / "plane.png", pixels)
    with pytest.raises(CalibrationError, match=r"plane\.png: the picture of the part's plane cannot be used: "):
        calibrate(paths[1:], TARGET, plane)


def test_no_target_in_any_view_is_refused(tmp_path):
    blank = [write(tmp_path / f"{name}.png", np.full(SIZE[::-1], 90, np.uint8)) for name in "ab"]
    with pytest.raises(CalibrationError, match=r"a\.png: the picture of the part's plane .* target not found"):
        calibrate(blank, TARGET, blank[0])


def test_a_plane_by_another_lens_is_refused(paths, tmp_path):
    plane = write(
        tmp_path / "plane.png", picture(**(PLANE | {"roll_deg": 20.0}), distortion=(-0.4, 0.1, 0.0, 0.0, 0.0))
    )
    with pytest.raises(CalibrationError, match=r"plane\.png: .* does not fit the camera that the other pictures show"):
        calibrate(paths[1:], TARGET, plane)


def test_mixed_sizes_are_refused_and_named(paths, tmp_path):
    small = write(tmp_path / "small.png", picture(**PLANE)[:-8])
    with pytest.raises(CalibrationError, match=r"not of one size.*: 480x400 px: 平面\.png, .*; 480x392 px: small\.png"):
        calibrate([*paths, small], TARGET, paths[0])


def jpeg(path, pixels, **tags):
    """A JPEG with EXIF tags: Model = 272, Orientation = 274."""
    exif, data = Image.Exif(), BytesIO()
    for tag, value in tags.items():
        exif[{"model": 272, "turn": 274}[tag]] = value
    Image.fromarray(pixels).save(data, "JPEG", quality=98, exif=exif)
    path.write_bytes(data.getvalue())
    return path


@pytest.fixture
def phone(tmp_path):
    """Three JPEGs by one camera: the plane, a view, and one that was turned upside down in the hand."""
    poses = [PLANE, TILTED[0], TILTED[1]]
    made = [jpeg(tmp_path / f"{i}.jpg", picture(**pose), model="Phone 1") for i, pose in enumerate(poses)]
    turned = jpeg(tmp_path / "turned.jpg", picture(**TILTED[2])[::-1, ::-1], model="Phone 1", turn=3)
    other = jpeg(tmp_path / "other.jpg", picture(**TILTED[3]), model="Phone 2")
    return [*made, turned, other]


def test_the_camera_is_the_one_that_the_pictures_name(phone):
    result = calibrate(phone, TARGET, phone[0])
    assert result.file.camera == "Phone 1"
    assert fates(result) == {
        **{f"{i}.jpg": None for i in range(3)},
        "turned.jpg": "cal_turned",
        "other.jpg": "cal_other_camera",
    }
    assert "cal_jpeg" in codes(result)
    with pytest.raises(CalibrationError, match=r"--camera 'top': the pictures name their camera 'Phone 1'"):
        calibrate(phone, TARGET, phone[0], Setup(camera="top"))


DESCRIPTION = 'schema = "cvinspect-target/1"\ntarget = "{word}"\nruler_mm = 100.0\nmeasured_x_mm = 97.0\n'


def test_a_board_printed_at_97_percent_is_right_with_its_check_ruler(tmp_path):
    text = DESCRIPTION.format(word=CHESS) + "measured_y_mm = 97.0\nu_measured_mm = 0.2\n"
    (tmp_path / "板.toml").write_text(text, "utf-8")
    target = read_target(str(tmp_path / "板.toml"))
    result = calibrate([write(tmp_path / "a.png", picture(**PLANE, stretch=0.97))], target)
    looks_at = tuple(TARGET.points_mm.mean(axis=0) * 0.97)
    assert np.abs(lengths_off(result.file.value(), camera(**PLANE, looks_at_mm=looks_at))).max() < 2e-3
    assert (result.file.made_from.print_scale, result.file.made_from.u_print_is_assumed) == (0.97, False)
    assert "cal_print_scale" in codes(result)


@pytest.fixture(scope="module")
def artefact(tmp_path_factory):
    return write(tmp_path_factory.mktemp("标准件") / "件.png", picture(CHARUCO, **(PLANE | {"roll_deg": 30.0})))


def test_verify_finds_a_good_calibration_good(several, artefact):
    (one,) = verify(several.file.value(), [artefact], parse_target(CHARUCO))
    assert one.holds
    assert abs(one.scale) < 1e-3
    assert one.allowed_scale == pytest.approx(2 * np.hypot(several.file.u_scale, ASSUMED_U_PRINT), rel=0.05)
    assert 40 <= one.points <= 48


@pytest.mark.parametrize(
    ("word", "stretch", "scale"), [("chess:9x7:5", 1.0, 0.25), (CHESS, 0.97, 1 / 0.97 - 1)], ids=["pitch", "97 %"]
)
def test_verify_finds_a_wrong_pitch_and_a_print_of_97_percent(tmp_path, artefact, word, stretch, scale):
    result = calibrate([write(tmp_path / "a.png", picture(**PLANE, stretch=stretch))], parse_target(word))
    (one,) = verify(result.file.value(), [artefact], parse_target(CHARUCO))
    assert (one.holds, one.scale_holds) == (False, False)
    assert one.scale == pytest.approx(scale, abs=2e-3)


def test_verify_finds_a_lens_that_changed(several, tmp_path):
    bent = (-0.9, 0.1, 1e-4, -2e-4, 0.0)
    path = write(tmp_path / "a.png", picture(CHARUCO, **PLANE, distortion=bent, distance_mm=138.0))
    (one,) = verify(several.file.value(), [path], parse_target(CHARUCO), u_print_scale=0.0)
    assert not one.holds
    assert one.scale_holds


def test_dots_are_verified_without_the_bias_of_their_tilt(several, tmp_path):
    tilt = {"tilt_x_deg": 30.0, "tilt_y_deg": 10.0, "roll_deg": 0.0}
    known = replace(several.file.value(), projection=camera(boards.DOTS, **tilt), field=None, u_scale=0.0)
    dots = write(tmp_path / "dots.png", picture(boards.DOTS, **tilt))
    (one,) = verify(known, [dots], parse_target(boards.DOTS), u_print_scale=0.0)
    assert abs(one.scale) < 1e-4
    assert one.holds
    assert abs(one.error_mm) < 0.05 * one.mm_per_px


def test_verify_says_what_it_could_not_measure(several, tmp_path):
    small = write(tmp_path / "small.png", picture(CHARUCO, **PLANE)[:-8])
    other = jpeg(tmp_path / "other.jpg", picture(CHARUCO, **PLANE), model="another")
    blank = write(tmp_path / "blank.png", np.full(SIZE[::-1], 90, np.uint8))
    found = verify(several.file.value(), [small, other, tmp_path / "gone.png", blank], parse_target(CHARUCO))
    assert [one.against.code for one in found] == [
        "cal_other_size",
        "cal_camera_not",
        "cal_unreadable",
        "cal_not_found",
    ]
    assert not any(one.holds for one in found)


def test_numbers_that_are_none_do_not_hold(several, artefact):
    (one,) = verify(several.file.value(), [artefact], parse_target(CHARUCO))
    assert not replace(one, error_mm=float("nan")).holds
    assert not replace(one, scale=float("nan")).holds


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_warning_has_its_words(several, lang):
    assert all("{" not in say(warning.code, warning.values, lang) for warning in several.warnings)


@pytest.mark.parametrize(
    ("setup", "message"),
    [
        (Setup(u_print_scale=float("nan")), "u_print_scale"),
        (Setup(height_mm=float("inf")), "height_mm"),
        (Setup(distance_mm=-1.0), "distance_mm"),
    ],
)
def test_a_setup_that_makes_no_sense_is_refused(paths, setup, message):
    with pytest.raises(CalibrationError, match=message):
        calibrate(paths, TARGET, paths[0], setup)


@pytest.mark.parametrize("bad", [cv2.error("no plane"), np.linalg.LinAlgError("singular")])
@pytest.mark.parametrize(("name", "code"), [("find_target", "cal_not_found"), ("look", "cal_not_sharp")])
def test_points_without_an_answer_are_said_in_words(paths, monkeypatch, name, code, bad):
    def fail(*_):
        raise bad

    monkeypatch.setattr(views, name, fail)
    assert fates_of(paths[:1]) == {"平面.png": code}


def test_a_camera_without_an_answer_is_refused_in_words(paths, monkeypatch):
    def fail(*_, **__):
        raise np.linalg.LinAlgError("singular")

    monkeypatch.setattr(sys.modules["cvinspect.calibration.calibrate"], "solve", fail)
    with pytest.raises(CalibrationError, match=r"no camera can be found .* \(singular\); take other pictures"):
        calibrate(paths[:1], TARGET)
