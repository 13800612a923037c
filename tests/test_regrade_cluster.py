"""A Dask scheduler and workers of their own: the same answers, byte for byte, whatever dies there."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from cli import cli
from regrade_work import Parts, echo, poisoned, slowly
from test_regrade import made, place  # noqa: F401
from test_regrade_run import answered

from cvinspect.errors import ConfigurationError
from cvinspect.regrade import Here
from cvinspect.regrade.cluster import Cluster

pytest.importorskip("distributed", reason="a cluster: pip install 'cvinspect[cluster]'")
TESTS = Path(__file__).parent


def parts(count):
    return Parts(["ok"] * count, mode="photographs")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Dask:
    """A scheduler and workers, each a process as on machines of their own."""

    def __init__(self, workers):
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self.scheduler = self.start("scheduler", "--host", self.address, "--no-dashboard", "--no-show")
        self.workers = [self.worker() for _ in range(workers)]
        self.ready(workers)

    def start(self, *words):
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
        command = [sys.executable, "-W", "ignore", "-m", "dask", *words]
        return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def worker(self):
        return self.start("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard")

    def ready(self, workers, seconds=60):
        end = time.monotonic() + seconds
        while True:
            try:
                cluster = Cluster(self.address)
                cluster.close()
                if cluster._workers >= workers:
                    return
            except ConfigurationError:
                pass
            assert time.monotonic() < end, "no cluster"
            time.sleep(0.2)

    def close(self):
        for process in (self.scheduler, *self.workers):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def dask():
    running = Dask(2)
    yield running
    running.close()


def test_the_answers_are_byte_equal(tmp_path, dask):
    here = answered(tmp_path / "here", parts(60), Here(echo))
    there = answered(tmp_path / "there", parts(60), Cluster(dask.address, echo))
    assert there == here


def test_poison_costs_no_worker(tmp_path, dask):
    subjects = ["ok", "crash", "ok", "hang", "exit", "ok"]
    poison = Parts(subjects, time_limit_s=0.5, mode="photographs")
    counts, _ = answered(tmp_path, poison, Cluster(dask.address, poisoned))
    assert (counts["done"], counts["quarantined"]) == (3, 3)
    assert [one.poll() for one in dask.workers] == [None, None]


def test_the_command_gives_the_same_results_as_here(place, dask):  # noqa: F811
    for mode in ([], ["--from-pictures"]):
        told = {}
        for name, more in (("here", []), ("there", ["--scheduler", dask.address])):
            out = place / name
            words = ["regrade", place / "a", "--limits", place / "sharp.toml", "--out", out, "--ledger", out / "ledger"]
            done = cli(*words, "--unrecorded", "--who", "Wang", *mode, *more)
            told[name] = (done.code, (out / "results.jsonl").read_bytes())
            for path in (out / "ledger").iterdir():
                path.unlink()
        assert told["here"] == told["there"]


@pytest.mark.parametrize(("count", "kills"), [(40, 2), pytest.param(2000, 50, marks=pytest.mark.soak)])
def test_workers_that_are_killed_change_nothing(tmp_path, count, kills):
    whole = answered(tmp_path / "here", parts(count), Here(echo))
    running = Dask(2)
    rng = random.Random(1)
    ended = threading.Event()

    def kill():
        for _ in range(kills):
            if ended.wait(rng.uniform(0.3, 0.9)):
                return
            index = rng.randrange(2)
            running.workers[index].send_signal(signal.SIGKILL)
            running.workers[index].wait()
            running.workers[index] = running.worker()

    killing = threading.Thread(target=kill)
    killing.start()
    try:
        assert answered(tmp_path / "there", parts(count), Cluster(running.address, slowly)) == whole
    finally:
        ended.set()
        killing.join()
        running.close()


def test_a_scheduler_that_goes_away_leaves_the_rest_pending_and_the_same_command_goes_on(tmp_path):
    whole = answered(tmp_path / "here", parts(60), Here(echo))
    running = Dask(1)
    done = []

    def after_ten(parts):
        done.append(parts)
        if len(done) == 10:
            running.scheduler.kill()

    try:
        with pytest.raises(ConfigurationError, match="it is gone; what was answered is kept, the same command goes on"):
            answered(tmp_path / "there", parts(60), Cluster(running.address, slowly), after_ten)
    finally:
        running.close()
    assert 10 <= len(done) < 60
    assert answered(tmp_path / "there", parts(60), Here(echo)) == whole


def test_nobody_there():
    with pytest.raises(ConfigurationError, match="no scheduler answers there"):
        Cluster(f"tcp://127.0.0.1:{free_port()}")


def test_other_software_is_refused(dask, monkeypatch):
    from cvinspect.regrade import cluster

    monkeypatch.setattr(cluster, "version", lambda name: "0.0.1" if name == "cvinspect" else "9")
    with pytest.raises(ConfigurationError, match=r"has cvinspect, numpy, OpenCV .*; here it is 0\.0\.1, 9, 9"):
        Cluster(dask.address)
