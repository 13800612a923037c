"""The answer of judging again, for people: one HTML page and one workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cvinspect import words
from cvinspect.errors import ArchiveError
from cvinspect.forms import write_text
from cvinspect.pictures import clean_text
from cvinspect.report.pages import TEMPLATES
from cvinspect.report.regrade_values import OUTCOMES, Answer, Told
from cvinspect.report.rows import sentence
from cvinspect.words import Language

MOST_ROWS = 2000  # of a table of the page; the workbook holds all
_ORDER = tuple(str(outcome) for outcome in OUTCOMES)
Rows = Callable[[], Iterable[Told]]


def label(code: str, lang: Language, **values: Any) -> str:
    """The report's own word for `code`."""
    return words.say(f"again_{code}", values, lang)


def in_out(answer: Answer, lang: Language) -> str:
    """Counts in and counts out."""
    told = {name: answer.counts[name] for name in ("done", "failed", "quarantined")}
    return words.say("regrade_in_out", {"count": answer.asked, "out": sum(told.values()), **told}, lang)


def facts(answer: Answer, lang: Language) -> Iterator[tuple[str, str, str]]:
    """(what, text, hash) of the heading."""
    own = label("own" if answer.mode != "photographs" else "none", lang)
    yield label("source", lang), answer.source, ""
    yield label("scope", lang), answer.scope or label("all", lang), ""
    yield label("limits", lang), answer.limits or own, answer.limits_sha256
    yield label("recipe", lang), answer.recipe or own, answer.recipe_sha256
    yield label("who", lang), answer.who, ""
    if answer.why:
        yield label("why", lang), answer.why, ""
    yield label("when", lang), f"{_time(answer.began)} – {_time(answer.ended)} UTC", ""
    yield label("software", lang), f"cvinspect {answer.software}", ""
    row = f"{answer.row}" if answer.row else words.say("regrade_no_row", {}, lang)
    yield label("row", lang), row, ""
    yield label("results", lang), "", answer.results_sha256


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def told_row(row: Told, lang: Language) -> dict[str, Any]:
    """A part as texts."""
    more = [f"{words.noun('again_lot', lang)} {row.lot}"] if row.lot else []
    more += [
        f"{words.noun(f'again_id_{name}', lang)} {value}"
        for name, value in row.identity.items()
        if name not in ("part", "lot") and value
    ]
    return {
        "part": row.part,
        "record": row.record,
        "lot": row.lot,
        "more": ", ".join(more),
        "old": row.old,
        "new": row.new,
        "state": label(f"state_{row.state}", lang) if row.state != "done" else "",
        "cause": label(f"cause_{row.cause}", lang) if row.cause else "",
        "was_rule": row.was_rule,
        "was": sentence(row.was, lang) if row.was else "",
        "now_rule": row.now_rule,
        "now": sentence(row.now, lang),
    }


def is_lost(row: Told) -> bool:
    """Whether it could not be judged again."""
    return row.state != "done"


def is_shown(row: Told) -> bool:
    """Whether it changed, or does not pass where nothing was known before."""
    return not is_lost(row) and (row.old != row.new if row.old else row.new != "PASS")


def write_regrade_report(path: Path, answer: Answer, rows: Rows, lang: Language) -> None:
    """Writes the page whole or not at all. Raises ArchiveError where it cannot be written."""
    changes, lost = _table(filter(is_shown, rows()), lang), _table(filter(is_lost, rows()), lang)
    text = TEMPLATES.get_template("regrade.html").render(
        answer=answer,
        lang=lang,
        colon="：" if lang == "zh" else ": ",
        label=lambda code, **values: label(code, lang, **values),
        noun=lambda code: words.noun(code, lang),
        facts=list(facts(answer, lang)),
        in_out=in_out(answer, lang),
        ended=f"{_time(answer.ended)} UTC",
        outcomes=_ORDER,
        matrix=[_matrix_row(answer, old) for old in answer.olds],
        sums=[sum(answer.of(old, new) for old in answer.olds) for new in _ORDER],
        known=any(answer.olds),
        changes=changes,
        lost=lost,
        lost_count=lost["count"],
    )
    write_text(path, text, ArchiveError)


