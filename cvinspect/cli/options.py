"""Options and exit codes that several commands share."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cvinspect.model import Outcome


class Lang(StrEnum):
    """The language of what people read."""

    EN = "en"
    ZH = "zh"


class Grade(StrEnum):
    """Product grade (Canon's table: A = oem, B = canon)."""

    OEM = "oem"
    CANON = "canon"


class Rule(StrEnum):
    """Decision rule of ISO 14253-1."""

    GUARDED = "guarded"
    STRICT = "strict"
    SIMPLE = "simple"


class Ambiguity(StrEnum):
    """What disagreeing readings give."""

    REVIEW = "review"
    WORST = "worst"


LangOption = Annotated[Lang, typer.Option("--lang", help="Language of reasons and reports.")]
GradeOption = Annotated[
    Grade | None, typer.Option("--product-grade", help="Product grade; not given: the stricter (oem), and said so.")
]
RuleOption = Annotated[
    Rule | None, typer.Option("--decision-rule", help="Instead of the table's own; marked on every verdict.")
]
AmbiguityOption = Annotated[
    Ambiguity | None, typer.Option("--ambiguity", help="What disagreeing readings of a rule give.")
]
AgreementsOption = Annotated[
    Path | None, typer.Option("--agreements", help="TOML of what customer and supplier signed for the part.")
]
IdOption = Annotated[
    list[str] | None,
    typer.Option(
        "--id", metavar="NAME=VALUE", help="What the archive's records say besides, as lot=L7; again for more."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON on stdout, and nothing else there.")]
LightOption = Annotated[
    list[str] | None,
    typer.Option(
        "--light",
        metavar="NAME=PICTURE|FOLDER",
        help="The same under another light; of a folder, the picture of the same file name. May be given again.",
    ),
]
LearnedOption = Annotated[
    Path | None, typer.Option("--learned", help="What `cvinspect learn` wrote; instead of the recipe's.")
]
LimitsOption = Annotated[
    str | None, typer.Option("--limits", help="Limit table: NAME, NAME@REVISION, or a .toml file.")
]

EXIT_CODES = "Exit code: 0 all PASS, 1 any FAIL, 4 else any INVALID, 3 else any REVIEW, 2 usage or configuration error."
_EXIT = {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.REVIEW: 3, Outcome.INVALID: 4}


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """The exit code for these outcomes: the worst one's."""
    return _EXIT[Outcome.worst(outcomes)]
