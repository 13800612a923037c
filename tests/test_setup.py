"""Does a bare checkout set itself up: the locks, and `make setup` with stand-ins for Python and uv (no network)."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
LOCKS = [ROOT / "requirements" / name for name in ("run.txt", "dev.txt")]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

# Answers like a Python of version $FAKE_VERSION, makes .venv/bin/python a copy of itself, and notes every call.
FAKE_PYTHON = """#!/bin/sh
version=${FAKE_VERSION:-3.11.9}
case "$*" in
    *version_info*) [ "${version#3.}" != "$version" ] && [ "$(echo "$version" | cut -d. -f2)" -ge 11 ] ;;
    *print\\(*) echo "$version" ;;
    --version) echo "Python $version" ;;
    "-c import venv, ensurepip") [ -z "${FAKE_BARE:-}" ] ;;
    "-m venv"*) rm -rf .venv && mkdir -p .venv/bin && cp "$0" .venv/bin/python && echo "python $*" >>"$NOTES" ;;
    *) echo "python $*" >>"$NOTES" ;;
esac
"""
FAKE_UV = """#!/bin/sh
echo "uv $*" >>"$NOTES"
[ -z "${FAKE_UV_FAILS:-}" ] || exit 1
[ "$1" != venv ] || { mkdir -p .venv/bin && cp "$FAKES/python3" .venv/bin/python; }
"""


def pins(lock):
    """{name: {version}} of a lock."""
    found = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text("utf-8"), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


def dev_needs():
    """What is needed to develop; an extra of our own stands for what it names."""
    extras = PROJECT["project"]["optional-dependencies"]
    own = [Requirement(need) for need in extras["dev"] if need.startswith("cvinspect[")]
    named = [need for extra in own for name in extra.extras for need in extras[name]]
    return [*(need for need in extras["dev"] if not need.startswith("cvinspect[")), *named]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_pin_is_hashed_and_no_index_is_named(lock):
    text = lock.read_text("utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", text.split("make lock\n")[1])
    assert [block.splitlines()[0] for block in blocks if not re.search(r"--hash=sha256:[0-9a-f]{64}", block)] == []
    assert (
        re.findall(r"^\s*-[^\n]*|https?:[^\n]*|file:[^\n]*", re.sub(r"^ +--hash=\S+.*$", "", text, flags=re.M), re.M)
        == []
    )


def test_both_locks_agree():
    run, dev = (pins(lock) for lock in LOCKS)
    assert run.items() <= dev.items()


@pytest.mark.parametrize(
    ("lock", "texts"),
    [
        (LOCKS[0], PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]),
        (LOCKS[1], dev_needs()),
    ],
    ids=["run", "dev"],
)
def test_locks_answer_the_project_file(lock, texts):
    locked = pins(lock)
    for need in map(Requirement, texts):
        assert need.name in locked, "run `make lock`"
        assert all(need.specifier.contains(version) for version in locked[need.name]), "run `make lock`"


def test_only_the_headless_opencv():
    assert [name for name in pins(LOCKS[1]) if name.startswith("opencv")] == ["opencv-python-headless"]


@pytest.fixture
def checkout(tmp_path):
    """A bare checkout in a folder with a space, and stand-ins for python3 and (where used) uv."""
    folder = tmp_path / "a checkout"
    for name in ("Makefile", "pyproject.toml", "requirements/dev.txt", "scripts/setup.sh"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    fakes = tmp_path / "fakes"
    fakes.mkdir()
    for tool in ("make", "sh", "cat", "cp", "rm", "mkdir", "dirname", "cut", "awk"):
        (fakes / tool).symlink_to(shutil.which(tool))
    fake(fakes / "python3", FAKE_PYTHON)
    return folder


def fake(path, text):
    path.write_text(text, "utf-8")
    path.chmod(0o755)


def make(folder, *words, **env):
    """Runs make there with nothing but the stand-ins on PATH; gives (exit code, what it printed, the calls it made)."""
    fakes, notes = folder.parent / "fakes", folder.parent / "notes"
    notes.write_text("", "utf-8")
    env = {"PATH": str(fakes), "FAKES": str(fakes), "NOTES": str(notes), **env}
    done = subprocess.run(["make", *words], cwd=folder, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr, notes.read_text("utf-8")


def test_pip_installs_hashed_wheels_once(checkout):
    code, said, calls = make(checkout, "setup")
    assert code == 0, said
    assert "ready: .venv, Python 3.11.9, by pip" in said
    assert "python -m venv --clear .venv" in calls
    assert "--require-hashes --only-binary :all: -r requirements/dev.txt" in calls
    assert "--no-deps --no-build-isolation -e ." in calls
    assert make(checkout, "setup")[2] == ""


def test_a_changed_project_file_installs_again_in_place(checkout):
    make(checkout, "setup")
    later = (checkout / ".venv" / ".set-up").stat().st_mtime + 5
    os.utime(checkout / "pyproject.toml", (later, later))
    calls = make(checkout, "setup")[2]
    assert "-m venv" not in calls
    assert "-r requirements/dev.txt" in calls


def test_a_moved_checkout_is_made_anew(checkout):
    make(checkout, "setup")
    moved = checkout.rename(checkout.with_name("moved"))
    assert "-m venv --clear .venv" in make(moved, "setup")[2]


def test_another_python_makes_the_environment_anew(checkout):
    make(checkout, "setup")
    (checkout / ".venv" / ".set-up").unlink()
    fake(checkout.parent / "fakes" / "python3.12", FAKE_PYTHON.replace("3.11.9", "3.12.1"))
    code, said, calls = make(checkout, "setup", "PYTHON=python3.12")
    assert code == 0, said
    assert "-m venv --clear .venv" in calls
    assert "Python 3.12.1, by pip" in said


def test_uv_is_used_where_there_is_one(checkout):
    fake(checkout.parent / "fakes" / "uv", FAKE_UV)
    code, said, calls = make(checkout, "setup", FAKE_BARE="1", PIP_NO_INDEX="1", PIP_FIND_LINKS="wheels more")
    assert code == 0, said
    assert "by uv" in said
    assert "--no-index --find-links wheels --find-links more --require-hashes --only-binary :all:" in calls
    assert "python -m" not in calls


def test_pip_steps_in_where_uv_fails(checkout):
    fake(checkout.parent / "fakes" / "uv", FAKE_UV)
    code, said, calls = make(checkout, "setup", FAKE_UV_FAILS="1")
    assert code == 0, said
    assert "uv could not; trying venv and pip" in said
    assert "python -m venv" in calls


@pytest.mark.parametrize(
    ("words", "env", "said"),
    [
        ([], {"FAKE_VERSION": "3.9.2"}, "needs Python 3.11 or newer"),
        ([], {"FAKE_VERSION": "3.9.2"}, "python3: Python 3.9.2"),
        ([], {"FAKE_BARE": "1"}, "apt-get install python3 python3-venv"),
        (["PYTHON=python9"], {}, "python9: not found"),
    ],
)
def test_an_unfit_python_is_named(checkout, words, env, said):
    code, out, _ = make(checkout, "setup", *words, **env)
    assert code != 0
    assert said in out
    assert not (checkout / ".venv").exists()


def test_a_failed_install_is_tried_again(checkout):
    broken = FAKE_PYTHON.replace('    *) echo "python', '    *-e*) exit 7 ;;\n    *) echo "python')
    fake(checkout.parent / "fakes" / "python3", broken)
    assert make(checkout, "setup")[0] != 0
    assert not (checkout / ".venv" / ".set-up").exists()


def test_help_lists_every_target(checkout):
    code, said, _ = make(checkout)
    targets = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)[1].split()
    assert code == 0
    assert re.findall(r"^ +make ([a-z]+)", said, re.MULTILINE) == targets


def test_every_library_has_its_reason():
    page = (ROOT / "docs" / "decisions" / "0005-libraries.md").read_text("utf-8")
    project = PROJECT["project"]
    needs = [*project["dependencies"], *dev_needs(), *PROJECT["build-system"]["requires"]]
    assert [need for need in needs if Requirement(need).name not in page] == []
