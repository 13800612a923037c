"""GenTL cameras by Harvesters, with the producer that comes in genicam's wheel."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from cvinspect.camera import Settings, open_camera
from cvinspect.camera.genicam import seen_genicam
from cvinspect.errors import CameraError, StationError

QUICK = Settings(timeout_s=1.0)
SOFTWARE = Settings(trigger="software", roi_px=(0, 0, 320, 240), pixel_format="Mono8", timeout_s=1.0)


@pytest.fixture
def producer():
    genicam = pytest.importorskip("genicam", reason="GenTL: pip install 'cvinspect[genicam]'")
    pytest.importorskip("harvesters", reason="GenTL: pip install 'cvinspect[genicam]'")
    path = Path(genicam.__file__).with_name("viky.cti")
    if not path.exists():
        pytest.skip("GenTL: this genicam brings no producer to be tested by")
    return path


def test_gentl(producer):
    with closing(open_camera(f"genicam:VikyTL_DEV_red?producer={producer}", QUICK)) as camera:
        frames = [camera.grab() for _ in range(3)]
    assert {frame.pixels.shape for frame in frames} == {(400, 400, 3)}
    assert (np.diff([frame.sequence for frame in frames]) >= 1).all()


def test_gentl_what_a_camera_lacks_is_refused_only_where_it_was_asked_for(producer):
    with pytest.raises(StationError, match="has no ExposureTime that can be set; leave it out"):
        open_camera(f"genicam:VikyTL_DEV_red?producer={producer}", Settings(exposure_us=100.0))
    with pytest.raises(StationError, match=r"has no Trigger(Mode|Selector)"):
        open_camera(f"genicam:VikyTL_DEV_red?producer={producer}", SOFTWARE)


def test_gentl_which_camera(producer, monkeypatch):
    with pytest.raises(CameraError, match="no such camera; there are VikyTL_DEV_red"):
        open_camera(f"genicam:none?producer={producer}", QUICK)
    with pytest.raises(StationError, match="several cameras"):
        open_camera(f"genicam:?producer={producer}", QUICK)
    monkeypatch.setenv("GENICAM_GENTL64_PATH", str(producer.parent))
    assert "genicam:VikyTL_DEV_red" in [seen.address for seen in seen_genicam()]


def test_gentl_no_producer(producer, monkeypatch):
    monkeypatch.delenv("GENICAM_GENTL64_PATH", raising=False)
    with pytest.raises(StationError, match=r"no producer: write \?producer=FILE.cti, or set GENICAM_GENTL64_PATH"):
        open_camera("genicam:x", QUICK)
    with pytest.raises(StationError, match=r"producer=none.cti: no such file"):
        open_camera("genicam:x?producer=none.cti", QUICK)
