"""`cvinspect judge`: what it needs at least, its options, exit codes and what it refuses."""

import json
import math
from importlib import resources

import pytest
from cli import cli

FRONT = [{"name": "front", "grade": "1"}]
SIZES = ("diameter_mm", "length_mm", "width_mm", "max_dimension_mm")
ONE_SIZE = {"kind": "foreign", "faces": ["front"], "center_mm": [1, 2], "max_dimension_mm": {"value": 0.2, "u": 0}}


def blob(size=0.2, u=0.0, kind="foreign", **more):
    """A round one; u "absent" leaves it out."""
    measured = {"value": size} if u == "absent" else {"value": size, "u": u}
    return {"kind": kind, "faces": ["front"], "center_mm": [1, 2], **dict.fromkeys(SIZES, measured), **more}


def given(*blobs, faces=FRONT, **more):
    return {"faces": faces, "blobs": list(blobs), **more}


def judged(what, *options, limits="konica-minolta"):
    text = what if isinstance(what, str) else json.dumps(what)
    return cli("judge", "-", "--limits", limits, "--json", *options, given=text)


INSPECTED = [
    {"face": "front", "kind": kind, "from_mm": 0.1, "coverage": 1} for kind in ("scratch", "dent", "foreign", "flash")
]


@pytest.mark.parametrize(
    ("what", "outcome", "code"),
    [
        (given(), "PASS", 0),
        (given(blob()), "PASS", 0),
        (given(ONE_SIZE), "PASS", 0),
        (given(blob(0.6)), "FAIL", 1),
        (given(blob(0.6, kind="foreign_matter", id=9, doubt=[])), "FAIL", 1),
        (given(blob(0.49, u=0.01)), "REVIEW", 3),
        (given(blob(u=None)), "REVIEW", 3),
        (given(blob(u="absent")), "REVIEW", 3),
        (given(blob(doubt=["touches_border"])), "REVIEW", 3),
        (given(blob(doubt=["a doubt of tomorrow"])), "REVIEW", 3),
        (given(blob(kind="burr", height_mm=None), faces=[{"name": "front", "grade": "3"}]), "REVIEW", 3),
        (given(inspected=[]), "REVIEW", 3),
        (given(inspected=INSPECTED), "PASS", 0),
        (given(inspected=INSPECTED[1:]), "REVIEW", 3),
        (given(inspected=[*INSPECTED[1:], {**INSPECTED[0], "elsewhere": "a person"}]), "PASS", 0),
        (given(inspected=[*INSPECTED[1:], {**INSPECTED[0], "coverage": 0.5}]), "REVIEW", 3),
        (given(faces=[{"name": "front", "grade": "Z"}]), "REVIEW", 3),
        (given(faces=[]), "INVALID", 4),
        (given(outcome="INVALID", reasons=["too dark"]), "INVALID", 4),
    ],
)
def test_what_is_given_has_an_outcome_and_its_exit_code(what, outcome, code):
    done = judged(what)
    assert ([line["outcome"] for line in done.lines], done.code, done.err) == ([outcome], code, "")
    assert done.lines[0].keys() == {"outcome", "reasons", "findings"}


def test_an_invalid_line_keeps_its_reasons():
    (line,) = judged(given(blob(), outcome="INVALID", reasons=["too dark"])).lines
    assert line["reasons"] == ["too dark", "nothing was inspected then, so nothing can be judged now"]
    assert line["findings"] == []


def test_blobs_without_an_id_are_numbered_from_one():
    (line,) = judged(given(blob(0.6), blob(0.7, center_mm=[9, 9]))).lines
    assert {number for finding in line["findings"] for number in finding["blobs"]} == {1, 2}


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        (["PASS", "PASS"], 0),
        (["PASS", "REVIEW"], 3),
        (["INVALID", "REVIEW"], 4),
        (["FAIL", "INVALID"], 1),
    ],
)
def test_several_lines_are_judged_one_by_one(tmp_path, outcomes, code):
    lines = {
        "PASS": given(),
        "FAIL": given(blob(0.6), picture="a\u2028b.png"),  # a separator to Python, not to JSON
        "REVIEW": given(inspected=[]),
        "INVALID": given(faces=[]),
    }
    path = tmp_path / "结果.jsonl"
    path.write_text("\n".join(json.dumps(lines[o], ensure_ascii=False) for o in outcomes) + "\n\n", "utf-8")
    done = cli("judge", path, "--limits", "konica-minolta", "--json")
    assert ([line["outcome"] for line in done.lines], done.code) == (outcomes, code)


