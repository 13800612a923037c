"""Blobs as JSON: the least that is needed, the line of `inspect`, and what is refused with its place."""

import json

import pytest

from cvinspect.config import parse_blobs
from cvinspect.errors import JudgeInputError
from cvinspect.model import Blob, Doubt, Face, Inspected, Kind, Measured

FACES = [{"name": "front", "grade": "1"}]
LEAST = {"kind": "foreign", "faces": ["front"], "center_mm": [1, 2.5]}


def parsed(blob=None, **more):
    given = {"faces": FACES, "blobs": [] if blob is None else [{**LEAST, **blob}], **more}
    return parse_blobs(json.dumps(given), "blobs.json")


def test_the_least_that_is_needed():
    given = parsed({})
    assert given.faces == (Face("front", "1"),)
    assert given.blobs == (Blob(1, Kind.FOREIGN_MATTER, ("front",), (1.0, 2.5)),)
    assert (given.inspected, given.part, given.invalid) == (None, None, None)


def test_a_whole_blob():
    sizes = ("area_mm2", "diameter_mm", "length_mm", "width_mm", "max_dimension_mm", "height_mm")
    more = {"outline_mm": [[0, 0], [1, 0], [1, 1]], "contrast_gray": -12, "strength": 9.5, "doubt": ["merged"]}
    places = {"center_px": [20, 50], "bbox_px": [18, 48, 23, 53]}
    (blob,) = parsed({"id": 7, **{name: {"value": 1, "u": 0.1} for name in sizes}, **more, **places}).blobs
    assert (blob.id, blob.contrast_gray, blob.strength, blob.doubt) == (7, -12.0, 9.5, Doubt.MERGED)
    assert [getattr(blob, name) for name in sizes] == [Measured(1.0, 0.1)] * 6
    assert (blob.outline_mm, blob.center_px) == (((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)), (20.0, 50.0))
    assert blob.bbox_px == (18, 48, 23, 53)


@pytest.mark.parametrize(
    ("size", "measured"),
    [
        ({"value": 0.5, "u": 0}, Measured(0.5, 0.0)),
        ({"value": 0.5, "u": None}, Measured(0.5)),
        ({"value": 0.5}, Measured(0.5)),
        (None, None),
    ],
)
def test_an_uncertainty_may_be_nought_null_or_missing(size, measured):
    assert parsed({"diameter_mm": size}).blobs[0].diameter_mm == measured


@pytest.mark.parametrize(
    ("word", "kind"),
    [("foreign", Kind.FOREIGN_MATTER), ("burr", Kind.FLASH), ("weld_line", Kind.WELD_LINE)],
)
def test_kinds_have_several_names(word, kind):
    assert parsed({"kind": word}).blobs[0].kind is kind
    entry = {"face": "front", "kind": word, "from_mm": 0, "coverage": 1}
    assert parsed(inspected=[entry]).inspected == (Inspected("front", kind, 0.0, 1.0),)


@pytest.mark.parametrize(
    ("words", "doubt"),
    [
        ([], Doubt.NONE),
        (["touches_border", "saturated"], Doubt.TOUCHES_BORDER | Doubt.SATURATED),
        (["seen from afar"], Doubt.UNKNOWN),
    ],
)
def test_a_doubt_unknown_here_stays_a_doubt(words, doubt):
    assert parsed({"doubt": words}).blobs[0].doubt == doubt


def test_a_face_named_twice_by_a_blob_counts_once():
    assert parsed({"faces": ["front", "front"]}).blobs[0].faces == ("front",)


def test_the_other_keys_of_a_line_are_passed_over():
    line = {
        "view": "front",
        "lights": [],
        "sha256": "",
        "recipe": {"name": "r"},
        "limits": None,
        "calibration": {},
        "mm_per_px": 0.05,
        "findings": [{}],
        "timing_ms": {},
        "outcome": "FAIL",
        "reasons": ["x"],
    }
    assert parsed(**line) == parsed()
    assert parsed(**line, picture="a.png").picture == "a.png"


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ({}, None),
        ({"part": "7"}, "7"),
        ({"part": "7", "recipe": {"name": "r", "part": "cover"}}, "cover"),
        ({"part": "7", "recipe": {"name": "r"}}, "7"),
        ({"part": "7", "recipe": "r"}, "7"),
        ({"part": None}, None),
    ],
)
def test_agreements_are_for_the_recipe_s_part(more, part):
    assert parsed(**more).part == part


@pytest.mark.parametrize(
    ("more", "invalid"),
    [
        ({"outcome": "INVALID", "reasons": ["dark", "blurred"]}, ("dark", "blurred")),
        ({"outcome": "INVALID"}, ()),
        ({"outcome": "REVIEW", "reasons": ["dark"]}, None),
        ({}, None),
    ],
)
def test_what_was_invalid_is_known(more, invalid):
    assert parsed(**more).invalid == invalid


@pytest.mark.parametrize(
    ("blob", "message"),
    [
        ({"size_mm": 1}, r"blobs\[1\] .*size_mm: unknown key"),
        ({"diameter": {"value": 1}}, "diameter: unknown key; the unit is missing: write diameter_mm"),
        ({"diameter_mm": 1}, r"diameter_mm = 1: must be a table of keys and values"),
        ({"diameter_mm": {"u": 1}}, "diameter_mm.value is missing"),
        ({"diameter_mm": {"value": True}}, "diameter_mm.value = true: must be a number"),
        ({"diameter_mm": {"value": float("nan")}}, "must be a finite number"),
        ({"diameter_mm": {"value": 1, "u": float("inf")}}, "must be a finite number"),
        ({"center_mm": [1]}, "center_mm"),
        ({"center_mm": [1, 2, 3]}, "center_mm"),
        ({"id": 1.5}, "must be a whole number"),
        ({"kind": "speck"}, "unknown kind 'speck'; allowed: scratch, dent, "),
        ({"faces": "front"}, r"must be a list in \[ \]"),
        ({"doubt": "merged"}, r"must be a list in \[ \]"),
        ({"outline_mm": [[0, 0]] * 65}, "outline_mm"),
    ],
)
def test_a_blob_that_does_not_hold_is_refused_with_its_place(blob, message):
    with pytest.raises(JudgeInputError, match=message):
        parsed(blob)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"coverage": 1.01}, "coverage = 1.01: must be at most 1"),
        ({"coverage": -0.1}, "coverage = -0.1: must be at least 0"),
        ({"from_mm": -1}, "from_mm = -1: must be at least 0"),
        ({"kind": "all"}, "unknown kind 'all'"),
        ({"from": 1}, "from: unknown key"),
    ],
)
def test_what_was_looked_for_must_make_sense(entry, message):
    whole = {"face": "front", "kind": "dent", "from_mm": 0.1, "coverage": 1}
    with pytest.raises(JudgeInputError, match=message):
        parsed(inspected=[{**whole, **entry}])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not valid JSON: Expecting value"),
        ("{", "not valid JSON"),
        ("null", "is not one JSON object"),
        ('{"faces": []}', "blobs is missing"),
        ('{"faces": [], "blobs": [], "blobs": []}', "the key 'blobs' stands twice in one object"),
        ('{"faces": [], "blobs": []} {}', "not valid JSON: Extra data"),
        ('{"faces": [], "blobs": [], "verdict": "PASS"}', "verdict: unknown key"),
        ('{"faces": [], "blobs": ' + "[" * 50_000, "nested too deeply"),
    ],
)
def test_what_is_no_object_of_blobs_is_refused(text, message):
    with pytest.raises(JudgeInputError, match=f"^here: {message}"):
        parse_blobs(text, "here")
