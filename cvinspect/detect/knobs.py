"""Checks of detector knobs, in words."""

from __future__ import annotations


def check(name: str, value: float | None, low: float, high: float, unit: str) -> None:
    """Raise ValueError unless `value` is None or a number within [low, high]; NaN is refused."""
    if value is not None and not (isinstance(value, (int, float)) and low <= value <= high):
        raise ValueError(f"{name} = {value!r}: allowed is a number from {low:g} to {high:g} {unit}".rstrip())


def check_common(smallest_mm: float | None, contrast_gray: float, noise_sigmas: float) -> None:
    """The three knobs that every detector has."""
    check("smallest_mm", smallest_mm, 0.0, 1000.0, "mm")
    check("contrast_gray", contrast_gray, 1.0, 255.0, "grey levels")
    check("noise_sigmas", noise_sigmas, 1.0, 100.0, "noise sigmas")
    if contrast_gray is None or noise_sigmas is None:
        raise ValueError("contrast_gray and noise_sigmas must be numbers")
