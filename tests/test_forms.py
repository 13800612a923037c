"""Text into frozen values: what is refused, and in which words."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError, field_validator

from cvinspect.errors import CalibrationError, RecipeError
from cvinspect.forms import Form, load_json, parse_data, parse_toml


class Knob(Form):
    floor_mm: Annotated[float, Field(gt=0, le=5)] = 0.1
    passes: Annotated[int, Field(ge=1, lt=9)] = 1


class Lamp(Form):
    type: Literal["lamp"]
    lux: float


class Room(Form):
    type: Literal["room"]
    dark: bool
    door: int | Literal["none"] = "none"


class Recipe(Form):
    name: Annotated[str, Field(min_length=1)]
    kind: Literal["part", "lot"] = "part"
    knob: tuple[Knob, ...] = ()
    thing: tuple[Annotated[Lamp | Room, Field(discriminator="type")], ...] = ()
    made_at: datetime | None = None
    numbers: dict[str, float] = Field(default_factory=dict)
    shape: Annotated[tuple[Knob, ...], Field(min_length=1)] | None = None

    @field_validator("name")
    @classmethod
    def _no_slash(cls, name: str) -> str:
        if "/" in name:
            raise ValueError("a name holds no slash")
        return name


def refusal(text: str) -> str:
    with pytest.raises(RecipeError, match=r"^r\.toml: ") as refused:
        parse_toml(text, Recipe, "r.toml", RecipeError)
    return str(refused.value)


def test_good_text_becomes_a_frozen_value() -> None:
    text = (
        'name = "件"\nmade_at = 2026-01-02T03:04:05Z\n[[knob]]\nfloor_mm = 2\n[[thing]]\ntype = "room"\ndark = true\n'
    )
    recipe = parse_toml(text, Recipe, "r.toml", RecipeError)
    assert recipe.made_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (recipe.name, recipe.knob[0].floor_mm, recipe.thing) == ("件", 2.0, (Room(type="room", dark=True),))
    with pytest.raises(ValidationError, match="frozen"):
        recipe.name = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "r.toml: name is missing"),
        ("name = 3", "r.toml: name = 3: must be a text in quotes"),
        ('name = ""', 'r.toml: name = "": must not be empty'),
        ('name = "a/b"', "r.toml: name: a name holds no slash"),
        ('name = "a"\nnaem = 1', "r.toml: naem: unknown key; did you mean 'name'?"),
        ('name = "a"\nzzz = 1', "r.toml: zzz: unknown key"),
        ('name = "a"\nkind = "box"', "r.toml: kind = \"box\": must be 'part' or 'lot'"),
        ('name = "a"\nknob = 1', "r.toml: knob = 1: must be a list in [ ]"),
        ('name = "a"\nknob = [1]', "r.toml: knob[1] = 1: must be a table of keys and values"),
        ('name = "a"\nknob = [{floor = 1}]', "r.toml: knob[1].floor: unknown key; the unit is missing: write floor_mm"),
        ('name = "a"\nknob = [{floor_mm = 0}]', "r.toml: knob[1].floor_mm = 0: must be above 0"),
        ('name = "a"\nknob = [{floor_mm = 6}]', "r.toml: knob[1].floor_mm = 6: must be at most 5"),
        ('name = "a"\nknob = [{floor_mm = nan}]', "r.toml: knob[1].floor_mm = NaN: must be a finite number"),
        ('name = "a"\nknob = [{floor_mm = "1"}]', 'r.toml: knob[1].floor_mm = "1": must be a number without quotes'),
        ('name = "a"\nknob = [{passes = 9}]', "r.toml: knob[1].passes = 9: must be below 9"),
        ('name = "a"\nknob = [{passes = 1.0}]', "r.toml: knob[1].passes = 1.0: must be a whole number"),
        ('name = "a"\nthing = [{lux = 1}]', "r.toml: thing[1]: type is missing; allowed: lamp, room"),
        (
            'name = "a"\nthing = [{type = "rooom"}]',
            "r.toml: thing[1]: unknown type 'rooom'; did you mean 'room'?; allowed: lamp, room",
        ),
        ('name = "a"\nthing = [{type = "lamp"}]', "r.toml: thing[1].lux is missing"),
        ('name = "a"\nthing = [{type = "lamp", lux = true}]', "r.toml: thing[1].lux = true: must be a number"),
        (
            'name = "a"\nthing = [{type = "room", dark = true, door = 0.5}]',
            "r.toml: thing[1].door = 0.5: must be a whole number, or must be 'none'",
        ),
        ('name = "a"\nnumbers = {x = "1"}', 'r.toml: numbers.x = "1": must be a number without quotes'),
        ('name = "a"\nshape = []', "r.toml: shape = []: must hold at least 1"),
        ('name = "a"\nshape = [{floor_mm = 0}]', "r.toml: shape[1].floor_mm = 0: must be above 0"),
        ('name = "a"\nmade_at = "soon"', "must be a date, a time and its zone: 2026-01-31T12:00:00Z"),
        ('name = "a"\nname = "b"', "r.toml: not valid TOML: Cannot overwrite a value (at end of document): name = "),
        ("name = 0,5", "(at line 1, column 9): name = 0,5; write a number as 0.5, not as 0,5 or 1:30"),
        ("name = " + "9" * 5000, "r.toml: not valid TOML: Exceeds the limit (4300 digits)"),
        ("name = " + "[" * 9000, "r.toml: nested too deeply"),
        ("x = '" + "y" * 500, "(at end of document): x = 'yyyy"),
    ],
)
def test_a_refusal_says_where_what_stood_there_and_what_is_allowed(text: str, message: str) -> None:
    assert message in refusal(text)


def test_every_fault_is_named_once() -> None:
    faults = refusal("knob = [{floor_mm = 0}, {pases = 1}]\nnumbers = 3").splitlines()
    assert [fault.removeprefix("r.toml: ").split(":")[0] for fault in faults] == [
        "name is missing",
        "knob[1].floor_mm = 0",
        "knob[2].pases",
        "numbers = 3",
    ]


def test_a_long_value_is_cut() -> None:
    assert refusal('name = "a"\nknob = "' + "x" * 500 + '"').endswith("x...: must be a list in [ ]")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": "a", "name": "b"}', "c.json: the key 'name' stands twice in one object"),
        ('{"name": ', "c.json: not valid JSON: Expecting value at line 1, column 10"),
        ("[" * 100_000, "c.json: nested too deeply"),
        ("[]", "c.json: the file = []: must be a table of keys and values"),
        ('{"name": "a", "knob": [{"floor_mm": NaN}]}', r"c.json: knob[1].floor_mm = NaN: must be a finite number"),
    ],
)
def test_json_is_read_as_strictly(text: str, message: str) -> None:
    with pytest.raises(CalibrationError) as refused:
        parse_data(load_json(text, "c.json", CalibrationError), Recipe, "c.json", CalibrationError)
    assert message in str(refused.value)


def test_json_gives_the_same_value_as_plain_data() -> None:
    data: dict[str, Any] = {"name": "a", "knob": [{"passes": 2}]}
    text = '{"name": "a", "knob": [{"passes": 2}]}'
    assert load_json(text, "c.json", CalibrationError) == data
    value = parse_data(load_json(text, "c.json", CalibrationError), Recipe, "c.json", CalibrationError)
    assert value == parse_data(data, Recipe, "c.json", CalibrationError)
