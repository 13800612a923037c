"""The bands within which a picture's figures must lie."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cvinspect.errors import PictureError

SPREADS = 6.0  # robust sigmas of the good pictures that a band is wide, each way
LEAST_SPREAD: Mapping[str, tuple[float, float]] = {
    "level_gray": (0.15, 4.0),
    "bright_share": (0.5, 0.02),
    "dark_share": (0.5, 0.02),
    "contrast_gray": (0.3, 6.0),
    "noise_gray": (0.3, 0.3),
    "texture_share": (0.3, 0.001),
    "sharpness_per_px": (0.2, 0.01),
    "blue_share": (0.0, 0.03),
    "red_share": (0.0, 0.03),
}
"""Per figure the least half width of a band that is learnt: a share of the reference, and plainly."""
ONE_SIDED = {"bright_share": "high", "dark_share": "high", "noise_gray": "high"}


@dataclass(frozen=True, slots=True)
class Band:
    """What a figure must be: from low to high, None = no bound; reference: what it usually is."""

    reference: float
    low: float | None = None
    high: float | None = None

    def beyond(self, value: float) -> float:
        """How far outside the value lies, over the band's half width; 0 within, infinite for NaN."""
        if not np.isfinite(value):
            return float("inf")
        if self.low is not None and not value >= self.low:
            return (self.low - value) / max(self.reference - self.low, 1e-9)
        if self.high is not None and not value <= self.high:
            return (value - self.high) / max(self.high - self.reference, 1e-9)
        return 0.0


def check_bands(found: Mapping[str, float], bands: Mapping[str, Band]) -> None:
    """Raises PictureError with the figure that lies farthest outside its band; else one that the picture has not."""
    told = {name: band.beyond(found[name]) for name, band in bands.items() if name in found}
    worst = max(told, key=lambda name: told[name], default="")
    if worst and told[worst] > 0:
        raise _unfit(worst, found[worst], bands[worst])
    for name in bands:
        if name not in found:
            raise _unfit(name, None, bands[name])


def _unfit(name: str, value: float | None, band: Band) -> PictureError:
    if value is None:
        return PictureError(f"{name} cannot be told from this picture", "fit_absent", figure=name)
    is_low = band.low is not None and not value >= band.low
    percent = f"{100 * value / band.reference:.0f}" if band.reference > 0 else "?"
    return PictureError(
        f"{name} is {value:.3g}, {percent} % of the reference {band.reference:.3g}",
        "fit_low" if is_low else "fit_high",
        figure=name,
        percent=percent,
        value=float(value),
        bound=band.low if is_low else band.high,
    )


def bands_of(good: Sequence[Mapping[str, float]]) -> dict[str, Band]:
    """The bands that the figures of good pictures ask for: of each figure that all of them have.

    Median and robust spread (MAD), so that a bad picture among them does little; never narrower than LEAST_SPREAD.
    """
    names: Iterable[str] = set.intersection(*(set(one) for one in good)) if good else ()
    return {name: _band(name, np.array([one[name] for one in good])) for name in LEAST_SPREAD if name in names}


def _band(name: str, values: np.ndarray) -> Band:
    middle = float(np.median(values))
    share, plain = LEAST_SPREAD[name]
    half = max(SPREADS * 1.4826 * float(np.median(np.abs(values - middle))), share * middle, plain)
    low, high = middle - half, middle + half
    side = ONE_SIDED.get(name)
    return Band(middle, None if side == "high" else max(low, 0.0), None if side == "low" else high)
