"""The built-in limit tables, held cell for cell against the drafts that were transcribed from the customers' deck."""

import math
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from cvinspect.config.limits import list_limits, load_limits
from cvinspect.judge.cells import Quoted
from cvinspect.judge.table import LimitTable
from cvinspect.model import Kind

DRAFTS = Path(__file__).parent / "data" / "drafts"
SOURCES = Path(os.environ.get("CVINSPECT_SOURCE", Path(__file__).resolve().parents[2] / "shared" / "source"))
NAMES = {path.stem: path.stem.replace("_", "-") for path in sorted(DRAFTS.glob("*.yaml"))}
PRODUCT = {"A": "oem", "B": "canon", None: None}

# What a remark of the transcriber in a draft's quotation looks like; in the table it stands in the note.
REMARK = re.compile(r"\s*\(((?:title only|the table itself|sentence cut|x6:|text ends|x2)[^()]*)\)$")

# Readings of a draft that are judged, in the table's words; all others stand under `documented`.
JUDGED = {
    "all metrics that apply to the shape must hold (default, conservative)": "all_that_fit_the_shape",
    "any one of the three rows is enough (area OR diameter OR WxL)": "any_one_row",
    "max of both bands, edge to edge (default)": None,
    "any unevenness that can be felt is forbidden AND any scratch is forbidden (default)": None,
    "R1 count in every Φ100 circle (default)": "any_circle",
    "R2 or: defects >= 50 mm apart are not counted together (7 points 50 mm apart fit in a Φ100 circle, so R2 can pass"
    " what R1 rejects -> review)": "nearer_than_spacing",
    "cumulative from above (default, strict)": "cumulative_from_above",
    "each band counted on its own (literal list form)": "per_band",
    "max_dimension_mm": "max_dimension_mm",
}

# Headings of the deck that the tables quote beside the drafts: which row or slide a cell comes from.
HEADINGS = {
    "异物判定基准",
    "<异物的个数及间隔>",
    "关于毛刺",
    "A 【OEM】 / A级 (正面、上面)",
    "有限度样参考限度样",
    *("A面", "B面", "A外观面", "B外观面", "B级外观面", "三级外观面", "四级外观面", "四级处观面"),
}


@cache
def draft(name: str) -> dict[str, Any]:
    text = (DRAFTS / f"{name}.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("alt_min_spacing_mm gives", "alternative_spacing_mm gives"),  # the key's name in a table
        (", see _sampling_tables.yaml", ""),
        *((f"{file} {word}", f"{file.replace('_', '-')} {word}") for file, word in FILES),
    ):
        text = text.replace(old, new)
    return yaml.safe_load(text)


FILES = (("konica_minolta", "has"), ("general_plastic", "has"), ("fuji_xerox", "limits"))


def phrase(quote: str | None) -> str:
    """A draft's quotation without the transcriber's remark."""
    return REMARK.sub("", quote or "").replace("(sic)", "")


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every mapping of a draft."""
    for item in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from nodes(item)
    if isinstance(tree, dict):
        yield tree


def quoted(value: Any) -> Iterator[Any]:
    """Everything in a table that has an origin, rules included."""
    if isinstance(value, Quoted) or hasattr(value, "documented"):
        yield value
    for item in value if isinstance(value, tuple) else value.values() if isinstance(value, dict) else ():
        yield from quoted(item)
    for field in getattr(type(value), "model_fields", ()):
        yield from quoted(getattr(value, field))


def origin(node: dict[str, Any]) -> tuple[Any, ...]:
    return node.get("prov", "stated"), phrase(node.get("q")), tuple(node.get("tok") or ())


def origin_of(value: Any) -> tuple[Any, ...]:
    return value.provenance, value.quote, value.source


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def where(cell: dict[str, Any]) -> tuple[Any, ...]:
    faces = listed(cell["where"].get("face", cell["where"].get("zone")))
    product = PRODUCT[cell["where"].get("product_grade")]
    return (("any",), product, "paper_path") if faces == ["paper_path"] else (tuple(faces), product, "")


def interval(node: dict[str, Any]) -> tuple[float, bool, float, bool]:
    return node.get("ge", node.get("gt")), "ge" in node, node.get("le", node.get("lt", math.inf)), "le" in node


def numbers(rule: dict[str, Any], cell: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What one draft cell limits, with the origin of every number."""
    match rule["kind"]:
        case "band_count":
            return [(interval(band), band["allow"], origin(band)) for band in cell["bands"]]
        case "band_spacing":
            bands = sorted(cell["bands"], key=lambda band: band["ge"])
            return [(interval(b), b["min_spacing_mm"], b.get("alt_min_spacing_mm"), origin(b)) for b in bands]
        case "size_limit":
            return [(metric, limit["op"], limit["v"], origin(limit)) for metric, limit in cell["limits"].items()]
        case "height_limit":
            forbidden, unlimited = cell.get("forbidden", False), cell.get("unlimited", False)
            value = None if forbidden or unlimited else cell["limit"]["v"]
            return [(value, forbidden, unlimited, origin(cell))]
        case "tolerance":
            return [(cell["lo"], cell["hi"], origin(cell))]
        case _:
            return [origin(cell)]


