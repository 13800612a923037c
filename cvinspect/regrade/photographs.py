"""Old photographs that no record knows: which part each shows, by its name or by a list beside them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from cvinspect.archive import Document, Identity
from cvinspect.archive.codec import canonical, clean, plain, value_of
from cvinspect.archive.ledger import Asked
from cvinspect.config.job import Job
from cvinspect.errors import ConfigurationError
from cvinspect.forms import read_text
from cvinspect.model import Outcome
from cvinspect.pictures import MAX_BYTES, clean_text
from cvinspect.pipeline import NO_LIGHTS, Lights, Shot, find_shots, parts_of
from cvinspect.regrade.task import How, Item, Photograph, Task, key_of

FIELDS = Identity.names()
_COLUMNS = (*FIELDS, "outcome")
_HASHED_AT_ONCE = 1 << 20


def names_pattern(text: str) -> re.Pattern[str]:
    """`{lot}_{part}` or a regular expression with (?P<part>..): which part a photograph's name, without its ending,
    shows. With a / in it, it is held against the path below the folder. Raises ConfigurationError.
    """
    try:
        found = re.compile(text) if "(?P<" in text else _of_template(text)
    except re.error as bad:
        raise ConfigurationError(f"--names {text}: is no regular expression: {bad}") from bad
    unknown = [name for name in found.groupindex if name not in FIELDS]
    if unknown or not found.groupindex:
        told = f"unknown field {', '.join(unknown)}" if unknown else "names no field"
        raise ConfigurationError(f"--names {text}: {told}; fields are {', '.join(FIELDS)}, as in '{{lot}}_{{part}}'")
    return found


def _of_template(text: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", text)
    fields, between = parts[1::2], parts[0::2]
    if len(set(fields)) < len(fields):
        raise ConfigurationError(f"--names {text}: a field may stand once")
    unknown = [name for name in fields if name not in (*FIELDS, "any")]
    if unknown:
        raise ConfigurationError(f"--names {text}: unknown field {', '.join(unknown)}; fields are {', '.join(FIELDS)}")
    told = [re.escape(between[0])]
    for name, text_after in zip(fields, between[1:], strict=True):
        told.append((".*?" if name == "any" else f"(?P<{name}>[^/]+?)") + re.escape(text_after))
    return re.compile("".join(told))


@dataclass(frozen=True, slots=True)
class Beside:
    """The list beside the photographs: by name or path below the folder, what it says of a picture."""

    rows: Mapping[str, Mapping[str, str]]

    def of(self, path: str) -> Mapping[str, str] | None:
        """What it says of the picture at this path below the folder; None: nothing."""
        return self.rows.get(path) or self.rows.get(path.rpartition("/")[2])


def read_beside(path: Path) -> Beside:
    """A CSV: a column `picture`, any of Identity's, and `outcome`, the old verdict. Raises ConfigurationError."""
    reader = csv.DictReader(io.StringIO(read_text(path, ConfigurationError)))
    heads = [clean(name or "").strip() for name in reader.fieldnames or ()]
    unknown = [name for name in heads if name not in ("picture", *_COLUMNS)]
    if "picture" not in heads or unknown:
        told = f"unknown column {', '.join(map(repr, unknown))}" if unknown else "no column 'picture'"
        raise ConfigurationError(f"{path}: {told}; columns are picture, {', '.join(_COLUMNS)}")
    reader.fieldnames = heads
    rows: dict[str, Mapping[str, str]] = {}
    for line, row in enumerate(reader, 2):
        cells = {name: clean(value or "").strip() for name, value in row.items() if isinstance(name, str)}
        picture = cells.pop("picture").replace("\\", "/")
        if None in row or not picture or picture in rows:
            why = "more cells than heads" if None in row else "no picture" if not picture else f"{picture} stands twice"
            raise ConfigurationError(f"{path}, line {line}: {why}")
        if cells.get("outcome", "") not in ("", *Outcome.__members__):
            raise ConfigurationError(f"{path}, line {line}: outcome {cells['outcome']!r}; it is {', '.join(Outcome)}")
        rows[picture] = MappingProxyType({name: value for name, value in cells.items() if value})
    return Beside(rows)


