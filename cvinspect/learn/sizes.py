"""What size is still found: rendered defects of known size in good pictures, and the POD fit of what is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.detect import Learned, detect
from cvinspect.detect.components import box_of, mask_of
from cvinspect.detect.detector import Detector
from cvinspect.detect.golden import as_placed, blind
from cvinspect.detect.ground import face_mask
from cvinspect.detect.learned import ground_of
from cvinspect.detect.surface import Surface as PictureSurface
from cvinspect.errors import PictureError
from cvinspect.learn.good import Good
from cvinspect.model import Kind, Region
from cvinspect.pictures import gray8
from cvinspect.score.intervals import rate
from cvinspect.score.pod import Pod, pod
from cvinspect.synth import Camera, Dent, Item, Scene, Scratch, Surface, disk, render, straight

STEPS, EACH = 12, 8  # sizes of a kind, and how many objects of each
AT_ONCE = 6  # objects in one picture
TRIES = 60
ENOUGH = 0.9
PSF_PX = 0.8
LINE_PX = 2.0  # width of the scratches
SIZES_PX = {Kind.FOREIGN_MATTER: (2.0, 24.0), Kind.SCRATCH: (8.0, 160.0), Kind.DENT: (12.0, 120.0)}
LARGEST = 0.4  # of the smaller side of the faces
SHARED, LARGER, LEAST_SIDE_PX = 0.5, 4.0, 3.0  # as `score.matching` counts
_LEVEL_GRAY = 128.0

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """What is found of one kind, of objects of `contrast_gray`: sizes in mm."""

    contrast_gray: float
    tried: int
    found: int
    tried_mm: tuple[float, float]
    a90_mm: float | None
    a90_95_mm: float | None


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """One object: its size, its difference to the picture (h, w), grey levels, at box x, y, w, h."""

    size_px: float
    difference: NDArray[np.float32]
    box: Box

    @property
    def mask(self) -> NDArray[np.uint8]:
        """255 where it stands out by half of its contrast."""
        size = np.abs(self.difference)
        return np.asarray(np.where(size > size.max() / 2, 255, 0), np.uint8)


def sizes_of(
    goods: Sequence[Good],
    detectors: Mapping[Kind, Detector],
    learned: Learned,
    contrast_gray: float,
    tell: Callable[[], None] = lambda: None,
) -> dict[Kind, Found]:
    """Per kind that is asked: from which size on it is found. tell: called after each picture."""
    return {
        kind: _found(kind, goods, detectors, learned, contrast_gray, tell) for kind in SIZES_PX if kind in detectors
    }


def _found(
    kind: Kind,
    goods: Sequence[Good],
    detectors: Mapping[Kind, Detector],
    learned: Learned,
    contrast_gray: float,
    tell: Callable[[], None],
) -> Found:
    random = np.random.default_rng(7)
    largest = LARGEST * min(_extent(good) for good in goods)
    low, high = SIZES_PX[kind]
    sizes = np.geomspace(low, max(min(high, largest), 2 * low), STEPS)
    waiting = list(random.permutation(np.repeat(sizes, EACH)))
    tried: list[tuple[float, bool]] = []
    turn = 0
    while waiting and turn < 4 * len(sizes) * EACH:
        good = goods[int(random.integers(len(goods)))]
        draw = partial(_drawn, kind, contrast_gray=contrast_gray, random=random)
        objects = list(_placed(good, [waiting.pop() for _ in range(min(AT_ONCE, len(waiting)))], draw, random, learned))
        tried += [(size, hit) for size, hit in _hits(good, objects, detectors, learned)]
        turn += 1
        tell()
    scale = goods[0].placement.mm_per_px
    fit = pod([size for size, _ in tried], [hit for _, hit in tried])
    a90, bound = (fit.a90, fit.a90_95) if isinstance(fit, Pod) else _without_curve(tried)
    return Found(
        contrast_gray,
        len(tried),
        sum(hit for _, hit in tried),
        (float(sizes[0]) * scale, float(sizes[-1]) * scale),
        None if a90 is None else a90 * scale,
        None if bound is None else bound * scale,
    )


def _without_curve(tried: Sequence[tuple[float, bool]]) -> tuple[float | None, float | None]:
    """Where no curve stands (all found, or as many of each size): from where on 90 of 100 are found, and surely."""
    sizes = sorted({size for size, _ in tried})
    told = [(size, rate(*_counted(tried, size))) for size in sizes]
    a90 = next((size for size, share in told if (share.rate or 0.0) >= ENOUGH), None)
    return a90, next((size for size, share in told if (share.low or 0.0) >= ENOUGH), None)


def _counted(tried: Sequence[tuple[float, bool]], least: float) -> tuple[int, int]:
    """How many of that size and above are found, of how many."""
    hits = [hit for size, hit in tried if size >= least]
    return sum(hits), len(hits)


def _extent(good: Good) -> float:
    """The smaller side of the faces together, px."""
    points = np.concatenate(good.placement.outlines_px)
    inside = np.clip(points, 0, np.array(good.frame.size) - 1)
    return float(np.ptp(inside, axis=0).min())


def _placed(
    good: Good,
    sizes: Sequence[float],
    draw: Callable[[float], _Drawn],
    random: np.random.Generator,
    learned: Learned,
) -> Iterator[_Drawn]:
    """Objects on the faces where something can be told, none near another; one that finds no place is left out."""
    width, height = good.frame.size
    mask = face_mask(good.placement, good.frame.size)
    taken = np.zeros((height, width), bool)
    around = ground_of(PictureSurface(good.frame, good.placement), None, learned.backdrop) if learned.backdrop else None
    if around is not None and around.inside is not None:
        taken |= around.inside == 0
    if learned.golden is not None:
        taken |= as_placed(np.asarray(blind(learned.golden), np.float32), good.placement) > 0
    for size in sizes:
        drawn = draw(size)
        wide, high = drawn.box[2:]
        for _ in range(TRIES if wide < width and high < height else 0):
            x, y = int(random.integers(width - wide)), int(random.integers(height - high))
            window = slice(y, y + high), slice(x, x + wide)
            if not taken[window].any() and (mask is None or mask[window].min() > 0):
                taken[window] = True
                yield replace(drawn, box=(x, y, wide, high))
                break


def _drawn(kind: Kind, size_px: float, *, contrast_gray: float, random: np.random.Generator) -> _Drawn:
    """An object alone, in a window with room around it."""
    side = int(np.ceil(size_px)) + 17
    middle = (side - 1) / 2 + random.uniform(-0.5, 0.5, 2)
    center = (float(middle[0]), float(middle[1]))
    sign = -1.0 if random.random() < 0.5 else 1.0
    item: Item
    if kind is Kind.SCRATCH:
        points = straight(center, size_px, min(LINE_PX, size_px / 3), float(random.uniform(0, 180)))
        item = Scratch(points_mm=points, width_mm=LINE_PX, contrast_gray=sign * contrast_gray)
    elif kind is Kind.DENT:
        item = Dent(center_mm=center, diameter_mm=size_px, contrast_gray=contrast_gray)
    else:
        item = disk(center, size_px, sign * contrast_gray)
    camera = Camera(psf_sigma_px=PSF_PX, noise_gray=0.0, bits=16)
    scene = Scene(
        size_px=(side, side), mm_per_px=1.0, surface=Surface(level_gray=_LEVEL_GRAY), objects=(item,), camera=camera
    )
    difference = render(scene).astype(np.float32) / 256 - _LEVEL_GRAY
    return _Drawn(size_px, np.asarray(difference, np.float32), (0, 0, side, side))


def _hits(
    good: Good, objects: Sequence[_Drawn], detectors: Mapping[Kind, Detector], learned: Learned
) -> Iterator[tuple[float, bool]]:
    picture = gray8(good.frame.pixels).astype(np.float32)
    for one in objects:
        x, y, width, height = one.box
        picture[y : y + height, x : x + width] += one.difference
    pixels = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    try:
        regions = detect(replace(good.frame, pixels=pixels), good.placement, detectors, learned)
    except PictureError:
        regions = ()
    boxes = [box_of(region.contour_px) for region in regions]
    for one in objects:
        yield one.size_px, any(_is_on(region, box, one) for region, box in zip(regions, boxes, strict=True))


def _is_on(region: Region, box: Box, drawn: _Drawn) -> bool:
    """They share at least half of the smaller one's pixels, and the finding's box is at most four times as large."""
    own = drawn.mask
    x, y, width, height = cv2.boundingRect(own)
    if _area(box) > LARGER * _area((x, y, width, height)):
        return False
    both = cv2.bitwise_and(mask_of(region.contour_px, drawn.box), own)
    smaller = min(np.count_nonzero(mask_of(region.contour_px, box)), np.count_nonzero(own))
    return int(np.count_nonzero(both)) >= SHARED * int(smaller)


def _area(box: Sequence[int]) -> float:
    return max(box[2], LEAST_SIDE_PX) * max(box[3], LEAST_SIDE_PX)