def numbers_of(rule: Any, cell: Any) -> list[tuple[Any, ...]]:
    """What one cell of a table limits, with the origin of every number."""
    match rule.type:
        case "band_count":
            return [(edges(band), band.allow, origin_of(band)) for band in cell.bands]
        case "band_spacing":
            return [(edges(b), b.spacing_mm, b.alternative_spacing_mm, origin_of(b)) for b in cell.bands]
        case "size_limit":
            return [(x.quantity, "<=" if x.upper_closed else "<", x.upper, origin_of(x)) for x in cell.limits]
        case "height_limit":
            return [(cell.up_to_mm, cell.forbidden, cell.unlimited, origin_of(cell))]
        case "tolerance":
            return [(cell.from_mm, cell.to_mm, origin_of(cell))]
        case _:
            return [origin_of(cell)]


def edges(band: Any) -> tuple[float, bool, float, bool]:
    return band.lower, band.lower_closed, band.upper, band.upper_closed


PAIRS = [pytest.param(draft(name), load_limits(table), id=table) for name, table in NAMES.items()]
RULES = [
    pytest.param(rule, by_id[rule["id"]], id=rule["id"])
    for name, table in NAMES.items()
    for by_id in [{rule.id: rule for rule in load_limits(table).rule}]
    for rule in draft(name)["rules"]
]


def test_the_eight_tables_are_built_in() -> None:
    assert list_limits() == tuple(sorted(NAMES.values()))
    assert len(NAMES) == 8


@pytest.mark.parametrize("name", NAMES.values())
def test_a_built_in_table_is_called_as_its_file_and_is_a_draft(name: str) -> None:
    table = load_limits(name)
    assert (table.name, table.status, table.revision) == (name, "draft", "2010-07-20.1")


@pytest.mark.parametrize(("old", "table"), PAIRS)
def test_rules_are_those_of_the_draft(old: dict[str, Any], table: LimitTable) -> None:
    words = [(rule["id"], rule["kind"], listed(rule["defect"])) for rule in old["rules"]]
    expected = [(i, kind, () if k == ["any"] else tuple(map(Kind.named, k))) for i, kind, k in words]
    assert sorted((rule.id, rule.type, rule.kinds) for rule in table.rule) == sorted(expected)


@pytest.mark.parametrize(("old", "rule"), RULES)
def test_every_cell_is_that_of_the_draft(old: dict[str, Any], rule: Any) -> None:
    assert [(cell.faces, cell.product_grade, cell.trait) for cell in rule.cell] == [where(c) for c in old["cells"]]
    for cell, draft_cell in zip(rule.cell, old["cells"], strict=True):
        assert numbers_of(rule, cell) == numbers(old, draft_cell)


