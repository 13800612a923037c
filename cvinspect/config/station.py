"""The station file: which cameras, which recipe, who triggers, where verdicts go, by when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from cvinspect.archive import init
from cvinspect.archive.settings import check_names
from cvinspect.camera import Settings, Trigger
from cvinspect.config.job import Job, load_job
from cvinspect.errors import StationError
from cvinspect.forms import Form, parse_toml, read_text
from cvinspect.judge.cells import Text
from cvinspect.model import Outcome
from cvinspect.web.pins import check_hash

_PLACE = re.compile(r"(?P<host>[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
Place = Annotated[str, Field(description="HOST:PORT")]


def place_of(text: str) -> tuple[str, int]:
    """HOST:PORT. Raises ValueError."""
    found = _PLACE.fullmatch(text)
    if found is None or not 0 < int(found["port"]) < 65536:
        raise ValueError(f"{text!r}: write HOST:PORT, as 127.0.0.1:1502")
    return found["host"].strip("[]"), int(found["port"])


class CameraEntry(Form):
    """One camera. view: of the recipe; left out where it has only one. The rest as in `camera.Settings`."""

    address: Text
    view: str = ""
    trigger: Trigger = "free"
    line: Text = "Line1"
    exposure_us: Annotated[float, Field(gt=0)] | None = None
    gain_db: float | None = None
    roi_px: tuple[int, int, int, int] | None = None
    pixel_format: Text | None = None
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 2.0

    @property
    def settings(self) -> Settings:
        """What is asked of it."""
        return Settings(**self.model_dump(exclude={"address", "view"}))


class TriggerEntry(Form):
    """by: "plc" (an output's trigger), "timer" (every_s), "camera" (a frame that comes is a part)."""

    by: Literal["plc", "timer", "camera"] = "plc"
    every_s: Annotated[float, Field(gt=0, le=3600)] = 1.0


class ModbusEntry(Form):
    """Modbus TCP: `listen` where the PLC reads our registers, `connect` where we write into the PLC's."""

    kind: Literal["modbus"]
    listen: Place = ""
    connect: Place = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.listen) == bool(self.connect):
            raise ValueError("write either listen or connect")
        place_of(self.listen or self.connect)
        return self


class FeedEntry(Form):
    """MQTT: every record once to `topic` at HOST:PORT; the password in the variable CVINSPECT_MQTT_PASSWORD."""

    connect: Place
    topic: Text = "cvinspect"
    user: str = ""

    @field_validator("connect")
    @classmethod
    def _a_place(cls, text: str) -> str:
        place_of(text)
        return text


