"""Many machines: the workers of a Dask scheduler answer the same tasks, each in a process of its own that may die.

    dask scheduler
    dask worker tcp://HOST:8786 --nthreads 1 --nworkers 8      # on every machine, the same cvinspect installed
    cvinspect regrade ARCHIVE --limits NAME --scheduler tcp://HOST:8786

Workers need neither the archive nor its database: a task carries its record, its texts and its pictures. Whatever dies
there, the ledger here knows what was answered.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from cvinspect.errors import ConfigurationError
from cvinspect.regrade.pool import Event, Here, Pool, Work
from cvinspect.regrade.source import with_pictures
from cvinspect.regrade.task import Task
from cvinspect.regrade.work import work

CONNECT_S = 10.0
AHEAD = 2  # tasks a worker has waiting, so that none is idle
_own = threading.local()


def isolated(task: Task, texts: Mapping[str, bytes], does: Work = work) -> Event:
    """On a cluster's worker: the task in a process below it, so that a picture that kills or hangs costs no worker."""
    if task.how.mode == "judge":
        here = Here(does)
        here.submit(task, texts)
        return here.wait(0.0)[0]
    pools: dict[Work, Pool] = _own.__dict__.setdefault("pools", {})
    pool = pools.setdefault(does, Pool(1, does))
    pool.submit(task, texts)
    while not (events := pool.wait(1.0)):
        pass
    return replace(events[0], task=replace(events[0].task, data={}))  # its pictures need not travel back


def software() -> tuple[str, str, str]:
    """What must be the same here and there for the same answers."""
    return version("cvinspect"), version("numpy"), version("opencv-python-headless")


class Cluster:
    """An Executor on a Dask scheduler. Raises ConfigurationError where nobody answers there, or other software does."""

    def __init__(self, scheduler: str, does: Work = work) -> None:
        try:
            from distributed import Client
        except ImportError as bad:
            raise ConfigurationError("--scheduler: needs the extra: pip install 'cvinspect[cluster]'") from bad
        try:
            self._client: Any = Client(scheduler, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as bad:
            raise ConfigurationError(f"--scheduler {scheduler}: no scheduler answers there: {bad}") from bad
        self._scheduler, self._does = scheduler, does
        self._running: dict[Any, Task] = {}
        self._sent: dict[str, Any] = {}
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def _check(self) -> None:
        ours = software()
        theirs = self._client.run(software)
        if not theirs:
            raise ConfigurationError(f"--scheduler {self._scheduler}: it has no workers; start some with `dask worker`")
        for worker, told in theirs.items():
            if tuple(told) != ours:
                has, wants = (", ".join(one) for one in (told, ours))
                differs = f"worker {worker} has cvinspect, numpy, OpenCV {has}; here it is {wants}"
                raise ConfigurationError(f"--scheduler {self._scheduler}: {differs}")
        self._workers = len(theirs)

    @property
    def busy(self) -> int:
        """How many tasks are out."""
        return len(self._running)

    @property
    def room(self) -> int:
        """How many more tasks it takes now."""
        return AHEAD * self._workers - self.busy

    def submit(self, task: Task, texts: Mapping[str, bytes]) -> None:
        """Sends it with its pictures; texts are sent to the cluster once."""
        fresh = {sha256: body for sha256, body in texts.items() if sha256 not in self._sent}
        if fresh:
            self._sent |= self._client.scatter(fresh, broadcast=True, hash=False)
        kept = {sha256: self._sent[sha256] for sha256 in texts}
        future = self._client.submit(isolated, with_pictures(task), kept, self._does, pure=False)
        self._running[future] = task

    def wait(self, timeout_s: float) -> Sequence[Event]:
        """What ended meanwhile. Raises ConfigurationError where the scheduler is gone."""
        from distributed import wait
        from distributed.client import FuturesCancelledError

        done: set[Any] = set()
        with self._client.as_current(), suppress(TimeoutError, FuturesCancelledError):
            done = wait(list(self._running), timeout=timeout_s, return_when="FIRST_COMPLETED").done
        return [self._event(future) for future in list(self._running) if future in done or future.done()]

    def _event(self, future: Any) -> Event:
        task = self._running.pop(future)
        if future.status == "finished":
            event: Event = future.result()
            return replace(event, task=task)
        if future.status in ("cancelled", "lost"):
            self._running.clear()
            raise ConfigurationError(
                f"--scheduler {self._scheduler}: it is gone; what was answered is kept, the same command goes on"
            )
        return Event(task, None, "died", f"{type(future.exception()).__name__}")

    def close(self) -> None:
        """Ends what is under way there."""
        self._client.cancel(list(self._running), force=True)
        self._running.clear()
        self._client.close(timeout=CONNECT_S)
