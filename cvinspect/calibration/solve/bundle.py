"""Cameras and targets as one vector of numbers, and the normal equations of its least squares.

The vector holds the lens (LENS), then one block per view: six numbers of a pose (rotation vector, translation), or the
first eight of a homography from the target to the ray where a plane is seen once and the focal length is only a unit.
Target points are in units of `scale_mm` around `middle_mm`, so that all numbers are of order one.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.projection import Points

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

LENS = ("focal", "aspect", "center_x", "center_y", "k1", "k2", "p1", "p2", "k3")
FOCAL, ASPECT, CENTER, K1, K2, TANGENTIAL, K3 = 0, 1, slice(2, 4), 4, 5, slice(6, 8), 8
_NOWHERE = np.zeros(3)


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """The points of all views, and what is believed of the lens before any is seen: believed +- u_believed, (9,) each.
    The beliefs are wide; they hold what the points leave open, and say how far open it is.
    """

    seen_px: tuple[Points, ...]
    target: tuple[Points, ...]
    believed: Vector
    u_believed: Vector
    is_homography: bool

    @property
    def block(self) -> int:
        """How many numbers a view has of its own."""
        return 8 if self.is_homography else 6

    @property
    def size(self) -> int:
        """How many numbers there are in all."""
        return len(LENS) + self.block * len(self.target)

    def part(self, view: int) -> slice:
        """Where the numbers of `view` stand in the vector."""
        start = len(LENS) + self.block * view
        return slice(start, start + self.block)

    def residuals(self, numbers: Vector) -> list[Points]:
        """Per view (N, 2): seen minus predicted, px."""
        lens = numbers[: len(LENS)]
        return [
            seen - project(points, lens, numbers[self.part(view)])[0]
            for view, (seen, points) in enumerate(zip(self.seen_px, self.target, strict=True))
        ]

    def normals(self, numbers: Vector, weights: list[Vector]) -> tuple[float, Matrix, Vector]:
        """Cost, normal matrix and gradient of the weighted least squares at `numbers`; weights: per view (N,)."""
        matrix, pull, cost = np.zeros((self.size, self.size)), np.zeros(self.size), 0.0
        lens, first = numbers[: len(LENS)], slice(0, len(LENS))
        for view, (seen, points) in enumerate(zip(self.seen_px, self.target, strict=True)):
            own = self.part(view)
            predicted, slopes = project(points, lens, numbers[own])
            off, heavy = (seen - predicted).ravel(), np.repeat(weights[view], 2)
            loaded = slopes * heavy[:, None]
            square, gradient = loaded.T @ slopes, loaded.T @ off
            cost += float(heavy @ (off * off))
            for one, rows in ((first, first), (own, slice(len(LENS), None))):
                pull[one] += gradient[rows]
                matrix[one, one] += square[rows, rows]
            matrix[first, own] = square[first, len(LENS) :]
            matrix[own, first] = matrix[first, own].T
        off, tightness = self.believed - lens, self.u_believed**-2
        matrix[first, first] += np.diag(tightness)
        pull[first] += off * tightness
        return cost + float(off @ (tightness * off)), matrix, pull


def project(points: Points, lens: Vector, block: Vector) -> tuple[Points, Matrix]:
    """(N, 2) target points in px, and the (2N, 9 + len(block)) slopes against lens and block."""
    focal, aspect, x, y = lens[:4]
    camera = np.array([[focal, 0.0, x], [0.0, focal * aspect, y], [0.0, 0.0, 1.0]])
    if len(block) == 6:
        place = np.column_stack([points, np.zeros(len(points))])
        seen, slopes = cv2.projectPoints(place, block[:3], block[3:], camera, lens[K1:])
        of_block = slopes[:, :6]
    else:
        rays, of_rays = _rays(points, block)
        seen, slopes = cv2.projectPoints(
            np.column_stack([rays, np.ones(len(rays))]), _NOWHERE, _NOWHERE, camera, lens[K1:]
        )
        by_ray = slopes[:, 3:5].reshape(-1, 2, 2)
        of_block = (by_ray @ of_rays).reshape(-1, 8)
    of_focal = slopes[:, 6] + aspect * slopes[:, 7]
    of_lens = np.column_stack([of_focal, focal * slopes[:, 7], slopes[:, 8:10], slopes[:, 10:15]])
    return np.asarray(seen, dtype=np.float64).reshape(-1, 2), np.hstack([of_lens, of_block])


def _rays(points: Points, block: Vector) -> tuple[Points, Matrix]:
    """(N, 2) rays of a homography whose ninth number is 1, and their (N, 2, 8) slopes."""
    x, y = points.T
    one, none = np.ones_like(x), np.zeros_like(x)
    depth = block[6] * x + block[7] * y + 1
    rays = np.stack([block[0] * x + block[1] * y + block[2], block[3] * x + block[4] * y + block[5]], axis=1)
    rays /= depth[:, None]
    u, v = rays.T
    slopes = np.array([[x, y, one, none, none, none, -u * x, -u * y], [none, none, none, x, y, one, -v * x, -v * y]])
    return rays, np.moveaxis(slopes / depth, 2, 0)


def plane_matrix(block: Vector) -> Matrix:
    """(3, 3) from a target point (x, y, 1) to its ray, up to a factor."""
    if len(block) == 8:
        return np.reshape([*block, 1.0], (3, 3))
    turn = np.asarray(cv2.Rodrigues(block[:3])[0])
    return np.column_stack([turn[:, 0], turn[:, 1], block[3:]])
