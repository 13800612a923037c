"""Plain surfaces with objects of known size, rendered for the tests of detect and measure."""

from __future__ import annotations

from datetime import UTC, datetime

import cv2
import numpy as np

from cvinspect.model import Calibration, Face, Frame, Placement

LEVEL, PSF_PX, NOISE_GRAY = 140.0, 0.8, 2.0
SIZE = (331, 274)
CENTER = (160.3, 131.7)
MM_PER_PX = 0.05
SUPER = 12


def covered(size, inside):
    """Share of each pixel (H, W) that `inside(x, y)` covers, by SUPER x SUPER samples."""
    width, height = size
    x, y = ((np.arange(n * SUPER) + 0.5) / SUPER - 0.5 for n in size)
    rows = [inside(x[None], y[r : r + SUPER, None]) for r in range(0, height * SUPER, SUPER)]
    return np.stack([row.reshape(SUPER, width, SUPER).mean(axis=(0, 2)) for row in rows])


def disk(diameter, center=CENTER):
    return lambda x, y: (x - center[0]) ** 2 + (y - center[1]) ** 2 <= diameter**2 / 4


def bar(length, width, degrees=23.0, center=CENTER):
    u, v = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))

    def inside(x, y):
        along, across = (x - center[0]) * u + (y - center[1]) * v, (y - center[1]) * u - (x - center[0]) * v
        return (np.abs(along) <= length / 2) & (np.abs(across) <= width / 2)

    return inside


def arc(radius, span_deg, width, start_deg=17.0, center=CENTER):
    def inside(x, y):
        turn = (np.degrees(np.arctan2(y - center[1], x - center[0])) - start_deg) % 360
        return (np.abs(np.hypot(x - center[0], y - center[1]) - radius) <= width / 2) & (turn <= span_deg)

    return inside


def dent(sigma, center=CENTER):
    """A soft one, not sampled: its height (0..1) at the pixel's centre."""
    return lambda x, y: np.exp(-((x - center[0]) ** 2 + (y - center[1]) ** 2) / 2 / sigma**2)


def rendered(*objects, size=SIZE, seed=1, noise=NOISE_GRAY, level=LEVEL, shade=0.0):
    """A uint8 frame with (shape, contrast) objects, optics' blur, noise, and a corner darkened by `shade`."""
    width, height = size
    x, y = np.arange(width)[None], np.arange(height)[:, None]
    picture = level - shade * ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) * 2
    for shape, contrast in objects:
        picture = picture + contrast * covered(size, shape)
    picture = cv2.GaussianBlur(picture, (0, 0), PSF_PX)
    picture = picture + np.random.default_rng(seed).normal(0, noise, picture.shape) if noise else picture
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)


def calibration(size=SIZE, psf_sigma_px=PSF_PX, u_scale=0.0, **more):
    made = datetime(2026, 1, 1, tzinfo=UTC)
    return Calibration(MM_PER_PX, u_scale, size, made, made.replace(year=2027), psf_sigma_px=psf_sigma_px, **more)


def placement(size=SIZE, outlines=None, **calibrated):
    """The whole frame as the face `front`, or faces `face1`, `face2` ... of the given outlines in px."""
    width, height = size
    whole = [[(-0.5, -0.5), (width - 0.5, -0.5), (width - 0.5, height - 0.5), (-0.5, height - 0.5)]]
    names = ["front"] if outlines is None else [f"face{i + 1}" for i in range(len(outlines))]
    faces = tuple(Face(name, "A") for name in names)
    return Placement(calibration(size, **calibrated), faces, tuple(np.array(o, float) for o in outlines or whole))


def framed(pixels):
    pixels = pixels.copy()
    pixels.setflags(write=False)
    return Frame(pixels)
