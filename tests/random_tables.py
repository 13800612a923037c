"""Random cases for the judge, by seed: tables, faces, blobs, what was inspected, policies; and how to make one smaller.

Sizes are often a limit itself, or its neighbour among the floating-point numbers; places are often exactly as far apart
as a rule asks, or all on one circle. Most cases are clean, so that PASS, FAIL and REVIEW all come up.
"""

from __future__ import annotations

import dataclasses
import json
import math
import random
from dataclasses import dataclass

from cvinspect.judge import Policy
from cvinspect.judge.table import LimitTable
from cvinspect.model import CAMERA_KINDS, Blob, Doubt, Face, Inspected, Kind, Measured

EIGHTHS = [i / 8 for i in range(1, 13)]
GRADES = ("1", "2")
LENGTHS = ("diameter_mm", "length_mm", "width_mm", "max_dimension_mm")
KINDS = ("scratch", "dent", "foreign_matter", "flash", "crack", "gate")
TITLE = {"zh": "题", "en": "title"}
SAID = {"provenance": "stated", "quote": "q"}


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


# = tables ===========================================================================================================
def random_table(seed: int, odd: bool = False) -> LimitTable:
    """The table with this number. odd: larger imperfections may be allowed where smaller ones are not."""
    rng = random.Random(f"table {seed}")
    data = random_table_data(rng, odd, "own")
    if rng.random() < 0.7:
        return LimitTable.model_validate_json(json.dumps(data))
    base = LimitTable.model_validate_json(json.dumps(random_table_data(rng, odd, "base")))
    scope = rng.choice([["limits"], ["limits", "viewing"], ["viewing"]])
    data["inherits"] = {"from": "base", "scope": scope, **SAID}
    return LimitTable.model_validate_json(json.dumps(data)).bound("00", base)


def random_table_data(rng, odd: bool, name: str) -> dict:
    grades = [{"grade": grade, "name": TITLE, "aliases": [f"alias {grade}"], **SAID} for grade in GRADES]
    data = {
        "schema": "cvinspect-limits/1",
        "name": name,
        "revision": "1",
        "status": "draft",
        "decision_rule": rng.choice(["guarded", "strict", "simple"]),
        "title": TITLE,
        "document": {"document": "d"},
        "face_grade": grades if rng.random() < 0.8 else [],
        "rule": [random_rule(rng, odd, f"{name}.{i}") for i in range(rng.choice([0, 1, 1, 1, 1, 2, 2, 3]))],
    }
    if rng.random() < 0.05:
        data["nothing_found"] = {"outcome": "PASS", **SAID}
    return data


def random_rule(rng, odd: bool, name: str) -> dict:
    makers = {
        count_rule: 40,
        spacing_rule: 15,
        size_rule: 20,
        height_rule: 6,
        tolerance_rule: 4,
        sum_rule: 10,
        plain_rule: 8,
    }
    maker = rng.choices(list(makers), list(makers.values()))[0]
    kinds = rng.choice([["any"], ["foreign_matter"], ["scratch"], ["dent", "scratch"], ["flash"], ["gate", "flash"]])
    rule = {"id": name, "kinds": kinds, "title": TITLE, **maker(rng, odd)}
    make_cell = rule.pop("make_cell")
    rule["cell"] = [{**place, **SAID, **make_cell()} for place in random_places(rng)]
    return rule


def random_places(rng) -> list[dict]:
    """For which faces the cells of a rule hold."""
    trait = {"trait": "paper_path"} if rng.random() < 0.1 else {}
    shape = rng.random()
    if shape < 0.5:
        return [{"faces": ["any"], **trait}]
    if shape < 0.7:
        return [{"faces": [grade], **trait} for grade in GRADES]
    if shape < 0.85:
        return [{"faces": list(GRADES), "product_grade": grade} for grade in ("oem", "canon")]
    return [{"faces": [rng.choice(GRADES)], **trait}]


def random_bands(rng, unit: str) -> list[dict]:
    """Bands from 0 up, without an upper end."""
    edges = sorted(rng.sample([0.1, 0.3, 0.5, 0.7, 1.0, 2.0, 0.25, 1.5], rng.randint(0, 3)))
    bands: list[dict] = [{**SAID} for _ in range(len(edges) + 1)]
    for edge, below, above in zip(edges, bands, bands[1:], strict=False):
        words = rng.choice([("below", "at_least"), ("up_to", "above")])
        below[words[0] + unit], above[words[1] + unit] = edge, edge
    return bands


def unit_of(size: str) -> str:
    return "_mm2" if size.endswith("_mm2") else "_mm"


def count_rule(rng, odd: bool) -> dict:
    size = rng.choice([*LENGTHS, "max_dimension_mm", "area_mm2"])
    readings = rng.choice([["any_circle"], ["nearer_than_spacing"], ["any_circle", "nearer_than_spacing"]])

    def cell():
        bands = random_bands(rng, unit_of(size))
        allows = rng.choices([0, 1, 2, 3, 5, "unlimited"], k=len(bands))
        if not odd:
            allows.sort(key=lambda allow: -math.inf if allow == "unlimited" else -allow)
        return {"bands": [{**band, "allow": allow} for band, allow in zip(bands, allows, strict=True)]}

    return {
        "type": "band_count",
        "size": size,
        "circle_diameter_mm": rng.choice([100, 100, 40, 10]),
        "alternative_spacing_mm": rng.choice([50, 20, 5]),
        "readings": readings,
        "counting": rng.choice(
            [["cumulative_from_above"], ["per_band"], ["cumulative_from_above", "per_band"]],
        ),
        "make_cell": cell,
    }