class PageEntry(Form):
    """The operator page. listen: where it answers; another host than 127.0.0.1 lets others on the network see it, by
    the names in `hosts`. shifts: when one begins, local time. A place that is marked on `same_place_parts` parts
    running, within `same_place_mm`, is an alarm.
    """

    listen: Place = "127.0.0.1:8088"
    hosts: tuple[Text, ...] = ()
    shifts: Annotated[tuple[str, ...], Field(min_length=1)] = ("08:00", "20:00")
    same_place_mm: Annotated[float, Field(gt=0, le=100)] = 1.0
    same_place_parts: Annotated[int, Field(ge=2, le=1000)] = 3

    @field_validator("listen")
    @classmethod
    def _a_place(cls, text: str) -> str:
        place_of(text)
        return text

    @field_validator("shifts")
    @classmethod
    def _times(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [text for text in given if not _TIME.fullmatch(text)]
        if wrong:
            raise ValueError(f"{wrong[0]!r}: write a time of the day as 06:00")
        return given

    @property
    def shift_minutes(self) -> tuple[int, ...]:
        """Minutes of the day at which a shift begins, in order."""
        return tuple(sorted(60 * int(text[:2]) + int(text[3:]) for text in set(self.shifts)))


class PersonEntry(Form):
    """Who may decide on the page. role: an operator decides REVIEW, quality also releases a FAIL. pin: its hash, as
    `cvinspect pin` makes it.
    """

    name: Text
    role: Literal["operator", "quality"]
    pin: Text

    @field_validator("pin")
    @classmethod
    def _a_hash(cls, text: str) -> str:
        check_hash(text)
        return text


class MasterEntry(Form):
    """A master part: the id that its trigger carries, the outcome that it must get, and the rule that it must break."""

    id: Annotated[int, Field(ge=1, le=0xFFFFFFFF)]
    name: Text
    expect: Outcome
    rule: str = ""


class ChallengeEntry(Form):
    """Master parts that must come out right every `every_h` hours, or the station holds."""

    every_h: Annotated[float, Field(gt=0, le=8784)] = 8.0
    part: Annotated[tuple[MasterEntry, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _both_ways(self) -> Self:
        ids = [part.id for part in self.part]
        if len(set(ids)) < len(ids):
            raise ValueError("two master parts have one id")
        if not any(part.expect is Outcome.PASS for part in self.part) or not any(
            part.expect is Outcome.FAIL for part in self.part
        ):
            raise ValueError("write a master part that must PASS and one that must FAIL: one alone proves little")
        return self


class RehearseEntry(Form):
    """A PLC of our own that triggers a part every `every_s`, through the first output that listens."""

    every_s: Annotated[float, Field(gt=0, le=3600)] = 1.0


class StationFile(Form):
    """A station's text. deadline_ms: from the trigger to the verdict's output. identity: what every record says.

    allow_draft: judge by a table that its customer has not approved; page and records say so. make_archive: make the
    archive where there is none.
    """

    schema_: Literal["cvinspect-station/1"] = Field(alias="schema")
    name: Text
    recipe: Text
    archive: Text
    deadline_ms: Annotated[float, Field(ge=20, le=600_000)] = 1000.0
    allow_draft: bool = False
    make_archive: bool = False
    identity: dict[str, str] = Field(default_factory=dict)
    camera: Annotated[tuple[CameraEntry, ...], Field(min_length=1)]
    trigger: TriggerEntry = TriggerEntry()
    output: tuple[ModbusEntry, ...] = ()
    challenge: ChallengeEntry | None = None
    feed: FeedEntry | None = None
    page: PageEntry | None = None
    person: tuple[PersonEntry, ...] = ()
    rehearse: RehearseEntry | None = None

    @field_validator("identity")
    @classmethod
    def _known(cls, given: dict[str, str]) -> dict[str, str]:
        check_names(given)
        return given

    @field_validator("person")
    @classmethod
    def _told_apart(cls, given: tuple[PersonEntry, ...]) -> tuple[PersonEntry, ...]:
        names = [one.name for one in given]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise ValueError(f"{twice[0]!r} stands twice")
        return given

    @model_validator(mode="after")
    def _someone_triggers(self) -> Self:
        if self.trigger.by == "plc" and not self.output:
            raise ValueError('trigger: by = "plc" needs an [[output]]; or write by = "timer" or "camera"')
        if self.rehearse and (self.trigger.by != "plc" or not any(one.listen for one in self.output)):
            raise ValueError('rehearse: needs by = "plc" and an [[output]] that listens')
        return self


@dataclass(frozen=True, slots=True)
class StationSetup:
    """A station file, its recipe proved. cameras: per view of the recipe, in its order."""

    path: Path
    file: StationFile
    recipe: Path
    archive: Path
    job: Job
    cameras: dict[str, CameraEntry]


def load_station(path: Path) -> StationSetup:
    """The station in `path`; paths in it are beside it. Raises StationError, or what its recipe is refused by."""
    file = parse_toml(read_text(path, StationError, "no such station file"), StationFile, str(path), StationError)
    recipe = path.parent / file.recipe
    job = load_job(recipe)
    table = job.table
    if table is not None and table.status != "approved" and not file.allow_draft:
        raise StationError(
            f"{path}: allow_draft: {table.name}@{table.revision} is {table.status}, no customer has approved it; "
            "write allow_draft = true to judge by it all the same (page and records then say so)"
        )
    archive = path.parent / file.archive
    if file.make_archive and not archive.exists():
        init(archive, version("cvinspect"))
    return StationSetup(path, file, recipe, archive, job, _cameras(path, file, job))


def _cameras(path: Path, file: StationFile, job: Job) -> dict[str, CameraEntry]:
    views = [view.name for view in job.views]
    named: dict[str, CameraEntry] = {}
    for entry in file.camera:
        view = entry.view or (views[0] if len(views) == 1 else "")
        if view not in views:
            raise StationError(f"{path}: camera: view = {entry.view!r}: the recipe has {', '.join(views)}")
        if view in named:
            raise StationError(f"{path}: camera: view {view!r} has two cameras")
        named[view] = entry
    missing = [view for view in views if view not in named]
    if missing:
        raise StationError(f"{path}: camera: no camera for view {', '.join(missing)}")
    return {view: named[view] for view in views}
