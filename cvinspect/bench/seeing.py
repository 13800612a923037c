"""How small and how weak a defect is still found, at how many false findings: `cvinspect bench seeing`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

from cvinspect.bench.bounds import Line
from cvinspect.bench.running import one_thread_each
from cvinspect.bench.seeing_cells import Found, cells, look, run_cell
from cvinspect.bench.seeing_cost import Speed, Stage, speeds
from cvinspect.bench.seeing_edges import EdgeFound, edge_bounds, edge_cells, edge_rows, run_edges
from cvinspect.bench.seeing_frames import blank, camera
from cvinspect.bench.seeing_limit import best_share
from cvinspect.bench.seeing_misses import Misses
from cvinspect.bench.table import bound_rows

AnyFound = TypeVar("AnyFound", Found, EdgeFound)
Part = Literal["blank", "speck", "scratch", "line", "dent", "flash", "cost"]
OBJECTS, QUICK_OBJECTS = 150, 50
BLANKS, QUICK_BLANKS = 5, 2
ROUNDS, QUICK_ROUNDS = 15, 5
MOST_FALSE, MOST_RATIO = 5, 1.0


@dataclass(frozen=True, slots=True)
class Seeing:
    """What a run found. blanks: findings on each blank frame."""

    objects: int
    seed: int
    seconds: float
    blanks: tuple[int, ...]
    cells: tuple[Found, ...]
    edges: tuple[EdgeFound, ...]
    speeds: tuple[Speed, ...]
    stages: tuple[Stage, ...]

    @property
    def bounds(self) -> list[Line]:
        """Every bound and what was reached."""
        return list(_bounds(self))

    @property
    def met(self) -> bool:
        """True where every bound is met."""
        return all(line.met for line in self.bounds)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "bounds": [{**asdict(one), "met": one.met} for one in self.bounds], "met": self.met}


def bench_seeing(
    objects: int | None = None,
    seed: int = 1,
    only: Part | None = None,
    quick: bool = False,
    misses: Misses | None = None,
) -> Seeing:
    """Draws what `only` asks for (None: all) and looks for it with the detectors as they come.

    objects: a cell, None = 150, or 50 if quick. misses: collects what is not found.
    The figures depend on objects, seed and quick alone, but for the times.
    """
    began, count = time.perf_counter(), objects or (QUICK_OBJECTS if quick else OBJECTS)
    blanks = range(QUICK_BLANKS if quick else BLANKS) if only in (None, "blank") else ()
    false = [len(look(camera(blank(seed + i), seed + i))) for i in blanks]
    found = [_told(run_cell(cell, count, seed, misses)) for cell in cells() if only in (None, cell.family)]
    edges = [_told(run_edges(cell, count, seed, misses)) for cell in edge_cells() if only in (None, "flash")]
    raced, stages = _raced(seed, QUICK_ROUNDS if quick else ROUNDS) if only in (None, "cost") else ([], [])
    spent = time.perf_counter() - began
    return Seeing(count, seed, spent, tuple(false), tuple(found), tuple(edges), tuple(raced), tuple(stages))


def _raced(seed: int, rounds: int) -> tuple[list[Speed], list[Stage]]:
    with one_thread_each(1) as pool:
        return pool.apply(speeds, (seed, rounds))


def _told(found: AnyFound) -> AnyFound:
    print(f"bench: {found.family} {found.name}: {found.found} of {found.drawn}", file=sys.stderr, flush=True)
    return found


def _bounds(result: Seeing) -> Iterator[Line]:
    if result.blanks:
        worst = max(result.blanks)
        yield Line("false findings, blank 5 MP frame", "", MOST_FALSE, worst, f"worst of {len(result.blanks)}")
    for cell in result.cells:
        if cell.least is not None:
            yield Line(f"{cell.family} {cell.name}", "%", 100.0, 100 * cell.share, "", 100 * cell.least)
    yield from edge_bounds(result.edges)
    for speed in (one for one in result.speeds if one.bound):
        yield Line(f"time of detect() / OpenCV, {speed.frame}", "", MOST_RATIO, speed.ratio)


def rows(result: Seeing) -> Iterator[str]:
    """The result as lines of text."""
    yield f"{result.objects} objects a cell, seed {result.seed}, {result.seconds:.0f} s"
    if result.bounds:
        yield ""
        yield from bound_rows(result.bounds)
    if result.blanks:
        yield from ("", f"findings on blank frames: {', '.join(str(number) for number in result.blanks)}")
    yield from _cell_rows(result.cells)
    if result.edges:
        yield from edge_rows(result.edges)
    yield from _cost_rows(result.speeds, result.stages)


def _cell_rows(found: Sequence[Found]) -> Iterator[str]:
    if not found:
        return
    yield ""
    yield f"{'cell':34}{'found':>12}{'%':>8}{'false':>7}  named"
    for cell in found:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(cell.kinds.items()))
        count = f"{cell.found} of {cell.drawn}"
        yield f"{cell.family + ' ' + cell.name:34}{count:>12}{100 * cell.share:8.1f}{cell.false:7}  {kinds}".rstrip()
    yield from _limit_rows(found)


def _limit_rows(found: Sequence[Found]) -> Iterator[str]:
    names = {cell.name for cell in found}
    weak = [(cell.name, cell.objects[0]) for cell in cells() if cell.family == "line" and cell.name in names]
    for name, line in weak:
        share = 100 * best_share(line.size_px, line.contrast_gray)
        yield f"{name}: the best linear test that knows the surface's spectrum finds {share:.0f} %"


def _cost_rows(raced: Sequence[Speed], stages: Sequence[Stage]) -> Iterator[str]:
    if not raced:
        return
    yield ""
    yield f"{'frame, one thread':34}{'detect ms':>12}{'OpenCV ms':>12}{'ratio':>8}{'found':>7}{'OpenCV':>8}"
    for one in raced:
        times = f"{one.ours_ms:12.1f}{one.naive_ms:12.1f}{one.ratio:8.2f}"
        yield f"{one.frame:34}{times}{one.found:7}{one.naive_found:8}"
    yield ""
    yield f"{'stage':56}{'median ms':>12}"
    for stage in stages:
        yield f"{stage.name:56}{stage.median_ms:12.2f}"
