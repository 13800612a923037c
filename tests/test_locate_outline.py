"""A part located by its outline, against rendered truth: to a tenth of a pixel, within its own uncertainty, or not."""

import re
from dataclasses import replace

import cv2
import numpy as np
import pytest
from turned_parts import Disk, disk, drawn

from cvinspect.calibration import scale_calibration
from cvinspect.errors import PictureError
from cvinspect.locate import ByOutline, locate
from cvinspect.model import Face, Frame, Pose
from cvinspect.words import say

MM, SIZE = 0.05, (1240, 900)
CALIBRATION = scale_calibration(MM, SIZE).value()
CORNERS = np.array([[6, 9], [56, 9], [56, 27], [43, 31], [43, 38], [6, 38]], float)  # 1000 px long, fits itself nowhere
MIDDLE = (29.0, 23.0)
BY_OUTLINE = ByOutline(outline_mm=tuple(map(tuple, CORNERS.tolist())), turn_deg=8.0, shift_mm=4.0)
FACE = Face("front", "1", ((10.0, 12.0), (50.0, 12.0), (50.0, 25.0), (10.0, 35.0)))


def seen(pose=None, corners=CORNERS, size=SIZE, part=150.0, ground=40.0, more=(), **how):
    placed = (pose or Pose()).to_plane(corners) / MM
    return Frame(drawn([(placed, part), *more], size, ground=ground, **how))


@pytest.mark.parametrize("turn", [0.0, 2.3, -7.1])
@pytest.mark.parametrize("levels", [(150.0, 40.0), (40.0, 150.0)])
def test_every_corner_is_placed_to_a_tenth_of_a_pixel(turn, levels):
    truth = Pose(turn, (0.317, -0.881), 1.0, MIDDLE)
    found = locate(seen(truth, part=levels[0], ground=levels[1]), [FACE], CALIBRATION, BY_OUTLINE)
    off = found.pose.to_plane(CORNERS) - truth.to_plane(CORNERS)
    assert np.hypot(*off.T).max() / MM <= 0.1
    assert abs(found.pose.turn_deg - turn) <= max(3 * found.pose.u_turn_deg, 0.002) <= 0.01
    np.testing.assert_allclose(found.to_mm(found.outlines_px[0]), FACE.outline_mm, atol=1e-9)


@pytest.mark.soak
def test_the_stated_uncertainty_holds():
    rng = np.random.default_rng(3)
    ratios = []
    for number in range(60):
        truth = Pose(rng.uniform(-7, 7), tuple(rng.uniform(-1, 1, 2)), 1.0, MIDDLE)
        found = BY_OUTLINE(seen(truth, noise_gray=rng.uniform(1, 6), seed=number), CALIBRATION)
        middle = np.array([MIDDLE])
        away = (found.to_plane(middle) - truth.to_plane(middle))[0]
        ratios.append([*(away / found.u_shift_mm), (found.turn_deg - truth.turn_deg) / found.u_turn_deg])
    assert (np.abs(ratios) <= 2).mean() >= 0.93


def test_any_turn_is_found_where_the_recipe_allows_it():
    corners = np.array([[20, 12], [45, 12], [45, 24], [30, 24], [30, 32], [20, 32]], float)
    anyhow = ByOutline(outline_mm=tuple(map(tuple, corners.tolist())), turn_deg=180.0, shift_mm=4.0)
    middle = anyhow.nominal.middle_mm
    for turn in (-179.0, -91.0, 45.0, 133.0):
        truth = Pose(turn, (0.5, 0.2), 1.0, middle)
        found = anyhow(seen(truth, corners), CALIBRATION)
        np.testing.assert_allclose(found.to_plane(corners), truth.to_plane(corners), atol=0.1 * MM)


def test_a_scale_is_found_where_it_may_differ_and_refused_where_not():
    truth = Pose(1.0, (0.2, 0.1), 1.01, MIDDLE)
    found = replace(BY_OUTLINE, scale=0.02)(seen(truth), CALIBRATION)
    assert found.scale == pytest.approx(1.01, abs=1e-4)
    with pytest.raises(PictureError, match=r"101.00 % of its size"):
        replace(BY_OUTLINE, scale=0.005)(seen(truth), CALIBRATION)
    with pytest.raises(PictureError, match="of the outline lies within"):
        replace(BY_OUTLINE, misfit_mm=0.1)(seen(Pose(0.0, (0.0, 0.0), 1.02, MIDDLE)), CALIBRATION)


