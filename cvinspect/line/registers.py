"""What a station and a PLC tell each other: registers, bits, numbers. docs/modbus.csv is written from this page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from cvinspect.model import Outcome


class State(IntEnum):
    """What the station is doing."""

    STARTING = 0
    READY = 1
    BUSY = 2
    HOLD = 3


class Bits(IntFlag):
    """The verdict. Nothing set is not-OK; only OK together with VALID opens the gate."""

    NONE = 0
    OK = 1
    FAIL = 2
    REVIEW = 4
    INVALID = 8
    VALID = 16


BITS = {
    Outcome.PASS: Bits.OK | Bits.VALID,
    Outcome.FAIL: Bits.FAIL | Bits.VALID,
    Outcome.REVIEW: Bits.REVIEW | Bits.VALID,
    Outcome.INVALID: Bits.INVALID | Bits.VALID,
}

REASONS = (
    "",
    "late",
    "camera_timeout",
    "camera_lost",
    "camera_incomplete",
    "camera_format",
    "camera_ended",
    "frame_size",
    "frame_repeated",
    "frame_gap",
    "frame_frozen",
    "worker_gone",
    "not_recorded",
    "not_inspected",
    "trigger_repeated",
    "trigger_lost",
    "hold",
)
"""Why a part is INVALID, by number; of any other reason the number is that of not_inspected, the record tells more."""


@dataclass(frozen=True, slots=True)
class Register:
    """One holding register or two; address from 0, 16 bits each, of two the upper word first."""

    name: str
    address: int
    count: int
    by: str
    about: str


REGISTERS = (
    Register("heartbeat", 0, 1, "station", "counts up every 100 ms; where it stands still, take everything for not-OK"),
    Register("state", 1, 1, "station", "0 starting, 1 ready for a trigger, 2 busy, 3 hold"),
    Register("verdict", 2, 1, "station", "bits: 1 OK, 2 FAIL, 4 REVIEW, 8 INVALID, 16 valid; 0 is not-OK"),
    Register("sequence", 3, 1, "station", "the trigger that the verdict answers"),
    Register("part", 4, 2, "station", "the part id that came with it"),
    Register("reason", 6, 1, "station", "why INVALID, a number of the list below"),
    Register("overruns", 7, 1, "station", "verdicts that were replaced before they were acknowledged"),
    Register("trigger", 100, 1, "PLC", "another number than before (1 to 65535, then 1 again) starts a part"),
    Register("trigger_part", 101, 2, "PLC", "the part's id; written before, or together with, the trigger"),
    Register("acknowledge", 103, 1, "PLC", "the sequence of the verdict that was read"),
)
ADDRESS = {register.name: register.address for register in REGISTERS}
LAST = 65535


def next_number(number: int) -> int:
    """The trigger that follows: 1 to 65535, then 1."""
    return number % LAST + 1


def words(value: int) -> list[int]:
    """32 bits as two registers, the upper word first."""
    return [(value >> 16) & 0xFFFF, value & 0xFFFF]


def number(registers: Sequence[int]) -> int:
    """32 bits of two registers."""
    return registers[0] << 16 | registers[1]


def reason_number(code: str) -> int:
    """The number of a reason's code."""
    return REASONS.index(code) if code in REASONS else REASONS.index("not_inspected")


def csv_lines() -> Iterator[str]:
    """The map as a table for a PLC's programmer."""
    yield "name,address,registers,written by,meaning"
    for one in REGISTERS:
        yield f'{one.name},{one.address},{one.count},{one.by},"{one.about}"'
    yield ""
    yield "reason,number,,,"
    for index, code in enumerate(REASONS):
        yield f"{code or 'none'},{index},,,"
