"""What an archive keeps: records of inspections, and what people decide or add later. Every one is a row for good.

Record      what was inspected, by what, and what came of it: enough to judge again without a picture
Overrule    a person decides otherwise about one record          Concession  a scope of parts is accepted all the same
Entry       what a camera cannot give, measured or seen by hand   Judgement   a record judged again
Hold        pictures that retention must not touch                Release     the end of a hold
Pruned      pictures that retention removed                       Opened      the first row of an archive
Regrade     many parts judged again, and what came of it
Challenge   master parts were inspected, and came out right, or wrong
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from cvinspect.model import Blob, Face, Inspected, Kind, Measured, Outcome, Reason, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whose part it is and how it came about; what is not known is empty."""

    part: str = ""
    drawing: str = ""
    lot: str = ""
    mould: str = ""
    cavity: str = ""
    machine: str = ""
    material_lot: str = ""
    label: str = ""
    station: str = ""
    operator: str = ""
    customer: str = ""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The fields, in order."""
        return tuple(one.name for one in fields(cls))


@dataclass(frozen=True, slots=True)
class Document:
    """A text that many records were made by, kept once: recipe, limits, calibration ... sha256 is of its bytes."""

    kind: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One picture of the part, and what was seen in it.

    sha256: of the file that was inspected, empty where it could not be read. stored: of the PNG that the archive keeps,
    empty where it keeps none; lights: the same of the pictures of the same moment under other lights. exif_turn and
    jpeg_quality are the frame's; calibration is the seal of the one used.
    """

    view: str
    picture: str
    sha256: str = ""
    stored: str = ""
    lights: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    camera: str = ""
    taken_at: datetime | None = None
    exif_turn: int = 1
    jpeg_quality: int | None = None
    calibration: str = ""
    mm_per_px: float | None = None
    blobs: tuple[Blob, ...] = ()
    inspected: tuple[Inspected, ...] = ()
    timing_ms: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def kept(self) -> tuple[str, ...]:
        """The pictures that the archive keeps of it."""
        return tuple(name for name in (self.stored, *self.lights.values()) if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One part, inspected.

    recipe and limits: name, revision and hash as the verdict's own; documents: the full texts behind them. recipe_part:
    the part that the recipe is for, which agreements name. policy: the user's choices in judging, by name. views: the
    recipe's; one that no look shows was missing. elsewhere: what the recipe declares checked by other means. notes: the
    verdict's reasons that do not come from the judge; floor: what, for their sake, no judging again can better.
    again_of: the number of the record of the same part before it was wiped and inspected again.
    """

    identity: Identity
    at: datetime
    software: str
    verdict: Verdict
    looks: tuple[Look, ...]
    views: tuple[str, ...]
    faces: tuple[Face, ...]
    elsewhere: tuple[Inspected, ...] = ()
    notes: tuple[Reason, ...] = ()
    floor: Outcome = Outcome.PASS
    recipe: str = ""
    recipe_part: str = ""
    recipe_sha256: str = ""
    limits: str = ""
    limits_revision: str = ""
    limits_sha256: str = ""
    policy: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    documents: tuple[Document, ...] = ()
    again_of: int | None = None

    @property
    def blobs(self) -> tuple[Blob, ...]:
        """The blobs of all looks."""
        return tuple(blob for look in self.looks for blob in look.blobs)

    @property
    def inspected(self) -> tuple[Inspected, ...]:
        """What was looked for, here and elsewhere."""
        return (*(entry for look in self.looks for entry in look.inspected), *self.elsewhere)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrule:
    """`who` decides that the record's part is disposed of as if the verdict were `to`. The verdict stays."""

    to: Outcome
    who: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Concession:
    """Parts that are accepted although they FAIL or wait for REVIEW (特采), agreed with the customer.

    scope: fields of Identity and the values that a part must have. rules: only where every finding that does not pass
    is of these rules; empty = all. A part inspected after `expires` is not covered; `most`: at most so many parts, in
    the order of their records.
    """

    scope: Mapping[str, str]
    expires: date
    approver: str
    why: str
    reference: str = ""
    rules: tuple[str, ...] = ()
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a person found on a face, by what gauge: a size of one blob, a new blob, nothing, or an answer.

    size: which one ("height_mm") and what it measured. blob: the id of the blob that it belongs to, None = a new one,
    at `center_mm`. found False: looked for, from `from_mm` on, and nothing found. affects_function: the answer to the
    question of the drawing.
    """

    face: str
    kind: Kind
    who: str
    gauge: str
    found: bool = True
    blob: int | None = None
    size: str = ""
    measured: Measured | None = None
    center_mm: tuple[float, float] | None = None
    from_mm: float = 0.0
    affects_function: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A record judged again, with the entries made by hand until then; the record's verdict stays as it is."""

    verdict: Verdict
    limits: str
    limits_revision: str
    limits_sha256: str
    software: str
    entries: tuple[int, ...] = ()
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Pictures of parts that fit `scope` are not removed, whatever their age."""

    scope: Mapping[str, str]
    who: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The hold of row `hold` ends."""

    hold: int
    who: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """Pictures that were removed, by the hash of the stored file, and by which rule."""

    pictures: tuple[str, ...]
    who: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The first row: which archive this is. continues: the hash of the last row that a damaged predecessor had."""

    archive: str
    software: str
    continues: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regrade:
    """Many parts judged or inspected again; no verdict, and no part's disposition, changes by it.

    scope: which parts. counts: asked for, and what became of them; matrix: "PASS>FAIL" and how many. results_sha256: of
    all results, which the ledger holds. limits and recipe: what was used instead of each record's own, "" = its own.
    """

    who: str
    why: str
    mode: str
    scope: str
    began: datetime
    software: str
    counts: Mapping[str, int]
    matrix: Mapping[str, int]
    results_sha256: str
    limits: str = ""
    limits_revision: str = ""
    limits_sha256: str = ""
    recipe: str = ""
    recipe_sha256: str = ""
    policy: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Master parts were inspected, and came out as they must, or not.

    results: per master its name, the outcome that is due, the one it got. suspect: the records since the last challenge
    that went right, first and last number, where this one went wrong.
    """

    who: str
    passed: bool
    results: tuple[tuple[str, Outcome, Outcome], ...]
    suspect: tuple[int, int] | None = None


Row = Record | Overrule | Concession | Entry | Judgement | Hold | Release | Pruned | Opened | Regrade | Challenge
ROW_KINDS: Mapping[str, type[Any]] = MappingProxyType(
    {
        one.__name__.lower(): one
        for one in (Record, Overrule, Concession, Entry, Judgement, Hold, Release, Pruned, Opened, Regrade, Challenge)
    }
)
