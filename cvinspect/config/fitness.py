"""The recipe's [view.fitness]: the bands within which a picture's figures must lie."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from cvinspect.fitness import FIGURES, Band
from cvinspect.forms import Form

NotNegative = Annotated[float, Field(ge=0)]


class BandEntry(Form):
    """What a figure usually is, and its bounds; at least one of them."""

    reference: NotNegative
    low: NotNegative | None = None
    high: NotNegative | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError("states no bound; write low, high or both")
        if not (self.low or 0.0) <= self.reference <= (self.reference if self.high is None else self.high):
            raise ValueError("low <= reference <= high does not hold")
        return self

    def band(self) -> Band:
        """The band as it is checked."""
        return Band(self.reference, self.low, self.high)


class FitnessEntry(Form):
    """A band per figure (cvinspect.fitness.FIGURES); what is left out is not checked."""

    level_gray: BandEntry | None = None
    bright_share: BandEntry | None = None
    dark_share: BandEntry | None = None
    contrast_gray: BandEntry | None = None
    noise_gray: BandEntry | None = None
    texture_share: BandEntry | None = None
    sharpness_per_px: BandEntry | None = None
    blue_share: BandEntry | None = None
    red_share: BandEntry | None = None

    def bands(self) -> dict[str, Band]:
        """The bands that are stated, by figure."""
        stated = {name: getattr(self, name) for name in FIGURES}
        return {name: entry.band() for name, entry in stated.items() if entry is not None}
