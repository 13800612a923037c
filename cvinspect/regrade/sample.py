"""How long it would take, measured on some of the parts; nothing is kept of it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from cvinspect.archive.ledger import Asked
from cvinspect.regrade.photographs import Photographs
from cvinspect.regrade.pool import Executor
from cvinspect.regrade.source import Source
from cvinspect.regrade.task import Task

MOST = {"judge": 400, "inspect": 12, "photographs": 12}
MOST_S = 10.0


def sampled(source: Source, executor: Executor) -> tuple[int, int, float]:
    """(parts in all, parts that were tried, seconds they took in one process); tries end after 10 s."""
    count = sum(1 for _ in _parts(source))
    every = max(1, count // MOST[source.how.mode])
    tried, seconds = 0, 0.0
    try:
        for task in _tasks(source, every):
            if not tried:
                _do(task, source, executor)  # the first time libraries and tables are loaded
            began = time.monotonic()
            _do(task, source, executor)
            seconds += time.monotonic() - began
            tried += len(task.items)
            if seconds > MOST_S:
                break
    finally:
        executor.close()
    return count, tried, seconds


def _do(task: Task, source: Source, executor: Executor) -> None:
    executor.submit(task, source.texts(task.documents))
    while executor.busy:
        executor.wait(1.0)


def _parts(source: Source) -> Iterator[object]:
    return source.items() if isinstance(source, Photographs) else source.asked()


def _tasks(source: Source, every: int) -> Iterator[Task]:
    """Tasks of parts that lie evenly over all."""
    if isinstance(source, Photographs):
        for number, item in enumerate(source.items()):
            if number % every == 0:
                yield source.task_of(item)
        return
    chosen: list[Asked] = [one for number, one in enumerate(source.asked()) if number % every == 0]
    size = 200 if source.how.mode == "judge" else 1
    for first in range(0, len(chosen), size):
        yield source.task(chosen[first : first + size])
