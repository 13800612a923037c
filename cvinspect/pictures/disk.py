"""Picture files on the disk: read without surprises, written whole or not at all, listed in a fixed order."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from cvinspect.model import Pixels
from cvinspect.pictures.decode import Picture, decode_picture
from cvinspect.pictures.encode import encode_png
from cvinspect.pictures.header import MAX_BYTES
from cvinspect.pictures.refusals import clean_text, refusal

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
"""The endings, in any case, of the files that `list_pictures` yields."""

_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_KINDS = {
    stat.S_IFDIR: "a folder; name a file in it",
    stat.S_IFLNK: "a symbolic link; name the file that it points to",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def read_picture(path: str | os.PathLike[str]) -> Picture:
    """The picture in the ordinary file at `path`; links are not followed. Raises PictureError."""
    name = os.fspath(path)
    return decode_picture(_bytes_of(name), name)


def _bytes_of(name: str) -> bytes:
    shown = clean_text(name)
    with _in_words(shown):
        _check_ordinary(shown, os.lstat(name))  # before opening, which alone may block or set a device going
        with os.fdopen(os.open(name, _READ), "rb") as file:
            status = os.fstat(file.fileno())
            _check_ordinary(shown, status)
            data = file.read(status.st_size + 1)
    if len(data) != status.st_size:
        what = f"it changed from {status.st_size} to {len(data)} bytes or more while it was read; try again"
        raise refusal("picture_truncated", f"{shown}: {what}")
    return data


def _check_ordinary(shown: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "not an ordinary file")
        raise refusal("picture_not_a_file", f"{shown}: this is {kind}; a picture file is needed")
    if status.st_size > MAX_BYTES:
        raise refusal("picture_too_large", f"{shown}: it has {status.st_size} bytes; {MAX_BYTES} are allowed")


@contextmanager
def _in_words(shown: str) -> Iterator[None]:
    """What the system raises while a file is looked for, in words."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as fault:
        raise refusal("picture_missing", f"{shown}: there is no such file or folder; check the path") from fault
    except ValueError as fault:  # a NUL, or a character that no name on this disk can have
        raise refusal("picture_missing", f"{shown}: no file can have this name ({fault}); check the path") from fault
    except OSError as fault:
        why = fault.strerror or type(fault).__name__
        raise refusal("picture_unreadable", f"{shown}: it cannot be read ({why}); check path and rights") from fault


def write_picture(path: str | os.PathLike[str], pixels: Pixels) -> None:
    """Write `pixels` (H, W) or (H, W, 3), uint8 or uint16, as a PNG: whole, checked and on the disk, or not at all.

    An existing file is replaced. Raises PictureError, and then leaves what was there before.
    """
    target = Path(path)
    shown = clean_text(str(target))
    if target.suffix.lower() != ".png":
        raise refusal("picture_not_written", f"{shown}: pictures are written as PNG; let the name end in .png")
    data = encode_png(pixels)
    if not np.array_equal(decode_picture(data, shown).pixels, pixels):
        raise refusal("picture_not_written", f"{shown}: what was encoded does not decode to the same pixels")
    try:
        _replace(target, data)
    except (OSError, ValueError) as fault:
        why = getattr(fault, "strerror", None) or str(fault)
        what = f"{shown}: it cannot be written ({why}); check that its folder exists, may be written to and has room"
        raise refusal("picture_not_written", what) from fault


def _replace(target: Path, data: bytes) -> None:
    """Put `data` at `target` through a hidden neighbour, so that a crash leaves the old file or the new one."""
    neighbour = target.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        with os.fdopen(os.open(neighbour, _CREATE, 0o666), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        neighbour.replace(target)
    except BaseException:
        neighbour.unlink(missing_ok=True)
        raise
    if os.name == "posix":
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def list_pictures(folder: str | os.PathLike[str]) -> list[Path]:
    """Every picture file in `folder` and below, by its ending, in the order of its path's parts.

    Hidden files and folders are left out and linked folders not entered; what looks like a picture but is a link or a
    pipe is listed, so that reading it says so. Raises PictureError where a folder cannot be read.
    """
    root = Path(folder)
    shown = clean_text(str(root))
    with _in_words(shown):
        if not root.is_dir():
            root.stat()
            raise refusal("picture_not_a_file", f"{shown}: this is no folder; name the folder that holds the pictures")
        return sorted(_walked(root), key=lambda path: path.parts)


def _walked(root: Path) -> Iterator[Path]:
    def fail(fault: OSError) -> None:
        raise fault

    for place, folders, files in os.walk(root, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and name.lower().endswith(PICTURE_SUFFIXES):
                yield Path(place) / name
