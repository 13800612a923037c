"""Frames between processes: pixels in shared memory, in slots of a fixed size; only their description is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.shared_memory import SharedMemory

import numpy as np

from cvinspect.errors import CameraError
from cvinspect.model import Pixels


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a frame's pixels stand: the slot's number, and what its bytes are."""

    number: int
    shape: tuple[int, ...]
    dtype: str


class Slots:
    """`count` slots of `size` bytes. The process that makes them removes them by `close`; others attach by name."""

    def __init__(self, count: int, size: int, name: str | None = None) -> None:
        self.count, self.size = count, size
        self._is_own = name is None
        self._memory = SharedMemory(name, create=name is None, size=count * size)

    @property
    def name(self) -> str:
        """By which another process attaches."""
        return self._memory.name

    def put(self, number: int, pixels: Pixels) -> Slot:
        """Copies the pixels into a slot. Raises CameraError where they do not fit."""
        if pixels.nbytes > self.size:
            message = f"a picture of {pixels.nbytes} bytes, {self.size} are expected at most"
            raise CameraError(message, "frame_size")
        slot = Slot(number, pixels.shape, pixels.dtype.str)
        with self._view(slot) as view:
            view[...] = pixels
        return slot

    def get(self, slot: Slot) -> Pixels:
        """A copy of the slot's pixels, read-only."""
        with self._view(slot) as view:
            pixels: Pixels = view.copy()
        pixels.flags.writeable = False
        return pixels

    @contextmanager
    def _view(self, slot: Slot) -> Iterator[Pixels]:
        """No view outlives the block: memory that is looked at cannot be closed."""
        start = slot.number * self.size
        view: Pixels = np.ndarray(slot.shape, np.dtype(slot.dtype), self._memory.buf, start)
        try:
            yield view
        finally:
            del view

    def close(self) -> None:
        """Lets the memory go; its maker removes it."""
        self._memory.close()
        if self._is_own:
            self._memory.unlink()
