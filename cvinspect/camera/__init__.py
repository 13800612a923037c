"""Cameras: an address and what is asked of it become something with `grab()` and `close()`.

    with closing(open_camera("folder:pictures?loop=1")) as camera:
        frame = camera.grab()

| address | needs | is |
| `folder:PATH` | | the pictures of a folder |
| `video:FILE`, `video:0`, `video:rtsp://..` | | a file, a USB camera, a stream, as OpenCV reads them |
| `gige:IP` | Aravis | GigE Vision, USB3 Vision |
| `basler:SERIAL` | extra `basler` | Basler's own library |
| `genicam:ID?producer=FILE.cti` | extra `genicam` | any camera with a GenTL producer |
| `synthetic:` | | rendered parts |

A camera is one class with `grab() -> Frame` and `close()`, and one line in CAMERAS. What a vendor's library raises
becomes CameraError (this part) or StationError (the station is set up wrongly) there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cvinspect.camera.address import Address, parse_address
from cvinspect.camera.basler import BaslerCamera, seen_basler
from cvinspect.camera.camera import CAMERA_CODES, Camera, Seen, Settings, Trigger
from cvinspect.camera.folder import FolderCamera
from cvinspect.camera.genicam import GenicamCamera, seen_genicam
from cvinspect.camera.gige import GigeCamera, seen_gige
from cvinspect.camera.synthetic import SyntheticCamera
from cvinspect.camera.video import VideoCamera, seen_video
from cvinspect.errors import StationError

__all__ = ["CAMERAS", "CAMERA_CODES", "SEEN", "Camera", "Seen", "Settings", "Trigger", "open_camera"]

CAMERAS: dict[str, Callable[[Address, Settings], Camera]] = {
    "folder": FolderCamera,
    "video": VideoCamera,
    "gige": GigeCamera,
    "basler": BaslerCamera,
    "genicam": GenicamCamera,
    "synthetic": SyntheticCamera,
}

SEEN: dict[str, Callable[[], Iterator[Seen]]] = {
    "video": seen_video,
    "gige": seen_gige,
    "basler": seen_basler,
    "genicam": seen_genicam,
}
"""What looks for cameras that are connected; each raises StationError where its library is not there."""


def open_camera(address: str, settings: Settings | None = None) -> Camera:
    """Opens the camera at `address`. Raises StationError where it cannot be, CameraError where it is gone."""
    parsed = parse_address(address)
    camera = CAMERAS.get(parsed.scheme)
    if camera is None:
        raise StationError(f"{address}: unknown camera {parsed.scheme!r}; there are {', '.join(CAMERAS)}")
    return camera(parsed, settings or Settings())
