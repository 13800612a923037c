"""The calibration report: one HTML file with everything that the calibration rests on, in two languages."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import boards
import pytest
from boards import CHESS, session

from cvinspect.calibration import calibrate
from cvinspect.calibration.budget import budget
from cvinspect.calibration.target import parse_target
from cvinspect.errors import CalibrationError
from cvinspect.report.calibration import calibration_report, write_calibration_report
from cvinspect.report.calibration_maps import WIDTH, heat_map, residual_map
from cvinspect.words import LANGUAGES, say


@pytest.fixture(scope="module", autouse=True)
def _quick():
    with boards.seen_once():
        yield


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return session(tmp_path_factory.mktemp("<b>报告"))


@pytest.fixture(scope="module")
def result(paths):
    (paths[0].parent / "<i>坏.png").write_bytes(b"no picture")
    return calibrate([*paths, paths[0].parent / "<i>坏.png"], parse_target(CHESS), paths[0])


class Page(HTMLParser):
    """Tags that are opened and closed, attributes that lead outside, and the text."""

    VOID = ("meta", "br", "img", "link")

    def __init__(self, html):
        super().__init__()
        self.open, self.faults, self.text, self.tags = [], [], [], []
        self.feed(html)
        self.faults += self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.faults += [value for name, value in attributes if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_whole_and_loads_nothing(result, lang):
    html = calibration_report(result, lang)
    page = Page(html)
    assert page.faults == []
    assert {"script", "img", "link", "i"} & set(page.tags) == set()
    assert "url(" not in html
    assert f'lang="{"zh-Hans" if lang == "zh" else "en"}"' in html


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_is_said(result, lang):
    text = " ".join(" ".join(Page(calibration_report(result, lang)).text).split())
    for warning in result.warnings:
        assert say(warning.code, warning.values, lang) in text
    for one in result.looks:
        assert one.name in text
    assert result.file.sha256 in text
    for code in ("residuals", "field", "budget", "pictures", "statement"):
        assert say(f"cal_{code}", {}, lang) in text
    assert "<i>坏.png" in text
    assert "{" not in text.split("}")[-1]


def test_no_english_is_left_in_chinese(result):
    body = calibration_report(result, "zh").split("<body>")[1]
    text = " ".join(Page(body).text)
    told = re.sub(
        r"[\w<>.\-]*\.png|cvinspect target SHEET|chess:\S+|--[a-z-]+|\b[0-9a-f]{64}\b|https?:\S+|cannot|cvinspect\S*",
        " ",
        text,
    )
    words = set(re.findall(r"[A-Za-z]{4,}", told)) - {"sigma", "EXIF"}
    assert words <= set(re.findall(r"[A-Za-z]{4,}", str(result.looks[-1].against.values["message"])))


def test_every_point_has_its_arrow(result):
    drawn = residual_map(result)
    assert (len(drawn.plane), len(drawn.others) + len(drawn.left_out)) == (63, 3 * 63)
    arrows = [*drawn.plane, *drawn.others]
    assert all(0 <= arrow.x <= WIDTH and 0 <= arrow.y <= drawn.height for arrow in arrows)
    residual = result.solution.residuals_px[result.solution.plane][0]
    scale = WIDTH / result.file.size_px[0]
    one = drawn.plane[0]
    assert (one.to_x - one.x, one.to_y - one.y) == pytest.approx(tuple(residual * scale * drawn.times), abs=0.02)
    assert drawn.key_length == pytest.approx(drawn.key_px * scale * drawn.times)


def test_the_map_of_the_uncertainty_covers_the_frame(result):
    heat = heat_map(result.file)
    nodes = result.file.model.u_scale
    assert len(heat.cells) == nodes.columns * nodes.rows
    assert sum(cell.width * cell.height for cell in heat.cells) == pytest.approx(heat.width * heat.height, rel=1e-3)
    assert float(heat.cells[0].text) == pytest.approx(100 * nodes.values[0], rel=0.06)


def test_the_budget_adds_up(result):
    *parts, total = budget(result.file)
    assert [part.what for part in parts] == ["cal_by_print", "cal_by_height", "cal_by_fit"]
    for place in ("middle", "largest"):
        assert sum(getattr(part, place) ** 2 for part in parts) ** 0.5 == pytest.approx(getattr(total, place))
    assert total.largest == result.file.u_scale


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_picture_alone_has_a_report_too(paths, lang):
    alone = calibrate(paths[:1], parse_target(CHESS))
    page = Page(calibration_report(alone, lang))
    assert page.faults == []
    assert say("cal_alone", {}, lang) in " ".join(page.text)


def test_nothing_to_warn_of_is_said(result):
    html = calibration_report(replace(result, warnings=()), "en")
    assert say("cal_report_good", {}, "en") in html


def test_a_place_that_cannot_be_written_is_refused(result, tmp_path):
    write_calibration_report(tmp_path / "报告.html", result, "zh")
    assert "</html>" in (tmp_path / "报告.html").read_text("utf-8")
    with pytest.raises(CalibrationError, match=r"gone/a\.html: cannot be written"):
        write_calibration_report(tmp_path / "gone" / "a.html", result, "zh")
