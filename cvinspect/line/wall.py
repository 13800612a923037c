"""What every browser before the operator page sees, and where their decisions wait for the station."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from threading import Event, Lock

from cvinspect.errors import CvinspectError
from cvinspect.line.alarms import SamePlace
from cvinspect.line.board import Board, Card
from cvinspect.line.page_data import Data, board_data, full
from cvinspect.line.processes import Decide
from cvinspect.line.registers import State
from cvinspect.line.showing import Again, Command, PageSetup, Person, Snapshot
from cvinspect.model import Outcome
from cvinspect.pictures import clean_text
from cvinspect.words import Language

READ_S = 0.15
STALE_S = 3.0
WRITTEN_S = 5.0


class NoError(CvinspectError):
    """A decision that is not taken: a code of the catalogue, without page_."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


class Wall:
    """One thread reads the archive (`look`), the station's words come by `respond`, browsers ask from threads.

    The board has a lock of its own: while it is read, the station gets its answer all the same.
    """

    def __init__(self, setup: PageSetup) -> None:
        self.setup = setup
        self._lock, self._board_lock, self._news, self._ended = Lock(), Lock(), Event(), False
        self._board = self._new_board()
        self._snapshot, self._heard_s = Snapshot(State.STARTING), time.monotonic()
        self._fault = ""
        self._outbox: list[Command] = []
        self._deciding: set[int] = set()
        self._version = 0
        self._texts: dict[Language, tuple[int, str]] = {}

    def _new_board(self) -> Board:
        places = SamePlace(self.setup.same_place_mm, self.setup.same_place_parts)
        return Board(self.setup.archive, self.setup.shifts, places)

    def respond(self, snapshot: Snapshot) -> tuple[Command, ...]:
        """The station's word; answered by what people have decided."""
        with self._lock:
            if snapshot != self._snapshot:
                self._version += 1
            self._snapshot, self._heard_s = snapshot, time.monotonic()
            commands, self._outbox = tuple(self._outbox), []
        self._news.set()
        return commands

    def look(self) -> None:
        """Reads the archive until the page ends."""
        while not self._ended:
            self._news.wait(1.0)
            self._news.clear()
            self._read()
            time.sleep(READ_S)

    def _read(self) -> None:
        with self._board_lock:
            before = self._board.version, self._fault
            try:
                self._board.read()
                self._fault = ""
            except (CvinspectError, OSError) as bad:
                self._fault = clean_text(str(bad))
                self._board.close()
                self._board = self._new_board()
            changed = before != (self._board.version, self._fault)
        with self._lock:
            self._version += changed

    def end(self) -> None:
        """Ends `look`."""
        self._ended = True
        self._news.set()

    def text(self, lang: Language, since: int) -> str:
        """The page's state as JSON; without the board where it is the same as at version `since`."""
        with self._board_lock:
            with self._lock:
                newest, snapshot = self._version, self._snapshot
                away = time.monotonic() > self._heard_s + STALE_S
            version, text = self._texts.get(lang, (-1, ""))
            if version != newest:
                data = board_data(self.setup, self._board, snapshot, self._fault, lang)
                version, text = newest, json.dumps(data, ensure_ascii=False)
                self._texts[lang] = version, text
        board = "null" if since == version else text
        return f'{{"version":{version},"away":{json.dumps(away)},"board":{board}'

    def part(self, seq: int, lang: Language) -> Data:
        """One part, in full."""
        return full(self.card(seq), lang)

    def card(self, seq: int) -> Card:
        """Raises NoError where it is not shown any more."""
        with self._board_lock:
            card = self._board.card(seq)
        if card is None:
            raise NoError("unknown_part")
        return card

    def decide(self, seq: int, to: Outcome, why: str, person: Person) -> None:
        """Has the station write it down, and waits until it stands in the archive. Raises NoError where it does not."""
        with self._board_lock, self._lock:
            refuse(self._board.card(seq), to, person.role)
            if seq in self._deciding:
                raise NoError("decided")
            self._deciding.add(seq)
            self._outbox.append(Decide(seq, to, person.name, why))
        try:
            self._await(lambda: self._is_decided(seq, to, person.name))
        finally:
            with self._lock:
                self._deciding.discard(seq)
                self._outbox = [one for one in self._outbox if one.record != seq]  # too late is not written at all

    def again(self, seq: int, person: Person) -> None:
        """The next picture is of this part. Raises NoError where it was done already, or another part is waited for."""
        with self._board_lock, self._lock:
            card = self._board.card(seq)
            if card is None:
                raise NoError("unknown_part")
            if card.record.again_of is not None or card.again is not None:
                raise NoError("again_once")
            if card.now is Outcome.PASS:
                raise NoError("decided")
            if self._snapshot.waits_for:
                raise NoError("again_busy", part=self._snapshot.waits_for)
            part = card.record.identity.part
            self._outbox.append(Again(seq, part, person.name))
        self._await(lambda: self._snapshot.waits_for == part)

    def _is_decided(self, seq: int, to: Outcome, who: str) -> bool:
        card = self._board.card(seq)
        return card is None or (card.now is to and card.by == who)

    def _await(self, is_done: Callable[[], bool]) -> None:
        end = time.monotonic() + WRITTEN_S
        while time.monotonic() < end:
            with self._board_lock, self._lock:
                if is_done():
                    return
            time.sleep(0.03)
        raise NoError("not_written")


def refuse(card: Card | None, to: Outcome, role: str) -> None:
    """Raises NoError where this role may not decide so: what was not inspected is never accepted, and only quality
    releases what fails.
    """
    if card is None:
        raise NoError("unknown_part")
    if card.now is to or card.again is not None:
        raise NoError("decided")
    if to is Outcome.PASS and card.now is Outcome.INVALID:
        raise NoError("not_inspected")
    if to is Outcome.PASS and card.now is Outcome.FAIL and role != "quality":
        raise NoError("only_quality")
