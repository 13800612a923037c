"""The calibration file: round trip, its own hash, its time, and what is refused."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from planes import CENTER, DISTORTION, FOCAL, PLANE, SIZE, grid, plane_data, plane_file

from cvinspect.calibration import load_calibration, save_calibration, scale_calibration
from cvinspect.calibration.flat_field import save_gain
from cvinspect.calibration.store import ends_soon, read_calibration, with_flat_field
from cvinspect.errors import CalibrationError
from cvinspect.projection import Projection

ROOT = Path(__file__).resolve().parents[1]

MADE = datetime(2026, 5, 1, 12, tzinfo=UTC)
NOW = MADE + timedelta(days=10)


@pytest.fixture
def path(tmp_path):
    save_calibration(scale_calibration(0.05, (240, 180), made_at=MADE, camera="相机"), tmp_path / "a.json")
    return tmp_path / "a.json"


def resealed(text):
    """The text with the hash that its values have, as somebody would write it who knows how."""
    data = {key: value for key, value in json.loads(text).items() if key != "sha256"}
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return json.dumps({**data, "sha256": hashlib.sha256(canonical.encode()).hexdigest()})


def test_what_is_saved_is_what_is_loaded(tmp_path):
    given = {"camera": "c", "made_by": "m", "psf_sigma_px": 0.7, "noise_gray": 1.5, "made_at": MADE}
    stated = scale_calibration(0.0333, (2448, 2048), u_mm_per_px=0.0001, valid_until=NOW, **given)
    save_calibration(stated, tmp_path / "a.json")
    loaded = load_calibration(tmp_path / "a.json", MADE)
    assert loaded == stated.value()
    assert (loaded.mm_per_px, loaded.size, loaded.valid_until) == (0.0333, (2448, 2048), NOW)
    assert loaded.u_scale == pytest.approx(0.0001 / 0.0333)
    assert all(getattr(loaded, name) == value for name, value in given.items())
    assert len(loaded.sha256) == 64


def test_the_hash_is_over_everything_else(path):
    assert resealed(path.read_text("utf-8")) == json.dumps(json.loads(path.read_text("utf-8")))


def test_pixels_become_millimetres_and_back():
    value = scale_calibration(0.05, (240, 180)).value()
    points = np.array([[0.0, 0.0], [100.0, 40.0], [-0.5, 179.5]])
    np.testing.assert_allclose(value.to_mm(points), points * 0.05)
    np.testing.assert_allclose(value.to_px(value.to_mm(points)), points)


def test_an_uncertainty_that_is_not_given_is_assumed_and_marked():
    assumed, given = scale_calibration(0.05, (240, 180)), scale_calibration(0.05, (240, 180), u_mm_per_px=0.0)
    assert (assumed.model.u_mm_per_px, assumed.model.u_is_assumed, assumed.value().u_scale) == (0.00025, True, 0.005)
    assert (given.model.u_mm_per_px, given.model.u_is_assumed, given.value().u_scale) == (0.0, False, 0.0)


@pytest.mark.parametrize(
    ("now", "message"),
    [
        (MADE + timedelta(days=366), "a.json: expired on 2027-05-01; calibrate again"),
        (MADE - timedelta(days=2), "a.json: made_at = 2026-05-01 lies in the future; check the clock"),
        (MADE + timedelta(days=365), None),
        (MADE - timedelta(hours=23), None),
        (MADE, None),
    ],
)
def test_it_holds_in_its_time_only(path, now, message):
    if message is None:
        assert load_calibration(path, now).mm_per_px == 0.05
    else:
        with pytest.raises(CalibrationError, match=message):
            load_calibration(path, now)


@pytest.mark.parametrize(("days_left", "soon"), [(15, False), (13.9, True), (0, True)])
def test_its_end_is_announced_two_weeks_before(path, days_left, soon):
    calibration = load_calibration(path, NOW)
    assert ends_soon(calibration, calibration.valid_until - timedelta(days=days_left)) == soon


@pytest.mark.parametrize(
    ("old", "new"),
    [('"mm_per_px": 0.05', '"mm_per_px": 0.04'), ("240", "241"), ("相机", "相"), ("2027", "2037")],
)
def test_an_edited_file_is_seen(path, old, new):
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(CalibrationError, match=r"a\.json: was edited: its numbers do not fit its sha256"):
        load_calibration(path, NOW)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mm_per_px": float("nan")}, "model.mm_per_px = NaN: must be a finite number"),
        ({"mm_per_px": float("inf")}, "model.mm_per_px = Infinity: must be a finite number"),
        ({"mm_per_px": "0.05"}, "must be a number without quotes"),
        ({"mm_per_px": -0.05}, "must be at least 1e-05"),
        ({"u_mm_per_px": 0.06}, "u_mm_per_px = 0.06 is as large as mm_per_px = 0.05"),
        ({"type": "camera"}, "model: unknown type 'camera'; allowed: scale, plane"),
        ({"size_px": [240]}, r"size_px\[2\].* is missing"),
        ({"size_px": [240.5, 180]}, "must be a whole number"),
        ({"made_at": "2026-05-01T12:00:00"}, "must be a date, a time and its zone"),
        ({"valid_until": "2026-05-01T12:00:00Z"}, "is not after made_at"),
        ({"schema": "cvinspect-calibration/2"}, "must be 'cvinspect-calibration/1'"),
        ({"kamera": "x"}, "kamera: unknown key; did you mean 'camera'"),
    ],
)
def test_a_value_that_does_not_hold_is_refused_even_with_the_right_hash(path, change, message):
    data = json.loads(path.read_text("utf-8"))
    for key, value in change.items():
        (data["model"] if key in data["model"] else data)[key] = value
    path.write_text(resealed(json.dumps(data)), "utf-8")
    with pytest.raises(CalibrationError, match=message):
        load_calibration(path, NOW)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "no such calibration; make one with `cvinspect calibration scale"),
        (b"", "not valid JSON"),
        (b"mm_per_px = 0.05", "not valid JSON"),
        (b"[1]", r"the file = \[1\]: must be a table of keys and values"),
        (b'{"camera": "a", "camera": "b"}', "the key 'camera' stands twice in one object"),
        (b"\xff\xfe{}", "cannot be read"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path, data, message):
    if data is not None:
        (tmp_path / "a.json").write_bytes(data)
    with pytest.raises(CalibrationError, match=f"a.json: {message}"):
        load_calibration(tmp_path / "a.json")


@pytest.mark.parametrize("place", ["gone/a.json", "a.json/b.json", "folder"])
def test_where_it_cannot_be_written_nothing_is_left(path, place):
    (path.parent / "folder").mkdir()
    before = path.read_bytes()
    with pytest.raises(CalibrationError, match="cannot be written"):
        save_calibration(scale_calibration(0.05, (240, 180)), path.parent / place)
    assert path.read_bytes() == before
    assert {found.name for found in path.parent.rglob("*")} == {"a.json", "folder"}


def test_an_existing_file_is_replaced_whole(path):
    save_calibration(scale_calibration(0.1, (9, 8), made_at=MADE), path)
    assert load_calibration(path, NOW).mm_per_px == 0.1
    assert [found.name for found in path.parent.iterdir()] == ["a.json"]


@pytest.fixture
def plane_path(tmp_path):
    save_calibration(plane_file(), tmp_path / "平面.json")
    return tmp_path / "平面.json"


def test_a_plane_that_is_saved_is_the_plane_that_is_loaded(plane_path):
    loaded = load_calibration(plane_path, NOW)
    assert loaded == plane_file().value()
    assert loaded.projection == Projection(FOCAL, CENTER, DISTORTION, PLANE)
    assert (loaded.field.columns, loaded.field.rows, loaded.field.u_scale[5]) == (3, 2, 0.006)
    assert (loaded.psf_sigma_px, loaded.noise_gray, loaded.camera, loaded.gain) == (0.8, 1.5, "相机", None)
    np.testing.assert_allclose(loaded.to_px(loaded.to_mm(grid())), grid(), atol=1e-6)


def test_the_scale_of_a_plane_is_that_of_its_middle(plane_path):
    loaded = load_calibration(plane_path, NOW)
    square = loaded.to_mm(np.array([[319.0, 239.0], [320.0, 239.0], [319.0, 240.0]]))
    sides = square[1:] - square[0]
    assert loaded.mm_per_px == pytest.approx(np.sqrt(np.linalg.det(sides)), rel=1e-4)


def test_the_uncertainty_of_a_plane_is_the_largest_among_the_target_s_points(plane_path):
    loaded = load_calibration(plane_path, NOW)
    covered = np.array(read_calibration(plane_path, NOW).made_from.covered_px)
    assert loaded.u_scale == pytest.approx(loaded.u_scale_at(covered).max())
    assert 0.002 < loaded.u_scale < 0.006


FOLDED = [-0.15, -50.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"distortion": [float("nan"), 0.0, 0.0, 0.0, 0.0]}, r"model.distortion\[1\] = NaN: must be a finite number"),
        ({"ray_to_mm": [*PLANE[:8], float("inf")]}, r"model.ray_to_mm\[9\] = Infinity: must be a finite number"),
        ({"psf_sigma_px": float("nan")}, "psf_sigma_px = NaN: must be a finite number"),
        ({"distortion": FOLDED}, "the projection is not one-to-one over the frame: it folds or mirrors at pixel"),
        ({"ray_to_mm": [-PLANE[0], *PLANE[1:]]}, "it folds or mirrors at pixel"),
        ({"ray_to_mm": [*PLANE[:6], 9.0, 0.0, 1.0]}, "it folds or mirrors at pixel"),
        ({"ray_to_mm": [1.0, 1.0, 1.0] * 3}, "model: the plane's nine numbers map everything onto one line"),
        ({"ray_to_mm": [0.0] * 9}, "model: the plane's nine numbers map everything onto one line"),
        ({"focal_px": [0.0, 1.0]}, r"model.focal_px\[1\] = 0.0: must be above 0"),
        ({"u_scale": {"columns": 3, "rows": 2, "values": [0.1] * 5}}, "5 values are not 3 x 2"),
        ({"u_scale": {"columns": 1, "rows": 2, "values": [0.1] * 2}}, "columns = 1: must be at least 2"),
        ({"u_scale": {"columns": 2, "rows": 1, "values": [0.1, -0.1]}}, r"values\[2\] = -0.1: must be at least 0"),
        ({"flat_field": {"file": "../a.png", "sha256": "0" * 64}}, "flat_field.file"),
        ({"flat_field": {"file": "a.png", "sha256": "0"}}, "flat_field.sha256"),
        ({"covered_px": [[0.0, 0.0]]}, "covered_px = .*: must hold at least 3"),
    ],
)
def test_a_plane_that_does_not_hold_is_refused_even_with_the_right_hash(plane_path, change, message):
    plane_path.write_text(resealed(json.dumps(plane_data(**change))), "utf-8")
    with pytest.raises(CalibrationError, match=message):
        load_calibration(plane_path, NOW)


def test_the_horizon_in_the_frame_is_no_plane(plane_path):
    steep = [0.05, 0.0, 0.0, 0.0, 0.05, 0.0, -8.0, 0.0, 1.0]
    plane_path.write_text(resealed(json.dumps(plane_data(ray_to_mm=steep))), "utf-8")
    with pytest.raises(CalibrationError, match="it folds or mirrors at pixel"):
        load_calibration(plane_path, NOW)


@pytest.mark.parametrize(("old", "new"), [("-0.15", "-0.16"), ("chess:9x6:4", "chess:9x6:5"), ("0.006", "0.001")])
def test_an_edited_plane_is_seen(plane_path, old, new):
    text = plane_path.read_text("utf-8")
    assert old in text
    plane_path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(CalibrationError, match=r"\.json: was edited: its numbers do not fit its sha256"):
        load_calibration(plane_path, NOW)


@pytest.mark.parametrize("path", sorted((ROOT / "samples" / "calibrations").glob("*.json")), ids=lambda path: path.stem)
def test_the_samples_are_written_again_byte_by_byte(path, tmp_path):
    save_calibration(read_calibration(path), tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


@pytest.fixture
def flat_path(plane_path):
    gain = np.full(SIZE[::-1], 128, np.uint8)
    gain[:100] = 150
    sha256 = save_gain(gain, plane_path.with_suffix(".flat.png"))
    save_calibration(with_flat_field(read_calibration(plane_path, NOW), "平面.flat.png", sha256), plane_path)
    return plane_path


def test_the_gain_is_loaded_with_the_calibration(flat_path):
    gain = load_calibration(flat_path, NOW).gain
    assert (gain.shape, gain[0, 0], gain[100, 0], gain.flags.writeable) == (SIZE[::-1], 150, 128, False)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "flat-field picture: .*there is no such file .*--flat-field"),
        (lambda path: path.write_bytes(b"?"), "flat-field picture: .*--flat-field PICTURES"),
        (
            lambda path: save_gain(np.full(SIZE[::-1], 129, np.uint8), path),
            "was edited: this flat-field picture does not",
        ),
    ],
)
def test_a_gain_that_is_missing_or_edited_is_refused(flat_path, damage, message):
    damage(flat_path.with_suffix(".flat.png"))
    with pytest.raises(CalibrationError, match=message):
        load_calibration(flat_path, NOW)


@pytest.mark.parametrize(
    "gain",
    [np.full((480, 639), 128, np.uint8), np.full((480, 640), 127, np.uint8), np.full((480, 640, 3), 128, np.uint8)],
    ids=["size", "darkening", "colour"],
)
def test_a_picture_that_is_no_gain_is_refused(plane_path, gain):
    sha256 = save_gain(gain, plane_path.with_suffix(".flat.png"))
    save_calibration(with_flat_field(read_calibration(plane_path, NOW), "平面.flat.png", sha256), plane_path)
    with pytest.raises(CalibrationError, match="is no gain of 640x480 px with levels of 128 to 255"):
        load_calibration(plane_path, NOW)
