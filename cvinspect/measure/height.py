"""How far flash stands out beyond the nominal outline, along the outline's normal."""

from __future__ import annotations

import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.measure.patch import sampled
from cvinspect.model import Measured, Points, Region

U_NOMINAL_PX = 0.4  # how well a nominal outline is known: fitted or placed
BEYOND_PX = 12.0  # ground looked at beyond the claimed pixels
_STEP = 0.5


def measured_height(gray: MatLike, region: Region, nominal_px: Points) -> tuple[Measured, float]:
    """Largest height in px (half-contrast contour, median of three neighbouring places) and the flash's contrast."""
    outward = _outward(region.contour_px.astype(np.float64), nominal_px)
    claimed = _reach(region.contour_px.astype(np.float64), nominal_px)
    beyond = np.arange(0, claimed + BEYOND_PX, _STEP)
    at = nominal_px[None] + beyond[:, None, None] * outward[None]
    rise = sampled(gray, at)
    ground = np.median(rise[beyond >= claimed + BEYOND_PX / 2], axis=0)
    rise = (rise - np.median(ground)) * (region.polarity or 1)
    noise = max(1.4826 * float(np.median(np.abs(rise[beyond >= claimed + BEYOND_PX / 2]))), 0.35)
    core = rise[(beyond >= 1) & (beyond <= max(claimed - 1.5, 1.5))]
    contrast = max(float(np.quantile(core.max(axis=0), 0.5)), 1.0)
    heights = _median_of_three(np.array([_last_crossing(beyond, column, contrast / 2) for column in rise.T]))
    u = float(np.linalg.norm([U_NOMINAL_PX, 2 * noise / contrast, 0.2]))
    return Measured(float(heights.max()), u), contrast


def _outward(contour: Points, nominal: Points) -> Points:
    """Unit normals (N, 2) of the nominal line on the side of the region."""
    along = np.gradient(nominal, axis=0) if len(nominal) > 1 else np.array([[1.0, 0.0]])
    normals = np.stack([along[:, 1], -along[:, 0]], axis=1)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    middle = contour.mean(axis=0)
    nearest = int(np.argmin(np.linalg.norm(nominal - middle, axis=1)))
    side = float((middle - nominal[nearest]) @ normals[nearest])
    return normals if side >= 0 else -normals


def _reach(contour: Points, nominal: Points) -> float:
    return max(float(np.linalg.norm(nominal - point, axis=1).min()) for point in contour)


def _last_crossing(beyond: NDArray[np.float64], rise: NDArray[np.float64], level: float) -> float:
    """Where the rise, coming from the outline, falls below `level`."""
    below = np.flatnonzero(rise[2:] < level)
    if not below.size or below[0] == 0:
        return 0.0
    index = int(below[0]) + 2
    share = (rise[index - 1] - level) / max(rise[index - 1] - rise[index], 1e-9)
    return float(beyond[index - 1] + share * (beyond[index] - beyond[index - 1]))


def _median_of_three(values: NDArray[np.float64]) -> NDArray[np.float64]:
    padded = np.pad(values, 1, mode="edge")
    return np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
