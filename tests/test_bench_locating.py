"""`cvinspect bench locating`: the figures that docs/locating.md states, on few draws."""

from dataclasses import replace

import pytest
from cli import cli

from cvinspect.bench.locating import Located, bench_locating


def test_a_few_draws_meet_the_bound_and_are_the_same_again():
    done = cli("bench", "locating", "--draws", "5", "--seed", "3", "--json")
    assert done.code == 0
    (line,) = done.lines
    assert [one["by"] for one in line["locating"]] == ["outline", "marks"]
    assert all(one["place_worst_px"] <= 0.1 for one in line["locating"])


@pytest.mark.soak
def test_the_stated_figures_hold():
    for one in bench_locating(40, 5):
        assert one.met


def test_a_bound_that_is_not_met_is_said():
    good = Located("outline", 5, 0.01, 0.02, 0.001, 0.002, 1.0, 10.0, 5.0, 2.0)
    assert good.met
    assert not replace(good, place_worst_px=0.11).met
    assert not replace(good, within_2u=0.9).met
