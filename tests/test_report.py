"""The HTML report: whole in every ending, safe with any name, and silent about nothing."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest

from cvinspect.errors import ConfigurationError
from cvinspect.model import (
    CAMERA_KINDS,
    Blob,
    Calibration,
    Doubt,
    Face,
    Finding,
    Inspected,
    Kind,
    Measured,
    Outcome,
    Placement,
    Reading,
    Reason,
    Verdict,
)
from cvinspect.report import Heading, Page, ReportWriter, rows, writer

HEADING = Heading(
    recipe="cover",
    recipe_sha256="a1" * 32,
    limits="konica-minolta",
    limits_revision="2010-07-20.1",
    limits_sha256="b2" * 32,
    limits_status="draft",
    product_grade="",
    decision_rule="guarded",
    overridden=(),
    ambiguity="review",
    calibration="cam1.json",
    calibration_valid_until="2027-01-01",
    not_looked_for=tuple(kind for kind in Kind if kind not in CAMERA_KINDS),
    elsewhere=(("flash", "height gauge G-12"),),
    open_questions=(("Which size?", "哪个尺寸？"),),
    notes=(Reason.of("found_nothing", face="front", quote=""),),
    made_at=datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
    version="0.1.0",
)
FACES = (Face("front", "1"), Face("侧面", "2"))
BLOB = Blob(
    7,
    Kind.FOREIGN_MATTER,
    ("front",),
    (10.0, 12.0),
    area_mm2=Measured(0.145, 0.006),
    max_dimension_mm=Measured(0.43, 0.01),
    width_mm=Measured(0.3, None),
    contrast_gray=-31.0,
    doubt=Doubt.TOUCHES_BORDER,
)
READINGS = (Reading("any_circle, per_band", Outcome.PASS), Reading("any_circle, cumulative_from_above", Outcome.FAIL))
FINDING = Finding(
    "km.foreign",
    (7,),
    Outcome.FAIL,
    READINGS,
    Reason.of(
        "size_fail",
        kind="foreign_matter",
        quantity="max_dimension_mm",
        measured=0.43,
        expanded=0.02,
        allowed=0.3,
        rule="km.foreign",
        face="front",
        grade="1",
        quote="0.3~0.5的1个以内",
    ),
    "max_dimension_mm",
    0.43,
    0.3,
    -0.13,
)


def page(outcome=Outcome.FAIL, size=(400, 600), **changes):
    made, until = datetime(2025, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    placement = Placement(Calibration(0.05, 0.001, size[::-1], made, until), FACES, ())
    fails = outcome is Outcome.FAIL
    whole = Page(
        picture="cover_01.png",
        sha256="c3" * 32,
        part="TC-1",
        view="top",
        verdict=Verdict(outcome, (FINDING,) if fails else (), (FINDING.reason,) if fails else ()),
        faces=FACES,
        blobs=(BLOB,) if fails else (),
        inspected=(Inspected("front", Kind.SCRATCH, 0.08, 1.0), Inspected("front", Kind.DENT, 0.2, 0.9999)),
        mm_per_px=0.05,
        timing_ms={"detect": 12.34},
        pixels=np.random.default_rng(1).integers(0, 255, size, dtype=np.uint8),
        placement=placement,
    )
    return replace(whole, **changes)


UNREAD = page(
    Outcome.INVALID,
    pixels=None,
    placement=None,
    inspected=(),
    faces=(),
    mm_per_px=None,
    timing_ms={},
    sha256="",
    verdict=Verdict(Outcome.INVALID, (), (Reason.of("no_faces"),)),
)


def written(tmp_path, *pages, heading=HEADING, lang="en", planned=None):
    with ReportWriter(tmp_path / "report.html", heading, lang, planned) as report:
        for one in pages:
            report.add(one)
    return (tmp_path / "report.html").read_text("utf-8")


class Outline(HTMLParser):
    """The tags of a page: those that are never closed, every address, and the text a reader sees."""

    VOID = frozenset({"meta", "img", "br", "link"})

    def __init__(self, text):
        super().__init__()
        self.open, self.addresses, self.ids, self.tags, self.text = [], [], [], [], ""
        self.feed(text)
        self.close()
        self.text = re.sub(r"\s+", " ", self.text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href")]
        self.ids += [value for name, value in attrs if name == "id"]
        assert not [name for name, _ in attrs if name.startswith("on") or name == "style"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.text += " " if tag in ("td", "th", "li", "dd", "dt", "p") else ""

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text += data


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("pages", [(), (page(),), (page(Outcome.PASS), UNREAD, page(), page(size=(1500, 1300)))])
def test_a_report_is_whole_and_asks_for_nothing_outside(tmp_path, lang, pages):
    text = written(tmp_path, *pages, lang=lang)
    outline = Outline(text)
    assert outline.open == []
    assert text.startswith("<!doctype html>")
    assert text.rstrip().endswith("</html>")
    assert all(address.startswith(("data:image/", "#")) for address in outline.addresses)
    assert {address[1:] for address in outline.addresses if address[0] == "#"} <= set(outline.ids)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", re.sub(r"data:image/[^\"]*", "", text))
    assert "script" not in outline.tags
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "&amp;"]
)
def test_hostile_names_are_only_text(tmp_path, name):
    faces = (Face(name, name),)
    blob = replace(BLOB, faces=(name,))
    reason = Reason.of("unknown_grade", face=name, grade=name, known=name)
    verdict = Verdict(Outcome.FAIL, (replace(FINDING, rule=name, reason=reason),), (reason,))
    one = page(picture=name, part=name, view=name, sha256=name, faces=faces, blobs=(blob,), verdict=verdict)
    one = replace(one, inspected=(Inspected(name, Kind.DENT, 0.1, 1.0, elsewhere=name),), timing_ms={name: 1.0})
    heading = replace(
        HEADING,
        recipe=name,
        limits=name,
        limits_revision=name,
        overridden=(name,),
        calibration=name,
        elsewhere=(("flash", name),),
        open_questions=((name, name),),
    )
    outline = Outline(written(tmp_path, one, heading=heading))
    assert outline.text.count(name) > 15
    assert "script" not in outline.tags
    assert outline.tags.count("img") == 3  # thumbnail, picture, close-up


@pytest.mark.parametrize(
    ("name", "shown"),
    [("封盖_0001.png", "封盖_0001.png"), ("a\udce9b", "a?b"), ("a\u202egnp.b", r"a\u202egnp.b"), ("a\nb", r"a\nb")],
)
def test_any_name_can_be_written(tmp_path, name, shown):
    assert shown in Outline(written(tmp_path, page(picture=name))).text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_verdict_words_stand_in_both_languages(tmp_path, lang):
    text = Outline(written(tmp_path, page(), page(Outcome.PASS), UNREAD, page(Outcome.REVIEW), lang=lang)).text
    for word in ("FAIL 不合格", "PASS 合格", "INVALID 检测无效", "REVIEW 待复判"):
        assert text.count(word) >= 4


def test_the_list_counts_and_sorts_the_worst_first(tmp_path):
    outcomes = (Outcome.PASS, Outcome.REVIEW, Outcome.FAIL, Outcome.INVALID, Outcome.PASS)
    pages = [page(outcome, picture=f"p{n}.png") for n, outcome in enumerate(outcomes)]
    outline = Outline(written(tmp_path, *pages))
    listed = outline.text[: outline.text.index("Findings")]
    assert re.findall(r"p\d\.png", listed)[:5] == ["p2.png", "p3.png", "p1.png", "p0.png", "p4.png"]
    assert "1 FAIL 不合格 1 INVALID 检测无效 1 REVIEW 待复判 2 PASS 合格 5 pictures" in re.sub(
        r"(\d)([A-Za-z])", r"\1 \2", listed
    )


def test_a_finding_is_told_in_full(tmp_path):
    text = Outline(written(tmp_path, page())).text
    for said in (
        "foreign matter front (1) largest dimension 0.43 ± 0.02 mm km.foreign largest dimension (mm) 0.43 0.30 −0.13",
        "“0.3~0.5的1个以内”",
        "Defensible readings disagree: in any circle, each band by itself PASS 合格;",
        "0.145 ± 0.012",
        "0.300 (U unknown)",
        "doubt: touches the border",
        "detect 12.3 ms",
        "c3" * 32,
    ):
        assert said in text


def test_what_was_not_inspected_is_always_said(tmp_path):
    text = Outline(written(tmp_path, page(Outcome.PASS))).text
    own = text[text.index("What was inspected") :]
    for kind in HEADING.not_looked_for:
        assert kind.replace("_", " ").replace("color", "colour") in own
    assert "from 0.08 mm on, 100 % of the face" in own
    assert "from 0.2 mm on, 99.9 % of the face" in own
    assert own.count("not inspected") == 6  # two kinds on the front, four on the side
    assert "flash: height gauge G-12" in own


def test_a_page_without_picture_says_so(tmp_path):
    outline = Outline(written(tmp_path, UNREAD))
    assert "No picture: it could not be read." in outline.text
    assert "no face of the part is named" in outline.text
    assert "Nothing was inspected." in outline.text
    assert "Nothing was found." not in outline.text
    assert "img" not in outline.tags


def test_a_picture_that_was_not_inspected_is_shown_unmarked(tmp_path):
    text = Outline(written(tmp_path, page(Outcome.INVALID, placement=None))).text
    assert "The picture is shown as it is" in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "draft 草案: not approved by the customer"),
        ({"limits_status": "approved"}, "approved 已批准: approved and in force"),
        ({"limits_status": "withdrawn"}, "no longer in force"),
        ({"limits": "", "limits_revision": "", "limits_status": ""}, "no limit table was given"),
        ({"overridden": ("decision_rule = simple",)}, "Overridden on the command line: decision_rule = simple"),
        ({}, "Which size?"),
        ({}, "nothing found on face front"),
        ({}, "2026-11-21 08:30 UTC"),
    ],
)
def test_the_head_says_what_it_was_judged_by(tmp_path, changes, said):
    assert said in Outline(written(tmp_path, heading=replace(HEADING, **changes))).text


def stopped_by(fault, path, pages, planned=None):
    """A report that ends by `fault` after its pages."""
    with ReportWriter(path, HEADING, "en", planned) as report:
        for one in pages:
            report.add(one)
        raise fault


@pytest.mark.parametrize("fault", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize(
    ("planned", "said"), [(9, "Stopped after 2 of 9 pictures"), (None, "Stopped after 2 pictures")]
)
def test_a_stopped_report_is_whole_and_says_so(tmp_path, fault, planned, said):
    with pytest.raises(fault):
        stopped_by(fault, tmp_path / "r.html", [page(), UNREAD], planned)
    outline = Outline((tmp_path / "r.html").read_text("utf-8"))
    assert said in outline.text
    assert outline.open == []
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_a_page_that_cannot_be_told_leaves_no_half_of_itself(tmp_path):
    with pytest.raises(AttributeError, match=r"outcome|findings|reasons"):
        written(tmp_path, page(), page(picture="half.png", verdict=None))
    text = (tmp_path / "report.html").read_text("utf-8")
    assert Outline(text).open == []
    assert "half.png" not in text


def test_without_a_page_a_stopped_report_replaces_nothing(tmp_path):
    (tmp_path / "r.html").write_text("before", "utf-8")
    with pytest.raises(KeyboardInterrupt), ReportWriter(tmp_path / "r.html", HEADING, "en"):
        raise KeyboardInterrupt
    assert (tmp_path / "r.html").read_text("utf-8") == "before"
    assert len(list(tmp_path.iterdir())) == 1


def test_until_the_end_the_old_report_stands(tmp_path):
    (tmp_path / "r.html").write_text("before", "utf-8")
    with ReportWriter(tmp_path / "r.html", HEADING, "en") as report:
        report.add(page())
        assert (tmp_path / "r.html").read_text("utf-8") == "before"
    assert (tmp_path / "r.html").read_text("utf-8") != "before"


def test_a_folder_that_is_missing_is_refused_at_once(tmp_path):
    with (
        pytest.raises(ConfigurationError, match=r"r\.html: the report cannot be written .*existing folder"),
        ReportWriter(tmp_path / "none" / "r.html", HEADING, "en"),
    ):
        pytest.fail("it was opened")


def test_a_report_that_cannot_be_moved_into_place_is_refused(tmp_path):
    (tmp_path / "r.html").mkdir()
    with (
        pytest.raises(ConfigurationError, match="the report cannot be written"),
        ReportWriter(tmp_path / "r.html", HEADING, "en") as report,
    ):
        report.add(page())
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_many_pictures_show_only_what_does_not_pass(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "MOST_SHOWN_IN_FULL", 2)
    outline = Outline(written(tmp_path, page(Outcome.PASS), page(), page(Outcome.PASS), planned=3))
    assert outline.text.count("is left out to keep the report small") == 2
    assert "More than 2 pictures" in outline.text
    assert outline.tags.count("img") == 3 + 2  # three thumbnails; the failing one's picture and close-up


def test_a_heavy_report_leaves_out_what_is_at_its_own_size(tmp_path, monkeypatch):
    large = page(size=(1000, 1500))
    assert "Open at 1:1 (1500 × 1000 px)" in Outline(written(tmp_path, large)).text
    monkeypatch.setattr(writer, "MOST_PICTURE_BYTES", 1_000_000)
    text = Outline(written(tmp_path, large, large)).text
    assert text.count("Open at 1:1") == 1
    assert "this report already holds 1 MB of pictures" in text


def test_many_findings_are_cut_and_counted(tmp_path):
    blobs = tuple(replace(BLOB, id=n) for n in range(1, 231))
    findings = tuple(replace(FINDING, blobs=(n,)) for n in range(1, 231))
    text = Outline(written(tmp_path, page(blobs=blobs, verdict=Verdict(Outcome.FAIL, findings, ())))).text
    assert text.count("The worst 200 of 230 are shown; all of them are in the record.") == 2
    assert "The worst 10 of 230 are shown." in text


def test_findings_of_other_views_are_counted_only(tmp_path):
    findings = (FINDING, replace(FINDING, blobs=(70,)), replace(FINDING, blobs=(71, 72)))
    text = Outline(written(tmp_path, page(verdict=Verdict(Outcome.FAIL, findings, ())))).text
    assert "2 further findings are about other views of this part." in text


def test_a_reason_that_the_catalogue_lacks_is_shown_as_it_is(tmp_path):
    verdict = Verdict(Outcome.INVALID, (), (Reason.of("no_such_code", gray=12),))
    assert "no_such_code gray=12" in html.unescape(written(tmp_path, page(verdict=verdict, blobs=())))


def test_a_group_shows_its_smallest_and_largest():
    blobs = tuple(replace(BLOB, id=n, max_dimension_mm=Measured(size, 0.01)) for n, size in ((7, 0.43), (8, 1.2)))
    (row,) = rows.finding_rows(page(blobs=blobs), [replace(FINDING, blobs=(7, 8))], "zh")
    assert (row["numbers"], row["size"], row["kind"]) == ("7, 8", "最大尺寸 0.43 – 1.20 mm", "异物")
