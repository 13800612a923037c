"""Ways in which a part could have passed unseen, each found by somebody who tried; none may come back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cli import cli
from judging import agreement, codes, everything, load_limits, speck, under

from cvinspect.calibration import save_calibration, scale_calibration
from cvinspect.config import load_job, parse_blobs
from cvinspect.config.outline import check_outline
from cvinspect.errors import ConfigurationError, JudgeInputError
from cvinspect.judge import Policy, judge
from cvinspect.model import Face, Inspected, Kind, Outcome
from cvinspect.pictures import write_picture

RECIPE = """
schema = "cvinspect-recipe/1"
part = "P"
[limits]
name = "konica-minolta"
[[elsewhere]]
kind = "flash"
by = "a gauge"
[[view]]
name = "front"
calibration = "scale.json"
{faces}
[view.detect.scratch]
{scratch}
[view.detect.dent]
{dent}
[view.detect.foreign]
{foreign}
"""
WHOLE = '[[view.face]]\nname = "front"\ngrade = "2"\n'


def at(folder: Path, faces: str = WHOLE, **knobs: str) -> Path:
    """A recipe for 400 x 300 px of 0.05 mm, and a picture with one dark speck of 0.85 mm in its middle."""
    save_calibration(scale_calibration(0.05, (400, 300)), folder / "scale.json")
    text = RECIPE.format(faces=faces, **{"scratch": "", "dent": "", "foreign": "", **knobs})
    (folder / "r.toml").write_text(text, "utf-8")
    y, x = np.mgrid[:300, :400]
    pixels = np.random.default_rng(1).normal(150, 2, (300, 400)) - 70 * (np.hypot(x - 200, y - 150) < 8.5)
    write_picture(folder / "speck.png", np.clip(pixels, 0, 255).astype(np.uint8))
    return folder / "r.toml"


def outcome_of(recipe: Path) -> dict[str, object]:
    done = cli("inspect", recipe.parent / "speck.png", "--recipe", recipe, "--json")
    return done.lines[0]


def test_the_speck_fails_to_begin_with(tmp_path):
    assert outcome_of(at(tmp_path))["outcome"] == "FAIL"


def test_a_face_that_a_finding_covers_is_not_clean(tmp_path):
    inner = '[[view.face]]\nname = "inner"\ngrade = "2"\noutline = [[9.9, 7.4], [10.1, 7.4], [10.1, 7.6], [9.9, 7.6]]\n'
    outer = '[[view.face]]\nname = "outer"\ngrade = "4"\noutline = [[0, 0], [19, 0], [19, 14], [0, 14]]\n'
    line = outcome_of(at(tmp_path, inner + outer))
    assert line["outcome"] == "FAIL"
    assert line["blobs"][0]["faces"] == ["inner", "outer"]


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([(0, 0), (10, 0), (10, 10), (0, 10), (0, 0), (10, 0), (10, 10), (0, 10)], "same point|touches itself"),
        ([(5, 0), (8, 9), (0, 3), (10, 3), (2, 9)], "crosses or touches itself"),
        ([(0, 0), (10, 10), (10, 0), (0, 10)], "crosses or touches itself"),
        ([(0, 0), (5, 0), (10, 0)], "encloses no area"),
        ([(0, 0), (0, 0), (10, 0), (10, 10)], "same point"),
        ([(0, 0), (1e9, 0), (0, 10)], "beyond"),
    ],
)
def test_an_outline_must_enclose_one_area_once(points, words):
    with pytest.raises(ValueError, match=words):
        check_outline(points)


def test_plain_outlines_are_taken():
    for points in ([(0, 0), (9, 0), (9, 9)], [(0, 0), (0, 9), (9, 9), (9, 0)], [(0, 0), (9, 0), (4, 1), (9, 9)]):
        check_outline(points)


TINY = '[[view.face]]\nname = "t"\ngrade = "2"\noutline = [[5, 5], [5.001, 5], [5, 5.001]]\n'


@pytest.mark.parametrize(
    ("faces", "knobs", "words"),
    [
        (TINY, {}, "less than 3 px"),
        (WHOLE, {"dent": "smallest_mm = 900"}, "is looked for from 900 mm on only"),
        (WHOLE.replace('"2"', '"4"'), {"foreign": "smallest_mm = 900"}, "is looked for from 900 mm on only"),
    ],
)
def test_a_face_on_which_nothing_could_be_found_is_refused(tmp_path, faces, knobs, words):
    with pytest.raises(ConfigurationError, match=words):
        load_job(at(tmp_path, faces, **knobs))


@pytest.mark.parametrize("kind", ["scratch", "dent", "foreign"])
def test_a_size_below_what_the_pixels_show_is_refused(tmp_path, kind):
    load_job(at(tmp_path, **{kind: "smallest_mm = 0.16"}))
    with pytest.raises(ConfigurationError, match=r"smallest_mm = 0\.04 for .* under 0\.15 mm can be seen; use a finer"):
        load_job(at(tmp_path, **{kind: "smallest_mm = 0.04"}))


def test_a_pattern_that_is_taken_out_is_said_with_every_verdict(tmp_path):
    recipe = at(tmp_path, WHOLE.replace('"2"', '"4"'))
    text = recipe.read_text("utf-8").replace("[[view]]", "[[view]]\npattern_mm = 4.0", 1)
    recipe.write_text(text, "utf-8")
    words = "a period of 4 mm is taken out of the picture, and with it what is wider than 0.4 mm"
    assert any(words in said for said in outcome_of(recipe)["reasons"])
    recipe.write_text(text.replace("pattern_mm", 'learned = "x.learned"\npattern_mm'), "utf-8")
    with pytest.raises(ConfigurationError, match="pattern_mm and learned exclude each other"):
        load_job(recipe)


def test_a_widest_scratch_needs_somebody_for_the_wider_ones(tmp_path):
    recipe = at(tmp_path, scratch="widest_mm = 0.1")
    load_job(recipe)
    recipe.write_text(recipe.read_text("utf-8").replace("[view.detect.foreign]", ""), "utf-8")
    with pytest.raises(ConfigurationError, match="would be found by nobody"):
        load_job(recipe)


def test_blunt_foreign_matter_lends_its_floor_to_nobody(tmp_path):
    with pytest.raises(ConfigurationError, match=r"for scratch is 0\.3 mm"):
        load_job(at(tmp_path, foreign="contrast_gray = 200"))


def test_a_blunt_detector_is_said_with_every_verdict(tmp_path):
    faces = WHOLE.replace('"2"', '"4"')
    blunt = outcome_of(at(tmp_path, faces, foreign="contrast_gray = 100"))
    assert any("100 grey levels and 5.5 noise sigmas on only (usual: 5, 5.5)" in said for said in blunt["reasons"])
    assert not any("noise sigmas" in said for said in outcome_of(at(tmp_path, faces))["reasons"])


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (np.zeros((300, 400), np.uint8), "too dark"),
        (np.full((300, 400), 255, np.uint8), "too bright"),
        (np.random.default_rng(2).integers(0, 256, (300, 400)).astype(np.uint8), "too little can be seen"),
        (np.full((300, 400), 2400, np.uint16), "12 bits or fewer"),
    ],
)
def test_a_frame_that_shows_nothing_is_invalid(tmp_path, pixels, words):
    recipe = at(tmp_path)
    write_picture(tmp_path / "speck.png", pixels)
    line = outcome_of(recipe)
    assert line["outcome"] == "INVALID"
    assert words in line["reasons"][0]


def test_an_agreed_smallest_size_does_not_excuse_a_coarser_floor():
    signed = agreement(type="smallest_counted", kind="scratch", smallest_mm=0.1)
    policy = Policy(product_grade="oem", agreements=(signed,))
    for floor, outcome in ((0.1, Outcome.PASS), (0.2, Outcome.REVIEW), (1000.0, Outcome.REVIEW)):
        seen = [Inspected("front", kind, floor if kind is Kind.SCRATCH else 0.01, 1.0) for kind in Kind]
        assert judge([], seen, [Face("front", "A")], load_limits("canon"), policy).outcome is outcome


def test_agreements_that_contradict_each_other_are_refused(tmp_path):
    entry = (
        '[[agreement]]\ntype = "limit_sample"\npart = "P"\nface = "front"\nkind = "dent"\nwho = "QA"\n'
        'reference = "{}"\nsigned = 2026-01-01\nexpires = 2027-01-01\naccepted_mm = {}\n'
        "rejected_mm = 9\ncontrast_gray = 20\n"
    )
    path = tmp_path / "a.toml"
    path.write_text('schema = "cvinspect-agreements/1"\n' + entry.format("A", 1) + entry.format("B", 5), "utf-8")
    done = cli("judge", given(tmp_path), "--limits", "canon", "--agreements", path)
    assert done.code == 2
    assert "A and B are both a limit_sample for dent" in done.err


def given(folder: Path, **more: object) -> Path:
    data = {"faces": [{"name": "top", "grade": "1"}], "blobs": [], **more}
    (folder / "b.json").write_text(json.dumps(data), "utf-8")
    return folder / "b.json"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"outcome": "NOT INSPECTED"}, "outcome"),
        ({"faces": [{"name": "top", "grade": "1", "traits": ["paper-path"]}]}, "paper_path"),
        ({"faces": [{"name": "", "grade": "1"}]}, "name"),
        ({"inspected": [{"face": "top", "kind": "dent", "from_mm": 0, "coverage": 1, "elsewhere": " "}]}, "blank"),
        ({"blobs": [{"kind": "dent", "faces": ["top"], "center_mm": [1e300, 0]}]}, "beyond"),
    ],
)
def test_words_and_numbers_that_nobody_knows_are_refused(tmp_path, more, words):
    done = cli("judge", given(tmp_path, **more), "--limits", "konica-minolta")
    assert done.code == 2
    assert words in done.err


@pytest.mark.parametrize("entry", [Inspected("front", Kind.DENT, 0.1, 5.0), Inspected("front", Kind.DENT, -5.0, 1.0)])
def test_claims_beyond_all_sense_are_refused(entry):
    with pytest.raises(JudgeInputError, match=r"coverage|from_mm"):
        judge([], [*everything(), entry], [Face("front", "1")], load_limits("konica-minolta"), Policy())


@pytest.mark.parametrize("more", [{"ambiguity": "no"}, {"product_grade": "A"}, {"decision_rule": "loose"}])
def test_a_policy_of_unknown_words_is_refused(more):
    with pytest.raises(JudgeInputError, match="allowed"):
        Policy(**more)


def test_what_passes_by_a_signature_cites_it():
    sample = agreement(
        type="limit_sample", kind="dent", accepted_mm=0.5, rejected_mm=0.8, contrast_gray=20, reference="LS-7"
    )
    dent = speck(1, 0, 0, 0.4, kind=Kind.DENT, contrast_gray=10)
    verdict = under("canon", "B", dent, policy=Policy(product_grade="oem", agreements=(sample,)))
    assert verdict.outcome is Outcome.PASS
    assert "sample_pass" in codes(verdict)
    lost = agreement(type="limit_sample", kind="dent", accepted_mm=0.5, rejected_mm=0.8, contrast_gray=20, face="tpo")
    assert "agreement_no_face" in codes(under("canon", "B", policy=Policy(product_grade="oem", agreements=(lost,))))


def test_one_view_of_several_cannot_pass_alone(tmp_path):
    path = given(tmp_path, recipe={"name": "r", "part": "P", "views": ["front", "back"], "sha256": ""})
    done = cli("judge", path, "--limits", "konica-minolta")
    assert done.code == 3
    assert "one view of a part that has several" in done.out


LONG, DEEP = '{"faces": [], "blobs": [], "part": ' + "9" * 5000 + "}", '{"a":' * 9000 + "1" + "}" * 9000


@pytest.mark.parametrize("text", [LONG, DEEP], ids=["digits", "nesting"])
def test_numbers_and_nesting_without_end_are_refused_in_words(text):
    with pytest.raises(JudgeInputError, match=r"digits|deep|integer string conversion"):
        parse_blobs(text, "b.json")
