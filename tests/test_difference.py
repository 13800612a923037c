"""What one limit table says otherwise than another: stricter or looser, and nothing left unsaid."""

import copy
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cvinspect.config.limits import list_limits, load_limits
from cvinspect.errors import LimitsError
from cvinspect.forms import parse_data, parse_toml
from cvinspect.judge.difference import differences
from cvinspect.judge.table import LimitTable
from cvinspect.words import LANGUAGES, say
from cvinspect.words.difference import DIFFERENCE

GOOD = (Path(__file__).parent / "data" / "good_table.toml").read_text(encoding="utf-8")
COUNT_BAND = '{ below_mm = 0.3, allow = "unlimited", provenance = "stated", quote = "c1" }'
ORIGIN = 'provenance = "stated", quote = "c2", source = ["L1#1"] }'
MIDDLE = f"{{ at_least_mm = 0.3, up_to_mm = 0.5, allow = 3, {ORIGIN}"


def table(text: str) -> LimitTable:
    return parse_toml(text, LimitTable, "t.toml", LimitsError)


def sentences(a: LimitTable, b: LimitTable) -> list[str]:
    """In English, other than by `say` with none but the nouns of difference.py."""

    def filled(value: Any) -> Any:
        if isinstance(value, float):
            return f"{value:g}"
        return ", ".join(map(filled, value)) if isinstance(value, tuple) else DIFFERENCE.get(value, (value,))[0]

    said = ((DIFFERENCE[reason.code][0], reason.values) for reason in differences(a, b))
    return [sentence.format(**{name: filled(value) for name, value in values.items()}) for sentence, values in said]


