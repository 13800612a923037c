"""What was acknowledged is there after a kill, a failing disk and a power cut; and the harness can tell if it is not.

The long versions run by `make soak`. strace makes the disk fail and tells what was written; where it is not to be had
those tests are skipped by name.
"""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import archive_faults
import archives
import pytest

from cvinspect.archive import Archive


@cache
def strace_works():
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


@pytest.fixture
def strace():
    if not strace_works():
        pytest.skip("strace is not here, or may not trace")


def sizes(quick, long):
    return [quick, pytest.param(long, marks=pytest.mark.soak)]


@pytest.mark.parametrize("kills", sizes(25, 1000))
def test_kill_at_any_moment(tmp_path, kills):
    folder = archives.filled(tmp_path / "a", 0)
    acknowledged, ready = [], []
    for seed in range(kills):
        told, seconds = archive_faults.killed_once(folder, len(acknowledged) + 1, seed)
        acknowledged += told
        ready += [] if seconds is None else [seconds]
    Archive(folder, write=True).close()
    counts, wrong = archive_faults.kept(folder)
    assert wrong == []
    assert acknowledged == list(range(1, len(acknowledged) + 1))
    assert len(acknowledged) > kills / 2
    assert {number for number in acknowledged if counts.get(number) != 1} == set()
    assert set(counts.values()) == {1}
    assert sorted(ready)[int(0.99 * len(ready))] <= 2.0, sorted(ready)[-5:]


REACHED = [("pwrite64", "EIO", 3), ("fsync", "ENOSPC", 5), ("rename", "EIO", 2), ("fsync", "EIO", 19)]
EVERY = [
    pytest.param(call, error, when, marks=pytest.mark.soak)
    for call, most in {"pwrite64": 200, "fdatasync": 25, "fsync": 25, "write": 25, "rename": 6}.items()
    for error in ("EIO", "ENOSPC")
    for when in range(1, most + 1)
    if (call, error, when) not in REACHED
]


@pytest.mark.parametrize(("call", "error", "when"), [*REACHED, *EVERY])
def test_a_failing_disk_is_never_acknowledged(strace, tmp_path, call, error, when):
    folder = archives.filled(tmp_path / "a", 2)
    options = ("-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}")
    code, acknowledged, said = archive_faults.under_strace(folder, 3, 6, *options)
    assert code in (0, archive_faults.REFUSED), said
    assert len(acknowledged) == 6 or code == archive_faults.REFUSED, said
    if (call, error, when) in REACHED:
        assert code == archive_faults.REFUSED
    Archive(folder, write=True).close()
    counts, wrong = archive_faults.kept(folder)
    assert wrong == []
    assert {number for number in (1, 2, *acknowledged) if counts.get(number) != 1} == set()
    assert set(counts.values()) == {1}
    with Archive(folder, write=True) as archive:
        archives.add(archive, 50)


@pytest.mark.parametrize("trials", sizes(40, 1000))
@pytest.mark.parametrize("pragma", ["", "synchronous=NORMAL"])
def test_a_power_cut_at_any_moment(strace, tmp_path, trials, pragma):
    folder = Path(tmp_path / "a")
    archives.filled(folder, 2)
    before = shutil.copytree(folder, tmp_path / "before")
    operations, told = archive_faults.traced(folder, 3, 20, tmp_path / "log", pragma)
    assert told == list(range(3, 23))
    shutil.rmtree(folder)
    before.rename(folder)
    bad = archive_faults.power_cuts(folder, operations, trials, 1, tmp_path / "found")
    if pragma:  # the harness sees what it is there to see
        assert len(bad) > trials / 2
    else:
        assert bad == []
