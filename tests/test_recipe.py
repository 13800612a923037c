"""The recipe's form: names, outlines, traits with their time, file-name patterns, and the template's text."""

import hashlib
from datetime import date
from pathlib import Path

import pytest
from cli import RECIPE, TWO_VIEWS

from cvinspect.config.recipe import Recipe, load_recipe, pattern_of
from cvinspect.config.template import recipe_text
from cvinspect.errors import RecipeError
from cvinspect.model import Kind


def written(folder, text, name="recipe.toml"):
    (folder / name).write_text(text, "utf-8")
    return folder / name


def test_a_recipe_knows_its_text_its_name_and_its_hash(tmp_path):
    recipe = load_recipe(written(tmp_path, RECIPE, "按键.toml"))
    assert isinstance(recipe, Recipe)
    assert (recipe.name, recipe.text, recipe.file.part) == ("按键", RECIPE, "P")
    assert recipe.sha256 == hashlib.sha256(RECIPE.encode()).hexdigest()


def test_a_recipe_s_name_is_fit_to_be_shown():
    assert Recipe(Path("a\nb\udcff.toml"), "", "", None).name == "a\\nb?"


def test_what_is_left_out_has_its_default(tmp_path):
    file = load_recipe(written(tmp_path, RECIPE)).file
    (view,) = file.view
    (face,) = view.face
    assert (face.outline, face.traits, face.no_function, file.pictures) == ("frame", (), None, "")
    assert (file.limits.product_grade, file.limits.decision_rule, file.limits.ambiguity) == (None, None, "review")
    assert (file.limits.agreements, file.limits.unresolved) == ("", "refuse")
    assert view.detect == {"foreign": {}}
    assert [(said.kind, said.by, said.faces) for said in file.elsewhere][2] == (Kind.FLASH, "a gauge", ())


def test_several_views_each_have_their_faces(tmp_path):
    file = load_recipe(written(tmp_path, TWO_VIEWS)).file
    assert [(view.name, [face.name for face in view.face]) for view in file.view] == [
        ("front", ["front"]),
        ("back", ["back"]),
    ]


FACE = RECIPE[: RECIPE.index("[view.detect")]
OUTLINE = "outline = [[0, 0], [2.5, 0.0], [2.5, 1.0]]\n"


def test_an_outline_is_a_polygon_in_millimetres(tmp_path):
    (face,) = load_recipe(written(tmp_path, FACE + OUTLINE)).file.view[0].face
    assert face.value(date(2026, 1, 1)).outline_mm == ((0.0, 0.0), (2.5, 0.0), (2.5, 1.0))


SIGNED = 'no_function = { who = "QA", reference = "F-1", expires = 2026-06-30 }\n'


