"""A limit table as text, to be read aloud: every rule and cell with where it comes from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from cvinspect.judge.cells import Interval, Names, Quoted
from cvinspect.judge.rules import AnyRule
from cvinspect.judge.table import LimitTable
from cvinspect.words import Language, noun


def table_lines(table: LimitTable, lang: Language) -> Iterator[str]:
    """The table, line by line, in `lang`; the customer's phrases stay as they are."""
    yield f"{_name(table.title, lang)}  [{table.name} {table.revision}]"
    yield f"{noun('status', lang)}: {noun('status_' + table.status, lang)}"
    yield f"{noun('document', lang)}: {table.document.document} {table.document.lines}".rstrip()
    if table.inherits is not None:
        yield f"{noun('inherits', lang)}: {table.inherits.table} {_origin(table.inherits, lang)}"
    yield from _faces(table, lang)
    yield from _conditions(table, lang)
    for rule in table.all_rules():
        yield ""
        yield from _rule(rule, lang)
    yield from _duties(table, lang)
    yield from _questions(table, lang)


def _name(names: Names, lang: Language) -> str:
    return names.zh if lang == "zh" else names.en


def _origin(cell: Quoted, lang: Language) -> str:
    """Where a cell comes from: (stated, “...”, L412#2)."""
    parts = [noun("prov_" + cell.provenance, lang)]
    parts += [f"“{cell.quote}”"] if cell.quote else []
    parts += [", ".join(cell.source)] if cell.source else []
    parts += [cell.reason] if cell.reason else []
    return f"({'; '.join(parts)})"


def _faces(table: LimitTable, lang: Language) -> Iterator[str]:
    for product in table.product_grade:
        yield f"{noun('product_grade', lang)} {product.grade} = {product.letter}: {_name(product.name, lang)}"
    for grade in table.face_grade:
        also = f" ({', '.join(grade.aliases)})" if grade.aliases else ""
        yield f"{noun('face_grade', lang)} {grade.grade}{also}: {_name(grade.name, lang)} {_origin(grade, lang)}"
    if table.face_grade_statement is not None:
        yield f"{noun('face_grade', lang)}: {_origin(table.face_grade_statement, lang)}"
    for trait in table.face_trait:
        yield f"{_name(trait.name, lang)} {_origin(trait, lang)}"
    for letter, code in table.code.items():
        yield f"{letter} = {noun(code.means, lang)} {_origin(code, lang)}"
    if table.nothing_found is not None:
        yield f"{noun('nothing_found', lang)}: {table.nothing_found.outcome} {_origin(table.nothing_found, lang)}"


def _conditions(table: LimitTable, lang: Language) -> Iterator[str]:
    for group in (table.viewing, table.environment):
        for name in type(group).model_fields:
            condition = getattr(group, name)
            if condition is not None:
                label = noun(type(group).__name__.lower() if name == "statement" else name, lang)
                yield f"{label}: {_numbers(condition)} {_origin(condition, lang)}".replace(":  (", ": (")
    sampling = table.sampling
    if sampling is not None and sampling.aql is not None:
        yield f"AQL {sampling.aql:g}, Ac {sampling.accept}, Re {sampling.reject} {_origin(sampling, lang)}"
    elif sampling is None or sampling.provenance == "not_stated":
        yield f"AQL: {noun('prov_not_stated', lang)}"


def _numbers(condition: Any) -> str:
    texts = {"at_least": "≥ {:g}", "at_most": "≤ {:g}", "nominal": "{:g}", "plus": "+{:g}", "minus": "-{:g}"}
    given = [(text, getattr(condition, key, None)) for key, text in texts.items()]
    return " ".join(text.format(value) for text, value in given if value is not None)


def _rule(rule: AnyRule, lang: Language) -> Iterator[str]:
    kinds = ", ".join(noun(str(kind), lang) for kind in rule.kinds) or noun("any", lang)
    yield f"{rule.id}  {_name(rule.title, lang)}  [{kinds}]"
    yield f"  {noun(rule.type, lang)}{_region(rule, lang)}"
    if rule.quote:
        yield f"  “{rule.quote}”"
    if rule.note:
        yield f"  {rule.note}"
    if rule.reason:
        yield f"  {noun('read_so', lang)}: {rule.reason}"
    count = getattr(rule, "count", None)
    if count is not None:
        yield f"  {noun('count', lang)}: {noun(str(count.allow), lang)} {_origin(count, lang)}"
    if rule.limit_sample_may_decide:
        yield f"  {noun('or_limit_sample', lang)}"
    for cell in rule.cell:
        yield from _cell(rule, cell, lang)
    for documented in rule.documented:
        yield f"  {noun('documented_only', lang)}: {documented}"


