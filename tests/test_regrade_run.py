"""Every part has exactly one result, whatever becomes of the processes: workers that die, a run that is stopped."""

import random
import sqlite3
import threading
import time

import pytest
from regrade_work import Parts, echo, poisoned, slowly

from cvinspect.archive.ledger import Ended, Ledger
from cvinspect.errors import ArchiveError
from cvinspect.regrade import Answering, Here, Pool

SPEC = {"what": "test"}


def begun(ledger, parts):
    return ledger.begin(SPEC, "Wang", "", parts.asked())


def answered(folder, parts, executor, done=None):
    """The run and the ledger's digest after all of it."""
    with Ledger(folder) as ledger:
        run = ledger.unfinished(SPEC) or begun(ledger, parts)
        ledger.resume(run, False)
        Answering(ledger, run, parts, executor, done or (lambda parts: None)).all()
        return ledger.counts(run), ledger.digest(run)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return answered(tmp_path_factory.mktemp("here"), Parts(["ok"] * 60), Here(echo))[1]


@pytest.mark.parametrize("jobs", [1, 3])
def test_the_result_does_not_depend_on_how_many_work(tmp_path, jobs, expected):
    counts, digest = answered(tmp_path, Parts(["ok"] * 60), Pool(jobs, echo))
    assert (counts["done"], counts["pending"], counts["running"]) == (60, 0, 0)
    assert digest == expected


def test_what_brings_its_worker_down_is_set_aside_after_two_tries(tmp_path):
    subjects = ["ok", "crash", "ok", "exit", "hang", "kill", "ok"]
    began = time.monotonic()
    with Ledger(tmp_path) as ledger:
        parts = Parts(subjects, time_limit_s=0.5)
        run = begun(ledger, parts)
        Answering(ledger, run, parts, Pool(2, poisoned), lambda parts: None).all()
        assert ledger.counts(run) == {"done": 3, "failed": 0, "quarantined": 4, "pending": 0, "running": 0}
        told = {asked.subject: ended.body for asked, ended in ledger.results(run) if ended.state == "quarantined"}
        assert {ended.outcome for _, ended in ledger.results(run) if ended.state == "quarantined"} == {"INVALID"}
    assert '"code":"quarantined_died","values":{"count":2,"message":"SIGABRT"}' in told["crash"]
    assert '"code":"quarantined_died","values":{"count":2,"message":"exit code 7"}' in told["exit"]
    assert '"code":"quarantined_slow","values":{"count":2,"message":"> 0.5 s"}' in told["hang"]
    assert '"code":"quarantined_killed","values":{"count":4,"message":"SIGKILL"}' in told["kill"]
    assert time.monotonic() - began < 300


def test_a_portion_with_poison_in_it_costs_only_the_poison(tmp_path):
    parts = Parts(["ok"] * 30 + ["crash"] + ["ok"] * 30, mode="judge")
    counts, _ = answered(tmp_path, parts, Pool(1, poisoned))
    assert (counts["done"], counts["quarantined"]) == (60, 1)


def killer(pool, times, stop, rng):
    """Kills a worker now and then; gives how often it did."""
    done = 0
    while done < times and not stop.is_set():
        time.sleep(rng.uniform(0.02, 0.08))
        busy = [one for one in list(pool._workers) if one.task is not None]
        if busy:
            rng.choice(busy).process.kill()
            done += 1
    return done


@pytest.mark.parametrize(("parts", "kills"), [(60, 5), pytest.param(2000, 50, marks=pytest.mark.soak)])
def test_workers_that_are_killed_change_nothing(tmp_path, parts, kills):
    whole = answered(tmp_path / "here", Parts(["ok"] * parts), Here(echo))[1]
    pool, stop, killed = Pool(2, slowly), threading.Event(), []
    thread = threading.Thread(target=lambda: killed.append(killer(pool, kills, stop, random.Random(3))))
    thread.start()
    try:
        counts, digest = answered(tmp_path / "pool", Parts(["ok"] * parts), pool)
    finally:
        stop.set()
        thread.join()
    assert killed[0] >= min(kills, 2)
    assert (counts["done"], digest) == (parts, whole)


class Stops(Here):
    """Ctrl-C after so many tasks."""

    def __init__(self, after):
        super().__init__(echo)
        self.after = after

    def wait(self, timeout_s):
        self.after -= 1
        if self.after < 0:
            raise KeyboardInterrupt
        return super().wait(timeout_s)


def test_a_run_that_is_stopped_goes_on_where_it_was(tmp_path, expected):
    steps = []
    for after in (0, 7, 1):
        with pytest.raises(KeyboardInterrupt):
            answered(tmp_path, Parts(["ok"] * 60), Stops(after), steps.append)
    with Ledger(tmp_path) as ledger:
        assert ledger.counts(ledger.unfinished(SPEC)) == {
            "done": 8,
            "pending": 52,
            "running": 0,
            "failed": 0,
            "quarantined": 0,
        }
    assert answered(tmp_path, Parts(["ok"] * 60), Here(echo), steps.append)[1] == expected
    assert sum(steps) == 60


def test_what_was_under_way_when_the_program_was_killed_is_asked_again(tmp_path, expected):
    with Ledger(tmp_path) as ledger:
        run = begun(ledger, Parts(["ok"] * 60))
        ledger.start([one.key for one in ledger.pending(run, 0, 10)])
    with Ledger(tmp_path) as ledger:
        assert ledger.counts(ledger.unfinished(SPEC))["running"] == 10
    assert answered(tmp_path, Parts(["ok"] * 60), Here(echo))[1] == expected


def test_one_question_has_one_result_however_often_it_is_asked(tmp_path):
    with Ledger(tmp_path) as ledger:
        first, second = (begun(ledger, Parts(["ok"] * 5)) for _ in range(2))
        asked = ledger.pending(first, 0, 9)
        ledger.end([Ended(asked[0].key, "done", "PASS", "{}")])
        ledger.end([Ended(asked[0].key, "failed", "INVALID", "otherwise")])
        assert len(ledger.pending(second, 0, 9)) == 4
        bodies = [ended.body for run in (first, second) for asked, ended in ledger.results(run) if asked.number == 1]
        assert bodies == ["{}", "{}"]


def test_a_run_begins_whole_or_not_at_all(tmp_path):
    def broken():
        yield from Parts(["ok"] * 3).asked()
        raise ArchiveError("the disk went")

    with Ledger(tmp_path) as ledger:
        with pytest.raises(ArchiveError, match="the disk went"):
            ledger.begin(SPEC, "Wang", "", broken())
        assert ledger.unfinished(SPEC) is None
        assert begun(ledger, Parts(["ok"])).id == 1


def test_a_ledger_is_for_one_program_at_a_time(tmp_path):
    with Ledger(tmp_path), pytest.raises(ArchiveError, match="another program is writing"):
        Ledger(tmp_path)


def test_a_damaged_or_newer_ledger_is_refused(tmp_path):
    Ledger(tmp_path).close()
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("UPDATE about SET version = 9")
    database.close()
    with pytest.raises(ArchiveError, match="is of version 9"):
        Ledger(tmp_path)
    path.write_bytes(b"SQLite format 3\0" + b"x" * 8000)
    with pytest.raises(ArchiveError, match="is damaged"):
        Ledger(tmp_path)


def test_a_ledger_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ArchiveError, match="choose another --ledger"):
        Ledger(tmp_path / "file" / "x")