@pytest.mark.parametrize(("old", "rule"), [pair for pair in RULES if "per" in pair.values[0]])
def test_counts_are_per_circle_and_by_largest_dimension(old: dict[str, Any], rule: Any) -> None:
    per = old["per"]
    assert (rule.circle_diameter_mm, rule.alternative_spacing_mm) == (100, 50)
    assert per["circle_diameter_mm"] == 100
    assert per["alternative_min_spacing_mm"] == 50
    assert origin_of(rule) == origin(per)
    assert rule.size == old["metric"] == "max_dimension_mm"


def test_canon_states_no_count_beside_the_spacing() -> None:
    spacing = next(rule for rule in load_limits("canon").rule if rule.type == "band_spacing")
    old = next(rule for rule in draft("canon")["rules"] if rule["kind"] == "band_spacing")
    assert spacing.count is not None
    assert (spacing.count.allow, origin_of(spacing.count)) == (old["count"]["v"], origin(old["count"]))
    assert spacing.size == old["metric"]


@pytest.mark.parametrize(("old", "table"), PAIRS)
def test_title_and_place_in_the_document(old: dict[str, Any], table: LimitTable) -> None:
    assert old["title"].startswith(f"{table.title.zh} - {table.title.en}")
    assert table.document.lines == old["source"]["lines"]
    assert table.decision_rule == "guarded"
    assert old["source"].get("deck", table.document.document) == table.document.document
    assert old["source"]["file"] in table.document.note


@pytest.mark.parametrize(("old", "table"), PAIRS)
def test_every_token_of_the_draft_stands_in_the_table_as_often(old: dict[str, Any], table: LimitTable) -> None:
    expected = sorted(token for node in nodes(old) for token in node.get("tok") or ())
    assert sorted(token for item in quoted(table) for token in item.source) == expected


@pytest.mark.parametrize(("old", "table"), PAIRS)
def test_every_quotation_of_the_draft_and_no_other_stands_in_the_table(old: dict[str, Any], table: LimitTable) -> None:
    expected = {phrase(node["q"]) for node in nodes(old) if "q" in node and node not in old.get("open_questions", [])}
    expected -= {phrase(old.get("per_note", {}).get("q"))}  # part of the longer phrases of its rules
    texts = {item.quote for item in quoted(table)} - {""}
    assert expected - texts == set()
    assert texts - expected - HEADINGS == set()


@pytest.mark.parametrize(("old", "table"), PAIRS)
def test_no_remark_of_the_draft_is_lost(old: dict[str, Any], table: LimitTable) -> None:
    keys = ("note", "reason", "assignment", "conflict_note", "alias_prov", "limit_sample", "line_if", "line_if_prov")
    keys += ("stated", "rule")
    remarks = [node[key] for node in nodes(old) for key in keys if isinstance(node.get(key), str)]
    remarks += [found[1] for node in nodes(old) if (found := REMARK.search(str(node.get("q", ""))))]
    remarks += [f"{value}: {why}" for node in nodes(old) for value, why in node.get("boundary", {}).items()]
    remarks += [rule[key]["v"] for rule in old["rules"] for key in ("pair_rule", "distance") if key in rule]
    remarks += ["unit mm inferred" for node in nodes(old) if node.get("unit_prov") == "inferred"]
    remarks += [node[key]["default"] for node in [old] for key in ("per_note", "count_note") if key in node]
    texts = "\n".join([*(f"{item.reason}\n{item.note}" for item in quoted(table)), *table.note, table.document.note])
    # provenances, what limit_sample_may_decide says, what decision_rule says
    known = {"stated", "inferred", "有限度样参考限度样", "ISO 14253-1 style"}
    assert [remark for remark in remarks if remark not in texts and remark not in known] == []


@pytest.mark.parametrize(("old", "table"), PAIRS)
def test_every_reading_of_the_draft_is_judged_or_documented(old: dict[str, Any], table: LimitTable) -> None:
    readings = [reading for node in nodes(old) for reading in node.get("readings", [])]
    documented = {text for rule in table.rule for text in rule.documented}
    judged = {word for rule in table.rule for field in ("readings", "counting") for word in getattr(rule, field, ())}
    judged |= {getattr(rule, "size", "") for rule in table.rule}
    for reading in readings:
        if JUDGED.get(reading):
            assert JUDGED[reading] in judged
        elif reading not in JUDGED:
            assert documented & {reading, f"size: {reading}"}
    assert len(documented) == len([reading for reading in readings if reading not in JUDGED])


