"""`cvinspect inspect`: the JSON contract of docs/json.md, exit codes, what stands on which stream, the report."""

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys

import pytest
from cli import LARGE, MM_PER_PX, RECIPE, SAMPLES, TWO_VIEWS, cli, desk, draw, marked

from cvinspect.cli.show import Progress
from cvinspect.config import load_job, load_limits
from cvinspect.pictures import write_picture

NUMBER, NONE = (int, float), type(None)
MEASURED = {"value": NUMBER, "u": NUMBER}
POINT = [NUMBER, NUMBER]
BLOB = {
    "id": int,
    "kind": str,
    "faces": [str, ...],
    "center_px": POINT,
    "center_mm": POINT,
    "bbox_px": [int, int, int, int],
    **dict.fromkeys(("area_mm2", "diameter_mm", "length_mm", "width_mm", "max_dimension_mm"), MEASURED),
    "height_mm": (MEASURED, NONE),
    "outline_mm": [POINT, ...],
    "may_be": [str, ...],
    "light": str,
    "contrast_gray": NUMBER,
    "strength": NUMBER,
    "doubt": [str, ...],
}
FINDING = {
    "blobs": [int, ...],
    "rule": str,
    "outcome": str,
    "readings": [{"name": str, "outcome": str}, ...],
    "quantity": str,
    "measured": (NUMBER, NONE),
    "allowed": (NUMBER, NONE),
    "margin": (NUMBER, NONE),
    "reason": str,
}
LINE = {
    **dict.fromkeys(("picture", "part", "view", "sha256", "outcome"), str),
    "lights": [str, ...],
    "learned": (NONE, {"name": str, "sha256": str}),
    "reasons": [str, ...],
    "recipe": {"name": str, "part": str, "views": [str, ...], "sha256": str},
    "limits": {"name": str, "revision": str, "sha256": str, "status": str},
    "calibration": {"name": str, "sha256": str},
    "mm_per_px": NUMBER,
    "faces": [{"name": str, "grade": str, "traits": [str, ...]}, ...],
    "inspected": [
        (
            {"face": str, "kind": str, "from_mm": NUMBER, "coverage": NUMBER},
            {"face": str, "kind": str, "from_mm": NUMBER, "coverage": NUMBER, "elsewhere": str},
        ),
        ...,
    ],
    "blobs": [BLOB, ...],
    "findings": [FINDING, ...],
    "timing_ms": dict,
}


def fits(value, form):
    """True where plain data have exactly the keys and types of `form`; `[form, ...]` is a list of any length."""
    if isinstance(form, tuple):
        return any(fits(value, one) for one in form)
    if isinstance(form, dict):
        return isinstance(value, dict) and value.keys() == form.keys() and all(fits(value[k], form[k]) for k in form)
    if isinstance(form, list):
        forms = [form[0]] * len(value) if form[-1] is ... else form
        return isinstance(value, list) and len(value) == len(forms) and all(map(fits, value, forms))
    return isinstance(value, form) and not (isinstance(value, bool) and form is not bool)


def of_recipe():
    """{recipe: its samples' pictures}; a recipe is the folder samples/recipes, a picture's truth names it."""
    found = {}
    for truth in sorted(path.with_suffix(".toml") for path in SAMPLES.glob("*.png")):
        name = truth.read_text("utf-8").split('recipe = "')[1].split('"')[0]
        found.setdefault(name, []).append(truth.with_suffix(".png"))
    return found


@pytest.fixture(scope="module", params=of_recipe().items(), ids=lambda item: item[0])
def sample_lines(request):
    """(recipe, job, lines of `inspect --json` over its samples)."""
    recipe = SAMPLES / request.param[0]
    return recipe, load_job(recipe), cli("inspect", *request.param[1], "--recipe", recipe, "--json").lines


def judged_again(line, job, *more):
    options = ["--limits", job.table.name]
    options += ["--product-grade", job.policy.product_grade] if job.policy.product_grade else []
    done = cli("judge", "-", *options, "--json", *more, given=json.dumps(line))
    return done.code, done.lines[0]


def test_every_line_has_the_form_of_the_contract(sample_lines):
    _, _, lines = sample_lines
    for line in lines:
        assert fits(line, LINE), line


