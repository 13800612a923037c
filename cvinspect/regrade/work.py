"""work(task, texts) -> results: a pure function of values, so that any process on any machine can call it.

Texts are the documents that tasks name; tables and jobs made of them are kept, so that each is made once a process.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any

from cvinspect.archive import Document, Record, Stored
from cvinspect.archive.codec import canonical, plain, value_of
from cvinspect.archive.values import Entry
from cvinspect.archive.vault import Vault
from cvinspect.config.job import Job
from cvinspect.errors import ArchiveError, ConfigurationError, JudgeInputError, PictureError
from cvinspect.judge import LimitTable, Policy
from cvinspect.model import Frame, Outcome, Reason, Verdict
from cvinspect.pictures import clean_text, decode_picture
from cvinspect.pipeline import Judged, Shot, run
from cvinspect.pipeline.again import judge_again
from cvinspect.pipeline.inspect import frame_of, read_shot
from cvinspect.pipeline.kept import kept_job, kept_policy, kept_read, kept_shots, kept_table
from cvinspect.pipeline.lights import read_lights
from cvinspect.regrade.change import Cause, change
from cvinspect.regrade.task import How, Item, Photograph, Result, Task

TextsByHash = Mapping[str, bytes]
_FAULTS = (ConfigurationError, JudgeInputError)


def work(task: Task, texts: TextsByHash) -> tuple[Result, ...]:
    """The result of every item, in order; what cannot be judged again is a result that says so."""
    answer = {"judge": _judged, "inspect": _inspected, "photographs": _photographed}[task.how.mode]
    desk = _Desk(task, texts)
    return tuple(_one(answer, item, desk) for item in task.items)


def _one(answer: Any, item: Item, desk: _Desk) -> Result:
    try:
        return answer(item, desk)  # type: ignore[no-any-return]
    except _FAULTS as bad:
        reason = Reason.of("not_judged_again", message=clean_text(str(bad)))
    except Exception as bad:  # a fault of this program: it costs one part, not the run
        reason = Reason.of("program_fault", message=clean_text(f"{type(bad).__name__}: {bad}"))
    return failed(item.number, item.key, reason)


def failed(number: int, key: str, reason: Reason, state: str = "failed", **told: Any) -> Result:
    """The result of a part that could not be judged again: nobody knows, so it is INVALID."""
    verdict = Verdict(Outcome.INVALID, (), (reason,))
    return Result(number, key, state, str(Outcome.INVALID), canonical({"verdict": plain(verdict), **told}))


class _Desk:
    """What lies ready for a task: its texts as documents, tables and jobs."""

    def __init__(self, task: Task, texts: TextsByHash) -> None:
        self.how, self.task, self._texts = task.how, task, texts

    def bodies(self, documents: tuple[Document, ...]) -> tuple[bytes, ...]:
        """Their texts. Raises ArchiveError where one was not to be had."""
        for one in documents:
            if one.sha256 not in self._texts:
                raise ArchiveError(f"{one.kind} {one.name} is gone from the archive or was altered")
        return tuple(self._texts[one.sha256] for one in documents)

    def table(self, documents: tuple[Document, ...]) -> LimitTable:
        """The limit table among them. Raises ArchiveError where there is none."""
        limits = tuple(one for one in documents if one.kind == "limits")
        table = _table(limits, self.bodies(limits))
        if table is None:
            raise ArchiveError("the record was made without a limit table; name one with --limits")
        return table

    def policy(self, told: Mapping[str, Any], documents: tuple[Document, ...], own: bool = False) -> Policy:
        """The record's choices; own False: with what the run says instead."""
        signed = tuple(one for one in documents if one.kind == "agreements")
        if self.how.recipe:
            told, signed = dict(self.how.policy), self.how.agreements
        elif not own:
            told = {**told, **dict(self.how.policy)}
        choices = tuple((name, told[name]) for name in ("product_grade", "decision_rule", "ambiguity") if name in told)
        return _policy(choices, signed, self.bodies(signed))

    def job(self, documents: tuple[Document, ...], told: Mapping[str, Any], at: datetime) -> Job:
        """The job of a record's texts, or of the run's, under the run's table, as of the day."""
        recipe = self.how.recipe or tuple(one for one in documents if one.kind not in ("limits", "agreements"))
        limits = self.how.limits or tuple(one for one in documents if one.kind == "limits")
        day = date.fromisoformat(self.how.day) if self.how.day else at.date()
        policy = self.policy(told, documents)
        needed = (*recipe, *limits)
        return _job(tuple(zip(needed, self.bodies(needed), strict=True)), policy, day, self.how.overridden)

    def picture(self, sha256: str) -> bytes:
        """The bytes of a kept picture, its hash checked. Raises ArchiveError."""
        return self.task.data[sha256] if sha256 in self.task.data else Vault(self.task.pictures).get(sha256)


