"""Which finding counts for which label: on it, not much larger, half of a line's length."""

import numpy as np
import pytest

from cvinspect.model import Blob, Kind
from cvinspect.score.classes import Meaning
from cvinspect.score.label import of_box, of_mask, of_outline, of_place, raster
from cvinspect.score.matching import Claim, matched

SIZE = (300, 200)
SPECK = Meaning("foreign_matter", Kind.FOREIGN_MATTER)
LINE = Meaning("scratch", Kind.SCRATCH)


def rectangle(x0, y0, x1, y1):
    """Corners through the pixels' outer edges; x1 and y1 exclusive."""
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], float) - 0.5


def claim(x0, y0, x1, y1, strength=10.0):
    """A finding of whole pixels."""
    corners = rectangle(x0, y0, x1, y1)
    box, mask = raster(corners, SIZE)
    blob = Blob(1, Kind.FOREIGN_MATTER, (), (0.0, 0.0), strength=strength)
    return Claim(blob, box, mask, corners)


def label(x0, y0, x1, y1, meaning=SPECK):
    """An outline of whole pixels."""
    return of_outline(meaning, rectangle(x0, y0, x1, y1), SIZE, "here")


def found(one, *claims):
    """(strength, indices of false claims)."""
    (match,), false = matched([one], claims)
    return match.strength, false


def test_a_raster_holds_the_pixels_whose_centres_are_inside():
    box, mask = raster(rectangle(10, 20, 30, 25), SIZE)
    assert box == (10, 20, 30, 25)
    assert mask.all()


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        ((50, 50, 60, 60), True),  # the same place
        ((53, 53, 56, 56), True),  # a part of it
        ((45, 45, 65, 65), True),  # four times its box
        ((45, 45, 66, 65), False),  # just larger
        ((61, 50, 71, 60), False),  # beside it
        ((57, 50, 67, 60), True),  # half of it on the label grown by 2 px
        ((58, 50, 68, 60), False),  # less than half
    ],
)
def test_a_finding_counts_when_it_lies_on_the_label_and_is_not_much_larger(at, counts):
    strength, false = found(label(50, 50, 60, 60), claim(*at))
    assert (strength, false) == ((10.0, []) if counts else (None, [0]))


def test_a_thin_label_counts_as_three_px_wide():
    line = label(50, 50, 150, 51, LINE)
    assert found(line, claim(50, 45, 150, 57))[0] == 10.0
    assert found(line, claim(50, 45, 150, 58))[0] is None


def test_a_small_finding_on_a_large_label_finds_it_unless_it_is_a_line():
    assert found(label(50, 50, 150, 90), claim(60, 60, 64, 64))[0] == 10.0
    assert found(label(50, 50, 150, 56, LINE), claim(60, 50, 64, 56))[0] is None


def outline(meaning=LINE):
    return label(50, 50, 150, 54, meaning)


def box():
    return of_box(LINE, rectangle(50, 45, 150, 59), SIZE, "here", upright=False)


def place():
    return of_place(LINE, (99.5, 51.5), {"length": 100.0, "width": 4.0, "max_dimension": 100.0}, SIZE, "here")


@pytest.mark.parametrize("make", [outline, box, place])
def test_pieces_that_cover_half_of_a_line_find_it(make):
    pieces = [claim(50, 50, 80, 54, 30.0), claim(90, 50, 115, 54, 20.0), claim(120, 50, 150, 54, 5.0)]
    for count, strength in ((1, None), (2, 20.0), (3, 20.0)):
        (match,), false = matched([make()], pieces[:count])
        assert match.strength == strength
        assert false == []
        assert match.covered == pytest.approx([0.3, 0.55, 0.85][count - 1], abs=0.06)


def test_overlapping_pieces_are_counted_once():
    for make in (outline, box):
        (match,), _ = matched([make()], [claim(50, 50, 90, 54), claim(52, 50, 92, 54)])
        assert match.covered == pytest.approx(0.42, abs=0.04)


def test_a_finding_may_count_for_two_labels_and_two_for_one():
    near = [label(50, 50, 56, 56), label(58, 50, 64, 56)]
    matches, false = matched(near, [claim(50, 50, 62, 56), claim(51, 51, 54, 54, 40.0)])
    assert [match.strength for match in matches] == [40.0, 10.0]
    assert false == []


def test_without_findings_everything_is_missed():
    assert found(label(50, 50, 60, 60)) == (None, [])


def test_a_ragged_blob_is_no_line_and_a_bent_one_is():
    y, x = np.mgrid[:120, :120]
    angle, radius = np.arctan2(y - 60, x - 60), np.hypot(y - 60, x - 60)
    ragged = (radius < 36 + 8 * np.sin(9 * angle) + 6 * np.sin(17 * angle)).astype(np.uint8) * 255
    bent = ((abs(radius - 50) <= 2) & (y > 60)).astype(np.uint8) * 255
    assert not of_mask(SPECK, (0, 0, 120, 120), ragged).is_line
    line = of_mask(SPECK, (0, 0, 120, 120), bent)
    assert line.is_line
    assert line.size_px == pytest.approx(np.pi * 50, rel=0.05)


@pytest.mark.parametrize(("turn", "length"), [(0, 100.0), (37, 100.0)])
def test_a_turned_box_is_as_long_as_its_longer_side(turn, length):
    angle = np.radians(turn)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[-50, -4], [50, -4], [50, 4], [-50, 4]]) @ spin.T + [150, 100]
    assert of_box(LINE, corners, SIZE, "here", upright=False).size_px == pytest.approx(length)


def test_a_line_in_an_upright_box_runs_from_corner_to_corner():
    assert of_box(LINE, rectangle(10, 10, 40, 50), SIZE, "here", upright=True).size_px == pytest.approx(50.0)
    assert of_box(SPECK, rectangle(10, 10, 40, 50), SIZE, "here", upright=True).size_px == pytest.approx(40.0)
