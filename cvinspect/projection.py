"""How a camera sees a plane, and how a part lies on it: the geometry of the road. Imports numpy and stdlib only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_NEWTON_ROUNDS, _NEWTON_ENOUGH = 12, 1e-9


@dataclass(frozen=True, slots=True)
class Projection:
    """How a camera sees a plane: px -> undistorted ray (Brown's lens model) -> mm on the plane.

    focal_px (fx, fy) and center_px (cx, cy) are the camera's; distortion is (k1, k2, p1, p2, k3) as OpenCV names them;
    plane holds the nine numbers, row by row, of the homography from a ray (x, y, 1) to the plane's mm. Of a single
    view focal_px is only a unit for the rays, and center_px the centre of the distortion.
    """

    focal_px: tuple[float, float]
    center_px: tuple[float, float]
    distortion: tuple[float, float, float, float, float]
    plane: tuple[float, float, float, float, float, float, float, float, float]

    def to_mm(self, points_px: Points) -> Points:
        """Points (N, 2) in px to points (N, 2) in mm."""
        seen = (np.asarray(points_px, dtype=np.float64) - self.center_px) / self.focal_px
        return _projected(self._undistorted(seen), np.reshape(self.plane, (3, 3)))

    def to_px(self, points_mm: Points) -> Points:
        """Points (N, 2) in mm to points (N, 2) in px."""
        rays = _projected(np.asarray(points_mm, dtype=np.float64), np.linalg.inv(np.reshape(self.plane, (3, 3))))
        x, y = self._distorted(rays[:, 0], rays[:, 1])
        return np.stack([x, y], axis=1) * self.focal_px + self.center_px

    def _distorted(self, x: Points, y: Points) -> tuple[Points, Points]:
        k1, k2, p1, p2, k3 = self.distortion
        r2, xy = x * x + y * y, x * y
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        return x * radial + 2 * p1 * xy + p2 * (r2 + 2 * x * x), y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * xy

    def _undistorted(self, seen: Points) -> Points:
        """Newton's iteration from the distorted ray; it converges in three or four rounds where the lens is sane."""
        k1, k2, p1, p2, k3 = self.distortion
        goal_x, goal_y = np.ascontiguousarray(seen[:, 0]), np.ascontiguousarray(seen[:, 1])
        x, y = goal_x.copy(), goal_y.copy()
        for _ in range(_NEWTON_ROUNDS):
            r2 = x * x + y * y
            radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
            slope = 2 * (k1 + r2 * (2 * k2 + r2 * 3 * k3))
            cross = slope * x * y + 2 * (p1 * x + p2 * y)
            down_x = radial + slope * x * x + 2 * p1 * y + 6 * p2 * x
            down_y = radial + slope * y * y + 6 * p1 * y + 2 * p2 * x
            off_x = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x) - goal_x
            off_y = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y - goal_y
            scale = 1 / (down_x * down_y - cross * cross)
            step_x, step_y = (down_y * off_x - cross * off_y) * scale, (down_x * off_y - cross * off_x) * scale
            x -= step_x
            y -= step_y
            if max(np.abs(step_x).max(initial=0.0), np.abs(step_y).max(initial=0.0)) < _NEWTON_ENOUGH:
                break
        return np.stack([x, y], axis=1)


def _projected(points: Points, matrix: Points) -> Points:
    mapped = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(mapped[:, :2] / mapped[:, 2:])


@dataclass(frozen=True, slots=True)
class ScaleField:
    """The relative standard uncertainty of the local scale: columns x rows nodes spread evenly over the frame, from
    its first pixel's centre to its last one's, row by row.
    """

    columns: int
    rows: int
    u_scale: tuple[float, ...]

    def at(self, points_px: Points, size: tuple[int, int]) -> NDArray[np.float64]:
        """(N,) at points (N, 2) in px of a frame of `size`, bilinear; beyond the frame the border's value."""
        nodes = np.reshape(self.u_scale, (self.rows, self.columns))
        steps = np.array([self.columns - 1, self.rows - 1])
        place = np.clip(np.asarray(points_px) / (np.array(size) - 1) * steps, 0, steps)
        low = np.minimum(place.astype(int), steps - 1)
        (right, down), (x, y) = (place - low).T, low.T
        upper = nodes[y, x] * (1 - right) + nodes[y, x + 1] * right
        lower = nodes[y + 1, x] * (1 - right) + nodes[y + 1, x + 1] * right
        return np.asarray(upper * (1 - down) + lower * down)


@lru_cache(maxsize=64)
def coarsest_mm_per_px(projection: Projection, size: tuple[int, int]) -> float:
    """The largest mm per px anywhere in a frame of `size` (width, height), in any direction."""
    x, y = (np.linspace(0, side - 1, 9) for side in size)
    nodes = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    over = np.stack([projection.to_mm(nodes + step) for step in ([0.5, 0.0], [0.0, 0.5])], axis=2)
    under = np.stack([projection.to_mm(nodes - step) for step in ([0.5, 0.0], [0.0, 0.5])], axis=2)
    return float(np.linalg.svd(over - under, compute_uv=False).max())


@dataclass(frozen=True, slots=True)
class Pose:
    """How a part lies on the calibrated plane: part mm, turned about `about_mm`, scaled and shifted, are plane mm.

    turn_deg turns from x towards y. shift_mm is how far the place `about_mm` of the part lies from where the recipe
    draws it. scale is what the picture shows over what the recipe states; it places, and never measures. The u_ are
    standard uncertainties: of the shift along the worse direction, and of the turn. misfit_mm: rms distance of what
    was seen of the part from where the pose says it is.
    """

    turn_deg: float = 0.0
    shift_mm: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0
    about_mm: tuple[float, float] = (0.0, 0.0)
    u_shift_mm: float = 0.0
    u_turn_deg: float = 0.0
    misfit_mm: float = 0.0

    def to_plane(self, points_mm: Points) -> Points:
        """Part mm (N, 2) to the calibrated plane's mm (N, 2)."""
        points = np.asarray(points_mm, np.float64) - self.about_mm
        return points @ (self.scale * self._rotation().T) + self.about_mm + self.shift_mm

    def to_part(self, points_mm: Points) -> Points:
        """The calibrated plane's mm (N, 2) to part mm (N, 2)."""
        points = np.asarray(points_mm, np.float64) - self.about_mm - self.shift_mm
        return points @ (self._rotation() / self.scale) + self.about_mm

    def _rotation(self) -> NDArray[np.float64]:
        turn = np.radians(self.turn_deg)
        return np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])


AS_DRAWN = Pose()
"""The pose of a part in a fixture: its mm are the calibration's."""
