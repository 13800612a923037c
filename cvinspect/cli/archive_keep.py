"""`cvinspect inspect --archive`: every part is recorded as soon as its last picture is judged."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from cvinspect.archive import Archive
from cvinspect.cli.archive_options import identity_of
from cvinspect.cli.options import Lang
from cvinspect.config.job import Job
from cvinspect.errors import ArchiveError
from cvinspect.pipeline import Judged
from cvinspect.pipeline.record import Recorder
from cvinspect.words import say

Keep = Callable[[Judged, dict[str, Any]], None]


def kept_too(
    keep: Keep,
    stack: ExitStack,
    folder: Path | None,
    job: Job,
    ids: list[str] | None,
    calibration: Path | None,
    parts: Sequence[Sequence[Any]],
    lang: Lang,
) -> Keep:
    """What does as `keep` does after recording the part. Raises ArchiveError: then its last picture is not shown."""
    if folder is None:
        raise ArchiveError("--id goes with --archive FOLDER")
    archive = stack.enter_context(Archive(folder, write=True))
    recorder = Recorder(job, identity_of(ids, archive.settings), calibration)
    sizes = iter(map(len, parts))
    waiting: list[Judged] = []
    told = {"count": 0, "known": 0, "lost": 0}
    left = [next(sizes, 0)]

    def done() -> None:
        print(say("archive_recorded", told, lang.value), file=sys.stderr)
        if told["lost"]:
            print(say("archive_no_picture", {"count": told["lost"]}, lang.value), file=sys.stderr)

    def both(judged: Judged, data: dict[str, Any]) -> None:
        waiting.append(judged)
        if len(waiting) == left[0]:
            kept = recorder.record(waiting)
            added = archive.record(kept.record, kept.pictures, recorder.documents)
            told["count" if added.new else "known"] += 1
            told["lost"] += kept.lost
            waiting.clear()
            left[0] = next(sizes, 0)
        keep(judged, data)

    stack.callback(done)
    return both
