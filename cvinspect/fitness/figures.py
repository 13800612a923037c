"""How a picture is, as figures that can be held against those of good pictures.

Levels are of the whole faces, thinned out; sharpness, texture and noise are of some dozen windows each: of the
strongest edges in and around the faces, and of places evenly over them. Their medians do not see a defect.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from cvinspect.model import Frame, Placement
from cvinspect.pictures import gray8

Floats = NDArray[np.float32]

FIGURES: Mapping[str, str] = MappingProxyType(
    {
        "level_gray": "median grey level on the faces",
        "bright_share": "share of the faces at white (254 and above)",
        "dark_share": "share of the faces at black (1 and below)",
        "contrast_gray": "between the darkest and the brightest twentieth of the faces, 16 px averaged",
        "noise_gray": "rms of what no neighbour shares: the camera's noise, and the finest texture",
        "texture_share": "rms of fine texture that neighbours share, over the level: what focus shows, noise does not",
        "sharpness_per_px": "steepest slope over contrast, of the strongest edges in and around the faces",
        "blue_share": "blue over blue + green + red; of a colour picture",
        "red_share": "red over blue + green + red; of a colour picture",
    }
)
"""Every figure and what it is. One that a picture does not have (colour, edges) is left out."""

WINDOW_PX = 48
WINDOWS = 48
WHITE_GRAY, BLACK_GRAY = 254, 1
AROUND_PX = 12  # beyond the faces: the part's own outline is an edge as well
EDGE_PX = 15  # over which an edge has risen, however blurred
LEAST_EDGE_GRAY, LEAST_EDGE_NOISE = 15.0, 8.0
FEWEST_EDGES = 30
_BLUR_PX = 0.7
_RIM_PX = EDGE_PX // 2 + 3


def figures(frame: Frame, placement: Placement) -> Mapping[str, float]:
    """The figures (`FIGURES`) of the frame's own pixels on the placement's faces; empty where no face is in sight."""
    gray = gray8(frame.pixels)
    inside = faces_mask(placement, frame.size)
    if not inside.any():
        return {}
    small = _quarter(gray)
    near = inside[2::4, 2::4][: small.shape[0], : small.shape[1]]
    found = _levels(frame, gray, inside) | {"contrast_gray": _contrast(small, near)}
    evenly = _cut(gray, _even_places(inside))
    if evenly.size:
        found |= _fine(evenly, found["level_gray"])
    sharp = _sharpness(_cut(gray, _edge_places(small, near)), found.get("noise_gray", 1.0))
    return found | ({} if sharp is None else {"sharpness_per_px": sharp})


def faces_mask(placement: Placement, size: tuple[int, int]) -> NDArray[np.uint8]:
    """255 on the pixels of any face, (H, W)."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    for outline in placement.outlines_px:
        if len(outline) >= 3:
            cv2.fillPoly(mask, [np.round(np.clip(outline, -1e6, 1e6) * 16).astype(np.int32)], 255, shift=4)
    return mask


def _levels(frame: Frame, gray: MatLike, inside: NDArray[np.uint8]) -> dict[str, float]:
    step = max(1, round((gray.size / 400_000) ** 0.5))
    thin = inside[::step, ::step] > 0
    if not thin.any():
        step, thin = 1, inside > 0
    seen = gray[::step, ::step][thin]
    found = {
        "level_gray": float(np.median(seen)),
        "bright_share": float((seen >= WHITE_GRAY).mean()),
        "dark_share": float((seen <= BLACK_GRAY).mean()),
    }
    if frame.pixels.ndim == 3:
        blue, green, red = (float(channel) for channel in frame.pixels[::step, ::step][thin].mean(axis=0))
        total = max(blue + green + red, 1e-9)
        found |= {"blue_share": blue / total, "red_share": red / total}
    return found