@lru_cache(64)
def _table(documents: tuple[Document, ...], bodies: tuple[bytes, ...]) -> LimitTable | None:
    return kept_table(dict(zip(documents, bodies, strict=True)))


@lru_cache(256)
def _policy(told: tuple[tuple[str, Any], ...], signed: tuple[Document, ...], bodies: tuple[bytes, ...]) -> Policy:
    return kept_policy(dict(told), dict(zip(signed, bodies, strict=True)))


@lru_cache(16)
def _job(texts: tuple[tuple[Document, bytes], ...], policy: Policy, day: date, changed: tuple[str, ...]) -> Job:
    table = _table(*_split(tuple(pair for pair in texts if pair[0].kind == "limits")))
    notes = [Reason.of("overridden", what=what) for what in changed]
    now = datetime.combine(day, time(12), UTC)
    return kept_job(dict(texts), table, policy, now, notes)


def _split(pairs: tuple[tuple[Document, bytes], ...]) -> tuple[tuple[Document, ...], tuple[bytes, ...]]:
    return tuple(one for one, _ in pairs), tuple(body for _, body in pairs)


def _judged(item: Item, desk: _Desk) -> Result:
    """A record judged again from what it keeps."""
    data = json.loads(item.record)
    record = _record(data)
    entries = _entries(item)
    new = _again(record, desk, entries)
    old = Outcome(data["verdict"]["outcome"])
    if new.outcome is old:
        sha256 = hashlib.sha256(canonical(plain(new)).encode()).hexdigest()
        return Result(item.number, item.key, "done", str(old), canonical({"verdict_sha256": sha256}))
    before = value_of(data["verdict"], Verdict)
    told = _told(record, before, new, _cause(record, entries, before, desk))
    return Result(item.number, item.key, "done", str(new.outcome), canonical(told))


def _record(data: dict[str, Any]) -> Record:
    """The record with its outcome alone: what it says of findings is read only where the outcome changes."""
    found: Record = value_of({**data, "verdict": {"outcome": data["verdict"]["outcome"]}}, Record)
    return found


def _entries(item: Item) -> tuple[Stored, ...]:
    return tuple(
        Stored(seq, "entry", datetime.fromisoformat(at), None, "", value_of(json.loads(body), Entry))
        for seq, at, body in item.entries
    )


def _again(record: Record, desk: _Desk, entries: tuple[Stored, ...], own: bool = False) -> Verdict:
    """own: by the record's own table and policy."""
    table = desk.table(record.documents if own else desk.how.limits or record.documents)
    return judge_again(record, table, desk.policy(record.policy, record.documents, own), entries)


def _cause(record: Record, entries: tuple[Stored, ...], before: Verdict, desk: _Desk) -> Cause:
    """Why the outcome is another one: the program where it judges otherwise by the record's own table."""
    try:
        if _again(record, desk, (), own=True).outcome is not before.outcome:
            return "software"
    except ArchiveError:
        return "limits"
    return "entries" if entries and _again(record, desk, ()).outcome is before.outcome else "limits"


