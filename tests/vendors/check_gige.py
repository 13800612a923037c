"""GigE Vision over loopback: Aravis' own camera shows our pictures; killed, frozen, held by another, losing packets."""

import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from cvinspect.camera import Settings, open_camera
from cvinspect.camera.gige import aravis, seen_gige
from cvinspect.errors import CameraError, StationError
from cvinspect.fitness import is_frozen
from cvinspect.pictures import write_picture

IP = "127.0.0.1"
SETTINGS = Settings(roi_px=(0, 0, 320, 240), exposure_us=10_000.0, pixel_format="Mono8", timeout_s=1.0)
SOFTWARE = Settings(trigger="software", roi_px=(0, 0, 320, 240), exposure_us=10_000.0, pixel_format="Mono8")


def needs_aravis():
    try:
        aravis()
    except StationError as absent:
        pytest.skip(f"GigE Vision: {absent}")


class Server:
    """The camera's own process."""

    def __init__(self, folder):
        self.folder = folder
        self.start()

    def start(self):
        script = Path(__file__).with_name("gv_camera.py")
        words = [sys.executable, script, self.folder, IP, "CVI1"]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self.process.stdout.readline() == b"ready\n"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def pictures(tmp_path):
    rng = np.random.default_rng(1)
    drawn = [rng.integers(0, 200, (240, 320), np.uint8) for _ in range(4)]
    for index, pixels in enumerate(drawn):
        write_picture(tmp_path / f"{index}.png", pixels)
    return drawn


@pytest.fixture
def server(tmp_path, pictures):
    needs_aravis()
    running = Server(tmp_path)
    yield running
    running.kill()


def all_of(camera):
    """What was sent before the camera went may still come."""
    while True:
        camera.grab()


def test_pictures_come_as_they_were_shown_in_order(server, pictures):
    with closing(open_camera(f"gige:{IP}", SOFTWARE)) as camera:
        frames = [camera.grab() for _ in range(6)]
    places = [[(frame.pixels == one).all() for one in pictures].index(True) for frame in frames]
    assert (np.diff(places) % 4 == 1).all()
    assert (np.diff([frame.sequence for frame in frames]) == 1).all()
    assert (np.diff([frame.camera_time_s for frame in frames]) > 0).all()
    assert {frame.camera for frame in frames} == {"CVI1"}


def test_a_free_running_camera_gives_nothing_older_than_the_call(server):
    with closing(open_camera(f"gige:{IP}", SETTINGS)) as camera:
        first = camera.grab()
        time.sleep(0.5)
        second = camera.grab()
    assert second.camera_time_s - first.camera_time_s > 0.45


def test_exposure_changes_what_is_seen(server, pictures):
    bright = Settings(trigger="software", roi_px=(0, 0, 320, 240), exposure_us=5_000.0, pixel_format="Mono8")
    with closing(open_camera(f"gige:{IP}", bright)) as camera:
        level = float(np.mean(camera.grab().pixels))
    assert level == pytest.approx(np.mean(pictures) / 2, rel=0.03)


def test_nothing_comes_without_a_trigger(server):
    waiting = Settings(trigger="hardware", line="Line0", pixel_format="Mono8", timeout_s=0.3)
    with closing(open_camera(f"gige:{IP}", waiting)) as camera:
        began = time.monotonic()
        with pytest.raises(CameraError, match=r"no frame within 0\.3 s") as late:
            camera.grab()
    assert late.value.code == "camera_timeout"
    assert time.monotonic() - began < 0.6


def test_a_killed_camera_is_seen_at_once_and_comes_back(server):
    quick = Settings(roi_px=(0, 0, 320, 240), pixel_format="Mono8", timeout_s=0.5)
    camera = open_camera(f"gige:{IP}", quick)
    camera.grab()
    server.kill()
    began = time.monotonic()
    with pytest.raises(CameraError, match=r"no frame|grabbing"):
        all_of(camera)
    assert time.monotonic() - began < 1.0
    began = time.monotonic()
    camera.close()  # takes seconds, but not ours
    camera.close()
    assert time.monotonic() - began < 0.5
    server.start()
    began = time.monotonic()
    with closing(open_camera(f"gige:{IP}", quick)) as again:
        assert again.grab().size == (320, 240)
    assert time.monotonic() - began < 5.0


def test_a_camera_that_another_holds_is_refused(server):
    with closing(open_camera(f"gige:{IP}", SETTINGS)) as camera:
        camera.grab()
        with pytest.raises(CameraError, match="another program controls this camera") as held:
            open_camera(f"gige:{IP}", SETTINGS)
        assert held.value.code == "camera_lost"
        assert camera.grab().size == (320, 240)


def test_a_frozen_camera_shows_the_same_picture(server, tmp_path):
    server.kill()
    for path in sorted(tmp_path.glob("*.png"))[1:]:
        path.unlink()
    server.start()
    with closing(open_camera(f"gige:{IP}", SETTINGS)) as camera:
        assert is_frozen(camera.grab(), camera.grab())


def test_settings_that_the_camera_refuses(server):
    with pytest.raises(StationError, match="a setting is refused"):
        open_camera(f"gige:{IP}", Settings(pixel_format="Mono9"))
    with pytest.raises(StationError, match=r"roi_px = \[0, 0, 5000, 5000\]: the sensor has 2048 x 2048"):
        open_camera(f"gige:{IP}", Settings(roi_px=(0, 0, 5000, 5000)))


def test_nobody_answers():
    needs_aravis()
    with pytest.raises(CameraError, match="opening it") as gone:
        open_camera("gige:127.0.0.77", Settings(timeout_s=0.5))
    assert gone.value.code == "camera_lost"


def test_the_list_names_it(server):
    assert f"gige:{IP}" in [seen.address for seen in seen_gige()]


@pytest.mark.soak
def test_two_hundred_kills_leak_nothing(server):
    quick = Settings(roi_px=(0, 0, 320, 240), pixel_format="Mono8", timeout_s=0.5)
    files, threads = [], []
    for _ in range(200):
        camera = open_camera(f"gige:{IP}", quick)
        camera.grab()
        server.kill()
        with pytest.raises(CameraError, match=r"no frame|grabbing"):
            all_of(camera)
        camera.close()
        server.start()
        files.append(len(list(Path("/proc/self/fd").iterdir())))
        threads.append(threading.active_count())
    time.sleep(15)
    assert len(list(Path("/proc/self/fd").iterdir())) <= files[0] + 2
    assert threading.active_count() <= 2
