"""Modbus over loopback, with pymodbus' own client as the PLC, and its own server where we are the client."""

import socket
import time
from contextlib import closing
from pathlib import Path

import pytest

from cvinspect.errors import StationError
from cvinspect.line.modbus import ModbusOutput
from cvinspect.line.registers import ADDRESS, REASONS, REGISTERS, Bits, State, csv_lines, next_number
from cvinspect.line.signal import Signal
from cvinspect.model import Outcome

pytest.importorskip("pymodbus", reason="Modbus: pip install 'cvinspect[line]'")
from pymodbus.client import ModbusTcpClient


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Plc:
    """Reads and writes by name."""

    def __init__(self, port):
        self.client = ModbusTcpClient("127.0.0.1", port=port, timeout=1)
        assert self.client.connect()

    def get(self, name, count=1):
        return self.client.read_holding_registers(ADDRESS[name], count=count, device_id=1).registers

    def put(self, name, *values):
        assert not self.client.write_registers(ADDRESS[name], list(values), device_id=1).isError()

    def start(self, sequence, part=0):
        self.put("trigger_part", part >> 16, part & 0xFFFF)
        self.put("trigger", sequence)

    def close(self):
        self.client.close()


@pytest.fixture
def both():
    port = free_port()
    with closing(ModbusOutput("127.0.0.1", port)) as output, closing(Plc(port)) as plc:
        output.show(State.READY)
        eventually(lambda: plc.get("state") == [1])
        yield output, plc


def eventually(true, seconds=1.0):
    end = time.monotonic() + seconds
    while not (done := true()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)
    return done


def test_a_trigger_comes_once_with_its_part(both):
    output, plc = both
    assert output.trigger() is None
    plc.start(5, part=70_001)
    trigger = eventually(output.trigger)
    assert (trigger.sequence, trigger.part) == (5, 70_001)
    assert time.monotonic() - trigger.at_s < 0.2
    time.sleep(0.03)
    assert output.trigger() is None


@pytest.mark.parametrize("outcome", Outcome)
def test_a_verdict_sets_its_own_bit_and_only_pass_is_ok(both, outcome):
    output, plc = both
    plc.start(9, part=3)
    eventually(output.trigger)
    output.tell(Signal(9, 3, outcome, "camera_lost" if outcome is Outcome.INVALID else ""))
    (bits,) = eventually(lambda: plc.get("verdict") != [0] and plc.get("verdict"))
    assert bool(bits & Bits.OK) == (outcome is Outcome.PASS)
    assert bits & Bits.VALID
    assert bin(bits & ~Bits.VALID).count("1") == 1
    assert plc.get("sequence", 4) == [9, 0, 3, REASONS.index("camera_lost") if outcome is Outcome.INVALID else 0]


def test_the_next_trigger_takes_the_old_verdict_away_at_once(both):
    output, plc = both
    plc.start(1)
    eventually(output.trigger)
    output.tell(Signal(1, 0, Outcome.PASS))
    eventually(lambda: plc.get("verdict") == [Bits.OK | Bits.VALID])
    plc.start(2)
    eventually(lambda: plc.get("verdict") == [0])
    assert plc.get("sequence") == [0]


def test_a_verdict_on_another_part_than_the_last_is_never_written(both):
    output, plc = both
    plc.start(1)
    eventually(output.trigger)
    plc.start(2)
    eventually(output.trigger)
    output.tell(Signal(1, 0, Outcome.PASS))
    time.sleep(0.05)
    assert plc.get("verdict") == [0]


def test_a_verdict_that_nobody_acknowledged_is_an_overrun(both):
    output, plc = both
    for sequence, acknowledged in ((1, True), (2, False), (3, True)):
        plc.start(sequence)
        eventually(output.trigger)
        output.tell(Signal(sequence, 0, Outcome.PASS))
        eventually(lambda sequence=sequence: plc.get("sequence") == [sequence])
        if acknowledged:
            plc.put("acknowledge", sequence)
            time.sleep(0.03)
    assert plc.get("overruns") == [1]


def test_the_heartbeat_stands_still_where_the_station_does(both):
    output, plc = both
    plc.start(1)
    eventually(output.trigger)
    output.show(State.READY)
    output.tell(Signal(1, 0, Outcome.PASS))
    eventually(lambda: plc.get("verdict")[0] & Bits.OK)
    first = plc.get("heartbeat")
    output.show(State.READY)
    eventually(lambda: plc.get("heartbeat") != first, 0.3)
    time.sleep(0.5)  # nobody says that the station lives
    still = plc.get("heartbeat")
    time.sleep(0.25)
    assert plc.get("heartbeat") == still
    assert plc.get("verdict") == [0]  # and no OK is left standing


def test_what_stood_in_the_registers_at_the_start_starts_no_part():
    port = free_port()
    with closing(ModbusOutput("127.0.0.1", port)) as plc_side, closing(Plc(port)) as writer:
        writer.put("trigger", 77)
        with closing(ModbusOutput("127.0.0.1", port, is_client=True)) as output:
            output.show(State.READY)
            time.sleep(0.1)
            assert output.trigger() is None
            writer.put("trigger", 78)
            assert eventually(output.trigger).sequence == 78
            output.tell(Signal(78, 0, Outcome.PASS))
            eventually(lambda: writer.get("verdict") == [Bits.OK | Bits.VALID])
        assert writer.get("verdict") == [0]  # closing leaves not-OK behind
        assert plc_side.fault == ""


def test_a_plc_that_is_away_is_said_and_found_again():
    port = free_port()
    with closing(ModbusOutput("127.0.0.1", port, is_client=True)) as output:
        eventually(lambda: output.fault)
        assert f"127.0.0.1:{port}" in output.fault
        output.tell(Signal(1, 0, Outcome.PASS))  # goes nowhere, blocks nobody
        with closing(ModbusOutput("127.0.0.1", port)):
            eventually(lambda: not output.fault, 5.0)
        eventually(lambda: output.fault, 5.0)


def test_a_port_that_is_taken_is_refused():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StationError, match=f"127.0.0.1:{port} cannot be listened on"):
            ModbusOutput("127.0.0.1", port)


def test_the_map_has_no_two_meanings_for_one_register():
    taken = [register.address + i for register in REGISTERS for i in range(register.count)]
    assert len(taken) == len(set(taken))
    assert len(REASONS) == len(set(REASONS))
    assert next(csv_lines()) == "name,address,registers,written by,meaning"
    assert [next_number(1), next_number(65535)] == [2, 1]


def test_the_table_for_the_programmer_is_this_map():
    table = Path(__file__).resolve().parents[1] / "docs" / "modbus.csv"
    assert table.read_text("utf-8").splitlines() == list(csv_lines())
