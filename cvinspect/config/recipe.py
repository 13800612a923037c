"""The recipe: which part, seen in which views, which faces of which grade, what is looked for and where else."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from cvinspect.config.fitness import FitnessEntry
from cvinspect.config.locating import FixedEntry, LocateEntry
from cvinspect.config.outline import check_outline
from cvinspect.errors import RecipeError
from cvinspect.forms import Form, parse_toml, read_text
from cvinspect.judge.cells import ProductGrade, Text
from cvinspect.judge.single import NO_FUNCTION
from cvinspect.judge.table import DecisionRule
from cvinspect.model import Face, Kind
from cvinspect.pictures import clean_text

Point = tuple[float, float]


class Signed(Form):
    """Who answered a question for a face, the customer's reference, and until when."""

    who: Text
    reference: Text
    expires: date


class FaceEntry(Form):
    """One face: its grade in the customer's words, its outline in mm, traits such as paper_path.

    no_function: a signed answer that flash on this face does not affect the function (DECISIONS 10).
    """

    name: Text
    grade: Text
    outline: Literal["frame"] | Annotated[tuple[Point, ...], Field(min_length=3)] = "frame"
    traits: tuple[Literal["paper_path"], ...] = ()
    no_function: Signed | None = None

    @field_validator("outline")
    @classmethod
    def _simple(cls, outline: Any) -> Any:
        if outline != "frame":
            check_outline(outline)
        return outline

    def value(self, on: date) -> Face:
        """The face as the road knows it; an expired answer is no answer."""
        answered = self.no_function is not None and on <= self.no_function.expires
        traits = (*self.traits, NO_FUNCTION) if answered else self.traits
        return Face(self.name, self.grade, None if self.outline == "frame" else self.outline, traits)


def _kinds(detect: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    named = [Kind.named(word) for word in detect]
    if len(set(named)) < len(named):
        raise ValueError(f"a kind stands twice: {', '.join(detect)}")
    return detect


Detect = Annotated[dict[str, dict[str, Any]], AfterValidator(_kinds)]
"""Per kind the knobs of its detector; an empty table is its defaults."""


class LightEntry(Form):
    """A further picture of the same moment in another light. detect: what reads it; left out: what reads the first."""

    name: Text
    detect: Detect | None = None


class ViewEntry(Form):
    """One camera's look at the part. detect: what is looked for in its picture; light: its further lights; learned: the
    file that `cvinspect learn` wrote, beside the recipe; pattern_mm: the period of a pattern of light to be taken out;
    turned: the part is a turned one, seen along its axis: what goes round is its own look.
    """

    name: Text
    calibration: str = ""
    learned: str = ""
    face: Annotated[tuple[FaceEntry, ...], Field(min_length=1)]
    locate: LocateEntry = FixedEntry()
    fitness: FitnessEntry = FitnessEntry()
    detect: Detect = Field(default_factory=dict)
    light: tuple[LightEntry, ...] = ()
    pattern_mm: Annotated[float, Field(gt=0, le=1000)] | None = None
    turned: bool = False

    @field_validator("light")
    @classmethod
    def _lights_once(cls, lights: tuple[LightEntry, ...]) -> tuple[LightEntry, ...]:
        names = [light.name for light in lights]
        if len(set(names)) < len(names):
            raise ValueError(f"a light stands twice: {', '.join(names)}")
        return lights

    @model_validator(mode="after")
    def _one_ground(self) -> Self:
        asked = {"pattern_mm": self.pattern_mm is not None, "turned": self.turned, "learned": bool(self.learned)}
        given = [word for word, told in asked.items() if told]
        if len(given) > 1:
            raise ValueError(
                f"{' and '.join(given)} exclude each other: each says by itself what the ground is; keep one"
            )
        return self

    @model_validator(mode="after")
    def _frame_is_for_one(self) -> Self:
        framed = [face.name for face in self.face if face.outline == "frame"]
        if framed and len(self.face) > 1:
            raise ValueError(
                f'outline = "frame" is for an only face, but {", ".join(framed)} has company; draw it in mm'
            )
        return self


class LimitsEntry(Form):
    """Whose table judges, and how. unresolved: what to do where a limit is smaller than what the pixels resolve."""

    name: Text
    product_grade: ProductGrade | None = None
    decision_rule: DecisionRule | None = None
    ambiguity: Literal["review", "worst"] = "review"
    agreements: str = ""
    unresolved: Literal["refuse", "review"] = "refuse"


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank; say where and by what it is checked")
    return text


Words = Annotated[Text, AfterValidator(_not_blank)]


class Elsewhere(Form):
    """A kind that is checked by other means: where and by what. faces: empty = all."""

    kind: Kind
    by: Words
    faces: tuple[Text, ...] = ()

    @field_validator("kind", mode="before")
    @classmethod
    def _named(cls, word: Any) -> Any:
        return Kind.named(word) if isinstance(word, str) else word


class RecipeFile(Form):
    """A recipe's text."""

    schema_: Literal["cvinspect-recipe/1"] = Field(alias="schema")
    part: Text
    pictures: str = ""
    note: str = ""
    limits: LimitsEntry | None = None
    elsewhere: tuple[Elsewhere, ...] = ()
    view: Annotated[tuple[ViewEntry, ...], Field(min_length=1)]

    @field_validator("pictures")
    @classmethod
    def _pattern(cls, pattern: str) -> str:
        pattern_of(pattern)
        return pattern

    @model_validator(mode="after")
    def _names_once(self) -> Self:
        for what, names in (
            ("view", [view.name for view in self.view]),
            ("face", [face.name for view in self.view for face in view.face]),
        ):
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"{what} {name!r} stands twice")
        if len(self.view) > 1 and "{view}" not in self.pictures:
            raise ValueError('several views need a file-name pattern with {view}, as pictures = "{part}_{view}.png"')
        faces = {face.name for view in self.view for face in view.face}
        for entry in self.elsewhere:
            if set(entry.faces) - faces:
                raise ValueError(
                    f"elsewhere: unknown face {', '.join(set(entry.faces) - faces)}; known: {', '.join(faces)}"
                )
        return self


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe and where it was read."""

    path: Path
    text: str
    sha256: str
    file: RecipeFile

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return clean_text(self.path.stem)


def load_recipe(path: Path) -> Recipe:
    """The recipe in `path`. Raises RecipeError with the file, the key, what stood there and what is allowed."""
    absent = "no such recipe; write one with `cvinspect recipe new NAME --face front=1 -o FILE`"
    text = read_text(path, RecipeError, absent)
    file = parse_toml(text, RecipeFile, str(path), RecipeError)
    return Recipe(path, text, hashlib.sha256(text.encode()).hexdigest(), file)


def pattern_of(pattern: str) -> re.Pattern[str]:
    """A file-name pattern such as "{part}_{view}.png" as a regular expression; raises ValueError for another field."""
    parts = re.split(r"(\{[^{}]*\})", pattern)
    known = {"{part}": "(?P<part>.+?)", "{view}": "(?P<view>.+?)", "{any}": ".*?"}
    for part in parts:
        if part.startswith("{") and part not in known:
            raise ValueError(f"unknown field {part} in the file-name pattern; allowed: {', '.join(known)}")
    if any(pattern.count(field) > 1 for field in known):
        raise ValueError(f"{', '.join(known)} may stand once each in the file-name pattern")
    return re.compile("".join(known.get(part, re.escape(part)) for part in parts))
