"""systemd is told that the station is ready, lives and ends; where there is none, nothing happens."""

import os
import socket
import subprocess
import sys
import time

import pytest
from test_line import STATION, desk

from cvinspect.line.registers import State
from cvinspect.line.watchdog import Watchdog

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="systemd: not on this system")


@pytest.fixture
def systemd(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(20)
        yield listening


def heard(listening):
    listening.setblocking(False)
    said = []
    try:
        while True:
            said.append(listening.recv(1000).decode())
    except BlockingIOError:
        return said


def test_it_says_ready_once_and_lives_twice_a_second(systemd):
    dog = Watchdog(systemd.getsockname())
    dog.show(State.STARTING)
    for _ in range(10):
        dog.show(State.READY)
    dog.show(State.HOLD)
    dog.close()
    assert heard(systemd) == [
        "WATCHDOG=1\nSTATUS=starting",
        "READY=1",
        "WATCHDOG=1\nSTATUS=ready",
        "WATCHDOG=1\nSTATUS=hold",
        "STOPPING=1",
    ]


def test_a_socket_that_is_gone_holds_nobody(tmp_path):
    dog = Watchdog(str(tmp_path / "none"))
    dog.show(State.READY)
    dog.close()
    silent = Watchdog("")
    silent.show(State.READY)
    silent.close()
    assert (dog.fault, silent.trigger()) == ("", None)


def test_the_command_tells_it_and_ends_in_order_on_sigterm(tmp_path, systemd):
    text = STATION[: STATION.index("[[output]]")] + '[trigger]\nby = "timer"\nevery_s = 0.1\n# PORT\n'
    path, _ = desk(tmp_path, text)
    words = [sys.executable, "-m", "cvinspect", "line", path]
    env = {**os.environ, "NOTIFY_SOCKET": systemd.getsockname()}
    process = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while "READY" not in systemd.recv(1000).decode():
        pass
    time.sleep(1.0)
    assert "WATCHDOG=1\nSTATUS=ready" in heard(systemd)
    process.terminate()
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out.count("PASS") >= 2
    assert "Traceback" not in err
    assert heard(systemd)[-1] == "STOPPING=1"
