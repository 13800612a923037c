"""Settings as GenICam features, whose names differ between generations of cameras (SFNC 1 and 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cvinspect.camera.camera import Settings
from cvinspect.errors import StationError


@dataclass(frozen=True, slots=True)
class Feature:
    """What is asked of a camera: the names it may have there, the value; needed: False where it may lack it."""

    names: tuple[str, ...]
    value: str | int | float
    needed: bool = True


def features(settings: Settings) -> Iterator[Feature]:
    """In the order in which they must be set."""
    if settings.pixel_format is not None:
        yield Feature(("PixelFormat",), settings.pixel_format)
    if settings.roi_px is not None:
        x, y, width, height = settings.roi_px
        yield from (Feature(("OffsetX",), 0, needed=False), Feature(("OffsetY",), 0, needed=False))
        yield from (Feature(("Width",), width), Feature(("Height",), height))
        yield from (Feature(("OffsetX",), x, needed=x > 0), Feature(("OffsetY",), y, needed=y > 0))
    if settings.exposure_us is not None:
        yield Feature(("ExposureAuto",), "Off", needed=False)
        yield Feature(("ExposureTime", "ExposureTimeAbs"), settings.exposure_us)
    if settings.gain_db is not None:
        yield Feature(("GainAuto",), "Off", needed=False)
        yield Feature(("Gain",), settings.gain_db)
    is_triggered = settings.trigger != "free"
    yield Feature(("TriggerSelector",), "FrameStart", needed=is_triggered)
    yield Feature(("TriggerMode",), "On" if is_triggered else "Off", needed=is_triggered)
    if is_triggered:
        yield Feature(("TriggerSource",), "Software" if settings.trigger == "software" else settings.line)


def apply(
    settings: Settings, camera: str, put: Callable[[str, str | int | float], bool], refused: tuple[type[Exception], ...]
) -> None:
    """Sets every feature. put: sets one by its name, False where the camera lacks it; may raise `refused`.

    Raises StationError where the camera lacks what is asked for, or refuses its value.
    """
    for feature in features(settings):
        try:
            is_there = any(put(name, feature.value) for name in feature.names)
        except refused as bad:
            raise StationError(f"{camera}: {feature.names[0]} = {feature.value}: refused: {_first(bad)}") from bad
        if not is_there and feature.needed:
            raise StationError(f"{camera}: has no {feature.names[0]} that can be set; leave it out")


def _first(bad: Exception) -> str:
    return (str(bad).strip().splitlines() or [type(bad).__name__])[0]
