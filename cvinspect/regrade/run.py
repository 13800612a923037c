"""A run: what the ledger has pending is worked on until every part has its one result."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from cvinspect.archive.ledger import Ended, Ledger, Run
from cvinspect.model import Reason
from cvinspect.regrade.pool import Event, Executor
from cvinspect.regrade.source import Source
from cvinspect.regrade.task import Result, Task
from cvinspect.regrade.work import failed

TRIES = 2  # what twice brings its worker down is not tried a third time
KILLS = 4  # a worker that somebody else killed is held against its picture less
PORTION = {"judge": 200, "inspect": 1, "photographs": 1}
Step = Callable[[int], None]


class Answering:
    """Answers what is pending. step: told how many parts were ended."""

    def __init__(self, ledger: Ledger, run: Run, source: Source, executor: Executor, step: Step) -> None:
        self._ledger, self._run, self._source = ledger, run, source
        self._executor, self._step = executor, step
        self._again: deque[Task] = deque()
        self._under_way: dict[int, Task] = {}
        self._fresh = self._portions()

    def all(self) -> None:
        """Ends when nothing is pending. Stopped, it leaves everything that was not ended pending."""
        try:
            while True:
                while self._executor.room > 0 and (task := self._next()) is not None:
                    self._begin(task)
                if not self._executor.busy:
                    return
                for event in self._executor.wait(1.0):
                    self._ended(event)
        finally:
            self._executor.close()
            self._ledger.stop([item.key for task in self._under_way.values() for item in task.items])

    def _portions(self) -> Iterator[Task]:
        after, size = 0, PORTION[self._source.how.mode]
        while asked := self._ledger.pending(self._run, after, max(size, 100)):
            after = asked[-1].number
            for first in range(0, len(asked), size):
                yield self._source.task(asked[first : first + size])

    def _next(self) -> Task | None:
        """What was lost with its worker comes last, when the others are done with."""
        task = next(self._fresh, None)
        return task if task is not None else self._again.popleft() if self._again else None

    def _begin(self, task: Task) -> None:
        self._ledger.start([item.key for item in task.items], task.tried)
        self._under_way[task.items[0].number] = task
        self._executor.submit(task, self._source.texts(task.documents))

    def _ended(self, event: Event) -> None:
        if event.results is None:
            self._lost(event)
        else:
            self._keep(event.results)
        del self._under_way[event.task.items[0].number]

    def _keep(self, results: Iterable[Result]) -> None:
        ended = [Ended(one.key, one.state, one.outcome, one.body) for one in results]
        self._ledger.end(ended)
        self._step(len(ended))

    def _lost(self, event: Event) -> None:
        """A portion is tried again one by one; one part twice, then it is quarantined."""
        task = event.task
        if len(task.items) > 1:
            self._again.extend(replace(task, items=(item,)) for item in task.items)
            self._ledger.stop([item.key for item in task.items])
            return
        by_others = event.fault == "killed"
        task = replace(task, tried=task.tried + (not by_others), killed=task.killed + by_others)
        if task.tried < TRIES and task.killed < KILLS:
            self._again.append(task)
            return
        count = task.tried + task.killed
        reason = Reason.of(f"quarantined_{event.fault}", count=count, message=event.message)
        self._keep([failed(task.items[0].number, task.items[0].key, reason, "quarantined")])
