"""Limit tables that are wrong in one place: each is refused, and the message says where, what stood, what to do."""

from pathlib import Path
from string import Template

import pytest

from cvinspect.config.limits import LARGEST_BYTES, load_limits
from cvinspect.errors import LimitsError

DATA = Path(__file__).parent / "data"
GOOD = (DATA / "good_table.toml").read_text(encoding="utf-8")

PLACES = {
    "COUNT": "rule[1] (a.count)",
    "CELL": "rule[1] (a.count).cell[1] (faces A)",
    "BANDS": "rule[1] (a.count).cell[1] (faces A).bands",
    "SPACING": "rule[2] (a.spacing)",
    "SPACES": "rule[2] (a.spacing).cell[1] (faces B).bands",
    "SIZE": "rule[3] (a.size)",
    "LIMITS": "rule[3] (a.size).cell[1] (faces A, B).limits",
    "HEIGHT": "rule[4] (a.height)",
    "GATE": "rule[5] (a.gate)",
    "SUM": "rule[6] (a.sum)",
    "CRACK": "rule[7] (a.crack)",
    "MIDDLE": next(line.strip() for line in GOOD.splitlines() if "c2" in line),
}


def read_cases() -> list[tuple[str, ...]]:
    lines = (DATA / "malformed_tables.txt").read_text(encoding="utf-8").splitlines()
    written = (line.replace("\\n", "\n") for line in lines if line and not line.startswith("#"))
    return [tuple(Template(part).substitute(PLACES) for part in line.split(" ¦ ")) for line in written]


CASES = [
    *read_cases(),
    ("aql = 0.65", "aql = " + "9" * 5000, "Exceeds the limit", "5000 digits"),
    ('note = ["one"]', "note = " + "[" * 5000, "bad.toml", "nested too deeply"),
    ('note = ["one"]', 'note = ["one\x00"]', "note = ", "not valid TOML"),
]


def refusal(path: Path) -> str:
    with pytest.raises(LimitsError, match=path.name) as refused:
        load_limits(str(path))
    return str(refused.value)


def test_the_good_table_is_good(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(GOOD, encoding="utf-8")
    assert len(load_limits(str(tmp_path / "good.toml")).rule) == 7


def test_there_are_two_hundred_cases_and_none_stands_twice() -> None:
    assert len({case[:2] for case in CASES}) == len(CASES) >= 200


@pytest.mark.parametrize(("old", "new", "place", "words"), CASES)
def test_a_malformed_table_is_refused_in_words(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    assert GOOD.count(old) == 1, "the case must change one place"
    path = tmp_path / "bad.toml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8", newline="")
    message = refusal(path)
    assert any(place in line and words in line for line in message.splitlines()), message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xef\xbb\xbf" + GOOD.encode(), "byte order mark"),
        (GOOD.encode("utf-16"), "line 1 is not UTF-8 text"),
        (GOOD.encode().replace("侧面".encode(), b"\xb2\xe0"), "line 35 is not UTF-8 text"),
        (b"#" * (LARGEST_BYTES + 1), "too large for a limit table: 1000001 bytes, at most 1000000"),
        (b"", "schema is missing"),
        (b"\x00", "not valid TOML"),
        (b"{}", "not valid TOML"),
    ],
)
def test_a_file_that_is_no_text_of_a_table_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "bad.toml").write_bytes(data)
    assert words in refusal(tmp_path / "bad.toml")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").mkdir()
    assert "not a regular file" in refusal(tmp_path / "bad.toml")


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("a.toml", "inherits.from: the table inherits from itself: a.toml -> a.toml"),
        ("b.toml", "inherits.from: the table inherits from itself: a.toml -> b.toml -> a.toml"),
        ("./b.toml", "inherits.from: the table inherits from itself: a.toml -> b.toml -> a.toml"),
        ("c.toml", "inherits.from = 'c.toml': "),
        ("c.toml", "c.toml: cannot be read: No such file or directory"),
        ("canno", "inherits.from = 'canno': unknown limit table 'canno'; did you mean 'canon'?"),
        ("", 'inherits.from = "": must not be empty'),
    ],
)
def test_a_base_that_leads_nowhere_is_refused(tmp_path: Path, base: str, words: str) -> None:
    head = GOOD.partition("[document]")[0] + '[document]\ndocument = "x"\n'
    inherits = '[inherits]\nfrom = "{}"\nscope = ["limits"]\nprovenance = "inferred"\nreason = "x"\n'
    (tmp_path / "a.toml").write_text(head + inherits.format(base), encoding="utf-8")
    (tmp_path / "b.toml").write_text(head + inherits.format("a.toml"), encoding="utf-8")
    assert words in refusal(tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('from = "canon"', "", "inherits.from is missing"),
        ('from = "canon"', 'table = "canon"', "inherits.table: unknown key"),
        ('["limits"]', "[]", "inherits.scope = []: must hold at least 1"),
        ('["limits"]', '["rules"]', "inherits.scope[1] = \"rules\": must be 'limits', 'viewing'"),
        ('reason = "x"', "", "inherits: provenance is 'inferred' but no reason is given"),
    ],
)
def test_a_malformed_inheritance_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    inherits = '\n[inherits]\nfrom = "canon"\nscope = ["limits"]\nprovenance = "inferred"\nreason = "x"\n'
    (tmp_path / "bad.toml").write_text(GOOD + inherits.replace(old, new), encoding="utf-8")
    assert words in refusal(tmp_path / "bad.toml")
