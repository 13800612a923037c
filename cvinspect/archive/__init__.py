"""The archive: every verdict kept with what led there, traceable, and never changed. Knows bytes and numbers only."""

from cvinspect.archive.archive import Added, Archive, Stored
from cvinspect.archive.make import backup, init, move_aside, upgrade
from cvinspect.archive.values import Document, Identity, Look, Record
from cvinspect.archive.verify import verify
from cvinspect.archive.where import Where, parse_where

__all__ = [
    "Added",
    "Archive",
    "Document",
    "Identity",
    "Look",
    "Record",
    "Stored",
    "Where",
    "backup",
    "init",
    "move_aside",
    "parse_where",
    "upgrade",
    "verify",
]
