"""How fast parts are judged again, and what a kill costs; `pytest -s -m soak` prints the figures."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import many_records
import pytest
from cli import SAMPLES, cli, desk, draw, marked

from cvinspect.archive import Archive
from cvinspect.archive.ledger import Ledger
from cvinspect.config import Overrides
from cvinspect.pictures import encode_png
from cvinspect.regrade import Answering, Here, Pool, Wanted, question, work

ROOT = Path(__file__).resolve().parents[1]
ENV = {**os.environ, "PYTHONPATH": str(ROOT)}
BROKEN, KILLED = 50, 8
PICTURES = (
    ("canon-oem-top", "canon-top-pair-6mm"),
    ("km-button-grade2", "km-button-allowed"),
    ("km-cover-grade1", "km-cover-pair-80mm"),
    ("km-inner-grade3", "km-inner-speck-inside"),
    ("canon-side-colour", "canon-colour-speck"),
)


@pytest.fixture(scope="module")
def sampled(tmp_path_factory):
    """The archive of some samples."""
    folder = tmp_path_factory.mktemp("sampled") / "a"
    assert cli("archive", "init", folder).code == 0
    for recipe, picture in PICTURES:
        recipe = SAMPLES / "recipes" / f"{recipe}.toml"
        cli("inspect", SAMPLES / f"{picture}.png", "--recipe", recipe, "--json", "--archive", folder)
    return folder


def asked(archive, **wanted):
    found = question(Wanted(**wanted), archive)
    return found, found.source(datetime.now(UTC))


def cpu_s(source, parts):
    """Seconds of one core for these parts, tables and jobs made before."""
    tasks = [source.task(parts[first : first + 200]) for first in range(0, len(parts), 200)]
    texts = {sha: body for task in tasks for sha, body in source.texts(task.documents).items()}
    work(source.task(parts[: len(PICTURES)]), texts)
    began = time.process_time()
    for task in tasks:
        work(task, texts)
    return time.process_time() - began


def test_judging_again_is_fifty_times_as_fast_as_inspecting_again(sampled, tmp_path):
    folder = shutil.copytree(sampled, tmp_path / "a")
    many_records.multiply(folder, 400)
    with Archive(folder) as archive:
        _, judging = asked(archive, overrides=Overrides(limits="canon"))
        _, inspecting = asked(archive, from_pictures=True)
        judged, inspected = list(judging.asked()), list(inspecting.asked())[:2]
        one = cpu_s(judging, judged) / len(judged)
        other = cpu_s(inspecting, inspected) / len(inspected)
    told = f"judged again {one * 1e3:.2f} ms, inspected again {other * 1e3:.0f} ms a part, of one core"
    print(f"\n{told}: {other / one:.0f} x")
    assert other / one >= 50


class Counted(Pool):
    """Adds up the seconds of a core that its workers took."""

    cpu_s = 0.0

    def close(self):
        for pid in self.pids:
            told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            self.cpu_s += (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
        super().close()


@pytest.mark.soak
@pytest.mark.parametrize("count", [50_000, 1_000_000])
def test_many_records_judged_again(sampled, tmp_path, count):
    folder = shutil.copytree(sampled, tmp_path / "a")
    many_records.multiply(folder, count)
    with Archive(folder) as archive, Ledger(tmp_path / "ledger") as ledger:
        found, source = asked(archive, overrides=Overrides(limits="konica-minolta"))
        began, spent, pool = time.monotonic(), time.process_time(), Counted(2)
        run = ledger.begin(found.spec(), "Wang", "", source.asked())
        Answering(ledger, run, source, pool, lambda parts: None).all()
        took, cpu = time.monotonic() - began, time.process_time() - spent + pool.cpu_s
        counts = ledger.counts(run)
    assert counts["done"] == run.asked == count + len(PICTURES)
    each = f"{cpu / count * 1e3:.2f} ms of a core each ({pool.cpu_s / count * 1e3:.2f} in the workers)"
    print(f"\n{count} records judged again in {took:.0f} s by two processes, {each}")
    assert cpu / 2 * 1_000_000 / count < 600  # of two cores that nobody else has


def small_pictures(folder, count):
    """Old photographs, each another."""
    rng = random.Random(5)
    for number in range(count):
        speck = (rng.uniform(60, 180), rng.uniform(50, 130), rng.uniform(3, 30), -50)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"L{number % 9}_P{number:05d}.png").write_bytes(encode_png(marked(speck, seed=number)))
    return folder


def photographs(folder, ledger, pool):
    """(counts, digest) of all of a folder's photographs inspected."""
    wanted = Wanted(folder=folder, recipe=folder.parent / "recipe.toml", names="{lot}_{part}")
    found = question(wanted, None)
    source = found.source(datetime.now(UTC))
    with Ledger(ledger) as opened:
        run = opened.unfinished(found.spec()) or opened.begin(found.spec(), "Wang", "", source.asked())
        opened.resume(run, False)
        Answering(opened, run, source, pool, lambda parts: None).all()
        rows = [(asked.number, ended.body) for asked, ended in opened.results(run)]
        assert len(rows) == len({number for number, _ in rows}) == run.asked
        return opened.counts(run), opened.digest(run)


