"""Every fault that the rendered camera knows, and processes that end or freeze: no part passes that is not good.

What a picture shows is told by itself: whoever gets OK has a picture in the archive that is, but for a grey level,
one of the good parts as they were drawn.
"""

import os
import signal
import time
from collections import Counter
from contextlib import closing

import numpy as np
import pytest
from test_line import SIZE, STATION, Line, desk

from cvinspect import words
from cvinspect.archive import Archive
from cvinspect.camera import Settings
from cvinspect.camera.address import parse_address
from cvinspect.camera.synthetic import FAULTS, SyntheticCamera
from cvinspect.line.registers import REASONS, Bits
from cvinspect.pictures import decode_picture

PARTS = 6
FAULTY = STATION.replace("size_mm=1", "size_mm=1&faults=all&fault_every=EVERY")


def good_parts():
    camera = SyntheticCamera(parse_address("synthetic:?width=240&height=180&parts=6&bad=3&size_mm=1"), Settings())
    return [camera._drawn[index].astype(int) for index in range(PARTS) if not camera.is_bad(index)]


def false_passes(folder, told_ok):
    """Parts that were told OK whose archived picture is no good part as it was drawn, or that have none."""
    good = good_parts()
    false = set(told_ok)
    with Archive(folder / "archive") as archive:
        for stored in archive.rows():
            if stored.kind == "record" and stored.row.identity.part in told_ok:
                pixels = decode_picture(archive.vault.get(stored.row.looks[0].stored), "picture").pixels.astype(int)
                if any(pixels.shape == one.shape and np.abs(pixels - one).max() <= 1 for one in good):
                    false.discard(stored.row.identity.part)
    return false


def run(folder, parts, every, trouble=lambda line, number: None):
    """Triggers parts; gives bits per part, and how long the slowest took."""
    path, port = desk(folder, FAULTY, EVERY=str(every))
    told, slowest = {}, 0.0
    with closing(Line(path, port)) as line:
        for number in range(parts):
            trouble(line, number)
            bits, reason, seconds = line.part()
            told[str(line.sequence)] = (bits, reason)
            if reason == "worker_gone":
                time.sleep(0.3)  # a line's parts do not come in milliseconds: the process is being started
            slowest = max(slowest, seconds)
        time.sleep(0.5)
    return told, slowest


def check(folder, told):
    told_ok = {part for part, (bits, _) in told.items() if bits & Bits.OK}
    assert false_passes(folder, told_ok) == set()
    for bits, reason in told.values():
        if bits & Bits.INVALID:
            assert reason in REASONS[1:]
    return told_ok


def test_no_fault_of_the_camera_passes(tmp_path):
    told, slowest = run(tmp_path, 3 * len(FAULTS), 2)
    told_ok = check(tmp_path, told)
    invalid = Counter(reason for bits, reason in told.values() if bits & Bits.INVALID)
    assert len(told_ok) >= 8
    assert sum(invalid.values()) >= len(FAULTS)
    assert len(invalid) >= 5
    assert slowest < 1.5


def test_a_fault_that_is_not_known_is_refused():
    camera = parse_address("synthetic:?faults=blue")
    with pytest.raises(Exception, match="unknown fault 'blue'; there are all, timeout"):
        SyntheticCamera(camera, Settings())


@pytest.mark.parametrize("reason", REASONS[1:])
def test_every_reason_has_its_words(reason):
    assert reason in words.CATALOGUE


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1])
def test_three_thousand_parts_under_every_fault(tmp_path, seed):
    rng = np.random.default_rng(seed)

    def trouble(line, number):
        if rng.random() < 0.03:
            station = line.station
            worker = [station._eyes, *station._inspectors, station._book][int(rng.integers(4))]
            os.kill(worker.pid, signal.SIGKILL if rng.random() < 0.7 else signal.SIGSTOP)

    told, slowest = run(tmp_path, 3000, 4, trouble)
    told_ok = check(tmp_path, told)
    counts = Counter(reason for bits, reason in told.values() if bits & Bits.INVALID)
    print(f"{len(told_ok)} of {len(told)} OK, slowest {slowest:.3f} s, {SIZE}, {dict(counts)}")
    assert slowest < 1.5
    assert len(told_ok) > 300
