"""Options that the commands of the archive share, and how they are read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from cvinspect.archive import Identity
from cvinspect.archive.settings import Settings
from cvinspect.errors import ArchiveError
from cvinspect.pictures import clean_text

FolderArgument = Annotated[Path, typer.Argument(metavar="ARCHIVE", help="The archive's folder.")]
WhereOption = Annotated[
    str,
    typer.Option("--where", help="Which records, as 'customer=sharp lot=L1|L2 from=2026-01-01 to=2026-03-31'."),
]
WhoOption = Annotated[str, typer.Option("--who", help="Who says so.")]
WhyOption = Annotated[str, typer.Option("--why", help="Why.")]
RecordOption = Annotated[int, typer.Option("--record", min=1, help="The record's number, as list shows it.")]
ScopeOption = Annotated[
    list[str], typer.Option("--scope", metavar="NAME=VALUE", help="Which parts, as lot=L1; again for a further one.")
]


def identity_of(given: list[str] | None, settings: Settings) -> Identity:
    """The identity that options and settings state, the options first. Raises ArchiveError."""
    return Identity(**{**settings.identity, **pairs(given or [], "--id")})


def pairs(given: list[str], option: str) -> dict[str, str]:
    """NAME=VALUE, NAME one of Identity's. Raises ArchiveError."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = clean_text(text).partition("=")
        name = name.strip().replace("-", "_")
        if name not in Identity.names() or not equals or not value.strip():
            raise ArchiveError(f"{option} {text}: write NAME=VALUE; names are {', '.join(Identity.names())}")
        if name in found:
            raise ArchiveError(f"{option}: {name} is given twice")
        found[name] = value.strip()
    return found


def words_of(text: str, option: str) -> str:
    """A text that says something. Raises ArchiveError."""
    if not text.strip():
        raise ArchiveError(f"{option} is empty; somebody will ask")
    return clean_text(text.strip())


def day_of(text: str, option: str) -> date:
    """A day that is not over. Raises ArchiveError."""
    try:
        day = date.fromisoformat(text)
    except ValueError as bad:
        raise ArchiveError(f"{option} {text}: write a day as 2026-01-31") from bad
    if day < datetime.now(UTC).date():
        raise ArchiveError(f"{option} {text}: is over already")
    return day
