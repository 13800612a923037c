"""`cvinspect recipe new` writes what works at once; `recipe check` says what a recipe will and will not do."""

import tomllib

import numpy as np
import pytest
from cli import RECIPE, TWO_VIEWS, calibrate, cli, desk, plain

from cvinspect.config import load_job, load_recipe
from cvinspect.pictures import write_picture

SIZE = (480, 360)
OBJECTS = {"dark": (60, 50, 4, 4, -50), "bright": (400, 300, 4, 4, 60), "stain": (150, 120, 120, 100, -40)}  # px


def surface(*objects):
    pixels = plain(SIZE).astype(int)
    for x, y, width, height, contrast in objects:
        pixels[y : y + height, x : x + width] += contrast
    return np.clip(pixels, 0, 255).astype(np.uint8)


def new(folder, *options, name="P", faces=("front=1",)):
    """Calls `recipe new`; the calibration that it names is there."""
    calibrate(folder / "calibration.json", SIZE)
    chosen = [word for face in faces for word in ("--face", face)]
    recipe = folder / "recipe.toml"
    done = cli("recipe", "new", name, *chosen, "--calibration", "calibration.json", *options, "-o", recipe)
    return done, recipe


def inspected(folder, recipe, *objects):
    write_picture(folder / "a.png", surface(*objects))
    (line,) = cli("inspect", folder / "a.png", "--recipe", recipe, "--json").lines
    return line


@pytest.mark.parametrize(
    "options",
    [[], ["--detect", "foreign"], ["--detect", "scratch, foreign"], ["--detect", "dent,foreign_matter,foreign"]],
)
def test_it_finds_dark_and_bright_objects_of_any_size_at_once_each_as_one(tmp_path, options):
    done, recipe = new(tmp_path, *options)
    assert (done.code, done.out, done.err) == (0, f"{recipe}\n", "")
    found = [blob["bbox_px"] for blob in inspected(tmp_path, recipe, *OBJECTS.values())["blobs"]]
    true = [(x, y, x + width, y + height) for x, y, width, height, _ in OBJECTS.values()]
    assert sorted(found) == [pytest.approx(box, abs=2) for box in sorted(true)]


@pytest.mark.parametrize("side", [3, 5])
@pytest.mark.parametrize("contrast", [-20, 20])
def test_it_finds_from_three_pixels_on(tmp_path, side, contrast):
    _, recipe = new(tmp_path)
    assert len(inspected(tmp_path, recipe, (100, 80, side, side, contrast))["blobs"]) == 1


@pytest.mark.parametrize("kinds", ["scratch", "dent", "flash", "scratch,dent"])
def test_what_is_not_asked_for_is_not_looked_for(tmp_path, kinds):
    _, recipe = new(tmp_path, "--detect", kinds)
    line = inspected(tmp_path, recipe, OBJECTS["dark"])
    assert (line["blobs"], line["outcome"]) == ([], "REVIEW")
    assert {entry["kind"] for entry in line["inspected"]} == set(kinds.split(",")) - {"flash"}


def test_without_a_table_nothing_passes_and_it_is_said_why(tmp_path):
    _, recipe = new(tmp_path)
    line = inspected(tmp_path, recipe)
    assert (line["outcome"], line["limits"]) == ("REVIEW", None)
    assert line["reasons"] == ["no limit table given: everything is measured, nothing can pass"]


@pytest.mark.parametrize(
    ("options", "outcome", "said"),
    [
        ([], "REVIEW", "flash was not inspected on face front"),
        (["--elsewhere", 'flash="height gauge"'], "PASS", "flash on face front is checked elsewhere: height gauge"),
        (["--elsewhere", "burr=height gauge"], "PASS", "flash on face front is checked elsewhere: height gauge"),
    ],
)
def test_under_a_table_that_limits_it_flash_is_looked_for_or_declared(tmp_path, options, outcome, said):
    _, recipe = new(tmp_path, "--limits", "konica-minolta", *options)
    line = inspected(tmp_path, recipe)
    assert (line["outcome"], said in line["reasons"]) == (outcome, True)


@pytest.mark.parametrize(("limits", "grade"), [("konica-minolta", "1"), ("canon", "A"), ("lens", "A")])
def test_at_a_twentieth_of_a_millimetre_it_fits_the_strictest_grade(tmp_path, limits, grade):
    _, recipe = new(tmp_path, "--limits", limits, faces=(f"front={grade}",))
    job = load_job(recipe)
    assert (job.table.name, job.faces[0].grade, job.views[0].calibration.mm_per_px) == (limits, grade, 0.05)


def test_further_faces_stand_as_comments_that_work_when_drawn(tmp_path):
    _, recipe = new(tmp_path, faces=("front=1", "back=3", "侧面=4"))
    assert [face.name for face in load_recipe(recipe).file.view[0].face] == ["front"]
    text = recipe.read_text("utf-8")
    text = text.replace('outline = "frame"', "outline = [[12.0, 0.0], [24.0, 0.0], [24.0, 18.0], [12.0, 18.0]]")
    head, *further = text.split("# [[view.face]]\n")
    recipe.write_text("[[view.face]]\n".join([head, *(face.replace("# ", "", 3) for face in further)]), "utf-8")
    faces = load_job(recipe).faces
    assert [(face.name, face.grade) for face in faces] == [("front", "1"), ("back", "3"), ("侧面", "4")]


