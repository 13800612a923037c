"""`cvinspect line`: a station, part after part."""

from __future__ import annotations

import json
import signal
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from cvinspect.cli.options import JsonOption, Lang, LangOption
from cvinspect.config.station import StationSetup, load_station, place_of
from cvinspect.line.modbus import ModbusOutput
from cvinspect.line.plc import Rehearsal
from cvinspect.line.signal import Output
from cvinspect.line.station import Done, Station
from cvinspect.line.watchdog import Watchdog
from cvinspect.model import Outcome
from cvinspect.pictures import clean_text
from cvinspect.pipeline.line import sentence
from cvinspect.words import Language, noun, say

FOR_US_S = 0.5


def line(
    station: Annotated[Path, typer.Argument(metavar="STATION.toml", help="The station file.")],
    parts: Annotated[int | None, typer.Option("--parts", min=1, help="End after so many parts.")] = None,
    as_json: JsonOption = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Run a station: trigger, picture, verdict, output and record, part after part, until it is stopped.

    Exit code: 0 stopped or all parts done, 2 the station cannot begin.
    """
    setup = load_station(station)
    counts: Counter[Outcome] = Counter()
    with ExitStack() as stack:
        outputs: list[Output] = [stack.enter_context(closing(Watchdog()))] if hasattr(socket, "AF_UNIX") else []
        outputs += [stack.enter_context(closing(_output(setup, index))) for index in range(len(setup.file.output))]
        running = stack.enter_context(closing(Station(setup, outputs)))
        _stop_on_signals(running)
        if setup.file.rehearse is not None:
            stack.enter_context(closing(_rehearsal(setup)))
        head = {"message": clean_text(setup.file.name), "deadline_ms": setup.file.deadline_ms}
        print(say("line_ready", head, lang.value), file=sys.stderr, flush=True)
        if running.screen.url:
            print(say("line_page", {"message": running.screen.url}, lang.value), file=sys.stderr, flush=True)
        for done in islice(running.run(), parts):
            counts[done.sent.outcome] += 1
            print(json.dumps(_plain(done), ensure_ascii=False) if as_json else _said(done, lang.value), flush=True)
    print(say("line_ended", _counted(counts), lang.value), file=sys.stderr)


def _output(setup: StationSetup, index: int) -> Output:
    entry = setup.file.output[index]
    host, port = place_of(entry.listen or entry.connect)
    return ModbusOutput(host, port, is_client=bool(entry.connect))


def _rehearsal(setup: StationSetup) -> Rehearsal:
    entry = setup.file.rehearse
    assert entry is not None, "asked only where it is there"
    host, port = place_of(next(one.listen for one in setup.file.output if one.listen))
    return Rehearsal(host, port, entry.every_s, setup.file.deadline_ms / 1000 + FOR_US_S)


def _stop_on_signals(running: Station) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        running.stop()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


def _plain(done: Done) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "part": done.part,
        "sequence": done.trigger.sequence,
        "verdict": str(done.verdict.outcome),
        "sent": str(done.sent.outcome),
        "reason": done.sent.reason,
        "record": done.record,
        "ms": {name: round(value, 2) for name, value in done.ms.items()},
    }


def _said(done: Done, lang: Language) -> str:
    told = " · ".join([noun(done.sent.outcome, lang), done.part, *islice(_why(done, lang), 1)])
    return clean_text(say("line_part", {"message": told, "all_ms": round(done.ms["all"])}, lang))


def _why(done: Done, lang: Language) -> Iterator[str]:
    for finding in done.verdict.findings:
        if finding.outcome is not Outcome.PASS:
            yield sentence(finding.reason, lang)
    for reason in done.verdict.reasons:
        yield sentence(reason, lang)


def _counted(counts: Counter[Outcome]) -> dict[str, int]:
    names = {"passed": Outcome.PASS, "failed": Outcome.FAIL, "review": Outcome.REVIEW, "invalid": Outcome.INVALID}
    return {"count": counts.total(), **{name: counts[outcome] for name, outcome in names.items()}}
