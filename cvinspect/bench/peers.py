"""What others measure on the same pixels: scikit-image `regionprops`, OpenCV `contourArea`, `minAreaRect`, `arcLength`.

Their mask is fair: it holds the pixels that deviate from the surface's true level by more than half of what such an
object's middle truly stands out behind the blur (and by three noise sigmas); on a real picture they would have to guess
all of that. Of several pieces the largest counts. Sizes in px, as the libraries give them.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.measure import label, regionprops

from cvinspect.bench.sheet import LEVEL_GRAY, Sheet

Array = NDArray[np.float64]

LEAST_SIGMAS = 3.0
SKIMAGE = {
    "skimage area": ("area", "area"),
    "skimage equivalent diameter": ("diameter", "equivalent_diameter_area"),
    "skimage axis_major_length": ("length", "axis_major_length"),
    "skimage axis_minor_length": ("width", "axis_minor_length"),
    "skimage feret_diameter_max": ("max_dimension", "feret_diameter_max"),
}
OPENCV = {
    "cv2 contourArea": "area",
    "cv2 contourArea diameter": "diameter",
    "cv2 minAreaRect long": "length",
    "cv2 arcLength / 2": "length",
    "cv2 minAreaRect short": "width",
}
QUANTITY = {name: quantity for name, (quantity, _) in SKIMAGE.items()} | OPENCV


def measured_by_peers(sheet: Sheet, noise_gray: float) -> dict[str, Array]:
    """Per peer (N,) what it says of each object; NaN where its mask shows nothing."""
    mask = fair_mask(sheet, noise_gray)
    found = {name: np.full(len(sheet.shapes), np.nan) for name in QUANTITY}
    _skimage(mask, sheet, found)
    _opencv(mask, sheet, found)
    return found


def fair_mask(sheet: Sheet, noise_gray: float) -> NDArray[np.bool_]:
    """True where a pixel belongs to an object."""
    level = max(sheet.peak_gray / 2, LEAST_SIGMAS * noise_gray)
    return np.asarray(np.abs(sheet.frame.pixels.astype(np.float32) - LEVEL_GRAY) > level)


def _skimage(mask: NDArray[np.bool_], sheet: Sheet, found: dict[str, Array]) -> None:
    area = np.zeros(len(sheet.shapes))
    for props in regionprops(label(mask)):  # type: ignore[no-untyped-call]
        y, x = props.centroid
        index = sheet.place_of(float(x), float(y))
        if index < 0 or props.area <= area[index]:
            continue
        area[index] = props.area
        for name, (_, attribute) in SKIMAGE.items():
            found[name][index] = getattr(props, attribute)


def _opencv(mask: NDArray[np.bool_], sheet: Sheet, found: dict[str, Array]) -> None:
    points = np.zeros(len(sheet.shapes))
    for contour in cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]:
        x, y, width, height = cv2.boundingRect(contour)
        index = sheet.place_of(x + (width - 1) / 2, y + (height - 1) / 2)
        if index < 0 or len(contour) <= points[index]:
            continue
        points[index] = len(contour)
        area = cv2.contourArea(contour)
        short, long = sorted(cv2.minAreaRect(contour)[1])
        sizes = (area, math.sqrt(4 * area / math.pi), long, cv2.arcLength(contour, True) / 2, short)
        for name, size in zip(OPENCV, sizes, strict=True):
            found[name][index] = size
