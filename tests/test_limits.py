"""Limit tables by name, by revision and by path; what they inherit."""

from pathlib import Path

import pytest

from cvinspect.config.limits import load_limits
from cvinspect.errors import LimitsError
from cvinspect.model import Face, Kind


@pytest.mark.parametrize("name", ["konica-minolta", "Konica_Minolta", "KONICA-MINOLTA", "konica-minolta@2010-07-20.1"])
def test_a_built_in_table_has_one_name_in_several_spellings(name: str) -> None:
    assert load_limits(name).name == "konica-minolta"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("canno", r"unknown limit table 'canno'; did you mean 'canon'\? \(known: canon, fuji-xerox, .*\.toml file"),
        ("", "unknown limit table ''"),
        ("../limits/canon", r"unknown limit table '\.\./limits/canon'"),
        ("canon@2009", "there is no revision '2009' of canon; known: 2010-07-20.1"),
        ("canon@", "there is no revision '' of canon; known: 2010-07-20.1"),
        ("没有.toml", r"没有\.toml: cannot be read: No such file"),
        ("a\0.toml", "cannot be read"),
    ],
)
def test_an_unknown_name_is_refused_with_the_known_ones(name: str, message: str) -> None:
    with pytest.raises(LimitsError, match=message):
        load_limits(name)


OWN = """
schema = "cvinspect-limits/1"
name = "own"
revision = "7"
status = "approved"
title = { zh = "自有", en = "own" }
[document]
document = "drawing 4711"
"""
INHERITS = '[inherits]\nfrom = "BASE"\nscope = ["limits"]\nprovenance = "inferred"\nreason = "agreed by telephone"\n'


def test_a_file_is_read_from_any_path(tmp_path: Path) -> None:
    path = tmp_path / "客户 ü" / "基准.TOML"
    path.parent.mkdir()
    path.write_text(OWN, encoding="utf-8")
    assert load_limits(str(path)).revision == "7"


def test_a_file_inherits_from_a_built_in_table(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN + INHERITS.replace("BASE", "Konica_Minolta"), encoding="utf-8")
    table = load_limits(str(tmp_path / "own.toml"))
    rules = table.rules_for(Kind.DENT, Face(name="front", grade="A面"), "oem")
    assert [(rule.id, cell.faces) for rule, cell in rules] == [("km.dent", ("1",))]


def test_a_file_inherits_from_a_file_beside_it_and_its_hash_covers_both(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN + INHERITS.replace("BASE", "base.toml"), encoding="utf-8")
    hashes = set()
    for revision in ("7", "8", "8"):
        (tmp_path / "base.toml").write_text(OWN.replace('"7"', f'"{revision}"'), encoding="utf-8")
        table = load_limits(str(tmp_path / "own.toml"))
        assert table.base is not None
        assert table.base.revision == revision
        hashes.add(table.sha256)
    assert len(hashes) == 2


def test_a_rule_is_held_against_the_inherited_face_grades(tmp_path: Path) -> None:
    rule = (
        '[[rule]]\nid = "own.x"\ntype = "forbidden"\nkinds = ["scratch"]\ntitle = { zh = "x", en = "x" }\n'
        '[[rule.cell]]\nfaces = ["9"]\nprovenance = "stated"\nquote = "x"\n'
    )
    (tmp_path / "own.toml").write_text(OWN + INHERITS.replace("BASE", "canon") + rule, encoding="utf-8")
    with pytest.raises(LimitsError, match=r"own\.toml: rule own\.x: unknown face grade '9'; known: A, B, C"):
        load_limits(str(tmp_path / "own.toml"))


def test_two_cells_for_any_face_of_two_product_grades_do_not_clash(tmp_path: Path) -> None:
    cells = "".join(
        f'[[rule.cell]]\nfaces = ["any"]\nproduct_grade = "{grade}"\nprovenance = "stated"\nquote = "x"\n'
        for grade in ("oem", "canon")
    )
    head = '[[rule]]\nid = "own.x"\ntype = "forbidden"\nkinds = ["scratch"]\ntitle = { zh = "x", en = "x" }\n'
    (tmp_path / "own.toml").write_text(OWN + head + cells, encoding="utf-8")
    assert len(load_limits(str(tmp_path / "own.toml")).rule[0].cell) == 2
