"""Whether an outline or a mark can tell where a part lies, before the first part."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from cvinspect.locate.by_marks import Mark
from cvinspect.locate.by_outline import ByOutline
from cvinspect.locate.correlation import looks_at
from cvinspect.model import AS_DRAWN, Calibration, Pose

STEP_DEG = 1.0
LEAST_SLOPE_GRAY = 2.0  # rms per px along the worse direction


def same_turn(locator: ByOutline, calibration: Calibration) -> float | None:
    """The smallest turn within the locator's range that lays the outline on itself, degrees; None where there is none.

    Two poses of the range lie up to twice turn_deg apart. 0.0: it hardly changes however it is turned within the range,
    as a disk drawn as a polygon does not.
    """
    if not locator.turn_deg:
        return None
    nominal = locator.nominal
    tree = cKDTree(nominal.points_mm)
    spacing = float(np.linalg.norm(nominal.points_mm[1] - nominal.points_mm[0]))
    alike = locator.misfit(calibration) + spacing / 2
    turns = np.arange(0.0, min(2 * locator.turn_deg, 180.0) + STEP_DEG / 2, STEP_DEG)
    away = np.array(
        [
            np.quantile(tree.query(Pose(turn, about_mm=nominal.middle_mm).to_plane(nominal.points_mm))[0], 0.9)
            for turn in turns.tolist()
        ]
    )
    if away.max() <= alike:
        return 0.0
    left = int(np.argmax(away > alike))
    back = np.flatnonzero(away[left:] <= alike)
    if not back.size:
        return None
    first = left + int(back[0])
    apart = np.flatnonzero(away[first:] > alike)
    last = first + int(apart[0]) if apart.size else len(away)
    return float(turns[first + np.argmin(away[first:last])])


def is_clear_mark(taught: np.ndarray, mark: Mark, calibration: Calibration) -> bool:
    """Whether the taught picture (H, W) has slopes in both directions at the mark: a corner, a hole; not an edge."""
    look = looks_at(taught, mark.at_mm, mark.size_mm, AS_DRAWN, calibration).pixels.astype(np.float64)
    down, right = np.gradient(look)
    normal = np.array([[(a * b).mean() for b in (right, down)] for a in (right, down)])
    return bool(np.sqrt(np.linalg.eigvalsh(normal)[0]) >= LEAST_SLOPE_GRAY)