@pytest.mark.parametrize(
    ("day", "traits"),
    [(date(2026, 6, 30), ("paper_path", "no_function")), (date(2026, 7, 1), ("paper_path",))],
)
def test_a_signed_answer_is_a_trait_until_it_expires(tmp_path, day, traits):
    (face,) = load_recipe(written(tmp_path, FACE + 'traits = ["paper_path"]\n' + SIGNED)).file.view[0].face
    assert face.value(day).traits == traits


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("outline = []\n", "must hold at least 3"),
        ("outline = [[0, 0], [1, 1]]\n", "must hold at least 3"),
        ("outline = [[0, 0], [1, 1], [1]]\n", r"outline\[3\].* is missing"),
        ("outline = [[0, 0], [1, 1], [inf, 0]]\n", r"outline\[3\]\[1\] = Infinity: must be a finite number"),
        ('outline = "circle"\n', "must be 'frame'"),
        ("traits = [1]\n", "must be 'paper_path'"),
        ('traits = "paper_path"\n', r"must be a list in \[ \]"),
        ('no_function = { who = "QA" }\n', "no_function.reference is missing"),
        ('no_function = { who = "", reference = "F", expires = 2026-06-30 }\n', "must not be empty"),
        ("no_function = true\n", "must be a table of keys and values"),
        (SIGNED.replace("2026-06-30", '"soon"'), "must be a date: 2026-01-31"),
        ("[view.detect.foreign]\n[view.detect.foreign_matter]\n", "a kind stands twice: foreign, foreign_matter"),
        ("[view.detect.forein]\n", "unknown kind 'forein'; allowed: scratch"),
        ("[view.detect]\nforeign = true\n", "detect.foreign = true: must be a table"),
        (f'{OUTLINE}[[view.face]]\nname = "front"\ngrade = "2"\n{OUTLINE}', "face 'front' stands twice"),
        (f'[[view.face]]\nname = "b"\ngrade = "2"\n{OUTLINE}', 'outline = "frame" is for an only face, but front has'),
    ],
)
def test_a_face_or_view_that_does_not_hold_is_refused(tmp_path, more, message):
    with pytest.raises(RecipeError, match=message):
        load_recipe(written(tmp_path, FACE + more))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "back"\ncal', 'name = "front"\ncal', "view 'front' stands twice"),
        ('name = "back"\ngrade', 'name = "front"\ngrade', "face 'front' stands twice"),
        ("{part}_{view}.png", "{part}.png", "several views need a file-name pattern with {view}"),
        ("{part}_{view}.png", "{part}_{view}_{view}.png", "may stand once each"),
        ("{part}_{view}.png", "{part}_{View}.png", "unknown field {View} in the file-name pattern; allowed: {part}"),
        ("cvinspect-recipe/1", "cvinspect-recipe/2", "must be 'cvinspect-recipe/1'"),
        ('by = "a gauge"', 'by = ""', r"elsewhere\[3\].by = \"\": must not be empty"),
        ('by = "a gauge"', 'by = "a gauge"\nfaces = ["top"]', "unknown face top; known: "),
    ],
)
def test_views_that_do_not_fit_together_are_refused(tmp_path, old, new, message):
    with pytest.raises(RecipeError, match=message):
        load_recipe(written(tmp_path, TWO_VIEWS.replace(old, new)))


@pytest.mark.parametrize(
    ("pattern", "name", "fields"),
    [
        ("{part}_{view}.png", "A-1_front.png", {"part": "A-1", "view": "front"}),
        ("{part}_{view}.png", "a_b_c.png", {"part": "a", "view": "b_c"}),  # the first part that fits
        ("{view}-{any}-{part}.png", "左-2026-7.png", {"view": "左", "part": "7"}),
        ("{part}.png", "A.PNG", None),
        ("{part}.png", "a.png.png", {"part": "a.png"}),
        ("{part}.png", ".png", None),
        ("x.{part}+", "x.a+", {"part": "a"}),
        ("x.{part}+", "xya+", None),
        ("{part}.png", "a\nb.png", None),
    ],
)
def test_a_pattern_reads_part_and_view_from_a_name(pattern, name, fields):
    fits = pattern_of(pattern).fullmatch(name)
    assert (fits.groupdict() if fits else None) == fields


def loaded(folder, **more):
    given = {"part": "P", "faces": [("front", "1")], "kinds": [], "elsewhere": [], "limits": "", "calibration": ""}
    return load_recipe(written(folder, recipe_text(**{**given, **more}))).file


def test_the_template_holds_what_was_asked_for(tmp_path):
    kinds, elsewhere = [Kind.SCRATCH, Kind.FOREIGN_MATTER], [(Kind.FLASH, "a gauge"), (Kind.CRACK, "a person")]
    file = loaded(tmp_path, kinds=kinds, elsewhere=elsewhere, limits="canon", calibration="c.json")
    assert file.limits.name == "canon"
    assert [(said.kind, said.by) for said in file.elsewhere] == elsewhere
    assert (file.view[0].calibration, file.view[0].detect) == ("c.json", {"scratch": {}, "foreign": {}})


def test_the_template_leaves_out_what_was_not_asked_for(tmp_path):
    file = loaded(tmp_path)
    assert (file.limits, file.elsewhere, file.view[0].detect, file.view[0].calibration) == (None, (), {}, "")


def test_the_template_knows_no_detector_for_a_crack():
    with pytest.raises(RecipeError, match="no detector finds crack; there are: scratch, dent, foreign_matter, flash"):
        recipe_text("P", [("front", "1")], [Kind.CRACK], [], "", "")