# What stands in good_table.toml, what stands there in the other table, every sentence that follows.
CASES = [
    ("allow = 3", "allow = 2", ["rule a.count, face grade A: number allowed, ≥0.3 ≤0.5 mm: 3 → 2 (tightened)"]),
    ("allow = 3", "allow = 4", ["rule a.count, face grade A: number allowed, ≥0.3 ≤0.5 mm: 3 → 4 (loosened)"]),
    ("allow = 0", "allow = 1", ["rule a.count, face grade A: number allowed, >0.5 mm: 0 → 1 (loosened)"]),
    (
        COUNT_BAND,
        COUNT_BAND.replace('"unlimited"', "9"),
        ["rule a.count, face grade A: number allowed, <0.3 mm: no limit → 9 (tightened)"],
    ),
    (  # an edge that moves changes the number for the sizes between
        ("below_mm = 0.3", "at_least_mm = 0.3"),
        ("below_mm = 0.4", "at_least_mm = 0.4"),
        ["rule a.count, face grade A: number allowed, ≥0.3 <0.4 mm: 3 → no limit (loosened)"],
    ),
    (  # the edge itself goes to another band
        ("up_to_mm = 0.5", "above_mm = 0.5"),
        ("below_mm = 0.5", "at_least_mm = 0.5"),
        ["rule a.count, face grade A: number allowed, =0.5 mm: 3 → 0 (tightened)"],
    ),
    (  # a band cut in two with the same number says nothing new but its words
        MIDDLE,
        f"{MIDDLE.replace('up_to_mm = 0.5', 'below_mm = 0.4')}, {MIDDLE.replace('least_mm = 0.3', 'least_mm = 0.4')}",
        ["rule a.count, face grade A: changed in quote, source, reason, note, bands"],
    ),
    (
        "spacing_mm = 10,",
        "spacing_mm = 20,",
        ["rule a.spacing, face grade B oem: spacing, <0.1 mm²: ≥10 mm → ≥20 mm (tightened)"],
    ),
    ("up_to_mm2 = 0.2, s", "up_to_mm2 = 0.3, s", ["rule a.spacing, face grade B oem: changed in bands"]),
    (
        "spacing_mm = 150",
        "spacing_mm = 100",
        ["rule a.spacing, face grade B oem: spacing, ≥0.1 mm²: ≥150 mm → ≥100 mm (loosened)"],
    ),
    (
        "spacing_mm = 150",
        "spacing_mm = 150, alternative_spacing_mm = 100",
        ["rule a.spacing, face grade B oem: spacing, ≥0.1 mm²: ≥150 mm → ≥150 mm (100)"],
    ),
    (
        "up_to_mm2 = 0.2, p",
        "up_to_mm2 = 0.3, p",
        ["rule a.size, face grade A, B: area_mm2: ≤0.2 mm² → ≤0.3 mm² (loosened)"],
    ),
    (
        "up_to_mm2 = 0.2, p",
        "below_mm2 = 0.2, p",
        ["rule a.size, face grade A, B: area_mm2: ≤0.2 mm² → <0.2 mm² (tightened)"],
    ),
    (
        '"width_mm", below',
        '"length_mm", below',
        [
            "rule a.size, face grade A, B: width_mm: <0.25 mm → nothing (loosened)",
            "rule a.size, face grade A, B: length_mm: nothing → <0.25 mm (tightened)",
        ],
    ),
    (
        "up_to_mm = 0.05",
        "forbidden = true",
        ["rule a.height, face grade any: height_mm: ≤0.05 mm → none allowed (tightened)"],
    ),
    (
        "up_to_mm = 0.05",
        "unlimited = true",
        ["rule a.height, face grade any: height_mm: ≤0.05 mm → no limit (loosened)"],
    ),
    ("up_to_mm = 0.05", "up_to_mm = 0", ["rule a.height, face grade any: height_mm: ≤0.05 mm → ≤0 mm (tightened)"]),
    ("from_mm = -0.35", "from_mm = -0.3", ["rule a.gate, face grade A: from_mm: -0.35 mm → -0.3 mm (tightened)"]),
    ("to_mm = 0.35", "to_mm = 0.4", ["rule a.gate, face grade A: to_mm: 0.35 mm → 0.4 mm (loosened)"]),
    ("sum_up_to_mm = 7", "sum_up_to_mm = 6", ["rule a.sum, face grade A: total of all: ≤7 mm → ≤6 mm (tightened)"]),
    ('quote = "c"\n', 'quote = "cc"\n', ["rule a.count, face grade A: changed in quote"]),
    (
        'faces = ["B"]',
        'faces = ["A"]',
        [
            "rule a.spacing: no longer holds for face grade B oem",
            "rule a.spacing: now holds for face grade A oem",
        ],
    ),
    (
        'product_grade = "oem"\n',
        "",
        [
            "rule a.spacing: now holds for face grade B canon",
        ],
    ),
    (
        'trait = "paper_path"\nprov',
        'trait = "textured"\nprov',
        [
            "rule a.crack: no longer holds for face grade any paper_path",
            "rule a.crack: now holds for face grade any textured",
        ],
    ),
    ('id = "a.gate"', 'id = "a.gates"', ["rule a.gate (gate): removed", "rule a.gates (gate): added"]),
    ('type = "forbidden"', 'type = "not_stated"', ["rule a.crack: type: forbidden → not_stated"]),
    ("circle_diameter_mm = 100", "circle_diameter_mm = 50", ["rule a.count: circle_diameter_mm: 100 → 50"]),
    (
        '["cumulative_from_above", "per_band"]',
        '["per_band"]',
        ["rule a.count: counting: cumulative_from_above, per_band → per_band"],
    ),
    ("limit_sample_may_decide = true", "", ["rule a.height: limit_sample_may_decide: yes → no"]),
    ("aql = 0.65", "aql = 0.4", ["sampling.aql: 0.65 → 0.4 (tightened)"]),
    ("reject = 1", "reject = 2", ["sampling.reject: 1 → 2 (loosened)"]),
    ("accept = 0\n", "", ["sampling.accept: 0 → nothing"]),
    ("at_least = 500", "at_least = 700", ["viewing.lux: ≥500 ≤1000 → ≥700 ≤1000"]),
    ("at_least = 500", "nominal = 20, at_least = 500", ["viewing.lux: ≥500 ≤1000 → ≥500 ≤1000 20"]),
    ('quote = "v"', 'quote = "vv"', ["viewing.lux: changed in quote"]),
    ('status = "draft"', 'status = "approved"', ["status: draft → approved"]),
    ('revision = "1"', 'revision = "2"', ["table: good@1 → good@2"]),
    ("allow_draft = true", "", ["allow_draft: yes → no"]),
    ('aliases = ["side"]', "", ["face_grade B: changed in aliases"]),
    ('en = "wait"', 'en = "stop"', ["open_question ask: changed in until_then"]),
    ("[200, 300]", "[200, 301]", ["procedure a.pin: changed in numbers"]),
    ('note = ["one"]', 'note = ["two"]', ["note one: removed", "note two: added"]),
]


