"""`cvinspect doctor`: what is not as it should be is said, each by its own line."""

import socket
from collections import namedtuple
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from cli import calibrate, cli
from test_line import SIZE, STATION, desk

from cvinspect import words
from cvinspect.archive import Archive
from cvinspect.archive.values import Hold
from cvinspect.line import doctor
from cvinspect.line.doctor import State


def looked(path, *more):
    done = cli("doctor", path, "--json", *more)
    return done.code, {line["code"]: line for line in done.lines}


def test_where_nothing_is_configured_nothing_is_bad():
    done = cli("doctor", "--lang", "zh")
    assert done.code == 0
    assert "异常 0 项" in done.words
    assert "cvinspect 0.1" in done.words


def test_a_station_that_is_whole(tmp_path):
    path, _ = desk(tmp_path)
    code, checks = looked(path)
    assert code == 0
    assert {"calibration", "disk_free", "archive_open", "camera_works", "port_free", "disk_time"} <= checks.keys()
    assert all(check["state"] in ("good", "doubt") for check in checks.values())
    assert checks["archive_open"]["values"]["count"] == 1


def test_what_is_bad_is_said(tmp_path):
    path, port = desk(tmp_path, STATION.replace("synthetic:?", "folder:none?loop=1&x=").replace("PORT", "PORT"))
    (tmp_path / "archive" / "archive.sqlite").write_bytes(b"no database")
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        code, checks = looked(path)
    assert code == 1
    bad = {name for name, check in checks.items() if check["state"] == "bad"}
    assert {"camera_fault", "archive_closed", "port_taken"} <= bad


def test_a_plc_that_does_not_answer(tmp_path):
    path, _ = desk(tmp_path, STATION.replace('listen = "127.0.0.1:', 'connect = "127.0.0.1:'))
    assert looked(path)[1]["plc_away"]["state"] == "bad"


def test_a_camera_of_another_size_than_its_calibration(tmp_path):
    path, _ = desk(tmp_path, STATION.replace("width=240", "width=260"))
    said = looked(path)[1]["camera_size"]["said"]
    assert "260x180 px" in said
    assert "240x180 px" in said


def test_a_calibration_that_ends_soon(tmp_path):
    path, _ = desk(tmp_path)
    calibrate(tmp_path / "calibration.json", SIZE, valid_until=datetime.now(UTC) + timedelta(days=9, hours=1))
    check = looked(path)[1]["calibration"]
    assert (check["state"], check["values"]["days"]) == ("doubt", 9)


def test_a_clock_that_was_set_back(tmp_path, monkeypatch):
    path, _ = desk(tmp_path)
    with Archive(tmp_path / "archive", write=True) as archive:
        archive.note(Hold(scope={"lot": "L1"}, who="Wang", why="complaint"))

    class Earlier(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 1, 2, tzinfo=UTC)

    monkeypatch.setattr(doctor, "datetime", Earlier)
    checks = {check.code: check for check in doctor.examine(doctor_setup(path))}
    assert checks["clock_back"].state is State.BAD


def doctor_setup(path):
    from cvinspect.config.station import load_station

    return load_station(path)


@pytest.mark.parametrize(("free", "state"), [(50, State.GOOD), (5, State.DOUBT), (1, State.BAD)])
def test_a_disk_that_fills(tmp_path, monkeypatch, free, state):
    path, _ = desk(tmp_path)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda place: usage(100, 100 - free, free))
    checks = {check.code: check for check in doctor.examine(doctor_setup(path))}
    assert checks["disk_free"].state is state


def test_every_check_has_its_words():
    assert {"doctor_summary", "doctor_good", "doctor_bad", "doctor_doubt"} <= words.CATALOGUE.keys()
