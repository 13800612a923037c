"""Makes an archive of many records from the samples, to try the commands of the archive on.

    .venv/bin/python scripts/make_archive.py FOLDER [COUNT] [--database postgresql://USER@HOST/DATABASE]

The samples are inspected once. Their records are written again and again, as the parts P000001, P000002 ... of lots of
100 over the last 500 days, through the same door as those of `cvinspect inspect --archive`; every twentieth has a
picture of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from demo import ROOT, samples

from cvinspect.archive import Archive, Document, Identity, init
from cvinspect.cli.show import Progress
from cvinspect.config import load_job
from cvinspect.pipeline import find_shots, parts_of, run
from cvinspect.pipeline.record import Kept, Recorder

DAYS, LOT, OWN = 500, 100, 20


def sample_records() -> Iterator[tuple[Kept, dict[Document, bytes]]]:
    """Every sample's record, and the texts behind it."""
    every = samples(Path("samples"))
    for recipe in sorted({sample.recipe for sample in every}):
        job = load_job(recipe)
        recorder = Recorder(job, Identity())
        for part in parts_of(find_shots([one.picture for one in every if one.recipe == recipe], job), job):
            yield recorder.record(list(run([part], job))), recorder.documents


def another(kept: Kept, number: int, at: datetime) -> Kept:
    """The same seen on another part."""
    record, pictures = kept.record, kept.pictures
    lot = number // LOT
    told = replace(
        record.identity, part=f"P{number:06}", lot=f"L{lot:04}", label=f"现品票{number}", cavity=f"{number % 4 + 1}"
    )
    if number % OWN == 0 and len(pictures) == 1 and len(record.looks) == 1:
        pictures = (_signed(pictures[0], number),)
        name = hashlib.sha256(pictures[0]).hexdigest()
        record = replace(record, looks=(replace(record.looks[0], stored=name),))
    return Kept(replace(record, identity=told, at=at), pictures)


def _signed(png: bytes, number: int) -> bytes:
    """The same pixels in another file: a text before the end of the PNG."""
    body = b"tEXtComment\0part %d" % number
    return png[:-12] + (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big") + png[-12:]


def main() -> int:
    """Prints the time that it took."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("folder", type=Path)
    asked.add_argument("count", type=int, nargs="?", default=20_000)
    asked.add_argument("--database", default="archive.sqlite")
    given = asked.parse_args()
    folder = given.folder.resolve()
    os.chdir(ROOT)
    made = list(sample_records())
    init(folder, version("cvinspect"), database=given.database)
    first, began = datetime.now(UTC) - timedelta(days=DAYS), time.monotonic()
    with Archive(folder, write=True) as archive, Progress(given.count) as progress:
        for number in range(1, given.count + 1):
            kept, documents = made[number % len(made)]
            told = another(kept, number, first + timedelta(days=DAYS) * number / given.count)
            archive.record(told.record, told.pictures, documents)
            progress.step()
    took = time.monotonic() - began
    print(f"{given.count} records of {len(made)} samples in {took:.0f} s, {given.count / took:.0f} a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
