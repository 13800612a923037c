"""A PLC for rehearsals and tests: triggers parts over Modbus, reads and acknowledges their verdicts."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any, cast

from cvinspect.errors import StationError
from cvinspect.line.registers import ADDRESS, Bits, next_number, words

WAIT_S = 1.0
_POLL_S = 0.005


class Plc:
    """A client of the station's registers, at host:port. Raises StationError where nobody answers there."""

    def __init__(self, host: str, port: int) -> None:
        from pymodbus.client import ModbusTcpClient

        self._client = cast(Any, ModbusTcpClient(host, port=port, timeout=WAIT_S))
        if not self._client.connect():
            raise StationError(f"no station answers at {host}:{port}")

    def get(self, name: str, count: int = 1) -> list[int]:
        """Registers by name."""
        answer = self._client.read_holding_registers(ADDRESS[name], count=count, device_id=1)
        return list(answer.registers)

    def put(self, name: str, *values: int) -> None:
        """Writes registers by name."""
        self._client.write_registers(ADDRESS[name], list(values), device_id=1)

    def start(self, sequence: int, part: int = 0) -> None:
        """Triggers a part."""
        self.put("trigger_part", *words(part))
        self.put("trigger", sequence)

    def verdict(self, sequence: int, within_s: float) -> Bits:
        """The verdict on a trigger; NONE where it does not come in time, which is not-OK."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            bits, told = self.get("verdict", 2)
            if told == sequence and bits & Bits.VALID:
                return Bits(bits)
            time.sleep(_POLL_S)
        return Bits.NONE

    def close(self) -> None:
        """Ends the connection."""
        self._client.close()


class Rehearsal:
    """A PLC that triggers a part every `every_s`, in a thread of its own, and counts what it was told."""

    def __init__(self, host: str, port: int, every_s: float, within_s: float) -> None:
        self._plc = Plc(host, port)
        self._every_s, self._within_s = every_s, within_s
        self.counts: Counter[str] = Counter()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="plc")
        self._thread.start()

    def _run(self) -> None:
        sequence = 0
        while not self._ended.wait(self._every_s):
            sequence = next_number(sequence)
            self._plc.start(sequence, part=sequence)
            bits = self._plc.verdict(sequence, self._within_s)
            self.counts[(bits & ~Bits.VALID).name or "NONE"] += 1
            self._plc.put("acknowledge", sequence)

    def close(self) -> None:
        """Ends it."""
        self._ended.set()
        self._thread.join(self._within_s + WAIT_S)
        self._plc.close()
