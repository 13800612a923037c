"""The judge against the customers' tables: DECISIONS.md point by point."""

from __future__ import annotations

import math
from datetime import date

import pytest
from judging import DOUBTS, GUARDED, agreement, codes, everything, flash, line, speck, under

from cvinspect.config.limits import load_limits
from cvinspect.errors import JudgeInputError
from cvinspect.judge import Policy, in_force, judge
from cvinspect.model import Blob, Face, Inspected, Kind, Measured, Outcome

PASS, FAIL, REVIEW, INVALID = Outcome.PASS, Outcome.FAIL, Outcome.REVIEW, Outcome.INVALID


def policy(**more: object) -> Policy:
    return Policy(product_grade="oem", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("apart", "outcome"),
    [(30.0, FAIL), (49.9 + 0.4, FAIL), (80.0, REVIEW), (100.3, REVIEW), (100.5, PASS)],
)
def test_two_specks_in_the_circle_or_fifty_apart(apart: float, outcome: Outcome) -> None:
    assert under("konica-minolta", "1", speck(1, 0, 0, 0.4), speck(2, apart, 0, 0.4)).outcome is outcome


@pytest.mark.parametrize(
    ("sizes", "outcome"),
    [((0.4, 0.4, 0.6), PASS), ((0.4, 0.4, 0.4, 0.6), REVIEW), ((0.4, 0.4, 0.4, 0.4), FAIL), ((0.6, 0.6), FAIL)],
)
def test_scratches_cumulative_and_per_band(sizes: tuple[float, ...], outcome: Outcome) -> None:
    blobs = [speck(i, i, 0, size, kind=Kind.SCRATCH) for i, size in enumerate(sizes, 1)]
    assert under("konica-minolta", "1", *blobs).outcome is outcome


@pytest.mark.parametrize(
    ("kind", "outcome"), [(Kind.SCRATCH, REVIEW), (Kind.FOREIGN_MATTER, PASS), (Kind.CRACK, REVIEW)]
)
def test_canon_b_states_nothing_of_scratches(kind: Kind, outcome: Outcome) -> None:
    assert under("canon", "B", speck(1, 0, 0, 0.1, kind=kind)).outcome is outcome


@pytest.mark.parametrize(("gap", "outcome"), [(9.9, FAIL), (10.1, PASS)])
def test_canon_spacing_edge_to_edge(gap: float, outcome: Outcome) -> None:
    assert under("canon", "A", speck(1, 0, 0, 0.3), speck(2, gap + 0.3, 0, 0.3)).outcome is outcome


@pytest.mark.parametrize(("gap", "outcome"), [(95.0, FAIL), (120.0, REVIEW), (151.0, PASS)])
def test_canon_alternative_distance_is_review(gap: float, outcome: Outcome) -> None:
    size = 2 * math.sqrt(0.25 / math.pi)
    assert under("canon", "B", speck(1, 0, 0, size), speck(2, gap + size, 0, size)).outcome is outcome


def test_canon_rows_that_disagree_are_review() -> None:
    fibre = line(1, 1.2, 0.29, Kind.FOREIGN_MATTER)  # inside 0.3 x 1.2, but 0.348 mm2 > 0.3
    assert under("canon", "B", fibre).outcome is REVIEW
    assert under("canon", "B", fibre, policy=policy(ambiguity="worst")).outcome is FAIL


@pytest.mark.parametrize(
    ("rule", "u", "outcome"),
    [
        ("guarded", 0.01, REVIEW),
        ("strict", 0.01, FAIL),
        ("simple", 0.01, PASS),
        ("guarded", 0.001, PASS),
        ("guarded", None, REVIEW),
    ],
)
def test_decision_rules_near_a_limit(rule: str, u: float | None, outcome: Outcome) -> None:
    assert under("canon", "A", speck(1, 0, 0, 0.49, u=u), policy=policy(decision_rule=rule)).outcome is outcome


def test_straddling_two_bands_that_both_allow_passes() -> None:
    assert under("konica-minolta", "1", speck(1, 0, 0, 0.3, u=0.01)).outcome is PASS


def test_fails_either_way_has_a_failing_finding() -> None:
    verdict = under("konica-minolta", "1", speck(1, 0, 0, 0.51, u=0.01), speck(2, 5, 0, 0.45, u=0.0))
    assert verdict.outcome is FAIL
    assert any(finding.outcome is FAIL for finding in verdict.findings)


