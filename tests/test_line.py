"""The station over loopback: whatever fails, the PLC sees not-OK in time, and the line heals by itself."""

import os
import signal
import socket
import threading
import time
from contextlib import closing

import numpy as np
import pytest
from cli import calibrate, cli

from cvinspect.archive import Archive, init
from cvinspect.config.station import load_station
from cvinspect.errors import StationError
from cvinspect.line.registers import REASONS, Bits
from cvinspect.model import Outcome
from cvinspect.pictures import write_picture

pytest.importorskip("pymodbus", reason="the line: pip install 'cvinspect[line]'")
from cvinspect.line.modbus import ModbusOutput
from cvinspect.line.plc import Plc
from cvinspect.line.station import Station

SIZE = (240, 180)
DEADLINE_S = 1.0
RECIPE = """\
schema = "cvinspect-recipe/1"
part = "cover"

[limits]
name = "konica-minolta"

[[elsewhere]]
kind = "flash"
by = "height gauge"

[[view]]
name = "front"
calibration = "calibration.json"

[[view.face]]
name = "front"
grade = "1"

[view.detect.foreign]
[view.detect.scratch]
[view.detect.dent]
"""
STATION = """\
schema = "cvinspect-station/1"
name = "S1"
recipe = "recipe.toml"
archive = "archive"
deadline_ms = 1000
allow_draft = true

[[camera]]
address = "synthetic:?width=240&height=180&parts=6&bad=3&size_mm=1"

[[output]]
kind = "modbus"
listen = "127.0.0.1:PORT"
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def desk(folder, text=STATION, **replaced):
    """A station's folder; returns the file and the port of its output."""
    port = free_port()
    calibrate(folder / "calibration.json", SIZE)
    (folder / "recipe.toml").write_text(RECIPE, "utf-8")
    for old, new in {"PORT": str(port), **replaced}.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "station.toml").write_text(text, "utf-8")
    if not (folder / "archive").exists():
        init(folder / "archive", "test")
    return folder / "station.toml", port


class Line:
    """A station in this process, run by a thread, and a PLC beside it."""

    def __init__(self, path, port):
        self.output = ModbusOutput("127.0.0.1", port)
        self.station = Station(load_station(path), [self.output])
        self.done = []
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        self.plc = Plc("127.0.0.1", port)
        self.sequence = 0

    def _run(self):
        self.done.extend(iter_done(self.station, self.done))

    def part(self, within_s=DEADLINE_S + 0.5, part=None):
        """Triggers a part and gives (bits, reason, seconds)."""
        self.sequence += 1
        began = time.monotonic()
        self.plc.start(self.sequence, part=self.sequence if part is None else part)
        bits = self.plc.verdict(self.sequence, within_s)
        seconds = time.monotonic() - began
        (reason,) = self.plc.get("reason")
        self.plc.put("acknowledge", self.sequence)
        return bits, REASONS[reason], seconds

    def until_ok(self, seconds=8.0):
        """Triggers good and bad parts until one is OK again."""
        end = time.monotonic() + seconds
        while not (told := self.part())[0] & Bits.OK:
            assert time.monotonic() < end, told
        return told

    def close(self):
        self.station.stop()
        self.thread.join(10)
        self.plc.close()
        self.station.close()
        self.output.close()


def iter_done(station, into):
    for done in station.run():
        into.append(done)
    return ()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("station")
    path, port = desk(folder)
    with closing(Line(path, port)) as running:
        yield running, folder


@pytest.fixture
def line(running):
    """The one station of this page, whatever the test before did to it."""
    running[0].until_ok(30.0)
    return running[0]


@pytest.fixture
def folder(running):
    return running[1]


def records(folder):
    with Archive(folder / "archive") as archive:
        return [stored.row for stored in archive.rows() if stored.kind == "record"]


def test_parts_are_judged_told_and_recorded(line, folder):
    while line.part()[0] & Bits.OK:
        pass
    first = line.sequence + 1
    told = [line.part() for _ in range(6)]
    ok, fail = Bits.OK | Bits.VALID, Bits.FAIL | Bits.VALID
    assert [bits for bits, _, _ in told] == [ok, ok, fail] * 2
    assert max(seconds for _, _, seconds in told) < DEADLINE_S
    time.sleep(0.3)
    kept = records(folder)[-6:]
    assert [record.identity.part for record in kept] == [str(number) for number in range(first, first + 6)]
    assert [str(record.verdict.outcome) for record in kept] == ["PASS", "PASS", "FAIL"] * 2
    assert all(look.stored for record in kept for look in record.looks)
    assert {record.identity.station for record in kept} == {"S1"}
    assert cli("archive", "verify", folder / "archive").code == 0


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("name", ["_eyes", "_inspectors", "_book"])
def test_a_process_that_ends_or_freezes_gives_not_ok_in_time_and_is_replaced(line, name, fault):
    line.until_ok()
    worker = getattr(line.station, name)
    for one in worker if isinstance(worker, list) else [worker]:
        os.kill(one.pid, fault)
    told = [line.part() for _ in range(3)]
    assert max(seconds for _, _, seconds in told) < DEADLINE_S + 0.5
    assert not told[0][0] & Bits.OK
    line.until_ok(seconds=25.0 if name == "_book" and fault == signal.SIGSTOP else 10.0)


