"""`folder:PATH`: the pictures of a folder, one after the other, as if a camera gave them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from cvinspect.camera.address import Address
from cvinspect.camera.camera import Settings, only_free
from cvinspect.errors import CameraError, StationError
from cvinspect.model import Frame
from cvinspect.pictures import list_pictures, read_picture


class FolderCamera:
    """By name, from the first to the last; `loop=1` begins anew after the last, `every_s=0.5` waits between two.

    The part's id is the file's name. Raises StationError where the folder holds no picture.
    """

    def __init__(self, address: Address, settings: Settings) -> None:
        address.only("loop", "every_s")
        only_free(address.text, settings)
        folder = Path(address.place)
        self._paths = list_pictures(folder) if folder.is_dir() else []
        if not self._paths:
            raise StationError(f"{address.text}: no pictures there; PNG, JPEG, TIFF and BMP are read")
        self._loops = address.number("loop", 0, 0, 1) > 0
        self._every_s = address.number("every_s", 0.0, 0.0, 3600.0)
        self._count = 0
        self._began = self._next = time.monotonic()
        self.name = ""

    def grab(self) -> Frame:
        """The next picture. Raises CameraError after the last one, PictureError where it cannot be read."""
        if self._count >= len(self._paths) and not self._loops:
            last = self._paths[-1].name
            raise CameraError(f"{last} was the last picture of the folder", "camera_ended")
        path = self._paths[self._count % len(self._paths)]
        self._count += 1
        time.sleep(max(self._next - time.monotonic(), 0.0))
        self._next = time.monotonic() + self._every_s
        picture = read_picture(path)
        return Frame(
            picture.pixels,
            part=path.stem,
            taken_at=datetime.now(UTC),
            camera=picture.camera,
            sequence=self._count,
            camera_time_s=time.monotonic() - self._began,
            sha256=picture.sha256,
            exif_turn=picture.exif_turn,
            jpeg_quality=picture.jpeg_quality,
        )

    def close(self) -> None:
        """Nothing is held."""
