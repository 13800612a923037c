"""`gige:IP|SERIAL`: GigE Vision and USB3 Vision cameras, by Aravis (its library and PyGObject come from the system)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from cvinspect.camera.address import Address
from cvinspect.camera.camera import Seen, Settings, timed_out
from cvinspect.camera.formats import pixels_of
from cvinspect.errors import CameraError, StationError
from cvinspect.model import Frame

BUFFERS = 4
LAST_ID = 65535  # of GigE Vision 1: the next frame is number 1
CLOSE_S = 0.2
_NS = 1e9


def aravis() -> tuple[Any, Any]:
    """The library, and GLib, whose Error it raises. Raises StationError where it is not installed."""
    try:
        import gi

        gi.require_version("Aravis", "0.8")
        from gi.repository import Aravis, GLib
    except (ImportError, ValueError) as bad:
        raise StationError(
            "gige: needs Aravis 0.8 and PyGObject: on Debian, apt-get install gir1.2-aravis-0.8 python3-gi, and "
            "pip install 'cvinspect[aravis]'"
        ) from bad
    return Aravis, GLib


class GigeCamera:
    """A camera by its address (at once) or its serial number or id (after a search of seconds).

    Frame numbers of the camera run on beyond 65535. Raises StationError where a setting is refused, CameraError where
    no camera answers or another client controls it.
    """

    def __init__(self, address: Address, settings: Settings) -> None:
        address.only("packet_bytes")
        self._aravis, self._glib = aravis()
        self._settings, self._place = settings, address.place
        self._turns, self._last_id = 0, 0
        self._closed = False
        with self._mapped("opening it"):
            self._camera = self._aravis.Camera.new(address.place or None)
            if self._camera is None:
                raise CameraError(f"gige:{address.place}: no camera answers", "camera_lost", camera=address.place)
        try:
            self._set_up(address)
        except BaseException:
            self.close()
            raise

    def _set_up(self, address: Address) -> None:
        camera = self._camera
        with self._mapped("reading its name"):
            self.name = camera.get_device_serial_number() or camera.get_device_id()
            if self._is_held():
                message = f"gige:{self._place}: another program controls this camera"
                raise CameraError(message, "camera_lost", camera=self.name)
        _set(self, camera, address)
        with self._mapped("starting it"):
            self._stream = camera.create_stream(None, None)
            payload = camera.get_payload()
            for _ in range(BUFFERS):
                self._stream.push_buffer(self._aravis.Buffer.new_allocate(payload))
            camera.start_acquisition()

    def _is_held(self) -> bool:
        device = self._camera.get_device()
        return hasattr(device, "is_controller") and not device.is_controller()

    def grab(self) -> Frame:
        """Of a free running camera what was exposed before the call is passed over."""
        trigger = self._settings.trigger
        with self._mapped("grabbing"):
            if trigger != "hardware":
                self._pass_over()
            if trigger == "software":
                self._camera.software_trigger()
            if trigger == "free":
                self._give_back(self._buffer())  # it may have been exposed before the call
            return self._popped()

    def close(self) -> None:
        """A camera that is gone takes seconds to be let go: a thread of its own waits for it."""
        if self._closed:
            return
        self._closed = True
        letting_go = threading.Thread(target=self._let_go, daemon=True, name="gige-close")
        letting_go.start()
        letting_go.join(CLOSE_S)

    def _let_go(self) -> None:
        with suppress(self._glib.Error):  # it may be gone
            self._camera.stop_acquisition()
        self._stream = self._camera = None

    def _pass_over(self) -> None:
        while (buffer := self._stream.try_pop_buffer()) is not None:
            self._give_back(buffer)

    def _popped(self) -> Frame:
        buffer = self._buffer()
        try:
            return self._frame(buffer)
        finally:
            self._stream.push_buffer(buffer)

    def _buffer(self) -> Any:
        """The next one that the camera filled; what the library cleared holds nothing."""
        while True:
            buffer = self._stream.timeout_pop_buffer(round(self._settings.timeout_s * 1e6))
            if buffer is None:
                raise timed_out(self.name, self._settings)
            if buffer.get_status() != self._aravis.BufferStatus.CLEARED:
                return buffer
            self._stream.push_buffer(buffer)

    def _give_back(self, buffer: Any) -> None:
        self._id_of(buffer)
        self._stream.push_buffer(buffer)

    def _frame(self, buffer: Any) -> Frame:
        status = buffer.get_status()
        number = self._id_of(buffer)
        if status != self._aravis.BufferStatus.SUCCESS:
            message = f"{self.name}: frame {number}: {status.value_nick}"
            raise CameraError(message, "camera_incomplete", camera=self.name)
        size = buffer.get_image_width(), buffer.get_image_height()
        return Frame(
            pixels_of(buffer.get_data(), size, _format_of(buffer), self.name),
            taken_at=datetime.now(UTC),
            camera=self.name,
            sequence=number,
            camera_time_s=buffer.get_timestamp() / _NS,
        )

    def _id_of(self, buffer: Any) -> int:
        number = int(buffer.get_frame_id())
        if number < self._last_id and self._last_id <= LAST_ID and self._last_id - number > LAST_ID // 2:
            self._turns += 1
        self._last_id = number
        return number + self._turns * LAST_ID

    @contextmanager
    def _mapped(self, doing: str) -> Iterator[None]:
        try:
            yield
        except self._glib.Error as bad:
            message = f"gige:{self._place}: {doing}: {bad.message}"
            raise CameraError(message, "camera_lost", camera=self._place) from bad


def _set(own: GigeCamera, camera: Any, address: Address) -> None:
    """Asks for the settings; what the camera has not, or takes otherwise, is refused in words."""
    settings, glib = own._settings, own._glib
    try:
        if settings.pixel_format is not None:
            camera.set_pixel_format_from_string(settings.pixel_format)
        if settings.roi_px is not None:
            _check_inside(settings.roi_px, camera.get_sensor_size(), address)
            camera.set_region(*settings.roi_px)
        if settings.exposure_us is not None:
            camera.set_exposure_time(settings.exposure_us)
        if settings.gain_db is not None:
            camera.set_gain(settings.gain_db)
        if "packet_bytes" in address.options:
            camera.gv_set_packet_size(round(address.number("packet_bytes", 1500, 576, 16_000)))
        if settings.trigger == "free":
            camera.clear_triggers()
        else:
            camera.set_trigger("Software" if settings.trigger == "software" else settings.line)
        region = camera.get_region()
        got = (region.x, region.y, region.width, region.height)
    except glib.Error as bad:
        raise StationError(f"gige:{address.place}: a setting is refused: {bad.message}") from bad
    if settings.roi_px not in (None, got):
        raise StationError(f"gige:{address.place}: roi_px = {list(settings.roi_px or ())}: the camera took {list(got)}")


def _check_inside(roi_px: tuple[int, int, int, int], sensor: Any, address: Address) -> None:
    x, y, width, height = roi_px
    if x + width > sensor.width or y + height > sensor.height:
        has = f"{sensor.width} x {sensor.height} px"
        raise StationError(f"gige:{address.place}: roi_px = {list(roi_px)}: the sensor has {has}")


_PFNC = {
    0x01080001: "Mono8",
    0x01100003: "Mono10",
    0x01100005: "Mono12",
    0x01100025: "Mono14",
    0x01100007: "Mono16",
    0x010A0046: "Mono10p",
    0x010C0047: "Mono12p",
    0x010C0006: "Mono12Packed",
    0x02180014: "RGB8",
    0x02180015: "BGR8",
    0x01080008: "BayerGR8",
    0x01080009: "BayerRG8",
    0x0108000A: "BayerGB8",
    0x0108000B: "BayerBG8",
}


def _format_of(buffer: Any) -> str:
    code = int(buffer.get_image_pixel_format())
    return _PFNC.get(code, f"format 0x{code:08X}")


def seen_gige() -> Iterator[Seen]:
    """The cameras that answer on every network and USB port; takes about a second. Raises StationError."""
    library, _ = aravis()
    library.update_device_list()
    for index in range(library.get_n_devices()):
        place = library.get_device_address(index) or library.get_device_id(index)
        about = (library.get_device_vendor, library.get_device_model, library.get_device_serial_nbr)
        told = " ".join(filter(None, (one(index) for one in about)))
        yield Seen(f"gige:{place}", f"{told}, {library.get_device_protocol(index)}")