def test_every_line_says_what_it_was_made_from(sample_lines):
    recipe, job, lines = sample_lines
    (view,) = job.views
    table = load_limits(job.table.name)
    for line in lines:
        assert line["recipe"] == {
            "name": recipe.stem,
            "part": job.recipe.file.part,
            "views": [view.name],
            "sha256": hashlib.sha256(recipe.read_bytes()).hexdigest(),
        }
        assert line["limits"] == {
            "name": table.name,
            "revision": table.revision,
            "sha256": table.sha256,
            "status": "draft",
        }
        assert line["calibration"]["sha256"] == view.calibration.sha256
        assert line["mm_per_px"] == view.calibration.mm_per_px
        if line["sha256"]:
            name = line["picture"].rpartition("/")[2]
            assert line["sha256"] == hashlib.sha256((SAMPLES / name).read_bytes()).hexdigest()


def test_findings_name_blobs_of_the_line_and_have_an_outcome_that_is_no_better(sample_lines):
    order = ["PASS", "REVIEW", "INVALID", "FAIL"]
    for line in sample_lines[2]:
        ids = {blob["id"] for blob in line["blobs"]}
        assert all(ids.issuperset(finding["blobs"]) for finding in line["findings"])
        worst = max((order.index(finding["outcome"]) for finding in line["findings"]), default=0)
        assert order.index(line["outcome"]) >= worst


def test_an_invalid_line_holds_nothing_found(sample_lines):
    for line in sample_lines[2]:
        if line["outcome"] == "INVALID":
            assert (line["blobs"], line["findings"], line["inspected"], line["timing_ms"]) == ([], [], [], {})
        else:
            assert line["inspected"]
            assert line["timing_ms"].keys() == {"locate", "fitness", "detect", "measure", "inspected"}


def test_a_line_judged_again_gives_the_same(sample_lines):
    _, job, lines = sample_lines
    for line in lines:
        code, again = judged_again(line, job)
        assert again["outcome"] == line["outcome"]
        assert again["findings"] == line["findings"]
        assert code == {"PASS": 0, "FAIL": 1, "REVIEW": 3, "INVALID": 4}[line["outcome"]]
        if line["outcome"] == "INVALID":
            assert again["reasons"][:-1] == line["reasons"]
            assert "nothing was inspected then" in again["reasons"][-1]
        else:
            assert again["reasons"] == line["reasons"]


def test_a_line_under_agreements_judged_again_gives_the_same(tmp_path):
    agreements = tmp_path / "agreements.toml"
    agreements.write_text(
        'schema = "cvinspect-agreements/1"\n[[agreement]]\ntype = "internal_limit"\npart = "P"\nface = "front"\n'
        'kind = "foreign"\nwho = "QA"\nreference = "N-1"\nsigned = 2026-01-01\nexpires = 2099-01-01\nlimit_mm = 0.2\n',
        "utf-8",
    )
    write_picture(tmp_path / "serial 7.png", marked((120, 90, 5, -60)))
    recipe = desk(tmp_path)
    options = ("--agreements", agreements, "--json")
    done = cli("inspect", tmp_path / "serial 7.png", "--recipe", recipe, *options)
    again = cli("judge", "-", "--limits", "konica-minolta", *options, given=done.out)
    assert (done.code, done.lines[0]["outcome"]) == (1, "FAIL")
    assert "internal limit 0.2 mm (N-1)" in done.lines[0]["reasons"][0]
    assert (again.code, again.lines[0]["findings"]) == (1, done.lines[0]["findings"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_reasons_follow_the_language(tmp_path, lang):
    draw(tmp_path / "a.png", "FAIL")
    (line,) = cli("inspect", tmp_path / "a.png", "--recipe", desk(tmp_path), "--json", "--lang", lang).lines
    sentences = [*line["reasons"], *(finding["reason"] for finding in line["findings"])]
    assert sentences
    for sentence in sentences:
        own_words = re.sub("“.*?”", "", sentence)  # the customer's phrase stays as it is
        assert bool(re.search("[\u4e00-\u9fff]", own_words)) == (lang == "zh")


def test_blobs_are_in_pixels_and_millimetres(tmp_path):
    write_picture(tmp_path / "a.png", marked(LARGE))
    (line,) = cli("inspect", tmp_path / "a.png", "--recipe", desk(tmp_path), "--json").lines
    (blob,) = line["blobs"]
    x, y, diameter, contrast = LARGE
    assert blob["center_px"] == pytest.approx((x, y), abs=0.1)
    assert blob["center_mm"] == pytest.approx((x * MM_PER_PX, y * MM_PER_PX), abs=0.005)
    half = diameter / 2
    assert blob["bbox_px"] == pytest.approx((x - half, y - half, x + half + 1, y + half + 1), abs=2)
    assert blob["diameter_mm"]["value"] == pytest.approx(diameter * MM_PER_PX, abs=0.02)
    assert blob["contrast_gray"] == pytest.approx(contrast, abs=5)
    assert (blob["kind"], blob["faces"], blob["doubt"]) == ("foreign_matter", ["front"], [])
    assert len(blob["outline_mm"]) <= 64


def test_pictures_are_named_as_given_and_those_of_a_folder_below_its_name(tmp_path, monkeypatch):
    for name in ("b.png", "a.PNG", "in/c.bmp", ".hidden.png", "notes.txt"):
        draw(tmp_path / "shots" / name)
    recipe = desk(tmp_path)
    monkeypatch.chdir(tmp_path)
    lines = cli("inspect", "shots/b.png", "shots", "./shots/in", "--recipe", recipe, "--json").lines
    assert [line["picture"] for line in lines] == [
        "shots/b.png",
        "shots/a.PNG",
        "shots/b.png",
        "shots/in/c.bmp",
        "shots/in/c.bmp",
    ]
    assert [line["part"] for line in lines] == ["b", "a", "b", "c", "c"]


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        (["PASS"], 0),
        (["FAIL"], 1),
        (["REVIEW"], 3),
        (["INVALID"], 4),
        (["PASS", "REVIEW", "PASS"], 3),
        (["INVALID", "REVIEW", "PASS"], 4),
        (["FAIL", "INVALID", "PASS"], 1),
        (["REVIEW", "FAIL"], 1),
    ],
)
def test_the_worst_outcome_makes_the_exit_code(tmp_path, outcomes, code):
    pictures = [draw(tmp_path / f"{number}.png", outcome) for number, outcome in enumerate(outcomes)]
    done = cli("inspect", *pictures, "--recipe", desk(tmp_path), "--json")
    assert [line["outcome"] for line in done.lines] == outcomes
    assert done.code == code


