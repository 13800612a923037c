"""The hash chain over the rows, and the anchor: where the chain had got to, told to a file outside the database.

A row's hash is SHA-256 over the hash of the row before it and the row itself, so that no row can be changed, swapped
or taken out of the middle unseen. Rows cut off at the end, and a database put back to an earlier state, show in the
anchor, which therefore belongs on another disk than the archive.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cvinspect.archive.codec import canonical
from cvinspect.errors import ArchiveError

LAST = 100  # lines, read where only the newest mark is asked for
LINE = 128  # a sector holds a whole number of lines: a line is written or not, never half


def row_hash(before: str, row: Mapping[str, Any]) -> str:
    """The hash (hex) of a row, given as column and value, after the row whose hash is `before`."""
    return hashlib.sha256(f"{before}\n{canonical(dict(row))}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Mark:
    """The last row of the archive at a moment: its number and hash."""

    seq: int
    hash: str
    at: datetime

    def line(self) -> bytes:
        """As it stands in the file."""
        text = f"{self.seq:012d} {self.hash} {self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return text.ljust(LINE - 1).encode() + b"\n"

    @classmethod
    def of(cls, line: bytes) -> Mark:
        """Raises ValueError where the line is not as `line` writes it."""
        seq, digest, at = line.decode("ascii").split()
        mark = cls(int(seq), digest, datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC))
        if mark.line() != line:
            raise ValueError("not as it was written")
        return mark


class Anchor:
    """The file of marks: one a (UTC) hour is kept, and the newest."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, last: int | None = None) -> tuple[tuple[Mark, ...], tuple[int, ...]]:
        """The marks in order, of all or the last so many lines, and the numbers of the lines that are none.

        Raises ArchiveError where the file is gone.
        """
        try:
            with self.path.open("rb") as file:
                lines = os.fstat(file.fileno()).st_size // LINE
                first = max(0, lines - last) if last else 0
                file.seek(first * LINE)
                data = file.read()
        except OSError as bad:
            raise ArchiveError(f"{self.path}: the anchor cannot be read: {bad.strerror}; bring it back") from bad
        marks, damaged = [], []
        for number, start in enumerate(range(0, len(data), LINE), first + 1):
            try:
                marks.append(Mark.of(data[start : start + LINE]))
            except ValueError:
                damaged.append(number)
        return tuple(marks), tuple(damaged)

    def newest(self) -> Mark | None:
        """The newest mark, None where there is none. Raises ArchiveError where the file is gone."""
        return max(self.read(LAST)[0] or self.read()[0], key=lambda mark: mark.seq, default=None)

    def begin(self, marks: tuple[Mark, ...] = ()) -> None:
        """Makes the file. Raises ArchiveError where there is one already."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("xb") as file:
                file.write(b"".join(mark.line() for mark in marks))
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError as bad:
            raise ArchiveError(f"{self.path}: is there already, of another archive; choose another --anchor") from bad
        except OSError as bad:
            raise ArchiveError(f"{self.path}: the anchor cannot be written: {bad.strerror}") from bad

    def open(self) -> AnchorWriter:
        """For writing: the newest mark is overwritten within its hour."""
        return AnchorWriter(self.path)


class AnchorWriter:
    """Writes the newest mark after every row; on the disk at the latest when it is closed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        except OSError as bad:
            raise ArchiveError(f"{path}: the anchor cannot be written: {bad.strerror}; bring it back") from bad
        self._lines = os.fstat(self._file).st_size // LINE
        self._hour = self._last_hour()

    def _last_hour(self) -> str:
        if not self._lines:
            return ""
        os.lseek(self._file, (self._lines - 1) * LINE, os.SEEK_SET)
        try:
            return f"{Mark.of(os.read(self._file, LINE)).at:%Y%m%d%H}"
        except ValueError:
            return ""

    def write(self, mark: Mark) -> None:
        """Raises ArchiveError where it cannot be written: the row is then recorded, and not acknowledged."""
        hour = f"{mark.at.astimezone(UTC):%Y%m%d%H}"
        at = self._lines - 1 if hour == self._hour else self._lines
        try:
            os.lseek(self._file, at * LINE, os.SEEK_SET)
            if os.write(self._file, mark.line()) != LINE:
                raise OSError(None, "no room left")
        except OSError as bad:
            raise ArchiveError(f"{self._path}: the anchor cannot be written: {bad.strerror}; make room there") from bad
        if at == self._lines:
            os.fsync(self._file)  # so that no hour's line can be missing before one that is there
        self._lines, self._hour = at + 1, hour

    def close(self) -> None:
        """Brings it to the disk. Raises ArchiveError where that fails: the rows themselves are recorded."""
        try:
            os.fsync(self._file)
        except OSError as bad:
            raise ArchiveError(
                f"{self._path}: the anchor cannot be brought to the disk: {bad.strerror}; what was recorded stands in "
                "the archive, but look after the disk, and run `cvinspect archive verify`"
            ) from bad
        finally:
            os.close(self._file)