def test_what_a_person_wrote_over_several_lines_is_one_object():
    done = judged(json.dumps(given(blob(0.6)), indent=2))
    assert (len(done.lines), done.code) == (1, 1)


def test_words_for_people():
    done = cli("judge", "-", "--limits", "konica-minolta", "--lang", "zh", given=json.dumps(given(blob(0.6))))
    assert done.out.splitlines()[0] == "FAIL 不合格"
    assert done.out.splitlines()[1].startswith("  异物")


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("", "-: not valid JSON: Expecting value at line 1"),
        ("[]", 'is not one JSON object; give {"faces": [..], "blobs": [..]}'),
        ('{"faces": [], "faces": [], "blobs": []}', "the key 'faces' stands twice"),
        ('{"blobs": []}', "-: faces is missing"),
        ('{"faces": [{"name": "front", "grade": "1"}]}', "-: blobs is missing"),
        (given(blob=[]), "blob: unknown key; did you mean 'blobs'?"),
        (given(blob(diamter_mm=1)), "diamter_mm: unknown key; did you mean 'diameter_mm'?"),
        (given(faces=[{"name": "front", "grade": 1}]), "grade = 1: must be a text in quotes"),
        (given(blob("0.2")), 'diameter_mm.value = "0.2": must be a number without quotes'),
        (given(blob(math.nan)), "diameter_mm.value = NaN: must be a finite number"),
        ('{"faces": [], "blobs": [], "part": ' + "9" * 5000 + "}", "-: not valid JSON"),
        (given(blob(math.inf)), "diameter_mm.value = Infinity: must be a finite number"),
        (given(blob(u=-0.1)), "-: blob 1 (foreign_matter): "),
        (given(blob(-0.2)), "diameter_mm = -0.2 is negative"),
        (given(blob(kind="forein")), "unknown kind 'forein'; allowed: scratch, dent, "),
        (given(blob(faces=["back"])), "blob 1: unknown face 'back'; known: front"),
        (given(blob(faces=[])), "lies on no face; name one of: front"),
        (given({"kind": "foreign", "faces": ["front"], "center_mm": [1, 2]}),
         "-: blob 1 (foreign_matter): max_dimension_mm is missing, and rule km.foreign needs it"),
        (given(faces=[*FRONT, *FRONT]), "the face name 'front' stands twice"),
        (given(blob(id=1), blob(id=1)), "the blob id 1 stands twice"),
        (given(inspected=[{**INSPECTED[0], "coverage": 1.5}]), "coverage = 1.5: must be at most 1"),
        (given(blob(outline_mm=[])), "outline_mm = []: must hold at least 1"),
        (json.dumps(given()) + "\n" + json.dumps(given(blob(kind="crck"))), "-, line 2: blobs[1]"),
        (json.dumps(given()) + "\n" + json.dumps(given(blob(-1))), "-, line 2: blob 1"),
    ],
)  # fmt: skip
def test_what_no_verdict_can_stand_on_is_refused_in_words(what, message):
    done = judged(what)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--product-grade", "C"], "'C' is not one of 'oem', 'canon'"),
        (["--decision-rule", "lenient"], "'lenient' is not one of 'guarded', 'strict', 'simple'"),
        (["--ambiguity", "best"], "'best' is not one of 'review', 'worst'"),
        (["--lang", "fr"], "'fr' is not one of 'en', 'zh'"),
        (["--agreements", "gone.toml"], "gone.toml: cannot be read: No such file"),
        (["--limits", "nobody"], "unknown limit table 'nobody' (known: canon, "),
        (["--limits", "canon@2009"], "there is no revision '2009' of canon; known: 2010-07-20.1"),
        (["--limits", "gone.toml"], "gone.toml: cannot be read"),
    ],
)
def test_an_option_that_cannot_be_followed_is_refused_in_words(options, message):
    done = judged(given(), *options)
    assert (done.code, done.out) == (2, "")
    assert message in done.words


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone.json", "gone.json: cannot be read: No such file or directory"),
        ("folder", "folder: cannot be read: Is a directory"),
        ("utf16.json", "not UTF-8 text"),
        ("x" * 300, "cannot be read: File name too long"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(tmp_path, name, message):
    (tmp_path / "folder").mkdir()
    (tmp_path / "utf16.json").write_bytes(json.dumps(given()).encode("utf-16"))
    done = cli("judge", tmp_path / name, "--limits", "canon")
    assert (done.code, done.out) == (2, "")
    assert message in done.err


@pytest.mark.parametrize("name", ["konica_minolta", "Konica-Minolta", "konica-minolta@2010-07-20.1"])
def test_a_table_has_several_spellings(name):
    assert judged(given(blob(0.6)), limits=name).lines == judged(given(blob(0.6))).lines


def test_a_table_of_one_s_own(tmp_path):
    text = resources.files("cvinspect").joinpath("limits", "konica-minolta.toml").read_text("utf-8")
    own = tmp_path / "客户.toml"
    own.write_text(text.replace('name = "konica-minolta"', 'name = "own"', 1), "utf-8")
    (line,) = judged(given(blob(0.6)), limits=own).lines
    assert line["outcome"] == "FAIL"
    assert line["reasons"][-1] == "limit table own 2010-07-20.1: draft, not approved by the customer"


@pytest.mark.parametrize(("grade", "outcome"), [("oem", "FAIL"), ("canon", "PASS"), (None, "FAIL")])
def test_the_product_grade_decides_and_is_said_where_it_is_assumed(grade, outcome):
    speck = blob(0.6, area_mm2={"value": math.pi * 0.3**2, "u": 0})
    options = ["--product-grade", grade] if grade else []
    (line,) = judged(given(speck, faces=[{"name": "front", "grade": "A"}]), *options, limits="canon").lines
    assumed = "product grade not given: judged as OEM, the stricter"
    assert (line["outcome"], assumed in line["reasons"]) == (outcome, grade is None)


@pytest.mark.parametrize(("rule", "outcome"), [("guarded", "REVIEW"), ("strict", "FAIL"), ("simple", "PASS")])
def test_the_decision_rule_decides_and_is_marked(rule, outcome):
    near = given(blob(0.49, u=0.01))
    (line,) = judged(near, "--decision-rule", rule).lines
    assert line["outcome"] == outcome
    assert f"overridden on the command line: --decision-rule {rule}" in line["reasons"]
    assert "overridden" not in " ".join(judged(near).lines[0]["reasons"])


@pytest.mark.parametrize(("ambiguity", "outcome"), [("review", "REVIEW"), ("worst", "FAIL")])
def test_ambiguity_decides_where_readings_disagree(ambiguity, outcome):
    pair = given(blob(0.4), blob(0.4, center_mm=[81, 2]))  # in one circle, but more than 50 mm apart
    (line,) = judged(pair, "--ambiguity", ambiguity).lines
    assert line["outcome"] == outcome
    assert len({reading["outcome"] for finding in line["findings"] for reading in finding["readings"]}) == 2


AGREED = """\
schema = "cvinspect-agreements/1"
[[agreement]]
type = "internal_limit"
part = "cover-12"
face = "front"
kind = "foreign"
who = "QA"
reference = "N-1"
signed = 2020-01-01
expires = {expires}
limit_mm = 0.15
"""


@pytest.mark.parametrize(
    ("options", "part", "expires", "outcome", "said"),
    [
        ([], {}, "2099-01-01", "FAIL", "internal limit 0.15 mm (N-1)"),  # the input names no part, the file one only
        ([], {"part": "cover-12"}, "2099-01-01", "FAIL", "internal limit"),
        ([], {"part": "7", "recipe": {"part": "cover-12"}}, "2099-01-01", "FAIL", "internal limit"),
        ([], {"part": "cover-13"}, "2099-01-01", "PASS", "agreement N-1 is not used: it is for part cover-12"),
        (["--part", "cover-12"], {"part": "cover-13"}, "2099-01-01", "FAIL", "internal limit"),
        (["--part", "cover-13"], {"part": "cover-12"}, "2099-01-01", "PASS", "it is for part cover-12"),
        ([], {"part": "cover-12"}, "2020-12-31", "PASS", "N-1 is not used: it is not valid on this day"),
    ],
)
def test_agreements_hold_for_their_part_and_their_time(tmp_path, options, part, expires, outcome, said):
    path = tmp_path / "agreements.toml"
    path.write_bytes(b"\xef\xbb\xbf" + AGREED.format(expires=expires).encode())  # as Notepad saves it
    (line,) = judged(given(blob(0.2), **part), "--agreements", path, *options).lines
    assert line["outcome"] == outcome
    assert said in " ".join(line["reasons"])
