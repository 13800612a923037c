"""What goes to and fro between a station and its operator page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cvinspect.line.processes import Decide, Fault
from cvinspect.line.registers import State
from cvinspect.model import Outcome


@dataclass(frozen=True, slots=True)
class Told:
    """The last part, as its verdict was told outside. fault: why it is INVALID; None where its record says more."""

    part: str
    outcome: Outcome
    at: datetime
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The station at one moment. waits_for: the part that is to be inspected again, "" where none is."""

    state: State
    hold: Fault | None = None
    last: Told | None = None
    sees: bool = True
    waits_for: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    """The part of this record is put before the camera once more."""

    record: int
    part: str
    who: str


Command = Decide | Again


@dataclass(frozen=True, slots=True)
class Person:
    """Who may decide. pin: its hash."""

    name: str
    role: str
    pin: str


@dataclass(frozen=True, slots=True)
class PageSetup:
    """What the page's process needs to know. calibrations: view, name and end of each. draft: the table's name and
    state where no customer has approved it. shifts: minutes of the local day at which one begins.
    """

    name: str
    host: str
    port: int
    hosts: tuple[str, ...]
    token: str
    archive: Path
    people: tuple[Person, ...]
    calibrations: tuple[tuple[str, str, datetime], ...]
    draft: tuple[str, str] | None
    shifts: tuple[int, ...]
    same_place_mm: float
    same_place_parts: int
    cameras: tuple[str, ...]
    deadline_s: float
