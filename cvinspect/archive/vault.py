"""The pictures of an archive: files named by their hash, whole or not there, never read without checking them."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from cvinspect.errors import ArchiveError

_NAME = re.compile("[0-9a-f]{64}")
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class Vault:
    """The folder `pictures` of an archive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._incoming = folder / ".incoming"

    def path(self, sha256: str) -> Path:
        """Where the picture of this hash stands."""
        if not _NAME.fullmatch(sha256):
            raise ArchiveError(f"{sha256!r} is no hash of a picture")
        return self.folder / sha256[:2] / f"{sha256}.png"

    def begin(self) -> None:
        """Makes the folders, and removes what a stopped writer had not finished."""
        shutil.rmtree(self._incoming, ignore_errors=True)
        try:
            self._incoming.mkdir(parents=True, exist_ok=True)
        except OSError as bad:
            raise ArchiveError(f"{self._incoming}: cannot be written: {bad.strerror}") from bad

    def put(self, data: bytes) -> str:
        """Stores the picture, on the disk when this returns; gives its hash. Raises ArchiveError."""
        sha256 = hashlib.sha256(data).hexdigest()
        target = self.path(sha256)
        if target.exists():
            self.get(sha256)
            return sha256
        new = self._incoming / f"{secrets.token_hex(8)}.tmp"
        try:
            if not target.parent.is_dir():
                target.parent.mkdir(exist_ok=True)
                _sync(self.folder)
            with os.fdopen(os.open(new, _CREATE, 0o644), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            new.replace(target)
            _sync(target.parent)
        except OSError as bad:
            raise ArchiveError(f"{target}: the picture cannot be stored: {bad.strerror}; nothing recorded") from bad
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes of a picture, its hash checked. Raises ArchiveError where it is gone or altered."""
        path = self.path(sha256)
        try:
            with os.fdopen(os.open(path, _READ), "rb") as file:
                data = file.read()
        except FileNotFoundError as bad:
            raise ArchiveError(f"{path}: the picture is gone") from bad
        except OSError as bad:
            raise ArchiveError(f"{path}: the picture cannot be read: {bad.strerror}") from bad
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ArchiveError(f"{path}: the picture was altered: its bytes do not have the hash that its row names")
        return data

    def has(self, sha256: str) -> bool:
        """Whether its file is there."""
        return self.path(sha256).is_file()

    def size(self, sha256: str) -> int:
        """Its bytes on the disk; 0 where it is gone."""
        try:
            return self.path(sha256).stat().st_size
        except OSError:
            return 0

    def remove(self, sha256: str) -> None:
        """Removes a picture whose row is written already. Raises ArchiveError where it cannot be removed."""
        try:
            self.path(sha256).unlink(missing_ok=True)
        except OSError as bad:
            raise ArchiveError(f"{self.path(sha256)}: cannot be removed: {bad.strerror}") from bad

    def names(self) -> Iterator[str]:
        """The hash of every picture file that is there, and the path below the folder of whatever else is."""
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and path.parent != self._incoming:
                fits = _NAME.fullmatch(path.stem) and path == self.path(path.stem)
                yield path.stem if fits else path.relative_to(self.folder).as_posix()


def _sync(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
