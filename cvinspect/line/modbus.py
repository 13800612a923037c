"""Modbus TCP: the PLC reads our registers (we are its server), or we write into its own (we are its client)."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, Protocol

from cvinspect.errors import StationError
from cvinspect.line.registers import ADDRESS, BITS, LAST, Bits, State, number, reason_number, words
from cvinspect.line.signal import Signal, Trigger

COUNT = 120
BEAT_S = 0.1
ALIVE_S = 0.3  # without a word from the station for so long the heartbeat stands still
WAIT_S = 0.5
LISTEN_S = 0.003
_READ, _WRITE = 3, 16


class Registers(Protocol):
    """Holding registers that both sides see. Raises OSError where the other side cannot be reached."""

    async def read(self, address: int, count: int) -> Sequence[int]:
        """`count` registers from `address`."""

    async def write(self, address: int, values: Sequence[int]) -> None:
        """Writes registers from `address` on."""

    async def close(self) -> None:
        """Ends the connection."""


class Served:
    """Our own registers, at host:port; a PLC connects."""

    def __init__(self, server: Any) -> None:
        self._server = server

    @classmethod
    async def at(cls, host: str, port: int) -> Served:
        """Raises StationError where the port is taken."""
        from pymodbus.server import ModbusTcpServer
        from pymodbus.simulator import DataType, SimData, SimDevice

        device = SimDevice(1, [SimData(0, count=COUNT, values=0, datatype=DataType.REGISTERS)])
        server = ModbusTcpServer(device, address=(host, port))
        try:
            await server.serve_forever(background=True)
        except (OSError, RuntimeError) as bad:
            raise StationError(f"modbus: {host}:{port} cannot be listened on: {bad}; is it taken?") from bad
        return cls(server)

    async def read(self, address: int, count: int) -> Sequence[int]:
        """`count` registers from `address`."""
        values: Sequence[int] = await self._server.async_getValues(1, _READ, address, count)
        return values

    async def write(self, address: int, values: Sequence[int]) -> None:
        """Writes registers from `address` on."""
        await self._server.async_setValues(1, _WRITE, address, list(values))

    async def close(self) -> None:
        """Ends the connection."""
        await self._server.shutdown()


class Reached:
    """The registers of a PLC at host:port; connected again for ever where it goes away."""

    def __init__(self, client: Any) -> None:
        self._client = client

    @classmethod
    async def at(cls, host: str, port: int) -> Reached:
        """Connects when it is first asked."""
        from pymodbus.client import AsyncModbusTcpClient

        return cls(AsyncModbusTcpClient(host, port=port, timeout=WAIT_S, retries=0, reconnect_delay=0))

    async def read(self, address: int, count: int) -> Sequence[int]:
        """`count` registers from `address`."""
        return list((await self._asked("read_holding_registers", address, count=count)).registers)

    async def write(self, address: int, values: Sequence[int]) -> None:
        """Writes registers from `address` on."""
        await self._asked("write_registers", address, list(values))

    async def _asked(self, what: str, *args: Any, **named: Any) -> Any:
        from pymodbus.exceptions import ModbusException

        if not self._client.connected and not await self._client.connect():
            raise OSError("not connected")
        try:
            answer = await getattr(self._client, what)(*args, **named, device_id=1)
        except ModbusException as bad:
            self._client.close()
            raise OSError(str(bad)) from bad
        if answer.isError():
            raise OSError(f"refused: {answer}")
        return answer

    async def close(self) -> None:
        """Ends the connection."""
        self._client.close()


class ModbusOutput:
    """An Output by registers (`registers.REGISTERS`); a thread of its own speaks with the PLC.

    The heartbeat stands still where the station does. A verdict of another part than the last trigger's is never
    written. Raises StationError where pymodbus is not there or the port is taken.
    """

    def __init__(self, host: str, port: int, is_client: bool = False) -> None:
        try:
            import pymodbus  # noqa: F401
        except ImportError as bad:
            raise StationError("modbus: needs the extra: pip install 'cvinspect[line]'") from bad
        self._where = f"{host}:{port}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="modbus")
        self._thread.start()
        self._alive_s, self._state, self._beat = time.monotonic(), State.STARTING, 0
        self._told: list[int] | None = None
        self._seen: int | None = None
        self._waiting: Trigger | None = None
        self._overruns, self._unread = 0, 0
        self.fault = ""
        self._closing = False
        self._wake = asyncio.Event()
        try:
            self._registers: Registers = self._do((Reached if is_client else Served).at(host, port))
        except BaseException:
            self._stop()
            raise
        self._task = asyncio.run_coroutine_threadsafe(self._speak(), self._loop)

    def tell(self, signal: Signal) -> None:
        """Writes it with the next word to the PLC, within milliseconds."""
        part = words(signal.part)
        self._told = [int(BITS[signal.outcome]), signal.sequence, *part, reason_number(signal.reason)]
        self._loop.call_soon_threadsafe(self._wake.set)

    def show(self, state: State) -> None:
        """The station lives."""
        self._alive_s, self._state = time.monotonic(), state

    def trigger(self) -> Trigger | None:
        """The newest; one that was not fetched in time is told by the next one's number."""
        waiting, self._waiting = self._waiting, None
        return waiting

    def close(self) -> None:
        """The verdict's register is 0 after it."""
        self._closing = True
        self._loop.call_soon_threadsafe(self._wake.set)
        self._task.result(4 * WAIT_S)
        self._stop()

    async def _speak(self) -> None:
        beaten_s = 0.0
        while not self._closing:
            try:
                await self._listen()
                if self._told is not None:
                    await self._write_verdict()
                if time.monotonic() - beaten_s >= BEAT_S:
                    beaten_s = time.monotonic()
                    await self._write_state()
                self.fault = ""
            except OSError as bad:
                self.fault = f"modbus: {self._where}: {bad}"
                await asyncio.sleep(BEAT_S)
            await self._woken(LISTEN_S)
        await self._leave()

    async def _woken(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return
        self._wake.clear()

    async def _listen(self) -> None:
        at = ADDRESS["trigger"]
        asked, *part, read = await self._registers.read(at, 4)
        if self._seen is None:
            self._seen = asked  # what stood there when the station came up starts no part
        if read and read == self._unread:
            self._unread = 0
        if asked != self._seen and 0 < asked <= LAST:
            self._seen = asked
            await self._registers.write(ADDRESS["verdict"], [int(Bits.NONE), 0, 0, 0, 0])
            self._waiting = Trigger(asked, number(part), time.monotonic())

    async def _write_verdict(self) -> None:
        told, self._told = self._told, None
        if told is None or told[1] != self._seen:
            return
        if self._unread:
            self._overruns = (self._overruns + 1) % (LAST + 1)
        self._unread = told[1]
        bits, rest = told[0], told[1:]
        await self._registers.write(ADDRESS["sequence"], [*rest, self._overruns])
        await self._registers.write(ADDRESS["verdict"], [bits])  # last: what it belongs to stands there already

    async def _write_state(self) -> None:
        if time.monotonic() - self._alive_s > ALIVE_S:
            await self._registers.write(ADDRESS["verdict"], [int(Bits.NONE)])
            return
        self._beat = (self._beat + 1) % (LAST + 1)
        await self._registers.write(ADDRESS["heartbeat"], [self._beat, int(self._state)])

    async def _leave(self) -> None:
        with suppress(OSError):
            await self._registers.write(ADDRESS["heartbeat"], [self._beat, int(State.STARTING), int(Bits.NONE)])
        await self._registers.close()

    def _do(self, what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(5.0)

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_S)
        self._loop.close()
