"""From draws to figures: per cell and quantity the bias, the RMSE, the bound on it, and how honest u is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cvinspect.bench.cells import Cell
from cvinspect.bench.crlb import disk_bound, line_bound
from cvinspect.bench.draws import QUANTITIES, Draws
from cvinspect.bench.peers import QUANTITY

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Errors:
    """bias and rmse of found - true: px, of areas relative to the true area. n: finite values that they are of."""

    n: int
    bias: float
    rmse: float


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity of a cell. true: its mean. exact: errors where the calibration has the true blur; drawn: where its
    blur is off by its stated uncertainty. covered: of the drawn ones, how many have the truth within 2 u; covered_exact
    likewise. u: root mean square of the stated u (in the unit of the errors). bound: the Cramer-Rao bound, px. fitted:
    as exact, by the maximum-likelihood fit.
    """

    true: float
    exact: Errors
    drawn: Errors
    covered: int
    covered_exact: int
    u: float
    bound: float | None = None
    fitted: Errors | None = None

    @property
    def ratio_fitted(self) -> float | None:
        """RMSE of the maximum-likelihood fit over the Cramer-Rao bound."""
        return self.fitted.rmse / self.bound if self.bound and self.fitted else None

    @property
    def ratio(self) -> float | None:
        """RMSE over the Cramer-Rao bound."""
        return self.exact.rmse / self.bound if self.bound else None

    @property
    def coverage(self) -> float:
        """Share of the draws whose value +-2 u holds the truth."""
        return self.covered / max(self.drawn.n, 1)


@dataclass(frozen=True, slots=True)
class Summary:
    """One cell: draws in all, missed ones, further pieces found, our quantities, and the peers' errors by name."""

    family: str
    name: str
    condition: str
    least_px: float
    size_px: float
    draws: int
    missed: int
    pieces: int
    quantities: dict[str, Quantity]
    peers: dict[str, Errors] = field(default_factory=dict)


def summed_up(draws: Draws) -> Summary:
    """The figures of a cell."""
    cell, bounds = draws.cell, _bounds(draws.cell)
    quantities = {name: _quantity(draws, name, bounds.get(name)) for name in QUANTITIES}
    peers = {name: _errors(found, draws.true[QUANTITY[name]], QUANTITY[name]) for name, found in draws.peers.items()}
    sizes = [shape.sizes for shape in cell.shapes]
    return Summary(
        cell.family,
        cell.name,
        cell.condition.name,
        min(size["width"] for size in sizes),
        min(size["length"] for size in sizes),
        len(draws),
        draws.missed,
        draws.pieces,
        quantities,
        peers,
    )


def _quantity(draws: Draws, name: str, bound: float | None) -> Quantity:
    true, exact, drawn = draws.true[name], draws.exact[name], draws.drawn[name]
    scale = float(true.mean()) if name == "area" else 1.0
    return Quantity(
        float(true.mean()),
        _errors(exact[:, 0], true, name),
        _errors(drawn[:, 0], true, name),
        _covered(drawn, true),
        _covered(exact, true),
        _root_mean_square(drawn[:, 1]) / scale,
        bound,
        _errors(draws.fitted[name][:, 0], true, name) if draws.fitted else None,
    )


def _covered(measured: Array, true: Array) -> int:
    return int(np.count_nonzero(np.abs(measured[:, 0] - true) <= 2 * measured[:, 1]))


def _errors(found: Array, true: Array, quantity: str) -> Errors:
    error = (found - true) / (true if quantity == "area" else 1.0)
    error = error[np.isfinite(error)]
    return Errors(len(error), float(error.mean()) if len(error) else np.nan, _root_mean_square(error))


def _root_mean_square(values: Array) -> float:
    finite = values[np.isfinite(values)]
    return float(np.sqrt(np.mean(finite**2))) if len(finite) else np.nan


def _bounds(cell: Cell) -> dict[str, float]:
    """The Cramer-Rao bounds of disks and lines, px; none where a picture was compressed.

    An arc's are taken from the straight line: its profile and its ends are the same.
    """
    sizes = cell.shapes[0].sizes
    if cell.family == "disk":
        return {"diameter": disk_bound(sizes["diameter"], cell.condition)}
    if cell.family in ("straight", "arc"):
        return line_bound(sizes["length"], sizes["width"], cell.condition)
    return {}
