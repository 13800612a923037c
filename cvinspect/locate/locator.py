"""What a locator is, and the one for a fixture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cvinspect.model import AS_DRAWN, Calibration, Frame, Pose


class Locator(Protocol):
    """A frozen, keyword-only dataclass of knobs (mm, degrees; never px) that says how a part lies."""

    def __call__(self, frame: Frame, calibration: Calibration) -> Pose:
        """The pose. Raises PictureError with the reason's figures where there is none to be trusted."""
        ...


@dataclass(frozen=True)
class Fixed:
    """The part lies in a fixture, where the recipe draws it."""

    def __call__(self, frame: Frame, calibration: Calibration) -> Pose:
        """The same for every frame."""
        return AS_DRAWN


FIXED = Fixed()
