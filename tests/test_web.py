"""The guard of the pages, asked by real requests: who holds the token, on an allowed host, and nobody else."""

import http.client
import json
import socket
import time
from contextlib import ExitStack, closing

import pytest

from cvinspect.errors import StationError
from cvinspect.web import pins
from cvinspect.web.guard import HEADERS, MOST_BODY_BYTES
from cvinspect.web.pins import Doorkeeper, check_hash, fits, hashed

pytest.importorskip("uvicorn", reason="the page: pip install 'cvinspect[line]'")
from cvinspect.web import guard, server
from cvinspect.web.server import Served

TOKEN = "t" * 43
JSON = {"Content-Type": "application/json"}


class Page:
    """An application that notes what reaches it."""

    def __init__(self):
        self.seen = []

    async def __call__(self, scope, receive, send):
        body = (await receive())["body"] if scope["method"] == "POST" else b""
        self.seen.append((scope["method"], scope["path"], body))
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"inside"})


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def served():
    page, port = Page(), free_port()
    with closing(Served(page, TOKEN, "127.0.0.1", port, ("line-3.plant",))):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield page, port


def ask(port, method="GET", path="/", headers=None, body=None, cookie=TOKEN):
    """Status, headers and body of an answer. headers: None as a value leaves one out."""
    given = {"Host": f"127.0.0.1:{port}", "Cookie": f"cvinspect_{port}={cookie}" if cookie else None}
    if method == "POST":
        given |= {"Origin": f"http://127.0.0.1:{port}", "Content-Length": str(len(body or b"")), **JSON}
    given |= headers or {}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in given.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


def test_the_holder_of_the_token_is_let_in(served):
    page, port = served
    assert ask(port)[::2] == (200, b"inside")
    assert ask(port, "POST", "/x", body=b"{}")[0] == 200
    assert page.seen[-1] == ("POST", "/x", b"{}")
    assert ask(port, headers={"Host": f"LINE-3.plant:{port}"})[0] == 200
    assert ask(port, headers={"Host": "line-3.plant"})[0] == 200


def test_the_token_comes_in_the_address_once(served):
    _, port = served
    status, headers, body = ask(port, path=f"/?token={TOKEN}", cookie=None)
    assert status == 200
    assert b"url=/" in body
    assert TOKEN.encode() not in body
    assert headers["set-cookie"] == f"cvinspect_{port}={TOKEN}; Path=/; HttpOnly; SameSite=Strict"


BIG = b"x" * (MOST_BODY_BYTES + 1)


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        (403, {"cookie": None}),
        (403, {"cookie": "t" * 42}),
        (403, {"cookie": TOKEN + "t"}),
        (403, {"cookie": "ü"}),
        (403, {"headers": {"Cookie": "=;=;;\x01"}}),
        (403, {"path": "/?token=wrong"}),
        (403, {"path": "/?token=", "cookie": None}),
        (403, {"path": f"/state?token={TOKEN}", "cookie": None}),
        (403, {"path": f"/decide?token={TOKEN}", "method": "POST", "cookie": None}),
        (421, {"headers": {"Host": "evil.example"}}),
        (421, {"headers": {"Host": "evil.example"}, "path": f"/?token={TOKEN}"}),
        (421, {"headers": {"Host": "127.0.0.1.evil.example:80"}}),
        (421, {"headers": {"Host": "127.0.0.1:1"}}),
        (403, {"method": "POST", "headers": {"Origin": "http://evil.example"}}),
        (403, {"method": "POST", "headers": {"Origin": "null"}}),
        (403, {"method": "POST", "headers": {"Origin": None}}),
        (403, {"method": "POST", "headers": {"Origin": "http://127.0.0.1:1"}}),
        (415, {"method": "POST", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
        (415, {"method": "POST", "headers": {"Content-Type": "text/plain"}}),
        (415, {"method": "POST", "headers": {"Content-Type": None}}),
        (413, {"method": "POST", "body": BIG}),
        (413, {"method": "POST", "headers": {"Content-Length": "100000000"}}),
        (
            411,
            {"method": "POST", "headers": {"Content-Length": None, "Transfer-Encoding": "chunked"}, "body": b"0\r\n"},
        ),
        (405, {"method": "PUT"}),
        (405, {"method": "DELETE"}),
        (405, {"method": "OPTIONS"}),
    ],
)
def test_everybody_else_is_refused(served, status, asked):
    page, port = served
    before = list(page.seen)
    told, headers, body = ask(port, **asked)
    assert told == status
    assert page.seen == before
    assert TOKEN.encode() not in body
    assert "set-cookie" not in headers
    assert headers.keys() >= {name.decode() for name, _ in HEADERS}


