"""The middle of a disk's picture is not the picture of its middle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cvinspect.calibration.solve.bundle import LENS, project
from cvinspect.calibration.solve.fitting import Fit
from cvinspect.projection import Points

_CORNERS = 48


def disk_bias(to_px: Callable[[Points], Points], centers: Points, radius: float) -> Points:
    """(N, 2), px: centroid of a pictured disk minus the picture of its centre, lens distortion included.

    A tilted disk is seen as an ellipse whose middle lies nearer to the camera's horizon than the disk's (Heikkilä
    2000). centers (N, 2) and radius in the unit that to_px maps to px.
    """
    angle = np.arange(_CORNERS) * 2 * np.pi / _CORNERS
    circle = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    border = to_px((centers[:, None] + circle).reshape(-1, 2)).reshape(-1, _CORNERS, 2) - to_px(centers)[:, None]
    following = np.roll(border, -1, axis=1)
    cross = border[..., 0] * following[..., 1] - border[..., 1] * following[..., 0]
    return np.asarray(((border + following) * cross[..., None]).sum(axis=1) / (3 * cross.sum(axis=1))[:, None])


def fit_bias(fit: Fit, radius: float) -> tuple[Points, ...]:
    """Per view (N, 2), px; radius in the unit of the bundle's target."""
    lens = fit.numbers[: len(LENS)]

    def seen_by(view: int) -> Callable[[Points], Points]:
        return lambda points: project(points, lens, fit.numbers[fit.bundle.part(view)])[0]

    return tuple(disk_bias(seen_by(view), points, radius) for view, points in enumerate(fit.bundle.target))
