"""systemd's watchdog as an output: it is told that the station lives, and ends a station that does not.

Protocol: sd_notify(3), datagrams to the socket that NOTIFY_SOCKET names.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress

from cvinspect.line.registers import State
from cvinspect.line.signal import Signal, Trigger

EVERY_S = 0.5


class Watchdog:
    """Tells systemd READY, the state, and twice a second that the loop runs; nothing where systemd did not start it."""

    def __init__(self, place: str | None = None) -> None:
        self.fault = ""
        place = place if place is not None else os.environ.get("NOTIFY_SOCKET", "")
        self._socket: socket.socket | None = None
        self._next_s, self._state = 0.0, State.STARTING
        if place:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
            self._place = "\0" + place[1:] if place.startswith("@") else place

    def tell(self, signal: Signal) -> None:
        """systemd wants no verdicts."""

    def trigger(self) -> Trigger | None:
        """None: systemd triggers nothing."""
        return None

    def show(self, state: State) -> None:
        """The loop runs."""
        now = time.monotonic()
        if now < self._next_s and state == self._state:
            return
        self._next_s = now + EVERY_S
        if state != State.STARTING and self._state == State.STARTING:
            self._send("READY=1")
        self._state = state
        self._send(f"WATCHDOG=1\nSTATUS={state.name.lower()}")

    def close(self) -> None:
        """The station ends on purpose."""
        self._send("STOPPING=1")
        if self._socket is not None:
            self._socket.close()

    def _send(self, text: str) -> None:
        if self._socket is not None:
            with suppress(OSError):  # a full or missing socket must not hold the line
                self._socket.sendto(text.encode(), self._place)
