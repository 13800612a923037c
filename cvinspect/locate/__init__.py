"""Where the part lies in the frame: in its fixture, or where its outline or its taught marks are seen.

A locator is a frozen dataclass of knobs that takes a frame and its calibration and gives a `Pose`; faces and their
outlines follow it.
"""

from __future__ import annotations

from collections.abc import Sequence

from cvinspect.errors import PictureError
from cvinspect.locate.by_marks import ByMarks, Mark
from cvinspect.locate.by_outline import ByOutline
from cvinspect.locate.clearness import is_clear_mark, same_turn
from cvinspect.locate.locator import FIXED, Fixed, Locator
from cvinspect.locate.placing import placed
from cvinspect.locate.propose import Proposal, propose
from cvinspect.model import Calibration, Face, Frame, Placement

__all__ = [
    "FIXED",
    "ByMarks",
    "ByOutline",
    "Fixed",
    "Locator",
    "Mark",
    "Proposal",
    "is_clear_mark",
    "locate",
    "placed",
    "propose",
    "same_turn",
]


def locate(frame: Frame, faces: Sequence[Face], calibration: Calibration, locator: Locator = FIXED) -> Placement:
    """The placement of the part in `frame`.

    Raises PictureError where the frame is not of its calibration's size and camera, and where the part is not where,
    how or what the locator may find; the reason's figures travel with it.
    """
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
    return placed(faces, calibration, locator(frame, calibration))
