"""Cameras without a vendor's library: folders, video, rendered parts; and every pixel format."""

import itertools
from contextlib import closing

import cv2
import numpy as np
import pytest
from cli import PICTURES, cli, draw

from cvinspect import words
from cvinspect.camera import CAMERA_CODES, CAMERAS, Settings, open_camera
from cvinspect.camera.formats import FORMATS, pixels_of
from cvinspect.camera.nodes import apply, features
from cvinspect.errors import CameraError, PictureError, StationError
from cvinspect.fitness import is_frozen
from cvinspect.pictures import read_picture


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "照片"
    for name, outcome in (("b", "FAIL"), ("a", "PASS"), ("c", "INVALID")):
        draw(place / f"{name}.png", outcome)
    return place


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "parts.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"FFV1"), 10, (240, 180))
    for level in (40, 80, 120):
        writer.write(np.full((180, 240, 3), level, np.uint8))
    writer.release()
    return path


def test_a_folder_is_read_by_name_and_ends(folder):
    with closing(open_camera(f"folder:{folder}")) as camera:
        first, second = camera.grab(), camera.grab()
        with pytest.raises(PictureError, match="PNG, JPEG, TIFF and BMP are read"):
            camera.grab()
        with pytest.raises(CameraError, match=r"c\.png was the last picture of the folder") as ended:
            camera.grab()
    assert [(frame.part, frame.sequence) for frame in (first, second)] == [("a", 1), ("b", 2)]
    assert (first.pixels == PICTURES["PASS"]).all()
    assert first.sha256 == read_picture(folder / "a.png").sha256
    assert ended.value.code == "camera_ended"


def test_a_folder_comes_round_again(folder):
    (folder / "c.png").unlink()
    with closing(open_camera(f"folder:{folder}?loop=1&every_s=0.01")) as camera:
        frames = [camera.grab() for _ in range(5)]
    assert "".join(frame.part for frame in frames) == "ababa"
    steps = np.diff([frame.camera_time_s for frame in frames])
    assert (steps >= 0.009).all()


def test_a_video_file_is_read_picture_by_picture(video):
    with closing(open_camera(f"video:{video}")) as camera:
        frames = [camera.grab() for _ in range(3)]
        with pytest.raises(CameraError, match="ended after 3 pictures"):
            camera.grab()
    assert [int(np.median(frame.pixels)) for frame in frames] == [40, 80, 120]
    assert [frame.pixels.ndim for frame in frames] == [2, 2, 2]
    assert [frame.sequence for frame in frames] == [1, 2, 3]


def test_a_stream_that_is_not_there_is_lost_within_its_time():
    with pytest.raises(CameraError, match="no stream there") as lost:
        open_camera("video:rtsp://127.0.0.1:9/none", Settings(timeout_s=1.0))
    assert lost.value.code == "camera_lost"


def test_every_rendered_frame_differs_and_every_third_part_is_bad():
    with closing(open_camera("synthetic:?width=240&height=180&parts=3&size_mm=1")) as camera:
        frames = [camera.grab() for _ in range(6)]
    assert not any(is_frozen(one, other) for one, other in itertools.combinations(frames, 2))
    smooth = [(cv2.blur(frame.pixels, (9, 9)), cv2.blur(frame.pixels, (61, 61))) for frame in frames]
    marks = [float(cv2.absdiff(near, far).max()) for near, far in smooth]
    assert [mark > 20 for mark in marks] == [False, False, True] * 2


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nikon:7", "unknown camera 'nikon'; there are folder, video, gige, basler, genicam, synthetic"),
        ("photos", "no camera's address; write scheme:place"),
        ("folder:none", "no pictures there"),
        ("folder:.?loops=1", "unknown option 'loops'; allowed are loop, every_s"),
        ("synthetic:?width=2", "width=2: a number of 64 to 8192 is allowed"),
        ("synthetic:?seed=x", "seed=x: a number of 0 to 1e"),
        ("video:none.avi", "no such file"),
        ("video:77", "cannot be opened as a video or a camera"),
        ("gige:\udce9", "no camera's address"),
    ],
)
def test_addresses_that_cannot_be_opened(address, message):
    with pytest.raises(StationError, match=message):
        open_camera(address, Settings(timeout_s=0.5))


def test_what_a_source_cannot_set_is_refused(folder):
    with pytest.raises(StationError, match="has no trigger, exposure_us to set"):
        open_camera(f"folder:{folder}", Settings(trigger="software", exposure_us=10.0))


@pytest.mark.parametrize("code", CAMERA_CODES)
def test_every_fault_has_its_words(code):
    assert code in words.CATALOGUE


VALUES = np.array([[0, 1, 2, 3], [1020, 1021, 1022, 1023]], np.uint16)


def bits_of(values, bits):
    """Least significant bits first, pixel after pixel (PFNC's p formats)."""
    flat = ((values.reshape(-1, 1) >> np.arange(bits)) & 1).astype(np.uint8)
    return np.packbits(flat.reshape(-1), bitorder="little").tobytes()


