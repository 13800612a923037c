"""Basler cameras by pylon's own emulator."""

import os
from contextlib import closing

import numpy as np
import pytest

from cvinspect.camera import Settings, open_camera
from cvinspect.camera.basler import seen_basler
from cvinspect.errors import CameraError, StationError
from cvinspect.pictures import write_picture

QUICK = Settings(timeout_s=1.0)
SOFTWARE = Settings(trigger="software", roi_px=(0, 0, 320, 240), pixel_format="Mono8", timeout_s=1.0)


@pytest.fixture(scope="module", autouse=True)
def emulated():
    """Two emulated cameras: read when the library is loaded."""
    os.environ["PYLON_CAMEMU"] = "2"


@pytest.fixture
def pylon():
    return pytest.importorskip("pypylon.pylon", reason="Basler: pip install 'cvinspect[basler]'")


def test_basler_is_listed_and_triggered(pylon):
    assert [seen.address for seen in seen_basler()] == ["basler:0815-0000", "basler:0815-0001"]
    with closing(open_camera("basler:0815-0000", SOFTWARE)) as camera:
        frames = [camera.grab() for _ in range(3)]
    assert [(frame.size, frame.camera) for frame in frames] == [((320, 240), "0815-0000")] * 3
    assert (np.diff([frame.sequence for frame in frames]) == 1).all()


def test_basler_shows_a_folder_of_pictures(pylon, tmp_path):
    for index, level in enumerate((40, 80, 120)):
        write_picture(tmp_path / f"{index}.png", np.full((240, 320), level, np.uint8))
    with closing(open_camera("basler:0815-0000", SOFTWARE)) as camera:
        own = camera._camera
        own.StopGrabbing()
        for name, value in (("ImageFilename", str(tmp_path)), ("ImageFileMode", "On"), ("TestImageSelector", "Off")):
            own.GetNodeMap().GetNode(name).FromString(value)
        own.StartGrabbing(pylon.GrabStrategy_OneByOne)
        levels = [int(np.median(camera.grab().pixels)) for _ in range(4)]
    assert levels == [40, 80, 120, 40]


def test_basler_failed_buffers_are_incomplete(pylon):
    with closing(open_camera("basler:0815-0000", SOFTWARE)) as camera:
        nodes = camera._camera.GetNodeMap()
        nodes.GetNode("ForceFailedBufferCount").FromString("2")
        nodes.GetNode("ForceFailedBuffer").Execute()
        for _ in range(2):
            with pytest.raises(CameraError, match=r"frame \d+: ") as failed:
                camera.grab()
            assert failed.value.code == "camera_incomplete"
        assert camera.grab().size == (320, 240)


def test_basler_without_a_trigger_times_out(pylon):
    waiting = Settings(trigger="hardware", line="Line1", timeout_s=0.3)
    with closing(open_camera("basler:0815-0000", waiting)) as camera, pytest.raises(CameraError, match="no frame"):
        camera.grab()


def test_basler_unknown_or_not_named(pylon):
    with pytest.raises(CameraError, match="no such camera; there are 0815-0000, 0815-0001"):
        open_camera("basler:4711", QUICK)
    with pytest.raises(StationError, match="several cameras: 0815-0000, 0815-0001; write basler:SERIAL"):
        open_camera("basler:", QUICK)
    with pytest.raises(StationError, match=r"ExposureTime = -5\.0: refused"):
        open_camera("basler:0815-0000", Settings(exposure_us=-5.0))


def test_basler_colour_comes_from_a_bayer_picture(pylon):
    with closing(open_camera("basler:0815-0001", Settings(pixel_format="BayerRG8"))) as camera:
        assert camera.grab().pixels.shape[2] == 3
