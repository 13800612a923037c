"""The operator page of a running station: what it shows, who decides, and that no part ever waits for it."""

import http.client
import json
import os
import signal
import socket
import time
from contextlib import closing, suppress

import pytest
from browser import CHROMIUM, Browser
from cli import AT_LIMIT, LARGE, cli, marked, plain
from test_line import STATION, Line, desk, free_port

from cvinspect.archive import Archive
from cvinspect.archive.values import Overrule
from cvinspect.config.station import load_station
from cvinspect.errors import StationError
from cvinspect.line.registers import Bits
from cvinspect.pictures import write_picture
from cvinspect.web.pins import fits, hashed

pytest.importorskip("pymodbus", reason="the line: pip install 'cvinspect[line]'")
pytest.importorskip("fastapi", reason="the page: pip install 'cvinspect[line]'")
from cvinspect.line import screen
from cvinspect.line.station import Station

SHOTS = (plain(seed=1), marked(AT_LIMIT), marked(LARGE), plain(seed=2))  # PASS, REVIEW, FAIL, PASS, and again
PEOPLE = {"王芳": ("operator", "4711"), "Li Wei": ("quality", "8822")}


def page_desk(folder, **replaced):
    """A station whose camera is a folder that comes round again; its file, and the ports of PLC and page."""
    (folder / "shots").mkdir()
    for index, pixels in enumerate(SHOTS):
        write_picture(folder / "shots" / f"{index}.png", pixels)
    page = free_port()
    text = STATION + f'[page]\nlisten = "127.0.0.1:{page}"\n'
    for name, (role, pin) in PEOPLE.items():
        text += f'[[person]]\nname = "{name}"\nrole = "{role}"\npin = "{hashed(pin)}"\n'
    shots = f"folder:{folder / 'shots'}?loop=1"
    replaced["synthetic:?width=240&height=180&parts=6&bad=3&size_mm=1"] = shots
    path, port = desk(folder, text, **replaced)
    return path, port, page


