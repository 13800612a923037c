"""One writer at a time: a lock that ends with the process that holds it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from cvinspect.errors import ArchiveError


class WriterLock:
    """Held from making it to `close`. Raises ArchiveError where another process holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as bad:
            raise ArchiveError(f"{path}: cannot be written: {bad.strerror}; only reading is possible") from bad
        try:
            self._take()
        except OSError as bad:
            holder = os.pread(self._file, 20, 0).decode("ascii", "replace").strip() if hasattr(os, "pread") else ""
            os.close(self._file)
            told = f" (process {holder})" if holder else ""
            raise ArchiveError(
                f"{path.parent}: another program is writing to this archive{told}; wait until it is done, or stop it"
            ) from bad

        with suppress(OSError):  # a full disk: then nobody is told who holds it
            os.ftruncate(self._file, 0)
            os.write(self._file, f"{os.getpid()}\n".encode())

    def _take(self) -> None:
        try:
            import fcntl
        except ImportError:
            import msvcrt

            msvcrt.locking(self._file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def close(self) -> None:
        """Lets it go."""
        os.close(self._file)
