"""Our sizes against physical bounds and peers, on rendered truth: `cvinspect bench measuring`."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from cvinspect.bench.bounds import Line, bound_lines
from cvinspect.bench.calibrated import calibration_lines, calibration_rows
from cvinspect.bench.calibration import Row, calibration_cells, mapping_time
from cvinspect.bench.cells import CONDITIONS, MAIN, Cell, area_cells, disk_cells, jpeg_cells, line_cells
from cvinspect.bench.cost import Cost, cost_lines, costs
from cvinspect.bench.running import one_thread_each, run_cells
from cvinspect.bench.summary import Summary
from cvinspect.bench.table import bound_rows, cell_rows, cost_rows, peer_rows

Part = Literal["diameter", "area", "length", "width", "uncertainty", "calibration", "cost"]
DRAWS, QUICK_DRAWS = 400, 40
BOARDS = 3  # pictures of every target and pose


@dataclass(frozen=True, slots=True)
class Result:
    """What a run found. quick: the cells were thinned out too."""

    draws: int
    seed: int
    quick: bool
    seconds: float
    cells: tuple[Summary, ...]
    costs: tuple[Cost, ...]
    calibration: tuple[Row, ...]
    bounds: tuple[Line, ...]

    @property
    def met(self) -> bool:
        """True where every bound is met."""
        return all(line.met for line in self.bounds)

    def as_json(self) -> dict[str, Any]:
        """Plain values; what is no number is null."""
        bounds = [{**asdict(line), "met": line.met} for line in self.bounds]
        plain = _plain({**asdict(self), "bounds": bounds, "met": self.met})
        return dict(plain)


def bench_measuring(
    draws: int | None = None, seed: int = 1, only: Part | None = None, quick: bool = False, workers: int = 0
) -> Result:
    """Draws every cell that `only` asks for (None: all) and holds the figures against the bounds.

    draws: objects a cell, None = 400, or 40 if quick. workers: processes, 0 = one a core. The figures depend on draws,
    seed and quick alone; the costs on the machine.
    """
    began, count = time.perf_counter(), draws or (QUICK_DRAWS if quick else DRAWS)
    chosen = _cells(only, quick)
    cells = run_cells(chosen, count, seed, workers) if chosen else []
    spent = _costs(seed) if only in (None, "cost") else []
    boards = _calibration(only, quick)
    lines = [*bound_lines(cells, only), *calibration_lines(boards), *cost_lines(spent)]
    seconds = time.perf_counter() - began
    return Result(count, seed, quick, seconds, tuple(cells), tuple(spent), tuple(boards), tuple(lines))


def _costs(seed: int) -> list[Cost]:
    with one_thread_each(1) as pool:
        return pool.apply(costs, (seed,))


def _calibration(only: Part | None, quick: bool) -> list[Row]:
    if only == "cost":
        return [mapping_time()]
    return calibration_cells(1 if quick else BOARDS, quick) if only in (None, "calibration") else []


def _cells(only: Part | None, quick: bool) -> list[Cell]:
    lines = line_cells((MAIN,) if quick else CONDITIONS)
    if only in ("length", "width"):
        return lines
    if only in ("diameter", "area"):
        return disk_cells() if only == "diameter" else area_cells()
    return disk_cells() + area_cells() + lines + jpeg_cells() if only in (None, "uncertainty") else []


def rows(result: Result) -> Iterator[str]:
    """The result as lines of text."""
    thin = " (--quick: fewer, lines under one condition only; figures scatter)" if result.quick else ""
    drawn = f"{result.draws} objects a cell in {len(result.cells)} cells, " if result.cells else ""
    yield f"{drawn}seed {result.seed}, {result.seconds:.0f} s{thin}"
    parts = (
        bound_rows(result.bounds),
        calibration_rows(result.calibration),
        cost_rows(result.costs),
        cell_rows(result.cells),
        peer_rows([cell for cell in result.cells if cell.condition == MAIN.name]),
    )
    for part in parts:
        first = next(part, None)
        if first is not None:
            yield from ("", first, *part)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