@pytest.mark.parametrize(("old", "table"), PAIRS)
def test_viewing_and_environment(old: dict[str, Any], table: LimitTable) -> None:
    for room, rows in ((table.viewing, old.get("viewing", {})), (table.environment, old.get("environment", {}))):
        stated = {name: getattr(room, name) for name in type(room).model_fields if getattr(room, name) is not None}
        if "prov" in rows:
            assert origin_of(stated.pop("statement")) == origin(rows)
            rows = {}
        rows = {name: row for name, row in rows.items() if name != "assignment"}
        assert set(stated) == set(rows)
        for name, row in rows.items():
            tolerance = row.get("tol")
            expected = {
                "at_least": row.get("ge"),
                "at_most": row.get("le"),
                "nominal": row.get("eq", row.get("nominal")),
                "plus": row.get("plus", tolerance),
                "minus": row.get("minus", tolerance),
            }
            assert {word: getattr(stated[name], word) for word in expected} == expected
            assert origin_of(stated[name]) == origin(row)


@pytest.mark.parametrize(("old", "table"), PAIRS)
def test_sampling(old: dict[str, Any], table: LimitTable) -> None:
    row = old.get("sampling")
    if row is None:
        assert table.sampling is None
        return
    assert table.sampling is not None
    stated = (table.sampling.aql, table.sampling.accept, table.sampling.reject)
    assert stated == (row.get("aql"), row.get("ac"), row.get("re"))
    assert origin_of(table.sampling) == origin(row)
    assert (table.sampling.standard, table.sampling.level) == ("not stated", "not stated")


@pytest.mark.parametrize(("old", "table"), PAIRS)
def test_face_grades(old: dict[str, Any], table: LimitTable) -> None:
    rows = dict(old.get("faces", old.get("zones", {})))
    if "prov" in rows:
        assert table.face_grade_statement is not None
        assert origin_of(table.face_grade_statement) == origin(rows)
        rows = {}
    trait = rows.pop("paper_path", None)
    rows.pop("alias_prov", None)
    assert [(item.trait, origin_of(item)) for item in table.face_trait] == (
        [("paper_path", origin(trait))] if trait else []
    )
    assert [(g.grade, origin_of(g)) for g in table.face_grade] == [(g, origin(row)) for g, row in rows.items()]
    for grade, row in zip(table.face_grade, rows.values(), strict=True):
        assert list(grade.aliases) == row.get("alias", list(grade.aliases) if "members" in row else [])
        for member in row.get("members", []):
            assert any(alias in member for alias in grade.aliases)
            assert member in grade.note


@pytest.mark.parametrize(("old", "table"), PAIRS)
def test_product_grades_codes_and_examples(old: dict[str, Any], table: LimitTable) -> None:
    grades = [(PRODUCT[letter], letter, origin(row)) for letter, row in old.get("product_grades", {}).items()]
    assert [(g.grade, g.letter, origin_of(g)) for g in table.product_grade] == grades
    codes = {letter: (row["means"], phrase(row["q"])) for letter, row in old.get("codes", {}).items()}
    assert {letter: (code.means, code.quote) for letter, code in table.code.items()} == codes
    examples = [(row["map"], origin(row)) for row in old.get("part_face_map", [])]
    assert [(part.grades, origin_of(part)) for part in table.part_face] == examples


@pytest.mark.parametrize(("old", "table"), PAIRS)
def test_procedures(old: dict[str, Any], table: LimitTable) -> None:
    assert [(p.id, origin_of(p)) for p in table.procedure] == [(row["id"], origin(row)) for row in old["procedures"]]
    for procedure, row in zip(table.procedure, old["procedures"], strict=True):
        values = [value for name, value in row.items() if name not in ("tok", "q", "id", "note", "assignment")]
        figures = [value for value in values if not isinstance(value, str)]
        assert [list(n) if isinstance(n, tuple) else n for n in procedure.numbers.values()] == figures
        assert all(text.replace("_", " ") in procedure.do for text in values if isinstance(text, str))


