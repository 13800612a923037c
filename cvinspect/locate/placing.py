"""From a pose to the faces' outlines in the frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cvinspect.model import AS_DRAWN, Calibration, Face, Placement, Points, Pose

EDGE_POINTS = 16


def placed(faces: Sequence[Face], calibration: Calibration, pose: Pose = AS_DRAWN) -> Placement:
    """The placement of a part that lies as `pose` says."""
    bare = Placement(calibration, tuple(faces), (), pose)
    return Placement(calibration, bare.faces, tuple(_outline_px(face, bare) for face in faces), pose)


def _outline_px(face: Face, bare: Placement) -> Points:
    """The face's outline in px; the whole frame reaches to the outer edges of its border pixels."""
    calibration = bare.calibration
    if face.outline_mm is not None:
        outline = np.array(face.outline_mm, dtype=np.float64)
        return bare.to_px(outline if calibration.projection is None else densely(outline))
    right, bottom = calibration.size[0] - 0.5, calibration.size[1] - 0.5
    return np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]], dtype=np.float64)


def densely(outline: Points) -> Points:
    """The same closed outline with more points: what is straight in mm is not straight behind a lens."""
    steps = np.arange(EDGE_POINTS)[:, None] / EDGE_POINTS
    edges = np.roll(outline, -1, axis=0) - outline
    return np.asarray((outline[:, None] + steps * edges[:, None]).reshape(-1, 2))
