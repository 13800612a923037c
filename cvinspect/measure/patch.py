"""The picture's values between its pixels."""

from __future__ import annotations

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.model import Points


def sampled(picture: MatLike, points: Points, cubic: bool = False) -> NDArray[np.float64]:
    """The picture's values at points (..., x y) in px, the last pixel's beyond the edge."""
    x, y = (np.ascontiguousarray(points[..., axis], np.float32) for axis in (0, 1))
    flag = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    return cv2.remap(picture, x, y, flag, borderMode=cv2.BORDER_REPLICATE).astype(np.float64)
