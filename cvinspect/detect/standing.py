"""What stands out beyond a part's outline, and what is gone within it, place by place of the band along it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvinspect.detect.band import Band, around, by_sector

Floats = NDArray[np.float32]

OWN_SLOPE = 0.7  # of the part's own edge: by how much that of one side may differ
GONE = 0.5  # of the way from the part's grey to the ground's


def standing_out(band: Band, own: Band, soft_gray: float) -> Floats:
    """How far each place beyond the outline (R, N) deviates from the ground, less the part's usual blurred edge and
    less what rises softly, by `soft_gray` per px at most, towards one side of the part: its shadow.

    own: the band along the part's own edge, wherever the outline lies.
    """
    rise = _rise(own)
    if not band.shown.any():
        return np.zeros_like(rise)
    usual = np.median(rise[:, own.shown], axis=1) if own.shown.any() else np.zeros(len(rise))
    slope = np.abs(np.diff(usual, append=0.0))
    aside = by_sector(rise, own.shown) - usual[:, None]
    soft = np.zeros_like(aside)
    for row in range(len(soft) - 2, -1, -1):
        most = soft_gray + OWN_SLOPE * slope[row]
        soft[row] = soft[row + 1] + np.clip(aside[row] - soft[row + 1], -most, most)
    expected = around(np.asarray(usual[:, None] + soft, np.float32), rise.shape[1])
    return np.asarray((_rise(band) - expected) * band.shown, np.float32)


def _rise(band: Band) -> Floats:
    """Above the ground of each column, as its outermost third shows it."""
    return np.asarray(band.beyond - _ground(band), np.float32)


def _ground(band: Band) -> Floats:
    return np.asarray(np.median(band.beyond[-max(len(band.beyond) // 3, 2) :], axis=0), np.float32)


def gone_within(band: Band, own: Band, contrast_gray: float) -> tuple[Floats, int]:
    """How far each place within the outline (R, N) is from the part's usual grey there to the ground's, 0 to 1; the
    lesser of what the same depth elsewhere and the same place deeper within tell. And on which side of grey the
    ground lies. 0 where part and ground differ by less than `contrast_gray`."""
    within, ground = band.within, _ground(band)
    deeper = np.median(within[-max(len(within) // 3, 2) :], axis=0)
    usual = around(by_sector(own.within, own.shown), within.shape[1])
    shares = []
    for part in (usual, np.broadcast_to(deeper, within.shape)):
        way = ground - part
        told = (np.abs(way) > contrast_gray) & band.shown
        shares.append(np.where(told, (within - part) / np.where(told, way, 1), 0))
    share = np.minimum(*shares)
    share[share > 2 - GONE] = 0  # beyond the ground's grey: something else
    return share.astype(np.float32), int(np.sign(np.median(ground - deeper)))