class Visitor:
    """A browser's part in it: it came by the address that the station printed, and keeps its cookies."""

    def __init__(self, port, url):
        self.port, self.cookies = port, {f"cvinspect_{port}": url.rpartition("=")[2]}

    def ask(self, path, body=None):
        """Status and body, JSON read."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        data = None if body is None else json.dumps(body)
        if body is not None:
            headers |= {"Origin": f"http://127.0.0.1:{self.port}", "Content-Type": "application/json"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request("GET" if body is None else "POST", path, data, headers)
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    self.cookies.update([value.partition(";")[0].split("=", 1)])
            data, kind = answer.read(), answer.headers["content-type"] or ""
            return answer.status, json.loads(data) if "json" in kind else data

    def board(self, lang="en"):
        status, data = self.ask(f"/state?lang={lang}")
        assert status == 200
        return data["board"]

    def until(self, is_so, within_s=10.0):
        """The board, once it is so; the page may be away for a moment."""
        end = time.monotonic() + within_s
        while True:
            try:
                if is_so(board := self.board()):
                    return board
            except OSError:
                board = "no answer"
            assert time.monotonic() < end, board
            time.sleep(0.05)

    def sign_in(self, name):
        status, told = self.ask("/sign-in", {"name": name, "pin": PEOPLE[name][1]})
        assert (status, told["role"]) == (200, PEOPLE[name][0])
        return self


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    path, port, page = page_desk(folder)
    with closing(Line(path, port)) as line:
        yield line, folder, page


@pytest.fixture
def line(running):
    return running[0]


@pytest.fixture
def visitor(running):
    line, _, page = running
    return Visitor(page, line.station.screen.url)


def overrules(folder):
    with Archive(folder / "archive") as archive:
        return {stored.record: stored.row for stored in archive.rows() if isinstance(stored.row, Overrule)}


def until_part(line, visitor, bit):
    """Parts until one is told so; its number in the archive, once the page shows it."""
    while not line.part(within_s=5.0)[0] & bit:
        assert line.sequence < 10_000
    part = str(line.sequence)
    shown = visitor.until(lambda board: board["last"] and board["last"]["part"] == part and board["last"]["seq"])
    return shown["last"]["seq"]


def test_the_newest_part_is_shown_with_its_picture_and_its_reason(line, visitor):
    seq = until_part(line, visitor, Bits.FAIL)
    board = visitor.board()
    assert (board["last"]["outcome"], board["parts"][0]["seq"]) == ("FAIL", seq)
    assert board["total"] == sum(board["counts"].values()) == line.sequence
    assert "foreign matter" in board["last"]["reasons"][0]["text"]
    assert "异物" in visitor.board("zh")["last"]["reasons"][0]["text"]
    status, picture = visitor.ask(f"/picture/{seq}/0")
    assert (status, picture[:2]) == (200, b"\xff\xd8")
    assert "not approved" in board["draft"]


def test_a_review_waits_until_somebody_who_may_decides(line, visitor, running):
    seq = until_part(line, visitor, Bits.REVIEW)
    assert seq in [entry["seq"] for entry in visitor.board()["queue"]]
    decision = {"record": seq, "to": "PASS", "why": "why_dust", "note": "左下角", "lang": "zh"}
    assert visitor.ask("/decide", decision)[1]["error"] == "sign_in_first"
    assert visitor.ask("/sign-in", {"name": "王芳", "pin": "0000"})[1]["error"] == "wrong_pin"
    visitor.sign_in("王芳")
    for wrong in ({"why": "because"}, {"to": "INVALID"}, {"record": "1"}, {"more": 1}, {"note": "x" * 201}):
        assert visitor.ask("/decide", decision | wrong)[1]["error"] == "bad_request"
    assert seq not in overrules(running[1])
    assert visitor.ask("/decide", decision)[0] == 200
    row = overrules(running[1])[seq]
    assert (str(row.to), row.who, row.why) == ("PASS", "王芳", "灰尘，已擦除: 左下角")
    assert seq not in [entry["seq"] for entry in visitor.board()["queue"]]
    assert visitor.ask("/decide", decision)[1]["error"] == "decided"
    assert visitor.ask("/sign-out", {})[0] == 200
    assert visitor.ask("/decide", decision)[1]["error"] == "sign_in_first"


def test_only_quality_releases_what_fails(line, visitor, running):
    seq = until_part(line, visitor, Bits.FAIL)
    decision = {"record": seq, "to": "PASS", "why": "why_agreed"}
    status, told = visitor.sign_in("王芳").ask("/decide", decision)
    assert (status, told["error"]) == (403, "only_quality")
    assert visitor.sign_in("Li Wei").ask("/decide", decision)[0] == 200
    assert overrules(running[1])[seq].who == "Li Wei"


def test_a_part_that_was_wiped_is_inspected_again_once(line, visitor, running):
    seq = until_part(line, visitor, Bits.REVIEW)
    part = line.sequence
    assert visitor.ask("/again", {"record": seq})[1]["error"] == "sign_in_first"
    visitor.sign_in("王芳")
    assert visitor.ask("/again", {"record": seq})[0] == 200
    assert str(part) in visitor.board()["waits_for"]
    assert visitor.ask("/again", {"record": seq})[1]["error"] == "again_busy"
    other = line.part()
    assert str(part) in visitor.board()["waits_for"], other
    line.sequence += 1
    line.plc.start(line.sequence, part=part)
    bits = line.plc.verdict(line.sequence, 5.0)
    visitor.until(lambda board: board["last"]["part"] == str(part) and board["last"]["seq"] not in (None, seq))
    assert not visitor.board()["waits_for"]
    with Archive(running[1] / "archive") as archive:
        second = next(stored for stored in archive.rows(newest=5) if stored.kind == "record")
        assert archive.one(seq).row.again_of is None
    assert (second.row.again_of, second.row.identity.part) == (seq, str(part))
    row = overrules(running[1])[seq]
    assert (row.to, row.who) == (second.row.verdict.outcome, "王芳")
    assert bits
    told = [visitor.ask("/again", {"record": number})[1]["error"] for number in (seq, second.seq)]
    assert told == ["again_once", "again_once"]
    assert visitor.ask(f"/part/{seq}")[1]["again"] == second.seq


@pytest.mark.parametrize(
    "path",
    [
        "/../archive.toml",
        "/..%2f..%2fpage.url",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/page.css/../../../etc/passwd",
        "/..%c0%af..%c0%afetc/passwd",
        "/picture/1/../../archive.toml",
        "/picture/%2e%2e%2farchive.toml/0",
        "/picture/1/0%00",
        "/picture/-1/0",
        "/picture/999999999999999999999999/0",
        "/picture/1/99",
        "/picture/1/0?side=99999",
        "/static/page.js",
        "/docs",
        "/openapi.json",
        "/..\\..\\archive.toml",
    ],
)
def test_nothing_but_the_page_is_given(visitor, path):
    status, body = visitor.ask(path)
    assert status in (400, 404, 409)
    assert b"root:" not in (body if isinstance(body, bytes) else json.dumps(body).encode())


def test_a_reading_request_changes_nothing(visitor, running):
    before = len(overrules(running[1]))
    for path in ("/decide", "/again", "/sign-in", "/sign-out"):
        assert visitor.ask(f"{path}?record=1&to=PASS")[0] == 405
    assert len(overrules(running[1])) == before


def pid_of(line):
    """The page's process; never 0, which would be all of ours."""
    while True:
        with suppress(ValueError):  # it is being replaced
            if number := line.station.screen._worker.pid:
                return number


