"""The tables of an archive, spelt for any SQL database, and SQLite's triggers that let rows be added only.

`journal` holds every row in one order, linked by hashes (`chain`); its other columns are what is looked up, and hashed
with the rest. `document` holds each text once; `picture` says which rows a stored picture belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Column, Connection, Index, Integer, LargeBinary, MetaData, Table, Text, text

from cvinspect.archive.values import Identity

VERSION = 1

TABLES = MetaData()

ABOUT = Table(
    "about", TABLES, Column("name", Text, primary_key=True), Column("value", Text, nullable=False), sqlite_strict=True
)
LOOKUPS = (*Identity.names(), "recipe", "limits", "outcome")
JOURNAL = Table(
    "journal",
    TABLES,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("record", Integer),
    *(Column(name, Text, nullable=False) for name in LOOKUPS),
    Column("key", Text, unique=True),
    Column("body", Text, nullable=False),
    Column("hash", Text, nullable=False),
    sqlite_strict=True,
)
HASHED = tuple(column.name for column in JOURNAL.columns if column.name != "hash")
for _name in ("part", "lot", "label", "at", "record"):
    Index(f"journal_{_name}", JOURNAL.c[_name])
Index("journal_kind", JOURNAL.c.kind, JOURNAL.c.customer, JOURNAL.c.outcome)

DOCUMENT = Table(
    "document",
    TABLES,
    Column("sha256", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_strict=True,
)
PICTURE = Table(
    "picture",
    TABLES,
    Column("sha256", Text, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    sqlite_strict=True,
)

GROWING = (JOURNAL, DOCUMENT, PICTURE)
_NO = "rows of an archive are never changed or removed"
_NEXT = "NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM journal)"
_INSERTS = {
    "journal": f"{_NEXT} OR EXISTS (SELECT 1 FROM journal WHERE key = NEW.key)",
    "document": "EXISTS (SELECT 1 FROM document WHERE sha256 = NEW.sha256)",
    "picture": "EXISTS (SELECT 1 FROM picture WHERE sha256 = NEW.sha256 AND seq = NEW.seq)",
}


def create(connection: Connection) -> None:
    """Makes the tables and triggers of the newest version in an empty database."""
    TABLES.create_all(connection)
    for statement in _triggers():
        connection.execute(text(statement))
    connection.execute(ABOUT.insert(), {"name": "version", "value": str(VERSION)})


def _triggers() -> Iterator[str]:
    for table in GROWING:
        for what in ("UPDATE", "DELETE"):
            name = f"{table.name}_no_{what.lower()}"
            yield f"CREATE TRIGGER {name} BEFORE {what} ON {table.name} BEGIN SELECT RAISE(ABORT, '{_NO}'); END"
        # INSERT OR REPLACE removes a row without asking the trigger for DELETE
        yield (
            f"CREATE TRIGGER {table.name}_in_order BEFORE INSERT ON {table.name} WHEN {_INSERTS[table.name]} "
            f"BEGIN SELECT RAISE(ABORT, '{_NO}'); END"
        )
