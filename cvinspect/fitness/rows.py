"""Whether a picture came over the wire whole, and whether it is a new one."""

from __future__ import annotations

import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.errors import PictureError
from cvinspect.fitness.figures import faces_mask
from cvinspect.model import Frame, Placement
from cvinspect.pictures import gray8

FEWEST_PX = 16  # of a row on the faces: fewer tell nothing
NOISY = 0.25  # of the pixels differ from the row before where a camera's noise is in them
JPEG_ROWS = 7  # a JPEG may make the rows of a plain block of 8 alike by itself
ALIKE = 0.999  # of the pixels of two frames: the same frame again
TORN_TIMES, TORN_GRAY = 3.0, 3.0
TORN_ROWS = 4
TORN_LIKE, TORN_MORE = 0.9, 0.1


def check_rows(frame: Frame, placement: Placement) -> None:
    """Raises PictureError where rows on the faces are lost (constant, or the row before again) or a block is shifted.

    A picture that shows no noise at all (drawn, not taken) tells nothing of its rows.
    """
    gray = gray8(frame.pixels)
    inside = faces_mask(placement, frame.size)
    step = max(1, frame.size[0] // 400)
    lost = lost_rows(gray[:, ::step], inside[:, ::step] > 0)
    if lost > (JPEG_ROWS if frame.jpeg_quality is not None else 0):
        raise PictureError(
            f"{lost} of {frame.size[1]} rows are missing: constant, or the row before once more",
            "fit_rows",
            lost=lost,
            rows=frame.size[1],
        )
    torn = torn_row(gray, inside)
    if torn is not None:
        raise PictureError(f"from row {torn} on the picture is shifted sideways", "fit_torn", row=torn)


def lost_rows(gray: MatLike, inside: NDArray[np.bool_]) -> int:
    """How many rows of gray (H, W) are constant on the faces, or repeat the row before."""
    both_rows, both_columns = inside[1:] & inside[:-1], inside[:, 1:] & inside[:, :-1]
    changed = ((gray[1:] != gray[:-1]) & both_rows).sum(axis=1)
    varied = ((gray[:, 1:] != gray[:, :-1]) & both_columns).sum(axis=1)
    asked = both_rows.sum(axis=1) >= FEWEST_PX
    told = both_columns.sum(axis=1) >= FEWEST_PX
    share = changed / np.maximum(both_rows.sum(axis=1), 1)
    moving = asked & (changed > 0)
    if not moving.any() or np.median(share[moving]) < NOISY:
        return 0
    clipped = np.where(inside, gray, 255).min(axis=1) >= 254
    lost = (told & (varied == 0)) & ~clipped
    lost[1:] |= asked & (changed == 0) & ~clipped[1:]
    return int(lost.sum())


def torn_row(gray: MatLike, inside: NDArray[np.uint8]) -> int | None:
    """The first row from which on the picture is shifted sideways; None where it is whole."""
    rows = np.flatnonzero(inside.any(axis=1))
    if gray.shape[1] < 64 or rows.size < 4 * TORN_ROWS:
        return None
    step = max(1, gray.shape[1] // 400)
    apart = np.abs(np.diff(gray[rows[0] : rows[-1] + 1, ::step].astype(np.int16), axis=0)).mean(axis=1)
    high = apart > max(TORN_TIMES * float(np.median(apart)), TORN_GRAY)
    for row in (np.flatnonzero(high[TORN_ROWS:-TORN_ROWS]) + rows[0] + TORN_ROWS + 1).tolist()[:20]:
        if _is_shifted(gray[row - TORN_ROWS : row + TORN_ROWS].astype(np.float32)):
            return int(row)
    return None


def _is_shifted(gray: NDArray[np.float32]) -> bool:
    """Whether the lower half of some rows fits the upper half only when moved sideways, and each half fits itself.

    A line of the part that runs nearly along the rows moves far from row to row as well, but in every row.
    """
    quarters = gray.reshape(4, -1, gray.shape[1]).mean(axis=1)
    like = _likeness(quarters[1], quarters[2])
    best = int(np.argmax(like))
    calm = min(_likeness(quarters[0], quarters[1])[0], _likeness(quarters[2], quarters[3])[0])
    moved = min(best, len(like) - best) > 1
    return bool(moved and min(calm, like[best]) >= TORN_LIKE and min(calm, like[best]) - like[0] >= TORN_MORE)


def _likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    """(W,) correlation of two rows, the other moved round by 0, 1, ... px."""
    spectra = [np.fft.rfft(row - row.mean()) for row in (one, other)]
    power = float(np.linalg.norm(one - one.mean()) * np.linalg.norm(other - other.mean()))
    return np.asarray(np.fft.irfft(spectra[1] * np.conj(spectra[0]), len(one)) / max(power, 1e-9))


def is_frozen(frame: Frame, before: Frame) -> bool:
    """Whether a live camera gave the frame before once more: noise alone makes every new one differ.

    For live sources; two pictures of a folder may well be copies.
    """
    if frame.pixels.shape != before.pixels.shape or frame.pixels.dtype != before.pixels.dtype:
        return False
    return bool((frame.pixels[::3, ::3] == before.pixels[::3, ::3]).mean() >= ALIKE)
