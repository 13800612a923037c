"""results.jsonl: whole lines, past every buffer, by one run at a time."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from types import TracebackType
from typing import Self

from cvinspect.errors import ConfigurationError

_FLAGS = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Results:
    """The file of one run. What is stopped or killed leaves whole lines. Raises ConfigurationError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if path.is_symlink():
            raise ConfigurationError(f"{path}: is a link; remove it, or choose another --out")
        try:
            self._file = os.open(path, _FLAGS, 0o644)
        except OSError as bad:
            raise ConfigurationError(f"{path}: cannot be written: {bad.strerror}; choose another --out") from bad
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            os.close(self._file)
            raise ConfigurationError(f"{path}: not a regular file; choose another --out")
        self._lock()
        os.ftruncate(self._file, 0)

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows: the last of two runs wins
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as bad:
            os.close(self._file)
            raise ConfigurationError(f"{self._path}: another run is writing here; choose another --out") from bad

    def write(self, line: str) -> None:
        """One line, whole."""
        left = memoryview((line + "\n").encode("utf-8", "replace"))
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as bad:
            raise ConfigurationError(f"{self._path}: cannot be written: {bad.strerror}") from bad

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, bad: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._file)
