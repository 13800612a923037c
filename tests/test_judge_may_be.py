"""What may be of several kinds is judged as each of them, and the strictest outcome counts."""

import copy
import dataclasses

import pytest
from judging import agreement, line, speck, under

from cvinspect.config.blobs import parse_blobs
from cvinspect.errors import JudgeInputError
from cvinspect.judge import Policy, judge
from cvinspect.model import Face, Kind, Outcome
from cvinspect.words import any_of, say
from tests.random_cases import random_case
from tests.random_tables import SAID
from tests.test_judge_brute import REFUSED, TABLES, one_rule_table, outcome_of

PASS, FAIL, REVIEW = Outcome.PASS, Outcome.FAIL, Outcome.REVIEW
DENT, FOREIGN, SCRATCH = Kind.DENT, Kind.FOREIGN_MATTER, Kind.SCRATCH
KM = "konica-minolta"


@pytest.mark.parametrize(
    ("kind", "may_be", "outcome"),
    [(FOREIGN, (), PASS), (DENT, (), FAIL), (FOREIGN, (DENT,), FAIL), (DENT, (FOREIGN,), FAIL), (SCRATCH, (), PASS)],
)
def test_the_strictest_kind_decides(kind, may_be, outcome):
    """Konica Minolta, grade 1: of 0.45 mm, one piece of foreign matter is allowed and no dent."""
    assert under(KM, "1", speck(1, 0, 0, 0.45, kind=kind, may_be=may_be)).outcome is outcome


def test_the_reason_says_as_what():
    verdict = under(KM, "1", speck(1, 0, 0, 0.45, may_be=(DENT,)))
    [reason] = [finding.reason for finding in verdict.findings if finding.outcome is FAIL]
    assert say(reason.code, reason.values, "en").endswith("; #1 may also be dent: judged as dent too)")
    assert "#1也可能是凹痕：同时按凹痕判定" in say(reason.code, reason.values, "zh")
    plain = [finding.reason for finding in verdict.findings if finding.outcome is PASS]
    assert all("judged" not in say(reason.code, reason.values, "en") for reason in plain)
    assert any_of((FOREIGN, DENT), "en") == "foreign matter or dent"
    assert any_of((FOREIGN, DENT), "zh") == "异物或凹痕"


ONE_IN_100 = {"circle_diameter_mm": 100.0, "cell": {"bands": [{"allow": 1, **SAID}]}}
FAR_APART = {"cell": {"bands": [{"spacing_mm": 9.0, **SAID}]}}


@pytest.mark.parametrize(
    "rule",
    [
        {"type": "band_count", **ONE_IN_100},
        {"type": "sum_limit", "cell": {"sum_up_to_mm": 0.5}},
        {"type": "band_spacing", **FAR_APART},
    ],
)
def test_one_object_counts_once_in_a_rule_for_all_kinds(rule):
    blob = speck(1, 0, 0, 0.4, may_be=(DENT, SCRATCH), face="f")
    policy = Policy(decision_rule="simple")
    assert judge([blob], None, [Face("f", "1")], one_rule_table(**copy.deepcopy(rule)), policy).outcome is PASS
    twice = [blob, dataclasses.replace(blob, id=2)]
    assert judge(twice, None, [Face("f", "1")], one_rule_table(**copy.deepcopy(rule)), policy).outcome is FAIL


def test_a_signed_answer_for_one_kind_says_nothing_of_another():
    small = agreement(type="smallest_counted", kind="foreign_matter", size="max_dimension_mm", smallest_mm=1.0)
    policy = Policy(product_grade="oem", agreements=(small,))
    assert under(KM, "1", speck(1, 0, 0, 0.6), policy=policy).outcome is PASS
    assert under(KM, "1", speck(1, 0, 0, 0.6, may_be=(DENT,)), policy=policy).outcome is FAIL


def test_more_kinds_never_turn_out_milder():
    order = list(Outcome)
    checked = 0
    for seed in range(1500):
        case = random_case(seed, TABLES)
        outcome = outcome_of(case, judge)
        if outcome == REFUSED or not any(blob.may_be for blob in case.blobs):
            continue
        sure = tuple(dataclasses.replace(blob, may_be=()) for blob in case.blobs)
        checked += 1
        assert order.index(dataclasses.replace(case, blobs=sure).asked(judge).outcome) <= order.index(outcome)
    assert checked > 100


@pytest.mark.parametrize(
    ("may_be", "message"), [((SCRATCH,), "names its own kind"), ((Kind.GATE,), "a gate, whose height may be negative")]
)
def test_what_no_blob_can_be_is_refused(may_be, message):
    with pytest.raises(JudgeInputError, match=message):
        under(KM, "1", line(1, 1.0, 0.1, may_be=may_be))


def test_json_takes_the_kinds_by_any_of_their_names():
    text = '{"faces": [], "blobs": [{"kind": "scratch", "may_be": %s, "faces": [], "center_mm": [0, 0]}]}'
    assert parse_blobs(text % '["foreign", "dent"]', "in").blobs[0].kinds == (SCRATCH, FOREIGN, DENT)
    with pytest.raises(JudgeInputError, match="unknown kind 'speck'"):
        parse_blobs(text % '["speck"]', "in")
