"""What goes to and fro between a station and what drives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cvinspect.line.registers import State
from cvinspect.model import Outcome


@dataclass(frozen=True, slots=True)
class Trigger:
    """A part lies before the camera. at_s: on the monotonic clock, when it was seen."""

    sequence: int
    part: int
    at_s: float


@dataclass(frozen=True, slots=True)
class Signal:
    """The verdict on a part, as it is told outside. reason: a code of `registers.REASONS`, "" where none is needed."""

    sequence: int
    part: int
    outcome: Outcome
    reason: str = ""


class Output(Protocol):
    """Where verdicts go. Nothing that it does may block for more than some milliseconds, or raise."""

    def tell(self, signal: Signal) -> None:
        """A verdict."""

    def show(self, state: State) -> None:
        """The station's state; called every 50 ms at least while the station is alive, which is its heartbeat."""

    def trigger(self) -> Trigger | None:
        """A trigger that has come since it was asked last; None where none came, or this output gives none."""

    @property
    def fault(self) -> str:
        """Why it cannot reach the other side; "" where it does."""

    def close(self) -> None:
        """Leaves not-OK behind."""
