"""Whether a frame is a new one of the part that was triggered: what no camera says of itself."""

from __future__ import annotations

from cvinspect.camera import Trigger
from cvinspect.errors import CameraError
from cvinspect.fitness import is_frozen
from cvinspect.model import Frame


class Watch:
    """Holds each frame of one camera against the one before. live: False for folders and files, whose pictures may be
    alike.
    """

    def __init__(self, trigger: Trigger, live: bool = True) -> None:
        self._trigger, self._live = trigger, live
        self._before: Frame | None = None

    def check(self, frame: Frame) -> Frame:
        """The frame, where nothing is wrong with it. Raises CameraError: the part has no picture.

        After a gap in a triggered camera's numbers nobody can say which part the frame shows.
        """
        before, self._before = self._before, frame
        if before is None:
            return frame
        if frame.size != before.size or frame.pixels.shape != before.pixels.shape:
            was, is_now = ("x".join(map(str, one.size)) for one in (before, frame))
            raise CameraError(f"the picture is {is_now} px, {was} px before", "frame_size")
        number, last = frame.sequence, before.sequence
        if number is not None and last is not None:
            if number <= last:
                raise CameraError(f"frame {number} after frame {last}", "frame_repeated")
            if self._trigger != "free" and number > last + 1:
                raise CameraError(f"frames {last + 1} to {number - 1} did not come", "frame_gap")
        at_s, last_s = frame.camera_time_s, before.camera_time_s
        if at_s is not None and last_s is not None and at_s <= last_s:
            raise CameraError(f"exposed at {at_s:.6f} s, the one before at {last_s:.6f} s", "frame_repeated")
        if self._live and is_frozen(frame, before):
            raise CameraError("the same picture as before", "frame_frozen")
        return frame

    def begin_anew(self) -> None:
        """After the camera was opened again: its numbers and clock may begin anew."""
        self._before = None