@pytest.mark.parametrize("times", [10, pytest.param(100, marks=pytest.mark.soak)])
def test_a_page_that_is_killed_or_hangs_costs_no_part(line, visitor, monkeypatch, running, times):
    monkeypatch.setattr(screen, "HUNG_S", 0.3)
    monkeypatch.setattr(screen, "LONGEST_S", 0.4)
    told = []
    for fault in (signal.SIGSTOP, *[signal.SIGKILL] * times):
        before = pid_of(line)
        os.kill(before, fault)
        while pid_of(line) == before:
            told.append(line.part())
    assert len(told) > times
    assert not [one for one in told if one[0] & Bits.INVALID]
    monkeypatch.setattr(screen, "HUNG_S", 10.0)
    shown = visitor.until(lambda board: board["last"] and board["last"]["part"] == str(line.sequence), 30.0)
    with Archive(running[1] / "archive") as archive:
        assert shown["total"] == sum(stored.kind == "record" for stored in archive.rows())


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")
def test_the_page_in_a_real_browser(line, visitor, running, tmp_path):
    seq = until_part(line, visitor, Bits.REVIEW)
    with closing(Browser(tmp_path / "profile")) as browser:
        browser.open(line.station.screen.url)
        browser.until("typeof board === 'object' && board && board.last")
        for lang, word in (("en", "REVIEW"), ("zh", "待复判")):
            for size in ((1280, 800), (1920, 1080)):
                browser.resize(*size)
                browser.run(f"speak('{lang}')")
                browser.until(f"document.getElementById('word').textContent === '{word}'")
                browser.until("picture && document.getElementById('picture').naturalWidth > 0")
                assert browser.run(FITS) == []
                assert browser.run("parseFloat(getComputedStyle(document.getElementById('word')).fontSize)") >= 60
                assert browser.shot(tmp_path / f"{lang}-{size[0]}.png").stat().st_size > 20_000
        browser.run("document.getElementById('queue-open').click()")
        browser.run(f"open({seq}); signIn(); document.getElementById('name').value = '王芳'")
        browser.run("document.getElementById('pin').value = '4711'; document.getElementById('sign-in-go').click()")
        browser.until("me !== null && document.querySelector('#acts .reject') !== null")
        browser.run("document.querySelector('#acts .reject').click()")
        browser.until("document.getElementById('told').textContent === '✓'")
        assert (str(overrules(running[1])[seq].to), overrules(running[1])[seq].who) == ("FAIL", "王芳")
        assert browser.errors == []
        assert {url.split("/")[2] for url in browser.requests} == {f"127.0.0.1:{running[2]}"}


FITS = """[...document.querySelectorAll('header *, .big *, #parts *, .counts *, .yield *')]
  .filter((one) => one.offsetParent && (one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
    && getComputedStyle(one).display !== 'inline' || one.getBoundingClientRect().right > innerWidth + 1
    || one.getBoundingClientRect().bottom > innerHeight + 1)).map((one) => one.outerHTML.slice(0, 80))"""
"""What is cut off, or stands beyond the screen."""


def test_a_port_that_is_taken_is_refused_before_the_first_part(tmp_path):
    path, _, page = page_desk(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", page))
        other.listen()
        with pytest.raises(StationError, match="cannot be listened on"):
            Station(load_station(path), [])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('role = "operator"', 'role = "boss"', "role"),
        ("scrypt$", "plain$", "cvinspect pin"),
        ('"Li Wei"', '"王芳"', "stands twice"),
        ("[page]\n", '[page]\nshifts = ["25:00"]\n', "write a time of the day"),
        ("[page]\n", "[page]\nsame_place_mm = 0\n", "same_place_mm"),
    ],
)
def test_a_page_that_cannot_hold_is_refused(tmp_path, old, new, message):
    path, _, _ = page_desk(tmp_path)
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(StationError, match=message):
        load_station(path)


def test_the_command_makes_a_hash():
    done = cli("pin", given="4711\n")
    assert done.code == 0
    assert fits("4711", done.out.strip())
    assert cli("pin", given="12\n").code == 2
