"""Photographs that nobody in this project took: as near as OpenCV, and views that were left out are predicted."""

import importlib.util
import os
import sys
from pathlib import Path

import numpy as np
import pytest


def script(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = script(Path(__file__).resolve().parents[1] / "scripts" / "real_data" / "calibrations.py")
DATA = Path(os.environ.get("CVINSPECT_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
CHESS, SQUARES, DOTS, ZHANG = made.SETS
# views; px that the common camera, and that a view left out, may be off: blurred, compressed photographs of paper
EXPECTED = {CHESS: (13, 0.2, 0.4), SQUARES: (14, 0.5, 0.8), DOTS: (7, 0.3, 0.5), ZHANG: (5, 0.5, 0.8)}
QUICK_AND_SOAK = [name if name == CHESS else pytest.param(name, marks=pytest.mark.soak) for name in made.SETS]


@pytest.fixture(scope="module")
def sets():
    if not (DATA / "calibration_boofcv").is_dir():
        pytest.skip(f"no photographs in {DATA / 'calibration_boofcv'}")
    known = {}

    def one(name):
        if name not in known:
            known[name] = made.solved(made.found(DATA / "calibration_boofcv" / name, made.SETS[name]))
        return known[name]

    return one


@pytest.mark.parametrize("name", QUICK_AND_SOAK)
def test_all_views_are_used_and_as_near_as_opencv(sets, name):
    one, solution = sets(name)
    views, most, _ = EXPECTED[name]
    assert (len(one.views), one.refused, solution.alone) == (views, {}, False)
    assert solution.rms_px < most
    assert solution.rms_px < 1.1 * made.opencv_rms_px(one, solution)
    assert sum(view.outliers for view in solution.views) < 0.05 * sum(view.points for view in solution.views)


@pytest.mark.parametrize("name", QUICK_AND_SOAK)
def test_a_view_that_was_left_out_is_predicted(sets, name):
    one, _ = sets(name)
    errors = [made.predicted(one, index) for index in range(1, len(one.views), 7)]
    in_px, in_mm = (np.concatenate([pair[axis] for pair in errors]) for axis in (0, 1))
    assert made.rms(in_px) < EXPECTED[name][2]
    assert 0.03 < made.rms(in_mm) / made.rms(in_px) < 1.2


@pytest.mark.soak
@pytest.mark.parametrize("name", made.SETS)
def test_the_table_has_a_line_for_every_set(sets, name):
    assert made.row(sets(name)[0]).startswith(name)