def test_no_ok_is_told_that_is_not_recorded(line, folder):
    line.until_ok()
    os.kill(line.station._book.pid, signal.SIGSTOP)
    while True:
        bits, reason, _ = line.part()
        if bits & Bits.INVALID:
            break
    os.kill(line.station._book.pid, signal.SIGCONT)
    assert reason == "not_recorded"
    line.until_ok()
    time.sleep(0.5)
    sent = {done.part: done.sent.outcome for done in line.done}
    overruled = set()
    with Archive(folder / "archive") as archive:
        rows = list(archive.rows())
    for stored in rows:
        if stored.kind == "overrule":
            overruled.add(next(one.row.identity.part for one in rows if one.seq == stored.record))
    for record in records(folder):
        if record.verdict.outcome is Outcome.PASS:
            part = record.identity.part
            assert sent[part] is Outcome.PASS or part in overruled


def test_a_record_that_dies_with_its_process_is_made_again_and_says_what_was_told(tmp_path):
    path, port = desk(tmp_path)
    with closing(Line(path, port)) as line:
        for number in range(24):
            if number in (3, 11, 17):
                os.kill(line.station._book.pid, signal.SIGKILL)
            line.part()
        line.until_ok()
        time.sleep(0.5)
        sent = {done.part: done.sent.outcome for done in line.done}
    with Archive(tmp_path / "archive") as archive:
        rows = list(archive.rows())
    overruled = {stored.record for stored in rows if stored.kind == "overrule"}
    for part, told in sent.items():
        (stored,) = [one for one in rows if one.kind == "record" and one.row.identity.part == part]
        assert (Outcome.INVALID if stored.seq in overruled else stored.row.verdict.outcome) is told


def test_a_lost_and_a_repeated_trigger_are_faults(line):
    line.until_ok()
    line.sequence += 3
    bits, reason, _ = line.part()
    assert (bits, reason) == (Bits.INVALID | Bits.VALID, "trigger_lost")
    line.sequence -= 2
    bits, reason, _ = line.part()
    assert (bits, reason) == (Bits.INVALID | Bits.VALID, "trigger_repeated")
    line.until_ok()


def test_a_folder_that_has_ended_is_not_ok(tmp_path):
    (tmp_path / "shots").mkdir()
    rng = np.random.default_rng(1)
    for index in range(2):
        pixels = np.clip(rng.normal(150, 1.2, SIZE[::-1]), 0, 255).astype(np.uint8)
        write_picture(tmp_path / "shots" / f"{index}.png", pixels)
    address = f"folder:{tmp_path / 'shots'}"
    path, port = desk(tmp_path, **{"synthetic:?width=240&height=180&parts=6&bad=3&size_mm=1": address})
    with closing(Line(path, port)) as running:
        told = [running.part() for _ in range(3)]
    assert [bits & Bits.OK for bits, _, _ in told] == [Bits.OK, Bits.OK, Bits.NONE]
    assert told[2][1] == "camera_ended"


def test_an_archive_that_another_holds_is_refused(tmp_path):
    path, _ = desk(tmp_path)
    with Archive(tmp_path / "archive", write=True):
        done = cli("line", path, "--parts", "1")
    assert done.code == 2
    assert "record:" in done.words


def test_the_command_runs_by_a_timer(tmp_path):
    text = STATION[: STATION.index("[[output]]")] + '[trigger]\nby = "timer"\nevery_s = 0.2\n'
    path, _ = desk(tmp_path, text + "# PORT\n")
    done = cli("line", path, "--parts", "3", "--json")
    assert done.code == 0
    assert [line["verdict"] for line in done.lines] == ["PASS", "PASS", "FAIL"]
    assert "3 parts: 2 PASS, 1 FAIL" in done.words


def test_a_frame_that_comes_is_a_part(tmp_path):
    text = STATION[: STATION.index("[[output]]")] + '[trigger]\nby = "camera"\n'
    path, _ = desk(tmp_path, text.replace("size_mm=1", "size_mm=1&every_s=0.1") + "# PORT\n")
    done = cli("line", path, "--parts", "3", "--lang", "zh")
    assert (done.code, done.out.count("合格")) == (0, 3)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("allow_draft = true\n", "", "no customer has approved it"),
        ("deadline_ms = 1000", "deadline_ms = 5", "deadline_ms"),
        ('[[camera]]\naddress = "', '[[camera]]\nview = "back"\naddress = "', "view = 'back': the recipe has front"),
        ('kind = "modbus"', 'kind = "profinet"', "kind"),
        ('listen = "127.0.0.1:', 'listen = "127.0.0.1', "write HOST:PORT"),
        ('name = "S1"', 'nam = "S1"', "nam"),
        ("[[output]]", '[trigger]\nby = "timer"\n[rehearse]\n[[output]]', "rehearse: needs by"),
    ],
)
def test_a_station_file_that_cannot_hold_is_refused(tmp_path, old, new, message):
    path, _ = desk(tmp_path, **{old: new})
    with pytest.raises(StationError, match=message):
        load_station(path)
