"""A drawing's outline: what is read, to what size, and what is refused in words."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cvinspect.config.dxf import read_dxf
from cvinspect.errors import RecipeError


def pairs(*told):
    return "".join(f"{code}\n{value}\n" for code, value in told)


def drawing(*entities, units="4"):
    head = pairs((0, "SECTION"), (2, "HEADER"), (9, "$ACADVER"), (1, "AC1015"), (9, "$INSUNITS"), (70, units))
    blocks = pairs((0, "ENDSEC"), (0, "SECTION"), (2, "BLOCKS"), (0, "LINE"), (8, "0"), (10, 5), (0, "ENDSEC"))
    body = pairs((0, "SECTION"), (2, "ENTITIES")) + "".join(entities)
    return head + blocks + body + pairs((0, "ENDSEC"), (0, "EOF"))


def line(x0, y0, x1, y1, layer="0"):
    return pairs((0, "LINE"), (8, layer), (10, x0), (20, y0), (30, 0), (11, x1), (21, y1))


def circle(x, y, r, layer="0", *more):
    return pairs((0, "CIRCLE"), (8, layer), (10, x), (20, y), (40, r), *more)


def arc(x, y, r, start, end):
    return pairs((0, "ARC"), (8, "0"), (10, x), (20, y), (40, r), (50, start), (51, end))


def lwpolyline(*corners, closed=1):
    told = [pair for x, y, bulge in corners for pair in ((10, x), (20, y), (42, bulge))]
    return pairs((0, "LWPOLYLINE"), (8, "0"), (90, len(corners)), (70, closed), *told)


def polyline(*corners, flags=1):
    told = [pairs((0, "VERTEX"), (8, "0"), (10, x), (20, y), (42, bulge)) for x, y, bulge in corners]
    return pairs((0, "POLYLINE"), (8, "0"), (66, 1), (70, flags)) + "".join(told) + pairs((0, "SEQEND"))


SLOT = [arc(10, 0, 3, 270, 90), line(10, 3, -10, 3), arc(-10, 0, 3, 90, 270), line(10, -3, -10, -3)]
RECTANGLE = [line(0, 0, 20, 0), line(20, 10, 20, 0), line(0, 10, 20, 10), line(0, 0, 0, 10)]
AREAS = {
    "lines in any order and direction": (RECTANGLE, "4", 200),
    "a circle": ([circle(3, 4, 5)], "4", math.pi * 25),
    "arcs and lines": (SLOT, "4", 120 + math.pi * 9),
    "a bulged polyline": ([lwpolyline((0, 0, 0), (10, 0, 1), (10, 6, 0), (0, 6, 0))], "4", 60 + math.pi * 4.5),
    "a bulge inwards": ([lwpolyline((0, 0, 0), (10, 0, -1), (10, 6, 0), (0, 6, 0))], "4", 60 - math.pi * 4.5),
    "an old polyline": ([polyline((0, 0, 0), (10, 0, math.tan(math.pi / 8)), (10, 6, 0), (0, 6, 0))], "4", 65.1372),
    "an open polyline and a line": ([lwpolyline((0, 0, 0), (4, 0, 0), (4, 3, 0), closed=0), line(0, 0, 4, 3)], "4", 6),
    "inches": ([circle(0, 0, 1)], "1", math.pi * 25.4**2),
    "drawn from below": ([circle(3, 4, 5, "0", (230, -1))], "4", math.pi * 25),
    "a text and a dimension": ([circle(0, 0, 1), pairs((0, "TEXT"), (1, "Ø4")), pairs((0, "DIMENSION"))], "4", math.pi),
}  # fmt: skip


def area(points):
    x, y = points.T
    return abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


@pytest.mark.parametrize("name", AREAS)
def test_an_outline_has_its_area(name, tmp_path):
    entities, units, wanted = AREAS[name]
    path = tmp_path / "part.dxf"
    path.write_text(drawing(*entities, units=units), encoding="utf-8")
    (outer,) = read_dxf(path)
    assert area(outer) == pytest.approx(wanted, rel=1e-3)


def test_the_outer_contour_comes_first_then_its_holes(tmp_path):
    path = tmp_path / "part.dxf"
    path.write_text(drawing(circle(5, 5, 1), *RECTANGLE, circle(15, 5, 2)), encoding="utf-8")
    assert [round(area(one)) for one in read_dxf(path)] == [200, 13, 3]


def test_what_is_drawn_from_below_is_mirrored(tmp_path):
    path = tmp_path / "part.dxf"
    path.write_text(drawing(circle(3, 4, 5, "0", (230, -1))), encoding="utf-8")
    assert read_dxf(path)[0].mean(axis=0) == pytest.approx((-3, 4), abs=1e-6)


def test_a_layer_and_a_unit_can_be_named(tmp_path):
    path = tmp_path / "part.dxf"
    path.write_text(drawing(circle(0, 0, 1, "cut"), line(0, 0, 9, 9, "centre"), units="0"), encoding="utf-8")
    assert area(read_dxf(path, "cut", "cm")[0]) == pytest.approx(100 * math.pi, rel=1e-3)


REFUSED = {
    "is open at \\(20, 10\\)": drawing(line(0, 0, 20, 0), line(20, 0, 20, 10), line(0, 0, 0, 10)),
    "branches at": drawing(*RECTANGLE, line(20, 0, 5, 5)),
    "more than one outer contour": drawing(circle(0, 0, 1), circle(5, 0, 1)),
    "a contour within a hole": drawing(circle(0, 0, 9), circle(0, 0, 5), circle(0, 0, 2)),
    "holds a SPLINE, which is not read": drawing(circle(0, 0, 1), pairs((0, "SPLINE"), (8, "0"))),
    "POLYLINE that is fitted, three-dimensional": drawing(polyline((0, 0, 0), (1, 0, 0), (1, 1, 0), flags=9)),
    "unit is not stated": drawing(circle(0, 0, 1), units="0"),
    "does not lie in the plane": drawing(circle(0, 0, 1, "0", (210, 1), (230, 0))),
    "a CIRCLE lacks its group 40": drawing(pairs((0, "CIRCLE"), (8, "0"), (10, 1), (20, 1))),
    "a LINE holds 'abc' where a number belongs": drawing(line("abc", 0, 1, 1)),
    "a LINE holds 'nan', beyond any drawing": drawing(line("nan", 0, 1, 1)),
    "an arc of radius -1": drawing(circle(0, 0, -1)),
    "fewer than two corners": drawing(lwpolyline((0, 0, 0))),
    "nothing is drawn; layers:": drawing(),
    "is no group code; is this a DXF": "no drawing\nat all\n",
    "a binary DXF; save it as ASCII": "AutoCAD Binary DXF\r\n\x1a\0",
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_not_read_is_refused_in_words(message, tmp_path):
    path = tmp_path / "part.dxf"
    path.write_text(REFUSED[message], encoding="utf-8")
    with pytest.raises(RecipeError, match=message):
        read_dxf(path)


def test_a_missing_file_and_a_wrong_layer_or_unit_are_refused(tmp_path):
    path = tmp_path / "part.dxf"
    with pytest.raises(RecipeError, match=r"part\.dxf: cannot be read: No such file"):
        read_dxf(path)
    path.write_text(drawing(circle(0, 0, 1, "cut")), encoding="utf-8")
    with pytest.raises(RecipeError, match="nothing is drawn on layer 'Cut'; layers: cut"):
        read_dxf(path, "Cut")
    with pytest.raises(RecipeError, match="says 1 mm a unit, the recipe says unit = 'inch'"):
        read_dxf(path, unit="inch")
