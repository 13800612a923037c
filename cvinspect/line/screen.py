"""The station's end of the operator page: what is shown goes there, decisions come back. No part waits for it.

At most one message lies in the pipe, and none is larger than the pipe holds: a page that hangs is never written to.
"""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cvinspect.config.station import PageEntry, StationSetup, place_of
from cvinspect.errors import StationError
from cvinspect.line.page import show_page
from cvinspect.line.processes import Decide, Fault
from cvinspect.line.registers import State
from cvinspect.line.showing import Again, PageSetup, Person, Snapshot, Told
from cvinspect.line.signal import Signal
from cvinspect.line.worker import Worker
from cvinspect.model import Outcome, Verdict

EVERY_S = 0.1
HUNG_S = 10.0  # without an answer
BEGINS_S = 20.0
AGAIN_S = 120.0  # a part that was to be inspected again and is not put before the camera by then
FIRST_S, LONGEST_S = 0.2, 5.0  # between two starts of a page that ends again and again
URL_FILE = "page.url"


class Screen:
    """The page's process, where the station file has a [page]; it is started again for ever where it ends or hangs.

    url: what to open in a browser, "" where there is no page; it stands in the file `page.url` of the archive's folder
    too, for its owner alone.
    """

    def __init__(self, setup: StationSetup) -> None:
        self.url = ""
        self._worker: Worker | None = None
        self._file = setup.archive / URL_FILE
        if setup.file.page is not None:
            page = _page_setup(setup, setup.file.page)
            host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(page.host, page.host)
            self.url = f"http://{host}:{page.port}/?token={page.token}"
            self._worker = Worker("page", show_page, page)
        self._began_s = self._asked_s = time.monotonic()
        self._wait_s, self._number, self._answer_due = FIRST_S, 0, False
        self._last: Told | None = None
        self._again: Again | None = None
        self._again_until_s = 0.0

    def begin(self) -> None:
        """Waits until it answers. Raises StationError where it cannot: its port is taken, its libraries are absent."""
        worker = self._worker
        if worker is None:
            return
        end = time.monotonic() + BEGINS_S
        while not worker.is_ready:
            worker.connection.poll(0.05)
            worker.reply()
            if worker.refusal is not None:
                raise StationError(worker.refusal.values["message"])
            if not worker.is_alive or time.monotonic() > end:
                raise StationError("page: its process does not begin")
        _write_for_owner(self._file, self.url)

    def told(self, part: str, sent: Signal, verdict: Verdict) -> None:
        """The last part's verdict, as the outputs were told."""
        fault = None
        if sent.outcome is Outcome.INVALID:
            why = next(iter(verdict.reasons), None) if verdict.outcome is Outcome.INVALID else None
            fault = Fault(why.code, dict(why.values)) if why else Fault(sent.reason, {"message": ""})
        self._last = Told(part, sent.outcome, datetime.now(UTC), fault)

    def again_part(self, number: int) -> str:
        """The name of the part that was wiped, where this is it: the PLC's number says so, or the PLC gives none."""
        if self._again is not None and str(number or self._again.part) == self._again.part:
            return self._again.part
        return ""

    def again_of(self, part: str) -> tuple[int | None, str]:
        """The record of this part before it was wiped, and who put it before the camera again; told once."""
        again = self._again
        if again is None or again.part != part:
            return None, ""
        self._again = None
        return again.record, again.who

    def exchange(self, state: State, hold: Fault | None, sees: bool) -> list[Decide]:
        """Shows how things are, every 0.1 s at most, and gives what people have decided since. It never waits."""
        if self._worker is None:
            return []
        now = time.monotonic()
        if now > self._again_until_s:
            self._again = None
        decisions = self._answer(self._worker, now)
        if not self._worker.is_alive or self._hangs(self._worker, now):
            self._start_again(self._worker, now)
        elif self._worker.is_ready and not self._answer_due and now >= self._asked_s + EVERY_S:
            snapshot = Snapshot(state, hold, self._last, sees, self._again.part if self._again else "")
            self._number += 1
            self._answer_due = self._worker.ask(self._number, snapshot)
            self._asked_s = now
        return decisions

    def close(self) -> None:
        """Ends the process; its address is worth nothing any more."""
        if self._worker is not None:
            self._worker.close()
            with suppress(OSError):
                self._file.unlink(missing_ok=True)

    def _answer(self, worker: Worker, now: float) -> list[Decide]:
        reply = worker.reply()
        if reply is None or not reply.number:
            return []
        self._answer_due = False
        for command in reply.value:
            if isinstance(command, Again):
                self._again, self._again_until_s = command, now + AGAIN_S
        return [command for command in reply.value if isinstance(command, Decide)]

    def _hangs(self, worker: Worker, now: float) -> bool:
        if self._answer_due:
            return now > self._asked_s + HUNG_S
        return not worker.is_ready and now > self._began_s + BEGINS_S

    def _start_again(self, worker: Worker, now: float) -> None:
        if now < self._began_s + self._wait_s:
            return
        lasted_s, self._began_s = now - self._began_s, now
        self._wait_s = FIRST_S if lasted_s > LONGEST_S else min(2 * self._wait_s, LONGEST_S)
        self._answer_due = False
        worker.restart()


def _page_setup(setup: StationSetup, entry: PageEntry) -> PageSetup:
    host, port = place_of(entry.listen)
    table = setup.job.table
    is_draft = table is not None and table.status != "approved"
    return PageSetup(
        name=setup.file.name,
        host=host,
        port=port,
        hosts=entry.hosts,
        token=secrets.token_urlsafe(32),
        archive=setup.archive,
        people=tuple(Person(one.name, one.role, one.pin) for one in setup.file.person),
        calibrations=tuple(
            (view.name, view.calibration_name, view.calibration.valid_until) for view in setup.job.views
        ),
        draft=(f"{table.name}@{table.revision}", table.status) if table is not None and is_draft else None,
        shifts=entry.shift_minutes,
        same_place_mm=entry.same_place_mm,
        same_place_parts=entry.same_place_parts,
        cameras=tuple(camera.address.partition(":")[0] for camera in setup.cameras.values()),
        deadline_s=setup.file.deadline_ms / 1000,
    )


def _write_for_owner(path: Path, text: str) -> None:
    """The address holds the token."""
    try:
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as bad:
        raise StationError(f"{path}: cannot be written: {bad.strerror}") from bad
