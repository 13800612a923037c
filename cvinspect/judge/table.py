"""A customer's limit table as a value: what may stand in `limits/*.toml`, and which rule answers for a face."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from cvinspect.forms import Form
from cvinspect.judge.cells import ANY, Names, Positive, ProductGrade, Quoted, Text
from cvinspect.judge.rules import AnyRule
from cvinspect.model import Face, Kind

DecisionRule = Literal["guarded", "strict", "simple"]
PAPER_PATH = "paper_path"


class FaceGrade(Quoted):
    """A face grade and the other names that its customer's documents use for it."""

    grade: Text
    name: Names
    aliases: tuple[Text, ...] = ()


class FaceTrait(Quoted):
    """What a face may be besides its grade, such as a paper path; a face of any grade may have it."""

    trait: Text
    name: Names


class ProductGradeName(Quoted):
    """A grade of the product (Canon: OEM and Canon); never a face grade."""

    grade: ProductGrade
    letter: Text
    name: Names


class Condition(Quoted):
    """One viewing or environment condition; at_least and at_most include their value, unless the note says more."""

    at_least: float | None = None
    at_most: float | None = None
    nominal: float | None = None
    plus: float | None = None
    minus: float | None = None


class Viewing(Form):
    """How a person looks; the reference for lamp and camera. Left out = not stated; statement: what is said instead."""

    statement: Quoted | None = None
    lux: Condition | None = None
    distance_cm: Condition | None = None
    angle_deg: Condition | None = None
    tilt_deg: Condition | None = None
    time_s: Condition | None = None


class Environment(Form):
    """Where a person looks. Left out = not stated."""

    temperature_c: Condition | None = None
    humidity_pct: Condition | None = None
    statement: Quoted | None = None


class Sampling(Quoted):
    """Acceptance sampling: AQL (percent), acceptance and rejection number (ISO 2859)."""

    aql: Positive | None = None
    accept: Annotated[int, Field(ge=0)] | None = None
    reject: Annotated[int, Field(ge=1)] | None = None
    standard: Text = "not stated"
    level: Text = "not stated"


class Inherits(Quoted):
    """What is looked up in another table where this one is silent."""

    table: Text = Field(alias="from")
    scope: Annotated[tuple[Literal["limits", "viewing", "sampling", "procedures"], ...], Field(min_length=1)]


class PartFace(Quoted):
    """An example of the source: which face of a concrete part has which grade."""

    grades: dict[str, str]


class Procedure(Quoted):
    """A duty that no camera does: gauges, records, reports, sign-off."""

    id: Text
    do: str = ""
    numbers: dict[str, float | tuple[float, ...]] = Field(default_factory=dict)


class OpenQuestion(Form):
    """What the customer must still answer, and what is done until then."""

    question: Names
    touches: tuple[str, ...] = ()
    until_then: Names


class NothingFound(Quoted):
    """The table itself says that a part without findings passes."""

    outcome: Literal["PASS"]


class Code(Quoted):
    """A letter of the customer's documents and the quantity that it stands for."""

    means: Text


class Document(Form):
    """Where the table was read."""

    document: Text
    lines: str = ""
    note: str = ""


