"""How undisturbed surfaces look: light and texture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.synth.scene import Scene, Surface

Array = NDArray[np.float64]

FLAT = Surface(level_gray=128.0)
DARK_MAT = Surface(level_gray=34.0, gradient_gray=(2.0, -3.0), grain_gray=1.2, grain_mm=0.08)
TEXTURED_ABS = Surface(
    level_gray=152.0,
    gradient_gray=(-7.0, -9.0),
    sheen_gray=8.0,
    grain_gray=2.6,
    grain_mm=0.045,
    embossed=True,
)
GLOSSY_BLACK = Surface(level_gray=33.0, gradient_gray=(-3.0, -5.0), sheen_gray=26.0, sheen_reach=0.55, grain_gray=0.3)
CLEAR_LENS = Surface(level_gray=196.0, gradient_gray=(4.0, -4.0), grain_gray=0.3, grain_mm=0.1)
BRUSHED_METAL = Surface(
    level_gray=146.0, gradient_gray=(6.0, -10.0), sheen_gray=10.0, grain_gray=2.4, grain_mm=0.03, lay_mm=5.0
)


def light(surface: Surface, size_px: tuple[int, int]) -> Array:
    """The surface's grey level (H, W) without its texture."""
    width, height = size_px
    x, y = np.arange(width)[None, :] / max(width - 1, 1), np.arange(height)[:, None] / max(height - 1, 1)
    gray = surface.level_gray + surface.gradient_gray[0] * (2 * x - 1) + surface.gradient_gray[1] * (2 * y - 1)
    if surface.sheen_gray:
        reach = surface.sheen_reach * np.hypot(width, height)
        away2 = ((x - surface.sheen_at[0]) * width) ** 2 + ((y - surface.sheen_at[1]) * height) ** 2
        gray = gray + surface.sheen_gray / (1 + away2 / reach**2)
    return np.asarray(gray)


def texture(surface: Surface, size_px: tuple[int, int], mm_per_px: float, rng: np.random.Generator) -> Array:
    """The surface's texture (H, W), mean about 0, rms grain_gray, as the camera sees it (no blur is added)."""
    width, height = size_px
    if not surface.grain_gray:
        return np.zeros((height, width))
    noise = rng.standard_normal((height + 1, width + 1))
    grain = _blurred(noise, surface, surface.grain_mm / mm_per_px, mm_per_px)
    grain = grain[1:, 1:] - grain[:-1, :-1] if surface.embossed else grain[1:, 1:]
    return np.asarray(grain * (surface.grain_gray / max(float(grain.std()), 1e-12)))


def _blurred(noise: Array, surface: Surface, sigma_px: float, mm_per_px: float) -> Array:
    if not surface.lay_mm:
        return np.asarray(cv2.GaussianBlur(noise, (0, 0), max(sigma_px, 0.1)), np.float64)
    along = 2 * int(surface.lay_mm / mm_per_px / 2) + 1
    # two boxes make a triangle: marks that begin and end softly
    marks = cv2.blur(cv2.blur(noise, (along, 1)), (along, 1))
    return np.asarray(cv2.GaussianBlur(marks, (0, 0), sigmaX=0.1, sigmaY=max(sigma_px, 0.1)), np.float64)


def light_share(scene: Scene, x_px: Array, y_px: Array) -> Array:
    """The share of light that reaches a place in the frame: 1 in the middle, 1 - vignetting in the corners."""
    width, height = scene.size_px
    away2 = (x_px - (width - 1) / 2) ** 2 + (y_px - (height - 1) / 2) ** 2
    return np.asarray(1 - scene.camera.vignetting * away2 / (max((width - 1) ** 2 + (height - 1) ** 2, 1) / 4))
