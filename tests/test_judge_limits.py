"""Every limit of the built-in tables at the value and one float to either side, against the standards written out here.

The tables below are typed from the standards once more, in the notation of their summary: `[0.3,0.5) 3` is "from 0.3 to
below 0.5 at most three", `inf` is no requirement. Nothing here is read from the .toml files but through `load_limits`.
"""

import itertools
import math
import re

import pytest

from cvinspect.config.limits import list_limits, load_limits
from cvinspect.judge import Policy, judge
from cvinspect.judge.rules import CountRule, SpacingRule
from cvinspect.model import CAMERA_KINDS, Blob, Face, Kind, Measured, Outcome
from tests.brute_judge import brute_judge

PASS, FAIL, REVIEW = Outcome.PASS, Outcome.FAIL, Outcome.REVIEW
KONICA, CANON, GENERAL = (load_limits(name) for name in ("konica-minolta", "canon", "general-plastic"))

KONICA_COUNTS = {
    ("scratch", "1"): "[0,0.3) inf, [0.3,0.5) 3, [0.5,0.7] 1, (0.7,inf) 0",
    ("scratch", "2"): "[0,0.5) inf, [0.5,0.7) 3, [0.7,1.0] 1, (1.0,inf) 0",
    ("scratch", "3"): "[0,0.7) inf, [0.7,1.0) 3, [1.0,2.0) 1, [2.0,inf) 0",
    ("scratch", "4"): "[0,inf) inf",
    ("foreign_matter", "1"): "[0,0.3) 3, [0.3,0.5] 1, (0.5,inf) 0",
    ("foreign_matter", "2"): "[0,0.3) inf, [0.3,0.5) 3, [0.5,0.7] 1, (0.7,inf) 0",
    ("foreign_matter", "3"): "[0,0.5) inf, [0.5,0.7) 3, [0.7,1.0) 1, [1.0,inf) 0",
    ("foreign_matter", "4"): "[0,inf) inf",
    ("dent", "1"): "[0,0.3] 1, (0.3,inf) 0",
    ("dent", "2"): "[0,0.3) 3, [0.3,0.5] 1, (0.5,inf) 0",
    ("dent", "3"): "[0,0.3) inf, [0.3,0.5) 3, [0.5,0.7] 1, (0.7,inf) 0",
    ("dent", "4"): "[0,inf) inf",
}
CANON_SIZES = {  # (product grade, face grade): area, diameter, width x length
    ("oem", "A"): (0.2, 0.5, 0.2, 0.9),
    ("oem", "B"): (0.3, 0.6, 0.3, 1.2),
    ("oem", "C"): (0.5, 0.8, 0.3, 1.5),
    ("canon", "A"): (0.3, 0.6, 0.3, 1.2),
    ("canon", "B"): (0.5, 0.8, 0.3, 1.5),
    ("canon", "C"): (0.7, 1.0, 0.5, 1.5),
}
CANON_SPACINGS = {  # mm2 -> mm, and in brackets the other distance that fits the text
    ("oem", "A"): "[0,0.1) 10, [0.1,0.2] 150",
    ("oem", "B"): "[0,0.2) 10, [0.2,0.3] 150(100)",
    ("oem", "C"): "[0,0.2) 10, [0.2,0.3) 100(50), [0.3,0.5] 150(100)",
    ("canon", "A"): "[0,0.2) 10, [0.2,0.3] 100(150)",
    ("canon", "B"): "[0,0.2) 10, [0.2,0.3) 50(100), [0.3,0.5] 100(150)",
    ("canon", "C"): "[0,0.3) 10, [0.3,0.5) 50, [0.5,0.7] 100",
}
HEIGHTS = [  # table, kind, face grade, lowest, highest; None = none allowed
    *((KONICA, "flash", grade, 0.0, highest) for grade, highest in zip("1234", [None, None, 0.3, 0.3], strict=True)),
    *((KONICA, "parting_line", grade, 0.0, highest) for grade, highest in zip("1234", [0.1] * 3 + [9], strict=True)),
    *((KONICA, "gate", grade, -edge, edge) for grade, edge in zip("1234", [0.3, 0.3, 0.5, 0.5], strict=True)),
    *((CANON, "flash", grade, 0.0, highest) for grade, highest in zip("ABC", [0.05, 0.2, 0.5], strict=True)),
]
NEVER = [
    *((KONICA, kind, grade) for kind in ("short_shot", "crack", "whitening") for grade in "1234"),
    *((CANON, kind, "A") for kind in ("scratch", "dent")),
    *((GENERAL, kind, grade) for kind in ("short_shot", "wrong_shape", "cut_damage", "whitening") for grade in "ABC"),
]


def around(*edges):
    """Each edge and the floats next to it."""
    return [near for edge in edges for near in (math.nextafter(edge, -math.inf), edge, math.nextafter(edge, math.inf))]


