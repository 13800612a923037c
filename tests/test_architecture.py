"""Is the house as it was drawn: floors, sizes, banned readers, the catalogue, and what the wheel carries."""

import ast
import re
import shutil
import string
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import cvinspect
from cvinspect.model import Doubt, Kind, Outcome
from cvinspect.words import CATALOGUE

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "cvinspect").rglob("*.py"))
ALL_SOURCES = [*SOURCES, *sorted((ROOT / "scripts").rglob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
BIN = Path(sys.executable).parent


def tree_of(path):
    return ast.parse(path.read_text("utf-8"), str(path))


def place(path, line=1):
    return f"{path.relative_to(ROOT).as_posix()}:{line}"


def lint_imports(folder):
    return subprocess.run([BIN / "lint-imports", "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


def copy_project(folder):
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "cvinspect", folder / "cvinspect", ignore=shutil.ignore_patterns("__pycache__"))


def test_floors_hold():
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("page", "text", "contract"),
    [
        ("cellar.py", '"""A room on no floor."""', "the floors of the house"),
        ("measure/planted.py", "import cvinspect.judge.rules", "the floors of the house"),
        ("words/planted.py", "import cvinspect.model", "the floors of the house"),
        ("judge/planted.py", "import cv2", "the judge knows numbers only"),
        ("detect/dent.py", "import cvinspect.detect.scratch", "detectors do not know each other"),
    ],
)
def test_a_planted_fault_is_refused(tmp_path, page, text, contract):
    copy_project(tmp_path)
    with (tmp_path / "cvinspect" / page).open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1
    assert f"{contract} BROKEN" in done.stdout


def test_the_judge_loads_no_picture_library():
    code = "import sys, cvinspect.judge; print(*{'cv2', 'skimage', 'onnxruntime', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize(("page", "ours"), [("model.py", {"cvinspect.projection"}), ("projection.py", set())])
def test_the_page_of_values_imports_nothing_of_ours(page, ours):
    imported = {
        name if name.startswith("cvinspect") else name.split(".")[0]
        for node in ast.walk(tree_of(ROOT / "cvinspect" / page))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module or "."] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    }
    assert imported <= sys.stdlib_module_names | {"numpy"} | ours


def test_no_file_over_400_lines():
    lengths = {place(path): len(path.read_text("utf-8").splitlines()) for path in ALL_SOURCES}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_no_function_over_60_lines():
    lengths = {
        place(path, node.lineno): node.end_lineno - node.lineno + 1
        for path in ALL_SOURCES
        for node in ast.walk(tree_of(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    assert {name: length for name, length in lengths.items() if length > 60} == {}


def test_every_module_says_what_it_is():
    assert [place(path) for path in ALL_SOURCES if not ast.get_docstring(tree_of(path))] == []


def test_public_names():
    names = cvinspect.__all__
    assert list(names) == sorted(set(names)) != []
    assert [name for name in names if not getattr(getattr(cvinspect, name), "__doc__", None)] == []
    modules = {path.stem for path in (ROOT / "cvinspect").iterdir()}
    public = {name for name in vars(cvinspect) if not name.startswith("_")} - modules - {"annotations"}
    assert public <= set(names)


@pytest.mark.parametrize(
    "code",
    [
        "import cv2\n\ncv2.imread('a.png')",
        "from cv2 import imwrite\n\nimwrite('a.png', None)",
        "import cv2\n\ncv2.imreadmulti('a.tif')",
        "from skimage import io\n\nio.imread('a.png')",
        "import skimage.io\n\nskimage.io.imread('a.png')",
        "import imageio\n\nimageio.imread('a.png')",
        "import tifffile\n\ntifffile.imread('a.tif')",
        "import pickle\n\npickle.loads(b'')",
    ],
)
def test_banned_readers_are_caught(code):
    command = [BIN / "ruff", "check", "--no-cache", "--stdin-filename", "cvinspect/planted.py", "-"]
    done = subprocess.run(command, cwd=ROOT, input=code, capture_output=True, text=True, check=False)
    assert "TID251" in done.stdout


def test_nobody_silences_the_ban():
    pattern = re.compile(r"#\s*(?:ruff:\s*)?noqa(?!:\s*[A-Z])|#\s*(?:ruff:\s*)?noqa:.*\bTID251\b")
    assert [
        place(path, number)
        for path in ALL_SOURCES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if pattern.search(line)
    ] == []
    assert "TID" in SETTINGS["tool"]["ruff"]["lint"]["select"]
    assert "TID251" not in str(SETTINGS["tool"]["ruff"]["lint"].get("per-file-ignores"))


def fields_of(sentence):
    return {field for _, field, _, _ in string.Formatter().parse(sentence) if field is not None}


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_both_languages_say_the_same(code):
    english, chinese = CATALOGUE[code]
    assert english.strip()
    assert chinese.strip()
    assert fields_of(english) == fields_of(chinese)


def spoken_codes(path):
    """Each (code, place) that a page speaks as a plain text: to Reason, say and noun first, to PictureError second."""
    positions = {"Reason": 0, "Reason.of": 0, "say": 0, "noun": 0, "PictureError": 1}
    for node in ast.walk(tree_of(path)):
        called = ast.unparse(node.func).removeprefix("words.") if isinstance(node, ast.Call) else ""
        if called in positions:
            given = [*node.args[positions[called] :][:1], *(word.value for word in node.keywords if word.arg == "code")]
            yield from ((code.value, place(path, node.lineno)) for code in given if isinstance(code, ast.Constant))


def test_the_catalogue_has_every_code_that_is_spoken():
    codes = [spoken for path in SOURCES for spoken in spoken_codes(path)]
    assert codes, "no page speaks"
    assert [(code, where) for code, where in codes if code not in CATALOGUE] == []


def test_the_catalogue_has_every_kind_outcome_and_doubt():
    words = {*Kind, *Outcome, *Doubt(sum(doubt.value for doubt in Doubt)).words()}
    assert sorted(words - CATALOGUE.keys()) == []


def test_the_wheel_carries_everything(tmp_path):
    copy_project(tmp_path)
    code = "from setuptools import build_meta; print(build_meta.build_wheel('dist'))"
    (tmp_path / "dist").mkdir()
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    wheel = next((tmp_path / "dist").glob("*.whl"))
    kept = {path for path in (tmp_path / "cvinspect").rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path.relative_to(tmp_path).as_posix() for path in kept} <= set(zipfile.ZipFile(wheel).namelist())
