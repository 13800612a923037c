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

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

from cvinspect.camera.address import Address, parse_address
from cvinspect.camera.basler import BaslerCamera, seen_basler
from cvinspect.camera.camera import CAMERA_CODES, Camera, Seen, Settings, Trigger
from cvinspect.camera.folder import FolderCamera
from cvinspect.camera.genicam import GenicamCamera, seen_genicam
from cvinspect.camera.gige import GigeCamera, seen_gige
from cvinspect.camera.synthetic import SyntheticCamera
from cvinspect.camera.video import VideoCamera, seen_video
from cvinspect.errors import StationError

__all__ = ["CAMERAS", "CAMERA_CODES", "SEEN", "Camera", "Seen", "Settings", "Trigger", "open_camera", "seen_cameras"]

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

ANSWER_S = 15.0


def seen_cameras() -> tuple[list[Seen], dict[str, str]]:
    """The cameras that answer, and per scheme that could not be asked, why.

    Each vendor's library is asked in a process of its own: some two of them end a process that loads both.
    """
    asked = {scheme: _asking(scheme) for scheme in SEEN}
    found: list[Seen] = []
    absent: dict[str, str] = {}
    for scheme, process in asked.items():
        told = _answer(scheme, process)
        found += [Seen(address, about) for address, about in told.get("cameras", [])]
        if "why" in told:
            absent[scheme] = told["why"]
    return found, absent


def _asking(scheme: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "cvinspect.camera", scheme]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8")


def _answer(scheme: str, process: subprocess.Popen[str]) -> dict[str, Any]:
    with process:
        try:
            said, _ = process.communicate(timeout=ANSWER_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return {"why": f"{scheme}: its library did not answer within {ANSWER_S:g} s"}
    if process.returncode:
        return {"why": f"{scheme}: its library ended with {process.returncode}; install it anew"}
    told: dict[str, Any] = json.loads(said)
    return told


def open_camera(address: str, settings: Settings | None = None) -> Camera:
    """Opens the camera at `address`. Raises StationError where it cannot be, CameraError where it is gone."""
    parsed = parse_address(address)
    camera = CAMERAS.get(parsed.scheme)
    if camera is None:
        raise StationError(f"{address}: unknown camera {parsed.scheme!r}; there are {', '.join(CAMERAS)}")
    return camera(parsed, settings or Settings())