@pytest.mark.parametrize(
    "name",
    [
        "按键 12",
        'q"uote',
        "back\\slash",
        "new\nline",
        "tab\tbell\a",
        "del\x7f",
        'end"""',
        "#no: [comment]",
        "'",
        "a\u2028b",
    ],
)
def test_any_name_is_kept(tmp_path, name):
    done, recipe = new(tmp_path, "--elsewhere", f"flash={name}.", name=name, faces=(f"{name}=1", f"{name}2=3"))
    assert done.code == 0
    part = load_recipe(recipe).file
    assert (part.part, part.view[0].face[0].name, part.elsewhere[0].by) == (name, name, f"{name}.")
    assert cli("recipe", "check", recipe).code == 0


def test_every_knob_and_option_that_stands_as_a_comment_may_be_used(tmp_path):
    _, recipe = new(tmp_path, "--limits", "konica-minolta")
    lines = recipe.read_text("utf-8").split("\n")
    used = [
        line[2:] if line.startswith("# ") and " = " in line and "agreements" not in line else line for line in lines
    ]
    text = "\n".join(used).replace("{part}_{view}", "{part}")
    recipe.write_text(text, "utf-8")
    assert len(tomllib.loads(text)["view"][0]["detect"]["flash"]) == 1
    assert load_job(recipe).policy.decision_rule == "guarded"


def test_an_existing_file_is_kept(tmp_path):
    _, recipe = new(tmp_path)
    before = recipe.read_bytes()
    done, _ = new(tmp_path, name="another")
    assert (done.code, recipe.read_bytes()) == (2, before)
    assert "recipe.toml: exists already; choose another name" in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["P"], "Missing option '--face'"),
        (["P", "--face", "front"], "--face front: write it as --face front=1"),
        (["P", "--face", "=1"], "--face =1: write it as"),
        (
            ["P", "--face", "front=1", "--elsewhere", "flash"],
            '--elsewhere flash: write it as --elsewhere flash="height',
        ),
        (["P", "--face", "front=1", "--elsewhere", "flsh=x"], "unknown kind 'flsh'; allowed: scratch, dent"),
        (["P", "--face", "front=1", "--detect", "forein"], "unknown kind 'forein'"),
        (["P", "--face", "front=1", "--detect", "crack"], "no detector finds crack; there are: scratch, dent, fore"),
        (["", "--face", "front=1"], 'part = "": must not be empty'),
        (["\udcff", "--face", "front=1"], "?: is not a text that can be written as UTF-8"),
    ],
)
def test_what_makes_no_recipe_is_refused_and_nothing_is_written(tmp_path, words, message):
    done = cli("recipe", "new", *words, "-o", tmp_path / "recipe.toml")
    assert (done.code, done.out, list(tmp_path.iterdir())) == (2, "", [])
    assert message in done.words


@pytest.mark.parametrize("place", ["no folder/recipe.toml", "file/recipe.toml", "x" * 300 + ".toml"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path, place):
    (tmp_path / "file").touch()
    done = cli("recipe", "new", "P", "--face", "front=1", "-o", tmp_path / place)
    assert (done.code, done.out) == (2, "")
    assert "cannot be written" in done.err or "File name too long" in done.err


def checked(folder, text=RECIPE, *options, **replaced):
    done = cli("recipe", "check", desk(folder, text, **replaced), *options)
    assert (done.code, done.err) == (0, "")
    return done.out


def test_check_says_what_is_looked_for_and_what_is_not(tmp_path):
    lines = checked(tmp_path).splitlines()
    assert lines[:5] == [
        "face front, grade 1 (view front):",
        "scratch on face front is checked elsewhere: a person",
        "dent on face front is checked elsewhere: a person",
        "  foreign matter: looked for from 0.15 mm on",
        "flash on face front is checked elsewhere: a gauge",
    ]
    assert lines[-1].startswith("no camera here finds: short shot, crack, ")


def test_check_speaks_of_every_view(tmp_path):
    said = checked(tmp_path, TWO_VIEWS)
    assert "face front, grade 1 (view front):" in said
    assert "face back, grade 1 (view back):" in said


@pytest.mark.parametrize(
    ("limits", "grade", "detect", "said"),
    [
        (
            "konica-minolta",
            "1",
            "foreign",
            "REVIEW: EVERY part, since flash on face front is limited but not looked for",
        ),
        ("lens", "A", "foreign", "REVIEW: any foreign matter on face front, since the table states no limit for it"),
        ("canon", "A", "foreign", "until it is answered whether it affects the function (canon.burr.function)"),
        ("", "A", "foreign", "no limit table given: everything is measured, nothing can pass"),
    ],
)
def test_check_says_what_will_send_parts_to_review(tmp_path, limits, grade, detect, said):
    _, recipe = new(tmp_path, *(["--limits", limits] if limits else []), "--detect", detect, faces=(f"front={grade}",))
    assert said in cli("recipe", "check", recipe).out


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("limits", "grade"), [("konica-minolta", "3"), ("canon", "C"), ("sanyo", "A"), ("lens", "A")])
def test_check_has_words_for_everything(tmp_path, limits, grade, lang):
    _, recipe = new(tmp_path, "--limits", limits, faces=(f"front={grade}",))
    done = cli("recipe", "check", recipe, "--lang", lang)
    assert done.code == 0, done.err
    assert "{" not in done.out
    assert ("外观" in done.out or "等级" in done.out) == (lang == "zh")


def test_check_takes_another_table_and_calibration(tmp_path):
    calibrate(tmp_path / "other.json", (99, 88))
    options = ("--limits", "lens", "--calibration", tmp_path / "other.json")
    assert "overridden on the command line: --limits lens" in checked(
        tmp_path, RECIPE.replace('grade = "1"', 'grade = "A"'), *options
    )
