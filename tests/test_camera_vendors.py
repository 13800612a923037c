"""Vendors' libraries, each in a process of its own: two of them in one process end it with a segmentation fault."""

import subprocess
import sys
from pathlib import Path

import pytest

from cvinspect.camera import Settings, open_camera
from cvinspect.errors import StationError

CHECKS = Path(__file__).with_name("vendors")


def check(library, *words):
    """Runs tests/vendors/check_LIBRARY.py; skips, by name, where nothing of it could be run."""
    command = [sys.executable, "-m", "pytest", CHECKS / f"check_{library}.py", "-p", "no:cacheprovider", "-rs", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=CHECKS.parents[1])
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    if "passed" not in said:
        pytest.skip(next((line for line in said.splitlines() if line.startswith("SKIPPED")), f"{library}: nothing ran"))


@pytest.mark.parametrize("library", ["gige", "basler", "gentl"])
def test_the_real_library(library):
    check(library)


@pytest.mark.soak
def test_the_real_library_for_long():
    check("gige", "-m", "soak")


@pytest.mark.parametrize(
    ("address", "absent", "message"),
    [
        ("basler:1", "pypylon", r"needs the extra: pip install 'cvinspect\[basler\]'"),
        ("genicam:1", "harvesters.core", r"needs the extra: pip install 'cvinspect\[genicam\]'"),
        ("gige:1", "gi", "needs Aravis 0.8 and PyGObject"),
    ],
)
def test_a_library_that_is_not_there_is_named(monkeypatch, address, absent, message):
    monkeypatch.setitem(__import__("sys").modules, absent, None)
    with pytest.raises(StationError, match=message):
        open_camera(address, Settings(timeout_s=1.0))
