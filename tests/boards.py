"""Rendered pictures of targets by one camera, in a folder."""

from contextlib import contextmanager
from functools import cache

import pytest

from cvinspect.calibration import views
from cvinspect.calibration.target import parse_target
from cvinspect.pictures import encode_png
from cvinspect.synth.board import camera_projection, render_board

CHESS, CHARUCO, DOTS = "chess:9x7:4", "charuco:9x7:5:3.75:DICT_4X4_50", "dots:10x8:4:2"
SIZE = (480, 400)
CAMERA = {"focal_px": 1500.0, "center_px": (243.1, 197.3), "distortion": (-0.15, 0.1, 1e-4, -2e-4, 0.0)}
DISTANCE_MM = 140.0
PLANE = {"tilt_x_deg": 0.8, "tilt_y_deg": -0.5, "roll_deg": 2.0}
TILTED = (
    {"tilt_x_deg": 24.0, "tilt_y_deg": 6.0, "roll_deg": 8.0, "distance_mm": 155.0},
    {"tilt_x_deg": -20.0, "tilt_y_deg": 14.0, "roll_deg": 180.0, "distance_mm": 155.0},  # upside down
    {"tilt_x_deg": 4.0, "tilt_y_deg": -26.0, "roll_deg": -5.0, "distance_mm": 150.0},
    {"tilt_x_deg": -14.0, "tilt_y_deg": -18.0, "roll_deg": 90.0, "distance_mm": 175.0},
)


def camera(word=CHESS, **pose):
    """The camera before a target, looking at its middle."""
    middle = parse_target(word).points_mm.mean(axis=0)
    return camera_projection(**{**CAMERA, "distance_mm": DISTANCE_MM, "looks_at_mm": tuple(middle), **pose})


def picture(word=CHESS, stretch=1.0, size=SIZE, **more):
    """The pixels of one picture: `stretch` = how large the target was printed; `more`: pose and rendering."""
    return _rendered(word, stretch, size, tuple(sorted(more.items())))


@cache
def _rendered(word, stretch, size, more):
    target, told = parse_target(word), dict(more)
    rendering = {name: told.pop(name) for name in ("psf_sigma_px", "noise_gray", "white_gray", "seed") if name in told}
    pose = {"looks_at_mm": tuple(target.points_mm.mean(axis=0) * stretch), **told}
    rendering = {"psf_sigma_px": 0.8, "noise_gray": 1.5, **rendering}
    pixels = render_board(
        target.polygons_mm() * stretch, target.disks_mm() * stretch, camera(word, **pose), size, **rendering
    )
    pixels.setflags(write=False)
    return pixels


def write(path, pixels):
    """Writes a picture, its folders too; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_png(pixels))
    return path


def session(folder, word=CHESS, views=TILTED[:3], **more):
    """A picture of the part's plane (first) and tilted ones; returns their paths."""
    names = ["平面.png", *(f"view{number}.png" for number in range(len(views)))]
    poses = [PLANE, *views]
    return [write(folder / name, picture(word, **pose, **more)) for name, pose in zip(names, poses, strict=True)]


@contextmanager
def seen_once():
    """The same pixels are found and looked at once in all tests of a run: that is most of what a calibration costs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("find_target", "look"):
            patch.setattr(views, name, _remembered(getattr(views, name)))
        yield


_KNOWN = {}


def _remembered(function):
    def again(gray, target, *more):
        key = (function.__name__, gray.tobytes(), gray.shape, target, *(found.points_px.tobytes() for found in more))
        if key not in _KNOWN:
            _KNOWN[key] = function(gray, target, *more)
        return _KNOWN[key]

    return again
