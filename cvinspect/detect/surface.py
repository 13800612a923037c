"""What every detector looks at: the picture, the surface behind it, and how far the one deviates from the other.

Two views of the same frame. The *sharp* view (full and half resolution) shows how far each pixel deviates from its
neighbourhood of some 40 px; whatever is large and has sharp edges is taken out of that neighbourhood first, so that
it too stands out whole. The *soft* view (1/8) shows how far a neighbourhood deviates from the smooth surface of the
whole face, after thin and small things have been wiped out by a median.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.detect.components import Piece, box_of, mask_of, pieces_above
from cvinspect.detect.ground import Floats, Mask, face_mask, filled, smooth_surface
from cvinspect.detect.noise import Noise, evened, noise_of, sigma_of
from cvinspect.model import Frame, Placement, Points
from cvinspect.pictures import gray8

BLOCK = 8
SOFT_EDGE_PX = 10.5  # a Gaussian dent of sigma 7 px; a sharp edge shows 8 to 9 px at quarter resolution

POLARITY_SAMPLE = 4000  # pixels of a region's box that tell its polarity

MID_GRAY = 128.0
PATTERN_SHARE = 0.2  # of its period: over so much a pattern of light is as good as even
LEAST_CONTRAST_GRAY = 1.0  # of 8 bits: what a dark picture can show at all
_WEIGHTS = np.array([0.25, 0.5, 0.25], np.float32)
SMOOTHED = 0.375  # what the light smoothing leaves of a camera's noise


@dataclass(frozen=True, eq=False)
class Surface:
    """A frame and its faces, with the views that detectors share; each view is computed when first asked for.

    reference_gray: the face's median grey level in the pictures that knobs in grey levels were set by. Pictures are
    padded to whole blocks of 8 px by repeating the last row and column. pattern_mm: the period of a pattern of light
    that is to be taken out first, such as LEDs seen through the part; None = there is none.
    only (H, W): where it is 0, nothing is looked at; None = everywhere.
    """

    frame: Frame
    placement: Placement
    reference_gray: float = MID_GRAY
    pattern_mm: float | None = None
    only: Mask | None = None

    @property
    def mm_per_px(self) -> float:
        """Local scale."""
        return self.placement.mm_per_px

    @cached_property
    def inside(self) -> Mask | None:
        """255 on the faces, (H, W) of the frame; None where they cover it."""
        faces = face_mask(self.placement, self.frame.size)
        return faces if self.only is None else self.only if faces is None else cv2.bitwise_and(faces, self.only)

    @cached_property
    def gray(self) -> Mask:
        """The grey picture, padded, without the pattern."""
        return self.raw if self.pattern_mm is None else self._without_pattern(self.pattern_mm)

    def _without_pattern(self, period_mm: float) -> Mask:
        """The picture less its median over PATTERN_SHARE of the period, at the grey level that it had.

        What the median leaves of the pattern where it bends is taken out by the median of what is left (J. W. Tukey's
        "twicing").
        """
        side = 2 * round(PATTERN_SHARE * period_mm / self.mm_per_px / 8) + 1  # odd, of 4 x 4 px
        side, quarter = min(max(side, 3), 255), _halved(_halved(self.raw))
        ground = _median(quarter, side).astype(np.int16)
        left = np.clip(quarter - ground + 128, 0, 255).astype(np.uint8)
        ground = np.clip(ground + _median(left, side) - 128, 0, 255).astype(np.uint8)
        inside = None if self.within is None else _halved(_halved(self.within)) > 254
        level = round(float(np.median(ground if inside is None or not inside.any() else ground[inside])))
        rest = self.raw.astype(np.int16) - _stretched(ground, self.raw) + level
        return np.asarray(np.clip(rest, 0, 255), np.uint8)

    @cached_property
    def raw(self) -> Mask:
        """The grey picture as it is, padded."""
        gray = gray8(self.frame.pixels)
        down, right = -gray.shape[0] % BLOCK, -gray.shape[1] % BLOCK
        return cv2.copyMakeBorder(gray, 0, down, 0, right, cv2.BORDER_REPLICATE) if down or right else gray

    @cached_property
    def within(self) -> Mask | None:
        """`inside` for the padded pictures."""
        if self.inside is None and self.raw.shape == self.frame.pixels.shape[:2]:
            return None
        width, height = self.frame.size
        mask = np.zeros(self.raw.shape, np.uint8)
        mask[:height, :width] = 255 if self.inside is None else self.inside
        return mask

    @cached_property
    def half(self) -> Mask:
        """Mean of 2 x 2 px."""
        return _halved(self.gray)

    @cached_property
    def quarter(self) -> Mask:
        """Mean of 4 x 4 px."""
        return _halved(self.half)

    @cached_property
    def within_half(self) -> Mask | None:
        """`within` at half resolution: any pixel of a face counts."""
        return None if self.within is None else cv2.max(self.within[::2, ::2], self.within[1::2, 1::2])

    def deep(self, scale: int) -> Mask | None:
        """255 on the pixels at 1 / scale (2 or 4) of the resolution that a light smoothing keeps within the faces."""
        if self.within is None:
            return None
        share = _halved(self.within) if scale == 2 else _halved(_halved(self.within))
        whole = cv2.threshold(share, 254, 255, cv2.THRESH_BINARY)[1]
        return cv2.erode(whole, np.ones((3, 3), np.uint8), borderValue=255)

    @cached_property
    def blocks(self) -> Floats:
        """Median-cleaned mean of 8 x 8 px, float32: lines under 8 px and specks under 12 px leave no trace."""
        clean = cv2.medianBlur(self.quarter, 5).astype(np.float32)
        size = (clean.shape[1] // 2, clean.shape[0] // 2)
        return np.asarray(cv2.resize(clean, size, interpolation=cv2.INTER_AREA), np.float32)

    @cached_property
    def whole_blocks(self) -> Mask:
        """255 on blocks well within a face (one block from its edge where that leaves any)."""
        if self.within is None:
            return np.full(self.blocks.shape, 255, np.uint8)
        share = _halved(_halved(_halved(self.within)))
        full = cv2.threshold(share, 254, 255, cv2.THRESH_BINARY)[1]
        deep = cv2.erode(full, np.ones((3, 3), np.uint8), borderValue=255)
        return next((mask for mask in (deep, full, share) if mask.any()), np.full_like(full, 255))

    @cached_property
    def plain(self) -> Floats:
        """The smooth surface of the whole face, per block, grey levels."""
        return smooth_surface(self.blocks, self.whole_blocks)

    @cached_property
    def soft(self) -> NDArray[np.float32]:
        """How far each block deviates from the plain surface, grey levels, signed; 0 outside the faces."""
        return np.asarray(np.where(self.whole_blocks > 0, self.blocks - self.plain, 0), np.float32)

    @cached_property
    def soft_size(self) -> Floats:
        """|soft|."""
        return np.asarray(np.abs(self.soft), np.float32)

    @cached_property
    def soft_noise_gray(self) -> float:
        """Noise sigma of `soft`, grey levels."""
        return max(1.4826 * _quantile(self.soft_size[self.whole_blocks > 0], 0.5), 0.1)

    @cached_property
    def steepness(self) -> Floats:
        """Steepest slope in and around each block, grey levels per px."""
        slopes = (cv2.Sobel(self.quarter, cv2.CV_32F, *axis, ksize=3, scale=1 / 32) for axis in ((1, 0), (0, 1)))
        return np.asarray(cv2.dilate(cv2.magnitude(*slopes), np.ones((5, 5), np.uint8))[::2, ::2], np.float32)

    def detail_gray(self, piece: Piece) -> float:
        """How far a soft-view piece stands out at quarter resolution, but for its foremost 3 %."""
        x, y, width, height = piece.box
        size = (2 * width, 2 * height)
        mask = cv2.resize(mask_of(piece.contour, piece.box), size, interpolation=cv2.INTER_NEAREST)
        plain = cv2.resize(self.plain[y : y + height, x : x + width], size, interpolation=cv2.INTER_LINEAR)
        detail = np.abs(self.quarter[2 * y : 2 * (y + height), 2 * x : 2 * (x + width)] - plain)[mask > 0]
        return max(_quantile(detail, 0.97), piece.peak)

    def edge_px(self, piece: Piece) -> float:
        """How many px the edge of a soft-view piece takes to rise."""
        slopes = self.steepness[piece.contour[:, 1], piece.contour[:, 0]]
        return self.detail_gray(piece) / max(_quantile(slopes, 0.5), 1e-3)

    @cached_property
    def local(self) -> Mask:
        """The neighbourhood's grey level per block, without large sharp objects."""
        known = (self.whole_blocks > 0).astype(np.float32)
        large = np.zeros(known.shape, np.uint8)
        level = max(2.0, 6 * self.soft_noise_gray)
        for piece in pieces_above(self.soft_size, level, level, None):
            if self.edge_px(piece) < SOFT_EDGE_PX:
                cv2.drawContours(large, [piece.contour], -1, 255, cv2.FILLED)
        known[cv2.dilate(large, np.ones((3, 3), np.uint8)) > 0] = 0
        deviation = cv2.medianBlur(filled(self.soft, known), 5)
        return np.asarray(np.clip(np.round(self.plain + deviation), 0, 255), np.uint8)

    @cached_property
    def noise(self) -> Noise:
        """Noise and texture of the sharp view at full resolution, by grey level."""
        known = self.placement.calibration.noise_gray or 0.0
        return noise_of(self._deviation, self.local, self.within, BLOCK, SMOOTHED * known)

    def noise_gray(self, level_gray: int) -> float:
        """Noise sigma of the sharp view, before it is evened, where the surface has this grey level (0..255)."""
        return float(self.noise.at(level_gray))

    def threshold_gray(self, contrast_gray: float, noise_gray: float, noise_sigmas: float) -> float:
        """What a deviation must exceed, in this picture's grey levels: both knobs, the contrast at this exposure."""
        return max(contrast_gray * self.exposure, noise_sigmas * noise_gray, LEAST_CONTRAST_GRAY)

    @cached_property
    def level_gray(self) -> float:
        """Median grey level of the faces; mid-grey where there is none."""
        step = max(1, self.blocks.shape[0] // 256)
        known = self.local[::step, ::step][self.whole_blocks[::step, ::step] > 0]
        return float(np.median(known)) if known.size else MID_GRAY

    @cached_property
    def exposure(self) -> float:
        """By how much this picture shows a contrast stronger than one whose face has the grey level `reference_gray`.

        Twice the light doubles the face's level, and every contrast on it.
        """
        return self.level_gray / self.reference_gray

    @cached_property
    def _deviation(self) -> Mask:
        return cv2.absdiff(*_with_ground(self.gray, self.local))

    @cached_property
    def sharp(self) -> Mask:
        """|lightly smoothed pixel - neighbourhood|, full resolution: grey levels where the face has its usual level;
        elsewhere brought to the noise there."""
        return evened(self._deviation, self._evening)

    @cached_property
    def _evening(self) -> Floats | None:
        return self.noise.evening(self.local)

    @cached_property
    def sharp_noise_gray(self) -> float:
        """Noise sigma of `sharp`, grey levels."""
        return self.noise.usual_gray

    @cached_property
    def smooth_half(self) -> tuple[Mask, Mask]:
        """The lightly smoothed half resolution, and its neighbourhood's grey level."""
        return _with_ground(self.half, self.local)

    @cached_property
    def smooth_quarter(self) -> tuple[Mask, Mask]:
        """As `smooth_half`, at a quarter of the resolution."""
        return _with_ground(self.quarter, self.local)

    @cached_property
    def sharp_half(self) -> Mask:
        """As `sharp`, at half resolution."""
        return evened(cv2.absdiff(*self.smooth_half), self._evening)

    @cached_property
    def sharp_half_noise_gray(self) -> float:
        """Noise sigma of `sharp_half`, grey levels."""
        return robust_sigma(self.sharp_half, self.within_half)

    @cached_property
    def sharp_quarter(self) -> Mask:
        """As `sharp`, at a quarter of the resolution."""
        return evened(cv2.absdiff(*self.smooth_quarter), self._evening)

    @cached_property
    def sharp_quarter_noise_gray(self) -> float:
        """Noise sigma of `sharp_quarter`, grey levels."""
        return robust_sigma(self.sharp_quarter, self.deep(4))

    def polarity(self, contour: NDArray[np.int32]) -> int:
        """+1 where the contour's pixels are brighter than their neighbourhood, -1 darker, 0 mixed."""
        x, y, width, height = box = box_of(contour)
        step = max(1, int(np.sqrt(width * height / POLARITY_SAMPLE)))
        own = mask_of(contour, box)[::step, ::step] > 0
        rows, columns = np.arange(y, y + height, step), np.arange(x, x + width, step)
        ground = self.local[rows // BLOCK][:, columns // BLOCK]
        deviation = (self.gray[y : y + height : step, x : x + width : step].astype(np.int16) - ground)[own]
        if not deviation.size:
            columns, rows = contour.T
            deviation = self.gray[rows, columns].astype(np.int16) - self.local[rows // BLOCK, columns // BLOCK]
        size = np.abs(deviation)
        strong = 2 * size >= size.max()
        lean = float(deviation[strong].sum()) / max(float(size[strong].sum()), 1.0)
        return 0 if abs(lean) < 0.3 else 1 if lean > 0 else -1


def _median(picture: Mask, side: int) -> Mask:
    """The median of side x side px; a slope goes on beyond the edges."""
    half = min(side // 2, *(length - 1 for length in picture.shape))
    wide = np.pad(picture.astype(np.int16), half, mode="reflect", reflect_type="odd")
    blurred = cv2.medianBlur(np.asarray(np.clip(wide, 0, 255), np.uint8), side)
    return blurred[half : half + picture.shape[0], half : half + picture.shape[1]]


def _quantile(values: Floats, share: float) -> float:
    """As np.quantile, in a fraction of its time for few values."""
    place = share * (values.size - 1)
    low = int(place)
    ranked = np.partition(values, (low, min(low + 1, values.size - 1)))[low : low + 2].tolist()
    return float(ranked[0] + (place - low) * (ranked[-1] - ranked[0]))


def robust_sigma(size: Mask, inside: Mask | None) -> float:
    """Noise sigma of a picture of absolute deviations: 1.4826 x median, between the whole numbers; at least 0.3."""
    step = max(1, size.shape[0] // 256)
    sample = size[::step, ::step]
    kept = sample.ravel() if inside is None else sample[inside[::step, ::step] > 0]
    return sigma_of(np.bincount(kept, minlength=256))


def _smoothed(picture: Mask) -> Mask:
    """By the weights 1 2 1 in both axes; faster so than by GaussianBlur."""
    return cv2.sepFilter2D(picture, cv2.CV_8U, _WEIGHTS, _WEIGHTS)


def _halved(picture: Mask) -> Mask:
    size = (picture.shape[1] // 2, picture.shape[0] // 2)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _with_ground(picture: Mask, local: Mask) -> tuple[Mask, Mask]:
    return _smoothed(picture), _stretched(local, picture)


def _stretched(picture: Mask, like: Mask) -> Mask:
    """The picture per block at the size of `like`; a slope goes on to its very edges."""
    wide = (
        np.pad(picture.astype(np.int16), 1, mode="reflect", reflect_type="odd") if min(picture.shape) > 1 else picture
    )
    scale = like.shape[0] // picture.shape[0]
    margin = scale if wide is not picture else 0
    size = (like.shape[1] + 2 * margin, like.shape[0] + 2 * margin)
    stretched = cv2.resize(np.clip(wide, 0, 255).astype(np.uint8), size, interpolation=cv2.INTER_LINEAR)
    return stretched[margin : size[1] - margin, margin : size[0] - margin]


def sampled(picture: Mask, points: Points) -> Mask:
    """The picture's values at points (..., x y) in px, linear between pixels, the last pixel's beyond the edge."""
    x, y = (np.ascontiguousarray(points[..., axis], np.float32) for axis in (0, 1))
    return cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
