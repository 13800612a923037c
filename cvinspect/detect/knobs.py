"""Checks of detector knobs, in words."""

from __future__ import annotations


def check(name: str, value: float | None, low: float, high: float, unit: str, optional: bool = True) -> None:
    """Raise ValueError unless `value` is a number within [low, high], or None where it is optional; NaN is refused."""
    if (value is None and optional) or (isinstance(value, (int, float)) and low <= value <= high):
        return
    raise ValueError(f"{name} = {value!r}: allowed is a number from {low:g} to {high:g} {unit}".rstrip())


def check_common(smallest_mm: float | None, contrast_gray: float, noise_sigmas: float) -> None:
    """The three knobs that every detector has."""
    check("smallest_mm", smallest_mm, 0.0, 1000.0, "mm")
    check("contrast_gray", contrast_gray, 1.0, 255.0, "grey levels", optional=False)
    check("noise_sigmas", noise_sigmas, 1.0, 100.0, "noise sigmas", optional=False)
