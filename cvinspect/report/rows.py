"""The tables of a page, as words: findings, blobs, what was inspected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cvinspect import words
from cvinspect.model import CAMERA_KINDS, Blob, Finding, Inspected, Measured, Outcome, Reading, Reason
from cvinspect.report.numbers import NOTHING, compared, ranges, spread, with_u
from cvinspect.report.values import Page
from cvinspect.words import Language
from cvinspect.words.numbers import fixed

SIZES = ("area_mm2", "diameter_mm", "length_mm", "width_mm", "max_dimension_mm", "height_mm")
MOST_ROWS = 200  # per table; the record holds all


def label(code: str, lang: Language, **values: Any) -> str:
    """The report's own heading or label for `code`."""
    return words.say(f"report_{code}", values, lang)


def sentence(reason: Reason, lang: Language) -> str:
    """The reason in words; one that the catalogue cannot say comes as its code and values, never as nothing."""
    try:
        return words.say(reason.code, reason.values, lang)
    except KeyError:
        return " ".join([reason.code, *(f"{name}={value}" for name, value in reason.values.items())])


def remarks(page: Page, lang: Language) -> list[str]:
    """What the verdict says beyond its findings: what was not inspected, what was assumed, what was relied upon."""
    found = {sentence(finding.reason, lang) for finding in page.verdict.findings}
    said = dict.fromkeys(sentence(reason, lang) for reason in page.verdict.reasons)
    return [text for text in said if text not in found]


def listed(codes: Iterable[str], lang: Language) -> str:
    """The nouns of `codes` one after the other."""
    return ("、" if lang == "zh" else ", ").join(words.noun(code, lang) for code in codes)


def severity(outcome: Outcome) -> int:
    """To sort by: the worst first."""
    return -list(Outcome).index(outcome)


def own_findings(page: Page) -> list[Finding]:
    """The findings about this picture's blobs or about none, the worst first."""
    here = {blob.id for blob in page.blobs}
    return sorted(
        (f for f in page.verdict.findings if not f.blobs or here.intersection(f.blobs)),
        key=lambda f: severity(f.outcome),
    )


def finding_rows(page: Page, findings: Sequence[Finding], lang: Language) -> list[dict[str, Any]]:
    """One row per finding, at most MOST_ROWS."""
    blobs = {blob.id: blob for blob in page.blobs}
    return [
        _finding_row(finding, [blobs[n] for n in finding.blobs if n in blobs], page, lang)
        for finding in findings[:MOST_ROWS]
    ]


def _finding_row(finding: Finding, blobs: Sequence[Blob], page: Page, lang: Language) -> dict[str, Any]:
    values = finding.reason.values
    measured, allowed, margin = compared(finding.measured, finding.allowed, finding.margin)
    kinds = dict.fromkeys(words.any_of(blob.kinds, lang) for blob in blobs) or [values.get("kind", "")]
    return {
        "numbers": ranges(finding.blobs) or NOTHING,
        "outcome": finding.outcome,
        "kind": listed(kinds, lang) or NOTHING,
        "face": _faces(finding, blobs, page),
        "size": _size(finding, blobs, lang),
        "rule": finding.rule,
        "quantity": _with_unit(finding.quantity, lang),
        "measured": measured,
        "allowed": allowed,
        "margin": margin,
        "reason": sentence(finding.reason, lang),
        "readings": _disagreeing(finding.readings, lang),
    }


def _faces(finding: Finding, blobs: Sequence[Blob], page: Page) -> str:
    named = finding.reason.values.get("face")
    return _graded([str(named)] if named else dict.fromkeys(name for blob in blobs for name in blob.faces), page)


def _graded(names: Iterable[str], page: Page) -> str:
    """`front (A), 侧面 (B)`."""
    grades = {face.name: face.grade for face in page.faces}
    return ", ".join(f"{name} ({grades[name]})" if name in grades else name for name in names) or NOTHING


