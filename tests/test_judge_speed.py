"""5,000 blobs are judged in 5 s, wherever they lie. A bound, not a benchmark: a quadratic scan would take minutes."""

import itertools
import json
import math
import random
import time

import pytest

from cvinspect.config.limits import load_limits
from cvinspect.judge import Policy, judge
from cvinspect.judge.table import LimitTable
from cvinspect.model import Blob, Face, Kind, Measured, Outcome

MANY = 5000
SECONDS = 5.0
SAID = {"provenance": "stated", "quote": "q"}
NAME = {"zh": "题", "en": "title"}


def counting(allow):
    """A table that allows `allow` of any size in a circle of 100 mm, by both readings."""
    rule = {
        "id": "count",
        "type": "band_count",
        "kinds": ["foreign_matter"],
        "title": NAME,
        "size": "max_dimension_mm",
        "circle_diameter_mm": 100,
        "alternative_spacing_mm": 50,
        "readings": ["any_circle", "nearer_than_spacing"],
        "counting": ["cumulative_from_above", "per_band"],
        "cell": [
            {"faces": ["any"], "bands": [{"below_mm": 0.5, "allow": allow}, {"at_least_mm": 0.5, "allow": 0}], **SAID}
        ],
    }
    for cell in rule["cell"]:
        cell["bands"] = [{**band, **SAID} for band in cell["bands"]]
    return table_of(rule)


def summing(most):
    """A table that allows a total of `most` mm in any circle of 100 mm."""
    cell = {"faces": ["any"], "sum_up_to_mm": most, **SAID}
    rule = {"id": "sum", "type": "sum_limit", "kinds": ["any"], "title": NAME, "size": "max_dimension_mm"}
    return table_of({**rule, "circle_diameter_mm": 100, "cell": [cell]})


def table_of(rule):
    head = {"schema": "cvinspect-limits/1", "name": "t", "revision": "1", "status": "draft", "title": NAME}
    return LimitTable.model_validate_json(json.dumps({**head, "document": {"document": "d"}, "rule": [rule]}))


def anywhere(reach):
    rng = random.Random(1)
    return [(rng.uniform(0, reach), rng.uniform(0, reach)) for _ in range(MANY)]


def lattice(step):
    """A square lattice."""
    side = math.ceil(math.sqrt(MANY))
    return [(step * (i % side), step * (i // side)) for i in range(MANY)]


def rings(step):
    """On circles of exactly the rule's diameter, laid side by side: the most places that are nearly the best."""
    turns = [2 * math.pi * i / 50 for i in range(50)]
    return [(step * k + 50 * math.cos(t), 50 * math.sin(t)) for k in range(MANY // 50) for t in turns]


PLACES = {
    "one spot": [(3.0, 4.0)] * MANY,
    "crowded": anywhere(100),
    "spread": anywhere(5000),
    "far apart": anywhere(100_000),
    "dense lattice": lattice(1.0),
    "lattice under the spacing": lattice(9.9),
    "lattice of the spacing": lattice(10.0),
    "lattice of half the circle": lattice(50.0),
    "along one line": [(0.5 * i, 0.0) for i in range(MANY)],
    "two heaps": [(0.0, 0.0), (100.0, 0.0)] * (MANY // 2),
    "rings apart": rings(101.0),
    "rings on rings": rings(7.0),
}


def blobs_at(places, size=0.2, outline=0):
    """Equal blobs; with an outline of that many points where asked."""
    sizes = dict.fromkeys(("diameter_mm", "length_mm", "width_mm", "max_dimension_mm"), Measured(size, 0.01))
    turns = [2 * math.pi * k / outline for k in range(outline)]
    return [
        Blob(
            i,
            Kind.FOREIGN_MATTER,
            ("face",),
            (x, y),
            area_mm2=Measured(0.05, 0.001),
            outline_mm=tuple((x + size / 2 * math.cos(t), y + size / 2 * math.sin(t)) for t in turns) or None,
            **sizes,
        )
        for i, (x, y) in enumerate(places)
    ]


def judged(blobs, table, grade="A"):
    """The outcome, in time."""
    began = time.process_time()
    outcome = judge(blobs, None, [Face("face", grade)], table, Policy()).outcome
    assert time.process_time() - began < SECONDS
    return outcome


TABLES = {
    "konica": load_limits("konica-minolta"),
    "canon": load_limits("canon"),
    **{f"allow {number}": counting(number) for number in (1, 3, 10, 100, 1000)},
    **{f"sum {most}": summing(most) for most in (1.0, 30.0, 2000.0)},
}
QUICK = {
    ("konica", "one spot", 0),
    ("konica", "crowded", 64),
    ("canon", "spread", 0),
    ("canon", "spread", 64),
    ("canon", "lattice under the spacing", 0),
    ("allow 100", "rings on rings", 0),
    ("allow 1000", "dense lattice", 0),
    ("sum 30.0", "crowded", 0),
}
EVERY = [*itertools.product(TABLES, PLACES, [0]), *itertools.product(["konica", "canon"], PLACES, [64])]
CASES = [pytest.param(*case, marks=[] if case in QUICK else pytest.mark.soak) for case in EVERY]


@pytest.mark.parametrize(("table", "places", "outline"), CASES)
def test_five_thousand_blobs(table, places, outline):
    judged(blobs_at(PLACES[places], outline=outline), TABLES[table])


@pytest.mark.soak
def test_long_outlines_that_cross_one_another():
    judged(blobs_at(PLACES["crowded"], size=40.0, outline=64), counting(1000))


def test_what_is_known_of_the_answers():
    """The places are not merely endured: heaps fail, and what lies far apart passes."""
    assert judged(blobs_at(PLACES["one spot"]), counting(1000)) == Outcome.FAIL
    assert judged(blobs_at(lattice(200.0)), counting(1)) == Outcome.PASS
    assert judged(blobs_at(lattice(9.0)), summing(30.0)) == Outcome.PASS
    assert judged(blobs_at(lattice(9.0)), summing(10.0)) == Outcome.FAIL
