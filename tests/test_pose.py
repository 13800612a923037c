"""The pose between a part's mm and the calibrated plane's, and what follows it."""

import numpy as np
import pytest

from cvinspect.calibration import scale_calibration
from cvinspect.locate import placed
from cvinspect.model import AS_DRAWN, Face, Pose

CALIBRATION = scale_calibration(0.05, (240, 180)).value()
SQUARE = np.array([[2.0, 1.0], [6.0, 1.0], [6.0, 5.0], [2.0, 5.0]])
FACE = Face("a", "1", tuple(map(tuple, SQUARE.tolist())))


def test_a_quarter_turn_brings_x_to_y_about_its_own_centre():
    pose = Pose(90.0, (0.5, -0.25), 1.0, (4.0, 3.0))
    np.testing.assert_allclose(pose.to_plane(SQUARE), np.roll(SQUARE, -1, axis=0) + pose.shift_mm, atol=1e-12)


@pytest.mark.parametrize("pose", [AS_DRAWN, Pose(17.0, (0.3, -2.0), 1.02, (4.0, 3.0)), Pose(-178.0, (5.0, 1.0), 0.97)])
def test_there_and_back(pose):
    placement = placed([FACE], CALIBRATION, pose)
    np.testing.assert_allclose(pose.to_part(pose.to_plane(SQUARE)), SQUARE, atol=1e-12)
    np.testing.assert_allclose(placement.to_px(SQUARE), placement.outlines_px[0], atol=1e-9)
    np.testing.assert_allclose(placement.to_mm(placement.outlines_px[0]), SQUARE, atol=1e-9)


def test_knobs_in_mm_keep_the_calibrations_scale_whatever_the_poses():
    assert placed([FACE], CALIBRATION, Pose(scale=1.05)).mm_per_px == 0.05