def test_in_its_own_process_stdout_holds_json_only_and_nothing_is_written_unasked(tmp_path):
    draw(tmp_path / "shots" / "a.png", "FAIL")
    draw(tmp_path / "shots" / "b.png", "INVALID")
    words = ["inspect", "shots", "--recipe", str(desk(tmp_path)), "--json"]
    before = set(tmp_path.iterdir())
    for more, err, written in (([], "", set()), (["--out", "out"], "out/report.html\n", {tmp_path / "out"})):
        command = [sys.executable, "-m", "cvinspect", *words, *more]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
        assert [json.loads(line)["outcome"] for line in done.stdout.splitlines()] == ["FAIL", "INVALID"]
        assert (done.returncode, done.stderr) == (1, err)
        assert set(tmp_path.iterdir()) == before | written


def test_without_json_a_table_is_read_and_the_report_is_named_plain_and_last(tmp_path, monkeypatch):
    draw(tmp_path / "shots" / "a.png", "FAIL")
    draw(tmp_path / "shots" / "b.png")
    recipe = desk(tmp_path)
    monkeypatch.chdir(tmp_path)
    done = cli("inspect", "shots", "--recipe", recipe)
    assert done.out.splitlines()[0].split() == ["FAIL", "不合格", "shots/a.png", "(1)"]
    assert "#1         FAIL    foreign matter #1 2.00" in done.out
    assert "PASS    合格  shots/b.png  (0)" in done.out
    assert done.out.splitlines()[-1] == "cvinspect-report/report.html"
    assert {path.name for path in (tmp_path / "cvinspect-report").iterdir()} == {"report.html", "results.jsonl"}


def test_results_are_the_lines_and_the_report_says_what_was_not_inspected(tmp_path):
    draw(tmp_path / "a.png", "FAIL")
    recipe, out = desk(tmp_path), tmp_path / "out"
    done = cli("inspect", tmp_path / "a.png", "--recipe", recipe, "--json", "--out", out)
    assert (out / "results.jsonl").read_text("utf-8") == done.out
    page = (out / "report.html").read_text("utf-8")
    assert page.rstrip().endswith("</html>")
    assert "a gauge" in page  # what is checked elsewhere
    assert "short shot" in page  # what no camera here finds


