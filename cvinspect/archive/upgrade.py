"""The versions of an archive's tables: an older one is brought up to date all or nothing, a newer one is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, inspect, select, text

from cvinspect.archive.schema import ABOUT, VERSION
from cvinspect.errors import ArchiveError

Step = Callable[[Connection], None]
STEPS: Mapping[int, Step] = {}
"""What brings tables of version N to version N + 1, by N."""


def version_of(connection: Connection, where: str) -> int:
    """The version of the tables. Raises ArchiveError where there are none."""
    if not inspect(connection).has_table("about"):
        raise ArchiveError(f"{where}: holds no archive; make one with `cvinspect archive init`, in an empty folder")
    found = connection.scalar(select(ABOUT.c.value).where(ABOUT.c.name == "version"))
    if not (isinstance(found, str) and found.isascii() and found.isdigit()):
        raise ArchiveError(f"{where}: its version is {found!r}, which was never written: it was altered")
    return int(found)


def known_version(connection: Connection, where: str, newest: int = VERSION) -> int:
    """The version of the tables. Raises ArchiveError where it is newer than this program."""
    version = version_of(connection, where)
    if version > newest:
        raise ArchiveError(
            f"{where}: was written by a newer cvinspect (version {version}; this one knows up to {newest}); update it"
        )
    return version


def refuse_other_version(connection: Connection, where: str, newest: int = VERSION) -> None:
    """Raises ArchiveError unless the tables are those of this program."""
    version = known_version(connection, where, newest)
    if version < newest:
        raise ArchiveError(
            f"{where}: is of version {version}, this cvinspect writes {newest}; run `cvinspect archive upgrade`"
        )


def upgrade(connection: Connection, where: str, steps: Mapping[int, Step] = STEPS, newest: int = VERSION) -> int:
    """Brings the tables to `newest` within the caller's transaction; gives the version that they had."""
    had = version_of(connection, where)
    for version in range(had, newest):
        steps[version](connection)
        # the version is no row of the journal, and the only thing that ever changes
        connection.execute(text("UPDATE about SET value = :new WHERE name = 'version'"), {"new": str(version + 1)})
    return had
