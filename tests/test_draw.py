"""Overlays: what they must never hide, what they must show, and that many marks and large pictures stay cheap."""

import itertools
import time
from datetime import UTC, datetime

import numpy as np
import pytest

from cvinspect import draw
from cvinspect.draw import marks, tags, view
from cvinspect.model import Blob, Calibration, Face, Finding, Kind, Measured, Outcome, Placement, Reading, Reason

MM = 0.05


def placement(width, height, mm_per_px=MM):
    made, until = datetime(2025, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    calibration = Calibration(mm_per_px, 0.001, (width, height), made, until)
    edge = np.array([[10, 10], [width - 11, 10], [width - 11, height - 11], [10, height - 11]], dtype=float)
    return Placement(calibration, (Face("正面", "A"),), (edge,))


def box(number, x, y, width, height, **more):
    """A blob whose outline runs through the border pixels of a box; x, y, width, height in px."""
    corners = ((x, y), (x + width - 1, y), (x + width - 1, y + height - 1), (x, y + height - 1))
    outline = tuple((MM * a, MM * b) for a, b in corners)
    center = (MM * (x + width / 2), MM * (y + height / 2))
    return Blob(number, Kind.FOREIGN_MATTER, ("正面",), center, outline_mm=outline, **more)


def finding(outcome, *blobs):
    return Finding("r", blobs, outcome, (Reading("stated", outcome),), Reason.of("size_fail"))


def noise(height, width, depth=np.uint8, colour=False):
    shape = (height, width, 3) if colour else (height, width)
    return np.random.default_rng(3).integers(0, np.iinfo(depth).max, shape, dtype=depth)


def shown(canvas, outcome, within=...):
    """How many pixels have exactly the outcome's colour."""
    return int((canvas[within] == draw.COLOURS[outcome]).all(axis=-1).sum())


BLOBS = (box(1, 100, 100, 12, 9), box(2, 150, 104, 60, 2), box(3, 116, 99, 5, 5), box(4, 0, 300, 8, 8))
FINDINGS = (finding(Outcome.FAIL, 1), finding(Outcome.REVIEW, 2), finding(Outcome.PASS, 1, 3), finding(Outcome.PASS, 4))


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("scale", [1, 2, 3])
def test_no_imperfection_is_covered(depth, colour, scale):
    pixels = noise(640, 800, depth, colour)
    before = pixels.copy()
    pixels.flags.writeable = False
    canvas = draw.overlay(pixels, placement(800, 640), BLOBS, FINDINGS, scale)
    plain = draw.overlay(pixels, None, (), (), scale)
    assert canvas.shape == (640 * scale, 800 * scale, 3)
    assert canvas.dtype == np.uint8
    for x, y, width, height in ((100, 100, 12, 9), (150, 104, 60, 2), (116, 99, 5, 5), (0, 300, 8, 8)):
        at = np.s_[y * scale : (y + height) * scale, x * scale : (x + width) * scale]
        np.testing.assert_array_equal(canvas[at], plain[at])
    np.testing.assert_array_equal(pixels, before)


def test_each_ring_has_its_worst_outcomes_colour():
    canvas = draw.overlay(np.full((640, 800), 128, np.uint8), placement(800, 640), BLOBS, FINDINGS)
    around = {1: np.s_[85:125, 85:114], 2: np.s_[90:120, 145:225], 4: np.s_[285:325, 0:24]}
    counts = {n: {outcome: shown(canvas, outcome, at) for outcome in Outcome} for n, at in around.items()}
    assert max(counts[1], key=counts[1].get) is Outcome.FAIL
    assert max(counts[2], key=counts[2].get) is Outcome.REVIEW
    assert max(counts[4], key=counts[4].get) is Outcome.PASS


@pytest.mark.parametrize("ground", [0, 128, 255])
def test_a_ring_reads_on_any_ground(ground):
    canvas = draw.overlay(np.full((640, 800), ground, np.uint8), placement(800, 640), BLOBS[:1], FINDINGS[:1])
    assert shown(canvas, Outcome.FAIL, np.s_[85:125, 85:125]) > 50


@pytest.mark.parametrize("size", ["max_dimension_mm", "diameter_mm", "length_mm", None])
def test_a_blob_without_outline_gets_a_circle_of_its_size(size):
    sizes = {size: Measured(40 * MM)} if size else {}
    blob = Blob(1, Kind.DENT, ("正面",), (300 * MM, 200 * MM), **sizes)
    (mark,) = marks.marks_of([blob], (), placement(800, 640))
    np.testing.assert_allclose(np.ptp(mark.points_px, axis=0), 40 if size else 0, atol=0.5)
    np.testing.assert_allclose(mark.points_px.mean(axis=0), [300, 200])


def test_a_mark_in_an_enlarged_picture_stands_over_its_pixels():
    canvas_view = view.whole(np.zeros((300, 200), np.uint8), 3)
    np.testing.assert_allclose(canvas_view.to_canvas(np.array([[0.0, 0.0], [199.0, 299.0]])), [[1, 1], [598, 898]])


def test_what_lies_inside_another_outline_is_ringed_too():
    blobs = (box(1, 100, 100, 200, 150), box(2, 190, 170, 6, 6))
    findings = (finding(Outcome.PASS, 1), finding(Outcome.FAIL, 2))
    canvas = draw.overlay(np.full((640, 800), 128, np.uint8), placement(800, 640), blobs, findings)
    assert shown(canvas, Outcome.FAIL, np.s_[160:186, 180:206]) > 40


def test_nothing_out_of_sight_is_marked():
    blobs = [box(1, 5000, 100, 9, 9), Blob(2, Kind.DENT, (), (float("nan"), 1.0))]
    assert marks.marks_of(blobs, (), placement(800, 640), view.whole(np.zeros((640, 800)), 1)) == []


def boxes_of_tags(monkeypatch, blobs, findings, pixels):
    """Where overlay lays its tags: [(number, box)], seen from within."""
    seen = []
    original = tags._draw_tag
    monkeypatch.setattr(tags, "_draw_tag", lambda *given: (seen.append((given[1], given[5])), original(*given)))
    draw.overlay(pixels, placement(pixels.shape[1], pixels.shape[0]), blobs, findings)
    return seen


def apart(a, b):
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_tags_hide_neither_each_other_nor_an_imperfection(monkeypatch):
    cells = list(itertools.product(range(40, 760, 90), range(40, 600, 80)))
    blobs = [box(i, x, y, 14, 10) for i, (x, y) in enumerate(cells, 1)]
    laid = boxes_of_tags(monkeypatch, blobs, [finding(Outcome.FAIL, b.id) for b in blobs], noise(640, 800))
    assert sorted(int(number) for number, _ in laid) == [blob.id for blob in blobs]
    places = [(x, y, x + 14, y + 10) for x, y in cells]
    assert all(apart(a, b) for (_, a), (_, b) in itertools.combinations(laid, 2))
    assert all(apart(a, place) for _, a in laid for place in places)
    assert all(min(a) >= 0 and a[2] <= 800 and a[3] <= 640 for _, a in laid)


def test_the_worst_get_their_tags_first(monkeypatch):
    blobs = [box(i, 40 + 8 * i, 300, 6, 6) for i in range(1, 60)]
    findings = [finding(Outcome.FAIL if b.id == 57 else Outcome.PASS, b.id) for b in blobs]
    assert boxes_of_tags(monkeypatch, blobs, findings, noise(640, 800))[0][0] == "57"


@pytest.mark.parametrize(
    ("most_mm", "length_mm"), [(1.0, 1.0), (0.99, 0.5), (4.9, 2.0), (73.0, 50.0), (0.021, 0.02), (0.3, 0.2)]
)
def test_the_scale_bar_has_a_round_length(most_mm, length_mm):
    assert tags._round_length(most_mm) == pytest.approx(length_mm)


def test_the_scale_bar_is_as_long_as_it_says():
    canvas = draw.overlay(np.zeros((640, 800), np.uint8), placement(800, 640), (), ())
    rows = (canvas == 255).all(axis=2).sum(axis=1)
    assert rows.max() == 5.0 / MM  # 5 mm is the longest round length up to a fifth of 40 mm


def test_the_scale_bar_gives_way():
    corner = box(1, 0, 560, 300, 80)
    canvas = draw.overlay(np.zeros((640, 800), np.uint8), placement(800, 640), [corner], ())
    assert (canvas[5:40, 4:110] == 255).all(axis=2).sum() > 100


@pytest.mark.parametrize(("side", "enlarged"), [(1, 8), (100, 7), (300, 3), (639, 2), (640, 1), (5000, 1)])
def test_small_pictures_are_enlarged(side, enlarged):
    canvas = draw.overlay(np.zeros((side // 2 + 1, side), np.uint8), None, (), ())
    assert canvas.shape[:2] == (enlarged * (side // 2 + 1), enlarged * side)


def test_sixteen_bits_show_their_upper_eight():
    pixels = np.array([[0, 255, 256, 65535]], np.uint16)
    assert draw.overlay(pixels, None, (), (), 1)[0, :, 0].tolist() == [0, 0, 1, 255]


@pytest.mark.parametrize(("height", "width"), [(2000, 3000), (300, 300), (200, 2000), (1500, 150)])
def test_a_thumbnail_has_its_width_and_shows_a_speck(height, width):
    blob = box(1, width // 2, height // 2, 2, 2)
    pixels = np.full((height, width), 128, np.uint8)
    canvas = draw.thumbnail(pixels, placement(width, height), [blob], [finding(Outcome.FAIL, 1)])
    assert max(canvas.shape[:2]) == 320
    assert canvas.shape[2] == 3
    assert shown(canvas, Outcome.FAIL) > 60


def test_a_thumbnail_marks_nothing_that_passes():
    canvas = draw.thumbnail(np.full((600, 800), 128, np.uint8), placement(800, 600), BLOBS, [finding(Outcome.PASS, 1)])
    assert shown(canvas, Outcome.PASS) == 0


@pytest.mark.parametrize("at", [(400, 300), (0, 0), (790, 630)])
@pytest.mark.parametrize("side", [2, 30, 700])
def test_a_closeup_is_a_square_around_its_blob(at, side):
    blob = box(7, *at, side, side)
    canvas = draw.closeup(noise(640, 800), placement(800, 640), [blob], [finding(Outcome.FAIL, 7)], blob, 240)
    assert canvas.shape == (240, 240, 3)
    assert shown(canvas, Outcome.FAIL) > 100


@pytest.mark.parametrize(("height", "width", "count", "most_s"), [(3648, 5472, 30, 2.0), (1500, 2000, 5000, 15.0)])
def test_large_and_many_stay_bounded(height, width, count, most_s):
    random = np.random.default_rng(1)
    at = random.integers(20, [width - 60, height - 60], (count, 2))
    blobs = [box(i, *map(int, xy), *map(int, random.integers(2, 40, 2))) for i, xy in enumerate(at, 1)]
    findings = [finding(list(Outcome)[b.id % 4], b.id) for b in blobs]
    pixels = np.full((height, width), 100, np.uint8)
    start = time.process_time()
    draw.overlay(pixels, placement(width, height), blobs, findings)
    assert time.process_time() - start < most_s
