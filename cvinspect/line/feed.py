"""A plant's feed over MQTT: one message a record, from the archive itself, so that nothing is lost on the way.

The archive is the outbox: what was sent last stands in a file beside it, written after the broker's receipt. A message
may come twice after a stop; its `id` is the same then, so that whoever keeps them by id has each exactly once.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

from cvinspect.archive import Archive, Record, Stored
from cvinspect.archive.schema import JOURNAL
from cvinspect.errors import CvinspectError, StationError
from cvinspect.forms import read_text, write_text

RECEIPT_S = 5.0
LOOK_S, LONGEST_S = 0.5, 30.0


@dataclass(frozen=True, slots=True)
class Broker:
    """Where messages go. password: read from the environment, never from a file of ours."""

    host: str
    port: int
    topic: str
    station: str
    user: str = ""
    password: str = ""


class Feed:
    """Sends what has not been sent. state: the file with the last number; where it is gone, all is sent again."""

    def __init__(self, broker: Broker, archive: Path, state: Path) -> None:
        self._broker, self._archive, self._state = broker, archive, state
        self._client = _client(broker)
        self.sent = self._read()

    def send(self) -> int:
        """Sends every record that is new; gives how many. Raises OSError where the broker is away, ArchiveError."""
        count = 0
        with Archive(self._archive) as archive:
            for stored in archive.rows(JOURNAL.c.seq > self.sent):
                if isinstance(stored.row, Record):
                    self._publish(message_of(stored, stored.row, self._broker.station))
                    count += 1
                self.sent = stored.seq
                if isinstance(stored.row, Record):
                    self._write()
        return count

    def close(self) -> None:
        """Ends the connection."""
        self._client.loop_stop()
        self._client.disconnect()

    def _publish(self, message: Mapping[str, Any]) -> None:
        if not self._client.is_connected():
            self._connect()
        told = self._client.publish(self._broker.topic, json.dumps(message, ensure_ascii=False), qos=1)
        try:
            told.wait_for_publish(RECEIPT_S)
        except (RuntimeError, ValueError) as bad:
            raise OSError(str(bad)) from bad
        if not told.is_published():
            raise OSError(f"{self._broker.host}:{self._broker.port}: no receipt within {RECEIPT_S:g} s")

    def _connect(self) -> None:
        self._client.loop_stop()
        self._client.connect(self._broker.host, self._broker.port, keepalive=10)
        self._client.loop_start()
        end = time.monotonic() + RECEIPT_S
        while not self._client.is_connected():
            if time.monotonic() > end:
                raise OSError(f"{self._broker.host}:{self._broker.port}: refused or silent")
            time.sleep(0.01)

    def _read(self) -> int:
        if not self._state.exists():
            return 0
        try:
            return int(json.loads(read_text(self._state, StationError))["sent"])
        except (ValueError, KeyError, TypeError) as bad:
            raise StationError(f"{self._state}: {bad}; remove it, and all is sent again") from bad

    def _write(self) -> None:
        write_text(self._state, json.dumps({"sent": self.sent}), StationError)


def message_of(stored: Stored, record: Record, station: str) -> dict[str, Any]:
    """One record as a plant's other programs need it. id: the same however often it is sent."""
    verdict = record.verdict
    return {
        "id": f"{stored.seq}-{stored.hash[:16]}",
        "station": record.identity.station or station,
        "at": stored.at.isoformat(),
        "identity": {name: value for name, value in asdict(record.identity).items() if value},
        "verdict": str(verdict.outcome),
        "reasons": [reason.code for reason in verdict.reasons],
        "findings": [
            {"outcome": str(one.outcome), "rule": one.rule, "measured": one.measured, "allowed": one.allowed}
            for one in verdict.findings
        ],
        "limits": f"{record.limits}@{record.limits_revision}" if record.limits else "",
    }


def _client(broker: Broker) -> Any:
    try:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion
    except ImportError as bad:
        raise StationError("mqtt: needs the extra: pip install 'cvinspect[line]'") from bad
    client = cast(Any, Client(CallbackAPIVersion.VERSION2))
    client.max_queued_messages_set(1)
    if broker.user:
        client.username_pw_set(broker.user, broker.password or None)
    return client


def feed_plant(connection: Connection, broker: Broker, archive: Path, state: Path) -> None:
    """The feed's process: sends until the connection ends; where broker or archive are away, it waits, at most 30 s."""
    broker = Broker(**{**asdict(broker), "password": os.environ.get("CVINSPECT_MQTT_PASSWORD", "")})
    wait_s = LOOK_S
    feed = Feed(broker, archive, state)
    while True:
        try:
            feed.send()
            wait_s = LOOK_S
        except (OSError, CvinspectError):
            wait_s = min(2 * wait_s, LONGEST_S)
        try:
            if connection.poll(wait_s):
                connection.recv()
        except (EOFError, OSError):
            feed.close()
            return
