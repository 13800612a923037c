"""The figures of calibrating, as bounds and as a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from cvinspect.bench.bounds import Line
from cvinspect.bench.calibration import Row

FIRST, WIDE = 45, 22


def calibration_lines(found: Sequence[Row]) -> list[Line]:
    """One line per target, way of calibrating and figure: the worst over the tilts. Rows without a bound have none."""
    worst: dict[str, tuple[Row, str]] = {}
    for row in found:
        name, tilt = _parted(row.name)
        if row.bound is not None and (name not in worst or not row.ours <= worst[name][0].ours):
            worst[name] = row, tilt
    return [Line(name, row.unit, row.bound or 0.0, row.ours, tilt) for name, (row, tilt) in worst.items()]


def _parted(name: str) -> tuple[str, str]:
    """`dots, plane view alone, tilt 3, rms` without its tilt, and the tilt."""
    parts = name.split(", ")
    tilt = next((part for part in parts if part.startswith("tilt ")), "")
    return ", ".join(part for part in parts if part != tilt), f"{tilt} deg" if tilt else ""


def calibration_rows(found: Sequence[Row]) -> Iterator[str]:
    """A row per figure: ours and the peers'; headlines where other peers follow."""
    heads: tuple[str, ...] | None = None
    for row in found:
        if tuple(row.peers) != heads:
            heads = tuple(row.peers)
            yield from _headlines(heads)
        theirs = "".join(f"{row.peers[head]:{WIDE}.4f}" for head in heads)
        yield f"{f'{row.name}, {row.unit}':{FIRST}}{row.ours:9.4f}{theirs}"


def _headlines(heads: Sequence[str]) -> Iterator[str]:
    """The peers' names above their columns, broken into lines."""
    broken = [textwrap.wrap(head, WIDE - 2) for head in heads]
    tall = max(map(len, broken), default=1)
    padded = [[""] * (tall - len(lines)) + lines for lines in broken]
    for number in range(tall):
        ours = f"{'calibration':{FIRST}}{'ours':>9}" if number == tall - 1 else f"{'':{FIRST + 9}}"
        yield (ours + "".join(f"{lines[number]:>{WIDE}}" for lines in padded)).rstrip()
