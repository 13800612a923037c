"""The two-language catalogue: outcomes, reasons, nouns. Findings carry codes and numbers; words come last.

`say("not_inspected", {"kind": "flash", "face": "front"}, "zh")` gives the sentence. Every code has both languages (a
test holds that), and the terms are those of the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from cvinspect.words.difference import DIFFERENCE
from cvinspect.words.nouns import NOUNS
from cvinspect.words.reasons import REASONS
from cvinspect.words.report import REPORT
from cvinspect.words.tables import TABLES

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

GIVEN = frozenset({"face", "grade", "rule", "table", "part", "view", "reference", "who", "by", "quote", "message"})
"""Fields of a sentence that hold a name or a phrase of somebody's own; these are never translated."""

CATALOGUE: dict[str, tuple[str, str]] = {**TABLES, **NOUNS, **REASONS, **REPORT, **DIFFERENCE}


def noun(code: str, lang: Language) -> str:
    """The word for `code` (a kind, outcome, quantity ...); a code that the catalogue lacks comes back as it is."""
    pair = CATALOGUE.get(code)
    return pair[LANGUAGES.index(lang)] if pair else code


def say(code: str, values: Mapping[str, Any], lang: Language) -> str:
    """The sentence for `code` in `lang`, its {fields} filled.

    Numbers come without needless zeros; a text that is itself a code of the catalogue is translated, unless it is a
    name that somebody gave. Raises KeyError for an unknown code.
    """
    sentence = CATALOGUE[code][LANGUAGES.index(lang)]
    return sentence.format(
        **{
            name: value if name in GIVEN and isinstance(value, str) else _filled(value, lang)
            for name, value in values.items()
        }
    )


def _filled(value: Any, lang: Language) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, str):
        return noun(value, lang)
    if isinstance(value, (tuple, list)):
        return ", ".join(_filled(item, lang) for item in value)
    return str(value)
