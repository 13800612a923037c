"""Image labels: a CSV with a column `file` and a column `label`, a row per picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

from cvinspect.errors import ConfigurationError
from cvinspect.forms import read_text
from cvinspect.pictures import clean_text
from cvinspect.score.classes import GOOD, Classes, Meaning
from cvinspect.score.stated import Stated, no_labels

_GOOD_WORDS = ("ok", "OK", GOOD)


def read_table(path: Path, pictures: Iterable[Path], classes: Classes) -> dict[Path, Stated]:
    """The label of each picture that has one. A row's file is the end of the picture's path.

    Raises ConfigurationError for a table without the columns, a file that stands twice, a class unknown.
    """
    rows = _rows(path)
    given: dict[Path, Stated] = {}
    for picture in pictures:
        found = next((rows[end] for end in _ends(picture) if end in rows), None)
        if found is not None:
            word, where = found
            plainly_good = word in _GOOD_WORDS and not classes.knows(word)
            meaning = Meaning(GOOD, good=True) if plainly_good else classes.of(word, where)
            given[picture] = Stated(where, no_labels, whole=meaning, placed=False)
    return given


def _ends(picture: Path) -> Iterable[tuple[str, ...]]:
    """The whole path, then ever less of its beginning."""
    parts = picture.parts
    return (parts[start:] for start in range(len(parts)))


def _rows(path: Path) -> dict[tuple[str, ...], tuple[str, str]]:
    """(label, place) by the parts of each row's path."""
    try:
        return _read(path)
    except csv.Error as bad:
        raise ConfigurationError(f"{path}: not a table of comma-separated values: {bad}") from bad


def _read(path: Path) -> dict[tuple[str, ...], tuple[str, str]]:
    table = csv.reader(io.StringIO(read_text(path, ConfigurationError)))
    head = [name.strip() for name in next(table, [])]
    if "file" not in head or "label" not in head:
        raise ConfigurationError(
            f"{path}: line 1: {', '.join(head)[:80]!r}: must name the columns `file` and `label`, as `file,label`"
        )
    found: dict[tuple[str, ...], tuple[str, str]] = {}
    for row in filter(None, table):
        where = f"{path}: line {table.line_num}"
        file, word = _cells(row, head, where)
        parts = PurePath(file.replace("\\", "/")).parts
        if parts in found:
            raise ConfigurationError(f"{where}: the file {clean_text(file)!r} stands twice")
        found[parts] = (word, where)
    return found


def _cells(row: Sequence[str], head: Sequence[str], where: str) -> tuple[str, str]:
    if len(row) < len(head):
        raise ConfigurationError(f"{where}: {len(row)} cells where line 1 names {len(head)} columns")
    file, word = row[head.index("file")].strip(), row[head.index("label")].strip()
    if not file or not word:
        raise ConfigurationError(f"{where}: a file and a label are needed; good pictures have the label good")
    return file, word