def parsed(text):
    """[(contains, number, the number in brackets)] of a table in the notation above, and its edges."""
    bands, edges = [], set()
    for part in re.findall(r"([\[(])([\d.]+),([\d.]+|inf)([\])]) (\w+)(?:\((\d+)\))?", text):
        opening, low, high, closing, number, other = part
        edges |= {edge for edge in (float(low), float(high)) if 0 < edge < math.inf}
        bands.append((opening, float(low), float(high), closing, float(number), float(other or number)))
    return bands, sorted(edges)


def band_of(bands, size):
    """(number, other number) of the one band that holds `size`."""
    holding = [
        (number, other)
        for opening, low, high, closing, number, other in bands
        if (size >= low if opening == "[" else size > low) and (size <= high if closing == "]" else size < high)
    ]
    assert len(holding) == 1, size
    return holding[0]


def blob(number, kind, center=(0.0, 0.0), **sizes):
    measured = {name: Measured(value, 0.0) for name, value in sizes.items()}
    return Blob(number, Kind(kind), ("face",), center, **measured)


def outcome(blobs, table, grade, product_grade=None, traits=()):
    """What both judges say, with sizes known exactly."""
    asked = blobs, None, [Face("face", grade, traits=traits)], table, Policy(product_grade=product_grade)
    assert judge(*asked).outcome == brute_judge(*asked).outcome
    return judge(*asked).outcome


@pytest.mark.parametrize(("kind", "grade"), KONICA_COUNTS)
def test_konica_counts(kind, grade):
    bands, edges = parsed(KONICA_COUNTS[kind, grade])
    for size in [0.0, 0.01, *around(*edges), 50.0]:
        allowed, _ = band_of(bands, size)
        for number in {1, 2, 3, 4, 12}:
            blobs = [blob(i, kind, (0.01 * i, 0.0), max_dimension_mm=size) for i in range(number)]
            assert outcome(blobs, KONICA, grade) == (PASS if number <= allowed else FAIL), (size, number)


@pytest.mark.parametrize(("product_grade", "grade"), CANON_SIZES)
def test_canon_sizes_of_a_point(product_grade, grade):
    area, diameter, _, _ = CANON_SIZES[product_grade, grade]
    for size in [0.0, *around(area), 9.0]:
        expected = PASS if size <= area else REVIEW  # the row of the diameter alone would let it pass
        assert (
            outcome([blob(1, "foreign_matter", area_mm2=size, diameter_mm=0.1)], CANON, grade, product_grade)
            == expected
        )
    for size in [0.0, *around(diameter), 9.0]:
        expected = PASS if size <= diameter else REVIEW
        assert (
            outcome([blob(1, "foreign_matter", area_mm2=0.1, diameter_mm=size)], CANON, grade, product_grade)
            == expected
        )
    over = blob(1, "foreign_matter", area_mm2=math.nextafter(area, 9), diameter_mm=math.nextafter(diameter, 9))
    assert outcome([over], CANON, grade, product_grade) == FAIL


@pytest.mark.parametrize(("product_grade", "grade"), CANON_SIZES)
def test_canon_sizes_of_a_line(product_grade, grade):
    area, diameter, width, length = CANON_SIZES[product_grade, grade]
    over = {"area_mm2": area + 0.1, "diameter_mm": diameter + 0.1}
    for long in [*around(length), 2 * length]:
        line = blob(1, "foreign_matter", length_mm=long, width_mm=0.01, **over)
        assert outcome([line], CANON, grade, product_grade) == (REVIEW if long <= length else FAIL), long
    for wide in around(width):
        line = blob(1, "foreign_matter", length_mm=length, width_mm=wide, **over)
        assert outcome([line], CANON, grade, product_grade) == (REVIEW if wide <= width else FAIL), wide
    fits = blob(1, "foreign_matter", length_mm=length, width_mm=width, area_mm2=area, diameter_mm=9.0)
    assert outcome([fits], CANON, grade, product_grade) == PASS


@pytest.mark.parametrize(("product_grade", "grade"), CANON_SPACINGS)
def test_canon_spacings(product_grade, grade):
    bands, edges = parsed(CANON_SPACINGS[product_grade, grade])
    sizes = [size for size in [0.0, 0.01, *around(*edges)] if size <= edges[-1]]
    for one, other in itertools.combinations_with_replacement(sizes, 2):
        needed, alternative = (max(pair) for pair in zip(band_of(bands, one), band_of(bands, other), strict=True))
        for gap in [needed, needed - 1e-6, alternative, alternative - 1e-6]:
            keeps = {gap >= needed, gap >= alternative}
            expected = REVIEW if len(keeps) > 1 else PASS if keeps == {True} else FAIL
            blobs = [
                blob(1, "foreign_matter", (0.0, 0.0), area_mm2=one, diameter_mm=0.0),
                blob(2, "foreign_matter", (0.0, gap), area_mm2=other, diameter_mm=0.0),
            ]
            assert outcome(blobs, CANON, grade, product_grade) == expected, (one, other, gap)


