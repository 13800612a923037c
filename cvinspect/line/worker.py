"""A process of its own that answers one question at a time, and is replaced where it hangs or ends."""

from __future__ import annotations

import copyreg
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from types import MappingProxyType
from typing import Any


def _held(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)


copyreg.pickle(MappingProxyType, lambda held: (_held, (dict(held),)))  # our values hold some, and travel here

_CONTEXT: Any = get_context("forkserver" if "forkserver" in get_all_start_methods() else "spawn")
if _CONTEXT.get_start_method() == "forkserver":
    _CONTEXT.set_forkserver_preload(["cvinspect.line.processes"])  # loaded once: a process is replaced at once

RESTARTS, WITHIN_S = 5, 60.0
READY = "ready"
_END_S = 2.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What a worker answered to question `number`; READY has number 0."""

    number: int
    value: Any


class Worker:
    """`target(connection, *args)` in a process: it sends Reply(0, READY), then answers each (number, question) with a
    Reply of that number, and ends when the connection does. A reply to a question that nobody waits for any more is
    passed over by its number. A process that cannot begin sends Reply(0, why) and ends: `refusal`.
    """

    def __init__(self, name: str, target: Callable[..., None], *args: Any) -> None:
        self.name = name
        self._target, self._args = target, args
        self._starts: deque[float] = deque(maxlen=RESTARTS + 1)
        self._open()

    def _open(self) -> None:
        self.connection, far = _CONTEXT.Pipe()
        args = (self._target, far, *self._args)
        self._process = _CONTEXT.Process(target=_undisturbed, args=args, name=self.name, daemon=True)
        self._process.start()
        far.close()
        self._starts.append(time.monotonic())
        self.is_ready = False
        self.asked = self.answered = 0
        self.refusal: Any = None

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid or 0

    @property
    def is_looping(self) -> bool:
        """Whether it was started more than RESTARTS times within WITHIN_S: starting it again would not help."""
        return len(self._starts) > RESTARTS and self._starts[-1] - self._starts[0] < WITHIN_S

    @property
    def is_alive(self) -> bool:
        """Whether its process runs; one that is stopped runs too."""
        return bool(self._process.is_alive())

    def ask(self, number: int, question: Any) -> bool:
        """Sends a question; False where the process is gone."""
        try:
            self.connection.send((number, question))
        except (OSError, ValueError):
            return False
        self.asked = number
        return True

    def reply(self) -> Reply | None:
        """What it has answered; None where nothing is there, or the process is gone (`is_alive`)."""
        try:
            if not self.connection.poll():
                return None
            reply = self.connection.recv()
        except (EOFError, OSError):
            return None
        assert isinstance(reply, Reply)
        if reply.number:
            self.answered = reply.number
        elif reply.value == READY:
            self.is_ready = True
        else:
            self.refusal = reply.value
        return reply

    @property
    def is_busy(self) -> bool:
        """Whether a question is not answered yet."""
        return self.answered < self.asked

    def restart(self) -> None:
        """Ends the process, whatever it is doing, and starts another."""
        self._end()
        self._open()

    def close(self) -> None:
        """Ends the process: it is told first, and has two seconds."""
        self.connection.close()
        self._process.join(_END_S)
        self._end()

    def _end(self) -> None:
        self._process.kill()
        self._process.join(_END_S)
        self.connection.close()
        self._process.close()


def _undisturbed(target: Callable[..., None], *args: Any) -> None:
    """Ctrl-C is the station's: it ends its processes in order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    target(*args)


def answer(connection: Connection, respond: Callable[[Any], Any]) -> None:
    """The loop of a worker's process: READY, then an answer to every question, until the connection ends."""
    connection.send(Reply(0, READY))
    while True:
        try:
            number, question = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(Reply(number, respond(question)))
