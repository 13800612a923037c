"""Random cases for the judge, by seed: faces, blobs, what was inspected, policies; and how to make one smaller.

Sizes are often a limit itself, or its neighbour among the floating-point numbers; places are often exactly as far apart
as a rule asks, or all on one circle. Most cases are clean, so that PASS, FAIL and REVIEW all come up.
"""

from __future__ import annotations

import dataclasses
import math
import random
from dataclasses import dataclass

from cvinspect.judge import Policy
from cvinspect.judge.table import LimitTable
from cvinspect.model import CAMERA_KINDS, Blob, Doubt, Face, Inspected, Kind, Measured

EIGHTHS = [i / 8 for i in range(1, 13)]
KINDS = ("scratch", "dent", "foreign_matter", "flash", "crack", "gate")
UNSURE = tuple(Kind(word) for word in KINDS if word != "gate")


@dataclass(frozen=True)
class Case:
    """What `judge` is asked."""

    blobs: tuple[Blob, ...]
    inspected: tuple[Inspected, ...] | None
    faces: tuple[Face, ...]
    table: LimitTable
    policy: Policy

    def asked(self, judge):
        """What `judge` answers."""
        return judge(self.blobs, self.inspected, self.faces, self.table, self.policy)


def random_case(seed: int, tables) -> Case:
    """The case with this number, under one of `tables`."""
    rng = random.Random(seed)
    table = rng.choice(tables)
    clean = rng.random() < 0.6
    faces = random_faces(rng, table, clean)
    palette = edges_of(table)
    blobs = random_blobs(rng, table, faces, palette, clean)
    return Case(blobs, random_inspected(rng, faces, palette, clean), faces, table, random_policy(rng))


def random_policy(rng) -> Policy:
    return Policy(
        product_grade=rng.choice([None, "oem", "canon"]),
        decision_rule=rng.choice([None, "guarded", "strict", "simple", "simple"]),
        ambiguity=rng.choice(["review", "review", "worst"]),
    )


def edges_of(table: LimitTable) -> list[float]:
    """Every number in the table's bands and limits."""
    found: set[float] = {0.0}
    for rule in table.all_rules():
        for cell in rule.cell:
            parts = [*getattr(cell, "bands", ()), *getattr(cell, "limits", ())]
            found |= {edge for part in parts for edge in (part.lower, part.upper) if math.isfinite(edge)}
            found |= {abs(getattr(cell, name, None) or 0.0) for name in ("up_to_mm", "from_mm", "to_mm")}
    return sorted(found)


# = faces and blobs ==================================================================================================
def random_faces(rng, table: LimitTable, clean: bool) -> tuple[Face, ...]:
    if not clean and rng.random() < 0.02:
        return ()
    known = [grade.grade for grade in table.known_grades] or ["1", "2"]
    aliases = [alias for grade in table.known_grades for alias in grade.aliases]
    traits = [(), (), (), ("paper_path",), ("no_function",)]
    return tuple(
        Face(
            f"face {i}",
            rng.choice(known if clean else [*known, *known, *known, *aliases, "unknown"]),
            traits=rng.choice(traits) if rng.random() < 0.5 else (),
        )
        for i in range(rng.choice([1, 1, 1, 2, 3]))
    )


def random_blobs(rng, table: LimitTable, faces, palette, clean: bool) -> tuple[Blob, ...]:
    if not faces:
        return ()
    spoken = {kind for rule in table.all_rules() for kind in (rule.kinds or KINDS)}
    kinds = sorted(spoken) if spoken and rng.random() < 0.8 else list(KINDS)
    kinds = rng.sample(kinds, min(len(kinds), rng.choice([1, 1, 2, 3])))
    number = rng.choice([0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 10, 12])
    size = rng.choice([random_size, small_size, lattice_size])
    u = rng.choice([0.0, 0.0, 0.0, 0.01, 0.05, 0.2])
    places = random_places_mm(rng, number)
    outlines = rng.random() < 0.15
    unsure = rng.random() < 0.3
    blobs = []
    for i, center in enumerate(places):
        blob = random_blob(rng, i, Kind(rng.choice(kinds)), center, lambda: size(rng, palette), u)
        on = rng.sample([face.name for face in faces], min(len(faces), 1 if clean or rng.random() < 0.8 else 2))
        blob = dataclasses.replace(blob, faces=tuple(on))
        if not clean and rng.random() < 0.02:
            blob = dataclasses.replace(blob, faces=blob.faces * 2)
        if outlines and rng.random() < 0.6:
            blob = dataclasses.replace(blob, outline_mm=random_outline(rng, center))
        if unsure and rng.random() < 0.6:
            blob = dataclasses.replace(blob, may_be=random_kinds(rng, blob.kind, clean))
        blobs.append(blob if clean else spoiled(rng, blob))
    return tuple(blobs)


