"""What the words of a truth mean: class names and numbers to kinds, to good, or to nothing that counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import Field

from cvinspect.errors import ConfigurationError
from cvinspect.forms import Form, parse_toml, read_text
from cvinspect.model import Kind
from cvinspect.pictures import clean_text

ANY, GOOD, IGNORE = "any", "good", "ignore"
_ABSENT = 'no such file; write the classes as --classes "0=dent,1=scratch", or as a TOML file'


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a class is. group: its row in the tables: the kind, else the class's own word. kind None = whichever."""

    group: str
    kind: Kind | None = None
    good: bool = False
    ignore: bool = False


class ClassesFile(Form):
    """A file of classes: `[classes]` with WORD = "KIND", "any", "good" or "ignore"."""

    schema_: Literal["cvinspect-classes/1"] = Field(alias="schema")
    classes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes as the user gave them. A word that is itself a kind, any, good or ignore needs no entry."""

    given: Mapping[str, Meaning] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, word: str, where: str) -> Meaning:
        """The meaning of `word`. Raises ConfigurationError for a word without one, `where` it stands first."""
        if word in self.given:
            return self.given[word]
        try:
            return _meaning(word, word)
        except ValueError:
            known = f"given are {', '.join(self.given)}; add" if self.given else "say what it is with"
            shown = clean_text(word)
            raise ConfigurationError(
                f'{where}: the class {shown!r} is unknown; {known} --classes "{shown}=KIND" (a kind, any, good, ignore)'
            ) from None

    def knows(self, word: str) -> bool:
        """True where the user gave `word` a meaning."""
        return word in self.given


def parse_classes(text: str | None) -> Classes:
    """Classes from "0=dent,1=scratch" or from a TOML file, whose name ends in .toml. Raises ConfigurationError."""
    if not text:
        return Classes()
    if text.lower().endswith(".toml"):
        path = Path(text)
        file = parse_toml(read_text(path, ConfigurationError, _ABSENT), ClassesFile, text, ConfigurationError)
        return _given(file.classes.items(), text)
    pairs: list[tuple[str, str]] = []
    for one in filter(None, (part.strip() for part in text.split(","))):
        word, equals, kind = one.partition("=")
        if not equals:
            raise ConfigurationError(f'--classes: {one!r} is no pair; write CLASS=KIND, as "0=dent,1=scratch"')
        pairs.append((word.strip(), kind.strip()))
    return _given(pairs, "--classes")


def _given(pairs: Iterable[tuple[str, str]], where: str) -> Classes:
    given: dict[str, Meaning] = {}
    for word, kind in pairs:
        if word in given:
            raise ConfigurationError(f"{where}: the class {word!r} stands twice")
        try:
            given[word] = _meaning(kind, word)
        except ValueError as bad:
            raise ConfigurationError(f"{where}: {word} = {kind!r}: {bad}; also any, good, ignore") from bad
    return Classes(MappingProxyType(given))


def _meaning(kind: str, word: str) -> Meaning:
    if kind == ANY:
        return Meaning(word)
    if kind in (GOOD, IGNORE):
        return Meaning(kind, good=kind == GOOD, ignore=kind == IGNORE)
    known = Kind.named(kind)
    return Meaning(str(known), known)
