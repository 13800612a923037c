"""Does the documentation keep up: what `make check` asks of it, faults that are planted, and its commands, run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import check_docs
import pytest

from cvinspect.config import load_limits

ROOT = check_docs.ROOT
PAGES = [page for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))] if page.is_file()]
CONSOLES = [page for page in PAGES if check_docs.console_commands(page.read_text("utf-8"))]


@pytest.fixture
def tree(tmp_path):
    """A small project without a fault."""
    (tmp_path / "docs" / "decisions").mkdir(parents=True)
    pages = {
        ".gitignore": ".venv/\n",
        "README.md": "[guide](docs/guide.md)\n\n```console\n$ cvinspect --help\n$ cvinspect judge a  # exit 2\n```\n",
        "README.zh-CN.md": "```console\n$ cvinspect --help\n用法\n$ cvinspect judge a  # exit 2\n```\n",
        "docs/guide.md": "![picture](../README.md#top) and [outside](https://example.org)\n",
        "docs/decisions/README.md": "[one](0001-one.md)\n",
        "docs/decisions/0001-one.md": "# One\n\n## Context\n\n## Decision\n\n## Consequences\n",
    }
    for name, text in pages.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


@pytest.mark.parametrize("check", check_docs.CHECKS, ids=lambda check: check.__name__)
def test_no_fault_here(check):
    assert check(ROOT) == []


@pytest.mark.parametrize(
    "check", [check for check in check_docs.CHECKS if check is not check_docs.undocumented], ids=lambda c: c.__name__
)
def test_no_fault_in_a_clean_tree(tree, check):
    assert check(tree) == []


@pytest.mark.parametrize(
    ("check", "page", "text", "fault"),
    [
        ("broken_links", "docs/guide.md", "[gone](gone.md)", "'gone.md' leads nowhere"),
        ("broken_links", "docs/guide.md", "![gone](pictures/a%20b.png)", "'pictures/a b.png' leads nowhere"),
        ("broken_links", "docs/guide.md", '<img src="gone.png">', "'gone.png' leads nowhere"),
        ("broken_links", "docs/guide.md", "[out](../../somewhere)", "leads nowhere in the project"),
        ("forbidden_words", "docs/guide.md", "/".join(("see ", "home", "kim", "x.png")), "guide.md:1: a path of one"),
        ("forbidden_words", "setup.cfg", "url = https://py" + "pi.org/simple", "setup.cfg:1: a package host"),
        ("forbidden_words", "docs/guide.md", "\nwritten in the last " + "session", "guide.md:2: how the text"),
        ("unlike_readmes", "README.zh-CN.md", "```console\n$ cvinspect\n```\n", "command 1 is 'cvinspect'"),
        ("unlike_readmes", "README.zh-CN.md", "```console\n$ cvinspect --help\n```\n", "shows 1 commands of 2"),
        ("unlike_readmes", "README.md", "no commands", "no ```console block"),
        ("unlisted_decisions", "docs/decisions/README.md", "nothing", "does not list 0001-one.md"),
        ("unlisted_decisions", "docs/decisions/0001-one.md", "## Context\n", "0001-one.md: its parts are"),
    ],
)
def test_a_planted_fault_is_named(tree, check, page, text, fault):
    (tree / page).write_text(text, "utf-8")
    assert fault in "\n".join(getattr(check_docs, check)(tree))


def test_a_missing_readme_is_named(tree):
    (tree / "README.zh-CN.md").unlink()
    assert check_docs.unlike_readmes(tree) == ["README.zh-CN.md is missing"]


@pytest.mark.parametrize("name", ["cvinspect limits show", "floor_mm", "band_count"])
def test_what_the_manual_leaves_out_is_named(tree, monkeypatch, name):
    monkeypatch.setattr(check_docs, "command_names", lambda: ["cvinspect limits show"])
    monkeypatch.setattr(check_docs, "knob_names", lambda: ["floor_mm"])
    monkeypatch.setattr(check_docs, "rule_kinds", lambda: ["band_count"])
    assert f"{name!r} is not explained" in "\n".join(check_docs.undocumented(tree))
    (tree / "docs" / "guide.md").write_text(f"Use `{name}` so; ignored_{name}.", "utf-8")
    assert f"{name!r} is not explained" not in "\n".join(check_docs.undocumented(tree))


def test_what_git_ignores_is_not_read(tree):
    (tree / ".venv").mkdir()
    (tree / ".venv" / "page.md").write_text("[gone](gone.md)", "utf-8")
    assert check_docs.broken_links(tree) == []


def test_console_commands():
    text = "```console\n$ one \\\n  --two\nout\n$ three  # exit 4\n```\n```sh\n$ make demo\n```\n"
    assert check_docs.console_commands(text) == [("one   --two", 0), ("three", 4)]


def test_the_readme_has_commands():
    assert ROOT / "README.md" in CONSOLES


@pytest.mark.parametrize("page", CONSOLES, ids=lambda page: page.name)
def test_the_commands_of_a_page_work(page, tmp_path):
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "120"}
    for command, code in check_docs.console_commands(page.read_text("utf-8")):
        done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == code, f"{page.name}: {command}\n{done.stdout}{done.stderr}"


def test_the_table_in_the_manual_is_a_table(tmp_path):
    text = (ROOT / "docs" / "limits.md").read_text("utf-8")
    (example,) = (match[3] for match in check_docs.FENCE.finditer(text) if "cvinspect-limits/1" in match[3])
    (tmp_path / "own.toml").write_text(example, "utf-8")
    assert load_limits(str(tmp_path / "own.toml")).name == "my-customer"
