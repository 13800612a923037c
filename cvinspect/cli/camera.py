"""`cvinspect camera`: which cameras there are, what one gives, a picture of it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from cvinspect.camera import Camera, Settings, open_camera, seen_cameras
from cvinspect.cli.calibration_options import ForceOption, check_place
from cvinspect.cli.options import JsonOption, Lang, LangOption
from cvinspect.errors import PictureError, StationError
from cvinspect.fitness import is_frozen
from cvinspect.model import Frame
from cvinspect.pictures import clean_text, gray8, write_picture
from cvinspect.words import Language, noun, say

app = typer.Typer(help="Cameras: list them, look at what they give, take a picture.", no_args_is_help=True)

WHITE = 254
_LIVE = ("video", "gige", "basler", "genicam")


class TriggerOption(StrEnum):
    """What starts an exposure."""

    FREE = "free"
    SOFTWARE = "software"
    HARDWARE = "hardware"


AddressArgument = Annotated[
    str, typer.Argument(metavar="CAMERA", help="folder:PATH, video:.., gige:IP, basler:SERIAL, genicam:ID, synthetic:")
]
TriggerAsked = Annotated[TriggerOption, typer.Option("--trigger", help="What starts an exposure.")]
ExposureAsked = Annotated[float | None, typer.Option("--exposure-us", help="Exposure, microseconds.")]
GainAsked = Annotated[float | None, typer.Option("--gain-db", help="Gain, decibel.")]
FormatAsked = Annotated[str | None, typer.Option("--pixel-format", help="As Mono8, Mono12p, BayerRG8.")]
RoiAsked = Annotated[str, typer.Option("--roi", metavar="X,Y,W,H", help="The part of the sensor, px.")]
TimeoutAsked = Annotated[float, typer.Option("--timeout", min=0.01, max=600, help="Seconds to wait for a picture.")]


@app.command("list")
def list_cameras(as_json: JsonOption = False, lang: LangOption = Lang.EN) -> None:
    """List the cameras that answer, and what is needed for those that could not be asked."""
    found, absent = seen_cameras()
    if as_json:
        cameras = [{"address": one.address, "about": one.about} for one in found]
        print(json.dumps({"cameras": cameras, "not_asked": absent}, ensure_ascii=False))
        return
    for one in found:
        print(clean_text(f"{one.address:24} {one.about}"))
    if not found:
        print(say("camera_none", {}, lang.value))
    print(say("camera_always", {}, lang.value))
    for why in absent.values():
        print(clean_text(why), file=sys.stderr)


@app.command()
def probe(
    address: AddressArgument,
    frames: Annotated[int, typer.Option("--frames", min=1, max=1000, help="How many pictures to take.")] = 3,
    trigger: TriggerAsked = TriggerOption.FREE,
    exposure_us: ExposureAsked = None,
    gain_db: GainAsked = None,
    pixel_format: FormatAsked = None,
    roi: RoiAsked = "",
    timeout: TimeoutAsked = 2.0,
    as_json: JsonOption = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Open a camera, take some pictures and tell size, numbers and times."""
    began = time.perf_counter()
    settings = _settings(trigger, exposure_us, gain_db, pixel_format, roi, timeout)
    with closing(open_camera(address, settings)) as camera:
        open_ms = 1000 * (time.perf_counter() - began)
        for index, (frame, wait_ms) in enumerate(_frames(camera, frames)):
            told = _told(frame, wait_ms)
            if as_json:
                print(json.dumps(told))
                continue
            if index == 0:
                print(say("camera_opened", _head(frame, camera.name or address, open_ms, lang.value), lang.value))
            print(say("camera_frame", told, lang.value))


