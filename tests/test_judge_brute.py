"""The judge against a second, slow one, on random cases; and what must hold of every verdict."""

import dataclasses
import itertools
import json

import numpy as np
import pytest

from cvinspect.config.limits import list_limits, load_limits
from cvinspect.errors import JudgeInputError
from cvinspect.judge import Policy, judge
from cvinspect.judge.table import LimitTable
from cvinspect.model import Blob, Face, Kind, Measured, Outcome
from tests.brute_judge import brute_judge
from tests.brute_plane import Extent, Plane, distances_to, gap_mm, touched_together
from tests.random_cases import random_case, shrunk
from tests.random_tables import SAID, TITLE, random_table

REFUSED = "refused"
BLOCK = 500
PLAIN = [random_table(seed) for seed in range(300)]
ODD = [random_table(seed, odd=True) for seed in range(300, 360)]
BUILT_IN = [load_limits(name) for name in list_limits()]
TABLES = PLAIN + ODD + BUILT_IN * 5


def outcome_of(case, how):
    try:
        return case.asked(how).outcome
    except JudgeInputError:
        return REFUSED


def disagree(case):
    return outcome_of(case, judge) != outcome_of(case, brute_judge)


def said(case):
    """The case in words that a person can type again."""
    table = case.table.model_dump_json(exclude_defaults=True, by_alias=True)
    base = case.table.base.model_dump_json(exclude_defaults=True, by_alias=True) if case.table.base else None
    lines = [f"judge: {outcome_of(case, judge)}, brute force: {outcome_of(case, brute_judge)}", str(case.policy)]
    return "\n".join(
        [*lines, *map(str, case.faces), *map(str, case.blobs), str(case.inspected), table, f"base: {base}"]
    )


def check_block(block, size):
    for seed in range(block * size, (block + 1) * size):
        case = random_case(seed, TABLES)
        if disagree(case):
            pytest.fail(f"seed {seed}\n{said(shrunk(case, disagree))}")


@pytest.mark.parametrize("block", range(20))
def test_both_judges_say_the_same(block):
    check_block(block, BLOCK)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(20, 220))
def test_both_judges_say_the_same_for_long(block):
    check_block(block, BLOCK)


def test_the_random_cases_are_worth_judging():
    outcomes = [outcome_of(random_case(seed, TABLES), brute_judge) for seed in range(1500)]
    for outcome in (Outcome.PASS, Outcome.FAIL, Outcome.REVIEW):
        assert outcomes.count(outcome) > 200, outcome


def verdicts(seeds):
    """(case, verdict) of the cases that are not refused."""
    for seed in seeds:
        case = random_case(seed, TABLES)
        if outcome_of(case, judge) != REFUSED:
            yield case, case.asked(judge)


def test_findings_carry_the_verdict():
    """DECISIONS 16: FAIL has a failing finding; PASS has none that does not pass; whatever is not PASS says why."""
    for _, verdict in verdicts(range(1500)):
        found = Outcome.worst(finding.outcome for finding in verdict.findings)
        assert (verdict.outcome == Outcome.FAIL) == (found == Outcome.FAIL)
        assert verdict.outcome != Outcome.PASS or found == Outcome.PASS
        assert verdict.reasons


def test_each_rule_answers_as_the_brute_force_says():
    """Rule by rule, where one pass is all there is."""
    for seed in range(3000):
        case = random_case(seed, TABLES)
        case = dataclasses.replace(case, policy=dataclasses.replace(case.policy, decision_rule="simple"))
        if outcome_of(case, judge) in (REFUSED, Outcome.INVALID):
            continue
        ids = {rule.id for rule in case.table.all_rules()}
        by_brute = worst_by_rule((rule, outcome) for rule, outcome in case.asked(brute_judge).passes[0])
        by_judge = worst_by_rule((finding.rule, finding.outcome) for finding in case.asked(judge).findings)
        for rule in ids:
            assert by_judge.get(rule, Outcome.PASS) == by_brute.get(rule, Outcome.PASS), f"seed {seed}, rule {rule}"


def worst_by_rule(answers):
    worst = {}
    for rule, outcome in answers:
        worst[rule] = Outcome.worst([outcome, worst.get(rule, Outcome.PASS)])
    return worst


def test_order_of_blobs_and_place_on_the_face_do_not_matter():
    """A shift by whole powers of two keeps every distance exact."""
    for case, verdict in verdicts(range(1000)):
        turned = dataclasses.replace(case, blobs=tuple(moved(blob, 4096.0, -512.0) for blob in case.blobs[::-1]))
        if all(abs(x * 2**20 % 1) == 0 for blob in case.blobs for x in blob.center_mm):
            assert turned.asked(judge).outcome == verdict.outcome


