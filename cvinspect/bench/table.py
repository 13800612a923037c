"""The bench's figures as tables of text, up to 120 columns wide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cvinspect.bench.bounds import Line
from cvinspect.bench.cells import CONDITIONS, MAIN
from cvinspect.bench.cost import Cost
from cvinspect.bench.draws import QUANTITIES
from cvinspect.bench.peers import QUANTITY
from cvinspect.bench.summary import Errors, Quantity, Summary

SHOWN = {
    "disk": ("diameter",),
    "jpeg": ("diameter",),
    "area": ("area", "length", "width", "max_dimension"),
    "straight": ("length", "width", "max_dimension"),
    "arc": ("length", "width", "max_dimension"),
}
FIRST, OTHERS = 37, [seen.name for seen in CONDITIONS[1:]]


def bound_rows(lines: Sequence[Line]) -> Iterator[str]:
    """A row per bound: what was reached, PASS or MISS, and where; then the figures under the other conditions."""
    if not lines:
        return
    more = any(line.others for line in lines)
    head = f"blur px/noise/contrast {MAIN.name}" if more else "bound"
    beside = "".join(f"{name:>11}" for name in OTHERS) if more else ""
    yield f"{head:{FIRST}}{'limit':>9}{'reached':>9}       {'at':25}{beside}".rstrip()
    for line in lines:
        reached = "-" if line.reached is None else f"{line.reached:.3f}"
        limit = f"{line.bound:g}" if line.least is None else f"{line.least:g}-{line.bound:g}"
        name = f"{line.name}{', ' + line.unit if line.unit else ''}"
        figures = "".join(_beside(line.others.get(other), line.bound) for other in OTHERS) if line.others else ""
        verdict = "PASS" if line.met else "MISS"
        yield f"{name:{FIRST}}{limit:>9}{reached:>9}  {verdict} {line.at:25}{figures}".rstrip()
        if line.note:
            yield f"{'':{FIRST + 25}}{line.note}"
    missed = f"{sum(not line.met for line in lines)} of {len(lines)} missed"
    yield f"{missed}; * beyond the limit, which holds under {MAIN.name}" if more else missed


def _beside(value: float | None, bound: float) -> str:
    return f"{'':11}" if value is None else f"{value:10.3f}{' ' if abs(value) <= bound else '*'}"


def cell_rows(cells: Sequence[Summary]) -> Iterator[str]:
    """A row per cell and quantity: the error with the exact blur; RMSE and share within 2 u with a blur that is off."""
    if not cells:
        return
    yield (
        f"{'cell':16}{'condition':14}{'quantity':14}{'true':>8}{'bias':>8}{'RMSE':>8}{'CRLB':>7}{'ratio':>7}"
        f"{'off-blur':>9}{'u':>7}{'in 2u':>8}{'missed':>7}{'pieces':>7}"
    )
    for cell in cells:
        for i, name in enumerate(SHOWN[cell.family]):
            where = f"{'':30}" if i else f"{cell.name:16}{cell.condition:14}"
            lost = "" if i else f"{cell.missed:7}{cell.pieces:7}"
            yield f"{where}{_figures(cell, name)}{lost}"
        yield from _fitted_row(cell.quantities["diameter"])


def _fitted_row(one: Quantity) -> Iterator[str]:
    if one.fitted and one.bound:
        figures = f"{one.fitted.bias:+8.3f}{one.fitted.rmse:8.3f}{one.bound:7.3f}{one.ratio_fitted:7.2f}"
        yield f"{'':30}{'ML fit':14}{one.true:8.2f}{figures}"


def _figures(cell: Summary, name: str) -> str:
    one, scale = cell.quantities[name], _scale(name)
    bound = "" if one.bound is None else f"{one.bound:.3f}"
    ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
    return (
        f"{name + (' %' if name == 'area' else ''):14}{one.true:8.2f}{scale * one.exact.bias:+8.3f}"
        f"{scale * one.exact.rmse:8.3f}{bound:>7}{ratio:>7}{scale * one.drawn.rmse:9.3f}"
        f"{scale * one.u:7.3f}{100 * one.coverage:7.1f}%"
    )


def peer_rows(cells: Sequence[Summary]) -> Iterator[str]:
    """A row per cell and quantity: bias / RMSE of ours and of each peer."""
    for quantity in QUANTITIES:
        chosen = [cell for cell in cells if quantity in SHOWN[cell.family] and cell.peers]
        if not chosen:
            continue
        peers = [name for name, what in QUANTITY.items() if what == quantity]
        heads = [f"{quantity.replace('_', ' ')}, {'%' if quantity == 'area' else 'px'}", "ours", *peers]
        yield f"{heads[0]:19}{heads[1]:>17}" + "".join(f"{name:>28}" for name in peers)
        for cell in chosen:
            ours = _pair(cell.quantities[quantity].exact, quantity, cell.draws)
            theirs = "".join(f"{_pair(cell.peers[name], quantity, cell.draws):>28}" for name in peers)
            yield f"{cell.name:19}{ours:>17}{theirs}"
        yield "bias / RMSE; (n): so many it did not find"


def _pair(errors: Errors, quantity: str, draws: int) -> str:
    lost = f" ({draws - errors.n})" if errors.n < draws else ""
    return f"{_scale(quantity) * errors.bias:+.2f} / {_scale(quantity) * errors.rmse:.2f}{lost}" if errors.n else "none"


def _scale(quantity: str) -> float:
    return 100.0 if quantity == "area" else 1.0


def cost_rows(costs: Sequence[Cost]) -> Iterator[str]:
    """A row per task: median time, and how many times that of the first peer on the same objects."""
    if not costs:
        return
    yield f"{'cost, one core':48}{'median us':>11}{'least us':>10}{'x cv2':>9}{'x skimage':>11}"
    for cost in costs:
        ratios = [_ratio(cost, costs, peer) for peer in ("cv2", "skimage")]
        name = f"{cost.name}, a {cost.each}"
        yield f"{name:48}{cost.median_us:11.1f}{cost.least_us:10.1f}{ratios[0]:>9}{ratios[1]:>11}".rstrip()


def _ratio(cost: Cost, costs: Sequence[Cost], peer: str) -> str:
    times = [one.median_us for one in costs if one.each == cost.each and one.name.startswith(peer)]
    return f"{cost.median_us / times[0]:.2f}" if times else ""
