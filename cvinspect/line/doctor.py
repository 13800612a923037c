"""What a station needs, looked at one by one: `cvinspect doctor`."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from cvinspect.archive import Archive
from cvinspect.camera import open_camera, seen_cameras
from cvinspect.config.station import StationSetup, place_of
from cvinspect.errors import CvinspectError
from cvinspect.pictures import clean_text, gray8

SYNCS, SYNC_BYTES = 5, 4_000_000
SLOW_SYNC_MS = 100.0
LOW_SHARE, NO_SHARE = 0.10, 0.02  # of a disk, free
SOON_DAYS = 30
BUILT = datetime(2026, 1, 1, tzinfo=UTC)  # no clock that is right shows less
DARK_GRAY, BRIGHT_GRAY = 10.0, 245.0


class State(StrEnum):
    """How something is."""

    GOOD = "good"
    DOUBT = "doubt"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its code in the catalogue is doctor_CODE."""

    state: State
    code: str
    values: dict[str, Any] = field(default_factory=dict)


def examine(setup: StationSetup | None = None) -> Iterator[Check]:
    """Looks at this machine, and at what a station needs; nothing is changed but a file for the disk's time."""
    yield from _versions()
    yield _clock()
    yield _disk_time(setup.archive if setup else Path(tempfile.gettempdir()))
    if setup is None:
        yield from _cameras()
        return
    yield from _calibrations(setup)
    yield from _archive(setup)
    yield from _station_cameras(setup)
    yield from _outputs(setup)


def _versions() -> Iterator[Check]:
    told = {"cvinspect": version("cvinspect"), "python": platform.python_version(), "opencv": cv2.__version__}
    told |= {"numpy": np.__version__, "sqlite": sqlite3.sqlite_version}
    named = ", ".join(f"{name} {value}" for name, value in told.items())
    yield Check(State.GOOD, "versions", {"message": named})
    cores = os.cpu_count() or 1
    yield Check(State.GOOD if cores > 1 else State.DOUBT, "cores", {"count": cores})


def _clock() -> Check:
    now = datetime.now(UTC)
    state = State.GOOD if now > BUILT else State.BAD
    return Check(state, "clock", {"message": now.isoformat(timespec="seconds")})


def _disk_time(folder: Path) -> Check:
    """How long a picture takes to be on the disk for good."""
    place = folder if folder.is_dir() else folder.parent
    data = os.urandom(SYNC_BYTES)
    times = []
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            for _ in range(SYNCS):
                began = time.perf_counter()
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                times.append(1000 * (time.perf_counter() - began))
    except OSError as bad:
        return Check(State.BAD, "disk_closed", {"message": clean_text(f"{place}: {bad.strerror}")})
    took = statistics.median(times)
    values = {"ms": round(took, 1), "megabytes": SYNC_BYTES / 1e6, "message": clean_text(str(place))}
    return Check(State.GOOD if took <= SLOW_SYNC_MS else State.DOUBT, "disk_time", values)


def _cameras() -> Iterator[Check]:
    found, absent = seen_cameras()
    for one in found:
        yield Check(State.GOOD, "camera_seen", {"message": clean_text(f"{one.address} {one.about}")})
    for why in absent.values():
        yield Check(State.GOOD, "camera_library", {"message": clean_text(why)})
    if not found:
        yield Check(State.GOOD, "no_camera")


def _calibrations(setup: StationSetup) -> Iterator[Check]:
    for view in setup.job.views:
        days = (view.calibration.valid_until - datetime.now(UTC)).days
        state = State.GOOD if days >= SOON_DAYS else State.DOUBT
        yield Check(state, "calibration", {"view": view.name, "days": days, "message": view.calibration_name})


def _archive(setup: StationSetup) -> Iterator[Check]:
    free = shutil.disk_usage(setup.archive if setup.archive.exists() else setup.path.parent)
    share = free.free / free.total
    state = State.GOOD if share > LOW_SHARE else State.DOUBT if share > NO_SHARE else State.BAD
    yield Check(state, "disk_free", {"percent": round(100 * share), "gigabytes": round(free.free / 1e9)})
    try:
        with Archive(setup.archive) as archive:
            rows, _ = archive.head
            newest = next((stored.at for stored in archive.rows(newest=1)), None)
    except (CvinspectError, OSError) as bad:
        yield Check(State.BAD, "archive_closed", {"message": clean_text(str(bad))})
        return
    yield Check(State.GOOD, "archive_open", {"count": rows, "message": clean_text(str(setup.archive))})
    if newest is not None and newest > datetime.now(UTC):
        yield Check(State.BAD, "clock_back", {"message": newest.isoformat(timespec="seconds")})
    if not os.access(setup.archive, os.W_OK):
        yield Check(State.BAD, "archive_read_only", {"message": clean_text(str(setup.archive))})


def _station_cameras(setup: StationSetup) -> Iterator[Check]:
    for view, entry in setup.cameras.items():
        try:
            began = time.perf_counter()
            with closing(open_camera(entry.address, entry.settings)) as camera:
                frame = camera.grab()
        except (CvinspectError, OSError) as bad:
            yield Check(State.BAD, "camera_fault", {"view": view, "message": clean_text(str(bad))})
            continue
        took = 1000 * (time.perf_counter() - began)
        level = float(np.median(gray8(frame.pixels)))
        due = setup.job.views[list(setup.cameras).index(view)].calibration.size
        if frame.size != due:
            sizes = {"message": "x".join(map(str, frame.size)), "due": "x".join(map(str, due))}
            yield Check(State.BAD, "camera_size", {"view": view, **sizes})
        state = State.GOOD if DARK_GRAY < level < BRIGHT_GRAY else State.DOUBT
        yield Check(state, "camera_works", {"view": view, "ms": round(took), "level": level, "message": entry.address})


def _outputs(setup: StationSetup) -> Iterator[Check]:
    places = [(entry.listen, entry.connect) for entry in setup.file.output]
    if setup.file.page is not None:
        places.append((setup.file.page.listen, ""))
    for listen, connect in places:
        host, port = place_of(listen or connect)
        named = {"message": f"{host}:{port}"}
        with socket.socket() as one:
            one.settimeout(1.0)
            try:
                if listen:
                    one.bind((host, port))
                else:
                    one.connect((host, port))
            except OSError as bad:
                told = {"message": f"{host}:{port}: {bad.strerror or bad}"}
                yield Check(State.BAD, "port_taken" if listen else "plc_away", told)
                continue
        yield Check(State.GOOD, "port_free" if listen else "plc_there", named)
