"""Numbers as a reader wants them: the digits that the uncertainty bears, never minus zero."""

from __future__ import annotations

import math

_MINUS = "\N{MINUS SIGN}"


def with_expanded(value: float, expanded: float | None) -> tuple[str, str]:
    """Value and U = 2u with the same decimals: U with one digit (two where it begins with 1), rounded up; or ?."""
    if expanded is None:
        return plain(value), "?"
    if not (math.isfinite(expanded) and math.isfinite(value) and expanded > 0):
        return plain(value), plain(expanded)
    decimals = _decimals_of(expanded)
    step = 10.0**-decimals
    rounded_up = math.ceil(expanded / step - 1e-6) * step
    return fixed(value, decimals), fixed(rounded_up, decimals)


def _decimals_of(expanded: float) -> int:
    exponent = math.floor(math.log10(expanded))
    digits = 2 if expanded / 10.0**exponent < 2 else 1
    return max(0, digits - 1 - exponent)


def plain(value: float) -> str:
    """Three significant digits; what is whole or larger keeps every digit before the point."""
    if not math.isfinite(value) or value == int(value):
        return fixed(value, 0)
    return fixed(value, min(6, max(0, 2 - math.floor(math.log10(abs(value))))))


def fixed(value: float, decimals: int) -> str:
    """`value` with so many decimals and a true minus sign; never minus zero."""
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", _MINUS)