class Photographs:
    """The pictures of a folder. given: the texts that they are inspected by."""

    def __init__(
        self,
        folder: Path,
        how: How,
        job: Job,
        given: Mapping[Document, bytes],
        names: re.Pattern[str] | None = None,
        beside: Beside | None = None,
        lights: Lights = NO_LIGHTS,
        step: Callable[[], None] = lambda: None,
    ) -> None:
        self.how, self._folder, self._job = how, folder, job
        self._texts = {document.sha256: body for document, body in given.items()}
        self._documents = tuple(given)
        self._names, self._beside, self._lights, self._step = names, beside, lights, step

    def asked(self) -> Iterator[Asked]:
        """Every part, in the order of the files' paths; what stands for it are its pictures' hashes."""
        seal = self.how.seal()
        for number, item in enumerate(self.items(), 1):
            files = tuple(self._hashed(one) for one in item.photographs)
            identity = dict(item.identity)
            subject = canonical({"files": plain(files), "identity": identity})
            shown = [[one.view, one.sha256, one.misfit, [[name, sha] for name, _, sha in one.lights]] for one in files]
            key = key_of(seal, canonical([shown, identity, item.old]))
            yield Asked(number, key, subject, identity.get("part", ""), identity.get("lot", ""), item.old)

    def items(self) -> Iterator[Item]:
        """The same, without having read a picture."""
        parts = parts_of(find_shots([self._folder], self._job, self._lights), self._job)
        yield from (self._item(number, shots) for number, shots in enumerate(parts, 1))

    def unnamed(self) -> tuple[str, ...]:
        """The pictures of the list that are not in the folder."""
        if self._beside is None:
            return ()
        there = {self._below(shot) for shot in find_shots([self._folder], self._job)}
        there |= {path.rpartition("/")[2] for path in there}
        return tuple(sorted(set(self._beside.rows) - there))

    def _below(self, shot: Shot) -> str:
        return shot.path.relative_to(self._folder).as_posix()

    def _item(self, number: int, shots: Sequence[Shot]) -> Item:
        told = [self._said(shot) for shot in shots]
        identity = {name: value for said, _, _ in reversed(told) for name, value in said.items()}
        identity = {"part": clean_text(shots[0].part), **identity}
        old = next((old for _, old, _ in told if old), "")
        files = tuple(
            _photograph(replace(shot, misfit=shot.misfit or misfit))
            for shot, (_, _, misfit) in zip(shots, told, strict=True)
        )
        return Item(number, "", "", (), files, tuple(sorted(identity.items())), old)

    def _said(self, shot: Shot) -> tuple[dict[str, str], str, str]:
        """(what name and list say of the part, its old outcome, why nothing is known)."""
        below = self._below(shot)
        beside = dict((self._beside.of(below) if self._beside else None) or {})
        old = beside.pop("outcome", "")
        if self._names is None:
            return beside, old, ""
        stem = below.rpartition(".")[0] if "." in below.rpartition("/")[2] else below
        fits = self._names.fullmatch(stem if "/" in self._names.pattern else stem.rpartition("/")[2])
        if fits is None and "part" not in beside:
            return beside, old, f"its name does not fit --names, and no list says which part it shows ({below})"
        named = {name: clean_text(value) for name, value in fits.groupdict().items() if value} if fits else {}
        return {**named, **beside}, old, ""

    def _hashed(self, one: Photograph) -> Photograph:
        self._step()
        lights = tuple((name, path, _sha256(Path(path))) for name, path, _ in one.lights)
        return replace(one, sha256=_sha256(Path(one.path)), lights=lights)

    def task(self, asked: Sequence[Asked]) -> Task:
        """The files, by their paths; the worker holds them against their hashes."""
        items = []
        for one in asked:
            told = json.loads(one.subject)
            files = value_of(told["files"], tuple[Photograph, ...])
            identity = tuple(sorted(told["identity"].items()))
            items.append(Item(one.number, one.key, "", (), files, identity, one.old))
        return Task(self.how, tuple(items), self._documents)

    def task_of(self, item: Item) -> Task:
        """The same of a part that was not asked for in a ledger."""
        return Task(self.how, (item,), self._documents)

    def texts(self, documents: Iterable[Document]) -> Mapping[str, bytes]:
        """The texts by hash."""
        return {one.sha256: self._texts[one.sha256] for one in documents}


def _photograph(shot: Shot) -> Photograph:
    lights = tuple((name, str(path.resolve()), "") for name, path in shot.lights)
    path = shot.path.parent.resolve() / shot.path.name  # a link stays a link, and is refused in reading
    return Photograph(shot.picture, str(path), shot.view, "", lights, shot.misfit)


def _sha256(path: Path) -> str:
    """Of an ordinary file that may be a picture; "" of anything else, which the reader then refuses in words."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_BYTES:
            return ""
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while data := file.read(_HASHED_AT_ONCE):
                digest.update(data)
        return digest.hexdigest()
    except OSError:
        return ""