@pytest.mark.parametrize("doubt", DOUBTS)
def test_a_size_that_may_be_larger_never_passes(doubt: object) -> None:
    assert under("canon", "A", speck(1, 0, 0, 0.1, doubt=doubt)).outcome is REVIEW
    assert under("canon", "A", speck(1, 0, 0, 0.9, doubt=doubt)).outcome is FAIL
    assert under("konica-minolta", "1", speck(1, 0, 0, 0.1, doubt=doubt)).outcome is REVIEW
    assert under("konica-minolta", "4", speck(1, 0, 0, 0.1, doubt=doubt)).outcome is PASS


@pytest.mark.parametrize(
    ("table", "grade", "height", "outcome"),
    [
        ("konica-minolta", "1", 0.01, FAIL),
        ("konica-minolta", "3", 0.3, PASS),
        ("konica-minolta", "3", 0.31, FAIL),
        ("konica-minolta", "3", None, REVIEW),
        ("canon", "C", 0.4, REVIEW),
        ("canon", "C", 0.6, FAIL),
    ],
)
def test_flash(table: str, grade: str, height: float | None, outcome: Outcome) -> None:
    assert under(table, grade, flash(1, height)).outcome is outcome


def test_a_zone_without_function_lets_the_height_decide() -> None:
    assert under("canon", "C", flash(1, 0.4), traits=("no_function",)).outcome is PASS
    assert under("canon", "C", flash(1, 0.6), traits=("no_function",)).outcome is FAIL


@pytest.mark.parametrize(
    ("table", "grade", "kind", "outcome"),
    [
        ("canon", "C", Kind.SCRATCH, FAIL),
        ("canon", "C", Kind.DENT, REVIEW),
        ("other-customers", "C", Kind.SCRATCH, FAIL),
        ("konica-minolta", "4", Kind.SCRATCH, REVIEW),
        ("konica-minolta", "4", Kind.FOREIGN_MATTER, PASS),
        ("general-plastic", "A", Kind.SCRATCH, FAIL),
    ],
)
def test_paper_path(table: str, grade: str, kind: Kind, outcome: Outcome) -> None:
    assert under(table, grade, speck(1, 0, 0, 0.05, kind=kind), traits=("paper_path",)).outcome is outcome


@pytest.mark.parametrize("height", [-0.3, 0.3])
def test_a_gate_may_be_sunk(height: float) -> None:
    gate = Blob(1, Kind.GATE, ("front",), (0, 0), height_mm=Measured(height, 0.0))
    assert under("konica-minolta", "1", gate).outcome is PASS
    deeper = Blob(1, Kind.GATE, ("front",), (0, 0), height_mm=Measured(math.nextafter(height, 9 * height), 0.0))
    assert under("konica-minolta", "1", deeper).outcome is FAIL


# --- agreements ---------------------------------------------------------------------------------

SAMPLE = {"type": "limit_sample", "kind": "dent", "accepted_mm": 0.5, "rejected_mm": 0.8, "contrast_gray": 20}


@pytest.mark.parametrize(
    ("size", "u", "contrast", "outcome"),
    [
        (0.4, 0.01, 10, PASS),
        (0.4, 0.01, -20, PASS),
        (0.4, 0.01, 21, REVIEW),
        (0.4, 0.01, None, REVIEW),
        (0.49, 0.01, 10, REVIEW),
        (0.6, 0.01, 10, REVIEW),
        (0.79, 0.01, 10, REVIEW),
        (0.9, 0.01, 10, FAIL),
        (0.4, None, 10, REVIEW),
    ],
)
def test_a_limit_sample_decides_what_the_table_leaves_open(size, u, contrast, outcome) -> None:  # type: ignore[no-untyped-def]
    dent = speck(1, 0, 0, size, kind=Kind.DENT, u=u, contrast_gray=contrast)
    assert under("canon", "B", dent, policy=policy(agreements=(agreement(**SAMPLE),))).outcome is outcome


@pytest.mark.parametrize(
    ("more", "size", "outcome"),
    [
        ({"type": "internal_limit", "kind": "foreign", "limit_mm": 0.2}, 0.25, FAIL),
        ({"type": "internal_limit", "kind": "foreign", "limit_mm": 0.2}, 0.15, PASS),
        ({"type": "smallest_counted", "kind": "foreign", "smallest_mm": 0.7}, 0.6, PASS),
        ({"type": "smallest_counted", "kind": "foreign", "smallest_mm": 0.3}, 0.6, FAIL),
    ],
)
def test_other_agreements(more: dict[str, object], size: float, outcome: Outcome) -> None:
    assert (
        under("konica-minolta", "1", speck(1, 0, 0, size), policy=policy(agreements=(agreement(**more),))).outcome
        is outcome
    )


@pytest.mark.parametrize(("affects", "outcome"), [(False, PASS), (True, FAIL)])
def test_a_functional_answer_is_data(affects: bool, outcome: Outcome) -> None:
    signed = agreement(type="functional_answer", kind="flash", affects_function=affects)
    assert under("canon", "C", flash(1, 0.4), policy=policy(agreements=(signed,))).outcome is outcome


