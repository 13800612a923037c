"""A calibrated plane to test with: a tilted camera with distortion, as `cvinspect calibrate` would write it."""

from datetime import UTC, datetime, timedelta

import numpy as np

from cvinspect.calibration.file import not_one_to_one
from cvinspect.calibration.store import sealed
from cvinspect.projection import Projection

SIZE = (640, 480)
FOCAL, CENTER, DISTORTION = (1800.0, 1802.0), (322.0, 236.0), (-0.15, 0.1, 1e-4, -2e-4, 0.0)
PLANE = (90.0, 1.0, 16.0, -0.8, 91.0, 12.0, 0.05, -0.02, 1.0)
MADE = datetime(2026, 5, 1, 12, tzinfo=UTC)

assert not_one_to_one(Projection(FOCAL, CENTER, DISTORTION, PLANE), SIZE) == ""


def plane_data(**changes):
    """The file's content as plain data; `changes` replaces values at the top or of the model."""
    nodes = {"columns": 3, "rows": 2}
    data = {
        "schema": "cvinspect-calibration/1",
        "camera": "相机",
        "size_px": list(SIZE),
        "model": {
            "type": "plane",
            "focal_px": list(FOCAL),
            "center_px": list(CENTER),
            "distortion": list(DISTORTION),
            "ray_to_mm": list(PLANE),
            "u_scale": {**nodes, "values": [0.004, 0.002, 0.004, 0.004, 0.002, 0.006]},
            "u_place_mm": {**nodes, "values": [0.01] * 6},
        },
        "psf_sigma_px": 0.8,
        "u_psf_sigma_px": 0.02,
        "noise_gray": 1.5,
        "noise_variance": [1.0, 0.01],
        "made_from": {
            "target": "chess:9x6:4",
            "print_scale": 1.0,
            "u_print_scale": 0.001,
            "u_print_is_assumed": False,
            "pictures": 5,
            "points": 270,
            "rms_px": 0.05,
            "alone": False,
            "height_mm": 0.0,
            "u_height_mm": 0.1,
            "u_height_is_assumed": True,
            "distance_mm": 200.0,
            "distance_is_assumed": False,
            "covered_px": [[200.0, 100.0], [500.0, 110.0], [480.0, 400.0], [210.0, 390.0]],
        },
        "made_at": MADE.isoformat(),
        "made_by": "QA",
        "valid_until": (MADE + timedelta(days=365)).isoformat(),
    }
    for key, value in changes.items():
        place = next((part for part in (data["model"], data["made_from"]) if key in part), data)
        place[key] = value
    return data


def plane_file(**changes):
    """The same as a calibration file, sealed."""
    return sealed(plane_data(**changes))


def grid(size=SIZE, columns=13, rows=9):
    """Points spread over a frame, its corners included."""
    return np.stack(np.meshgrid(np.linspace(0, size[0] - 1, columns), np.linspace(0, size[1] - 1, rows)), -1).reshape(
        -1, 2
    )
