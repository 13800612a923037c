"""What a solution is made from, and what it says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cvinspect.projection import Points, Projection, ScaleField


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A target in one picture: points_px (N, 2) as found, points_mm (N, 2) the same points as printed."""

    name: str
    points_px: Points
    points_mm: Points


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """How one view came out.

    rms_px: of the points that were kept, both axes together; spread_px: one axis' sigma of all points, robust, to be
    compared between views; outliers: points left out, more than five sigma off. tilt_deg (of the target against the
    picture) and distance_mm (from the camera to the target where the frame's middle sees it) are None where the
    focal length is unknown. Of a view that was not used, numbers are NaN.
    """

    name: str
    points: int
    used: bool
    rms_px: float
    spread_px: float
    outliers: int
    tilt_deg: float | None
    distance_mm: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """A solved camera.

    projection: px to the part's mm. field: relative standard uncertainty of the local scale, of a length in any
    direction. place: standard uncertainty, in mm, of where on the target's plane a pixel lies, per axis and against
    the target's own middle; nodes as in field. residuals_px: per view (N, 2), measured (centre bias of disks taken
    out) minus predicted; NaN where a view was not used. rms_px: of all points kept, both axes together. sigma_px: of
    one axis of one point. outlying: per view (N,) True where a point was left out. covered_px: (K, 2) closed polygon
    around the plane view's points. alone: the plane view alone was used. fitted: the names of the camera's numbers
    that were fitted. focal_px and u_focal_px: None where unknown. board_to_part: (2, 3) rigid motion from the
    target's own mm to the part's. misfits: see
    `misfit_views`. notes: codes of what was decided and why (`NOTES`).
    """

    projection: Projection
    field: ScaleField
    place: ScaleField
    residuals_px: tuple[Points, ...]
    outlying: tuple[NDArray[np.bool_], ...]
    rms_px: float
    sigma_px: float
    alone: bool
    views: tuple[Fitted, ...]
    plane: int
    covered_px: Points
    fitted: tuple[str, ...]
    focal_px: float | None
    u_focal_px: float | None
    board_to_part: Points
    misfits: tuple[int, ...]
    notes: tuple[str, ...]

    def to_part_mm(self, board_mm: Points) -> Points:
        """The target's own mm (N, 2) as the part's mm (N, 2)."""
        return np.asarray(board_mm @ self.board_to_part[:, :2].T + self.board_to_part[:, 2])

    def to_board_mm(self, part_mm: Points) -> Points:
        """The part's mm (N, 2) as the target's own mm (N, 2)."""
        return np.asarray((part_mm - self.board_to_part[:, 2]) @ self.board_to_part[:, :2])


NOTES = {
    "too_few_views": "fewer than three views: the plane view alone is used",
    "same_tilts": "the views are tilted too little or too alike to tell the focal length: the plane view alone is used",
    "no_camera": "no camera fits all views together: the plane view alone is used",
    "distance_given": "the focal length is from the distance that was given",
    "distance_from_tilt": "the focal length is from the plane view's own tilt",
    "smooth_residuals": "the plane view's residuals show a pattern; it is carried into the uncertainty",
    "folded": "distortion terms were left out because the lens would fold inside the frame",
}