def _table(rows: Iterable[Told], lang: Language) -> dict[str, Any]:
    shown: list[dict[str, Any]] = []
    count = 0
    for row in rows:
        count += 1
        if count <= MOST_ROWS:
            shown.append(told_row(row, lang))
    return {"rows": shown, "count": count, "left": count - len(shown)}


def _matrix_row(answer: Answer, old: str) -> Mapping[str, Any]:
    cells = [(answer.of(old, new), _css(old, new, answer.of(old, new))) for new in _ORDER]
    return {"old": old, "cells": cells, "sum": sum(count for count, _ in cells)}


def _css(old: str, new: str, count: int) -> str:
    if not count:
        return "none"
    if not old or old == new:
        return "same"
    return "worse" if _ORDER.index(new) > _ORDER.index(old) else "better"


def write_regrade_workbook(path: Path, answer: Answer, rows: Rows, lang: Language) -> None:
    """Writes the workbook: the summary, what changed, what could not be judged. Raises ArchiveError."""
    import xlsxwriter

    half = path.with_name(f".{path.name}.half.xlsx")
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    try:
        book = xlsxwriter.Workbook(str(half), options)
        bold = book.add_format({"bold": True})
        _summary(book.add_worksheet(label("summary", lang)), answer, lang, bold)
        for code, wanted in (("sheet_changes", is_shown), ("sheet_lost", is_lost)):
            _sheet(book.add_worksheet(label(code, lang)), filter(wanted, rows()), lang, bold)
        book.close()
        half.replace(path)
    except OSError as bad:
        raise ArchiveError(f"{path}: cannot be written: {bad.strerror}; choose another --out") from bad
    finally:
        half.unlink(missing_ok=True)


def _summary(sheet: Any, answer: Answer, lang: Language, bold: Any) -> None:
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 6, 14)
    lines: list[list[Any]] = [[label("title", lang)], [label(f"mode_{answer.mode}", lang)], [in_out(answer, lang)]]
    lines += [[name, f"{text} {code}".strip()] for name, text, code in facts(answer, lang)]
    lines += [[label("overridden", lang), *answer.overridden]] if answer.overridden else []
    if answer.limits_status not in ("", "approved"):
        lines.append([label("draft", lang, message=words.noun(f"status_{answer.limits_status}", lang))])
    heads = [f"{label('then', lang)} / {label('now', lang)}", *_ORDER, label("sum", lang)]
    lines += [[label("untouched", lang)], [], heads]
    for old in answer.olds:
        counts = [answer.of(old, new) for new in _ORDER]
        lines.append([old or label("no_old", lang), *counts, sum(counts)])
    sums = [sum(answer.of(old, new) for old in answer.olds) for new in _ORDER]
    lines.append([label("sum", lang), *sums, answer.asked])
    lines.append([label("changed_count", lang, count=answer.changed, parts=answer.asked)])
    for number, line in enumerate(lines):
        sheet.write_row(number, 0, [_cell(item) for item in line], bold if line is heads or not number else None)


_XLSX_ROWS = 1_048_575
_HEADS = ("part", "record", "lot", "others", "then", "now", "state", "cause")


def _sheet(sheet: Any, rows: Iterable[Told], lang: Language, bold: Any) -> None:
    heads = [label(code, lang) for code in _HEADS]
    for when in ("then", "now"):
        heads += [f"{label('rule', lang)} ({label(when, lang)})", label(f"why_{when}", lang)]
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 7, 14)
    sheet.set_column(8, 8, 16)
    sheet.set_column(9, 9, 60)
    sheet.set_column(10, 10, 16)
    sheet.set_column(11, 11, 60)
    sheet.write_row(0, 0, heads, bold)
    count = 0
    for count, row in enumerate(rows, 1):
        if count > _XLSX_ROWS:
            raise ArchiveError(f"a sheet holds {_XLSX_ROWS} rows, and more parts changed; take fewer with --where")
        told = told_row(row, lang)
        names = ("part", "record", "lot", "more", "old", "new", "state", "cause", "was_rule", "was", "now_rule", "now")
        sheet.write_row(count, 0, [_cell(told[name] or "") for name in names])
    sheet.autofilter(0, 0, max(count, 1), len(heads) - 1)


def _cell(item: Any) -> Any:
    return clean_text(item)[:32_000] if isinstance(item, str) else item