class LimitTable(Form):
    """One customer's limit table, one revision.

    sha256 and text (its bytes) and base (the table it inherits from) are given by `bound`, never by the file.
    face_grade_statement: what the document says of face grades where it states none.
    """

    schema_: Literal["cvinspect-limits/1"] = Field(alias="schema")
    name: Text
    revision: Text
    status: Literal["draft", "reviewed", "approved", "withdrawn"]
    allow_draft: bool = False
    title: Names
    decision_rule: DecisionRule = "guarded"
    document: Document
    inherits: Inherits | None = None
    nothing_found: NothingFound | None = None
    product_grade: tuple[ProductGradeName, ...] = ()
    face_grade: tuple[FaceGrade, ...] = ()
    face_grade_statement: Quoted | None = None
    face_trait: tuple[FaceTrait, ...] = ()
    part_face: tuple[PartFace, ...] = ()
    viewing: Viewing = Viewing()
    environment: Environment = Environment()
    sampling: Sampling | None = None
    rule: tuple[AnyRule, ...] = ()
    procedure: tuple[Procedure, ...] = ()
    open_question: tuple[OpenQuestion, ...] = ()
    note: tuple[str, ...] = ()
    code: dict[str, Code] = Field(default_factory=dict)
    _sha256: str = PrivateAttr("")
    _text: bytes = PrivateAttr(b"")
    _base: LimitTable | None = PrivateAttr(None)
    _found: dict[Any, list[tuple[AnyRule, Any]]] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _check_unique("rule id", [rule.id for rule in self.rule])
        _check_unique("face grade or alias", [n for g in self.face_grade for n in {g.grade, *g.aliases}])
        _check_unique("product grade", [grade.grade for grade in self.product_grade])
        _check_unique("face trait", [trait.trait for trait in self.face_trait])
        _check_unique("procedure id", [procedure.id for procedure in self.procedure])
        grades = {grade.grade for grade in self.face_grade}
        for rule in self.rule:
            _check_cells(rule, grades)
        return self

    def bound(self, sha256: str, base: LimitTable | None, text: bytes = b"") -> LimitTable:
        """The same table, knowing its text, the hash of it and the table it inherits from.

        Raises ValueError where a cell names a face grade that neither of the two knows.
        """
        table = self.model_copy()
        table._sha256, table._base, table._text, table._found = sha256, base, text, {}
        for rule in self.rule:
            _check_cells(rule, {grade.grade for grade in table.known_grades})
        return table

    @property
    def sha256(self) -> str:
        """Hash of the text, over the base's hash where there is one."""
        return self._sha256

    @property
    def text(self) -> bytes:
        """The file as it was read; empty of a table that no file states."""
        return self._text

    @property
    def base(self) -> LimitTable | None:
        """The table that this one inherits from."""
        return self._base

    @property
    def known_grades(self) -> tuple[FaceGrade, ...]:
        """The face grades that the table states, else those of the table it inherits from."""
        return self.face_grade or (self.base.known_grades if self.base else ())

    @property
    def has_product_grades(self) -> bool:
        """Whether its limits depend on the product grade, which a policy should then give."""
        return bool(self.product_grade) or (self.base is not None and self.base.has_product_grades)

    def grade_of(self, face: Face) -> str | None:
        """The table's own name of the face's grade; None where the table knows no such grade.

        A table that states no face grades at all (its slide was a picture) takes every grade as it stands.
        """
        if not self.known_grades:
            return face.grade
        return next((g.grade for g in self.known_grades if face.grade == g.grade or face.grade in g.aliases), None)

    def rules_for(self, kind: Kind, face: Face, product_grade: str) -> list[tuple[AnyRule, Any]]:
        """Every (rule, cell) that answers for `kind` on `face`; the base's where this table has none for that trait."""
        key = (kind, face.grade, face.traits, product_grade)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._rules_for(kind, face, product_grade)
        return found

    def _rules_for(self, kind: Kind, face: Face, product_grade: str) -> list[tuple[AnyRule, Any]]:
        grade = self.grade_of(face)
        if grade is None:
            return []
        own = [
            (rule, cell)
            for rule in self.rule
            if rule.speaks_of(kind)
            for cell in rule.cell
            if cell.holds_for(face, grade, product_grade)
        ]
        if self.base is None or self.inherits is None or "limits" not in self.inherits.scope:
            return own
        spoken = {cell.trait for _, cell in own}
        lower = self.base.rules_for(kind, face, product_grade)
        return [*own, *((rule, cell) for rule, cell in lower if cell.trait not in spoken)]

    def all_rules(self) -> Iterator[AnyRule]:
        """The table's own rules, then those it inherits."""
        yield from self.rule
        if self.base is not None:
            yield from self.base.all_rules()


def _check_unique(what: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{what} {name!r} stands twice")


def _check_cells(rule: AnyRule, grades: set[str]) -> None:
    """A cell names known grades, and no two cells of a rule answer for the same face."""
    taken: set[tuple[str, str]] = set()
    for cell in rule.cell:
        for face in cell.faces:
            if grades and face != ANY and face not in grades:
                raise ValueError(f"rule {rule.id}: unknown face grade {face!r}; known: {', '.join(sorted(grades))}")
            places = {(face, grade) for grade in ([cell.product_grade] if cell.product_grade else ["oem", "canon"])}
            clash = [p for p in places if any(p[1] == t[1] and (p[0] == t[0] or ANY in (p[0], t[0])) for t in taken)]
            if clash:
                raise ValueError(f"rule {rule.id}: two cells answer for face grade {face!r}")
            taken |= places