def _region(rule: AnyRule, lang: Language) -> str:
    size = f": {noun(rule.size, lang)}" if hasattr(rule, "size") else ""
    circle = getattr(rule, "circle_diameter_mm", None)
    region = f", Φ{circle:g} mm" if circle else ""
    readings = [*getattr(rule, "readings", ()), *getattr(rule, "counting", ())]
    told = f" ({'; '.join(noun(reading, lang) for reading in readings)})" if readings else ""
    return size + region + told


def _cell(rule: AnyRule, cell: Any, lang: Language) -> Iterator[str]:
    where = [f"{noun('face_grade', lang)} {', '.join(noun(face, lang) for face in cell.faces)}"]
    where += [f"{noun('product_grade', lang)} {cell.product_grade}"] if cell.product_grade else []
    where += [noun(cell.trait, lang)] if cell.trait else []
    yield f"  {'; '.join(where)}: {_limit(cell, lang)} {_origin(cell, lang)}".replace(":  (", ": (")
    for band in getattr(cell, "bands", ()):
        yield f"    {_interval(band)}: {_demand(band, lang)} {_origin(band, lang)}"
    for limit in getattr(cell, "limits", ()):
        yield f"    {noun(limit.quantity, lang)} {_interval(limit)} {_origin(limit, lang)}"


def _limit(cell: Any, lang: Language) -> str:
    if getattr(cell, "forbidden", False):
        return noun("none_allowed", lang)
    if getattr(cell, "unlimited", False):
        return noun("no_requirement", lang)
    if getattr(cell, "up_to_mm", None) is not None:
        return f"≤ {cell.up_to_mm:g} mm"
    if hasattr(cell, "from_mm"):
        return f"{cell.from_mm:+g} … {cell.to_mm:+g} mm"
    if hasattr(cell, "most"):
        return f"Σ ≤ {cell.most:g}"
    return ""


def _interval(band: Interval) -> str:
    """A band as a reader writes it: 0.3 ≤ x < 0.5 mm."""
    unit = "mm²" if "_mm2" in band.units else "mm"
    low = f"{band.lower:g} {'≤' if band.lower_closed else '<'} " if band.lower > 0 or not band.lower_closed else ""
    if math.isinf(band.upper):
        return f"x {'≥' if band.lower_closed else '>'} {band.lower:g} {unit}"
    return f"{low}x {'≤' if band.upper_closed else '<'} {band.upper:g} {unit}"


def _demand(band: Any, lang: Language) -> str:
    if hasattr(band, "allow"):
        if band.allow == "unlimited":
            return noun("no_requirement", lang)
        return noun("none_allowed", lang) if band.allow == 0 else f"{noun('at_most', lang)} {band.allow}"
    other = f" ({noun('or_else', lang)} {band.alternative_spacing_mm:g} mm)" if band.alternative_spacing_mm else ""
    return f"{noun('spacing_mm', lang)} ≥ {band.spacing_mm:g} mm{other}"


def _duties(table: LimitTable, lang: Language) -> Iterator[str]:
    """What the document says beside the limits: examples of graded faces, and duties that no camera does."""
    if table.part_face:
        yield f"\n{noun('examples', lang)}:"
    for example in table.part_face:
        grades = ", ".join(f"{place} = {grade}" for place, grade in example.grades.items())
        yield f"  {grades} {_origin(example, lang)}"
    if table.procedure:
        yield f"\n{noun('duties', lang)}:"
    for duty in table.procedure:
        yield f"  {duty.do or duty.id} {_origin(duty, lang)}"


def _questions(table: LimitTable, lang: Language) -> Iterator[str]:
    questions = [*table.open_question, *(table.base.open_question if table.base else ())]
    if questions:
        yield ""
        yield f"{noun('open_questions', lang)}:"
    for question in questions:
        touches = f" [{', '.join(question.touches)}]" if question.touches else ""
        yield f"  ? {_name(question.question, lang)}{touches}"
        yield f"    {noun('until_then', lang)}: {_name(question.until_then, lang)}"
