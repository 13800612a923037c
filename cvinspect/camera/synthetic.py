"""`synthetic:`: a rendered camera over a moulded cover, for rehearsals, tests and demonstrations."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from cvinspect.camera.address import Address
from cvinspect.camera.camera import Settings
from cvinspect.model import Frame, Pixels
from cvinspect.synth import TEXTURED_ABS, Camera, Item, Scene, Scratch, Speck, render

MARGIN = 0.1  # of the frame: nothing is drawn nearer to its border
CONTRAST_GRAY = -45.0


class SyntheticCamera:
    """`width`, `height` in px (800, 600), `mm_per_px` (0.05); every `bad`th part (3; 0: none) has a speck or a scratch
    of `size_mm` (0.8); `parts` (12) are drawn when it is opened and come round again, each time with noise of its own;
    `seed` (1). `every_s` (0) is the least time between two frames.
    """

    def __init__(self, address: Address, settings: Settings) -> None:
        address.only("width", "height", "mm_per_px", "bad", "size_mm", "parts", "seed", "every_s")
        self.name = "synthetic"
        number = address.number
        self._size = round(number("width", 800, 64, 8192)), round(number("height", 600, 64, 8192))
        self._mm_per_px = number("mm_per_px", 0.05, 1e-4, 10.0)
        self._seed, self._bad = round(number("seed", 1, 0, 1e9)), round(number("bad", 3, 0, 1e6))
        self._size_mm = number("size_mm", 0.8, 1e-3, 1e3)
        self._every_s = number("every_s", 0.0, 0.0, 3600.0)
        self._gain = math.sqrt((settings.exposure_us or 10_000.0) / 10_000.0)
        self._drawn = [render(self.scene(index)) for index in range(round(number("parts", 12, 1, 10_000)))]
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
        pixels = self._drawn[self._count % len(self._drawn)]
        self._count += 1
        return Frame(
            self._flickering(pixels),
            taken_at=datetime.now(UTC),
            camera=self.name,
            sequence=self._count,
            camera_time_s=time.monotonic() - self._began,
        )

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
