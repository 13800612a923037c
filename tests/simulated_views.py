"""Points of targets as a known camera would see them: the truth that solving is held against."""

from dataclasses import replace

import numpy as np

from cvinspect.calibration.solve import View
from cvinspect.calibration.target import parse_target
from cvinspect.synth.board import camera_projection

SIZE = (2448, 2048)
DISTANCE_MM = 362.3
DOTS, CHARUCO = parse_target("dots:23x19:5:2.5"), parse_target("charuco:24x20:5:3.5:DICT_4X4_250")
SMALL = parse_target("dots:11x9:10:2.5")
TILTS = ((20, 0, 5), (-18, 12, 40), (5, -22, -30), (15, 15, 90))


def inside(points_px, margin=5):
    return ((points_px > margin) & (points_px < np.array(SIZE) - 1 - margin)).all(axis=1)


def seen(rng, sigma_px, *, target=DOTS, name="view", tilt=(0, 0, 0), **camera):
    """A view of what lies in the frame, with noise, and the projection that made it."""
    points = target.points_mm
    look = {"looks_at_mm": tuple(points.mean(axis=0)), "distance_mm": DISTANCE_MM} | camera
    angles = dict(zip(("tilt_x_deg", "tilt_y_deg", "roll_deg"), tilt, strict=True))
    projection = camera_projection(**angles, **look)
    places = projection.to_px(points)
    in_frame = inside(places)
    noisy = places[in_frame] + rng.normal(0, sigma_px, (in_frame.sum(), 2))
    return View(name, noisy, points[in_frame]), projection


def shots(rng, sigma_px, count, *, tilt=(0, 0, 0), **rest):
    """A plane view, `count` tilted ones, and the plane view's projection."""
    plane, projection = seen(rng, sigma_px, name="plane", tilt=tilt, **rest)
    return [
        plane,
        *(seen(rng, sigma_px, name=f"tilted {i}", tilt=TILTS[i], **rest)[0] for i in range(count)),
    ], projection


def field_px(projection, target=DOTS, step_mm=2.0):
    """(N, 2) px where a dense grid over the target is seen in the frame."""
    low, high = target.points_mm.min(axis=0), target.points_mm.max(axis=0)
    x, y = (np.arange(low[axis], high[axis] + 0.1, step_mm) for axis in (0, 1))
    points = projection.to_px(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
    return points[inside(points, 0)]


def map_error_px(solution, projection, target=DOTS):
    """(N,) how far off the solution puts the field's places, in px."""
    points = field_px(projection, target)
    found = solution.to_board_mm(solution.projection.to_mm(points))
    return np.hypot(*(projection.to_px(found) - points).T)


def lifted(projection, height_mm):
    """The same camera over the plane that lies height_mm nearer."""
    rays = np.linalg.inv(np.reshape(projection.plane, (3, 3)))
    rays /= np.linalg.norm(rays[:, 0])
    rays[:, 2] -= height_mm * np.cross(rays[:, 0], rays[:, 1])
    return replace(projection, plane=tuple(np.linalg.inv(rays).ravel()))


def length_ratio(projection, truth, points_px, angles):
    """(N,) by how much lengths at points, along angles in the picture, come out too long (relative)."""
    step = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    ours, true = (
        np.hypot(*(one.to_mm(points_px + step) - one.to_mm(points_px - step)).T) for one in (projection, truth)
    )
    return ours / true - 1