def test_a_body_that_does_not_come_is_given_up(served, monkeypatch):
    page, port = served
    monkeypatch.setattr(guard, "BODY_WITHIN_S", 0.2)
    before = list(page.seen)
    began = time.monotonic()
    assert ask(port, "POST", headers={"Content-Length": "10"}, body=b"{")[0] == 408
    assert time.monotonic() - began < 5
    assert page.seen == before


def test_connections_that_say_nothing_are_ended(served, monkeypatch):
    monkeypatch.setattr(server, "REQUEST_WITHIN_S", 0.3)
    with ExitStack() as stack:
        for number in range(server.MOST_CONNECTIONS + 10):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", served[1])))
            if number % 2:
                one.sendall(b"GET / HTTP/1.1\r\nHost: ")
        end = time.monotonic() + 5
        while (status := ask(served[1])[0]) == 503:
            assert time.monotonic() < end
        assert status == 200


def test_a_small_answer_does_not_wait_for_more(served):
    with closing(http.client.HTTPConnection("127.0.0.1", served[1])) as connection:
        times = []
        for _ in range(20):
            began = time.monotonic()
            connection.request("GET", "/", headers={"Cookie": f"cvinspect_{served[1]}={TOKEN}"})
            connection.getresponse().read()
            times.append(time.monotonic() - began)
    assert min(times[1:]) < 0.03


def test_every_answer_forbids_foreign_content(served):
    _, port = served
    headers = ask(port)[1]
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert headers["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


def test_a_port_that_is_taken_is_refused(served):
    with pytest.raises(StationError, match=r"cannot be listened on.*is it taken"):
        Served(Page(), TOKEN, "127.0.0.1", served[1])


def test_a_pin_is_known_by_its_hash():
    one = hashed("4711")
    check_hash(one)
    assert one != hashed("4711")
    assert (fits("4711", one), fits("4712", one), fits("", one)) == (True, False, False)
    assert "4711" not in one


@pytest.mark.parametrize("pin", ["123", "", "x" * 65])
def test_a_pin_of_another_length_is_refused(pin):
    with pytest.raises(ValueError, match="4 to 64 characters"):
        hashed(pin)


@pytest.mark.parametrize(
    "text",
    ["4711", "scrypt$a$b", pytest.param(hashed("4711") + "\n", id="a line"), "plain$" + "a" * 22 + "$" + "b" * 43],
)
def test_what_is_no_hash_is_refused(text):
    with pytest.raises(ValueError, match="cvinspect pin"):
        check_hash(text)


def test_wrong_pins_wait_longer_and_longer(monkeypatch):
    monkeypatch.setattr(pins, "fits", lambda pin, text: pin == text)
    now = [0.0]
    door = Doorkeeper({"Li": "4711", "Wang": "1234"}, lambda: now[0])
    tries = 0
    for second in range(3600):
        now[0] = float(second)
        if door.wait_s("Li") == 0:
            tries += 1
            assert not door.admits("Li", "0000")
    assert tries <= 2 + 8 + 3600 / 300
    assert not door.admits("Li", "4711")
    assert door.admits("Wang", "1234")
    now[0] += 301
    assert door.admits("Li", "4711")
    assert door.admits("Li", "4711")


def test_names_that_nobody_has_share_one_count(monkeypatch):
    monkeypatch.setattr(pins, "fits", lambda pin, text: False)
    door = Doorkeeper({}, lambda: 0.0)
    for name in ("a", "b", "c"):
        assert not door.admits(name, "0000")
    assert door.wait_s("another") > 0
    assert json.dumps(list(door._wrong)) == '[""]'
