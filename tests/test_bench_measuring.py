"""The bench of measuring: does it draw, match and count rightly, what does it print, and does measuring pass it."""

import math
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cli import cli

from cvinspect.bench.bounds import RULES, Line, bound_lines, coverage_line
from cvinspect.bench.cells import MAIN, Cell, Condition, area_cells, disk_cells, jpeg_cells, line_cells
from cvinspect.bench.draws import QUANTITIES, draw
from cvinspect.bench.measuring import Result, bench_measuring, rows
from cvinspect.bench.peers import QUANTITY
from cvinspect.bench.shapes import disk, plate, stroke
from cvinspect.bench.sheet import sheets
from cvinspect.bench.summary import summed_up

SEED = 5


def cell(shape, family="disk", seen=MAIN):
    return Cell(family, "one", (shape,), seen)


@pytest.fixture(scope="module")
def tens():
    """Disks of 10 px."""
    return draw(cell(disk(10)), 40, SEED)


def test_every_object_is_found_measured_and_matched(tens):
    assert (len(tens), tens.missed, tens.pieces) == (40, 0, 0)
    for name in QUANTITIES:
        for measured in (tens.exact[name], tens.drawn[name]):
            assert np.isfinite(measured).all()
            np.testing.assert_allclose(measured[:, 0], tens.true[name], rtol=0.1)
    assert len(set(tens.exact["diameter"][:, 0])) == 40


def test_a_blur_that_is_off_shows_in_the_values(tens):
    moved = tens.drawn["diameter"][:, 0] - tens.exact["diameter"][:, 0]
    assert 0.003 < moved.std() < 0.05


def test_the_same_seed_draws_the_same(tens):
    again, other = draw(cell(disk(10)), 40, SEED), draw(cell(disk(10)), 40, SEED + 1)
    np.testing.assert_array_equal(again.drawn["diameter"], tens.drawn["diameter"])
    assert (other.drawn["diameter"] != tens.drawn["diameter"]).all()


def test_what_is_missed_is_counted_and_no_number():
    faint = draw(cell(disk(2), seen=Condition(0.8, 4.0, 12.0)), 20, SEED)
    assert faint.missed >= 15
    assert np.isnan(faint.exact["diameter"][:, 0]).sum() == faint.missed
    summary = summed_up(faint)
    assert summary.missed + summary.quantities["diameter"].exact.n == summary.draws == 20


def test_half_of_the_objects_are_dark_and_none_lies_alike():
    (sheet,) = sheets(cell(disk(20)), 100, np.random.default_rng(1))
    pixels = sheet.frame.pixels.astype(float) - 128
    squares = [
        pixels[row * sheet.pitch :, column * sheet.pitch :][: sheet.pitch, : sheet.pitch]
        for row, column in (divmod(index, sheet.columns) for index in range(100))
    ]
    assert 30 < sum(square.sum() < 0 for square in squares) < 70
    assert len({abs(square).tobytes() for square in squares}) == 100


def test_peers_see_the_same_pixels_through_a_fair_mask(tens):
    peers = summed_up(tens).peers
    assert set(peers) == set(QUANTITY)
    assert peers["skimage equivalent diameter"].bias == pytest.approx(-0.2, abs=0.15)
    assert peers["cv2 contourArea diameter"].bias == pytest.approx(-1.1, abs=0.2)
    thin = summed_up(draw(cell(stroke(60, 1), "straight"), 16, SEED))
    assert thin.peers["skimage feret_diameter_max"].n == 16
    assert abs(thin.peers["skimage feret_diameter_max"].bias) < 2


def test_every_condition_and_size_is_in_the_grid():
    cells = disk_cells() + area_cells() + line_cells() + jpeg_cells()
    assert len({(one.name, one.condition) for one in cells}) == len(cells)
    main = {one.name for one in cells if one.condition == MAIN}
    assert main >= {f"d {d}" for d in (2, 3, 4, 5, 7, 10, 20, 40)} | {
        f"L {n} w {w}" for n in (20, 60, 200) for w in (1, 2, 3, 5)
    }
    assert {one.condition.name for one in cells if not one.condition.jpeg} == {
        "0.8/2/60",
        "0.6/1/120",
        "0.8/2/20",
        "1.2/4/60",
    }
    assert {one.condition.jpeg for one in jpeg_cells()} == {95, 90, 80}


def test_a_compressed_picture_says_so():
    (sheet,) = sheets(cell(disk(5), seen=Condition(0.8, 2.0, 60.0, jpeg=90)), 4, np.random.default_rng(1))
    assert sheet.frame.jpeg_quality == 90


@pytest.mark.parametrize(
    ("reached", "least", "met"),
    [
        *[(1.0, None, True), (-1.0, None, True), (1.01, None, False), (-1.01, None, False)],
        *[(0.95, 0.93, True), (0.92, 0.93, False), (1.01, 0.93, False)],
        *[(None, None, False), (math.nan, None, False), (math.nan, 0.93, False)],
    ],
)
def test_a_bound_is_met_only_by_a_number_within_it(reached, least, met):
    assert Line("x", "px", 1.0, reached, least=least).met is met