def _quarter(gray: MatLike) -> MatLike:
    """Mean of 4 x 4 px; twice halved, which is faster."""
    for _ in range(2):
        if min(gray.shape) >= 2:
            gray = cv2.resize(gray, (gray.shape[1] // 2, gray.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return gray


def _contrast(small: MatLike, near: NDArray[np.uint8]) -> float:
    within = cv2.erode(near, np.ones((3, 3), np.uint8), borderValue=255) > 0
    counts = np.cumsum(np.bincount(small[within] if within.any() else small.ravel(), minlength=256))
    dark, bright = np.searchsorted(counts, counts[-1] * np.array([0.05, 0.95]))
    return float(bright - dark)


def _even_places(inside: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Upper left corners (x, y) of windows that lie wholly on the faces, evenly over them."""
    half = WINDOW_PX // 2
    deep = cv2.erode(inside[::4, ::4], np.ones((half // 2 + 1, half // 2 + 1), np.uint8), borderValue=0)
    deep[: half // 4], deep[-half // 4 :], deep[:, : half // 4], deep[:, -half // 4 :] = 0, 0, 0, 0
    places = np.flatnonzero(deep)
    pick = places[np.unique(np.linspace(0, places.size - 1, WINDOWS).astype(int))] if places.size else places
    return [(int(4 * (i % deep.shape[1]) - half), int(4 * (i // deep.shape[1]) - half)) for i in pick]


def _cut(gray: MatLike, places: list[tuple[int, int]]) -> Floats:
    """(N, 48, 48) windows; those that reach out of the picture are left out."""
    height, width = gray.shape
    kept = [
        gray[y : y + WINDOW_PX, x : x + WINDOW_PX]
        for x, y in places
        if 0 <= x <= width - WINDOW_PX and 0 <= y <= height - WINDOW_PX
    ]
    return np.array(kept, np.float32)


def _fine(windows: Floats, level_gray: float) -> dict[str, float]:
    """Noise and texture by how the second differences of neighbours go together.

    Second differences take slopes out. White noise makes those of neighbours along the other axis independent of each
    other; what they share is the surface's, as the optics show it.
    """
    noises, shared = [], []
    for axis in (1, 2):
        curved = np.diff(windows, 2, axis=axis) / np.float32(6**0.5)
        beside = 3 - axis
        one, other = (np.take(curved, range(a, curved.shape[beside] - 1 + a), axis=beside) for a in (0, 1))
        power, together = (curved**2).mean(axis=(1, 2)), (one * other).mean(axis=(1, 2))
        shared.append(together)
        noises.append(power - np.maximum(together, 0))
    noise = float(np.sqrt(max(np.median(np.mean(noises, axis=0)), 0.0)))
    texture = float(np.sqrt(max(np.median(np.mean(shared, axis=0)), 0.0)))
    return {"noise_gray": noise, "texture_share": texture / max(level_gray, 1.0)}


def _sharpness(windows: Floats, noise_gray: float) -> float | None:
    """Slope over contrast of the strongest edges, 1/px; None where there are too few."""
    if not windows.size:
        return None
    calm = cv2.GaussianBlur(windows.reshape(-1, WINDOW_PX), (0, 0), _BLUR_PX)
    x, y = (cv2.Scharr(calm, cv2.CV_32F, *axis, scale=1 / 32) for axis in ((1, 0), (0, 1)))
    slope, around = cv2.magnitude(x, y), np.ones((EDGE_PX, EDGE_PX), np.uint8)
    rise = cv2.dilate(calm, around) - cv2.erode(calm, around)
    strong = (slope >= cv2.dilate(slope, np.ones((5, 5), np.uint8))) & (
        rise >= max(LEAST_EDGE_GRAY, LEAST_EDGE_NOISE * noise_gray)
    )
    core = np.zeros(windows.shape, bool)  # away from the rims, where one window's neighbour is another one
    core[:, _RIM_PX:-_RIM_PX, _RIM_PX:-_RIM_PX] = True
    strong &= core.reshape(strong.shape)
    if strong.sum() < FEWEST_EDGES:
        return None
    share = slope[strong] / rise[strong]
    return float(np.quantile(share[rise[strong] >= np.quantile(rise[strong], 0.5)], 0.75))


def _edge_places(small: MatLike, near: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Upper left corners of windows around the strongest edges in and near the faces, no two of them overlapping."""
    if min(small.shape) < WINDOW_PX // 4:
        return []
    around = cv2.dilate(near, np.ones((2 * AROUND_PX // 4 + 1, 2 * AROUND_PX // 4 + 1), np.uint8))
    x, y = (cv2.Scharr(small, cv2.CV_32F, *axis) for axis in ((1, 0), (0, 1)))
    steep = np.where(around > 0, cv2.magnitude(x, y), 0.0)
    cell = WINDOW_PX // 4
    rows, columns = (side // cell for side in steep.shape)
    cells = steep[: rows * cell, : columns * cell].reshape(rows, cell, columns, cell).max(axis=(1, 3))
    best = np.argsort(-cells, axis=None)[:WINDOWS]
    return [(int(i % columns) * WINDOW_PX, int(i // columns) * WINDOW_PX) for i in best.tolist()]
