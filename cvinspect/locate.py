"""Where the part lies in the frame: for a fixture, where the calibration says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cvinspect.errors import PictureError
from cvinspect.model import Calibration, Face, Frame, Placement, Points

EDGE_POINTS = 16


def locate(frame: Frame, faces: Sequence[Face], calibration: Calibration) -> Placement:
    """The placement of a part in a fixture. Raises PictureError where the frame is not of its calibration's
    size and camera."""
    if frame.size != calibration.size:
        raise PictureError(
            f"the picture is {frame.size[0]}x{frame.size[1]} px, its calibration is for "
            f"{calibration.size[0]}x{calibration.size[1]} px",
            code="picture_size",
        )
    if frame.camera and calibration.camera and frame.camera != calibration.camera:
        raise PictureError(
            f"the picture is by the camera {frame.camera!r}, its calibration is for {calibration.camera!r}",
            code="picture_camera",
        )
    return placed(faces, calibration)


def placed(faces: Sequence[Face], calibration: Calibration) -> Placement:
    """The placement of a part that lies where the calibration says."""
    return Placement(calibration, tuple(faces), tuple(_outline_px(face, calibration) for face in faces))


def _outline_px(face: Face, calibration: Calibration) -> Points:
    """The face's outline in px; the whole frame reaches to the outer edges of its border pixels."""
    if face.outline_mm is not None:
        outline = np.array(face.outline_mm, dtype=np.float64)
        return calibration.to_px(outline if calibration.projection is None else _densely(outline))
    right, bottom = calibration.size[0] - 0.5, calibration.size[1] - 0.5
    return np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]], dtype=np.float64)


def _densely(outline: Points) -> Points:
    """The same closed outline with more points: what is straight in mm is not straight behind a lens."""
    steps = np.arange(EDGE_POINTS)[:, None] / EDGE_POINTS
    edges = np.roll(outline, -1, axis=0) - outline
    return np.asarray((outline[:, None] + steps * edges[:, None]).reshape(-1, 2))