def test_flash_and_a_chipped_edge_do_not_move_the_part():
    truth = Pose(1.0, (0.3, 0.2), 1.0, MIDDLE)
    flash = np.array([[20, 9.1], [26, 9.1], [24, 8.2], [21, 8.2]])
    chip = np.array([[6, 28], [7.5, 29], [7.5, 33], [6, 34.5]]) - [0.2, 0]
    more = [(truth.to_plane(flash) / MM, 150.0), (truth.to_plane(chip) / MM, 40.0)]
    found = BY_OUTLINE(seen(truth, more=more), CALIBRATION)
    np.testing.assert_allclose(found.to_plane(CORNERS), truth.to_plane(CORNERS), atol=0.1 * MM)


def test_a_disk_is_placed_and_its_turn_is_not_claimed():
    center, radius = np.array([30.0, 22.0]), 8.0
    round_part = ByOutline(outline_mm=tuple(map(tuple, disk(center, radius).tolist())), is_round=True)
    shifted = Disk((center + np.array([0.4, -1.1])) / MM, radius / MM)
    found = round_part(Frame(drawn([(shifted, 30.0)], SIZE, ground=180.0)), CALIBRATION)
    assert (found.turn_deg, found.u_turn_deg) == (0.0, 0.0)
    np.testing.assert_allclose(found.shift_mm, [0.4, -1.1], atol=0.1 * MM)


def blank(gray=90.0, noise=2.0):
    return Frame(drawn([], SIZE, ground=gray, noise_gray=noise))


BAD = {
    "empty": (blank(), "locate_missing", "no part stands out"),
    "noise alone": (blank(noise=25.0), "locate_missing|locate_area", "no part stands out|of the part's area"),
    "black": (blank(0.0, 0.0), "locate_missing", "no part stands out"),
    "half out": (seen(Pose(0.0, (-28.0, 0.0))), "locate_cut_off", "% of the part is in the picture|of the part's area"),
    "a tenth out": (seen(Pose(0.0, (-8.0, 0.0))), "locate_cut_off", "% of the part is in the picture"),
    "shifted too far": (seen(Pose(0.0, (5.0, -3.0))), "locate_shifted", "5.83 mm from its place, 4 mm are allowed"),
    "another shape": (
        seen(corners=np.array([[6, 9], [56, 9], [56, 38], [6, 38.0]])),
        "locate_other_area",
        "other side of its outline",
    ),
    "a smaller part": (seen(corners=CORNERS * 0.5), "locate_area", "has 25 % of the part's area"),
    "a disk": (
        Frame(cv2.circle(np.full(SIZE[::-1], 40, np.uint8), (600, 450), 380, 150.0, -1)),
        "locate_shape",
        "of the outline lies within",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_not_the_part_as_it_may_lie_is_refused_with_figures(case):
    frame, code, words = BAD[case]
    with pytest.raises(PictureError, match=words) as caught:
        BY_OUTLINE(frame, CALIBRATION)
    assert re.fullmatch(code, caught.value.code)
    for lang in ("en", "zh"):
        assert re.search(r"\d", say(caught.value.code, {"message": "", **caught.value.values}, lang))


def test_a_part_turned_beyond_its_range_is_told_so():
    small = np.array([[20, 12], [45, 12], [45, 24], [30, 24], [30, 32], [20, 32]], float)
    by_outline = replace(BY_OUTLINE, outline_mm=tuple(map(tuple, small.tolist())))
    middle = by_outline.nominal.middle_mm
    for turn in (9.0, -40.0, 170.0):
        with pytest.raises(PictureError, match=f"turned by {turn:.1f}.* degrees, 8 are allowed"):
            by_outline(seen(Pose(turn, (0.0, 0.0), 1.0, middle), small), CALIBRATION)


def test_a_colour_or_16_bit_frame_gives_the_same_pose():
    grey = seen(Pose(2.0, (0.3, 0.1), 1.0, MIDDLE))
    colour = Frame(cv2.cvtColor(grey.pixels, cv2.COLOR_GRAY2BGR))
    deep = Frame(grey.pixels.astype(np.uint16) * 257)
    for frame in (colour, deep):
        assert BY_OUTLINE(frame, CALIBRATION).shift_mm == pytest.approx(BY_OUTLINE(grey, CALIBRATION).shift_mm)
