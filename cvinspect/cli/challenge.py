"""`cvinspect challenge`: master parts before the camera of a station that does not run."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cvinspect.archive import Archive
from cvinspect.archive.values import Challenge
from cvinspect.camera import open_camera
from cvinspect.cli.archive_options import WhoOption, words_of
from cvinspect.cli.options import Lang, LangOption
from cvinspect.config.station import ChallengeEntry, MasterEntry, StationSetup, load_station
from cvinspect.errors import PictureError, StationError
from cvinspect.line.challenge import came_out, suspect
from cvinspect.line.processes import Fault
from cvinspect.model import Frame, Outcome, Verdict
from cvinspect.pictures import clean_text
from cvinspect.pipeline import Shot, run
from cvinspect.words import Language, noun, say


def challenge(
    station: Annotated[Path, typer.Argument(metavar="STATION.toml", help="The station file.")],
    who: WhoOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do not wait for each part to be laid before the camera.")] = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Prove a station by its master parts: each must come out as it is known to be. Run it while the station does not.

    Exit code: 0 all came out right, 1 one did not, 2 it could not be done.
    """
    setup = load_station(station)
    entry = setup.file.challenge
    if entry is None:
        raise StationError(f"{station}: challenge: it names no master parts; see docs/line.md")
    words_of(who, "--who")
    with Archive(setup.archive, write=True) as archive:
        row = _challenged(setup, entry, clean_text(who), yes, lang.value)
        if not row.passed:
            row = replace(row, suspect=suspect(archive))
        archive.note(row)
    print(say("challenge_passed" if row.passed else "challenge_wrong", {}, lang.value))
    if row.suspect:
        first, last = row.suspect
        print(say("challenge_suspect", {"first": first, "last": last}, lang.value))
    raise typer.Exit(0 if row.passed else 1)


def _challenged(setup: StationSetup, entry: ChallengeEntry, who: str, yes: bool, lang: Language) -> Challenge:
    rows, all_right = [], True
    with ExitStack() as stack:
        cameras = {
            view: stack.enter_context(closing(open_camera(one.address, one.settings)))
            for view, one in setup.cameras.items()
        }
        for master in entry.part:
            if not yes:
                typer.prompt(say("challenge_lay", _named(master, lang), lang), default="", show_default=False)
            try:
                frames = {view: camera.grab() for view, camera in cameras.items()}
                verdict = _verdict(setup, master, frames)
            except PictureError as bad:
                verdict = Fault.of(bad).verdict
            result, is_right = came_out(master, verdict)
            rows.append(result.row)
            all_right &= is_right
            told = {**_named(master, lang), "got": noun(result.got, lang)}
            print(clean_text(say("challenge_right" if is_right else "challenge_not_right", told, lang)), flush=True)
    return Challenge(who=who, passed=all_right, results=tuple(rows))


def _named(master: MasterEntry, lang: Language) -> dict[str, str]:
    return {"message": master.name, "due": noun(master.expect, lang)}


def _verdict(setup: StationSetup, master: MasterEntry, frames: dict[str, Frame]) -> Verdict:
    part = f"master-{master.id}"
    shots = {
        Shot(master.name, Path(part), part, view): replace(one, part=part, view=view) for view, one in frames.items()
    }
    judged = list(run([tuple(shots)], setup.job, lambda shot: (shots[shot], ())))
    return max((one.verdict for one in judged), key=lambda verdict: list(Outcome).index(verdict.outcome))