@app.command()
def snap(
    address: AddressArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The picture to write, PNG.")],
    trigger: TriggerAsked = TriggerOption.FREE,
    exposure_us: ExposureAsked = None,
    gain_db: GainAsked = None,
    pixel_format: FormatAsked = None,
    roi: RoiAsked = "",
    timeout: TimeoutAsked = 2.0,
    force: ForceOption = False,
) -> None:
    """Take one picture."""
    check_place(output, force)
    settings = _settings(trigger, exposure_us, gain_db, pixel_format, roi, timeout)
    with closing(open_camera(address, settings)) as camera:
        write_picture(output, camera.grab().pixels)
    print(clean_text(str(output)))


@app.command()
def watch(
    address: AddressArgument,
    frames: Annotated[int, typer.Option("--frames", min=0, help="How many pictures; 0: until it is stopped.")] = 0,
    trigger: TriggerAsked = TriggerOption.FREE,
    exposure_us: ExposureAsked = None,
    gain_db: GainAsked = None,
    pixel_format: FormatAsked = None,
    roi: RoiAsked = "",
    timeout: TimeoutAsked = 2.0,
    lang: LangOption = Lang.EN,
) -> None:
    """Tell every picture and every fault, a line each, until it is stopped."""
    settings = _settings(trigger, exposure_us, gain_db, pixel_format, roi, timeout)
    is_live = address.partition(":")[0] in _LIVE
    before: Frame | None = None
    with closing(open_camera(address, settings)) as camera:
        count = 0
        while not frames or count < frames:
            count += 1
            began = time.perf_counter()
            try:
                frame = camera.grab()
            except PictureError as bad:
                print(say(bad.code, {"message": str(bad), **bad.values}, lang.value), flush=True)
                if bad.code in ("camera_ended", "camera_lost"):
                    raise typer.Exit(1) from bad
                continue
            for line in _lines(frame, before, 1000 * (time.perf_counter() - began), is_live, lang.value):
                print(line, flush=True)
            before = frame


def _settings(
    trigger: TriggerOption, exposure: float | None, gain: float | None, form: str | None, roi: str, timeout: float
) -> Settings:
    return Settings(
        trigger=trigger.value,
        exposure_us=exposure,
        gain_db=gain,
        pixel_format=form,
        roi_px=_roi(roi) if roi else None,
        timeout_s=timeout,
    )


def _roi(text: str) -> tuple[int, int, int, int]:
    parts = text.split(",")
    if len(parts) != 4 or not all(part.strip().isdecimal() for part in parts):
        raise StationError(f"--roi {clean_text(text)}: write X,Y,WIDTH,HEIGHT in px, as 0,0,1280,1024")
    x, y, width, height = (int(part) for part in parts)
    return x, y, width, height


def _frames(camera: Camera, count: int) -> Iterator[tuple[Frame, float]]:
    for _ in range(count):
        began = time.perf_counter()
        frame = camera.grab()
        yield frame, 1000 * (time.perf_counter() - began)


def _head(frame: Frame, name: str, open_ms: float, lang: Language) -> dict[str, Any]:
    width, height = frame.size
    colour = noun("camera_colour" if frame.pixels.ndim == 3 else "camera_grey", lang)
    bits = 8 * frame.pixels.dtype.itemsize
    named = {"message": clean_text(name), "colour": colour}
    return {**named, "open_ms": round(open_ms), "width": width, "height": height, "bits": bits}


def _told(frame: Frame, wait_ms: float) -> dict[str, Any]:
    gray = gray8(frame.pixels)
    return {
        "number": frame.sequence,
        "wait_ms": round(wait_ms, 1),
        "level": float(np.median(gray)),
        "white": round(100 * float((gray >= WHITE).mean()), 2),
        "camera_time_s": frame.camera_time_s,
    }


def _lines(frame: Frame, before: Frame | None, wait_ms: float, is_live: bool, lang: Language) -> Iterator[str]:
    if before is not None:
        last, number = before.sequence or 0, frame.sequence or 0
        if number > last + 1:
            yield say("camera_gap", {"first": last + 1, "last": number - 1}, lang)
        if is_live and is_frozen(frame, before):
            yield say("camera_again", {}, lang)
    yield say("camera_frame", _told(frame, wait_ms), lang)
