"""Faults for an archive: a writer that is killed, whose disk fails, whose power goes; run by test_archive_faults.

As a program, `archive_faults.py FOLDER FIRST COUNT SOCKET [PRAGMA]` records parts FIRST, FIRST + 1, ... and sends each
part's number once it is acknowledged; it exits with 3 where the archive refuses.
"""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import archives

from cvinspect.archive import Archive, sqlite, verify
from cvinspect.archive.values import Record
from cvinspect.errors import ArchiveError

REFUSED = 3
SECTOR = 512


def write(folder, first, count, tell):
    """Records parts, each told when it is acknowledged."""
    with Archive(folder, write=True) as archive:
        tell(0)
        for number in range(first, first + count):
            archives.add(archive, number)
            tell(number)


def kept(folder):
    """(how often each part stands in the archive, what verify finds)."""
    with Archive(folder) as archive:
        parts = [one.row.identity.part for one in archive.rows() if isinstance(one.row, Record)]
        return {int(part[1:]): parts.count(part) for part in parts}, verify(archive).wrong


def killed_once(folder, first, seed):
    """Forks a writer and kills it at a random moment; gives (numbers acknowledged, seconds until it was ready)."""
    came, told = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if not child:
        try:
            write(folder, first, 10_000, lambda number: os.write(told, f"{number}\n".encode()))
        finally:
            os._exit(1)
    os.close(told)
    rng = random.Random(seed)
    ready = None
    if rng.random() < 0.8:  # else: killed while it opens
        assert os.read(came, 2) == b"0\n"
        ready = time.monotonic() - began
    time.sleep(rng.random() * 0.15)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(came) as rest:
        return [int(line) for line in rest.read().split() if line != "0"], ready


