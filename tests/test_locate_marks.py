"""A part located by taught marks, against rendered truth."""

from dataclasses import replace

import numpy as np
import pytest
from turned_parts import drawn

from cvinspect.calibration import scale_calibration
from cvinspect.errors import PictureError
from cvinspect.locate import ByMarks, Mark, locate
from cvinspect.model import AS_DRAWN, Face, Frame, Pose

MM, SIZE = 0.05, (1240, 800)
CALIBRATION = scale_calibration(MM, SIZE).value()
HOLE = np.array([[-1.0, -0.8], [0.9, -1.0], [1.1, 0.7], [0.1, 1.2], [-0.9, 0.9]])
ELBOW = np.array([[-1, -1], [1.5, -1], [1.5, -0.3], [0, -0.3], [0, 1], [-1, 1.0]])
PLACES = ((14.0, 12.0), (47.0, 15.0), (18.0, 30.0))
SHAPES = (HOLE, 0.7 * HOLE, ELBOW)


def seen(pose=AS_DRAWN, without=None, seed=0, noise_gray=2.0, gain=1.0, moved=None):
    shapes = []
    for number, (place, shape) in enumerate(zip(PLACES, SHAPES, strict=True)):
        if number != without:
            beside = (moved or {}).get(number, (0.0, 0.0))
            shapes.append((pose.to_plane(shape + place + beside) / MM, 60.0 * gain))
    return drawn(shapes, SIZE, ground=150.0 * gain, seed=seed, noise_gray=noise_gray)


BY_MARKS = ByMarks(taught=seen(seed=99), marks=tuple(Mark(place, 4.0) for place in PLACES), turn_deg=6.0, shift_mm=4.0)
MIDDLE = tuple(np.mean(PLACES, axis=0))


@pytest.mark.parametrize(
    ("turn", "shift", "gain"), [(0.0, (0.013, 0.03), 1.0), (-5.4, (2.3, -1.7), 1.3), (3.3, (0, 2), 0.5)]
)
def test_marks_are_placed_to_a_tenth_of_a_pixel_whatever_the_exposure(turn, shift, gain):
    truth = Pose(turn, shift, 1.0, MIDDLE)
    face = Face("a", "1", ((10.0, 8.0), (50.0, 8.0), (50.0, 32.0)))
    found = locate(Frame(seen(truth, gain=gain, seed=1)), [face], CALIBRATION, BY_MARKS)
    corners = np.array(face.outline_mm)
    off = found.pose.to_plane(corners) - truth.to_plane(corners)
    assert np.hypot(*off.T).max() / MM <= 0.1
    assert np.hypot(*np.subtract(found.pose.shift_mm, shift)) <= 3 * found.pose.u_shift_mm <= 0.1 * MM
    assert abs(found.pose.turn_deg - turn) <= 3 * found.pose.u_turn_deg


@pytest.mark.soak
def test_the_stated_uncertainty_holds():
    rng, ratios = np.random.default_rng(4), []
    for number in range(40):
        truth = Pose(rng.uniform(-6, 6), tuple(rng.uniform(-3, 3, 2)), 1.0, MIDDLE)
        found = BY_MARKS(Frame(seen(truth, seed=number, noise_gray=rng.uniform(1, 8))), CALIBRATION)
        away = np.subtract(found.shift_mm, truth.shift_mm)
        ratios.append([*(away / found.u_shift_mm), (found.turn_deg - truth.turn_deg) / found.u_turn_deg])
    assert (np.abs(ratios) <= 2).mean() >= 0.93


def test_two_marks_are_enough_and_any_turn_can_be_allowed():
    two = replace(BY_MARKS, marks=BY_MARKS.marks[1:], turn_deg=180.0, shift_mm=1.0)
    truth = Pose(77.0, (0.4, -0.3), 1.0, tuple(np.mean(PLACES[1:], axis=0)))
    found = two(Frame(seen(truth)), CALIBRATION)
    np.testing.assert_allclose(
        found.to_plane(np.array(PLACES[1:])), truth.to_plane(np.array(PLACES[1:])), atol=0.1 * MM
    )


def test_a_scale_is_found_where_it_may_differ():
    truth = Pose(0.5, (0.2, 0.1), 1.006, MIDDLE)
    assert replace(BY_MARKS, scale=0.02)(Frame(seen(truth)), CALIBRATION).scale == pytest.approx(1.006, abs=1e-4)


BAD = {
    "nothing": (drawn([], SIZE, ground=150.0), "locate_mark", r"mark 1 is not found: .* 75 % are needed"),
    "black": (np.zeros(SIZE[::-1], np.uint8), "locate_mark", "mark 1 is not found"),
    "one is gone": (seen(without=1), "locate_mark", "mark 2 is not found"),
    "turned": (seen(Pose(6.4, (0, 0), 1.0, MIDDLE)), "locate_turned", "turned by 6.4"),
    "shifted": (seen(Pose(0.0, (4.02, 0), 1.0, MIDDLE)), "locate_shifted", "lies 4.02 mm from its place"),
    "one has moved": (seen(moved={2: (0.9, 0.0)}), "locate_mark|locate_marks_apart", "mark|marks"),
    "half out": (seen(Pose(0.0, (-16.0, 0.0))), "locate_mark", "is not found"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_show_the_marks_where_they_may_lie_is_refused(case):
    pixels, codes, words = BAD[case]
    with pytest.raises(PictureError, match=words) as caught:
        BY_MARKS(Frame(pixels), CALIBRATION)
    assert caught.value.code in codes.split("|")
