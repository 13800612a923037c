"""What is asked of a worker and what it answers: values that can be sent to any machine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

from cvinspect.archive import Document
from cvinspect.archive.codec import canonical, plain

Mode = Literal["judge", "inspect", "photographs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a whole run is answered.

    mode: `judge` what records keep, `inspect` their pictures, or `photographs` that no record knows. limits: the texts
    of the table that stands in for each record's own; recipe, agreements: the same, and then `policy` is all that is
    chosen in judging, else what is chosen otherwise than then. overridden: what the command line changed. day: as of
    when calibrations are valid, "" = when the part was inspected. time_limit_s: for one part.
    """

    mode: Mode
    software: str
    limits: tuple[Document, ...] = ()
    recipe: tuple[Document, ...] = ()
    agreements: tuple[Document, ...] = ()
    policy: tuple[tuple[str, str], ...] = ()
    overridden: tuple[str, ...] = ()
    day: str = ""
    time_limit_s: float = 120.0

    def seal(self) -> str:
        """What every key of the run begins with: all that the answer depends on, beside the subject."""
        told = {one.name: plain(getattr(self, one.name)) for one in fields(self) if one.name != "time_limit_s"}
        return hashlib.sha256(canonical(told).encode()).hexdigest()


def key_of(seal: str, subject: str) -> str:
    """The key (hex) of the question that a run asks of a subject: the same question has the same key everywhere."""
    return hashlib.sha256(f"{seal}\n{subject}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture file of a part: its name for people, its path and hash ("" = not looked at yet), and its view.

    lights: name, path and hash of further lights. misfit: why it shows no part that is known.
    """

    picture: str
    path: str
    view: str
    sha256: str = ""
    lights: tuple[tuple[str, str, str], ...] = ()
    misfit: str = ""

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """Path and hash of the picture and of its further lights."""
        return ((self.path, self.sha256), *((path, sha256) for _, path, sha256 in self.lights))


@dataclass(frozen=True, slots=True)
class Item:
    """One part.

    record: its row's body as the archive keeps it, "" of photographs; entries: (row, time, body) of what was entered by
    hand. photographs and identity: of a part that no record knows. old: the outcome it had.
    """

    number: int
    key: str
    record: str = ""
    entries: tuple[tuple[int, str, str], ...] = ()
    photographs: tuple[Photograph, ...] = ()
    identity: tuple[tuple[str, str], ...] = ()
    old: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A portion of a run: what a worker is sent at a time. documents: the texts that it needs.

    pictures: the folder of the archive's pictures; data: pictures by hash, where the worker cannot see that folder.
    """

    how: How
    items: tuple[Item, ...]
    documents: tuple[Document, ...] = ()
    pictures: Path = Path()
    data: Mapping[str, bytes] = field(default_factory=dict)
    tried: int = 0
    killed: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a part: done, or failed, which is INVALID; body: canonical JSON, the same everywhere."""

    number: int
    key: str
    state: str
    outcome: str
    body: str
