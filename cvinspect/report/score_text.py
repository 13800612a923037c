"""A score for the terminal: the same tables as the report, in columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cvinspect import words
from cvinspect.report import score_rows as rows_of
from cvinspect.words import Language
from cvinspect.words.numbers import plain

Data = Mapping[str, Any]


def score_lines(data: Data, lang: Language) -> Iterator[str]:
    """Line by line what `cvinspect score` prints; data: as --json prints it."""

    def label(code: str, **values: Any) -> str:
        return words.say(f"score_{code}", values, lang)

    unit = data["scale"]["unit"]
    yield rows_of.picture_counts(data, lang)
    if data["scale"]["assumed"]:
        yield label("scale_none") if unit == "px" else label("scale_assumed", scale=data["scale"]["mm_per_px"])
    if data["truth"]["assumed_good"]:
        yield label("assumed_good", count=data["truth"]["assumed_good"])
    if data["truth"]["crumbs"]:
        yield label("crumbs", count=data["truth"]["crumbs"], least=data["truth"]["crumbs_under_px"])
    if data["pictures"]["not_inspected"]:
        yield label("not_inspected", count=len(data["pictures"]["not_inspected"]))
    codes = ("labels", "found", "missed", "rate", "false", "false_per_picture", "false_per_mp")
    rows = [[row["name"], row["size"], *row["figures"]] for row in rows_of.group_rows(data, lang)]
    if rows:
        yield from _table([label("kind"), f"{label('size')} ({unit})", *map(label, codes)], rows)
    else:
        yield label("no_places")
    yield from rows_of.false_lines(data, lang)
    pictures = rows_of.picture_rows(data, lang)
    if pictures:
        yield from _table([label("score_of"), label("auroc"), label("false_rejects")], pictures)
    recall = rows_of.recall_table(data, lang)
    if recall:
        yield from _table([label("recall_at"), label("threshold"), *recall["heads"]], recall["rows"])
    for group, told in data["pod"].items():
        yield f"{label('pod')} · {rows_of.group_name(group, lang)}: {pod_line(told, unit, lang)}"
    sizes = rows_of.size_rows(data, lang)
    if sizes:
        near = [label("within", percent=percent) for percent in (10, 25)]
        heads = ["kind", "quantity", "labels", "median", "spread"]
        yield from _table([*map(label, heads), *near], sizes)
    confusion = data["confusion"]
    if confusion["rows"]:
        names = [rows_of.group_name(column, lang) for column in confusion["columns"]]
        table = [
            [rows_of.group_name(row, lang), *map(str, counts), str(missed), "–" if judged is None else str(judged)]
            for row, counts, missed, judged in zip(
                *(confusion[key] for key in ("rows", "counts", "missed", "judged")), strict=True
            )
        ]
        yield from _table([label("confusion"), *names, label("missed"), label("judged")], table)


def pod_line(told: Data, unit: str, lang: Language) -> str:
    """a50, a90 and a90/95 of a curve, or why there is none."""
    if "code" in told:
        return words.say(f"score_pod_{told['code']}", told, lang)
    beyond = words.noun("score_pod_beyond", lang)
    sizes = (("a50", told["a50"]), ("a90", told["a90"]), ("a90/95", told["a90_95"]))
    return "; ".join(f"{name} {beyond if size is None else f'{plain(size)} {unit}'}" for name, size in sizes)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """An empty line, then the columns: the first to the left, figures to the right."""
    widths = [max(map(_width, column)) for column in zip(heads, *rows, strict=True)]
    yield ""
    for row in (heads, *rows):
        cells = [_padded(cell, width, left=i == 0) for i, (cell, width) in enumerate(zip(row, widths, strict=True))]
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """In columns of a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int, left: bool) -> str:
    room = " " * (width - _width(text))
    return text + room if left else room + text
