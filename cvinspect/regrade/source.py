"""Where the parts of a run come from: an archive's records."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import select

from cvinspect.archive import Archive, Document, Where
from cvinspect.archive.ledger import Asked
from cvinspect.archive.schema import JOURNAL
from cvinspect.archive.vault import Vault
from cvinspect.errors import ArchiveError
from cvinspect.regrade.task import How, Item, Task, key_of

_NEEDED = ("limits", "agreements")  # of a record that is judged again


class Source(Protocol):
    """Gives the parts that a run asks for, and the tasks that answer them."""

    how: How

    def asked(self) -> Iterator[Asked]:
        """Every part, in order."""

    def task(self, asked: Sequence[Asked]) -> Task:
        """What a worker needs for these."""

    def texts(self, documents: Iterable[Document]) -> Mapping[str, bytes]:
        """The texts by hash, those that can be had."""


class Records:
    """The records of an archive that fit `where`. given: the texts that stand in for the records' own."""

    def __init__(self, archive: Archive, where: Where, how: How, given: Mapping[Document, bytes]) -> None:
        self.how, self._archive, self._where = how, archive, where
        self._texts = {document.sha256: body for document, body in given.items()}
        self._entered = self._entries()

    def _entries(self) -> dict[int, list[tuple[int, str, str]]]:
        found: dict[int, list[tuple[int, str, str]]] = {}
        columns = JOURNAL.c
        asked = select(columns.seq, columns.record, columns.at, columns.body).where(columns.kind == "entry")
        for row in self._archive.select(asked.order_by(columns.seq)):
            found.setdefault(row.record, []).append((row.seq, row.at, row.body))
        return found

    def asked(self) -> Iterator[Asked]:
        """Every record, oldest first; its hash stands for its blobs, its pictures' hashes and its texts."""
        columns, seal = JOURNAL.c, self.how.seal()
        asked = select(columns.seq, columns.part, columns.lot, columns.outcome, columns.hash)
        rows = self._archive.select(asked.where(self._where.condition()).order_by(columns.seq))
        for number, row in enumerate(rows, 1):
            entries = " ".join(str(seq) for seq, _, _ in self._entered.get(row.seq, ()))
            key = key_of(seal, f"{row.hash} {entries}")
            yield Asked(number, key, str(row.seq), row.part, row.lot, row.outcome)

    def task(self, asked: Sequence[Asked]) -> Task:
        """The records' bodies, with what was entered by hand since."""
        wanted = {int(one.subject): one for one in asked}
        columns = JOURNAL.c
        rows = self._archive.select(select(columns.seq, columns.body).where(columns.seq.in_(list(wanted))))
        bodies = {row.seq: row.body for row in rows}
        if len(bodies) < len(wanted):
            raise ArchiveError(f"{self._archive.where}: records of this run are gone; see `cvinspect archive verify`")
        items = tuple(self._item(wanted[seq], seq, bodies[seq]) for seq in sorted(wanted, key=_number_in(wanted)))
        folder = self._archive.vault.folder.resolve()
        return Task(self.how, items, tuple(self._documents(bodies.values())), folder)

    def _item(self, one: Asked, seq: int, body: str) -> Item:
        entries = tuple(self._entered.get(seq, ())) if self.how.mode == "judge" else ()
        return Item(one.number, one.key, body, entries, old=one.old)

    def _documents(self, bodies: Iterable[str]) -> dict[Document, None]:
        """The texts that the records name, without reading the rest of them."""
        own: dict[str, None] = dict.fromkeys(text for body in bodies for text in _named_in(body))
        named = [Document(**told) for text in own for told in json.loads(text)]
        kinds = _NEEDED if self.how.mode == "judge" else ()
        kept = [one for one in named if not kinds or one.kind in kinds]
        return dict.fromkeys((*self.how.limits, *self.how.recipe, *self.how.agreements, *kept))

    def texts(self, documents: Iterable[Document]) -> Mapping[str, bytes]:
        """The texts by hash; one that is gone or altered is left out, and the results that need it say so."""
        for document in documents:
            if document.sha256 not in self._texts:
                try:
                    self._texts |= {one.sha256: body for one, body in self._archive.documents([document]).items()}
                except ArchiveError:
                    continue
        return {one.sha256: self._texts[one.sha256] for one in documents if one.sha256 in self._texts}


def with_pictures(task: Task) -> Task:
    """The same with its pictures' bytes, for a worker that does not see their folder; what is gone is left out."""
    wanted: dict[str, Path] = {}
    for item in task.items:
        for look in json.loads(item.record)["looks"] if task.how.mode == "inspect" else ():
            for sha256 in filter(None, (look.get("stored"), *look.get("lights", {}).values())):
                wanted[sha256] = Vault(task.pictures).path(sha256)
        for one in item.photographs:
            wanted |= {sha256: Path(path) for path, sha256 in one.files if sha256}
    return replace(task, data={sha256: path.read_bytes() for sha256, path in wanted.items() if path.is_file()})


def _number_in(wanted: Mapping[int, Asked]) -> Any:
    return lambda seq: wanted[seq].number


def _named_in(body: str) -> list[str]:
    """The JSON list of documents in a record's body, as text; [] where there is none."""
    begin = body.find('"documents":[{')
    if begin < 0:
        return []
    begin += len('"documents":')
    return [body[begin : body.index("]", begin) + 1]]
