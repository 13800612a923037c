"""`cvinspect doctor`: is this machine fit to be a station?"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from cvinspect.cli.options import JsonOption, Lang, LangOption
from cvinspect.config.station import load_station
from cvinspect.line.doctor import State, examine
from cvinspect.words import noun, say

_MARKS = {State.GOOD: "+", State.DOUBT: "?", State.BAD: "!"}


def doctor(
    station: Annotated[
        Path | None, typer.Argument(metavar="[STATION.toml]", help="The station file; none: the machine alone.")
    ] = None,
    as_json: JsonOption = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Look at versions, clock, disk, cameras, calibrations, archive and outputs, and say what is not as it should be.

    Exit code: 0 nothing is bad, 1 something is, 2 the station file cannot be used.
    """
    counts: Counter[State] = Counter()
    for check in examine(load_station(station) if station else None):
        counts[check.state] += 1
        said = say(f"doctor_{check.code}", check.values, lang.value)
        if as_json:
            told = {"state": check.state, "code": check.code, "said": said, "values": check.values}
            print(json.dumps(told, ensure_ascii=False))
        else:
            print(f"{_MARKS[check.state]} {noun(f'doctor_{check.state}', lang.value)}: {said}", flush=True)
    if not as_json:
        print(say("doctor_summary", {state.value: counts[state] for state in State}, lang.value))
    raise typer.Exit(1 if counts[State.BAD] else 0)