@pytest.mark.soak
@pytest.mark.parametrize(("count", "kills"), [(2000, 50)])
def test_workers_killed_while_pictures_are_inspected(tmp_path, count, kills):
    desk(tmp_path)
    folder = small_pictures(tmp_path / "old", count)
    for number in range(BROKEN):
        draw(folder / f"L1_PX{number}.png", "INVALID")
    whole = photographs(folder, tmp_path / "here", Here())
    pool, stop, killed = Pool(2), threading.Event(), []
    rng = random.Random(8)

    def kill():
        while len(killed) < kills and not stop.is_set():
            time.sleep(rng.uniform(0.05, 0.4))
            busy = [one for one in list(pool._workers) if one.task is not None and one.ready]
            if busy:
                rng.choice(busy).process.kill()
                killed.append(time.monotonic())

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        again = photographs(folder, tmp_path / "pool", pool)
    finally:
        stop.set()
        thread.join()
    print(
        f"\n{len(killed)} workers killed during {count + BROKEN} pictures: {again[0]}, the same bytes: {again == whole}"
    )
    assert (len(killed), again) == (kills, whole)
    assert (again[0]["done"], again[0]["failed"]) == (count, BROKEN)


@pytest.mark.soak
def test_the_program_killed_again_and_again(tmp_path):
    desk(tmp_path)
    folder = small_pictures(tmp_path / "old", 300)
    words = [sys.executable, "-m", "cvinspect", "regrade", str(folder), "--recipe", str(tmp_path / "recipe.toml")]
    words += ["--names", "{lot}_{part}", "--json", "--jobs", "2", "--who", "Wang", "--out"]
    whole = subprocess.run([*words, str(tmp_path / "once")], env=ENV, capture_output=True, text=True, check=False)
    rng, kills = random.Random(2), 0
    while True:
        often = [*words, str(tmp_path / "often")]
        began = subprocess.Popen(often, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            out, said = began.communicate(timeout=rng.uniform(2, 20) if kills < KILLED else None)
            break
        except subprocess.TimeoutExpired:
            began.send_signal(signal.SIGKILL)
            began.communicate()
            kills += 1
    assert began.returncode == whole.returncode == 0, said
    files = [hashlib.sha256((tmp_path / name / "results.jsonl").read_bytes()).hexdigest() for name in ("once", "often")]
    print(f"\nthe program killed {kills} times during 300 pictures: the same bytes: {files[0] == files[1]}")
    assert (json.loads(out), files[0]) == (json.loads(whole.stdout), files[1])
    assert kills >= 2
