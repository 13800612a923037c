"""What runs in the station's processes: cameras, inspection, record. Each answers one question at a time."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from cvinspect.archive import Archive, Identity, Look, Record
from cvinspect.archive.schema import JOURNAL
from cvinspect.archive.values import Challenge, Overrule
from cvinspect.camera import Camera, Settings, open_camera
from cvinspect.config import load_job
from cvinspect.config.job import Job
from cvinspect.errors import CameraError, CvinspectError, PictureError
from cvinspect.line.challenge import last_passed, suspect
from cvinspect.line.slots import Slot, Slots
from cvinspect.line.watch import Watch
from cvinspect.line.worker import READY, Reply, answer
from cvinspect.model import Frame, Outcome, Reason, Verdict
from cvinspect.pictures import clean_text, encode_png
from cvinspect.pipeline import Shot, run
from cvinspect.pipeline.record import Recorder, look_of

FIRST_S, LONGEST_S = 0.2, 3.0  # between two tries to open a camera that is gone
_GONE = ("camera_lost", "camera_timeout", "camera_ended")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A camera of the station. live: False for folders and files, whose pictures may be alike."""

    view: str
    address: str
    settings: Settings
    live: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """A frame: its pixels are in a slot, the rest is here."""

    slot: Slot
    frame: Frame


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no answer: a code of the catalogue, and what its sentence needs."""

    code: str
    values: Mapping[str, Any]

    @classmethod
    def of(cls, bad: Exception, code: str = "program_fault") -> Fault:
        """An exception in words; of a PictureError its own code."""
        if isinstance(bad, PictureError):
            return cls(bad.code, {"message": clean_text(str(bad)), **bad.values})
        what = str(bad) if isinstance(bad, CvinspectError | OSError) else f"{type(bad).__name__}: {bad}"
        return cls(code, {"message": clean_text(what)})

    @property
    def verdict(self) -> Verdict:
        """INVALID for this reason."""
        return Verdict(Outcome.INVALID, (), (Reason.of(self.code, **self.values),))


@dataclass(frozen=True, slots=True)
class Inspected:
    """What came of one part: its verdict, and per view what was seen, without pixels."""

    verdict: Verdict
    looks: tuple[Look, ...]


@dataclass(frozen=True, slots=True)
class Keep:
    """Pictures to be made ready for the record of a part, while it is inspected."""

    part: str
    taken: tuple[Taken, ...]


@dataclass(frozen=True, slots=True)
class Enter:
    """The record of a part: its pictures are those of the last Keep. again_of: the record of the same part before it
    was wiped, who: whoever put it before the camera again.
    """

    part: str
    inspected: Inspected
    at: datetime
    again_of: int | None = None
    who: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """An Enter whose answer was lost with the process that was to give it. why: of what was sent instead of its
    verdict, "" where the verdict was sent.
    """

    enter: Enter
    why: str


@dataclass(frozen=True, slots=True)
class Late:
    """What was sent for a record differs from its verdict, since it came too late."""

    record: int
    why: str


@dataclass(frozen=True, slots=True)
class Decide:
    """A person decides about a record."""

    record: int
    to: Outcome
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Challenged:
    """When did master parts come out right last?"""


class Eyes:
    """The cameras of all views, opened and opened again."""

    def __init__(self, wanted: Sequence[Wanted], slots: Slots) -> None:
        self._wanted, self._slots = wanted, slots
        self._open: dict[str, Camera] = {}
        self._watches = {one.view: Watch(one.settings.trigger, one.live) for one in wanted}
        self._wait_s, self._next_s = FIRST_S, 0.0
        self._why: Exception | None = None

    def take(self, numbers: Sequence[int]) -> list[Taken] | Fault:
        """A frame of each view, in the slots of these numbers."""
        if not self.look():
            return Fault.of(self._why or CameraError("not open yet", "camera_lost"))
        try:
            return [self._take(one, number) for one, number in zip(self._wanted, numbers, strict=True)]
        except PictureError as bad:
            if bad.code in _GONE:
                self.close()
            return Fault.of(bad)

    def _take(self, wanted: Wanted, number: int) -> Taken:
        frame = replace(self._open[wanted.view].grab(), view=wanted.view)
        frame = self._watches[wanted.view].check(frame)
        return Taken(self._slots.put(number, frame.pixels), _without_pixels(frame))

    def look(self) -> bool:
        """Opens what is not open, not more often than the back-off allows; True where all are."""
        if len(self._open) == len(self._wanted):
            return True
        if time.monotonic() < self._next_s:
            return False
        try:
            for one in self._wanted:
                if one.view not in self._open:
                    self._open[one.view] = open_camera(one.address, one.settings)
                    self._watches[one.view].begin_anew()
        except (CvinspectError, OSError) as bad:
            self._why = bad
            self._wait_s = min(1.5 * self._wait_s, LONGEST_S)
            self._next_s = time.monotonic() + self._wait_s * random.uniform(0.7, 1.0)
            return False
        self._wait_s, self._why = FIRST_S, None
        return True

    def close(self) -> None:
        """Lets them all go."""
        for camera in self._open.values():
            with suppress(CvinspectError, OSError):
                camera.close()
        self._open.clear()


def _without_pixels(frame: Frame) -> Frame:
    return replace(frame, pixels=frame.pixels[:0, :0].copy())


def look_through(connection: Connection, wanted: Sequence[Wanted], slots: str, count: int, size: int) -> None:
    """The cameras' process: a question is the slots' numbers, an answer a list of Taken, or a Fault."""
    memory = Slots(count, size, slots)
    eyes = Eyes(wanted, memory)
    with closing(memory), closing(eyes):
        eyes.look()
        connection.send(Reply(0, READY))
        while True:
            try:
                if not connection.poll(FIRST_S):
                    eyes.look()
                    continue
                number, numbers = connection.recv()
            except (EOFError, OSError):
                return
            connection.send(Reply(number, eyes.take(numbers)))


def inspect_frames(connection: Connection, recipe: Path, slots: str, count: int, size: int) -> None:
    """The inspection's process: a question is (part, list of Taken), an answer Inspected."""
    job = load_job(recipe)
    memory = Slots(count, size, slots)
    with closing(memory):
        answer(connection, lambda asked: _inspected(asked[0], asked[1], job, memory))


