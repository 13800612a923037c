"""Does the bench of the calibration measure what it says: its truth, its peers, its bounds?"""

import numpy as np
import pytest

from cvinspect.bench.calibration import FLAT, OPENCV, Camera, Row, calibration_cells, flat_map, mapping_time, opencv_map
from cvinspect.bench.calibration import _as_numbered as as_numbered
from cvinspect.calibration.solve import View
from cvinspect.calibration.target import parse_target

TARGET = parse_target("chess:11x9:5")


@pytest.fixture(scope="module")
def rows():
    return {row.name: row for row in calibration_cells(1, quick=True)}


def test_the_bounds_are_met(rows):
    assert len(rows) == 9
    assert [row.name for row in rows.values() if not row.met] == []
    bounds = {(row.unit, "alone" in name, name[-3:]): row.bound for name, row in rows.items()}
    assert bounds == {
        ("px", False, "rms"): 0.01,
        ("px", False, "max"): None,
        ("px", True, "rms"): 0.02,
        ("px", True, "max"): 0.1,
        ("ms", False, " mm"): 0.5,
    }


def test_ours_is_nearer_than_the_peers(rows):
    for row in (row for row in rows.values() if row.name.endswith("rms")):
        assert row.ours < row.peers[OPENCV] < row.peers[FLAT]


def truth():
    return Camera(0.5).over(TARGET, (4.0, -3.0, 10.0), np.zeros(2))


def test_a_board_that_was_numbered_from_its_other_end_is_held_against_its_own_truth():
    printed = TARGET.points_mm
    shot = as_numbered(View("turned", truth().to_px(printed)[::-1], printed), printed, truth())
    np.testing.assert_allclose(shot.truth.to_px(printed), shot.view.points_px, atol=1e-6)


def test_the_peers_are_exact_where_they_describe_the_camera():
    printed, camera = TARGET.points_mm, Camera(0.5)
    turns = ((0.0, 0.0, 0.0), (20.0, 0.0, 0.0), (0.0, 20.0, 0.0), (-15.0, 15.0, 0.0))
    views = [View("", camera.over(TARGET, turn, np.zeros(2)).to_px(printed), printed) for turn in turns]
    inner = views[0].points_px
    assert np.abs(opencv_map(views, camera.size_px)(inner) - printed).max() < 0.001
    assert np.abs(flat_map(views[0])(inner) - printed).max() > 0.005
    straight = View("", printed @ [[20.0, 1.0], [-1.0, 21.0]] + 40, printed)
    assert np.abs(flat_map(straight)(straight.points_px) - printed).max() < 1e-9


def test_mapping_is_timed():
    row = mapping_time()
    assert (row.unit, row.bound) == ("ms", 0.5)
    assert all(0.001 < each < 100 for each in (row.ours, *row.peers.values()))


def test_what_is_no_number_is_not_met():
    assert not Row("", "px", float("nan"), 0.1).met
    assert not Row("", "px", 0.2, 0.1).met
    assert Row("", "px", 0.2, None).met


@pytest.mark.soak
def test_the_bounds_are_met_by_the_whole_camera():
    assert [row.name for row in calibration_cells(2, quick=False) if not row.met] == []
