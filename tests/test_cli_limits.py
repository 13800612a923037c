"""`cvinspect limits`: every table is listed, shown whole and in both languages, explained as the judge decides."""

import itertools
import json
import math
import shutil
from importlib import resources

import pytest
from cli import cli

from cvinspect.config import list_limits, load_limits
from cvinspect.model import CAMERA_KINDS

TABLES = list_limits()
EIGHT = {"canon", "konica-minolta", "fuji-xerox", "sanyo", "sharp", "general-plastic", "other-customers", "lens"}
SIZES = ("diameter_mm", "length_mm", "width_mm", "max_dimension_mm", "height_mm")

of_each = pytest.mark.parametrize("name", TABLES)
of_both = pytest.mark.parametrize("lang", ["en", "zh"])


def said(*words):
    """What a command prints that must go well, all in words."""
    done = cli("limits", *words)
    assert (done.code, done.err) == (0, "")
    assert "{" not in done.out
    return done.out


def quotes(value):
    """Every `quote` in plain data."""
    if isinstance(value, list):
        for inner in value:
            yield from quotes(inner)
    elif isinstance(value, dict):
        yield from (inner for key, inner in value.items() if key == "quote" and inner)
        yield from itertools.chain.from_iterable(map(quotes, value.values()))


def test_the_eight_tables_are_listed():
    lines = said("list").splitlines()
    assert {line.split()[0] for line in lines} == EIGHT == set(TABLES)
    for line in lines:
        table = load_limits(line.split()[0])
        rules = sum(1 for _ in table.all_rules())
        assert line.split()[1:5] == [table.revision, table.status, str(rules), "rules"]


@of_each
@of_both
def test_show_prints_every_rule_and_every_phrase(name, lang):
    shown = said("show", name, "--lang", lang)
    table = load_limits(name)
    base = [] if table.base is None else [table.base]
    for rule in table.all_rules():
        assert rule.id in shown
        assert (rule.title.zh if lang == "zh" else rule.title.en) in shown
    rules = [one.model_dump(mode="json")["rule"] for one in (table, *base)]
    assert [quote for quote in quotes(rules) if quote not in shown] == []
    assert (table.title.zh if lang == "zh" else table.title.en) in shown


@of_each
def test_show_prints_why_a_rule_is_read_as_it_is(name):
    shown = said("show", name)
    assert [rule.id for rule in load_limits(name).all_rules() if rule.reason and rule.reason not in shown] == []


@of_each
@of_both
def test_show_prints_grades_viewing_sampling_and_open_questions(name, lang):
    shown = said("show", name, "--lang", lang)
    table = load_limits(name)
    for grade in table.face_grade:
        assert grade.grade in shown
        assert all(alias in shown for alias in grade.aliases)
    for question in table.open_question:
        assert getattr(question.question, lang) in shown
        assert getattr(question.until_then, lang) in shown
    data = table.model_dump(mode="json")
    assert [quote for quote in quotes([data["viewing"], data["environment"]]) if quote not in shown] == []
    if table.sampling is not None and table.sampling.aql is not None:
        assert f"AQL {table.sampling.aql:g}, Ac {table.sampling.accept}, Re {table.sampling.reject}" in shown


@of_each
def test_check_accepts_every_built_in_table_as_a_file(name, tmp_path):
    folder = tmp_path / "客户"
    shutil.copytree(str(resources.files("cvinspect").joinpath("limits")), folder)
    table = load_limits(name)
    cells = sum(len(rule.cell) for rule in table.all_rules())
    expected = f"{table.name} {table.revision} ({table.status}): {cells} cells, every size answered once"
    assert said("check", folder / f"{name}.toml").rstrip().endswith(expected)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "", "a.txt: a limit table is a .toml file"),
        ("a.toml", None, "a.toml: cannot be read: No such file"),
        ("a.toml", "name = ", "a.toml: not valid TOML"),
        ("a.toml", 'nmae = "own"', "a.toml: nmae: unknown key; did you mean 'name'?"),
    ],
)
def test_check_refuses_in_words(tmp_path, name, text, message):
    if text is not None:
        (tmp_path / name).write_text(text, "utf-8")
    done = cli("limits", "check", tmp_path / name)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def round_one(kind, size):
    """The judge's input for a round imperfection of `size` mm, as high as wide, of exactly known size."""
    sizes = {name: {"value": size, "u": 0} for name in SIZES}
    area = {"value": math.pi * size**2 / 4, "u": 0}
    return {"kind": kind, "faces": ["front"], "center_mm": [0, 0], "area_mm2": area, **sizes}


