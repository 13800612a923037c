"""The two-language catalogue: outcomes, reasons, nouns. Findings carry codes and numbers; words come last.

`say("not_inspected", {"kind": "flash", "face": "front"}, "zh")` gives the sentence. Every code has both languages (a
test holds that), and the terms are those of the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from cvinspect.words.archive import ARCHIVE
from cvinspect.words.calibration import CALIBRATION
from cvinspect.words.camera import CAMERA
from cvinspect.words.difference import DIFFERENCE
from cvinspect.words.doctor import DOCTOR
from cvinspect.words.learn import LEARN
from cvinspect.words.line import LINE
from cvinspect.words.nouns import NOUNS
from cvinspect.words.numbers import with_expanded
from cvinspect.words.page import PAGE
from cvinspect.words.reasons import REASONS
from cvinspect.words.regrade import REGRADE
from cvinspect.words.report import REPORT
from cvinspect.words.score import SCORE
from cvinspect.words.tables import TABLES
from cvinspect.words.target import TARGET

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

GIVEN = frozenset(
    {"face", "light", "grade", "rule", "table", "part", "view", "reference", "who", "by", "quote", "message"}
)
"""Fields of a sentence that hold a name or a phrase of somebody's own; these are never translated."""

CATALOGUE: dict[str, tuple[str, str]] = {
    **TABLES,
    **NOUNS,
    **REASONS,
    **REPORT,
    **DIFFERENCE,
    **CALIBRATION,
    **TARGET,
    **SCORE,
    **LEARN,
    **ARCHIVE,
    **CAMERA,
    **LINE,
    **DOCTOR,
    **PAGE,
    **REGRADE,
}


def noun(code: str, lang: Language) -> str:
    """The word for `code` (a kind, outcome, quantity ...); what is no noun of the catalogue comes back as it is."""
    pair = CATALOGUE.get(code)
    return pair[LANGUAGES.index(lang)] if pair and "{" not in pair[0] else code


def any_of(codes: Iterable[str], lang: Language) -> str:
    """The words for `codes`, of which one holds: "dent or foreign matter"."""
    return {"en": " or ", "zh": "或"}[lang].join(noun(code, lang) for code in codes)


def say(code: str, values: Mapping[str, Any], lang: Language) -> str:
    """The sentence for `code` in `lang`, its {fields} filled.

    Numbers come without needless digits; {unit} follows from the quantity, {quoted} from the quote. A text that is
    itself a code of the catalogue is translated, unless it is a name that somebody gave. Raises KeyError for an
    unknown code.
    """
    sentence = CATALOGUE[code][LANGUAGES.index(lang)]
    filled = {name: _filled(name, value, lang) for name, value in values.items()}
    if "measured" in values and "expanded" in values:
        filled["measured"], filled["expanded"] = with_expanded(values["measured"], values["expanded"])
    filled.setdefault("unit", "mm²" if str(values.get("quantity", "")).endswith("_mm2") else "mm")
    filled["quoted"] = f"{'，' if lang == 'zh' else ', '}“{values['quote']}”" if values.get("quote") else ""
    told = values.get("judged_as", ())
    filled["judged"] = "".join(say("judged_as", {"blob": blob, "kind": kind}, lang) for blob, kind in told)
    return sentence.format(**filled)


def _filled(name: str, value: Any, lang: Language) -> str:
    if isinstance(value, str):
        return value if name in GIVEN else noun(value, lang)
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (tuple, list)):
        return ", ".join(_filled(name, item, lang) for item in value)
    return str(value)