def _inspected(part: str, taken: Sequence[Taken], job: Job, memory: Slots) -> Inspected:
    frames = {_shot(part, one): replace(one.frame, part=part, pixels=memory.get(one.slot)) for one in taken}
    judged = list(run([tuple(frames)], job, lambda shot: (frames[shot], ())))
    verdict = max((one.verdict for one in judged), key=lambda verdict: list(Outcome).index(verdict.outcome))
    return Inspected(verdict, tuple(look_of(one, job, {}) for one in judged))


def _shot(part: str, taken: Taken) -> Shot:
    return Shot(f"{part} {taken.frame.view}", Path(part), part, taken.frame.view)


def keep_records(
    connection: Connection, archive: Path, recipe: Path, identity: Identity, slots: str, count: int, size: int
) -> None:
    """The record's process: Keep, Enter, Lost, Late and Decide are answered by a row's number, None, or a Fault.

    Challenged is answered by a time or None, a Challenge by the row as it was kept.
    """
    with ExitStack() as open_things:
        memory = open_things.enter_context(closing(Slots(count, size, slots)))
        try:
            book = open_things.enter_context(Archive(archive, write=True))
            recorder = Recorder(load_job(recipe), identity)
        except (CvinspectError, OSError) as bad:
            connection.send(Reply(0, Fault.of(bad, "not_recorded")))
            return
        answer(connection, _Book(book, recorder, memory).answer)


