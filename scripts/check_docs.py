"""Does the documentation keep up with the program? Prints every fault, and exits with 1 where there is one.

In ```console blocks a line that begins with `$ ` is a command that tests/test_docs.py runs, in order, in one scratch
folder that holds a copy of samples/; it must exit with 0, or with N where the line ends in `# exit N`. A line that ends
in a backslash goes on in the next one. Commands that must not be run belong in a ```sh block.
"""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, get_args
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[1]

# Spelt so that this page does not name what it forbids.
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.])/(?:home|root|work|Users|opt|mnt)/\w|\b[A-Z]:\\+Users\\",
    "a package host": r"\bpypi\.org|pythonhosted\.org|\bnpmjs\.|\banaconda\.org|\bdeb\.debian\.org",
    "how the text came about": r"(?i)\bcl[a]ude\b|\banthr[o]pic\b|\bch[a]tgpt\b|\bcop[i]lot\b|\bA[I][- ](?:generated"
    r"|agent|assistant|tool)|\b(?:this|last|next|earlier|previous|another) [s]ession\b|\b[s]ubagent",
}
FENCE = re.compile(r"^(`{3,})(\w*)[^\n]*\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|(?:src|href)=\"([^\"]+)\"")
COMMAND = re.compile(r"^\$ (.*?)(?:\s+# exit (\d+))?$", re.MULTILINE)


def project_files(root: Path) -> list[Path]:
    """Every file below `root` that .gitignore does not name."""
    patterns = [".git", *(line.strip("/") for line in (root / ".gitignore").read_text("utf-8").split())]

    def kept(name: str) -> bool:
        return not any(fnmatch(name, pattern) for pattern in patterns)

    found: list[Path] = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(filter(kept, folders))
        found += [Path(folder, name) for name in sorted(filter(kept, names))]
    return found


def project_texts(root: Path) -> Iterator[tuple[str, str]]:
    """(path below `root`, text) of every file of the project that is UTF-8 text."""
    for path in project_files(root):
        try:
            yield path.relative_to(root).as_posix(), path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def manual(root: Path) -> str:
    """The English text that a user reads: README.md and the pages of docs/."""
    pages = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    return "\n".join(page.read_text("utf-8") for page in pages if page.is_file())


def forbidden_words(root: Path) -> list[str]:
    """Places of one machine, package hosts, and talk about how the text came about."""
    return [
        f"{name}:{number}: {what}: {line.strip()[:80]}"
        for name, text in project_texts(root)
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in FORBIDDEN.items()
        if re.search(pattern, line)
    ]


def broken_links(root: Path) -> list[str]:
    """Links in Markdown to files that are not in the project."""
    return [
        f"{name}: the link {target!r} leads nowhere in the project"
        for name, text in project_texts(root)
        if name.endswith(".md")
        for target in _local_links(text)
        if not _is_inside((root / name).parent / target, root)
    ]


def _local_links(text: str) -> Iterator[str]:
    prose = INLINE.sub("", FENCE.sub("", text))
    for match in LINK.finditer(prose):
        target = unquote((match[1] or match[2]).split("#")[0])
        if target and not re.match(r"[a-z]+:", target):
            yield target


def _is_inside(path: Path, root: Path) -> bool:
    return path.exists() and path.resolve().is_relative_to(root.resolve())


def undocumented(root: Path) -> list[str]:
    """Commands, knobs and kinds of rule of the program that no code span of the manual names."""
    text = manual(root)
    code = "\n".join([*(match[3] for match in FENCE.finditer(text)), *INLINE.findall(FENCE.sub("", text))])
    faults = []
    for what, names in (("command", command_names), ("knob", knob_names), ("kind of rule", rule_kinds)):
        try:
            faults += [
                f"docs/: the {what} {name!r} is not explained"
                for name in names()
                if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", code)
            ]
        except (ImportError, AttributeError) as bad:
            faults.append(f"docs/: no {what} can be looked up: {bad}")
    return faults


def command_names() -> list[str]:
    """Every command of the command line, in full: `cvinspect limits show`."""
    import typer.main

    from cvinspect.cli import app

    def below(command: Any, name: str) -> Iterator[str]:
        words = command.list_commands(None) if hasattr(command, "list_commands") else []
        if not words:
            yield name
        for word in words:
            yield from below(command.get_command(None, word), f"{name} {word}")

    return sorted(below(typer.main.get_command(app), "cvinspect"))


def knob_names() -> list[str]:
    """Every knob of every detector."""
    from cvinspect.detect import DETECTORS

    detectors: list[Any] = list(DETECTORS.values())
    return sorted({knob.name for detector in detectors for knob in dataclasses.fields(detector)})


def rule_kinds() -> list[str]:
    """Every `type` that a rule of a limit table may have."""
    from cvinspect.judge.rules import AnyRule

    union = get_args(AnyRule)[0]
    return sorted(word for rule in get_args(union) for word in get_args(rule.model_fields["type"].annotation))


def console_commands(text: str) -> list[tuple[str, int]]:
    """The commands of the ```console blocks in `text`, each with the exit code that it must give."""
    blocks = [match[3].replace("\\\n", "") for match in FENCE.finditer(text) if match[2] == "console"]
    return [(match[1], int(match[2] or 0)) for block in blocks for match in COMMAND.finditer(block)]


def unlike_readmes(root: Path) -> list[str]:
    """Where README.md and README.zh-CN.md do not show the same commands in the same order."""
    names = ("README.md", "README.zh-CN.md")
    missing = [f"{name} is missing" for name in names if not (root / name).is_file()]
    if missing:
        return missing
    english, chinese = (console_commands((root / name).read_text("utf-8")) for name in names)
    if not english:
        return ["README.md has no ```console block"]
    for number, (one, other) in enumerate(zip(english, chinese, strict=False), 1):
        if one != other:
            return [f"README.zh-CN.md: command {number} is {other[0]!r}, in README.md {one[0]!r}"]
    return [] if len(english) == len(chinese) else [f"README.zh-CN.md shows {len(chinese)} commands of {len(english)}"]


def unlisted_decisions(root: Path) -> list[str]:
    """Pages of docs/decisions/ that its table of contents does not name, or that lack one of the three parts."""
    index = root / "docs" / "decisions" / "README.md"
    listed = index.read_text("utf-8") if index.is_file() else ""
    faults = []
    for page in sorted(index.parent.glob("[0-9]*.md")):
        if f"({page.name})" not in listed:
            faults.append(f"docs/decisions/README.md does not list {page.name}")
        headings = re.findall(r"^## (.+)$", page.read_text("utf-8"), re.MULTILINE)
        if headings != ["Context", "Decision", "Consequences"]:
            faults.append(f"docs/decisions/{page.name}: its parts are {headings}, not Context, Decision, Consequences")
    return faults


CHECKS: tuple[Callable[[Path], list[str]], ...] = (
    forbidden_words,
    broken_links,
    undocumented,
    unlike_readmes,
    unlisted_decisions,
)


def main() -> int:
    """Every check over this checkout."""
    faults = [fault for check in CHECKS for fault in check(ROOT)]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"documentation: {len(faults)} faults" if faults else "documentation: keeps up")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