def random_kinds(rng, kind: Kind, clean: bool) -> tuple[Kind, ...]:
    """Other kinds that it may be; rarely, of a case that is not clean, its own or a gate, which are refused."""
    if not clean and rng.random() < 0.01:
        return rng.choice([(kind,), (Kind.GATE,)])
    others = [other for other in UNSURE if other is not kind]
    return () if kind is Kind.GATE else tuple(rng.sample(others, rng.choice([1, 1, 2])))


def random_size(rng, palette) -> float:
    """A limit, its neighbour, or anything."""
    edge = rng.choice(palette)
    neighbours = [edge, edge, math.nextafter(edge, math.inf), max(0.0, math.nextafter(edge, 0.0)), edge / 2]
    return rng.choice([*neighbours, rng.uniform(0, 2.5), rng.uniform(0, 0.6)])


def small_size(rng, palette) -> float:
    return rng.choice([rng.uniform(0.0, 0.3), min(edge for edge in [*palette, 9.0] if edge > 0) / 2])


def lattice_size(rng, palette) -> float:
    return rng.choice(EIGHTHS)


def random_blob(rng, number: int, kind: Kind, center, size, u: float) -> Blob:
    width = size()
    length = width * rng.choice([1, 1, 2, 3, 3, 5, rng.uniform(1, 6)])
    sizes = {
        "area_mm2": size(),
        "diameter_mm": size(),
        "length_mm": length,
        "width_mm": width,
        "max_dimension_mm": rng.choice([length, size()]),
        "height_mm": size() * (rng.choice([-1, 1]) if kind == Kind.GATE else 1),
    }
    return Blob(number, kind, (), center, **{name: Measured(value, u) for name, value in sizes.items()})


def spoiled(rng, blob: Blob) -> Blob:
    """The blob with something doubtful, unknown or missing about it, perhaps."""
    change: dict = {}
    if rng.random() < 0.15:
        change["doubt"] = rng.choice([*Doubt, Doubt.MERGED | Doubt.BELOW_RESOLUTION])
    names = [name for name in blob.__slots__ if isinstance(getattr(blob, name), Measured)]
    for name in names:
        chance = rng.random()
        measured = getattr(blob, name)
        if chance < 0.08:
            change[name] = Measured(measured.value, rng.choice([None, None, 0.2, 0.003]))
        elif chance < (0.12 if name == "height_mm" else 0.09):
            change[name] = None
    if rng.random() < 0.01:
        change["faces"] = rng.choice([(), ("no such face",)])
    if rng.random() < 0.01:
        change[rng.choice(names)] = Measured(rng.choice([math.nan, -0.5, math.inf, 0.5]), rng.choice([0.0, -0.1]))
    return dataclasses.replace(blob, **change)


