"""The numbers that measuring must reach, each held against what was drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from cvinspect.bench.cells import CONDITIONS, MAIN
from cvinspect.bench.draws import QUANTITIES
from cvinspect.bench.summary import Summary

LOWEST_COVERAGE, HIGHEST_COVERAGE = 0.93, 0.98


@dataclass(frozen=True, slots=True)
class Line:
    """One bound and what was reached. reached: under the bound's own condition; `at`: where that was; others: the same
    under the other conditions (no bound there). least: the bound is a range from there on."""

    name: str
    unit: str
    bound: float
    reached: float | None
    at: str = ""
    least: float | None = None
    others: dict[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def met(self) -> bool:
        """False too where nothing was reached, or it is not a number."""
        return self.reached is not None and (self.least or -self.bound) <= self.reached <= self.bound


Pick = Callable[[Summary], bool]
Figure = Callable[[Summary], float | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A bound on the worst of the cells that it is about."""

    only: str
    name: str
    unit: str
    bound: float
    pick: Pick
    figure: Figure


def _bias(quantity: str) -> Figure:
    return lambda cell: cell.quantities[quantity].exact.bias


def _rmse(quantity: str, scale: float = 1.0) -> Figure:
    return lambda cell: cell.quantities[quantity].exact.rmse * scale


def _ratio(quantity: str) -> Figure:
    return lambda cell: cell.quantities[quantity].ratio


def _ratio_fitted(cell: Summary) -> float | None:
    return cell.quantities["diameter"].ratio_fitted


def _lines(least: float, most: float) -> Pick:
    return lambda cell: cell.family in ("straight", "arc") and cell.size_px >= 60 and least <= cell.least_px <= most


def _disks(least: float) -> Pick:
    return lambda cell: cell.family == "disk" and cell.size_px >= least


def _family(family: str) -> Pick:
    return lambda cell: cell.family == family


RULES = (
    Rule("diameter", "diameter, d >= 4: bias", "px", 0.02, _disks(4), _bias("diameter")),
    Rule("diameter", "diameter, d >= 5: RMSE / CRLB", "", 1.5, _disks(5), _ratio("diameter")),
    Rule("diameter", "ML diameter, d >= 3: RMSE / CRLB", "", 1.15, _disks(3), _ratio_fitted),
    Rule("area", "area, width >= 8: RMSE", "%", 1.0, _family("area"), _rmse("area", 100.0)),
    Rule("length", "length, straight: RMSE", "px", 0.35, _family("straight"), _rmse("length")),
    Rule("length", "length, arcs to 1 rad: RMSE", "px", 0.6, _family("arc"), _rmse("length")),
    Rule("width", "width 1, L >= 60: RMSE", "px", 0.15, _lines(1, 1), _rmse("width")),
    Rule("width", "width >= 2, L >= 60: RMSE", "px", 0.05, _lines(2, 99), _rmse("width")),
    Rule("width", "width, L >= 60: bias", "px", 0.1, _lines(0, 99), _bias("width")),
)


def bound_lines(cells: Sequence[Summary], only: str | None = None) -> list[Line]:
    """Every bound that the cells can be held against; one without any cell is not met."""
    lines = [_held(rule, cells) for rule in RULES if only in (None, rule.only)]
    if only in (None, "uncertainty"):
        lines += [coverage_line(cells, quantity) for quantity in QUANTITIES]
    return lines


def _held(rule: Rule, cells: Iterable[Summary]) -> Line:
    worst: dict[str, tuple[float, str]] = {}
    for cell in filter(rule.pick, cells):
        value, known = rule.figure(cell), worst.get(cell.condition)
        if value is not None and (known is None or _severity(value) > _severity(known[0])):
            worst[cell.condition] = value, cell.name
    reached, at = worst.get(MAIN.name, (None, ""))
    others = {seen.name: worst[seen.name][0] for seen in CONDITIONS[1:] if seen.name in worst}
    return Line(rule.name, rule.unit, rule.bound, reached, at, others=others)


def _severity(value: float) -> float:
    """What is no number is the worst."""
    return math.inf if math.isnan(value) else abs(value)


def coverage_line(cells: Sequence[Summary], quantity: str) -> Line:
    """Over all cells: the share of draws whose value +-2 u holds the truth; and the worst cell's."""
    held = [(cell, cell.quantities[quantity]) for cell in cells]
    total, covered = sum(one.drawn.n for _, one in held), sum(one.covered for _, one in held)
    exact, n = sum(one.covered_exact for _, one in held), sum(one.exact.n for _, one in held)
    name = f"{quantity.replace('_', ' ')}: truth within +-2 u"
    if not total or not n:
        return Line(name, "%", 100 * HIGHEST_COVERAGE, None, least=100 * LOWEST_COVERAGE)
    worst, _ = min(held, key=lambda pair: pair[1].coverage)
    reach = [one.coverage for _, one in held]
    note = f"{100 * min(reach):.0f} to {100 * max(reach):.0f} % per cell; {100 * exact / n:.1f} % with the exact blur"
    return Line(
        name,
        "%",
        100 * HIGHEST_COVERAGE,
        100 * covered / total,
        f"worst {worst.name} {worst.condition}",
        100 * LOWEST_COVERAGE,
        note=note,
    )
