"""What a camera is: `grab()` gives the next frame, `close()` lets it go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from cvinspect.errors import CameraError, StationError
from cvinspect.model import Frame

Trigger = Literal["free", "software", "hardware"]

CAMERA_CODES = (
    "camera_timeout",  # no frame came in time
    "camera_lost",  # the camera is gone, or another client holds it
    "camera_incomplete",  # packets or rows are missing
    "camera_format",  # pixels of a form that is not read
    "camera_ended",  # a folder or a file has no more
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is asked of a camera; None leaves it as the camera stands.

    trigger: "free" runs by itself, "software" is triggered by `grab`, "hardware" by a signal on `line` (GenICam
    TriggerSource). exposure_us in microseconds, gain_db in decibel. roi_px: x, y, width, height. pixel_format: a PFNC
    name, as Mono8. timeout_s: how long `grab` waits for its frame.
    """

    trigger: Trigger = "free"
    line: str = "Line1"
    exposure_us: float | None = None
    gain_db: float | None = None
    roi_px: tuple[int, int, int, int] | None = None
    pixel_format: str | None = None
    timeout_s: float = 2.0


class Camera(Protocol):
    """One camera. name: what a calibration calls it, its serial number where it has one."""

    @property
    def name(self) -> str:
        """What a calibration calls it."""

    def grab(self) -> Frame:
        """The next frame, exposed after the call (of a free running camera), with the camera's number and time.

        Raises CameraError where none comes in time, or not whole.
        """

    def close(self) -> None:
        """Lets the camera go; twice does no harm. It may take seconds where the camera is gone."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A camera that could be opened: its address, and what is known of it."""

    address: str
    about: str


def only_free(address: str, settings: Settings) -> None:
    """Raises StationError where a source that knows none is asked for a trigger, an exposure, a gain or a format."""
    asked = {
        "trigger": settings.trigger != "free",
        "exposure_us": settings.exposure_us is not None,
        "gain_db": settings.gain_db is not None,
        "pixel_format": settings.pixel_format is not None,
        "roi_px": settings.roi_px is not None,
    }
    unknown = [name for name, is_asked in asked.items() if is_asked]
    if unknown:
        raise StationError(f"{address}: has no {', '.join(unknown)} to set; leave it out, or take another camera")


def timed_out(name: str, settings: Settings) -> CameraError:
    """What `grab` raises where no frame came."""
    within = f"{settings.timeout_s:g} s"
    return CameraError(f"{name}: no frame within {within}", "camera_timeout", camera=name, seconds=settings.timeout_s)
