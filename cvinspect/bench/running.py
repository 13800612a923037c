"""The cells over all cores: one process a core, each with one thread."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from multiprocessing.pool import Pool
from types import FrameType

from cvinspect.bench.cells import Cell
from cvinspect.bench.draws import draw
from cvinspect.bench.summary import Summary, summed_up

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def run_cells(cells: Sequence[Cell], count: int, seed: int, workers: int = 0) -> list[Summary]:
    """The figures of every cell in their order; progress on stderr. workers: 0 = one a core, 1 = in this process."""
    order = sorted(range(len(cells)), key=lambda index: -_work(cells[index]))
    task, jobs = partial(_run, count=count, seed=seed), [(index, cells[index]) for index in order]
    workers = min(workers or cores(), len(jobs))
    print(f"bench: {len(jobs)} cells of {count} objects, {workers} at a time", file=sys.stderr, flush=True)
    done: dict[int, Summary] = {}
    with one_thread_each(workers) if workers > 1 else nullcontext() as pool:
        for index, summary in pool.imap_unordered(task, jobs) if pool else map(task, jobs):
            done[index] = summary
            _say(len(done), len(cells), summary)
    return [done[index] for index in range(len(cells))]


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run(job: tuple[int, Cell], count: int, seed: int) -> tuple[int, Summary]:
    return job[0], summed_up(draw(job[1], count, seed))


def _work(cell: Cell) -> float:
    """About how long a cell takes: the long ones go first."""
    return max(shape.sizes["length"] * (1 + 2 * (cell.family == "arc")) for shape in cell.shapes)


def _leave_signals() -> None:
    """A Ctrl-C reaches the whole group: the workers leave it to the first process, which ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


@contextmanager
def one_thread_each(workers: int) -> Iterator[Pool]:
    """A pool of processes that use one thread each; leaving it ends them."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))  # read by a process when it loads numpy: by the workers only
    ended = signal.signal(signal.SIGTERM, _end)  # else the workers would outlive a process that is ended
    try:
        with multiprocessing.get_context("spawn").Pool(workers, _leave_signals) as pool:
            yield pool
    finally:
        signal.signal(signal.SIGTERM, ended)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _say(done: int, total: int, summary: Summary) -> None:
    line = f"bench: {done} of {total} cells ({summary.name}, {summary.condition})"
    if sys.stderr.isatty():
        print(f"\r{line:79}", end="" if done < total else "\n", file=sys.stderr, flush=True)
    elif done == total or done * 10 // total > (done - 1) * 10 // total:
        print(line, file=sys.stderr, flush=True)
