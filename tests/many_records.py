"""Large archives made of the records of a small one: other parts, other sizes, a whole chain."""

import copy
import json
import random
import sqlite3

from cvinspect.archive import Archive
from cvinspect.archive.chain import Mark, row_hash
from cvinspect.archive.codec import canonical
from cvinspect.archive.schema import HASHED, JOURNAL
from cvinspect.archive.values import Record

SIZES = ("area_mm2", "diameter_mm", "length_mm", "width_mm", "max_dimension_mm", "height_mm")
PART = "part-0000000"


def variants(bodies, count, seed=1):
    """`count` bodies: those given in turn, every size of every blob up to a fifth smaller or larger."""
    rng = random.Random(seed)
    made = []
    for number in range(count):
        body = copy.deepcopy(bodies[number % len(bodies)])
        body["identity"]["part"] = PART
        for look in body["looks"]:
            for blob in look.get("blobs", ()):
                factor = rng.uniform(0.8, 1.2)
                for name in SIZES:
                    if blob.get(name):
                        blob[name]["value"] *= factor**2 if name == "area_mm2" else factor
        made.append(canonical(body))
    return made


def multiply(folder, count, kinds=500):
    """Adds `count` records made of those that are there straight into the tables, and the mark of the last."""
    with Archive(folder) as archive:
        (seq, before), records = archive.head, list(archive.select(JOURNAL.select().where(JOURNAL.c.kind == "record")))
        at = next(one.row.at for one in archive.rows() if isinstance(one.row, Record))
    made = variants([json.loads(row.body) for row in records], kinds)

    def rows():
        nonlocal seq, before
        for number in range(count):
            seq, row = seq + 1, records[number % kinds % len(records)]
            part = f"part-{number:07d}"
            told = {name: getattr(row, name) for name in HASHED}
            told |= {"seq": seq, "key": part, "part": part, "lot": row.lot}
            told["body"] = made[number % kinds].replace(PART, part)
            before = row_hash(before, told)
            yield [*(told[name] for name in HASHED), before]

    database = sqlite3.connect(folder / "archive.sqlite")
    database.execute("PRAGMA synchronous=OFF")
    names = ", ".join((*HASHED, "hash"))
    database.executemany(f"INSERT INTO journal ({names}) VALUES ({', '.join('?' * (len(HASHED) + 1))})", rows())
    database.commit()
    database.close()
    with (folder / "anchor.txt").open("ab") as anchor:
        anchor.write(Mark(seq, before, at).line())
