"""The light's shading, from pictures of a plain white surface: an integer gain that undoes it.

corrected = raw * gain / 128, gain 128 at the brightest place and more elsewhere. So what is black stays black, what
was white (saturated) before stays white, and nothing gets darker than the sensor saw it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.errors import CalibrationError, PictureError
from cvinspect.model import Pixels
from cvinspect.pictures import gray8, read_picture, write_picture

UNIT = 128
_MOST = 255
_BLOCK_PX = 16
_WHITE, _MOST_WHITE_SHARE = 250, 0.001  # the brightest noise peaks may reach white
_DARKEST = 30.0  # below, a whole grey level is worth more than 3 %
_MOST_FLICKER, _MOST_CHANGE, _MOST_STRUCTURE = 0.05, 0.03, 0.03
_AGAIN = "; cvinspect calibrate --flat-field PICTURES -o FILE makes it again"


@dataclass(frozen=True, slots=True, eq=False)
class Flat:
    """gain: (H, W) uint8; darkest: the darkest place's share of the brightest place's light; level_gray: the mean."""

    gain: NDArray[np.uint8]
    darkest: float
    level_gray: float


def flat_field(frames: Sequence[tuple[str, Pixels]]) -> Flat:
    """The gain that evens out `frames` (name, pixels) of a plain white surface: their mean, smoothed over some 40 px so
    that neither dust nor noise enters.

    Raises CalibrationError where a frame is of another size, too dark or too bright, shows more than plain white, or
    where the light changed from frame to frame; PictureError for pixels that are no picture.
    """
    size = frames[0][1].shape[:2]
    blocks = []
    for name, pixels in frames:
        if pixels.shape[:2] != size:
            told = f"{pixels.shape[1]}x{pixels.shape[0]} px, {frames[0][0]} is {size[1]}x{size[0]} px"
            raise CalibrationError(f"{name}: is {told}; white pictures of one camera are of one size")
        blocks.append(_blocks(name, gray8(pixels)))
    _check_steady([name for name, _ in frames], blocks)
    mean = np.mean(blocks, axis=0)
    smooth = _smoothed(mean)
    structure = float(np.percentile(np.abs(mean / smooth - 1), 95))
    if structure > _MOST_STRUCTURE:
        raise CalibrationError(
            f"{frames[0][0]}: shows more than a plain white surface: its brightness varies by {structure:.0%} "
            "from place to place; fill the frame with white paper or opal glass, out of focus"
        )
    shading = _enlarged(smooth, size)
    gain = UNIT * float(shading.max()) / shading
    if gain.max() > _MOST:
        raise CalibrationError(
            f"{frames[0][0]}: the darkest place gets {UNIT / gain.max():.0%} of the light of the brightest one; a gain "
            "of up to 2 can be applied: mend the light first"
        )
    return Flat(np.round(gain).astype(np.uint8), float(shading.min() / shading.max()), float(mean.mean()))


def _blocks(name: str, gray: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The means of blocks of some 16 x 16 px."""
    white = float(np.mean(gray >= _WHITE))
    if white > _MOST_WHITE_SHARE:
        raise CalibrationError(f"{name}: {white:.1%} of it is white ({_WHITE} or more); expose it to about 200")
    rows, columns = (max(2, round(side / _BLOCK_PX)) for side in gray.shape)
    blocks = cv2.resize(gray.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float64)
    if np.percentile(blocks, 5) < _DARKEST:
        dark = f"down to grey level {np.percentile(blocks, 5):.0f}"
        raise CalibrationError(f"{name}: too dark for a white picture, {dark}; expose it to about 200")
    return blocks


def _check_steady(names: Sequence[str], blocks: Sequence[NDArray[np.float64]]) -> None:
    levels = np.array([block.mean() for block in blocks])
    shapes = [block / level for block, level in zip(blocks, levels, strict=True)]
    usual = np.median(shapes, axis=0)
    for name, level, shape in zip(names, levels, shapes, strict=True):
        if abs(level / np.median(levels) - 1) > _MOST_FLICKER:
            told = f"its mean grey level is {level:.0f}, of the others {np.median(levels):.0f}"
            raise CalibrationError(f"{name}: {told}; keep light and exposure as they are in all white pictures")
        change = float(np.percentile(np.abs(shape / usual - 1), 95))
        if change > _MOST_CHANGE:
            told = f"its light differs from that of the others by {change:.0%} from place to place"
            raise CalibrationError(f"{name}: {told}; leave light and camera where they are")


def _smoothed(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Dust taken out by a median of 3 x 3 blocks, then a Gauss of 1; the border is carried on by its own slope."""
    reach = [min(8, side - 1) for side in blocks.shape]
    wide = np.pad(blocks, [(side, side) for side in reach], mode="reflect", reflect_type="odd").astype(np.float32)
    calm = cv2.GaussianBlur(cv2.medianBlur(wide, 3), (0, 0), 1.0).astype(np.float64)
    return np.maximum(calm[reach[0] : -reach[0], reach[1] : -reach[1]], 1.0)


def _enlarged(blocks: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Every pixel's own value, linear between the blocks' centres and beyond the outermost ones."""
    wide = np.pad(blocks, 1, mode="reflect", reflect_type="odd").astype(np.float32)
    y, x = (
        ((np.arange(side) + 0.5) / side * count + 0.5).astype(np.float32)
        for side, count in zip(size, blocks.shape, strict=True)
    )
    big = cv2.remap(wide, np.tile(x, (size[0], 1)), np.tile(y[:, None], (1, size[1])), cv2.INTER_LINEAR)
    return np.asarray(big, dtype=np.float64)


def evened(pixels: Pixels, gain: NDArray[np.uint8]) -> Pixels:
    """`pixels` (H, W) or (H, W, 3), uint8 or uint16, with their shading undone by `gain` (H, W); rounded, and white
    where that is beyond white."""
    factor: MatLike = gain if pixels.dtype == np.uint8 else gain.astype(np.uint16)
    if pixels.ndim == 3:
        factor = cv2.merge([factor] * 3)
    even = cv2.multiply(cast(MatLike, pixels), factor, scale=1 / UNIT)
    even.setflags(write=False)
    return cast(Pixels, even)


def save_gain(gain: NDArray[np.uint8], path: Path) -> str:
    """Writes the gain as a picture; returns the SHA-256 of the file. Raises CalibrationError."""
    try:
        write_picture(path, gain)
        return read_picture(path).sha256
    except PictureError as bad:
        raise CalibrationError(str(bad)) from bad


def load_gain(path: Path, sha256: str, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The gain in `path`, read-only. Raises CalibrationError where it is missing, was edited, or is no gain for frames
    of `size` (width, height)."""
    try:
        picture = read_picture(path)
    except PictureError as bad:
        raise CalibrationError(f"the calibration's flat-field picture: {bad}{_AGAIN}") from bad
    if picture.sha256 != sha256:
        raise CalibrationError(f"{path}: was edited: this flat-field picture does not fit its calibration{_AGAIN}")
    gain = picture.pixels
    if gain.shape != size[::-1] or gain.dtype != np.uint8 or gain.min() < UNIT:
        raise CalibrationError(f"{path}: is no gain of {size[0]}x{size[1]} px with levels of {UNIT} to 255{_AGAIN}")
    return cast(NDArray[np.uint8], gain)
