"""Numbers of a report's tables: no rounding that hides a verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cvinspect.model import Measured
from cvinspect.words.numbers import fixed, plain, with_expanded

NOTHING = "\N{EN DASH}"


def with_u(size: Measured | None, unknown: str = "U ?") -> str:
    """`0.43 ± 0.02`: value and U = 2u, U with one digit (two where it begins with 1), rounded up.

    `unknown` stands in U's place where u is None.
    """
    if size is None:
        return NOTHING
    if size.u is None:
        return f"{plain(size.value)} ({unknown})"
    return " ± ".join(with_expanded(size.value, 2 * size.u))


def compared(measured: float | None, allowed: float | None, margin: float | None) -> tuple[str, str, str]:
    """The three with as many decimals as it takes to tell measured from allowed; None or infinity is a dash."""
    known = [value for value in (measured, allowed) if value is not None and math.isfinite(value)]
    decimals = 0
    if any(value != int(value) for value in known):
        decimals = next((d for d in range(2, 7) if len({round(v, d) for v in known}) == len(set(known))), 3)
    return _shown(measured, decimals), _shown(allowed, decimals), _shown(margin, decimals)


def _shown(value: float | None, decimals: int) -> str:
    return NOTHING if value is None or not math.isfinite(value) else fixed(value, decimals)


def spread(smallest: float, largest: float) -> str:
    """`0.45 – 1.13`: from the smallest to the largest, to at least 1/100."""
    decimals = 2 if smallest >= 0.1 or smallest <= 0 else 3
    return f"{fixed(smallest, decimals)} {NOTHING} {fixed(largest, decimals)}"


def ranges(numbers: Sequence[int]) -> str:
    """`1, 2, 5–9` of blob numbers."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(_run(run) for run in runs)


def _run(run: list[int]) -> str:
    return f"{run[0]}{NOTHING}{run[-1]}" if len(run) > 2 else ", ".join(str(number) for number in run)
