"""`basler:SERIAL`: Basler cameras by their own library (pip install 'cvinspect[basler]')."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from cvinspect.camera.address import Address
from cvinspect.camera.camera import Seen, Settings, timed_out
from cvinspect.camera.formats import pixels_of
from cvinspect.camera.nodes import apply
from cvinspect.errors import CameraError, StationError
from cvinspect.model import Frame

_MS = 1000
_NS = 1e9


def pylon() -> tuple[Any, Any]:
    """pypylon's modules pylon and genicam. Raises StationError where they are not installed."""
    try:
        from pypylon import genicam
        from pypylon import pylon as own
    except ImportError as bad:
        raise StationError("basler: needs the extra: pip install 'cvinspect[basler]'") from bad
    return own, genicam


class BaslerCamera:
    """The camera of a serial number, or the only one. What failed is told by GrabSucceeded, whatever its error code.

    Raises StationError where there is no such camera or a setting is refused, CameraError where it is in use.
    """

    def __init__(self, address: Address, settings: Settings) -> None:
        address.only()
        self._pylon, self._genicam = pylon()
        self._settings = settings
        device = self._device(address)
        self.name = str(device.GetSerialNumber())
        with self._mapped("opening it"):
            self._camera = self._pylon.InstantCamera(self._pylon.TlFactory.GetInstance().CreateDevice(device))
            self._camera.Open()
        try:
            apply(settings, address.text, self._put, (self._genicam.GenericException,))
            with self._mapped("starting it"):
                self._camera.StartGrabbing(self._pylon.GrabStrategy_OneByOne)
        except BaseException:
            self.close()
            raise

    def grab(self) -> Frame:
        """Of a free running camera what was exposed before the call is passed over."""
        wait_ms = round(self._settings.timeout_s * _MS)
        with self._mapped("grabbing"):
            if self._settings.trigger != "hardware":
                self._pass_over()
            if self._settings.trigger == "software":
                if not self._camera.WaitForFrameTriggerReady(wait_ms, self._pylon.TimeoutHandling_Return):
                    raise timed_out(self.name, self._settings)
                self._camera.ExecuteSoftwareTrigger()
            result = self._camera.RetrieveResult(wait_ms, self._pylon.TimeoutHandling_Return)
            if self._settings.trigger == "free" and result.IsValid():
                result.Release()  # it may have been exposed before the call
                result = self._camera.RetrieveResult(wait_ms, self._pylon.TimeoutHandling_Return)
        if not result.IsValid():
            raise timed_out(self.name, self._settings)
        try:
            return self._frame(result)
        finally:
            result.Release()

    def close(self) -> None:
        """Lets the camera go."""
        with self._mapped("closing it"):
            self._camera.Close()

    def _frame(self, result: Any) -> Frame:
        number = int(result.BlockID) + 1  # USB counts from 0
        if not result.GrabSucceeded():
            message = f"{self.name}: frame {number}: {result.GetErrorDescription() or 'not whole'}"
            raise CameraError(message, "camera_incomplete", camera=self.name)
        form = str(self._camera.GetNodeMap().GetNode("PixelFormat").ToString())
        return Frame(
            pixels_of(bytes(result.GetBuffer()), (int(result.Width), int(result.Height)), form, self.name),
            taken_at=datetime.now(UTC),
            camera=self.name,
            sequence=number,
            camera_time_s=int(result.TimeStamp) / _NS or None,
        )

    def _pass_over(self) -> None:
        while (result := self._camera.RetrieveResult(0, self._pylon.TimeoutHandling_Return)).IsValid():
            result.Release()

    def _device(self, address: Address) -> Any:
        found = list(self._pylon.TlFactory.GetInstance().EnumerateDevices())
        wanted = [one for one in found if address.place in ("", str(one.GetSerialNumber()))]
        if not wanted:
            known = ", ".join(str(one.GetSerialNumber()) for one in found) or "none"
            raise CameraError(f"{address.text}: no such camera; there are {known}", "camera_lost", camera=address.place)
        if len(wanted) > 1:
            known = ", ".join(str(one.GetSerialNumber()) for one in found)
            raise StationError(f"{address.text}: several cameras: {known}; write basler:SERIAL")
        return wanted[0]

    def _put(self, name: str, value: str | int | float) -> bool:
        node = self._camera.GetNodeMap().GetNode(name)
        if node is None or not self._genicam.IsWritable(node):
            return False
        node.FromString(f"{value}")
        return True

    @contextmanager
    def _mapped(self, doing: str) -> Iterator[None]:
        try:
            yield
        except self._genicam.GenericException as bad:
            message = f"basler:{self.name}: {doing}: {str(bad).strip().splitlines()[0]}"
            raise CameraError(message, "camera_lost", camera=self.name) from bad


def seen_basler() -> Iterator[Seen]:
    """Every Basler camera that answers. Raises StationError."""
    own, _ = pylon()
    for device in own.TlFactory.GetInstance().EnumerateDevices():
        yield Seen(f"basler:{device.GetSerialNumber()}", f"{device.GetModelName()}, {device.GetDeviceClass()}")
