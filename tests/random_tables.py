"""Random limit tables by seed: every kind of rule, with and without a table to inherit from."""

from __future__ import annotations

import json
import math
import random

from cvinspect.judge.table import LimitTable

GRADES = ("1", "2")
LENGTHS = ("diameter_mm", "length_mm", "width_mm", "max_dimension_mm")
TITLE = {"zh": "题", "en": "title"}
SAID = {"provenance": "stated", "quote": "q"}


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
