"""A record judged again: under any table, with what was entered by hand since, and without a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from cvinspect.archive import Archive, Record, Stored
from cvinspect.archive.values import Entry
from cvinspect.errors import ArchiveError
from cvinspect.judge import Agreement, LimitTable, Policy, judge
from cvinspect.model import Blob, Face, Inspected, Measured, Outcome, Verdict
from cvinspect.pipeline.kept import kept_policy, kept_table

SIZES = ("area_mm2", "diameter_mm", "length_mm", "width_mm", "max_dimension_mm", "height_mm")


@dataclass(frozen=True, slots=True)
class Input:
    """What the judge is given of a record."""

    blobs: tuple[Blob, ...]
    inspected: tuple[Inspected, ...]
    faces: tuple[Face, ...]
    agreements: tuple[Agreement, ...] = ()


def judge_again(record: Record, table: LimitTable, policy: Policy, entries: Sequence[Stored] = ()) -> Verdict:
    """The verdict on what is kept of a part. What was not inspected then stays INVALID, unless it fails for sure.

    Raises JudgeInputError where nothing can be judged, ArchiveError where an entry does not fit the record.
    """
    given = input_of(record, entries)
    policy = replace(policy, agreements=(*given.agreements, *policy.agreements))
    verdict = judge(given.blobs, given.inspected, given.faces, table, policy)
    if record.floor is Outcome.INVALID and verdict.outcome is not Outcome.FAIL:
        return Verdict(Outcome.INVALID, (), record.notes)
    outcome = Outcome.worst([verdict.outcome, record.floor])
    return Verdict(outcome, verdict.findings, (*verdict.reasons, *record.notes))


def input_of(record: Record, entries: Sequence[Stored] = ()) -> Input:
    """The record's own, with what was entered by hand. Raises ArchiveError where an entry does not fit."""
    given = Input(record.blobs, record.inspected, record.faces)
    for one in entries:
        if isinstance(one.row, Entry):
            refuse_misfit(record, one.row)
            given = _with(given, one, one.row, record)
    return given


def refuse_misfit(record: Record, entry: Entry) -> None:
    """Raises ArchiveError where the entry speaks of a face or blob that the record does not have."""
    faces = {face.name for face in record.faces}
    if entry.face not in faces:
        raise ArchiveError(f"the part has no face {entry.face!r}; it has {', '.join(sorted(faces))}")
    if entry.blob is None:
        return
    fits = [blob for blob in record.blobs if blob.id == entry.blob]
    if not fits:
        known = ", ".join(str(blob.id) for blob in record.blobs) or "none"
        raise ArchiveError(f"the record has no blob {entry.blob}; it has {known}")
    if fits[0].kind != entry.kind or entry.face not in fits[0].faces:
        raise ArchiveError(
            f"blob {entry.blob} is {fits[0].kind} on {', '.join(fits[0].faces)}, not {entry.kind} on {entry.face}"
        )


def _with(given: Input, stored: Stored, entry: Entry, record: Record) -> Input:
    if entry.affects_function is not None:
        return replace(given, agreements=(*given.agreements, _answer(stored, entry, record)))
    if entry.blob is not None:
        sized = (_sized(blob, entry) if blob.id == entry.blob else blob for blob in given.blobs)
        return replace(given, blobs=tuple(sized))
    looked = Inspected(entry.face, entry.kind, entry.from_mm, 1.0)
    others = tuple(one for one in given.inspected if (one.face, one.kind) != (entry.face, entry.kind))
    given = replace(given, inspected=(*others, looked))
    if not entry.found:
        return given
    number = max((blob.id for blob in given.blobs), default=0) + 1
    new = Blob(number, entry.kind, (entry.face,), entry.center_mm or (0.0, 0.0))
    return replace(given, blobs=(*given.blobs, _sized(new, entry)))


def _sized(blob: Blob, entry: Entry) -> Blob:
    if not entry.size:
        return blob
    sizes: Mapping[str, Measured | None] = {entry.size: entry.measured}
    return replace(blob, **sizes)  # type: ignore[arg-type]


def _answer(stored: Stored, entry: Entry, record: Record) -> Agreement:
    """The answer about the function as the judge takes it: signed, on the day it was entered."""
    day = stored.at.date()
    return Agreement(
        type="functional_answer",
        contrast_gray=None,
        part=record.recipe_part or "-",
        face=entry.face,
        kind=entry.kind,
        who=entry.who,
        reference=f"#{stored.seq}",
        signed=day,
        expires=day + timedelta(days=1),
        affects_function=entry.affects_function,
    )


def policy_of(archive: Archive, record: Record) -> Policy:
    """The choices in judging that the record was made with, its agreements among them. Raises ArchiveError."""
    wanted = [document for document in record.documents if document.kind == "agreements"]
    return kept_policy(record.policy, archive.documents(wanted))


def table_of(archive: Archive, record: Record) -> LimitTable:
    """The table that the record was judged by, from its kept text. Raises ArchiveError where it had none."""
    wanted = [document for document in record.documents if document.kind == "limits"]
    if not wanted:
        raise ArchiveError("the record was made without a limit table; name one with --limits")
    table = kept_table(archive.documents(wanted))
    if table is None or table.sha256 != record.limits_sha256:
        raise ArchiveError(f"{wanted[0].name}: the kept text is not the table that the record names")
    return table
