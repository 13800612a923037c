"""A stream over loopback: pictures come that are newer than the call, and its end is seen."""

import socket
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from cvinspect.camera import Settings, open_camera
from cvinspect.errors import CameraError
from cvinspect.fitness import is_frozen

SYSTEM_PYTHON = "/usr/bin/python3"
SERVER = Path(__file__).with_name("vendors") / "rtsp_server.py"


@pytest.fixture
def stream():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        process = subprocess.Popen(
            [SYSTEM_PYTHON, SERVER, str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        pytest.skip(f"RTSP: no {SYSTEM_PYTHON}")
    with process:
        if process.stdout.readline() != b"ready\n":
            pytest.skip(
                "RTSP: on Debian, apt-get install gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good python3-gi"
            )
        yield f"video:rtsp://127.0.0.1:{port}/part", process
        process.kill()


def all_of(camera):
    """What was sent before the end may still come."""
    while True:
        camera.grab()


def test_a_stream_gives_new_pictures_and_its_end_is_seen(stream):
    address, process = stream
    with closing(open_camera(address, Settings(timeout_s=3.0))) as camera:
        first = camera.grab()
        time.sleep(0.5)
        second = camera.grab()
        assert (first.size, is_frozen(second, first)) == ((320, 240), False)
        assert second.sequence - first.sequence > 5  # what came in between was passed over
        process.kill()
        began = time.monotonic()
        with pytest.raises(CameraError, match=r"stream is gone|no frame") as gone:
            all_of(camera)
        assert gone.value.code in ("camera_lost", "camera_timeout")
    assert time.monotonic() - began < 8
