"""The tables of a score, as words: for the report and the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cvinspect import words
from cvinspect.model import CAMERA_KINDS
from cvinspect.report.numbers import NOTHING
from cvinspect.words import Language
from cvinspect.words.numbers import fixed, plain

Data = Mapping[str, Any]
ANY = "any"


def group_name(group: str, lang: Language) -> str:
    """A kind in words; a class of the truth's own as it is written."""
    return words.noun("score_any" if group == ANY else group, lang)


def cell(value: float | None) -> str:
    """A figure of a table."""
    return NOTHING if value is None else plain(value)


def share(told: Data | None) -> str:
    """`0.95 (0.91 – 0.98)`: a rate with its interval."""
    if told is None or told["rate"] is None:
        return NOTHING
    return f"{fixed(told['rate'], 2)} ({fixed(told['low'], 2)} {NOTHING} {fixed(told['high'], 2)})"


def group_rows(data: Data, lang: Language) -> list[dict[str, Any]]:
    """One row per kind, then its size classes: name, size, figures; whole: a kind's first row."""
    rows = []
    for group in data["groups"]:
        name = group_name(group["group"], lang)
        called = group["group"] in CAMERA_KINDS
        rows.append(_row(group, name, words.noun("score_all_sizes", lang), whole=True, called=called))
        sizes = [f"{one['from']:g} {NOTHING} {one['to']:g}" for one in group["classes"]]
        if len(sizes) > 1:
            rows += [
                _row(one, "", size, whole=False, called=called)
                for one, size in zip(group["classes"], sizes, strict=True)
            ]
        elif sizes:
            rows[-1]["size"] = sizes[0]
    return rows


def _row(told: Data, name: str, size: str, whole: bool, called: bool) -> dict[str, Any]:
    """Of a kind that no label has, only false findings are shown; of one that no finding is called, none."""
    labelled = told["labels"] > 0
    figures = [
        *(str(told[code]) if labelled else NOTHING for code in ("labels", "found", "missed")),
        share(told["detected"]),
        *(cell(told[code] if called else None) for code in ("false", "false_per_picture", "false_per_mp")),
    ]
    return {"name": name, "size": size, "figures": figures, "whole": whole}


def recall_table(data: Data, lang: Language) -> dict[str, Any] | None:
    """heads: the kinds; rows: (how many false are let through, threshold, a share per kind)."""
    rows = data["recall_at"]
    if not rows:
        return None
    groups = list(rows[0]["recall"])
    said = {"picture": "score_per_picture", "good_picture": "score_per_good_picture"}
    every = words.noun("score_every_finding", lang)
    return {
        "heads": [group_name(group, lang) for group in groups],
        "rows": [
            [
                words.say(said[row["per"]], {"most": row["false_per_picture"]}, lang),
                every if row["threshold"] is None else fixed(row["threshold"], 1),
                *(share(row["recall"][group]) for group in groups),
            ]
            for row in rows
        ],
    }


def size_rows(data: Data, lang: Language) -> list[list[str]]:
    """kind, quantity, labels, median error, 8 of 10, within 10 %, within 25 %."""
    return [
        [
            group_name(row["group"], lang),
            words.noun(f"score_quantity_{row['quantity']}", lang),
            str(row["labels"]),
            percent(row["median"]),
            f"{percent(row['p10'])} .. {percent(row['p90'])}",
            share(row["within_10"]),
            share(row["within_25"]),
        ]
        for row in data["sizes"]
    ]


def percent(value: float) -> str:
    """A signed error in per cent."""
    return ("+" if value > 0.0005 else "") + fixed(100 * value, 1) + " %"


def picture_rows(data: Data, lang: Language) -> list[list[str]]:
    """What a bad picture's score is, AUROC, false rejects at zero escapes; of all bad pictures, then by class."""
    rows = []
    for code, said in (("located", "score_located"), ("picture", "score_bare")):
        rejects = data["false_rejects_at_zero_escapes"][code]
        if data["auroc"][code] is None and rejects is None:
            continue
        told = share(rejects["rejected"]) if rejects else NOTHING
        if rejects and rejects["silent"]:
            told += f" · {words.say('score_silent', rejects, lang)}"
        rows.append([words.noun(said, lang), area(data["auroc"][code]), told])
        own = data["auroc"]["groups"]
        rows += [[f"– {group_name(name, lang)}", area(told[code]), ""] for name, told in own.items() if told[code]]
    return rows


def area(told: Data | None) -> str:
    """`0.95 (0.91 – 0.98)`: an area under the ROC curve with its interval."""
    if told is None:
        return NOTHING
    return f"{fixed(told['area'], 3)} ({fixed(told['low'], 3)} {NOTHING} {fixed(told['high'], 3)})"


def false_lines(data: Data, lang: Language) -> list[str]:
    """The false findings in all, and on good pictures alone."""
    false = data["false"]
    lines = []
    if false["pictures"]:
        values = {"per_picture": cell(false["per_picture"]), "per_mp": cell(false["per_mp"])}
        lines.append(words.say("score_false_total", {**false, **values}, lang))
    if false["on_good"]["pictures"]:
        good = {**false["on_good"], "per_picture": cell(false["on_good"]["per_picture"])}
        lines.append(words.say("score_false_good", {**good, "clean": share(false["good_without"])}, lang))
    return lines


def form_name(form: str, lang: Language) -> str:
    """How the truth is written, in words."""
    return words.noun(f"score_form_{form.lower().replace(' ', '_')}", lang)


def picture_counts(data: Data, lang: Language) -> str:
    """How many pictures of which sort."""
    told = data["pictures"]
    figures = {code: told[code] for code in ("total", "bad", "good", "ignored", "parts")}
    return words.say("score_pictures_of", {**figures, "megapixels": cell(told["megapixels"])}, lang)