def random_places_mm(rng, number: int) -> list[tuple[float, float]]:
    """Anywhere, on a lattice whose steps the rules name, in one spot, or all on one circle."""
    reach = rng.choice([10, 50, 100, 300])
    how = rng.random()
    if how < 0.4:
        return [(rng.uniform(0, reach), rng.uniform(0, reach)) for _ in range(number)]
    if how < 0.6:
        step = rng.choice([5.0, 10.0, 12.5, 50.0])
        return [(step * rng.randint(0, 4), step * rng.randint(0, 4)) for _ in range(number)]
    if how < 0.7:
        return [(3.0, 4.0)] * number
    radius = rng.choice([5, 20, 50]) + rng.choice([0.0, 0.0625, 0.25, 0.5, 1e-6, -1e-6])
    corners = [(1, 0), (0.6, 0.8), (0, 1), (-0.8, 0.6), (-1, 0), (-0.6, -0.8), (0, -1), (0.8, -0.6), (0.28, 0.96)]
    return [(radius * x, radius * y) for x, y in rng.choices(corners, k=number)]


def random_outline(rng, center) -> tuple[tuple[float, float], ...]:
    """A star-shaped polygon round the centre, or a segment, or a point."""
    corners = rng.choice([1, 2, 3, 4, 4, 5, 7])
    reach = rng.choice([0.3, 2.0, 30.0])
    if rng.random() < 0.2:
        x, y = center
        return ((x - reach, y - reach), (x + reach, y - reach), (x + reach, y + reach), (x - reach, y + reach))
    turns = sorted(rng.uniform(0, 2 * math.pi) for _ in range(corners))
    far = [rng.uniform(0.2, 1) * reach for _ in turns]
    return tuple((center[0] + r * math.cos(t), center[1] + r * math.sin(t)) for r, t in zip(far, turns, strict=True))


def random_inspected(rng, faces, palette, clean: bool) -> tuple[Inspected, ...] | None:
    if rng.random() < 0.6:
        return None
    floors = [0.0, 0.01, *palette, rng.uniform(0, 1)] if not clean else [0.0, 0.001]
    shares = [1.0] * 9 + [1 - 1e-12, 0.999, 0.5, math.nan] if not clean else [1.0]
    entries = [
        Inspected(face.name, kind, rng.choice(floors), rng.choice(shares), rng.choice(["", "", "", "by hand"]))
        for face in faces
        for kind in CAMERA_KINDS
        for _ in range(1 if clean else rng.choice([0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2]))
    ]
    return tuple(entries)


# = smaller cases ====================================================================================================
def smaller(case: Case):
    """Cases with one thing less."""
    for i in range(len(case.blobs)):
        yield dataclasses.replace(case, blobs=case.blobs[:i] + case.blobs[i + 1 :])
    for i, face in enumerate(case.faces):
        if not any(face.name in blob.faces for blob in case.blobs) and len(case.faces) > 1:
            entries = case.inspected and tuple(entry for entry in case.inspected if entry.face != face.name)
            yield dataclasses.replace(case, faces=case.faces[:i] + case.faces[i + 1 :], inspected=entries)
    for i in range(len(case.table.rule)):
        rules = case.table.rule[:i] + case.table.rule[i + 1 :]
        table = case.table.model_copy(update={"rule": rules})
        yield dataclasses.replace(case, table=table)
    if case.inspected is not None:
        yield dataclasses.replace(case, inspected=None)
    for i, blob in enumerate(case.blobs):
        for plain in plainer(blob):
            yield dataclasses.replace(case, blobs=(*case.blobs[:i], plain, *case.blobs[i + 1 :]))


def plainer(blob: Blob):
    """The blob with one size, or its doubts or outline, left out, or a size known exactly."""
    for name in blob.__slots__:
        value = getattr(blob, name)
        if isinstance(value, Measured):
            yield dataclasses.replace(blob, **{name: None})
            if value.u != 0:
                yield dataclasses.replace(blob, **{name: Measured(value.value, 0.0)})
    if blob.doubt:
        yield dataclasses.replace(blob, doubt=Doubt.NONE)
    if blob.outline_mm is not None:
        yield dataclasses.replace(blob, outline_mm=None)
    for i in range(len(blob.may_be)):
        yield dataclasses.replace(blob, may_be=blob.may_be[:i] + blob.may_be[i + 1 :])


def shrunk(case: Case, fails) -> Case:
    """The smallest case found that still `fails`, one thing less at a time."""
    for less in smaller(case):
        if fails(less):
            return shrunk(less, fails)
    return case
