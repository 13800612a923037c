"""The plant's feed against a real broker: nothing lost while it is away, every record once by its id."""

import json
import shutil
import socket
import subprocess
import time
from contextlib import closing

import pytest
from cli import cli
from test_line import STATION, desk, free_port

from cvinspect.errors import StationError
from cvinspect.line.feed import Broker, Feed

pytest.importorskip("paho.mqtt", reason="MQTT: pip install 'cvinspect[line]'")
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


class RunningBroker:
    """Mosquitto in its own process, and what one listener was told."""

    def __init__(self, folder):
        self.port, self.heard = free_port(), []
        self.config = folder / "broker.conf"
        self.config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n", "utf-8")
        self.start()

    def start(self):
        self.process = subprocess.Popen([MOSQUITTO, "-c", self.config], stderr=subprocess.DEVNULL)
        end = time.monotonic() + 5
        while True:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            assert time.monotonic() < end
            time.sleep(0.02)
        self.listener = Client(CallbackAPIVersion.VERSION2)
        self.listener.on_message = lambda client, data, message: self.heard.append(json.loads(message.payload))
        self.listener.on_connect = lambda client, *rest: client.subscribe("plant/#", qos=1)
        self.listener.connect("127.0.0.1", self.port)
        self.listener.loop_start()
        time.sleep(0.2)

    def stop(self):
        self.listener.loop_stop()
        self.process.kill()
        self.process.wait()


@pytest.fixture
def broker(tmp_path):
    if MOSQUITTO is None:
        pytest.skip("MQTT: on Debian, apt-get install mosquitto")
    running = RunningBroker(tmp_path)
    yield running
    running.stop()


def run(tmp_path, parts):
    text = STATION[: STATION.index("[[output]]")] + '[trigger]\nby = "timer"\nevery_s = 0.05\n# PORT\n'
    path, _ = desk(tmp_path, text)
    assert cli("line", path, "--parts", parts).code == 0
    return tmp_path / "archive"


def wait_for(heard, count):
    end = time.monotonic() + 5
    while len(heard) < count and time.monotonic() < end:
        time.sleep(0.02)
    return [message["id"] for message in heard]


def test_every_record_once_though_the_broker_goes_away(tmp_path, broker):
    archive = run(tmp_path, 4)
    state = tmp_path / "feed.json"
    where = Broker("127.0.0.1", broker.port, "plant/S1", "S1")
    with closing(Feed(where, archive, state)) as feed:
        assert feed.send() == 4
        first = wait_for(broker.heard, 4)
        broker.stop()
        run(tmp_path, 3)
        with pytest.raises(OSError, match=r"receipt|refused|silent|Connection"):
            feed.send()
        broker.start()
    with closing(Feed(where, archive, state)) as again:  # as after a stop
        again.send()
    ids = wait_for(broker.heard, 7)
    assert (len(first), len(set(ids))) == (4, 7)
    assert [message["verdict"] for message in broker.heard[:3]] == ["PASS", "PASS", "FAIL"]
    assert broker.heard[2]["findings"][0]["rule"]
    assert {message["station"] for message in broker.heard} == {"S1"}


def test_a_lost_state_sends_all_again_under_the_same_ids(tmp_path, broker):
    archive = run(tmp_path, 2)
    where = Broker("127.0.0.1", broker.port, "plant/S1", "S1")
    for _ in range(2):
        with closing(Feed(where, archive, tmp_path / "feed.json")) as feed:
            feed.send()
        (tmp_path / "feed.json").unlink()
    ids = wait_for(broker.heard, 4)
    assert (len(ids), len(set(ids))) == (4, 2)


def test_the_station_runs_it_and_waits_for_nobody(tmp_path, broker):
    text = STATION.replace("[[output]]", f'[feed]\nconnect = "127.0.0.1:{broker.port}"\ntopic = "plant/S1"\n[[output]]')
    text = text[: text.index("[[output]]")] + '[trigger]\nby = "timer"\nevery_s = 0.3\n# PORT\n'
    path, _ = desk(tmp_path, text)
    assert cli("line", path, "--parts", "6").code == 0
    assert len(wait_for(broker.heard, 4)) >= 4


def test_a_state_that_cannot_be_read(tmp_path):
    (tmp_path / "feed.json").write_text("{}", "utf-8")
    with pytest.raises(StationError, match="remove it, and all is sent again"):
        Feed(Broker("127.0.0.1", 1, "t", "S"), tmp_path, tmp_path / "feed.json")
