"""What the station has asked the record's process, and what of it is not acknowledged yet."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from cvinspect.archive.values import Challenge
from cvinspect.line.processes import Enter, Fault, Keep, Late, Lost
from cvinspect.line.worker import Reply, Worker

STUCK_S = 10.0  # a record that takes so long does not come any more
MOST_SENT = 8  # questions at a time: a pipe that nobody reads must not fill, for then sending waits
MOST_WAITING = 1000


class Recording:
    """draw: gives the number of the next question. fault: why records are not kept, None where they are.

    Nothing that was asked for is lost with the process: what it had not acknowledged is asked of the next one. What it
    is too slow for waits here, MOST_WAITING records at most; by then the station has held for long.
    """

    def __init__(self, worker: Worker, draw: Callable[[], int]) -> None:
        self._worker, self._draw = worker, draw
        self._waiting: deque[tuple[int, Enter | Lost]] = deque()
        self._entered: dict[int, tuple[Enter, float]] = {}  # by question: the record, and since when
        self._instead: dict[int, str] = {}  # by question: why something else than its verdict was sent
        self._kept: dict[int, int] = {}  # by set of slots: the question that reads its pictures
        self._challenges: set[int] = set()
        self.fault: Fault | None = None
        self.suspect = ""

    def ask(self, question: Any) -> int:
        """Anything else; gives its number."""
        number = self._draw()
        self._worker.ask(number, question)
        return number

    def keep(self, asked: Keep, slots: int) -> None:
        """Pictures of a set of slots are made ready."""
        self._kept[slots] = self.ask(asked)

    def reads(self, slots: int) -> bool:
        """Whether the pictures of a set of slots are still to be read: nothing may be written there."""
        return self._kept.get(slots, 0) > self._worker.answered

    def enter(self, asked: Enter) -> int:
        """A record; gives the number that its acknowledgement carries."""
        number = self._draw()
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append((number, asked))
        self._send()
        return number

    def _send(self) -> None:
        """What waits, as far as the process keeps up."""
        while self._waiting and len(self._entered) < MOST_SENT:
            number, asked = self._waiting.popleft()
            self._worker.ask(number, asked)
            self._entered[number] = (asked.enter if isinstance(asked, Lost) else asked, time.monotonic())

    def sent_instead(self, number: int, why: str) -> None:
        """Not the verdict of this record was sent: it is overruled as soon as it stands."""
        self._instead[number] = why

    def overrule(self, record: int, why: str) -> None:
        """The same of a record that stands."""
        self.ask(Late(record, why))

    def challenge(self, row: Challenge) -> None:
        """A challenge is decided."""
        self._challenges.add(self.ask(row))

    def settle(self, reply: Reply) -> None:
        """An answer has come."""
        number, value = reply.number, reply.value
        if number in self._challenges:
            self._challenges.discard(number)
            if isinstance(value, Challenge) and value.suspect:
                self.suspect = f"{value.suspect[0]}..{value.suspect[1]}"
        if self._entered.pop(number, None) is None:
            return
        self._send()
        self.fault = value if isinstance(value, Fault) else None
        why = self._instead.pop(number, "")
        if why and isinstance(value, int):
            self.overrule(value, why)

    def tend(self) -> None:
        """A process that is gone or stuck is replaced."""
        stuck = any(time.monotonic() - at_s > STUCK_S for _, at_s in self._entered.values())
        if stuck:
            self.fault = Fault("not_recorded", {"message": f"nothing heard of it for {STUCK_S:g} s"})
        if (stuck or not self._worker.is_alive) and not self._worker.is_looping:
            self._renew()

    def _renew(self) -> None:
        self._worker.restart()
        self._kept.clear()
        lost, self._entered = self._entered, {}
        again = [(self._draw(), Lost(enter, self._instead.pop(number, ""))) for number, (enter, _) in lost.items()]
        self._waiting.extendleft(reversed(again))
        self._send()
