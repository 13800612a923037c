"""The calibration file: round trip, its own hash, its time, and what is refused."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from cvinspect.calibration import load_calibration, save_calibration, scale_calibration
from cvinspect.calibration.store import ends_soon
from cvinspect.errors import CalibrationError

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
        ({"type": "camera"}, "model.type = \"camera\": must be 'scale'"),
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