def spacing_rule(rng, odd: bool) -> dict:
    size = rng.choice(["area_mm2", "max_dimension_mm", "diameter_mm"])

    def cell():
        bands = random_bands(rng, unit_of(size))
        if rng.random() < 0.5:
            last = next((key for key in bands[-1] if key.startswith(("at_least", "above"))), None)
            top = (bands[-1][last] if last else 0.0) + 0.5
            bands[-1]["up_to" + unit_of(size)] = top
        for band in bands:
            band["spacing_mm"] = rng.choice([10, 25, 50, 100, 150])
            if rng.random() < 0.3:
                band["alternative_spacing_mm"] = rng.choice([5, 10, 50, 100])
        return {"bands": bands}

    return {"type": "band_spacing", "size": size, "make_cell": cell}


def size_rule(rng, odd: bool) -> dict:
    sizes = ["area_mm2", "diameter_mm", "length_mm", "width_mm"]
    point = rng.choice([["area_mm2", "diameter_mm"], ["diameter_mm"], ["area_mm2"], ["length_mm"]])
    line = rng.choice([["width_mm", "length_mm", "area_mm2"], ["length_mm"], ["width_mm", "length_mm"]])

    def cell():
        limited = set(rng.sample(sizes, rng.randint(1, 4))) | {rng.choice(point), rng.choice(line)}
        word = rng.choice(["up_to", "below"])
        edges = [0.25, 0.2, 0.3, 0.5, 0.9, 1.0, 1.5]
        return {
            "limits": [
                {"quantity": size, word + unit_of(size): rng.choice(edges), **SAID} for size in sizes if size in limited
            ]
        }

    both = ["all_that_fit_the_shape", "any_one_row"]
    return {
        "type": "size_limit",
        "point": point,
        "line": line,
        "readings": rng.choice([both, both, ["all_that_fit_the_shape"], ["any_one_row"]]),
        "make_cell": cell,
    }


def height_rule(rng, odd: bool) -> dict:
    cells = [{"up_to_mm": 0.05}, {"up_to_mm": 0.3}, {"up_to_mm": 0.0}, {"forbidden": True}, {"unlimited": True}]
    return {"type": "height_limit", "make_cell": lambda: rng.choice(cells)}


def tolerance_rule(rng, odd: bool) -> dict:
    cells = [{"from_mm": -0.3, "to_mm": 0.3}, {"from_mm": 0.1, "to_mm": 0.5}, {"from_mm": 0.0, "to_mm": 0.0}]
    return {"type": "tolerance", "make_cell": lambda: rng.choice(cells)}


def sum_rule(rng, odd: bool) -> dict:
    size = rng.choice(["length_mm", "max_dimension_mm", "area_mm2", "diameter_mm"])
    rule = {
        "type": "sum_limit",
        "size": size,
        "make_cell": lambda: {"sum_up_to" + unit_of(size): rng.choice([0.5, 1.0, 2.5, 5.0])},
    }
    if rng.random() < 0.6:
        rule["circle_diameter_mm"] = rng.choice([100, 40, 10])
    return rule


def plain_rule(rng, odd: bool) -> dict:
    types = ["forbidden", "forbidden_unless_limit_sample", "unlimited", "unlimited", "limit_sample", "tactile"]
    return {"type": rng.choice([*types, "functional_veto", "not_stated"]), "make_cell": dict}


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
    u = rng.choice([0.0, 0.0, 0.01, 0.05])
    places = random_places_mm(rng, number)
    outlines = rng.random() < 0.15
    blobs = []
    for i, center in enumerate(places):
        blob = random_blob(rng, i, Kind(rng.choice(kinds)), center, lambda: size(rng, palette), u)
        on = rng.sample([face.name for face in faces], min(len(faces), 1 if clean or rng.random() < 0.8 else 2))
        blob = dataclasses.replace(blob, faces=tuple(on))
        if outlines and rng.random() < 0.6:
            blob = dataclasses.replace(blob, outline_mm=random_outline(rng, center))
        blobs.append(blob if clean else spoiled(rng, blob))
    return tuple(blobs)


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
    if rng.random() < 0.1:
        change["doubt"] = rng.choice([*Doubt, Doubt.MERGED | Doubt.BELOW_RESOLUTION])
    names = [name for name in blob.__slots__ if isinstance(getattr(blob, name), Measured)]
    for name in names:
        chance = rng.random()
        measured = getattr(blob, name)
        if chance < 0.05:
            change[name] = Measured(measured.value, rng.choice([None, None, 0.2, 0.003]))
        elif chance < (0.1 if name == "height_mm" else 0.06):
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


def shrunk(case: Case, fails) -> Case:
    """The smallest case found that still `fails`, one thing less at a time."""
    for less in smaller(case):
        if fails(less):
            return shrunk(less, fails)
    return case