def under_strace(folder, first, count, *options, pragma=""):
    """Runs the writer under strace; gives (exit code, numbers acknowledged, what it said)."""
    ours, theirs = socket.socketpair()
    words = [sys.executable, __file__, folder, first, count, theirs.fileno(), pragma]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    env["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1])])
    done = subprocess.run(
        ["strace", "-f", *options, *map(str, words)],
        pass_fds=[theirs.fileno()],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    theirs.close()
    with ours.makefile("r") as told:
        acknowledged = [int(line) for line in told.read().split() if line != "0"]
    ours.close()
    return done.returncode, acknowledged, done.stderr


CALLS = "openat,close,lseek,write,pwrite64,ftruncate,fsync,fdatasync,rename,unlink,mkdir,sendto"
_LINE = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def traced(folder, first, count, log, pragma=""):
    """The writer's calls to the disk, in order: [(call, path, ...)], and the numbers it acknowledged."""
    told = under_strace(
        folder, first, count, "-xx", "-s", "9999999", "-e", f"trace={CALLS}", "-o", str(log), pragma=pragma
    )
    assert told[0] == 0, told
    return list(_operations(log, folder)), told[1]


def _operations(log, folder):
    """Only what concerns files below `folder`, and the acknowledgements."""
    names, places = {}, {}
    for line in log.read_text("ascii").split("\n"):
        found = _LINE.match(line)
        if not found or int(found[3]) < 0:
            continue
        call, given, result = found[1], found[2], int(found[3])
        texts = [bytes.fromhex(text.replace("\\x", "")) for text in _TEXT.findall(given)]
        handle = int(given.split(",")[0]) if given[:1].isdigit() else None
        if call == "openat":
            names[result] = texts[0].decode("utf-8", "replace")
            places[result] = 0
            if "O_CREAT" in given:
                yield "create", names[result]
        elif call == "sendto":
            yield "told", int(texts[0])
        elif call in ("rename", "unlink", "mkdir"):
            yield (call, *(text.decode() for text in texts))
        elif call == "lseek":
            places[handle] = result
        elif not names.get(handle, "").startswith(str(folder)):
            continue
        elif call == "write":
            yield "write", names[handle], places[handle], texts[0]
            places[handle] += len(texts[0])
        elif call == "pwrite64":
            yield "write", names[handle], int(given.split(",")[-1]), texts[0]
        elif call == "ftruncate":
            yield "truncate", names[handle], int(given.split(",")[1])
        elif call in ("fsync", "fdatasync"):
            yield "sync", names[handle]


class Disk:
    """What is sure to be on a disk, and what may be: data after a sync of the file, names after one of the folder."""

    def __init__(self, folder):
        self.files = {str(path): File(path.read_bytes()) for path in folder.rglob("*") if path.is_file()}
        self.names = dict(self.files)  # as the system sees them now
        self.pending = {}  # folder: changes of names since its last sync

    def do(self, call, path, *rest):
        """One operation of the writer."""
        parent = str(Path(path).parent)
        if call == "create":
            if path not in self.names:
                self.names[path] = File(b"")
                self.pending.setdefault(parent, []).append((path, self.names[path]))
        elif call == "rename":
            moved = self.names.pop(path)
            self.names[rest[0]] = moved
            self.pending.setdefault(str(Path(rest[0]).parent), []).append((rest[0], moved))
            self.pending.setdefault(parent, []).append((path, None))
        elif call == "unlink":
            if self.names.pop(path, None) is not None:
                self.pending.setdefault(parent, []).append((path, None))
        elif call in ("write", "truncate"):
            self.names[path].pending.append((call, *rest))
        elif call == "sync" and path in self.names:
            self.names[path].sync()
        elif call == "sync":
            self._settle(self.pending.pop(path, []), self.files)

    @staticmethod
    def _settle(changes, files):
        for path, file in changes:
            if file is None:
                files.pop(path, None)
            else:
                files[path] = file

    def after_power_cut(self, rng):
        """{path: bytes} as they may be found: of what was not synced, sectors at random, names up to any moment."""
        files = dict(self.files)
        for changes in self.pending.values():
            self._settle(changes[: rng.randrange(len(changes) + 1)], files)
        return {path: file.as_found(rng) for path, file in files.items() if not path.endswith("-shm")}


class File:
    """Bytes that are on the disk, and writes that may be."""

    def __init__(self, data):
        self.data, self.pending = data, []

    def sync(self):
        self.data, self.pending = self._with(self.pending, lambda: True), []

    def as_found(self, rng):
        return self._with(self.pending, lambda: rng.random() < 0.5)

    def _with(self, operations, keep):
        data = bytearray(self.data)
        for call, place, *rest in operations:
            if call == "truncate":
                if keep():
                    data = data[:place].ljust(place, b"\0")
                continue
            new, at = rest[0], place
            while new:
                size = min(len(new), SECTOR - at % SECTOR)
                if keep():
                    data = data.ljust(at + size, b"\0")
                    data[at : at + size] = new[:size]
                new, at = new[size:], at + size
        return bytes(data)


def power_cuts(folder, operations, trials, seed, scratch):
    """Cuts the power at random moments; gives the trials in which an acknowledged part was lost or damaged."""
    rng = random.Random(seed)
    cuts = sorted(rng.randrange(len(operations) + 1) for _ in range(trials))
    disk, done, told, bad = Disk(folder), 0, [], []
    for trial, cut in enumerate(cuts):
        for operation in operations[done:cut]:
            told.append(operation[1]) if operation[0] == "told" else disk.do(*operation)
        done = cut
        place = scratch / f"{trial}"
        for path, data in disk.after_power_cut(rng).items():
            target = place / Path(path).relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        (place / "pictures").mkdir(exist_ok=True)
        try:
            Archive(place, write=True).close()
            counts, wrong = kept(place)
        except ArchiveError as refused:
            counts, wrong = {}, [str(refused)]
        lost = [number for number in told if number and counts.get(number) != 1]
        if lost or wrong:
            bad.append((cut, lost, wrong))
    return bad


if __name__ == "__main__":
    place, start, many, handle, other = sys.argv[1:6]
    if other:
        sqlite._WRITING = tuple(other if one.startswith("synchronous") else one for one in sqlite._WRITING)
    with socket.socket(fileno=int(handle)) as line:
        try:
            write(Path(place), int(start), int(many), lambda number: line.send(f"{number}\n".encode()))
        except ArchiveError as refused:
            print(refused, file=sys.stderr)
            sys.exit(REFUSED)