@pytest.mark.parametrize(
    ("part", "on", "used", "code"),
    [
        ("P", date(2026, 6, 1), 1, None),
        (None, date(2026, 6, 1), 1, None),
        ("Q", date(2026, 6, 1), 0, "agreement_other_part"),
        ("P", date(2030, 1, 2), 0, "agreement_expired"),
        ("P", date(2025, 12, 31), 0, "agreement_expired"),
    ],
)
def test_only_what_is_in_force_for_the_part_is_used(part: str | None, on: date, used: int, code: str | None) -> None:
    signed, why = in_force([agreement(**SAMPLE)], part, on)
    assert (len(signed), [reason.code for reason in why]) == (used, [code] if code else [])


# --- what was looked for ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inspected", "outcome", "code"),
    [
        (everything(), PASS, "floor"),
        (everything()[1:], REVIEW, "not_inspected"),
        (everything(coverage=0.99), REVIEW, "not_whole_face"),
        (everything(from_mm=0.31), REVIEW, "floor_above_limit"),
        ([*everything()[:3], Inspected("front", Kind.FLASH, 0.0, 1.0, "height gauge")], PASS, "checked_elsewhere"),
        ([], REVIEW, "not_inspected"),
    ],
)
def test_what_was_not_looked_for_never_passes(inspected: list[Inspected], outcome: Outcome, code: str) -> None:
    verdict = judge([], inspected, [Face("front", "1")], load_limits("konica-minolta"), GUARDED)
    assert verdict.outcome is outcome
    assert code in codes(verdict)


@pytest.mark.parametrize(
    ("table", "grade", "outcome"),
    [
        ("konica-minolta", "1", PASS),
        ("lens", "A", PASS),
        ("fuji-xerox", "A", REVIEW),
        ("sharp", "x", REVIEW),
        ("general-plastic", "A", REVIEW),
        ("canon", "Z", REVIEW),
    ],
)
def test_nothing_found(table: str, grade: str, outcome: Outcome) -> None:
    assert under(table, grade).outcome is outcome


def test_no_faces_is_invalid() -> None:
    assert judge([], None, [], load_limits("canon"), GUARDED).outcome is INVALID


def test_the_grade_of_the_product_is_assumed_aloud() -> None:
    assert "product_grade_assumed" in codes(under("canon", "A", policy=Policy()))
    assert "product_grade_assumed" not in codes(under("canon", "A"))
    assert under("canon", "A", speck(1, 0, 0, 0.55), policy=Policy(product_grade="canon")).outcome is PASS


@pytest.mark.parametrize(
    ("blob", "match"),
    [
        (speck(1, 0, 0, math.nan), "not a finite number"),
        (speck(1, 0, 0, math.inf), "not a finite number"),
        (speck(1, 0, 0, -0.1), "is negative"),
        (speck(1, 0, 0, 0.1, u=-0.1), "not a standard uncertainty"),
        (speck(1, 0, 0, 0.1, u=math.nan), "not a standard uncertainty"),
        (speck(1, math.nan, 0, 0.1), "coordinate"),
        (speck(1, 0, 0, 0.1, face="back"), "unknown face 'back'"),
        (speck(1, 0, 0, 0.1, max_dimension_mm=None), "max_dimension_mm is missing"),
        (flash(1, -0.1), "is negative"),
        (Blob(1, Kind.DENT, (), (0, 0)), "lies on no face"),
    ],
)
def test_input_that_no_verdict_can_stand_on(blob: Blob, match: str) -> None:
    with pytest.raises(JudgeInputError, match=match):
        under("konica-minolta", "1", blob)


def test_doubles_are_refused() -> None:
    with pytest.raises(JudgeInputError, match="blob id 1 stands twice"):
        under("canon", "A", speck(1, 0, 0, 0.1), speck(1, 5, 0, 0.1))
    with pytest.raises(JudgeInputError, match="face name 'front' stands twice"):
        judge([], None, [Face("front", "A"), Face("front", "B")], load_limits("canon"), GUARDED)


def test_faces_are_judged_apart_and_a_blob_on_two_on_each() -> None:
    faces = [Face("front", "1"), Face("back", "4")]
    table = load_limits("konica-minolta")
    apart = [speck(1, 0, 0, 0.4), speck(2, 5, 0, 0.4, face="back")]
    assert judge(apart, None, faces, table, GUARDED).outcome is PASS
    both = [Blob(1, Kind.FOREIGN_MATTER, ("front", "back"), (0, 0), max_dimension_mm=Measured(0.6, 0.0))]
    assert judge(both, None, faces, table, GUARDED).outcome is FAIL
