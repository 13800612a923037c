"""scripts/demo.py: every sample's verdict equals its truth, the page leads to the reports, a wrong one is named."""

import io
import sys
from dataclasses import replace
from pathlib import Path

import demo
import pytest

from cvinspect.model import Outcome
from cvinspect.pictures import list_pictures


@pytest.fixture(scope="module")
def inspected(tmp_path_factory):
    """Every sample with its verdict and its report."""
    out = tmp_path_factory.mktemp("demo")
    return list(demo.inspect_all(demo.samples(demo.ROOT / "samples"), out))


def test_every_sample_is_inspected(inspected):
    assert {sample.picture for sample, _, _ in inspected} == set(list_pictures(demo.ROOT / "samples"))


def test_every_verdict_equals_the_truth(inspected):
    assert [sample.picture.name for sample, judged, _ in inspected if not demo.agrees(sample, judged)] == []


def test_every_outcome_is_shown(inspected):
    assert {judged.verdict.outcome for _, judged, _ in inspected} == set(Outcome)


def test_a_recipe_has_one_whole_report_with_all_its_pictures(inspected):
    for sample, _, report in inspected:
        page = report.read_text("utf-8")
        assert page.rstrip().endswith("</html>")
        assert sample.picture.name in page
    assert len({report for _, _, report in inspected}) == len({sample.recipe for sample, _, _ in inspected})


def test_the_page_leads_to_the_reports(inspected):
    page = demo.index(inspected)
    for sample, judged, report in inspected:
        assert f'<a href="{report.name}">{sample.picture.name}</a>' in page
        assert sample.why_zh in page
        assert f"<td class={judged.verdict.outcome}>" in page


def called(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)  # main leaves it, and it is restored
    monkeypatch.setattr(demo, "OUT", tmp_path / "out")
    return demo.main(), capsys.readouterr().out


@pytest.mark.parametrize("wrong", [{"outcome": "PASS"}, {"rules": ("no.such.rule",)}])
def test_a_verdict_that_differs_is_named_and_fails(tmp_path, monkeypatch, capsys, wrong):
    sample = next(sample for sample in demo.samples(demo.ROOT / "samples") if sample.outcome == "FAIL")
    monkeypatch.setattr(demo, "samples", lambda folder: [replace(sample, **wrong)])
    code, said = called(tmp_path, monkeypatch, capsys)
    assert code == 1
    assert "NOT AS EXPECTED" in said
    assert "0 of 1 verdicts equal the samples' truth" in said


def test_it_names_the_report_to_open_last(tmp_path, monkeypatch, capsys):
    some = demo.samples(demo.ROOT / "samples")[:2]
    monkeypatch.setattr(demo, "samples", lambda folder: some)
    code, said = called(tmp_path, monkeypatch, capsys)
    *_, count, last = said.splitlines()
    assert (code, count) == (0, "2 of 2 verdicts equal the samples' truth")
    assert Path(last) == tmp_path / "out" / "index.html"
    assert some[1].picture.name in Path(last).read_text("utf-8")


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
def test_a_terminal_of_another_encoding_stops_nothing(tmp_path, monkeypatch, capsys, encoding):
    some = [sample for sample in demo.samples(demo.ROOT / "samples") if "fibre" in sample.picture.name]  # it says mm²
    monkeypatch.setattr(demo, "samples", lambda folder: some)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert called(tmp_path, monkeypatch, capsys)[0] == 0