def _told(record: Record, before: Verdict, new: Verdict, cause: Cause) -> dict[str, Any]:
    told = {"verdict": plain(new), "identity": plain(record.identity)}
    if new.outcome is not before.outcome:
        told["change"] = plain(change(before, new, cause))
    return told


def _inspected(item: Item, desk: _Desk) -> Result:
    """A record inspected again from its pictures."""
    record: Record = value_of(json.loads(item.record), Record)
    job = desk.job(record.documents, record.policy, record.at)
    judged = list(run([kept_shots(record)], job, kept_read(record, desk.picture)))
    state, new = _of_all(judged)
    cause: Cause = "inspection"
    if state == "done" and new.outcome is not record.verdict.outcome and not desk.how.recipe and job.table is not None:
        cause = "limits" if _by_kept_blobs(record, job) is new.outcome else "inspection"
    told = _told(record, record.verdict if state == "done" else new, new, cause)
    told["looks"] = [_look(one) for one in judged]
    return Result(item.number, item.key, state, str(new.outcome), canonical(told))


def _by_kept_blobs(record: Record, job: Job) -> Outcome | None:
    try:
        assert job.table is not None
        return judge_again(record, job.table, job.policy).outcome
    except JudgeInputError:
        return None


def _of_all(judged: list[Judged]) -> tuple[str, Verdict]:
    """The worst of a part's pictures; failed where one of them could not be had."""
    verdict = max((one.verdict for one in judged), key=lambda told: list(Outcome).index(told.outcome))
    lost = next((one for one in judged if one.frame is None), None)
    if lost is None:
        return "done", verdict
    return "failed", replace(lost.verdict, outcome=Outcome.INVALID)


def _look(judged: Judged) -> dict[str, Any]:
    told: dict[str, Any] = {"view": judged.shot.view, "picture": judged.shot.picture, "sha256": judged.sha256}
    if judged.seen is not None:
        told |= {"blobs": plain(judged.seen.blobs), "inspected": plain(judged.seen.inspected)}
    return told


def _photographed(item: Item, desk: _Desk) -> Result:
    """Photographs that no record knows, inspected."""
    job = desk.job((), {}, datetime.now(UTC))
    identity = dict(item.identity)
    files = {_shot(one, identity.get("part", "")): one for one in item.photographs}

    def read(shot: Shot) -> tuple[Frame, tuple[Reason, ...]]:
        sent = _sent(shot, files[shot], desk.task.data)
        frame, spoilt = sent or read_shot(shot)
        if files[shot].sha256 not in ("", frame.sha256):
            raise PictureError(f"{shot.picture}: was altered since it was listed", "picture_damaged")
        return frame, spoilt

    judged = list(run([tuple(files)], job, read))
    state, verdict = _of_all(judged)
    told: dict[str, Any] = {"verdict": plain(verdict), "identity": identity, "looks": [_look(one) for one in judged]}
    if state == "done" and item.old and item.old != verdict.outcome:
        before = Verdict(Outcome(item.old), (), (Reason.of("told_before"),))
        told["change"] = plain(change(before, verdict, "inspection"))
    return Result(item.number, item.key, state, str(verdict.outcome), canonical(told))


def _sent(shot: Shot, one: Photograph, data: Mapping[str, bytes]) -> tuple[Frame, tuple[Reason, ...]] | None:
    """The frame from bytes that came with the task; None where they did not."""
    if shot.misfit or not {sha256 for _, sha256 in one.files} <= data.keys():
        return None
    frame = frame_of(shot, decode_picture(data[one.sha256], shot.picture))
    hashes = {Path(path): sha256 for path, sha256 in one.files}
    lights, spoilt = read_lights(shot.lights, lambda path: decode_picture(data[hashes[path]], str(path)))
    return replace(frame, lights=lights), spoilt


def _shot(one: Photograph, part: str) -> Shot:
    lights = tuple((name, Path(path)) for name, path, _ in one.lights)
    return Shot(one.picture, Path(one.path), part, one.view, one.misfit, lights)


__all__ = ["How", "Result", "Task", "failed", "work"]
