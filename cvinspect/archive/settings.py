"""`archive.toml`: where an archive's database and anchor are, what every record of it says, how long pictures stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from cvinspect.archive.postgres import url_of
from cvinspect.archive.values import Identity
from cvinspect.errors import ArchiveError
from cvinspect.forms import Form, parse_toml, read_text

FILE = "archive.toml"
Days = Annotated[int, Field(ge=1, le=36_525)]


class Retention(Form):
    """How many days pictures stay, and for how many those of a customer do; records stay for good."""

    days: Days = 1095
    customer: dict[str, Days] = Field(default_factory=dict)


class Settings(Form):
    """The file. database: a file beside it, or postgresql://USER@HOST/DATABASE. identity: what every record says."""

    schema_: Literal["cvinspect-archive/1"] = Field(alias="schema")
    database: str = "archive.sqlite"
    anchor: str = "anchor.txt"
    identity: dict[str, str] = Field(default_factory=dict)
    retention: Retention = Retention()

    @field_validator("database")
    @classmethod
    def _an_address(cls, database: str) -> str:
        if "://" in database:
            url_of(database)
        return database

    @field_validator("identity")
    @classmethod
    def _known(cls, given: dict[str, str]) -> dict[str, str]:
        check_names(given)
        return given


def check_names(given: dict[str, str]) -> None:
    """Raises ValueError where a name is no field of Identity."""
    unknown = [name for name in given if name not in Identity.names()]
    if unknown:
        raise ValueError(f"unknown name {', '.join(unknown)}; allowed: {', '.join(Identity.names())}")


def load_settings(folder: Path) -> Settings:
    """The settings of the archive in `folder`. Raises ArchiveError."""
    absent = "no archive is here; make one with `cvinspect archive init FOLDER`"
    if not folder.is_dir():
        raise ArchiveError(f"{folder}: {absent}")
    text = read_text(folder / FILE, ArchiveError, absent)
    return parse_toml(text, Settings, str(folder / FILE), ArchiveError)


def settings_text(database: str, anchor: str) -> str:
    """A commented file to start from."""
    return f"""\
schema = "cvinspect-archive/1"
database = {json.dumps(database, ensure_ascii=False)}
anchor = {json.dumps(anchor, ensure_ascii=False)}  # tells of rows that were cut off; best on another disk

[identity]  # what every record says, unless --id tells otherwise
# station = "S1"
# machine = "M1"

[retention]  # records stay for good; pictures so many days, then `cvinspect archive prune` may remove them
days = 1095

[retention.customer]
# konica-minolta = 3650
"""
