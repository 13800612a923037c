"""Worker processes that may die: one that crashes, hangs or is killed is replaced, and its task comes back.

Every worker has one OpenCV thread and gets one task at a time through a pipe of its own, so that nothing but its own
task is lost with it; it ends when this process ends, however that happens.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess, parent_process
from typing import Any, Literal, Protocol

from cvinspect.regrade.task import Result, Task
from cvinspect.regrade.work import TextsByHash, work

Work = Callable[[Task, TextsByHash], tuple[Result, ...]]
Fault = Literal["died", "killed", "slow"]
_FROM_OUTSIDE = (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM))
_START_S = 60.0  # until a new worker has loaded its libraries and says so


@dataclass(frozen=True, slots=True)
class Event:
    """A task and its results; or None, and how its worker was lost: died, killed from outside, or too slow."""

    task: Task
    results: tuple[Result, ...] | None
    fault: Fault = "died"
    message: str = ""


class Executor(Protocol):
    """Where tasks are worked on."""

    @property
    def busy(self) -> int:
        """How many tasks are being worked on."""

    @property
    def room(self) -> int:
        """How many more tasks it takes now."""

    def submit(self, task: Task, texts: Mapping[str, bytes]) -> None:
        """Begins a task; texts: all that it needs."""

    def wait(self, timeout_s: float) -> Sequence[Event]:
        """What ended meanwhile."""

    def close(self) -> None:
        """Ends everything at once."""


class Here:
    """Works on tasks in this very process, one at a time: for numbers alone, which nothing can crash at."""

    def __init__(self, does: Work = work) -> None:
        self._work = does
        self._events: list[Event] = []
        self.busy = 0

    @property
    def room(self) -> int:
        """One task at a time."""
        return 0 if self.busy else 1

    def submit(self, task: Task, texts: Mapping[str, bytes]) -> None:
        """Does it."""
        self._events.append(Event(task, self._work(task, texts)))
        self.busy = 1

    def wait(self, timeout_s: float) -> Sequence[Event]:
        """What was done."""
        done, self._events, self.busy = self._events, [], 0
        return done

    def close(self) -> None:
        """Nothing is left to end."""


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    task: Task | None = None
    ends: float = 0.0
    known: set[str] = field(default_factory=set)
    ready: bool = False
    slow: bool = False


class Pool:
    """`jobs` worker processes. ahead: tasks that wait beyond one per worker, so that none is idle."""

    def __init__(self, jobs: int, does: Work = work) -> None:
        ways = multiprocessing.get_all_start_methods()
        self._context: Any = multiprocessing.get_context("forkserver" if "forkserver" in ways else "spawn")
        if "forkserver" in ways:
            self._context.set_forkserver_preload(["cvinspect.regrade.pool"])
        self._work, self._jobs = does, jobs
        self._workers: list[_Worker] = []

    @property
    def busy(self) -> int:
        """How many tasks are being worked on."""
        return sum(1 for one in self._workers if one.task is not None)

    @property
    def room(self) -> int:
        """How many workers have nothing to do."""
        return self._jobs - self.busy

    @property
    def pids(self) -> tuple[int, ...]:
        """The workers' processes."""
        return tuple(one.process.pid for one in self._workers if one.process.pid is not None)

    def submit(self, task: Task, texts: Mapping[str, bytes]) -> None:
        """Sends it to a worker that has nothing to do; texts that it was sent before are not sent again."""
        worker = next((one for one in self._workers if one.task is None), None) or self._started()
        fresh = {sha256: body for sha256, body in texts.items() if sha256 not in worker.known}
        worker.known |= fresh.keys()
        worker.task = task
        worker.ends = time.monotonic() + task.how.time_limit_s + (0.0 if worker.ready else _START_S)
        with contextlib.suppress(OSError):  # it died meanwhile: `wait` finds out
            worker.pipe.send((task, fresh))

    def _started(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._work), daemon=True)
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def wait(self, timeout_s: float) -> Sequence[Event]:
        """What ended until then; of the dead, what they died of."""
        waiting = {one.pipe: one for one in self._workers if one.task is not None}
        ready = set(wait(list(waiting), max(0.0, min([timeout_s, *self._left()]))))
        came = [self._received(worker) for pipe, worker in waiting.items() if pipe in ready]
        events = [event for event in came if event is not None]
        for worker in self._workers:
            if worker.task is not None and worker.ends < time.monotonic():
                worker.slow = True
                worker.process.kill()
                worker.process.join()
                events.append(self._lost(worker))
        self._workers = [one for one in self._workers if not one.pipe.closed]
        return events

    def _left(self) -> list[float]:
        return [one.ends - time.monotonic() for one in self._workers if one.task is not None]

    def _received(self, worker: _Worker) -> Event | None:
        """What came of its task; None where it says that it is ready: its time begins."""
        assert worker.task is not None
        try:
            results = worker.pipe.recv()
        except (EOFError, OSError):
            return self._lost(worker)
        if not worker.ready:
            worker.ready = True
            worker.ends = time.monotonic() + worker.task.how.time_limit_s
            return None
        task, worker.task = worker.task, None
        return Event(task, results)

    def _lost(self, worker: _Worker) -> Event:
        """The task of a worker that is no more."""
        task, worker.task = worker.task, None
        assert task is not None
        worker.process.join(5)
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        code = worker.process.exitcode or 0
        if worker.slow:
            return Event(task, None, "slow", f"> {task.how.time_limit_s:g} s")
        named = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return Event(task, None, "killed" if -code in _FROM_OUTSIDE else "died", named)

    def close(self) -> None:
        """Ends every worker at once."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
        self._workers = []


def _serve(pipe: Connection, does: Work) -> None:
    """A worker: tasks in, results out, until nobody is there any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    texts: dict[str, bytes] = {}
    with contextlib.suppress(EOFError, OSError):
        pipe.send(None)
        while True:
            task, fresh = pipe.recv()
            texts |= fresh
            pipe.send(does(task, texts))


def _end_with_parent() -> None:
    """Even in the midst of a task: nobody waits for it."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
