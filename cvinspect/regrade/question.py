"""What is asked: by which table, recipe and choices, of which parts. All of it is checked before the first part."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select

from cvinspect.archive import Archive, Document, Identity, parse_where
from cvinspect.archive.codec import plain
from cvinspect.archive.schema import JOURNAL
from cvinspect.archive.values import Record
from cvinspect.config import Overrides, load_job, load_limits
from cvinspect.config.job import Job
from cvinspect.errors import ConfigurationError, LimitsError
from cvinspect.judge import LimitTable
from cvinspect.pictures import clean_text
from cvinspect.pipeline import NO_LIGHTS, Lights
from cvinspect.pipeline.kept import kept_table
from cvinspect.pipeline.record import Recorder, limits_documents
from cvinspect.regrade.photographs import Photographs, names_pattern, read_beside
from cvinspect.regrade.source import Records, Source
from cvinspect.regrade.task import How

CHOICES = ("product_grade", "decision_rule", "ambiguity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the user says. overrides: limits, calibration and choices in judging; folder: of photographs."""

    overrides: Overrides = field(default_factory=Overrides)
    recipe: Path | None = None
    where: str = ""
    from_pictures: bool = False
    day: date | None = None
    time_limit_s: float = 120.0
    folder: Path | None = None
    names: str = ""
    beside: Path | None = None
    lights: Lights = field(default_factory=lambda: NO_LIGHTS)


@dataclass(frozen=True, slots=True)
class Question:
    """Checked, and with all texts. archive: of the records, None of photographs alone."""

    wanted: Wanted
    how: How
    texts: Mapping[Document, bytes]
    archive: Archive | None
    table: LimitTable | None
    job: Job | None

    def spec(self) -> dict[str, Any]:
        """What makes this question another one than the next; the day is not in it, so that a run goes on tomorrow."""
        wanted, how = self.wanted, self.how
        told = {"how": plain(replace(how, day="", time_limit_s=0.0)), "day": str(wanted.day or "")}
        if wanted.folder is None:
            return json.loads(json.dumps({**told, "where": wanted.where}))  # type: ignore[no-any-return]
        lights = {name: str(path.resolve()) for name, path in wanted.lights.items()}
        beside = wanted.beside.read_text("utf-8", "replace") if wanted.beside else ""
        told |= {"folder": str(wanted.folder.resolve()), "names": wanted.names, "beside": beside, "lights": lights}
        return json.loads(json.dumps(told))  # type: ignore[no-any-return]

    def source(self, began: datetime, step: Callable[[], None] = lambda: None) -> Source:
        """Where the parts come from, of a run that began then."""
        by_today = str(began.astimezone(UTC).date()) if self.how.recipe else ""
        how = replace(self.how, day=str(self.wanted.day or by_today))
        if self.wanted.folder is None:
            assert self.archive is not None
            return Records(self.archive, parse_where(self.wanted.where), how, self.texts)
        wanted, folder = self.wanted, self.wanted.folder
        names = names_pattern(wanted.names) if wanted.names else None
        beside = read_beside(wanted.beside) if wanted.beside else None
        assert self.job is not None
        return Photographs(folder, how, self.job, self.texts, names, beside, wanted.lights, step)


def question(wanted: Wanted, archive: Archive | None) -> Question:
    """Raises a ConfigurationError, in words, where it cannot be asked so."""
    _refuse_misfit(wanted)
    parse_where(wanted.where)
    table = _table(wanted.overrides.limits, archive)
    mode = "photographs" if wanted.folder else "inspect" if wanted.from_pictures else "judge"
    how = How(mode=cast(Any, mode), software=version("cvinspect"), time_limit_s=wanted.time_limit_s)
    if wanted.recipe is not None:
        return _by_recipe(wanted, wanted.recipe, how, archive, table)
    texts = dict(limits_documents(table))
    chosen = tuple((name, str(getattr(wanted.overrides, name))) for name in CHOICES if getattr(wanted.overrides, name))
    changed = tuple(f"--{name.replace('_', '-')} {value}" for name, value in chosen)
    how = replace(how, limits=tuple(texts), policy=chosen, overridden=changed)
    return Question(wanted, how, texts, archive, table, None)


def _refuse_misfit(wanted: Wanted) -> None:
    given = wanted.overrides
    if wanted.folder is not None:
        if wanted.recipe is None:
            raise ConfigurationError(
                "photographs that no record knows need --recipe, and a --calibration of their time"
            )
        if wanted.where or wanted.from_pictures:
            raise ConfigurationError("--where and --from-pictures are about the records of an archive, not photographs")
    elif wanted.names or wanted.beside or wanted.lights:
        raise ConfigurationError(
            "--names, --list and --light are about a folder of photographs, not an archive's records"
        )
    elif wanted.recipe is not None and not wanted.from_pictures:
        raise ConfigurationError("--recipe goes with --from-pictures: without a picture nothing is found or measured")
    if wanted.recipe is None and (given.calibration is not None or given.agreements is not None):
        raise ConfigurationError("--calibration and --agreements go with --recipe; else each record's own hold")


def _by_recipe(wanted: Wanted, recipe: Path, how: How, archive: Archive | None, table: LimitTable | None) -> Question:
    """By a recipe that stands in for the records' own; it is proved to fit before the first part."""
    day = wanted.day or datetime.now(UTC).date()
    job = load_job(recipe, wanted.overrides, datetime.combine(day, time(12), UTC), kept=table)
    texts = Recorder(job, Identity(), wanted.overrides.calibration).documents
    kinds: dict[str, list[Document]] = {"limits": [], "agreements": []}
    others: list[Document] = []
    for document in texts:
        kinds.get(document.kind, others).append(document)
    policy = tuple((name, str(value)) for name in CHOICES if (value := getattr(job.policy, name)) is not None)
    how = replace(
        how,
        limits=tuple(kinds["limits"]),
        agreements=tuple(kinds["agreements"]),
        recipe=tuple(others),
        policy=policy,
        overridden=job.overridden,
    )
    return Question(wanted, how, texts, archive, job.table, job)


def _table(name: str | None, archive: Archive | None) -> LimitTable | None:
    """The table of this name: built in, a file, or one that the archive keeps. Raises LimitsError."""
    if name is None:
        return None
    try:
        return load_limits(name)
    except LimitsError as bad:
        if archive is None or name.lower().endswith(".toml"):
            raise
        kept = _kept_table(name, archive)
        if kept is not None:
            return kept
        known = ", ".join(_kept_names(archive)) or "none"
        raise LimitsError(f"{bad}; kept in the archive: {known}") from bad


def _kept_names(archive: Archive) -> list[str]:
    asked = select(JOURNAL.c.limits).where(JOURNAL.c.kind == "record", JOURNAL.c.limits != "").distinct()
    return sorted(clean_text(row.limits) for row in archive.select(asked))


def _kept_table(name: str, archive: Archive) -> LimitTable | None:
    """The text that the newest record judged by it names; the archive holds every revision that was ever used."""
    where = parse_where("")
    newest = next(archive.rows(where.condition() & (JOURNAL.c.limits == name), newest=1), None)
    if newest is None:
        return None
    documents = [one for one in cast(Record, newest.row).documents if one.kind == "limits"]
    return kept_table(archive.documents(documents))
