"""The station: one part after the other, from its trigger to its verdict, in time or not-OK."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from multiprocessing.connection import wait
from typing import Any

from cvinspect.archive import Identity
from cvinspect.config.station import MasterEntry, StationSetup, place_of
from cvinspect.errors import StationError
from cvinspect.line.challenge import Round
from cvinspect.line.feed import Broker, feed_plant
from cvinspect.line.processes import (
    Challenged,
    Enter,
    Fault,
    Inspected,
    Keep,
    Taken,
    Wanted,
    inspect_frames,
    keep_records,
    look_through,
)
from cvinspect.line.recording import Recording
from cvinspect.line.registers import State, next_number
from cvinspect.line.screen import Screen
from cvinspect.line.signal import Output, Signal, Trigger
from cvinspect.line.slots import Slots
from cvinspect.line.worker import Worker
from cvinspect.model import Outcome, Verdict

START_S = 60.0
BEAT_S = 0.02
IDLE_S = 0.002
MARGIN_S = 0.005  # of the deadline, for the output itself
SETS = 4  # of slots: what a hung process still reads is not written over at once
LIVE = ("video", "gige", "basler", "genicam")
BYTES_A_PIXEL = 6  # three colours of 16 bits


@dataclass(frozen=True, slots=True)
class Done:
    """One part, judged and told. sent: what the outputs were told; record: its number, None where there is none yet."""

    trigger: Trigger
    part: str
    verdict: Verdict
    sent: Signal
    record: int | None
    ms: dict[str, float] = field(default_factory=dict)


class Station:
    """Its processes: cameras, two for inspection (one stands by), one for the record.

    with closing(Station(setup, outputs)) as station:
        for done in station.run(): ...

    Raises StationError where a process cannot begin: an archive that another holds, a recipe that is refused.
    """

    def __init__(self, setup: StationSetup, outputs: Sequence[Output]) -> None:
        self._setup, self._outputs = setup, outputs
        self._deadline_s = setup.file.deadline_ms / 1000
        self._views = len(setup.cameras)
        size = max(BYTES_A_PIXEL * side[0] * side[1] for side in (view.calibration.size for view in setup.job.views))
        self._slots = Slots(SETS * self._views, size)
        memory = (self._slots.name, self._slots.count, size)
        self._eyes = Worker("camera", look_through, _wanted(setup), *memory)
        self._inspectors = [Worker("inspection", inspect_frames, setup.recipe, *memory) for _ in range(2)]
        identity = Identity(**{"station": setup.file.name, **setup.file.identity})
        self._book = Worker("record", keep_records, setup.archive, setup.recipe, identity, *memory)
        self._feed = _feed(setup)
        self.screen = Screen(setup)
        self._number, self._last, self._own, self._set = 0, 0, 0, 0
        self._came: list[Taken] | Fault | None = None
        self._records = Recording(self._book, self._draw)
        self._round: Round | None = None
        self._next_s = time.monotonic()
        self._stopping = False
        self.state = State.STARTING
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    @property
    def _workers(self) -> tuple[Worker, ...]:
        return (self._eyes, *self._inspectors, self._book)

    @property
    def hold(self) -> Fault | None:
        """Why no part can be judged; None where parts are."""
        for worker in self._workers:
            if worker.is_looping:
                return Fault("worker_looping", {"message": worker.name})
        for output in self._outputs:
            if output.fault:
                return Fault("output_unreachable", {"message": output.fault})
        return self._records.fault or self._unproved()

    def _unproved(self) -> Fault | None:
        """Master parts are due, or came out wrong."""
        if self._round is None or not (self._round.wrong or self._round.is_due):
            return None
        if self._round.wrong:
            return Fault("challenge_failed", {"message": self._round.wrong, "span": self._records.suspect})
        return Fault("challenge_due", {"message": ", ".join(self._round.missing)})

    def stop(self) -> None:
        """Ends `run` after the part that is under way."""
        self._stopping = True

    def run(self) -> Iterator[Done]:
        """Part after part, until it is stopped."""
        while not self._stopping:
            trigger = self._triggered()
            if trigger is not None:
                self.state = State.BUSY
                yield self._part(trigger)

    def close(self) -> None:
        """Ends the processes; the outputs are the caller's."""
        for worker in (*self._workers, *self._feed):
            worker.close()
        self.screen.close()
        self._slots.close()

    def _begin(self) -> None:
        """Waits for the processes; of the inspections one is enough."""
        end = time.monotonic() + START_S
        while not (self._book.is_ready and self._eyes.is_ready and any(one.is_ready for one in self._inspectors)):
            self._wait(BEAT_S)
            for worker in self._workers:
                worker.reply()
                if worker.refusal is not None:
                    raise StationError(f"{self._setup.path}: {worker.name}: {worker.refusal.values['message']}")
                if not worker.is_alive or time.monotonic() > end:
                    raise StationError(f"{self._setup.path}: the process for {worker.name} does not begin")
        entry = self._setup.file.challenge
        if entry is not None:
            number = self._records.ask(Challenged())
            self._round = Round(entry, self._answered(self._book, number, end, Fault("late", {"message": "record"})))
        self.screen.begin()

    def _triggered(self) -> Trigger | None:
        """The next trigger; None now and then, so that `run` can be stopped."""
        self._tend()
        entry = self._setup.file.trigger
        if entry.by == "timer":
            if time.monotonic() >= self._next_s:
                at_s = self._next_s = max(self._next_s, time.monotonic() - entry.every_s)
                self._next_s += entry.every_s
                return self._own_trigger(at_s)
        elif entry.by == "camera":
            return self._frame_came()
        else:
            for output in self._outputs:
                trigger = output.trigger()
                if trigger is not None:
                    return trigger
        self._wait(IDLE_S)
        return None

    def _tend(self) -> None:
        """Between two parts: what came late is noted, what ended is replaced, the state is shown."""
        for worker in self._workers:
            while (reply := worker.reply()) is not None:
                if worker is self._book:
                    self._records.settle(reply)
        for worker in (self._eyes, *self._inspectors, *self._feed):
            if not worker.is_alive and not worker.is_looping:
                worker.restart()
        self._records.tend()
        self.state = State.HOLD if self.hold else State.READY
        self._show()
        for decision in self.screen.exchange(self.state, self.hold, self._eyes.is_ready):
            self._records.ask(decision)

    def _part(self, trigger: Trigger) -> Done:
        part = self._named(trigger)
        deadline = trigger.at_s + self._deadline_s - MARGIN_S
        times: dict[str, float] = {}
        fault = self._amiss(trigger)
        taken = fault or self._timed(times, "camera", lambda: self._take(deadline))
        if isinstance(taken, Fault):
            return self._refused(trigger, part, taken, times)
        self._records.keep(Keep(part, tuple(taken)), self._set)
        inspected = self._timed(times, "inspection", lambda: self._inspect(part, taken, deadline))
        if isinstance(inspected, Fault):
            return self._refused(trigger, part, inspected, times)
        return self._told(trigger, part, inspected, deadline, times)

    def _named(self, trigger: Trigger) -> str:
        """The part's id: the PLC's; made of the time where it gives none, and of a master part, which comes often."""
        at = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
        if self._master(trigger):
            return f"master-{trigger.part}-{at}"
        return self.screen.again_part(trigger.part) or str(trigger.part or f"{at}-{trigger.sequence}")

    def _master(self, trigger: Trigger) -> MasterEntry | None:
        return self._round.master(trigger.part) if self._round else None

    def _prove(self, trigger: Trigger, verdict: Verdict) -> None:
        """A master part's verdict: is the station still to be trusted?"""
        master = self._master(trigger)
        if master is None or self._round is None:
            return
        row = self._round.take(master, verdict, self._setup.file.name)
        if row is not None:
            self._records.challenge(row)

    def _amiss(self, trigger: Trigger) -> Fault | None:
        """What is wrong before anything is looked at."""
        expected = next_number(self._last) if self._last else trigger.sequence
        before, self._last = self._last, trigger.sequence
        hold = self.hold
        if hold is not None and not (hold.code.startswith("challenge") and self._master(trigger)):
            return Fault("hold", {"message": hold.values["message"]})
        if trigger.sequence != expected:
            code = "trigger_repeated" if 0 <= before - trigger.sequence < 1000 else "trigger_lost"
            return Fault(code, {"message": f"{trigger.sequence} after {before}"})
        if time.monotonic() > trigger.at_s + self._deadline_s - MARGIN_S:
            return Fault("late", {"message": "the part before took too long"})
        return None

    def _take(self, deadline: float) -> list[Taken] | Fault:
        if self._came is not None:
            came, self._came = self._came, None
            return came
        if not self._eyes.is_ready:
            return Fault("worker_gone", {"message": self._eyes.name})
        if self._free() is None:
            return Fault("not_recorded", {"message": "the record is too far behind"})
        number = self._ask_eyes()
        late = Fault("camera_timeout", {"seconds": self._deadline_s, "message": "the camera's process did not answer"})
        taken: list[Taken] | Fault = self._answered(self._eyes, number, deadline, late)
        return taken

    def _free(self) -> int | None:
        """The next set of slots whose pictures nobody waits to keep; None where there is none."""
        nexts = ((self._set + step) % SETS for step in range(1, SETS + 1))
        return next((one for one in nexts if not self._records.reads(one)), None)

    def _ask_eyes(self) -> int:
        free = self._free()
        assert free is not None, "asked only where one is free"
        self._set = free
        first = self._set * self._views
        return self._ask(self._eyes, list(range(first, first + self._views)))

    def _frame_came(self) -> Trigger | None:
        """A frame that comes is a part; what is wrong with it is told as the part's."""
        if self._eyes.is_ready and not self._eyes.is_busy and self._free() is not None:
            self._ask_eyes()
        wait([self._eyes.connection], BEAT_S)
        reply = self._eyes.reply()
        if reply is None or not reply.number or _is_silence(reply.value):
            return None
        self._came = reply.value
        return self._own_trigger(time.monotonic())

    def _own_trigger(self, at_s: float) -> Trigger:
        self._own = next_number(self._own)
        return Trigger(self._own, 0, at_s)

    def _inspect(self, part: str, taken: list[Taken], deadline: float) -> Inspected | Fault:
        worker = next((one for one in self._inspectors if one.is_ready and not one.is_busy), None)
        if worker is None:
            return Fault("worker_gone", {"message": "inspection"})
        number = self._ask(worker, (part, taken))
        late = Fault("late", {"message": "inspection"})
        inspected: Inspected | Fault = self._answered(worker, number, deadline, late)
        return inspected

    def _told(
        self, trigger: Trigger, part: str, inspected: Inspected, deadline: float, times: dict[str, float]
    ) -> Done:
        """OK only when its record is on the disk; anything else at once."""
        verdict, record = inspected.verdict, None
        number = self._enter(part, inspected)
        sent = Signal(trigger.sequence, trigger.part, verdict.outcome, _reason(verdict))
        if verdict.outcome is Outcome.PASS:
            late = Fault("not_recorded", {"message": "its record came too late"})
            answer = self._timed(times, "record", lambda: self._answered(self._book, number, deadline, late))
            if isinstance(answer, Fault):
                self._records.sent_instead(number, answer.code)
                sent = replace(sent, outcome=Outcome.INVALID, reason=answer.code)
            else:
                record = answer
                if time.monotonic() > deadline:  # this very process was held up
                    self._records.overrule(record, "late")
                    sent = replace(sent, outcome=Outcome.INVALID, reason="late")
        self._prove(trigger, verdict)
        return self._send(Done(trigger, part, verdict, sent, record, times))

    def _refused(self, trigger: Trigger, part: str, fault: Fault, times: dict[str, float]) -> Done:
        verdict = fault.verdict
        sent = Signal(trigger.sequence, trigger.part, Outcome.INVALID, fault.code)
        self._prove(trigger, verdict)
        done = self._send(Done(trigger, part, verdict, sent, None, times))
        self._enter(part, Inspected(verdict, ()))
        return done

    def _send(self, done: Done) -> Done:
        for output in self._outputs:
            output.tell(done.sent)
        self.screen.told(done.part, done.sent, done.verdict)
        done.ms["all"] = 1000 * (time.monotonic() - done.trigger.at_s)
        for worker in (self._eyes, *self._inspectors):
            if worker.is_busy and worker.is_ready:  # it hangs: the next part shall not wait for it
                worker.restart()
        return done

    def _enter(self, part: str, inspected: Inspected) -> int:
        return self._records.enter(Enter(part, inspected, datetime.now(UTC), *self.screen.again_of(part)))

    def _draw(self) -> int:
        self._number += 1
        return self._number

    def _ask(self, worker: Worker, question: Any) -> int:
        number = self._draw()
        worker.ask(number, question)
        return number

    def _answered(self, worker: Worker, number: int, deadline: float, late: Fault) -> Any:
        """Its answer; `late` at the deadline."""
        while True:
            reply = worker.reply()
            if reply is not None:
                if worker is self._book:
                    self._records.settle(reply)
                if reply.number == number:
                    return reply.value
                continue
            if not worker.is_alive:
                return Fault("worker_gone", {"message": worker.name})
            left = deadline - time.monotonic()
            if left <= 0:
                return late
            wait([worker.connection], min(left, BEAT_S))
            self._show()

    def _timed(self, times: dict[str, float], what: str, call: Callable[[], Any]) -> Any:
        began = time.monotonic()
        result = call()
        times[what] = 1000 * (time.monotonic() - began)
        return result

    def _wait(self, seconds: float) -> None:
        wait([worker.connection for worker in self._workers if worker.is_alive], seconds)
        self._show()

    def _show(self) -> None:
        for output in self._outputs:
            output.show(self.state)


def _feed(setup: StationSetup) -> list[Worker]:
    """The plant's feed, where one is asked for; no part waits for it."""
    entry = setup.file.feed
    if entry is None:
        return []
    host, port = place_of(entry.connect)
    broker = Broker(host, port, entry.topic, setup.file.name, entry.user)
    return [Worker("feed", feed_plant, broker, setup.archive, setup.archive / "feed.json")]


def _wanted(setup: StationSetup) -> list[Wanted]:
    return [
        Wanted(view, entry.address, entry.settings, entry.address.partition(":")[0] in LIVE)
        for view, entry in setup.cameras.items()
    ]


def _is_silence(answer: list[Taken] | Fault) -> bool:
    return isinstance(answer, Fault) and answer.code in ("camera_timeout", "camera_lost", "camera_ended")


def _reason(verdict: Verdict) -> str:
    return verdict.reasons[0].code if verdict.outcome is Outcome.INVALID and verdict.reasons else ""
