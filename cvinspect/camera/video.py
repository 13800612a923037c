"""`video:FILE`, `video:0` (a USB camera), `video:rtsp://...`: what OpenCV's own capture reads."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from cvinspect.camera.address import Address
from cvinspect.camera.camera import Seen, Settings, only_free, timed_out
from cvinspect.errors import CameraError, StationError
from cvinspect.model import Frame, Pixels

_STREAM = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_MS = 1000


class VideoCamera:
    """A file is read picture by picture. Of a live source a thread keeps the newest picture only, so that `grab` waits
    for one that came after the call and nothing old is ever handed out. Pictures are B, G, R, or grey where all alike.
    """

    def __init__(self, address: Address, settings: Settings) -> None:
        only_free(address.text, settings)
        self.name = ""
        self._place, self._settings = address.place, settings
        self._count, self._closed = 0, False
        self._began = time.monotonic()
        self._capture = _opened(address, settings)
        self._live = bool(_STREAM.match(address.place) or address.place.isdigit())
        self._newest: tuple[int, float, Pixels] | None = None
        self._came = threading.Condition()
        if self._live:
            self._reader = threading.Thread(target=self._read_on, daemon=True, name="video")
            self._reader.start()

    def grab(self) -> Frame:
        """Raises CameraError where the file has ended, the stream is gone or nothing came in time."""
        if not self._live:
            is_whole, pixels = self._capture.read()
            if not is_whole:
                raise CameraError(f"{self._place}: ended after {self._count} pictures", "camera_ended")
            self._count += 1
            at_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / _MS
            return self._frame(self._count, at_s, np.asarray(pixels, np.uint8))
        asked = time.monotonic()
        with self._came:
            self._came.wait_for(
                lambda: self._closed or (self._newest is not None and self._newest[1] > asked),
                timeout=self._settings.timeout_s,
            )
            newest, is_closed = self._newest, self._closed
        if newest is not None and newest[1] > asked:
            return self._frame(newest[0], newest[1] - self._began, newest[2])
        if is_closed:
            raise CameraError(f"{self._place}: the stream is gone", "camera_lost", camera=self._place)
        raise timed_out(self._place, self._settings)

    def close(self) -> None:
        """Lets the source go."""
        with self._came:
            self._closed = True
            self._came.notify_all()
        if self._live:
            self._reader.join(timeout=self._settings.timeout_s)
            if self._reader.is_alive():
                return  # it holds the capture until its own time-out, and lets it go itself
        self._capture.release()

    def _read_on(self) -> None:
        while not self._closed:
            is_whole, pixels = self._capture.read()
            with self._came:
                if not is_whole:
                    self._closed = True
                else:
                    self._count += 1
                    self._newest = (self._count, time.monotonic(), np.asarray(pixels, np.uint8))
                self._came.notify_all()
        self._capture.release()

    def _frame(self, number: int, at_s: float, pixels: Pixels) -> Frame:
        alike = pixels.ndim == 3 and bool((pixels[..., :2] == pixels[..., 1:]).all())
        own = np.array(pixels[..., 0] if alike else pixels, np.uint8)
        own.flags.writeable = False
        return Frame(own, taken_at=datetime.now(UTC), sequence=number, camera_time_s=at_s)


def _opened(address: Address, settings: Settings) -> cv2.VideoCapture:
    waits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(settings.timeout_s * _MS)]
    waits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(settings.timeout_s * _MS)]
    place = address.place
    if place.isdigit():
        capture = cv2.VideoCapture(int(place))
    elif _STREAM.match(place):
        capture = cv2.VideoCapture(place, cv2.CAP_FFMPEG, waits)
    elif Path(place).is_file():
        capture = cv2.VideoCapture(place)
    else:
        raise StationError(f"{address.text}: no such file")
    if not capture.isOpened():
        capture.release()
        if _STREAM.match(place):
            raise CameraError(f"{address.text}: no stream there", "camera_lost", camera=place)
        raise StationError(f"{address.text}: cannot be opened as a video or a camera")
    return capture


def seen_video() -> Iterator[Seen]:
    """The video devices of this machine, where it lists them in /dev."""
    for path in sorted(Path("/dev").glob("video*")):
        if path.name[5:].isdigit():
            yield Seen(f"video:{path.name[5:]}", str(path))
