"""What was looked for (DECISIONS 13) and what a table says of a part without findings (DECISIONS 14)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from cvinspect.judge.agreements import Agreement, find
from cvinspect.judge.cells import Interval
from cvinspect.judge.table import LimitTable
from cvinspect.model import CAMERA_KINDS, Blob, Face, Inspected, Kind, Outcome, Reason

_DECIDING = {
    "band_count",
    "band_spacing",
    "size_limit",
    "height_limit",
    "tolerance",
    "sum_limit",
    "forbidden",
    "forbidden_unless_limit_sample",
    "unlimited",
}

WHOLE = 1 - 1e-9  # a share of a face that differs from 1 by rounding only

Remark = tuple[Outcome, Reason]


def remarks_on(
    faces: Sequence[Face],
    inspected: Sequence[Inspected] | None,
    blobs: Sequence[Blob],
    table: LimitTable,
    product_grade: str,
    agreements: tuple[Agreement, ...],
) -> Iterator[Remark]:
    """What each face lacks for a PASS, whatever was found on it. inspected None = the input claims everything."""
    for face in faces:
        if table.grade_of(face) is None:
            known = ", ".join(grade.grade for grade in table.known_grades)
            yield Outcome.REVIEW, Reason.of("unknown_grade", face=face.name, grade=face.grade, known=known)
            continue
        if inspected is not None:
            for kind in CAMERA_KINDS:
                yield from _looked_for(face, kind, inspected, table, product_grade, agreements)
        if not any(face.name in blob.faces for blob in blobs):
            yield from _nothing_found(face, table, product_grade)


def _looked_for(
    face: Face,
    kind: Kind,
    inspected: Sequence[Inspected],
    table: LimitTable,
    product_grade: str,
    agreements: tuple[Agreement, ...],
) -> Iterator[Remark]:
    rules = table.rules_for(kind, face, product_grade)
    if not rules or all(unlimited(rule, cell) for rule, cell in rules):
        return
    entries = [entry for entry in inspected if entry.face == face.name and entry.kind == kind]
    declared = next((entry.elsewhere for entry in entries if entry.elsewhere), "")
    if declared:
        yield Outcome.PASS, Reason.of("checked_elsewhere", kind=str(kind), face=face.name, by=declared)
        return
    if not entries:
        yield Outcome.REVIEW, Reason.of("not_inspected", kind=str(kind), face=face.name)
        return
    counted = find(agreements, kind, face.name, "smallest_counted")
    smallest = smallest_limit(rules)
    if counted is not None and any(from_zero(rule, cell) for rule, cell in rules):
        smallest = min(smallest, counted.smallest_mm or 0.0)
    best = max(entries, key=lambda entry: (entry.coverage >= WHOLE, entry.from_mm <= smallest, entry.coverage))
    floor = best.from_mm
    if not best.coverage >= WHOLE:
        yield Outcome.REVIEW, Reason.of("not_whole_face", kind=str(kind), face=face.name, percent=100 * best.coverage)
    if not (floor <= smallest * (1 + 1e-9) and math.isfinite(floor)):
        yield (
            Outcome.REVIEW,
            Reason.of("floor_above_limit", kind=str(kind), face=face.name, floor=floor, limit=smallest),
        )
    if counted is None and any(from_zero(rule, cell) for rule, cell in rules):
        yield Outcome.PASS, Reason.of("floor", kind=str(kind), face=face.name, floor=floor)


def _nothing_found(face: Face, table: LimitTable, product_grade: str) -> Iterator[Remark]:
    rules = [rule for kind in CAMERA_KINDS for rule, _ in table.rules_for(kind, face, product_grade)]
    says = table.nothing_found or (table.base.nothing_found if table.base else None)
    if says is not None:
        yield Outcome.PASS, Reason.of("found_nothing", face=face.name, quote=says.quote)
    elif any(rule.type in _DECIDING for rule in rules):
        yield Outcome.PASS, Reason.of("found_nothing", face=face.name, quote="")
    else:
        yield Outcome.REVIEW, Reason.of("no_standard", face=face.name, grade=face.grade, table=table.name)


def unlimited(rule: Any, cell: Any) -> bool:
    """True where the rule asks nothing of this cell."""
    if rule.type == "band_count":
        return all(band.allow == "unlimited" for band in cell.bands)
    return rule.type == "unlimited" or bool(rule.type == "height_limit" and cell.unlimited)


def smallest_limit(rules: Sequence[tuple[Any, Any]]) -> float:
    """The smallest limit above zero, as a length in mm (an area as its circle's diameter); inf where there is none."""
    lengths = [length for rule, cell in rules for length in _limits(rule, cell) if length > 0]
    return min(lengths, default=math.inf)


def from_zero(rule: Any, cell: Any) -> bool:
    """True where the rule counts, spaces or forbids however small a thing is: then somebody must say from where on."""
    if rule.type == "band_count":
        return bool(cell.bands[0].allow != "unlimited")
    if rule.type == "height_limit":
        return bool(cell.forbidden)
    return rule.type in ("forbidden", "forbidden_unless_limit_sample", "band_spacing", "sum_limit")


def _limits(rule: Any, cell: Any) -> Iterator[float]:
    if rule.type in ("band_count", "band_spacing"):
        for band in cell.bands:
            yield from (_length(edge, band) for edge in (band.lower, band.upper) if math.isfinite(edge))
    elif rule.type == "size_limit":
        yield from (_length(limit.upper, limit) for limit in cell.limits)
    elif rule.type == "height_limit" and cell.up_to_mm is not None:
        yield cell.up_to_mm
    elif rule.type == "sum_limit":
        yield 2 * math.sqrt(cell.most / math.pi) if rule.size.endswith("_mm2") else cell.most


def _length(edge: float, band: Interval) -> float:
    return 2 * math.sqrt(edge / math.pi) if "_mm2" in band.units else edge
