"""Polynomials along a line: how it bends, as far as what is seen tells."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.polynomial.legendre import legvander
from numpy.typing import NDArray

from cvinspect.model import Points

Floats = NDArray[np.float64]

MOST_ORDER = 12
PX_PER_ORDER = 8.0  # length of a line that each order needs
CLEAR = 3.0  # noise sigmas from which a bend is one
END_NODES, MOST_SLOPE = 8, 0.2  # that tell how a shift goes on beyond them; px per node that it goes on by, at most


@lru_cache(maxsize=128)
def _polynomials(count: int) -> Floats:
    """Orthonormal polynomials on `count` even places, (count, orders + 1), by order."""
    return np.asarray(np.linalg.qr(legvander(np.linspace(-1, 1, count), min(MOST_ORDER, count - 1)))[0])


def smoothed(points: Points, length: float, ragged: float, least: int) -> Points:
    """The points (N, 2) on a polynomial: of the lowest order from `least` on that keeps within `ragged` px rms of them.

    Where none does, on the one of the lowest order that fits nearly as well as the highest one.
    """
    most = int(min(max(length / PX_PER_ORDER, 1), MOST_ORDER, len(points) - 1))
    basis = _polynomials(len(points))[:, : most + 1]
    factors = basis.T @ points
    lost = np.cumsum((factors * factors).sum(axis=1)[::-1])[::-1]
    rest = max(float((points * points).sum() - lost[0]), 0.0)
    errors = np.sqrt((np.append(lost[2:], 0.0) + rest) / len(points))
    order = min(max(1 + int(np.argmax(errors <= max(ragged, 1.3 * errors[-1]))), least), most)
    return np.asarray(basis[:, : order + 1] @ factors[: order + 1])


def shift_along(weight: Floats, force: Floats, inner: slice, length: float, noise: float) -> Floats:
    """The least-squares shift at each node (N,), from the sums of slopes² and of slope x residual at each.

    A polynomial up to the highest order that is clear of the noise at the inner nodes, straight on beyond them.
    """
    within = weight[inner]
    nodes = len(within)
    orders = int(min(max(length / PX_PER_ORDER, 1), MOST_ORDER, nodes - 1))
    basis = _polynomials(nodes)[:, : orders + 1]
    root, factors = _independent(basis, within[:, None], force[inner, None])
    clear = (np.abs(factors[:, 0]) > CLEAR * noise).nonzero()[0]
    used = max(int(clear[-1]) + 1 if len(clear) else 0, min(2, orders + 1))
    shift = basis[:, :used] @ np.linalg.solve(root[:used, :used].T, factors[:used, 0])
    few = min(END_NODES, nodes - 1)
    start, stop = (
        min(max(float(shift[end] - shift[other]) / max(few, 1), -MOST_SLOPE), MOST_SLOPE)
        for end, other in ((0, few), (-1, -1 - few))
    )
    whole = np.empty(len(weight))
    whole[inner] = shift
    whole[: inner.start] = shift[0] + start * np.arange(inner.start, 0, -1)
    whole[inner.stop :] = shift[-1] + stop * np.arange(1, len(weight) - inner.stop + 1)
    return whole


def simplified(path: Points, weight: Floats, noise: float) -> Points:
    """The path (N, 2) as the polynomial of the lowest order that noise cannot tell from it; weight (N,): 1 / px²."""
    basis = _polynomials(len(path))
    root, factors = _independent(basis, weight[:, None], path * weight[:, None])
    lost = np.cumsum((factors**2).sum(axis=1)[::-1])[::-1]
    used = max(int(np.count_nonzero(lost > (CLEAR * noise) ** 2)), min(2, len(lost)))
    return np.asarray(basis[:, :used] @ np.linalg.solve(root[:used, :used].T, factors[:used]))


def _independent(basis: Floats, weight: Floats, force: Floats) -> tuple[Floats, Floats]:
    """Cholesky's root of the normal matrix and the factors of independent polynomials, each with the pixels' noise."""
    normal = basis.T @ (basis * weight)
    normal.flat[:: len(normal) + 1] += 1e-9 * float(weight.max())
    root = np.linalg.cholesky(normal)
    return np.asarray(root), np.asarray(np.linalg.solve(root, basis.T @ force))