def _size(finding: Finding, blobs: Sequence[Blob], lang: Language) -> str:
    """The size that the rule looks at: of one blob with its U, of several from the smallest to the largest."""
    named = (finding.reason.values.get("quantity"), finding.quantity, "max_dimension_mm", "diameter_mm")
    for quantity in (name for name in named if name in SIZES):
        sizes: list[Measured] = [size for blob in blobs if (size := getattr(blob, quantity)) is not None]
        if sizes:
            values = [size.value for size in sizes]
            one = with_u(sizes[0], label("u_unknown", lang))
            text = one if len(sizes) == 1 else spread(min(values), max(values))
            return f"{words.noun(quantity, lang)} {text} {_unit(quantity)}"
    return NOTHING


def _unit(quantity: str) -> str:
    return "mm²" if quantity.endswith("_mm2") else "mm" if quantity.endswith("_mm") else ""


def _with_unit(quantity: str, lang: Language) -> str:
    unit = _unit(quantity)
    return f"{words.noun(quantity, lang)} ({unit})" if unit else words.noun(quantity, lang)


def _disagreeing(readings: Sequence[Reading], lang: Language) -> list[tuple[str, Outcome]]:
    """Each reading in words and what it gives, where they differ."""
    if len({reading.outcome for reading in readings}) < 2:
        return []
    return [(listed(reading.name.split(", "), lang), reading.outcome) for reading in readings]


def blob_table(page: Page, blobs: Sequence[Blob], lang: Language) -> dict[str, Any]:
    """Heads and rows of `blobs`, at most MOST_ROWS; a size that no blob has gets no column."""
    shown = blobs[:MOST_ROWS]
    sizes = [name for name in SIZES if any(getattr(blob, name) is not None for blob in shown)]
    unknown = label("u_unknown", lang)
    heads = [label(code, lang) for code in ("number", "kind", "face", "position")]
    heads += [*(_with_unit(name, lang) for name in sizes), label("contrast", lang)]
    rows = [
        {
            "cells": [
                str(blob.id),
                words.any_of(blob.kinds, lang),
                _graded(blob.faces, page),
                f"{blob.center_mm[0]:.1f}, {blob.center_mm[1]:.1f}",
                *(with_u(getattr(blob, name), unknown) for name in sizes),
                NOTHING if blob.contrast_gray is None else fixed(blob.contrast_gray, 0),
            ],
            "doubt": listed(blob.doubt.words(), lang),
        }
        for blob in shown
    ]
    return {"heads": heads, "rows": rows}


def inspected_table(page: Page, lang: Language) -> dict[str, Any]:
    """Every face against every kind that a camera finds: from which size on, over how much of it, or not at all."""
    kinds = list(dict.fromkeys([*CAMERA_KINDS, *(entry.kind for entry in page.inspected)]))
    names = list(dict.fromkeys([*(face.name for face in page.faces), *(entry.face for entry in page.inspected)]))
    return {
        "heads": [label("face", lang), *(words.noun(kind, lang) for kind in kinds)],
        "rows": [
            (
                _graded([name], page),
                [_inspected([e for e in page.inspected if (e.face, e.kind) == (name, kind)], lang) for kind in kinds],
            )
            for name in names
        ],
    }


def _inspected(entries: Sequence[Inspected], lang: Language) -> tuple[str, str]:
    """(class, words) of one cell: `whole`, `part`, `elsewhere` or `not`."""
    if not entries:
        return "not", label("not_inspected", lang)
    texts = [
        label("checked_elsewhere", lang, by=entry.elsewhere)
        if entry.elsewhere
        else f"{label('from_mm', lang, from_mm=f'{entry.from_mm:.3g}')}, "
        f"{label('coverage', lang, percent=_percent(entry.coverage))}"
        for entry in entries
    ]
    looked = [entry for entry in entries if not entry.elsewhere]
    css = "elsewhere" if not looked else "whole" if max(e.coverage for e in looked) >= 1 - 1e-9 else "part"
    return css, "; ".join(texts)


def _percent(share: float) -> str:
    """Rounded down, so that what is not whole never reads 100."""
    return f"{int(share * 1000 + 1e-6) / 10:g}"
