"""Rates and areas with their 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Rate:
    """`hits` of `of`, as a share with its interval low..high; None where there was nothing to count."""

    hits: int
    of: int
    rate: float | None
    low: float | None
    high: float | None


def rate(hits: int, of: int) -> Rate:
    """Wilson's score interval (Wilson 1927): it holds for small numbers and at 0 and 1 too."""
    if not of:
        return Rate(hits, of, None, None, None)
    share, z2 = hits / of, Z**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of**2))
    return Rate(hits, of, share, max(middle - half, 0.0), min(middle + half, 1.0))


@dataclass(frozen=True, slots=True)
class Auroc:
    """Area under the ROC curve with its interval, from so many bad and good pictures of so many parts."""

    area: float
    low: float
    high: float
    bad: int
    good: int
    parts: int


def auroc(
    bad: Sequence[float], good: Sequence[float], bad_parts: Sequence[Hashable], good_parts: Sequence[Hashable]
) -> Auroc | None:
    """How often a bad picture scores above a good one (ties count half); None without two parts of each.

    The interval allows for pictures of one part being alike: DeLong's variance (1988) summed by parts (Obuchowski
    1997), on the logit's scale; at 0 and 1, where it vanishes, Newcombe's (2006, method 5) of as many parts.
    """
    parts = list(dict.fromkeys([*bad_parts, *good_parts]))
    if len(set(bad_parts)) < 2 or len(set(good_parts)) < 2:
        return None
    x, y = np.asarray(bad, np.float64)[:, None], np.asarray(good, np.float64)[None]
    wins = (x > y) + 0.5 * (x == y)
    area = float(wins.mean())
    of_bad, of_good = (
        np.stack([_sums(values - area, owners, parts), _sums(np.ones(len(owners)), owners, parts)])
        for values, owners in ((wins.mean(axis=1), bad_parts), (wins.mean(axis=0), good_parts))
    )
    variance = _variance(of_bad, of_good)
    if variance > 0 and 0 < area < 1:
        logit, half = math.log(area / (1 - area)), Z * math.sqrt(variance) / (area * (1 - area))
        low, high = (1 / (1 + math.exp(-min(max(logit + side, -500.0), 500.0))) for side in (-half, half))
    else:
        low, high = _newcombe(area, len(set(bad_parts)), len(set(good_parts)))
    return Auroc(area, low, high, len(bad), len(good), len(parts))


def _sums(values: NDArray[np.float64], owners: Sequence[Hashable], parts: Sequence[Hashable]) -> NDArray[np.float64]:
    place = {part: i for i, part in enumerate(parts)}
    sums = np.bincount([place[owner] for owner in owners], weights=values, minlength=len(parts))
    return sums.astype(np.float64)


def _variance(of_bad: NDArray[np.float64], of_good: NDArray[np.float64]) -> float:
    """Rows: the sum of what a part's pictures deviate, and their number."""
    (bad, bad_count), (good, good_count) = of_bad, of_good
    alone_bad, alone_good, all_parts = np.count_nonzero(bad_count), np.count_nonzero(good_count), len(bad)
    m, n = bad_count.sum(), good_count.sum()
    return float(
        alone_bad / (alone_bad - 1) * (bad @ bad) / m**2
        + alone_good / (alone_good - 1) * (good @ good) / n**2
        + 2 * all_parts / (all_parts - 1) * (bad @ good) / (m * n)
    )


def _newcombe(area: float, m: int, n: int) -> tuple[float, float]:
    half = (m + n) / 2 - 1

    def off(theta: float) -> float:
        spread = theta * (1 - theta) * (1 + half * (1 - theta) / (2 - theta) + half * theta / (1 + theta)) / (m * n)
        return (area - theta) ** 2 - Z**2 * spread

    return (
        _root(off, 0.0, area) if area > 0 else 0.0,
        _root(off, area, 1.0) if area < 1 else 1.0,
    )


def _root(call: Callable[[float], float], low: float, high: float) -> float:
    """Where `call` changes its sign strictly between; the outer end where it does not."""
    a, b = low + 1e-12, high - 1e-12
    return float(brentq(call, a, b)) if call(a) * call(b) < 0 else (low if low == 0.0 else high)