@pytest.mark.parametrize("across", [0.1, 0.3, 0.45, 0.7])
@pytest.mark.parametrize("x", [0.0, 0.1, 0.7, 33.3])
@pytest.mark.parametrize(("gap", "area", "place"), [(10.0, 0.05, "A"), (50.0, 0.45, "C"), (100.0, 0.6, "C")])
def test_a_distance_typed_in_decimals_counts_as_it_reads(gap, area, place, x, across):
    """Two specks of 0.3 mm, 10.3 mm from centre to centre, are 10 mm apart, whatever their floats come to."""
    sizes = {"area_mm2": area, "diameter_mm": 0.1, "max_dimension_mm": across}
    for there, expected in [(round(x + gap + across, 9), PASS), (x + gap + across - 1e-6, FAIL)]:
        blobs = [blob(i, "foreign_matter", (at, 0.0), **sizes) for i, at in enumerate([x, there])]
        assert outcome(blobs, CANON, place, "canon") == expected


@pytest.mark.parametrize("across", [0.31, 0.4, 0.5])
@pytest.mark.parametrize("x", [0.0, 0.1, 0.7, 33.3])
@pytest.mark.parametrize(("gap", "expected"), [(49.999999, FAIL), (50.0, REVIEW), (100.0, REVIEW), (100.000001, PASS)])
def test_two_where_konica_allows_one(gap, expected, x, across):
    """One circle of 100 mm touches both up to 100 mm; from 50 mm on they need not be counted together."""
    far = round(x + gap + across, 9)
    blobs = [blob(i, "foreign_matter", (0.0, at), max_dimension_mm=across) for i, at in enumerate([x, far])]
    assert outcome(blobs, KONICA, "1") == expected


@pytest.mark.parametrize(("length", "width"), [(0.6, 0.2), (0.3, 0.1), (0.9, 0.3), (1.5, 0.5), (0.06, 0.02)])
def test_three_to_one_typed_in_decimals_is_a_line(length, width):
    line = blob(1, "foreign_matter", area_mm2=0.1, diameter_mm=9.0, length_mm=length, width_mm=width)
    assert outcome([line], CANON, "C", "canon") == PASS


@pytest.mark.parametrize(("table", "kind", "grade", "lowest", "highest"), HEIGHTS)
def test_heights(table, kind, grade, lowest, highest):
    traits = ("no_function",)
    if highest is None:
        assert outcome([blob(1, kind, height_mm=0.0)], table, grade, traits=traits) == FAIL
        return
    heights = [*around(highest), 0.0, *(around(lowest) if lowest < 0 else [])]
    for height in heights:
        expected = PASS if lowest <= height <= highest or highest == 9 else FAIL
        assert outcome([blob(1, kind, height_mm=height)], table, grade, traits=traits) == expected, height
    assert outcome([blob(1, kind)], table, grade, traits=traits) == (PASS if highest == 9 else REVIEW)


@pytest.mark.parametrize(("table", "kind", "grade"), NEVER)
def test_what_is_never_allowed(table, kind, grade):
    assert outcome([blob(1, kind)], table, grade) == FAIL


@pytest.mark.parametrize("grade", ["B", "C"])
@pytest.mark.parametrize("kind", ["scratch", "dent", "crack"])
def test_what_canon_does_not_state_never_passes(kind, grade):
    assert outcome([blob(1, kind)], CANON, grade) == REVIEW


@pytest.mark.parametrize(("kind", "expected"), [("scratch", FAIL), ("dent", REVIEW)])
def test_the_paper_path_of_canon(kind, expected):
    assert outcome([blob(1, kind)], CANON, "C", traits=("paper_path",)) == expected


@pytest.mark.parametrize("name", list_limits())
def test_every_rule_answers_every_size_once(name):
    """One cell per rule, face grade and product grade; one band per size, on the edges too."""
    table = load_limits(name)
    for rule in table.all_rules():
        for grade, product_grade in itertools.product([g.grade for g in table.known_grades] or ["A"], ["oem", "canon"]):
            for trait in ((), ("paper_path",)):
                face = Face("face", grade, traits=trait)
                cells = [cell for cell in rule.cell if cell.holds_for(face, grade, product_grade)]
                assert len(cells) <= 1
                for cell in cells:
                    check_bands(rule, cell)


def check_bands(rule, cell):
    if not isinstance(rule, (CountRule, SpacingRule)):
        return
    top = math.inf if isinstance(rule, CountRule) else cell.bands[-1].upper
    edges = [edge for band in cell.bands for edge in (band.lower, band.upper) if edge < math.inf]
    for size in [0.0, 1e-9, 1e9, *around(*edges)]:
        if 0 <= size <= top:
            assert sum(size in band for band in cell.bands) == 1, (rule.id, size)


@pytest.mark.parametrize("name", list_limits())
@pytest.mark.parametrize("product_grade", ["oem", "canon"])
def test_every_face_grade_has_an_answer_for_every_camera_kind(name, product_grade):
    table = load_limits(name)
    for grade in [grade.grade for grade in table.known_grades] or ["anything"]:
        for kind in CAMERA_KINDS:
            assert table.rules_for(kind, Face("face", grade), product_grade), (grade, kind)