def packed12(values):
    pairs = values.reshape(-1, 2).astype(int)
    return bytes(byte for a, b in pairs for byte in (a >> 4, (a & 15) | (b & 15) << 4, b >> 4))


@pytest.mark.parametrize(
    ("form", "data", "shift"),
    [
        ("Mono10", VALUES.tobytes(), 6),
        ("Mono12", VALUES.tobytes(), 4),
        ("Mono16", VALUES.tobytes(), 0),
        ("Mono10p", bits_of(VALUES, 10), 6),
        ("Mono12p", bits_of(VALUES, 12), 4),
        ("Mono12Packed", packed12(VALUES), 4),
    ],
)
def test_more_than_eight_bits_come_in_the_upper_bits_of_sixteen(form, data, shift):
    pixels = pixels_of(data, (4, 2), form, "camera")
    assert pixels.dtype == np.uint16
    assert (pixels >> shift == VALUES).all()
    assert not pixels.flags.writeable


def test_colours_come_as_blue_green_red():
    red = np.zeros((4, 6, 3), np.uint8)
    red[..., 0] = 200
    assert (pixels_of(red.tobytes(), (6, 4), "RGB8", "camera")[0, 0] == (0, 0, 200)).all()
    assert (pixels_of(red.tobytes(), (6, 4), "BGR8", "camera")[0, 0] == (200, 0, 0)).all()


@pytest.mark.parametrize(("form", "at"), [("RG", (0, 0)), ("GR", (0, 1)), ("GB", (1, 0)), ("BG", (1, 1))])
def test_a_bayer_picture_of_red_light_is_red(form, at):
    mosaic = np.zeros((8, 8), np.uint8)
    mosaic[at[0] :: 2, at[1] :: 2] = 200
    pixels = pixels_of(mosaic.tobytes(), (8, 8), f"Bayer{form}8", "camera")
    assert pixels[2:-2, 2:-2].reshape(-1, 3).mean(axis=0).tolist() == [0, 0, 200]


def test_a_short_buffer_and_an_unknown_format_are_faults():
    with pytest.raises(CameraError, match="11 bytes of 12") as short:
        pixels_of(bytes(11), (4, 3), "Mono8", "camera")
    with pytest.raises(CameraError, match="pixels in YUV422_8; read are Mono8") as strange:
        pixels_of(bytes(99), (4, 3), "YUV422_8", "camera")
    assert (short.value.code, strange.value.code) == ("camera_incomplete", "camera_format")
    assert all(bits in (8, 10, 12, 16, 24, 32) for _, bits in FORMATS.values())


def test_features_are_set_in_an_order_that_cameras_take():
    asked = Settings(trigger="hardware", line="Line3", roi_px=(8, 0, 640, 480), exposure_us=500.0, pixel_format="Mono8")
    names = [feature.names[0] for feature in features(asked)]
    assert names.index("PixelFormat") < names.index("Width") < names.index("ExposureTime")
    done = {}
    apply(asked, "camera", lambda name, value: done.__setitem__(name, value) is None, ())
    assert (done["OffsetX"], done["TriggerSource"], done["TriggerMode"]) == (8, "Line3", "On")


def test_a_feature_that_was_asked_for_and_is_missing_is_refused():
    with pytest.raises(StationError, match="camera: has no Gain that can be set; leave it out"):
        apply(Settings(gain_db=3.0), "camera", lambda name, value: name != "Gain", ())
    apply(Settings(), "camera", lambda name, value: False, ())


def test_the_commands(folder, tmp_path):
    listed = cli("camera", "list", "--json")
    assert listed.code == 0
    assert set(listed.lines[0]) == {"cameras", "not_asked"}
    watched = cli("camera", "watch", f"folder:{folder}", "--lang", "zh")
    assert (watched.code, watched.out.count("帧")) == (1, 2)
    assert "c.png" in watched.words  # the third file is no picture: said, and the next is taken
    snapped = cli("camera", "snap", "synthetic:?width=240&height=180", "-o", tmp_path / "快照.png")
    assert (snapped.code, read_picture(tmp_path / "快照.png").pixels.shape) == (0, (180, 240))
    again = cli("camera", "snap", "synthetic:?width=240&height=180", "-o", tmp_path / "快照.png")
    assert (again.code, "--force" in again.words) == (2, True)
    probed = cli("camera", "probe", "synthetic:?width=240&height=180", "--frames", "2")
    assert "240 x 180 px, 8 bits, grey" in probed.words
    assert probed.out.count("\n") == 3
    refused = cli("camera", "probe", "synthetic:", "--roi", "1,2")
    assert (refused.code, "write X,Y,WIDTH,HEIGHT" in refused.words) == (2, True)


def test_the_end_of_a_folder_ends_the_watching(folder):
    (folder / "c.png").unlink()
    done = cli("camera", "watch", f"folder:{folder}")
    assert (done.code, done.out.count("frame ")) == (1, 2)
    assert "there are no more pictures" in done.words


def test_every_camera_stands_in_the_dict_once():
    assert list(CAMERAS) == ["folder", "video", "gige", "basler", "genicam", "synthetic"]
