"""The catalogue: both languages, the same fields, the field's own terms, no code that means two things."""

import re
import string
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

from cvinspect import words
from cvinspect.model import Doubt, Kind, Outcome

CHINESE = re.compile("[\u4e00-\u9fff]")
NOT_OUR_TERMS = ("裁决", "评审", "闪光", "限制表", "误差", "配方", "挑战件", "逃逸", "黄金件")


def fields(sentence):
    return sorted({name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None})


def says_something(sentence):
    """What is left beside the fields, numbers and signs."""
    return re.search("[A-Za-z]{2}", re.sub(r"\{\w*\}|\bmm\b|SHA-256", "", sentence)) is not None


@pytest.mark.parametrize("code", sorted(words.CATALOGUE))
def test_every_entry_is_whole(code):
    english, chinese = words.CATALOGUE[code]
    assert english.strip()
    assert chinese.strip()
    assert fields(english) == fields(chinese)
    assert not CHINESE.search(english)
    assert CHINESE.search(chinese) or not says_something(english)


@pytest.mark.parametrize("code", sorted(words.CATALOGUE))
def test_no_term_that_means_something_else(code):
    assert [term for term in NOT_OUR_TERMS if term in words.CATALOGUE[code][1]] == []


def pages():
    """Every dict of words that a page of `words` shows."""
    for path in Path(words.__file__).parent.glob("[a-z]*.py"):
        module = import_module(f"cvinspect.words.{path.stem}")
        yield from (page for name, page in vars(module).items() if name[0].isupper() and isinstance(page, dict))


def test_no_code_stands_twice():
    codes = Counter(code for page in pages() for code in page)
    assert [code for code, count in codes.items() if count > 1] == []
    assert codes.keys() == words.CATALOGUE.keys()


@pytest.mark.parametrize("code", [*Kind, *Outcome, *(d.name.lower() for d in Doubt), "draft", "guarded", "area_mm2"])
def test_nouns_are_there(code):
    assert words.noun(code, "zh") != code
    assert CHINESE.search(words.noun(code, "zh"))


@pytest.mark.parametrize(
    ("code", "chinese"),
    [("PASS", "合格"), ("FAIL", "不合格"), ("REVIEW", "待复判"), ("INVALID", "检测无效"), ("flash", "毛刺")],
)
def test_the_terms_of_the_field(code, chinese):
    assert words.noun(code, "zh") == chinese


def test_an_unknown_noun_stays_as_it_is():
    assert words.noun("front", "zh") == "front"


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "1,2.5: scratch, dent 0.4301 x"), ("zh", "1,2.5：划伤, 凹痕 0.4301 x")]
)
def test_say_fills_the_fields(monkeypatch, lang, said):
    monkeypatch.setitem(words.CATALOGUE, "try", ("{n},{f}: {kinds} {long} {name}", "{n},{f}：{kinds} {long} {name}"))
    values = {"n": 1, "f": 2.5, "kinds": ["scratch", "dent"], "long": 0.430096, "name": "x"}
    assert words.say("try", values, lang) == said


def test_an_unknown_code_is_an_error():
    with pytest.raises(KeyError, match="no_such_code"):
        words.say("no_such_code", {}, "en")
