"""What compression with loss does to sizes: as much as so much white noise would."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LEAST_GRAY, _PER_SCALE_GRAY = 0.3, 4.5  # fitted to the sizes of rendered disks at qualities 70 to 95


def added_noise_gray(quality: int | None) -> float:
    """The noise, grey levels, that moves the contour of an object of some 15 px as JPEG of that quality does.

    quality: 1 to 100; None: without loss.

    It grows with the steps to which the coefficients of 8 x 8 px are rounded, whose scale libjpeg sets to 50 / quality
    under 50, to 2 - quality / 50 above. Next to an object they are rounded, on a plain surface they vanish: so the
    noise that is seen around an object does not tell of it.
    """
    if quality is None:
        return 0.0
    scale = 50 / max(quality, 1) if quality < 50 else 2 - quality / 50
    return _LEAST_GRAY + _PER_SCALE_GRAY * scale


def on_object(added_gray: float, longest_px: NDArray[np.intp]) -> NDArray[np.float64]:
    """The same (N,) on objects by the length of their claimed pixels: a small one lies in few blocks of 8 x 8 px."""
    return np.asarray(added_gray * (0.8 + 5 / longest_px))


def noise_factor(gray: NDArray[np.uint8], added_gray: float) -> float:
    """By how much the picture's own noise, as its sharpest detail shows it, understates that with `added_gray`."""
    if not added_gray:
        return 1.0
    rows = np.ascontiguousarray(gray[:: max(1, gray.shape[0] // 512)])
    detail = np.abs(np.diff(rows.astype(np.int16), n=2, axis=1))
    plain = detail[detail <= 4 * np.median(detail) + 4]
    own = max(float(np.sqrt(np.pi / 2) * plain.mean()) / 6**0.5, 0.3)
    return float(np.hypot(own, added_gray)) / own