@pytest.mark.parametrize(("old", "table"), PAIRS)
def test_open_questions_in_both_languages(old: dict[str, Any], table: LimitTable) -> None:
    rows = old.get("open_questions", [])
    questions = [(q.question.en, q.until_then.en, list(q.touches)) for q in table.open_question]
    assert questions[: len(rows)] == [(row["q"], row["proposed"], row.get("touches", [])) for row in rows]
    added = [question for question, _, _ in questions[len(rows) :]]
    assert added == (
        ["Which of the two distances belongs to the cells that carry alternative_spacing_mm?"] * (table.name == "canon")
    )
    assert all(re.search(r"[\u4e00-\u9fff]", q.question.zh + q.until_then.zh) for q in table.open_question)


@pytest.mark.parametrize(("name", "base"), [("sharp", "fuji-xerox"), ("other-customers", "canon")])
def test_inheritance(name: str, base: str) -> None:
    table, row = load_limits(name), draft(name.replace("-", "_"))["inherits"]
    assert table.base is not None
    assert table.inherits is not None
    assert table.base.name == base == row["from"].replace("_", "-")
    assert (list(table.inherits.scope), table.inherits.provenance) == (row["scope"], "inferred")
    assert (table.inherits.quote, table.inherits.reason) == (row["q"], row["note"])


def test_lens_says_that_nothing_found_passes() -> None:
    lens = load_limits("lens")
    assert lens.nothing_found is not None
    assert (lens.nothing_found.outcome, lens.nothing_found.quote) == ("PASS", lens.rule[0].cell[0].quote)
    assert [load_limits(name).nothing_found for name in NAMES.values() if name != "lens"] == [None] * 7


def test_eighteen_banded_cells_cover_every_size() -> None:
    cells = [cell for name in NAMES.values() for rule in load_limits(name).rule for cell in rule.cell]
    banded = [cell for cell in cells if hasattr(cell, "bands")]
    assert len(banded) == 18
    for cell in banded:
        top = cell.bands[-1].upper
        edges = {edge for band in cell.bands for edge in (band.lower, band.upper) if math.isfinite(edge)}
        for size in [*edges, *(e + 1e-9 for e in edges if e < top), *(e - 1e-9 for e in edges if e > 0)]:
            assert sum(size in band for band in cell.bands) == 1, size


def test_top_spacing_band_ends_at_the_area_limit() -> None:
    rules = {rule.id: rule for rule in load_limits("canon").rule}
    sizes = {(c.faces, c.product_grade): c.limits[0].upper for c in rules["canon.foreign.size"].cell}
    tops = {(c.faces, c.product_grade): c.bands[-1].upper for c in rules["canon.foreign.spacing"].cell}
    assert sizes == tops


def test_konica_burr_is_forbidden_on_grades_1_and_2_unless_a_limit_sample_decides() -> None:
    rules = {rule.id: rule for rule in load_limits("konica-minolta").rule}
    assert rules["km.burr"].cell[0].forbidden
    assert [name for name, rule in rules.items() if rule.limit_sample_may_decide] == [
        "km.burr",
        "km.parting_line",
        "km.gate",
    ]


@pytest.mark.parametrize("name", NAMES.values())
def test_every_quotation_stands_in_the_customers_document(name: str) -> None:
    if not SOURCES.is_dir():
        pytest.skip(f"the customers' documents are not at {SOURCES}")
    text = re.sub(r"\s", "", next(SOURCES.glob("000_*.txt")).read_text(encoding="utf-8"))
    # phrases that the scraped text cuts in two, or whose last character it lost
    lost = {"【Canon】", "大于¢5可用卡(尺)", "¢5-¢10孔以针规本身自重测定", "在700LUX-1200LUX照明度以上"}
    pieces = {piece for item in quoted(load_limits(name)) for piece in re.split(r"[\s|]| / |\.\.\.|;", item.quote)}
    assert {piece for piece in pieces - lost if piece not in text and piece.rstrip("。") not in text} == set()