def test_two_pictures_of_one_name_are_kept_apart(tmp_path, monkeypatch):
    draw(tmp_path / "上午" / "按键.png")
    draw(tmp_path / "下午" / "按键.png", "FAIL")
    recipe = desk(tmp_path)
    monkeypatch.chdir(tmp_path)
    done = cli("inspect", "上午", "下午", "--recipe", recipe, "--json", "--out", "结果")
    assert [(line["picture"], line["outcome"]) for line in done.lines] == [
        ("上午/按键.png", "PASS"),
        ("下午/按键.png", "FAIL"),
    ]
    assert (tmp_path / "结果" / "results.jsonl").read_text("utf-8") == done.out
    page = (tmp_path / "结果" / "report.html").read_text("utf-8")
    assert "上午/按键.png" in page
    assert "下午/按键.png" in page


def test_without_a_table_everything_is_measured_and_nothing_passes(tmp_path):
    text = RECIPE.replace('[limits]\nname = "konica-minolta"\n', "")
    done = cli("inspect", draw(tmp_path / "a.png", "FAIL"), "--recipe", desk(tmp_path, text), "--json")
    (line,) = done.lines
    assert (done.code, line["outcome"], line["limits"], line["findings"]) == (3, "REVIEW", None, [])
    assert line["reasons"][0].startswith("no limit table given")
    assert len(line["blobs"]) == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--limits", "konica_minolta@2010-07-20.1"], ["--limits konica_minolta@2010-07-20.1"]),
        (["--decision-rule", "simple"], ["--decision-rule simple"]),
        (["--ambiguity", "worst"], ["--ambiguity worst"]),
        (["--limits", "konica-minolta", "--ambiguity", "review"], []),
        ([], []),
    ],
)
def test_what_the_command_line_changes_is_said(tmp_path, options, told):
    done = cli("inspect", draw(tmp_path / "a.png"), "--recipe", desk(tmp_path), "--json", *options)
    said = [reason for reason in done.lines[0]["reasons"] if "overridden" in reason]
    assert (done.code, said) == (0, [f"overridden on the command line: {what}" for what in told])


def test_a_view_s_line_holds_its_own_blobs_and_the_part_s_verdict(tmp_path):
    for view, outcome in (("front", "PASS"), ("back", "FAIL")):
        draw(tmp_path / "shots" / f"7_{view}.png", outcome)
    done = cli("inspect", tmp_path / "shots", "--recipe", desk(tmp_path, TWO_VIEWS), "--json")
    back, front = done.lines
    assert (done.code, back["outcome"], front["outcome"], back["part"]) == (1, "FAIL", "FAIL", "7")
    assert (len(back["blobs"]), len(front["blobs"])) == (1, 0)
    assert ([face["name"] for face in front["faces"]], {entry["face"] for entry in front["inspected"]}) == (
        ["front"],
        {"front"},
    )


def test_a_report_that_exists_is_replaced(tmp_path):
    recipe, out = desk(tmp_path), tmp_path / "out"
    cli("inspect", draw(tmp_path / "old.png", "FAIL"), "--recipe", recipe, "--out", out)
    shutil.move(tmp_path / "old.png", tmp_path / "new.png")
    cli("inspect", tmp_path / "new.png", "--recipe", recipe, "--out", out)
    for name in ("report.html", "results.jsonl"):
        text = (out / name).read_text("utf-8")
        assert "new.png" in text
        assert "old.png" not in text


def test_every_key_is_documented():
    page = (SAMPLES.parent / "docs" / "json.md").read_text("utf-8")
    keys = {*LINE, *BLOB, *FINDING, *MEASURED, *LINE["limits"], *LINE["faces"][0], *LINE["inspected"][0][1]}
    assert [key for key in sorted(keys) if f"`{key}`" not in page] == []


def test_of_many_findings_the_terminal_shows_the_first(tmp_path):
    specks = [(30 + 50 * (n % 4), 30 + 40 * (n // 4), 14, -50) for n in range(16)]
    write_picture(tmp_path / "a.png", marked(*specks))
    recipe = desk(tmp_path, replaced={"konica-minolta": "canon", 'grade = "1"': 'grade = "A"'})
    done = cli("inspect", tmp_path / "a.png", "--recipe", recipe, "--out", tmp_path / "out")
    assert done.out.count("    #") == 12
    assert re.search(r"\.\.\. \d+ more in the report", done.out)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("total", "shown"), [(1, ""), (2, "\r1/2  ")])
def test_progress_is_shown_on_a_terminal_where_there_is_more_than_one(monkeypatch, total, shown):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Progress(total) as progress:
        progress.step()
    assert sys.stderr.getvalue().startswith(shown)
    assert bool(sys.stderr.getvalue()) == bool(shown)
