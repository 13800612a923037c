"""The part's plane: how a pixel becomes a millimetre on it, and which way its axes point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvinspect.calibration.solve.bundle import LENS, Matrix, Vector, plane_matrix
from cvinspect.projection import Points, Projection


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """The plane view alone: its lens and block, the target's unit, and how high the part's plane lies above it.

    zoom: the focal length over the lens' own (1 where a pose is known; elsewhere it is only needed for a height, for
    the tilt and the distance). stretch: how much larger than stated the target is.
    """

    lens: Vector
    block: Vector
    middle_mm: Vector
    scale_mm: float
    height_mm: float = 0.0
    zoom: float = 1.0
    stretch: float = 0.0

    def projection(self) -> Projection:
        """From px to the target's own x and y, in mm, on the part's plane."""
        matrix, normal = self._true_rays()
        matrix[:, 2] -= self.height_mm / self.scale_mm * normal
        matrix[:2] *= self.zoom
        size = self.scale_mm * (1 + self.stretch)
        to_mm = np.array([[size, 0.0, self.middle_mm[0]], [0.0, size, self.middle_mm[1]], [0.0, 0.0, 1.0]])
        return _projection(self.lens, to_mm @ np.linalg.inv(matrix))

    def slopes(self, points_px: Points) -> Matrix:
        """(N, 2, 2) d(mm) / d(px) at points (N, 2): [:, i, j] is the change of mm axis i per px along axis j."""
        half = np.array([[0.5, 0.0], [-0.5, 0.0], [0.0, 0.5], [0.0, -0.5]])
        around = self.projection().to_mm((points_px[None] + half[:, None]).reshape(-1, 2)).reshape(4, -1, 2)
        return np.stack([around[0] - around[1], around[2] - around[3]], axis=2)

    def tilt_deg(self) -> float:
        """The target against the picture."""
        normal = self._true_rays()[1]
        return float(np.degrees(np.arccos(np.clip(normal[2], -1, 1))))

    def distance_mm(self, middle_px: Vector) -> float:
        """From the camera along its axis to where the frame's middle sees the target."""
        matrix, _ = self._true_rays()
        place = (self.projection().to_mm(middle_px[None]) - self.middle_mm) / self.scale_mm
        return float(matrix[2] @ [*place[0], 1.0]) * self.scale_mm

    def _true_rays(self) -> tuple[Matrix, Vector]:
        """(3, 3) from the target's (x, y, 1) to the camera's (X, Y, Z); the plane's normal, away from the camera."""
        matrix = plane_matrix(self.block)
        matrix[:2] /= self.zoom
        matrix /= np.sqrt(np.linalg.norm(matrix[:, 0]) * np.linalg.norm(matrix[:, 1]))
        normal = np.cross(matrix[:, 0], matrix[:, 1])
        return matrix, normal / np.linalg.norm(normal)


def _projection(lens: Vector, plane: Matrix) -> Projection:
    focal, aspect, x, y, k1, k2, p1, p2, k3 = (float(number) for number in lens[: len(LENS)])
    nine = tuple(float(number) for number in (plane / plane[2, 2]).ravel())
    return Projection((focal, focal * aspect), (x, y), (k1, k2, p1, p2, k3), nine)  # type: ignore[arg-type]


def part_axes(projection: Projection, size_px: tuple[int, int]) -> Points:
    """(2, 3) the rigid motion to the part's mm: origin where pixel (0, 0) looks, x as the picture's x in its middle."""
    middle = (np.array(size_px) - 1) / 2
    half = np.array([0.5, 0.0])
    right, left, origin = projection.to_mm(np.stack([middle + half, middle - half, np.zeros(2)]))
    along = (right - left) / np.hypot(*(right - left))
    turn = np.array([along, [-along[1], along[0]]])
    return np.column_stack([turn, -turn @ origin])


def moved(projection: Projection, motion: Points) -> Projection:
    """The projection into mm that are moved by `motion` (2, 3)."""
    plane = np.vstack([motion, [0.0, 0.0, 1.0]]) @ np.reshape(projection.plane, (3, 3))
    nine = tuple(float(number) for number in (plane / plane[2, 2]).ravel())
    return Projection(projection.focal_px, projection.center_px, projection.distortion, nine)  # type: ignore[arg-type]
