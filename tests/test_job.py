"""A job proves that recipe, limits and calibration fit before the first part; and what the command line may change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest
from cli import RECIPE, TWO_VIEWS, desk

from cvinspect.config import Overrides, load_job
from cvinspect.detect import DETECTORS
from cvinspect.errors import CalibrationError, ConfigurationError, LimitsError, RecipeError
from cvinspect.model import Inspected, Kind

KONICA = 'name = "konica-minolta"'


def job_of(folder, text=RECIPE, replaced=None, **more):
    return load_job(desk(folder, text, replaced=replaced or {}), **more)


def codes(job):
    return [note.code for note in job.notes]


def test_a_job_holds_what_a_part_is_inspected_by(tmp_path):
    job = job_of(tmp_path)
    (view,) = job.views
    assert (view.name, view.calibration_name, view.calibration.mm_per_px) == ("front", "calibration.json", 0.05)
    assert view.detectors == {Kind.FOREIGN_MATTER: DETECTORS[Kind.FOREIGN_MATTER]()}
    assert (job.table.name, job.policy.product_grade, job.policy.decision_rule) == ("konica-minolta", None, None)
    assert job.elsewhere[2] == Inspected("front", Kind.FLASH, 0.0, 1.0, "a gauge")
    assert (job.overridden, job.notes, [face.name for face in job.faces]) == ((), (), ["front"])


def test_knobs_reach_their_detector(tmp_path):
    table = "[view.detect.foreign]"
    job = job_of(tmp_path, replaced={table: f"{table}\nsmallest_mm = 0.25\ncontrast_gray = 12\n"})
    assert job.views[0].detectors == {
        Kind.FOREIGN_MATTER: DETECTORS[Kind.FOREIGN_MATTER](smallest_mm=0.25, contrast_gray=12.0)
    }


@pytest.mark.parametrize("kind", DETECTORS, ids=str)
@pytest.mark.parametrize(
    ("knob", "message"),
    [
        ("nonsense = 1", "nonsense: unknown key"),
        ("contrast_gray = nan", "contrast_gray = NaN: must be a finite number"),
        ("contrast_gray = 0.0", "contrast_gray = 0.0: allowed is a number from 1 to 255 grey levels"),
        ("noise_sigmas = true", "noise_sigmas = true: must be a number"),
        ("smallest_mm = [1]", r"smallest_mm = \[1\]: must be a number"),
    ],
)
def test_a_knob_that_does_not_hold_is_refused_with_its_place(tmp_path, kind, knob, message):
    old = "[view.detect.foreign]"
    with pytest.raises(RecipeError, match=f"recipe.toml: view 'front', detect.{kind}: {message}"):
        job_of(tmp_path, replaced={old: f"[view.detect.{kind}]\n{knob}\n"})


def test_what_is_checked_elsewhere_may_be_said_of_some_faces(tmp_path):
    by = 'by = "a gauge"'
    job = job_of(tmp_path, TWO_VIEWS, {by: f'{by}\nfaces = ["back"]'})
    assert [said.face for said in job.elsewhere if said.kind is Kind.FLASH] == ["back"]
    assert [said.face for said in job.elsewhere if said.kind is Kind.DENT] == ["front", "back"]


def test_every_view_has_its_own_calibration(tmp_path):
    desk(tmp_path / "other", made_at=datetime(2020, 1, 1, tzinfo=UTC), valid_until=datetime(2020, 2, 1, tzinfo=UTC))
    text = TWO_VIEWS[::-1].replace('"calibration.json"'[::-1], '"other/calibration.json"'[::-1], 1)[::-1]
    with pytest.raises(CalibrationError, match=r"other.calibration\.json: expired on 2020-02-01"):
        job_of(tmp_path, text)


@pytest.mark.parametrize(("grade", "known"), [("1", True), ("一级", True), ("5", False), ("a", False)])
def test_a_face_grade_is_known_by_its_names(tmp_path, grade, known):
    replaced = {'grade = "1"': f'grade = "{grade}"'}
    if known:
        assert job_of(tmp_path, replaced=replaced).faces[0].grade == grade
    else:
        with pytest.raises(RecipeError, match=f"unknown face grade '{grade}'; konica-minolta knows 1, 2, 3, 4"):
            job_of(tmp_path, replaced=replaced)


def test_without_a_table_any_grade_will_do(tmp_path):
    job = job_of(tmp_path, replaced={f"[limits]\n{KONICA}": "", 'grade = "1"': 'grade = "shiny"'})
    assert (job.table, job.faces[0].grade) == (None, "shiny")


@pytest.mark.parametrize(
    ("smallest", "more", "fits"),
    [
        ("0.3", "", True),
        ("0.301", "", False),
        ("0.301", 'unresolved = "review"', True),
        ("0.301", 'unresolved = "refuse"', False),
    ],
)
def test_the_smallest_limit_must_be_resolved(tmp_path, smallest, more, fits):
    table = "[view.detect.foreign]"
    replaced = {table: f"{table}\nsmallest_mm = {smallest}", KONICA: f"{KONICA}\n{more}"}
    if fits:
        assert job_of(tmp_path, replaced=replaced).table is not None
    else:
        with pytest.raises(
            LimitsError, match=r"for foreign_matter is 0\.3 mm, but at 0\.05 mm/px it is looked for from"
        ):
            job_of(tmp_path, replaced=replaced)


def test_what_is_checked_elsewhere_need_not_be_resolved(tmp_path):
    coarse = "[view.detect.foreign]\nsmallest_mm = 0.4"
    replaced = {"[view.detect.foreign]": coarse, 'kind = "dent"': 'kind = "foreign"'}
    assert job_of(tmp_path, replaced=replaced).table.name == "konica-minolta"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (Overrides(), ()),
        (Overrides(limits="lens"), ("--limits lens",)),
        (Overrides(limits="konica-minolta"), ()),
        (Overrides(ambiguity="worst"), ("--ambiguity worst",)),
        (Overrides(ambiguity="review"), ()),
        (Overrides(product_grade="canon"), ()),
        (Overrides(decision_rule="strict"), ("--decision-rule strict",)),
    ],
)
def test_what_the_command_line_changes_is_told(tmp_path, given, told):
    job = job_of(tmp_path, replaced={'grade = "1"': 'grade = "A"'} if given.limits == "lens" else {}, overrides=given)
    assert (job.overridden, codes(job)) == (told, ["overridden"] * len(told))


def test_the_command_line_decides(tmp_path):
    given = Overrides(limits="canon", product_grade="canon", decision_rule="simple", ambiguity="worst")
    own = f'{KONICA}\nproduct_grade = "oem"\ndecision_rule = "strict"'
    job = job_of(tmp_path, replaced={KONICA: own, 'grade = "1"': 'grade = "A"'}, overrides=given)
    assert (job.table.name, job.policy.product_grade) == ("canon", "canon")
    assert (job.policy.decision_rule, job.policy.ambiguity) == ("simple", "worst")
    assert len(job.overridden) == 4


def own_table(path, name):
    text = resources.files("cvinspect").joinpath("limits", "konica-minolta.toml").read_text("utf-8")
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.replace(KONICA, f'name = "{name}"', 1), "utf-8")


def test_a_table_s_path_in_a_recipe_is_beside_it_and_on_the_command_line_where_one_stands(tmp_path, monkeypatch):
    own_table(tmp_path / "desk" / "own.toml", "beside the recipe")
    own_table(tmp_path / "own.toml", "where one stands")
    monkeypatch.chdir(tmp_path)
    recipe = desk(tmp_path / "desk", replaced={KONICA: 'name = "own.toml"'})
    assert load_job(recipe).table.name == "beside the recipe"
    assert load_job(recipe, Overrides(limits="own.toml")).table.name == "where one stands"
    (tmp_path / "desk" / "own.toml").unlink()
    with pytest.raises(LimitsError, match=r"limits\.name = 'own\.toml': .*desk.own\.toml: cannot be read"):
        load_job(recipe)


def test_an_unknown_table_is_refused_with_the_recipe_and_the_key(tmp_path):
    with pytest.raises(LimitsError, match=r"recipe\.toml: limits\.name = 'konika-minolta': .*mean 'konica-minolta'"):
        job_of(tmp_path, replaced={"konica-minolta": "konika-minolta"})


AGREED = """\
schema = "cvinspect-agreements/1"
[[agreement]]
type = "internal_limit"
part = "P"
face = "front"
kind = "foreign"
who = "QA"
reference = "N-1"
signed = 2026-01-01
expires = 2026-12-31
limit_mm = 0.15
"""


@pytest.mark.parametrize(
    ("change", "day", "used", "notes"),
    [
        ({}, "2026-12-31", 1, []),
        ({}, "2027-01-01", 0, ["agreement_expired"]),
        ({}, "2025-12-31", 0, ["agreement_expired"]),
        ({'part = "P"': 'part = "Q"'}, "2026-06-01", 0, ["agreement_other_part"]),
    ],
)
def test_agreements_in_force_are_used_and_the_others_named(tmp_path, change, day, used, notes):
    text = AGREED
    for old, new in change.items():
        text = text.replace(old, new)
    (tmp_path / "signed.toml").write_text(text, "utf-8")
    now = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    recipe = desk(
        tmp_path,
        replaced={KONICA: f'{KONICA}\nagreements = "signed.toml"'},
        made_at=now - timedelta(days=9),
        valid_until=now + timedelta(days=99),
    )
    job = load_job(recipe, now=now)
    assert (len(job.policy.agreements), codes(job)) == (used, notes)


def test_agreements_of_the_command_line_go_first(tmp_path):
    (tmp_path / "given.toml").write_text(AGREED.replace("2026-12-31", "2099-12-31"), "utf-8")
    overrides = Overrides(agreements=tmp_path / "given.toml")
    job = job_of(tmp_path, replaced={KONICA: f'{KONICA}\nagreements = "gone.toml"'}, overrides=overrides)
    assert [one.reference for one in job.policy.agreements] == ["N-1"]
    assert job.overridden == (f"--agreements {tmp_path / 'given.toml'}",)


def test_a_calibration_that_ends_soon_is_noted(tmp_path):
    now = datetime.now(UTC)
    recipe = desk(tmp_path, made_at=now - timedelta(days=300), valid_until=now + timedelta(days=13))
    (note,) = load_job(recipe).notes
    assert (note.code, note.values["name"]) == ("calibration_ends", "calibration.json")
    assert note.values["until"] == f"{now + timedelta(days=13):%Y-%m-%d}"


def test_the_recipe_s_own_paths_do_not_depend_on_where_one_stands(tmp_path, monkeypatch):
    recipe = desk(tmp_path / "desk")
    monkeypatch.chdir(tmp_path)
    assert load_job(Path("desk") / "recipe.toml").views == load_job(recipe).views


def test_every_refusal_is_a_configuration_error(tmp_path):
    with pytest.raises(ConfigurationError, match="no such recipe"):
        load_job(tmp_path / "gone.toml")
    with pytest.raises(ConfigurationError, match="no such calibration"):
        job_of(tmp_path, overrides=replace(Overrides(), calibration=tmp_path / "gone.json"))