def moved(blob, dx, dy):
    outline = blob.outline_mm and tuple((x + dx, y + dy) for x, y in blob.outline_mm)
    x, y = blob.center_mm
    return dataclasses.replace(blob, center_mm=(x + dx, y + dy), outline_mm=outline)


@pytest.mark.parametrize(
    ("milder", "stricter"),
    [
        ({"decision_rule": "guarded"}, {"decision_rule": "strict"}),
        ({"ambiguity": "review"}, {"ambiguity": "worst"}),
    ],
)
def test_a_stricter_policy_never_turns_out_milder(milder, stricter):
    order = list(Outcome)
    for case, _ in verdicts(range(1000)):
        mild, strict = (
            dataclasses.replace(case, policy=dataclasses.replace(case.policy, **change)).asked(judge).outcome
            for change in (milder, stricter)
        )
        assert order.index(mild) <= order.index(strict)


def test_judging_changes_nothing_it_was_given():
    for case, _ in verdicts(range(200)):
        before = repr(case)
        case.asked(judge)
        assert repr(case) == before


def one_rule_table(**rule):
    """A table with one rule for any imperfection on any face."""
    head = {"schema": "cvinspect-limits/1", "name": "t", "revision": "1", "status": "draft", "title": TITLE}
    cell = {"faces": ["any"], **SAID, **rule.pop("cell")}
    whole = {"id": "r", "kinds": ["any"], "title": TITLE, "size": "length_mm", **rule, "cell": [cell]}
    return LimitTable.model_validate_json(json.dumps({**head, "document": {"document": "d"}, "rule": [whole]}))


def crowd(rng, number):
    """Many disks of very different sizes, near and far."""
    centers = rng.uniform(0, rng.choice([30, 100, 400]), (number, 2)).tolist()
    lengths = rng.choice([rng.uniform(0, 0.5, number), rng.uniform(0, 30, number)]).tolist()
    sizes = [Measured(length, 0.0) for length in lengths]
    return [
        Blob(i, Kind.DENT, ("f",), tuple(center), length_mm=size, max_dimension_mm=size)
        for i, (center, size) in enumerate(zip(centers, sizes, strict=True))
    ]


@pytest.mark.parametrize("seed", range(60))
def test_the_fullest_circle_is_found(seed):
    """One more than the table allows, or a little over the sum, and no circle may be missed."""
    rng = np.random.default_rng(seed)
    blobs = crowd(rng, int(rng.integers(13, 60)))
    circle = float(rng.choice([10.0, 40.0, 100.0]))
    plane = Plane(blobs)
    most = plane.largest_count({blob.id for blob in blobs}, circle)
    largest = plane.largest_sum({blob.id: blob.length_mm.value for blob in blobs}, circle)
    for allow, total, expected in [(most, largest + 1e-6, "PASS"), (most - 1, largest - 1e-6, "FAIL")]:
        bands = {"bands": [{"allow": allow, **SAID}]}
        count = one_rule_table(type="band_count", circle_diameter_mm=circle, cell=bands)
        summed = one_rule_table(type="sum_limit", circle_diameter_mm=circle, cell={"sum_up_to_mm": total})
        for table in (count, summed):
            assert judge(blobs, None, [Face("f", "1")], table, Policy(decision_rule="simple")).outcome == expected


# = the brute force itself ===========================================================================================
def random_extents(rng, count):
    for _ in range(count):
        center, corners = rng.uniform(0, 12, 2), rng.integers(1, 7)
        turns = np.sort(rng.uniform(0, 2 * np.pi, corners))
        points = center + rng.uniform(0.2, 3, (corners, 1)) * np.column_stack([np.cos(turns), np.sin(turns)])
        yield Extent(points, float(rng.uniform(0, 1)) if corners == 1 else 0.0)


def test_no_centre_touches_more_than_the_brute_force_found():
    rng = np.random.default_rng(1)
    for _ in range(150):
        extents = list(random_extents(rng, rng.integers(1, 7)))
        radius = rng.uniform(0.5, 6)
        sets = touched_together(extents, radius)
        centres = rng.uniform(-6, 18, (2000, 2))
        touch = np.array([distances_to(centres, extent) <= radius for extent in extents]).T
        for row in np.unique(touch, axis=0):
            assert any(set(np.flatnonzero(row)) <= members for members in sets)


def test_gaps_are_what_points_on_the_borders_say():
    rng = np.random.default_rng(2)
    share = np.linspace(0, 1, 400)[:, None]
    for one, other in itertools.islice(zip(*[random_extents(rng, 400)] * 2, strict=True), 150):
        if one.edges and other.edges:
            border = np.concatenate([a + share * (b - a) for a, b in one.edges])
            assert gap_mm(one, other) == pytest.approx(distances_to(border, other).min(), abs=0.02)