def test_the_worst_cell_counts_and_a_number_missing_is_the_worst(tens):
    good = replace(summed_up(tens), size_px=10.0)
    worse = replace(
        good,
        name="worse",
        quantities={n: replace(q, exact=replace(q.exact, bias=-0.5)) for n, q in good.quantities.items()},
    )
    none = replace(
        good,
        name="none",
        quantities={n: replace(q, exact=replace(q.exact, bias=math.nan)) for n, q in good.quantities.items()},
    )
    (rule,) = [rule.name for rule in RULES if "bias" in rule.name and rule.only == "diameter"]
    for cells, at in (([good], "one"), ([worse, good], "worse"), ([good, none, worse], "none")):
        (line,) = [line for line in bound_lines(cells, "diameter") if line.name == rule]
        assert line.at == at
    assert not line.met


def test_coverage_is_over_all_draws_and_names_the_worst_cell(tens):
    good = summed_up(tens)
    bad = replace(good, name="bad", quantities={n: replace(q, covered=20) for n, q in good.quantities.items()})
    line = coverage_line([good, bad], "width")
    assert line.reached == pytest.approx(100 * (good.quantities["width"].covered + 20) / 80)
    assert line.at == "worst bad 0.8/2/60"
    assert not coverage_line([], "width").met


def test_the_tables_hold_every_figure_and_stay_narrow(tens):
    summary = summed_up(tens)
    lines = (*bound_lines([summary], "diameter"), coverage_line([summary], "area"))
    text = list(rows(Result(40, SEED, True, 1.0, (summary,), (), (), lines)))
    assert max(map(len, text)) <= 120
    assert {"PASS", "MISS"} & set(" ".join(text).split())
    assert sum("cv2 contourArea diameter" in row for row in text) == 1
    assert [row for row in text if row.startswith("one ") and "0.8/2/60" in row]


def test_the_command_ends_with_1_where_a_bound_is_missed_and_prints_one_json_object(monkeypatch):
    def small(draws, seed, only, quick):
        cells = [summed_up(draw(Cell("area", "plate", (plate(20, 10),), MAIN), draws, seed))]
        return Result(draws, seed, quick, 0.1, tuple(cells), (), (), (Line("x", "px", 1.0, math.nan),))

    monkeypatch.setattr("cvinspect.bench.measuring.bench_measuring", small)
    done = cli("bench", "measuring", "--draws", "10", "--only", "area", "--seed", "3", "--json")
    (result,) = done.lines
    assert (done.code, result["met"], result["seed"], result["draws"]) == (1, False, 3, 10)
    assert result["bounds"][0] == {**result["bounds"][0], "reached": None, "met": False}
    assert set(result["cells"][0]["quantities"]) == set(QUANTITIES)


@pytest.mark.parametrize("words", [["--only", "height"], ["--draws", "3"], ["--seed", "-1"]])
def test_a_wrong_option_is_refused(words):
    assert cli("bench", "measuring", *words).code == 2


# What 60 draws scatter: 3 standard errors, of an RMSE 1 / sqrt(2 n) of it, of a bias RMSE / sqrt(n).
DRAWS = 60
SLACK = 1 + 3 / math.sqrt(2 * DRAWS)


def few(shape, family):
    return summed_up(draw(cell(shape, family), DRAWS, SEED)).quantities


@pytest.mark.parametrize("diameter", [5, 10])
def test_diameters_keep_their_bounds(diameter):
    got = few(disk(diameter), "disk")["diameter"]
    assert abs(got.exact.bias) <= 0.02 + 3 * got.bound / math.sqrt(DRAWS)
    assert got.ratio <= 1.5 * SLACK
    assert got.ratio_fitted <= 1.15 * SLACK


def test_areas_keep_their_bound():
    assert few(plate(20, 10), "area")["area"].exact.rmse <= 0.01 * SLACK


@pytest.mark.parametrize(
    ("shape", "family", "bound"), [(stroke(60, 3), "straight", 0.35), (stroke(60, 2, 1.0), "arc", 0.6)]
)
def test_lengths_and_widths_keep_their_bounds(shape, family, bound):
    got = few(shape, family)
    assert got["length"].exact.rmse <= bound * SLACK
    assert got["width"].exact.rmse <= 0.05 * SLACK


@pytest.mark.soak
def test_every_bound_is_met():
    result = bench_measuring()
    assert [line for line in result.bounds if not line.met] == []
    assert len(result.cells) > 100


@pytest.mark.soak
@pytest.mark.parametrize(("told", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_can_be_stopped_and_leaves_no_process(told, code):
    command = [sys.executable, "-m", "cvinspect", "bench", "measuring", "--only", "length"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr.readline().startswith("bench: ")
        time.sleep(4)
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
        running.send_signal(told)
        out, err = running.communicate(timeout=20)
    assert (running.returncode, out, "Traceback" in err) == (code, "", False)
    assert children
    time.sleep(2)
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []
