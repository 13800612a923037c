"""What the station is made of: frames in shared memory, old frames refused, processes replaced."""

import os
import signal
import time
from dataclasses import replace
from multiprocessing.connection import wait

import numpy as np
import pytest

from cvinspect import words
from cvinspect.errors import CameraError
from cvinspect.line.slots import Slots
from cvinspect.line.watch import Watch
from cvinspect.line.worker import READY, Worker, answer
from cvinspect.model import Frame

RNG = np.random.default_rng(1)


def frame(number=1, at_s=1.0, seed=None, size=(40, 30)):
    rng = RNG if seed is None else np.random.default_rng(seed)
    return Frame(rng.integers(0, 255, size[::-1], np.uint8), sequence=number, camera_time_s=at_s)


def test_pixels_come_out_of_a_slot_as_they_went_in():
    slots = Slots(3, 20_000)
    try:
        colour = RNG.integers(0, 60_000, (30, 40, 3), np.uint16)
        there = Slots(3, 20_000, slots.name)
        assert (there.get(slots.put(2, colour)) == colour).all()
        there.close()
        with pytest.raises(CameraError, match="20001 bytes, 20000 are expected") as large:
            slots.put(0, np.zeros((1, 20_001), np.uint8))
        assert large.value.code == "frame_size"
    finally:
        slots.close()


@pytest.mark.parametrize(
    ("trigger", "after", "code"),
    [
        ("software", frame(1, 2.0), "frame_repeated"),
        ("software", frame(2, 1.0), "frame_repeated"),
        ("software", frame(4, 2.0), "frame_gap"),
        ("hardware", frame(3, 2.0), "frame_gap"),
        ("free", frame(0, 2.0), "frame_repeated"),
        ("software", frame(2, 2.0, seed=7), "frame_frozen"),
        ("software", frame(2, 2.0, size=(44, 30)), "frame_size"),
    ],
)
def test_what_is_no_new_frame_of_this_part_is_refused(trigger, after, code):
    watch = Watch(trigger)
    watch.check(frame(1, 1.0, seed=7))
    with pytest.raises(CameraError, match=r"\w") as refused:
        watch.check(after)
    assert refused.value.code == code
    assert code in words.CATALOGUE


def test_a_free_running_camera_may_pass_frames_over_and_a_folder_may_repeat_them():
    watch = Watch("free", live=False)
    first = frame(1, 1.0)
    assert watch.check(first) is first
    watch.check(replace(first, sequence=9, camera_time_s=2.0))
    watch.begin_anew()
    watch.check(frame(1, 0.5))


def echo(connection):
    """Answers with the question; stops itself, or ends, on request."""

    def respond(question):
        if question == "end":
            os._exit(3)
        if question == "hang":
            time.sleep(60)
        return question

    answer(connection, respond)


@pytest.fixture
def worker():
    made = Worker("echo", echo)
    yield made
    made.close()


def told(worker, seconds=10.0):
    assert wait([worker.connection], seconds)
    return worker.reply()


def test_a_worker_answers_by_number(worker):
    assert told(worker).value == READY
    assert worker.is_ready
    assert worker.ask(7, "part")
    reply = told(worker)
    assert (reply.number, reply.value) == (7, "part")
    assert worker.reply() is None


@pytest.mark.parametrize("fault", ["end", "hang", "stop"])
def test_a_worker_that_ends_or_hangs_is_replaced(worker, fault):
    told(worker)
    before = worker.pid
    if fault == "stop":
        os.kill(before, signal.SIGSTOP)
    assert worker.ask(1, fault)
    assert not wait([worker.connection], 0.3) or worker.reply() is None
    began = time.monotonic()
    worker.restart()
    assert time.monotonic() - began < 1.0
    assert (told(worker).value, worker.pid != before) == (READY, True)
    assert worker.ask(2, "again")
    assert told(worker).value == "again"


def test_what_is_started_over_and_over_is_seen(worker):
    for _ in range(5):
        assert not worker.is_looping
        worker.restart()
    assert worker.is_looping
