"""Targets are named in one word, and drawn as OpenCV expects them."""

import cv2
import numpy as np
import pytest

from cvinspect.calibration.target import FORMS, Pattern, parse_target
from cvinspect.errors import CalibrationError

WORDS = {
    "charuco:7x5:15:11:DICT_4X4_250": (24, 75.0, 15.0),
    "chess:9x6:20": (54, 160.0, 20.0),
    "dots:19x13:10:5": (247, 180.0, 10.0),
    "dots-hex:14x12:12:8": (168, 162.0, 12.0),
    "dots-asym:4x11:15:10": (44, 105.0, 21.2132),
    "squares:6x4:20:15": (96, 195.0, 15.0),
}
BAD = {
    "": "is no kind of target; give one of charuco:COLSxROWS",
    "chess": "the form is chess:COLSxROWS:SQUAREmm, sizes in mm, as chess:9x6:20",
    "chess:9x6": "the form is chess",
    "chess:9x6:20:5": "the form is chess",
    "chess:9:20": "the form is chess",
    "chess:9x6:-20": "the form is chess",
    "chess:9x6:0": "the form is chess",
    "chess:9x6:nan": "the form is chess",
    "chess:9x6:20cm": "the form is chess",
    "chess:1x6:20": "1x6 is too few",
    "dots:900x900:1:0.5": "810000 points are too many",
    "dots:9x9:10:10": "disks of 10 mm touch each other",
    "dots-asym:4x11:10:15": "disks of 15 mm touch each other",
    "charuco:7x5:15:11": "the form is charuco",
    "charuco:7x5:15:15:DICT_4X4_250": "a marker of 15 mm does not fit into its square",
    "charuco:7x5:15:11:DICT_4X4_999": "OpenCV has no dictionary 'DICT_4X4_999'; it has",
    "charuco:20x20:15:11:DICT_4X4_50": "needs 200 markers, DICT_4X4_50 has 50",
    "棋盘:9x6:20": "'棋盘' is no kind of target",
}


@pytest.mark.parametrize("word", WORDS)
def test_a_word_names_a_target_and_is_named_by_it(word):
    target = parse_target(word)
    assert target.word == word
    assert parse_target(target.word) == target
    points = target.points_mm
    apart = np.linalg.norm(points[:, None] - points, axis=2)[~np.eye(len(points), dtype=bool)]
    assert (len(points), points[:, 0].max()) == (WORDS[word][0], pytest.approx(WORDS[word][1]))
    assert apart.min() == pytest.approx(WORDS[word][2], abs=1e-3)
    np.testing.assert_array_equal(points[0], 0)


def test_every_kind_is_tried():
    assert {parse_target(word).pattern for word in WORDS} == set(Pattern) == set(FORMS)


@pytest.mark.parametrize("word", BAD)
def test_a_word_that_names_nothing_is_refused(word):
    with pytest.raises(CalibrationError, match=r"^target ") as refused:
        parse_target(word)
    assert BAD[word] in str(refused.value)


def test_sizes_may_carry_their_unit():
    assert parse_target("chess:9X6:20mm") == parse_target("chess:9x6:20")


def drawn(target, px_per_mm=10, margin_mm=20):
    points = target.polygons_mm().reshape(-1, 2) if len(target.polygons_mm()) else target.disks_mm()[:, :2]
    low, high = points.min(axis=0) - margin_mm, points.max(axis=0) + margin_mm
    picture = np.full(np.ceil((high - low) * px_per_mm).astype(int)[::-1], 255, np.uint8)
    for polygon in target.polygons_mm():
        cv2.fillPoly(picture, [np.round(((polygon - low) * px_per_mm - 0.5) * 16).astype(np.int32)], 0, shift=4)
    return picture, lambda places: (places - low) * px_per_mm - 0.5


@pytest.mark.parametrize("word", ["charuco:7x5:15:11:DICT_4X4_250", "charuco:8x6:12:8:DICT_5X5_100"])
def test_opencv_finds_what_is_drawn_of_a_charuco_board(word):
    target = parse_target(word)
    picture, to_px = drawn(target)
    corners, ids = cv2.aruco.CharucoDetector(target.board()).detectBoard(cv2.GaussianBlur(picture, (0, 0), 1))[:2]
    assert sorted(ids.ravel()) == list(range(len(target.points_mm)))
    np.testing.assert_allclose(corners.reshape(-1, 2), to_px(target.points_mm[ids.ravel()]), atol=1.0)


def test_opencv_finds_what_is_drawn_of_a_chessboard():
    target = parse_target("chess:7x5:12")
    picture, to_px = drawn(target)
    found, corners = cv2.findChessboardCornersSB(cv2.GaussianBlur(picture, (0, 0), 1), (7, 5))
    assert found
    near = np.linalg.norm(corners.reshape(-1, 1, 2) - to_px(target.points_mm), axis=2)
    assert near.min(axis=1).max() < 1.0


def test_the_print_scale_scales_everything():
    target = parse_target("squares:3x2:20:15")
    shrunk = type(target)(**{**{name: getattr(target, name) for name in target.__slots__}, "print_scale": 0.97})
    np.testing.assert_allclose(shrunk.points_mm, target.points_mm * 0.97)
    np.testing.assert_allclose(shrunk.polygons_mm(), target.polygons_mm() * 0.97)
    assert shrunk.word == target.word
