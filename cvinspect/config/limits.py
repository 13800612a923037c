"""Limit tables by name: the built-in ones of `cvinspect/limits`, or a file of one's own.

`load_limits("konica-minolta")`, `load_limits("Konica_Minolta@2010-07-20.1")`, `load_limits("tables/客户.toml")`.
"""

from __future__ import annotations

import difflib
import hashlib
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from cvinspect.errors import LimitsError
from cvinspect.forms import parse_toml
from cvinspect.judge.table import LimitTable

LARGEST_BYTES = 1_000_000
SUFFIX = ".toml"


@dataclass(frozen=True, slots=True)
class _Text:
    """The text of a table, and where it stands. place tells two tables apart; folder is None for a built-in one."""

    where: str
    place: str
    folder: Path | None
    data: bytes


def list_limits() -> tuple[str, ...]:
    """The names of the built-in tables, in order."""
    entries = resources.files("cvinspect").joinpath("limits").iterdir()
    return tuple(sorted(entry.name.removesuffix(SUFFIX) for entry in entries if entry.name.endswith(SUFFIX)))


def load_limits(name: str) -> LimitTable:
    """The table called `name`: NAME or NAME@REVISION of a built-in one, or the path of a .toml file.

    The table knows the table that it inherits from. Its sha256 is that of the file's bytes; where it inherits, that of
    the two hashes in hex, "own\\nbase". Raises LimitsError.
    """
    if name.lower().endswith(SUFFIX):
        return _load(_of_file(Path(name)), ())
    plain, at, revision = name.partition("@")
    table = _load(_of_name(plain), ())
    if at and revision != table.revision:
        raise LimitsError(f"{name}: there is no revision {revision!r} of {table.name}; known: {table.revision}")
    return table


def limits_of(texts: Sequence[bytes], where: str) -> LimitTable:
    """The table that kept texts state: its own first, then each that it inherits from. Raises LimitsError."""
    base = None
    for data in reversed(texts):
        text = _Text(where, where, None, data)
        table = parse_toml(_decoded(text), LimitTable, where, LimitsError)
        if (table.inherits is None) != (base is None):
            raise LimitsError(f"{where}: {table.name} {table.revision}: the table that it inherits from is not there")
        base = _bound(table, text, base)
    if base is None:
        raise LimitsError(f"{where}: no text of a limit table is kept")
    return base


def _load(text: _Text, inheriting: tuple[str, ...]) -> LimitTable:
    """The table that `text` states, bound to its base. inheriting: the places of the tables that lead here."""
    chain = (*inheriting, text.place)
    if text.place in inheriting:
        round_about = " -> ".join(Path(place).name for place in chain)
        raise LimitsError(f"{text.where}: inherits.from: the table inherits from itself: {round_about}")
    table = parse_toml(_decoded(text), LimitTable, text.where, LimitsError)
    base = None if table.inherits is None else _load(_base_text(text, table.inherits.table), chain)
    return _bound(table, text, base)


def _bound(table: LimitTable, text: _Text, base: LimitTable | None) -> LimitTable:
    sha256 = hashlib.sha256(text.data).hexdigest()
    if base is not None:
        sha256 = hashlib.sha256(f"{sha256}\n{base.sha256}".encode()).hexdigest()
    try:
        return table.bound(sha256, base, text.data)
    except ValueError as bad:
        raise LimitsError(f"{text.where}: {bad}") from bad


def _base_text(text: _Text, name: str) -> _Text:
    """The text that `text` inherits from: a built-in name, or a .toml file beside it."""
    try:
        if not name.lower().endswith(SUFFIX):
            return _of_name(name)
        if text.folder is None:
            raise LimitsError(f"{name}: a built-in table inherits from built-in tables only")
        return _of_file(text.folder / name)
    except LimitsError as bad:
        raise LimitsError(f"{text.where}: inherits.from = {name!r}: {bad}") from bad


def _of_name(name: str) -> _Text:
    known = list_limits()
    wanted = name.strip().casefold().replace("_", "-")
    if wanted not in known:
        near = difflib.get_close_matches(wanted, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        allowed = f"known: {', '.join(known)}; or the path of a {SUFFIX} file"
        raise LimitsError(f"unknown limit table {name!r}{hint} ({allowed})")
    data = resources.files("cvinspect").joinpath("limits", wanted + SUFFIX).read_bytes()
    return _Text(wanted + SUFFIX, wanted, None, data)


def _of_file(path: Path) -> _Text:
    """The file's bytes; a device, a pipe or a large file is not read."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise LimitsError(f"{path}: not a regular file")
        if status.st_size > LARGEST_BYTES:
            raise LimitsError(f"{path}: too large for a limit table: {status.st_size} bytes, at most {LARGEST_BYTES}")
        return _Text(str(path), str(path.resolve()), path.parent, path.read_bytes())
    except (OSError, ValueError) as bad:  # ValueError: a NUL in the path
        raise LimitsError(f"{path}: cannot be read: {getattr(bad, 'strerror', None) or bad}") from bad


def _decoded(text: _Text) -> str:
    if text.data.startswith(b"\xef\xbb\xbf"):
        raise LimitsError(f"{text.where}: begins with a byte order mark; save it as UTF-8 without one (no BOM)")
    try:
        return text.data.decode("utf-8")
    except UnicodeDecodeError as bad:
        line = text.data.count(b"\n", 0, bad.start) + 1
        raise LimitsError(f"{text.where}: line {line} is not UTF-8 text; save the file as UTF-8") from bad