class _Book:
    def __init__(self, archive: Archive, recorder: Recorder, memory: Slots) -> None:
        self._archive, self._recorder, self._memory = archive, recorder, memory
        self._ready: dict[str, dict[str, bytes]] = {}
        self._failed: Fault | None = None
        self._first: dict[int, int] = {}  # by the record of a second inspection, that of the first

    def answer(self, asked: Keep | Enter | Lost | Late | Decide | Challenged | Challenge) -> Any:
        """A record's number; None where pictures were made ready; why nothing was kept."""
        does: dict[type[Any], Callable[[Any], Any]] = {
            Keep: self._keep,
            Enter: self._enter,
            Lost: self._lost,
            Late: self._late,
            Decide: self._decide,
            Challenged: lambda _: last_passed(self._archive)[0],
            Challenge: self._challenge,
        }
        try:
            return does[type(asked)](asked)
        except (CvinspectError, OSError) as bad:
            return Fault.of(bad, "not_recorded")

    def _challenge(self, asked: Challenge) -> Challenge:
        row = asked if asked.passed else replace(asked, suspect=suspect(self._archive))
        self._archive.note(row)
        return row

    def _decide(self, asked: Decide) -> int:
        return self._archive.note(Overrule(to=asked.to, who=asked.who, why=asked.why), asked.record)

    def _keep(self, asked: Keep) -> None:
        """What goes wrong here is told by the Enter that follows."""
        self._ready, self._failed = {}, None
        try:
            self._ready = {asked.part: {one.frame.view: self._png(one) for one in asked.taken}}
        except (CvinspectError, OSError) as bad:
            self._failed = Fault.of(bad, "not_recorded")

    def _png(self, taken: Taken) -> bytes:
        return encode_png(self._memory.get(taken.slot))

    def _enter(self, asked: Enter) -> int | Fault:
        if self._failed is not None:
            failed, self._failed = self._failed, None
            return failed
        pngs = self._ready.pop(asked.part, {})
        looks = tuple(_kept(look, pngs.get(look.view)) for look in asked.inspected.looks) or self._unseen(asked)
        record = self._recorder.frame_of(asked.part, looks, asked.inspected.verdict, asked.at.astimezone(UTC))
        record = replace(self._recorder.noted(record), again_of=asked.again_of)
        seq = self._archive.record(record, tuple(pngs.values()), self._recorder.documents).seq
        self._settle_first(asked, record, seq)
        return seq

    def _lost(self, asked: Lost) -> int | Fault:
        """The record may be there already; if not, it is made without its pictures, which are gone."""
        at = asked.enter.at.astimezone(UTC).isoformat()
        there = (JOURNAL.c.kind == "record") & (JOURNAL.c.part == asked.enter.part) & (JOURNAL.c.at == at)
        seq = next((stored.seq for stored in self._archive.rows(there)), None)
        made = self._enter(asked.enter) if seq is None else seq
        if asked.why and isinstance(made, int):
            self._late(Late(made, asked.why))
        return made

    def _settle_first(self, asked: Enter, record: Record, seq: int) -> None:
        """What the second inspection says is what becomes of the part; both records stay."""
        if asked.again_of is None or record.verdict.outcome is Outcome.INVALID:
            return
        why = f"wiped and inspected again: record {seq}"
        self._archive.note(Overrule(to=record.verdict.outcome, who=asked.who, why=why), asked.again_of)
        self._first = {seq: asked.again_of}

    def _late(self, asked: Late) -> int:
        row = Overrule(to=Outcome.INVALID, who="station", why=asked.why)
        if asked.record in self._first:
            self._archive.note(row, self._first[asked.record])
        return self._archive.note(row, asked.record)

    def _unseen(self, asked: Enter) -> tuple[Look, ...]:
        """Without a picture there is still a record of its own, however often the same part comes."""
        named = f"{asked.part} {asked.at.isoformat()}"
        return tuple(Look(view=view.name, picture=named) for view in self._recorder.job.views)


def _kept(look: Look, png: bytes | None) -> Look:
    if png is None:
        return look
    sha256 = hashlib.sha256(png).hexdigest()
    return replace(look, sha256=sha256, stored=sha256)
