"""What a detector is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from cvinspect.detect.surface import Surface
from cvinspect.model import Region


class Detector(Protocol):
    """A frozen, keyword-only dataclass of knobs (mm, grey levels, noise sigmas; never px) that finds one kind."""

    @property
    def contrast_gray(self) -> float:
        """Least contrast that is found, grey levels."""
        ...

    @property
    def noise_sigmas(self) -> float:
        """Least contrast that is found, noise sigmas; both must be exceeded."""
        ...

    def __call__(self, surface: Surface) -> Iterable[Region]:
        """Claims in frame px. Raises PictureError where there are too many."""
        ...

    def from_mm(self, mm_per_px: float) -> float | None:
        """The smallest size (of flash: height) that is looked for, mm; None where nothing is looked for."""
        ...

    def seen_share(self, surface: Surface) -> float:
        """Of what the frame shows of a face, the share (0..1) that can be looked at; 0: the detector is blind here."""
        ...
