"""`synthetic:`: a rendered camera over a moulded cover, for rehearsals, tests and demonstrations."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from cvinspect.camera.address import Address
from cvinspect.camera.camera import Settings
from cvinspect.errors import CameraError, StationError
from cvinspect.model import Frame, Pixels
from cvinspect.synth import TEXTURED_ABS, Camera, Item, Scene, Scratch, Speck, render

Fault = Callable[[Frame, Frame], Frame]

LATE_S = 1.5
MARGIN = 0.1  # of the frame: nothing is drawn nearer to its border
CONTRAST_GRAY = -45.0


def _raised(code: str) -> Fault:
    def fault(frame: Frame, before: Frame) -> Frame:
        raise CameraError(f"frame {frame.sequence}: rehearsed", code, camera=frame.camera, seconds=0)

    return fault


def _late(frame: Frame, before: Frame) -> Frame:
    time.sleep(LATE_S)
    return frame


def _seen(change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]) -> Fault:
    def fault(frame: Frame, before: Frame) -> Frame:
        pixels = np.array(change(np.asarray(frame.pixels, np.uint8)), np.uint8)
        pixels.flags.writeable = False
        return replace(frame, pixels=pixels)

    return fault


def _rows_lost(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.concatenate([pixels[: len(pixels) // 2], np.full_like(pixels[len(pixels) // 2 :], 128)])


FAULTS: dict[str, Fault] = {
    "timeout": _raised("camera_timeout"),
    "lost": _raised("camera_lost"),
    "incomplete": _raised("camera_incomplete"),
    "format": _raised("camera_format"),
    "late": _late,
    "frozen": lambda frame, before: replace(frame, pixels=before.pixels),
    "repeated": lambda frame, before: before,
    "back": lambda frame, before: replace(frame, camera_time_s=0.0),
    "size": _seen(lambda pixels: pixels[:-8]),
    "black": _seen(np.zeros_like),
    "white": _seen(lambda pixels: np.full_like(pixels, 255)),
    "noise": _seen(lambda pixels: np.random.default_rng(0).integers(0, 255, pixels.shape, np.uint8)),
    "rows": _seen(_rows_lost),
}
"""What a camera can do wrong, by name."""


_shown: Counter[str] = Counter()  # a camera that is opened anew goes on with the next fault


def _faults(address: Address) -> list[str]:
    named = [name for name in address.options.get("faults", "").split(",") if name]
    if named == ["all"]:
        return list(FAULTS)
    for name in named:
        if name not in FAULTS:
            raise StationError(f"{address.text}: unknown fault {name!r}; there are all, {', '.join(FAULTS)}")
    return named


class SyntheticCamera:
    """`width`, `height` in px (800, 600), `mm_per_px` (0.05); every `bad`th part (3; 0: none) has a speck or a scratch
    of `size_mm` (0.8); `parts` (12) are drawn when it is opened and come round again, each time with noise of its own;
    `seed` (1). `every_s` (0) is the least time between two frames. `faults` names some of FAULTS, parted by commas, or
    "all": every `fault_every`th frame (5) has the next of them.
    """

    def __init__(self, address: Address, settings: Settings) -> None:
        sizes = ("width", "height", "mm_per_px", "size_mm")
        address.only(*sizes, "bad", "parts", "seed", "every_s", "faults", "fault_every")
        self.name = "synthetic"
        number = address.number
        self._size = round(number("width", 800, 64, 8192)), round(number("height", 600, 64, 8192))
        self._mm_per_px = number("mm_per_px", 0.05, 1e-4, 10.0)
        self._seed, self._bad = round(number("seed", 1, 0, 1e9)), round(number("bad", 3, 0, 1e6))
        self._size_mm = number("size_mm", 0.8, 1e-3, 1e3)
        self._every_s = number("every_s", 0.0, 0.0, 3600.0)
        self._drawn = [render(self.scene(index)) for index in range(round(number("parts", 12, 1, 10_000)))]
        self._address, self._faults = address.text, _faults(address)
        self._fault_every = round(number("fault_every", 5, 1, 1e6))
        self._before: Frame | None = None
        self._noise = np.random.default_rng([self._seed, 1])
        self._count = 0
        self._began = self._next = time.monotonic()

    def scene(self, index: int) -> Scene:
        """What part number `index` (from 0) looks like."""
        return Scene(
            size_px=self._size,
            mm_per_px=self._mm_per_px,
            surface=TEXTURED_ABS,
            camera=Camera(noise_gray=1.2),
            objects=tuple(self._objects(index)),
            seed=self._seed + index,
        )

    def is_bad(self, index: int) -> bool:
        """Whether part number `index` (from 0) has a defect."""
        return self._bad > 0 and index % self._bad == self._bad - 1

    def grab(self) -> Frame:
        """The next part; it differs from the time before by a grey level here and there."""
        time.sleep(max(self._next - time.monotonic(), 0.0))
        self._next = time.monotonic() + self._every_s
        pixels = self._flickering(self._drawn[self._count % len(self._drawn)])
        self._count += 1
        frame = Frame(
            pixels,
            taken_at=datetime.now(UTC),
            camera=self.name,
            sequence=self._count,
            camera_time_s=time.monotonic() - self._began,
        )
        before, self._before = self._before or frame, frame
        if self._faults and self._count % self._fault_every == 0:
            fault = self._faults[_shown[self._address] % len(self._faults)]
            _shown[self._address] += 1
            self._before = frame = FAULTS[fault](frame, before)
        return frame

    def close(self) -> None:
        """Nothing is held."""

    def _objects(self, index: int) -> Iterator[Item]:
        if not self.is_bad(index):
            return
        rng = np.random.default_rng([self._seed, 2, index])
        width, height = (side * self._mm_per_px for side in self._size)
        x, y = rng.uniform(MARGIN, 1 - MARGIN, 2) * (width, height)
        if (index // self._bad) % 2:
            turn = rng.uniform(0, math.pi)
            step = np.array([math.cos(turn), math.sin(turn)]) * 2 * self._size_mm
            ends = ((x - step[0], y - step[1]), (x + step[0], y + step[1]))
            yield Scratch(points_mm=ends, width_mm=2 * self._mm_per_px, contrast_gray=CONTRAST_GRAY)
        else:
            yield Speck(center_mm=(x, y), length_mm=self._size_mm, width_mm=self._size_mm, contrast_gray=CONTRAST_GRAY)

    def _flickering(self, pixels: Pixels) -> Pixels:
        """Every fourth row one grey level brighter or darker: no two frames are the same, as of a real camera."""
        flicker = np.array(pixels, np.uint8)
        rows = flicker[self._count % 4 :: 4]
        rows ^= self._noise.integers(0, 2, rows.shape, np.uint8)
        flicker.flags.writeable = False
        return flicker
