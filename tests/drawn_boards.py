"""Rendered targets and where their points truly are: for the tests of the calibration room."""

from functools import cache

import numpy as np

from cvinspect.calibration.target import parse_target
from cvinspect.synth import camera_projection, render_board

SIZE = (640, 480)
WORDS = {
    "chess": "chess:9x6:10",
    "charuco": "charuco:9x7:10:7:DICT_4X4_50",
    "dots": "dots:10x7:10:5",
    "dots-hex": "dots-hex:10x8:10:6",
    "dots-asym": "dots-asym:6x11:7:6",
    "squares": "squares:7x5:8:6",
}
LENS = {"focal_px": 1300.0, "center_px": (323.0, 236.0), "distortion": (-0.2, 0.1, 1e-3, -1e-3, 0.0)}


def camera(target, tilt_deg=0.0, **changes):
    """A camera that sees the target whole."""
    points = target.points_mm
    usual = {"roll_deg": 8.0, "looks_at_mm": tuple(points.mean(axis=0)), "distance_mm": 3.3 * np.ptp(points[:, 0])}
    tilts = {"tilt_x_deg": 0.8 * tilt_deg, "tilt_y_deg": -0.6 * tilt_deg}
    return camera_projection(**{**LENS, **usual, **tilts, **changes})


def drawn(target, projection, size=SIZE, **options):
    """(H, W) of the target."""
    usual = {"margin_mm": target.pitch_mm, "black_gray": 30.0, "white_gray": 200.0}
    return render_board(target.polygons_mm(), target.disks_mm(), projection, size, **{**usual, **options})


@cache
def seen(word, tilt_deg=0.0, roll_deg=8.0, size=SIZE, **options):
    """The target, its picture (read-only), and where its points are seen (N, 2) px."""
    target = parse_target(word)
    projection = camera(target, tilt_deg, roll_deg=roll_deg)
    picture = drawn(target, projection, size, **options)
    picture.setflags(write=False)
    return target, picture, truth(target, projection)


def truth(target, projection):
    """(N, 2) px of corners, or of the centroids of the imaged disks."""
    if not target.pattern.is_dots:
        return projection.to_px(target.points_mm)
    turn = 2 * np.pi * np.arange(256) / 256
    rims = target.disks_mm()[:, None, 2:] / 2 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    outlines = projection.to_px((target.points_mm[:, None] + rims).reshape(-1, 2)).reshape(-1, 256, 2)
    ahead = np.roll(outlines, -1, axis=1)
    cross = outlines[..., 0] * ahead[..., 1] - ahead[..., 0] * outlines[..., 1]
    return ((outlines + ahead) * cross[..., None]).sum(axis=1) / 3 / cross.sum(axis=1)[:, None]
