"""The tables of an archive, spelt for SQLite and PostgreSQL, and the triggers of both that let rows be added only.

`journal` holds every row in one order, linked by hashes (`chain`); its other columns are what is looked up, and hashed
with the rest. `document` holds each text once; `picture` says which rows a stored picture belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Column, Connection, Index, Integer, LargeBinary, MetaData, Table, Text

from cvinspect.archive.values import Identity

VERSION = 1

TABLES = MetaData()
TEXT = Text().with_variant(Text(collation="C"), "postgresql")  # days compare as texts: by bytes, in every country

ABOUT = Table(
    "about", TABLES, Column("name", TEXT, primary_key=True), Column("value", TEXT, nullable=False), sqlite_strict=True
)
LOOKUPS = (*Identity.names(), "recipe", "limits", "outcome")
JOURNAL = Table(
    "journal",
    TABLES,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", TEXT, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("record", Integer),
    *(Column(name, TEXT, nullable=False) for name in LOOKUPS),
    Column("key", TEXT, unique=True),
    Column("body", TEXT, nullable=False),
    Column("hash", TEXT, nullable=False),
    sqlite_strict=True,
)
HASHED = tuple(column.name for column in JOURNAL.columns if column.name != "hash")
for _name in ("part", "lot", "label", "at", "record"):
    Index(f"journal_{_name}", JOURNAL.c[_name])
Index("journal_kind", JOURNAL.c.kind, JOURNAL.c.customer, JOURNAL.c.outcome)

DOCUMENT = Table(
    "document",
    TABLES,
    Column("sha256", TEXT, primary_key=True),
    Column("kind", TEXT, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_strict=True,
)
PICTURE = Table(
    "picture",
    TABLES,
    Column("sha256", TEXT, primary_key=True),
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


_REFUSED = f"BEGIN RAISE EXCEPTION '{_NO}' USING ERRCODE = 'integrity_constraint_violation'; END"
FUNCTIONS: Mapping[str, str] = {
    "archive_refuse": _REFUSED,
    "archive_next": f"BEGIN IF {_NEXT} THEN {_REFUSED[6:-3]} END IF; RETURN NEW; END",
}
"""PostgreSQL: what the triggers call, by name."""


def create(connection: Connection) -> None:
    """Makes the tables and triggers of the newest version in an empty database."""
    TABLES.create_all(connection)
    for statement in _server_rules() if connection.dialect.name == "postgresql" else _triggers():
        connection.exec_driver_sql(statement)
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


def server_triggers() -> Iterator[tuple[str, str, str]]:
    """(table, name, definition) of PostgreSQL's triggers."""
    for table in GROWING:
        for what, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            told = f"BEFORE {what} ON {table.name} FOR EACH {each} EXECUTE FUNCTION archive_refuse()"
            yield table.name, f"{table.name}_no_{what.lower()}", told
    yield "journal", "journal_in_order", "BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION archive_next()"


def _server_rules() -> Iterator[str]:
    for name, body in FUNCTIONS.items():
        yield f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
    for table, name, told in server_triggers():
        yield f"CREATE TRIGGER {name} {told}"
        # else a session that calls itself a replica passes them by
        yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
