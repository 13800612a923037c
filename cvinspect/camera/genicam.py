"""`genicam:SERIAL?producer=FILE.cti`: any camera whose vendor ships a GenTL producer, by Harvesters.

Without `producer` those that the variable GENICAM_GENTL64_PATH names are taken (pip install 'cvinspect[genicam]').
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cvinspect.camera.address import Address
from cvinspect.camera.camera import Seen, Settings, timed_out
from cvinspect.camera.formats import pixels_of
from cvinspect.camera.nodes import apply
from cvinspect.errors import CameraError, StationError
from cvinspect.model import Frame

PRODUCERS = "GENICAM_GENTL64_PATH"
_NS = 1e9


def harvesters() -> tuple[Any, Any]:
    """Harvester's class, and the exception that all of a producer's are. Raises StationError where not installed."""
    try:
        from genicam import genapi, gentl
        from harvesters.core import Harvester
    except ImportError as bad:
        raise StationError("genicam: needs the extra: pip install 'cvinspect[genicam]'") from bad
    return Harvester, (gentl.GenericException, genapi.GenericException)


class GenicamCamera:
    """The camera of a serial number or id. Features that a camera lacks are refused only where they were asked for."""

    def __init__(self, address: Address, settings: Settings) -> None:
        address.only("producer")
        kind, self._errors = harvesters()
        self._settings, self._count = settings, 0
        self.name = address.place
        self._harvester = kind()
        self._acquirer = None
        try:
            for path in _producers(address.options.get("producer", "")):
                self._harvester.add_file(str(path))
            with self._mapped("looking for it"):
                self._harvester.update()
                self._acquirer = self._harvester.create(self._index(address))
            apply(settings, address.text, self._put, self._errors)
            with self._mapped("starting it"):
                self._acquirer.start()
        except BaseException:
            self.close()
            raise

    def grab(self) -> Frame:
        """Of a free running camera what was exposed before the call is passed over."""
        assert self._acquirer is not None, "closed"
        with self._mapped("grabbing"):
            if self._settings.trigger != "hardware":
                while (old := self._acquirer.try_fetch(timeout=1e-3)) is not None:
                    old.queue()
            if self._settings.trigger == "software":
                self._acquirer.remote_device.node_map.TriggerSoftware.execute()
            if self._settings.trigger == "free":
                self._fetched().queue()
            buffer = self._fetched()
        try:
            return self._frame(buffer)
        finally:
            buffer.queue()

    def close(self) -> None:
        """Lets the camera go."""
        with self._mapped("closing it"):
            if self._acquirer is not None:
                self._acquirer.destroy()
                self._acquirer = None
            self._harvester.reset()

    def _fetched(self) -> Any:
        assert self._acquirer is not None, "closed"
        buffer = self._acquirer.try_fetch(timeout=self._settings.timeout_s)
        if buffer is None:
            raise timed_out(self.name, self._settings)
        return buffer

    def _frame(self, buffer: Any) -> Frame:
        self._count += 1
        if not buffer.payload.components or not self._told(lambda: buffer.module.is_complete(), True):
            message = f"{self.name}: frame {self._count}: not whole"
            raise CameraError(message, "camera_incomplete", camera=self.name)
        part = buffer.payload.components[0]
        size = int(part.width), int(part.height)
        return Frame(
            pixels_of(part.data.tobytes(), size, str(part.data_format), self.name),
            taken_at=datetime.now(UTC),
            camera=self.name,
            sequence=int(self._told(lambda: buffer.module.frame_id, 0)) or self._count,
            camera_time_s=int(self._told(lambda: buffer.timestamp_ns, 0) or 0) / _NS or None,
        )

    def _told(self, ask: Callable[[], Any], otherwise: Any) -> Any:
        """What a producer need not know."""
        try:
            return ask()
        except self._errors:
            return otherwise

    def _index(self, address: Address) -> int:
        told = [(str(one.id_), str(one.serial_number or "")) for one in self._harvester.device_info_list]
        found = [index for index, names in enumerate(told) if address.place in ("", *names)]
        known = ", ".join(name for name, _ in told) or "none"
        if not found:
            raise CameraError(f"{address.text}: no such camera; there are {known}", "camera_lost", camera=address.place)
        if len(found) > 1:
            raise StationError(f"{address.text}: several cameras: {known}; write genicam:ID")
        self.name = told[found[0]][1] or told[found[0]][0]
        return found[0]

    def _put(self, name: str, value: str | int | float) -> bool:
        node = getattr(self._acquirer.remote_device.node_map, name, None)  # type: ignore[union-attr]
        if node is None:
            return False
        node.from_string(f"{value}")
        return True

    @contextmanager
    def _mapped(self, doing: str) -> Iterator[None]:
        try:
            yield
        except self._errors as bad:
            message = f"genicam:{self.name}: {doing}: {str(bad).strip().splitlines()[0]}"
            raise CameraError(message, "camera_lost", camera=self.name) from bad


def _producers(named: str) -> list[Path]:
    """The producers' files. Raises StationError where one is not there, or none is named."""
    if named:
        if not Path(named).is_file():
            raise StationError(f"genicam: producer={named}: no such file; name the vendor's .cti")
        return [Path(named)]
    folders = [Path(text) for text in os.environ.get(PRODUCERS, "").split(os.pathsep) if text]
    found = [path for folder in folders for path in ([folder] if folder.suffix == ".cti" else folder.glob("*.cti"))]
    if not found:
        raise StationError(f"genicam: no producer: write ?producer=FILE.cti, or set {PRODUCERS} as its vendor says")
    return found


def seen_genicam() -> Iterator[Seen]:
    """Every camera that the named producers know. Raises StationError."""
    kind, errors = harvesters()
    harvester = kind()
    try:
        for path in _producers(""):
            harvester.add_file(str(path))
        harvester.update()
        for one in harvester.device_info_list:
            yield Seen(f"genicam:{one.id_}", f"{one.vendor} {one.model}")
    except errors as bad:
        raise StationError(f"genicam: {str(bad).strip().splitlines()[0]}") from bad
    finally:
        harvester.reset()
