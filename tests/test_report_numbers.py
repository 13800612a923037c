"""Numbers in reports: digits that the uncertainty bears, and no rounding that hides a verdict."""

import pytest

from cvinspect.model import Measured
from cvinspect.report import numbers


@pytest.mark.parametrize(
    ("value", "u", "text"),
    [
        (0.43, 0.01, "0.43 ± 0.02"),
        (0.4312, 0.0121, "0.43 ± 0.03"),
        (0.4312, 0.006, "0.431 ± 0.012"),
        (12.345, 0.4, "12.3 ± 0.8"),
        (1234.5, 30.0, "1234 ± 60"),
        (0.43, None, "0.430 (U ?)"),
        (0.43, 0.0, "0.430 ± 0"),
        (-0.02, 0.01, "−0.02 ± 0.02"),
        (-0.0004, 0.01, "0.00 ± 0.02"),
    ],
)
def test_as_many_digits_as_the_uncertainty_bears(value, u, text):
    assert numbers.with_u(Measured(value, u)) == text


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ((2.0, 1.0, -1.0), ("2", "1", "−1")),
        ((0.43, 0.3, -0.13), ("0.43", "0.30", "−0.13")),
        ((0.3004, 0.3, -0.0004), ("0.3004", "0.3000", "−0.0004")),
        ((1.7, None, None), ("1.70", "–", "–")),
        ((1.0, float("inf"), float("inf")), ("1", "–", "–")),
        ((None, None, None), ("–", "–", "–")),
    ],
)
def test_numbers_that_are_compared_can_be_told_apart(given, shown):
    assert numbers.compared(*given) == shown


@pytest.mark.parametrize(
    ("given", "shown"), [((), ""), ((3,), "3"), ((2, 1), "1, 2"), ((9, 1, 7, 8, 2), "1, 2, 7–9"), ((1, 1, 3), "1, 3")]
)
def test_ranges_of_numbers(given, shown):
    assert numbers.ranges(given) == shown


def test_a_spread_from_the_smallest_to_the_largest():
    assert numbers.spread(0.45, 1.2) == "0.45 – 1.20"
    assert numbers.spread(0.021, 1.2) == "0.021 – 1.200"
