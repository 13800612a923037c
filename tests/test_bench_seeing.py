"""The bench of seeing: does it draw what it says, count rightly, and hold the figures against the bounds."""

import numpy as np
import pytest
from cli import cli

from cvinspect.bench.seeing import Seeing, bench_seeing, rows
from cvinspect.bench.seeing_cells import Cell, Found, matched, near_any, run_cell
from cvinspect.bench.seeing_cost import Speed, naive
from cvinspect.bench.seeing_frames import LEVEL_GRAY, Drawn, Object, blank, camera, strewn
from cvinspect.bench.seeing_misses import Misses
from cvinspect.model import Kind, Region
from cvinspect.pictures import read_picture

SPECK, LINE = Object("speck", 10, 10, 60.0), Object("line", 100, 1, 60.0)
MIDDLE, ALONG = np.array([[300.0, 200.0]]), np.stack([np.arange(100.0, 200), np.full(100, 50.0)], axis=1)


def box(left, top, width, height):
    right, bottom = left + width - 1, top + height - 1
    return Region(Kind.FOREIGN_MATTER, np.array([[left, top], [right, top], [right, bottom], [left, bottom]]), 1, 9.0)


@pytest.fixture(scope="module")
def plain():
    return blank(3)


def test_a_blank_has_the_texture_and_the_noise_that_it_says(plain):
    middle = plain[924:1124, 1124:1324]
    marks = middle - middle.mean()
    assert abs(middle.mean() - LEVEL_GRAY) < 10
    assert 1.2 < (marks - marks.mean(axis=1, keepdims=True)).std() < 1.7
    noise = camera(plain, 3).pixels - plain
    assert noise.std() == pytest.approx(np.hypot(2.0, 12**-0.5), rel=0.01)


def test_objects_lie_where_it_says(plain):
    marked = plain.copy()
    drawn = strewn(marked, [SPECK, LINE] * 20, 5)
    for one in drawn:
        x, y = np.round(one.points_px[len(one.points_px) // 2]).astype(int)
        assert abs(marked[y, x] - plain[y, x]) > 15
    assert len({float(marked[int(d.points_px[0, 1]), int(d.points_px[0, 0])]) for d in drawn}) == 40


@pytest.mark.parametrize(
    ("points", "one", "regions", "expected"),
    [
        (MIDDLE, SPECK, [], 0),
        (MIDDLE, SPECK, [box(296, 196, 8, 8)], 1),
        (MIDDLE, SPECK, [box(276, 176, 80, 80)], 0),  # much larger than the speck
        (MIDDLE, SPECK, [box(320, 196, 8, 8)], 0),
        (ALONG, LINE, [box(100, 49, 40, 3)], 0),
        (ALONG, LINE, [box(100, 49, 55, 3)], 1),
        (ALONG, LINE, [box(100, 49, 30, 3), box(140, 50, 30, 3)], 2),
        (ALONG, LINE, [box(100, 55, 100, 3)], 0),
    ],
)
def test_found_is_what_a_finding_of_its_size_lies_on(points, one, regions, expected):
    assert len(matched([Drawn(one, points)], regions)[0]) == expected


def test_a_finding_beside_every_object_is_false():
    regions = [box(296, 196, 8, 8), box(600, 196, 8, 8)]
    assert near_any([Drawn(SPECK, MIDDLE)], regions) == {0}


def test_clear_objects_are_found_and_what_is_not_there_is_not():
    strong = run_cell(Cell("speck", "d 10", (SPECK,), 0.95), 20, 1)
    assert (strong.found, sum(strong.kinds.values())) == (20, 20)
    assert strong.false <= 2
    nothing = run_cell(Cell("speck", "d 3", (Object("speck", 3, 3, 0.0),), 0.95), 20, 1)
    assert nothing.found <= 1


def test_the_naive_pipeline_finds_what_is_clear(plain):
    marked = plain.copy()
    strewn(marked, [SPECK] * 30, 5)
    assert 30 <= naive(camera(marked, 3)) < 60


def test_every_bound_is_held_against_the_figures():
    def met(blanks=(1, 2), found=95, ratio=0.9):
        cell = Found("speck", "d 4", 100, found, 0, {"foreign_matter": found}, 0.95)
        return Seeing(100, 1, 1.0, blanks, (cell,), (), (Speed("blank", 9.0, 10.0, ratio, 0, 0),), ()).met

    assert met()
    assert not met(blanks=(0, 6))
    assert not met(found=94)
    assert not met(ratio=1.01)


def test_the_same_seed_draws_the_same():
    told = [bench_seeing(10, 4, "speck").cells for _ in range(2)]
    assert told[0] == told[1]
    assert [cell.drawn for cell in told[0]] == [10] * 6


def test_the_table_shows_bounds_cells_and_kinds():
    cell = Found("scratch", "w 1", 150, 75, 2, {"scratch": 70, "foreign_matter": 5}, 0.95)
    text = "\n".join(rows(Seeing(150, 1, 1.0, (0, 3), (cell,), (), (), ())))
    for words in (
        "50.000  MISS",
        "3.000  PASS worst of 2",
        "75 of 150",
        "foreign_matter 5, scratch 70",
        "1 of 2 missed",
    ):
        assert words in text


def test_the_command_says_by_its_exit_code_whether_the_bounds_are_met():
    done = cli("bench", "seeing", "--only", "dent", "--objects", "10", "--json")
    (told,) = done.lines
    assert done.code == (0 if told["met"] else 1)
    assert [cell["family"] for cell in told["cells"]] == ["dent"] * 4


def test_what_is_missed_is_shown_at_its_place(tmp_path):
    line = Object("line", 100, 1, 0.0)  # nothing to be seen: all are missed
    misses = Misses()
    run_cell(Cell("line", "unseen", (line,), None), 3, 1, misses)
    (path,) = misses.write(tmp_path / "漏检")
    sheet = read_picture(path).pixels
    above, below = np.split(sheet, 2)
    places = np.flatnonzero((above != below).any(axis=(0, 2)))
    assert path.name == "line-unseen.png"
    assert [len(set(places // (sheet.shape[1] // 3))), np.ptp(places) > 2 * sheet.shape[1] / 3] == [3, True]
    assert Misses().write(tmp_path) == []
