"""What a picture of the part tells of a plain scale."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from cvinspect.calibration.plain import Blur, blur, noise_gray
from cvinspect.errors import CalibrationError
from cvinspect.pictures import gray8, read_picture


class Picture:
    """Size, camera, noise and blur: of the picture at `path` where there is one, held against what was stated.

    Raises CalibrationError and PictureError.
    """

    def __init__(self, path: Path | None, size: str, camera: str) -> None:
        self._read = read_picture(path) if path is not None else None
        named = self._read.camera if self._read is not None else ""
        if camera and named and camera != named:
            raise CalibrationError(f"--camera {camera!r}: {path} names its camera {named!r}; leave --camera out")
        self.camera = camera or named
        self.size = self._size(size, path)

    def _size(self, text: str, path: Path | None) -> tuple[int, int]:
        own = (self._read.pixels.shape[1], self._read.pixels.shape[0]) if self._read is not None else None
        if not text and own is not None:
            return own
        found = re.fullmatch(r"(\d{1,5})[xX×](\d{1,5})", text)
        if found is None:
            raise CalibrationError(f"--size {text}: give WIDTHxHEIGHT in pixels, as 2448x2048, or --picture FILE")
        stated = int(found[1]), int(found[2])
        if own is not None and stated != own:
            raise CalibrationError(f"--size {text}: {path} is {own[0]}x{own[1]} px; leave --size out")
        return stated

    @cached_property
    def noise_gray(self) -> float | None:
        """Noise in grey levels; None without a picture, or where all of it is clipped."""
        return noise_gray(gray8(self._read.pixels)) if self._read is not None else None

    @cached_property
    def blur(self) -> Blur | None:
        """The optics' blur; None where nothing tells it."""
        if self._read is None or self.noise_gray is None:
            return None
        return blur(gray8(self._read.pixels), self.noise_gray)