@pytest.mark.parametrize(("old", "new", "expected"), CASES)
def test_a_change_is_said_in_words(old: str | tuple[str, ...], new: str | tuple[str, ...], expected: list[str]) -> None:
    text = GOOD
    for before, after in zip(*((part,) if isinstance(part, str) else part for part in (old, new)), strict=True):
        assert text.count(before) == 1
        text = text.replace(before, after)
    assert sentences(table(GOOD), table(text)) == expected


@pytest.mark.parametrize(("old", "new", "expected"), [case for case in CASES if "tightened" in case[2][0]][:4])
def test_the_other_way_round_what_was_tightened_is_loosened(old: Any, new: Any, expected: list[str]) -> None:
    text = GOOD
    for before, after in zip(*((part,) if isinstance(part, str) else part for part in (old, new)), strict=True):
        text = text.replace(before, after)
    backwards = sentences(table(text), table(GOOD))
    assert ["loosened" in sentence for sentence in backwards] == ["tightened" in sentence for sentence in expected]


@pytest.mark.parametrize("name", list_limits())
def test_a_table_does_not_differ_from_itself(name: str) -> None:
    assert differences(load_limits(name), load_limits(name)) == ()


def leaves(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from leaves(value, (*path, key))


def changed(data: Any, path: tuple[Any, ...]) -> Any:
    """The data with one value changed, or with one list or table left out."""
    data = copy.deepcopy(data)
    here = data
    for key in path[:-1]:
        here = here[key]
    value = here[path[-1]]
    if isinstance(value, bool):
        here[path[-1]] = not value
    elif isinstance(value, (int, float)):
        here[path[-1]] = value + 1
    elif isinstance(value, str):
        here[path[-1]] = value + "x"
    else:
        del here[path[-1]]
    return data


PATHS = list(leaves(tomllib.loads(GOOD)))


def test_no_change_is_left_unsaid() -> None:
    good, data, said = table(GOOD), tomllib.loads(GOOD), 0
    for path in PATHS:
        try:
            other = parse_data(changed(data, path), LimitTable, "t.toml", LimitsError)
        except LimitsError:
            continue
        if other != good:
            reasons = differences(good, other)
            assert all(say(reason.code, reason.values, lang) for lang in LANGUAGES for reason in reasons)
            assert reasons, path
            said += 1
    assert said > 100


def test_inherited_rules_are_no_difference() -> None:
    codes = {reason.code for reason in differences(load_limits("canon"), load_limits("other-customers"))}
    assert not {code for code in codes if "rule" in code or "tight" in code or "loos" in code}
    assert differences(load_limits("other-customers"), load_limits("sharp"))


def test_every_code_is_said_in_both_languages_with_the_same_values() -> None:
    fields = [[{part.split("}")[0] for part in text.split("{")[1:]} for text in pair] for pair in DIFFERENCE.values()]
    assert all(english == chinese for english, chinese in fields)


def test_chinese() -> None:
    reasons = differences(table(GOOD), table(GOOD.replace("allow = 3", "allow = 2")))
    assert [say(reason.code, reason.values, "zh") for reason in reasons] == [
        "规则 a.count,外观面等级 A:允许个数, ≥0.3 ≤0.5 mm:3 → 2(加严)"
    ]