@of_each
def test_explain_answers_as_the_judge_decides(name):
    table = load_limits(name)
    grades = [grade.grade for grade in table.known_grades] or ["A"]
    for face, kind, size in itertools.product(grades, CAMERA_KINDS, (0.2, 1.0)):
        explained = said("explain", name, "--face", face, "--kind", str(kind), "--size", size).splitlines()
        given = {"faces": [{"name": "front", "grade": face}], "blobs": [round_one(kind, size)]}
        words = ("judge", "-", "--limits", name, "--decision-rule", "simple", "--json")
        (judged,) = cli(*words, given=json.dumps(given)).lines
        assert explained[0].split()[0] == judged["outcome"]
        rows = [f"  {finding['outcome']:7} {finding['reason']}" for finding in judged["findings"]]
        assert explained[1 : 1 + len(rows)] == rows


@of_each
@of_both
def test_explain_has_words_for_every_kind_and_grade(name, lang):
    table = load_limits(name)
    for face in [*(grade.grade for grade in table.known_grades), "no such grade"]:
        for kind in ("burr", "gate"):
            first = said("explain", name, "--face", face, "--kind", kind, "--size", 0.3, "--lang", lang).splitlines()[0]
            assert first.split()[0] in ("PASS", "FAIL", "REVIEW")


def test_explain_quotes_the_customer_and_keeps_to_the_limit():
    words = ("explain", "konica-minolta", "--face", "1", "--kind", "foreign", "--size")
    assert said(*words, 0.5).splitlines()[0] == "PASS 合格"
    over = said(*words, math.nextafter(0.5, 1)).splitlines()
    assert over[0] == "FAIL 不合格"
    assert "(km.foreign, grade 1, “大于0.5的不充许有”)" in over[1]


@pytest.mark.parametrize(("grade", "outcome"), [("oem", "FAIL"), ("canon", "PASS")])
def test_explain_knows_product_grades(grade, outcome):
    words = ("explain", "canon", "--face", "A", "--kind", "foreign", "--size", 0.6, "--product-grade", grade)
    assert said(*words).split()[0] == outcome


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--face", "1", "--kind", "forein", "--size", "1"], "unknown kind 'forein'; allowed: scratch, dent"),
        (["--face", "1", "--kind", "dent", "--size", "nan"], "Input should be greater than or equal to 0"),
        (["--face", "1", "--kind", "dent", "--size", "inf"], "--size inf: give a number of mm, at most 1000"),
        (["--face", "1", "--kind", "dent", "--size", "-1"], "Input should be greater than or equal to 0"),
        (["--face", "1", "--kind", "dent"], "Missing option '--size'"),
        (["--kind", "dent", "--size", "1"], "Missing option '--face'"),
    ],
)
def test_explain_refuses_in_words(options, message):
    done = cli("limits", "explain", "konica-minolta", *options)
    assert (done.code, done.out) == (2, "")
    assert message in done.words


@of_each
@of_both
def test_diff_has_words_for_whatever_differs(name, lang):
    assert said("diff", name, name, "--lang", lang) == ("无差异\n" if lang == "zh" else "no difference\n")
    for other in {"canon", "konica-minolta", "lens"} - {name}:
        assert said("diff", name, other, "--lang", lang).startswith("table")


def test_diff_names_what_was_changed(tmp_path):
    text = resources.files("cvinspect").joinpath("limits", "konica-minolta.toml").read_text("utf-8")
    band = "at_least_mm = 0.3, up_to_mm = 0.5, allow = "
    own = tmp_path / "own.toml"
    own.write_text(text.replace(f"{band}1", f"{band}2", 1), "utf-8")
    changed = "rule km.foreign, face grade 1: number allowed, ≥0.3 ≤0.5 mm: 1 → 2 (loosened)\n"
    assert said("diff", "konica-minolta", own) == changed


@pytest.mark.parametrize("words", [["show", "canno"], ["diff", "canon", "canno"], ["explain", "canno", "--face", "A"]])
def test_an_unknown_table_is_refused_with_what_was_meant(words):
    more = ["--kind", "dent", "--size", "1"] if words[0] == "explain" else []
    done = cli("limits", *words, *more)
    assert (done.code, done.out) == (2, "")
    assert "unknown limit table 'canno'; did you mean 'canon'?" in done.err
