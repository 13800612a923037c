"""Archives and records for tests."""

import hashlib
from datetime import UTC, datetime

from cvinspect.archive import Archive, Document, Identity, Look, Record, init
from cvinspect.model import (
    Blob,
    Doubt,
    Face,
    Finding,
    Inspected,
    Kind,
    Measured,
    Outcome,
    Reading,
    Reason,
    Verdict,
)

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SPECK = Blob(
    1,
    Kind.FOREIGN_MATTER,
    ("front",),
    (1.5, 2.25),
    area_mm2=Measured(0.1 + 0.2, 0.01),
    diameter_mm=Measured(0.6, None),
    outline_mm=((0.0, 0.0), (1.0, 0.1), (0.3, 1.0)),
    contrast_gray=-41.5,
    doubt=Doubt.MERGED | Doubt.TOUCHES_BORDER,
    bbox_px=(1, 2, 3, 4),
)
READINGS = (Reading("text", Outcome.FAIL), Reading("picture", Outcome.PASS))


def verdict(outcome=Outcome.PASS, rule="km.foreign"):
    """A verdict with one finding."""
    reason = Reason.of("size_fail", kind="foreign_matter", measured=0.6, sizes=(0.6, 0.7), rule=rule)
    return Verdict(outcome, (Finding(rule, (1,), outcome, READINGS, reason, "diameter_mm", 0.6, 0.3, -0.3),), (reason,))


def picture(number):
    """Bytes that stand for a PNG: the archive knows no pixels."""
    return f"picture {number} ".encode() * 40


def record(number=1, outcome=Outcome.PASS, pictures=1, at=AT, **identity):
    """(record, its pictures): part P<number>, unlike every other."""
    kept = [picture(100 * number + view) for view in range(pictures)]
    hashes = [hashlib.sha256(data).hexdigest() for data in kept]
    looks = tuple(
        Look(
            view=f"v{view}",
            picture=f"图 {number}.png",
            sha256=name,
            stored=name,
            taken_at=at,
            blobs=(SPECK,),
            inspected=(Inspected("front", Kind.FOREIGN_MATTER, 0.1, 1.0),),
            timing_ms={"detect": 3.25},
        )
        for view, name in enumerate(hashes)
    ) or (Look(view="v0", picture=f"{number}.png"),)
    told = Record(
        identity=Identity(**{"part": f"P{number}", "lot": f"批{number % 7}", "customer": "sharp", **identity}),
        at=at,
        software="0.1.0",
        verdict=verdict(outcome),
        looks=looks,
        views=("v0",),
        faces=(Face("front", "1", ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0)), ("paper_path",)),),
        recipe="cover",
        recipe_sha256="0" * 64,
        limits="sharp",
        limits_revision="2010",
        policy={"ambiguity": "review"},
        documents=(DOCUMENT,),
    )
    return told, kept


TEXT = b'schema = "cvinspect-recipe/1"\n'
DOCUMENT = Document("recipe", "cover", hashlib.sha256(TEXT).hexdigest())


def add(archive, number, **changes):
    """Adds record `number`."""
    told, pictures = record(number, **changes)
    return archive.record(told, pictures, {DOCUMENT: TEXT})


def filled(folder, count=5, database="archive.sqlite", **changes):
    """A new archive in `folder` with `count` records."""
    init(folder, "0.1.0", database=database)
    with Archive(folder, write=True) as archive:
        for number in range(1, count + 1):
            add(archive, number, **changes)
    return folder
