"""What only a process of its own shows: Ctrl-C, names that are not UTF-8, other encodings, a closed pipe."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest
from cli import SAMPLES, TWO_VIEWS, desk, draw

posix = pytest.mark.skipif(os.name != "posix", reason="signals and names of POSIX")
COMMAND = [sys.executable, "-m", "cvinspect"]


def run(*words, **env):
    """The command in its own process: bytes in, bytes out."""
    return subprocess.run([*COMMAND, *words], capture_output=True, check=False, env={**os.environ, **env})


@pytest.fixture
def many(tmp_path):
    """(folder of forty pictures that take a while, their recipe)."""
    recipe = tmp_path / "km-cover.toml"
    text = (SAMPLES / "recipes/km-cover-grade1.toml").read_text("utf-8")
    recipe.write_text(text.replace("../calibrations", (SAMPLES / "calibrations").as_posix()), "utf-8")
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):
        shutil.copy(SAMPLES / "km-cover-pair-45mm.png", folder / f"{number:02}.png")
    return folder, recipe


@posix
def test_ctrl_c_leaves_whole_lines_and_a_whole_report_that_says_so(tmp_path, many):
    folder, recipe = many
    out = tmp_path / "out"
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a child of a job that ignores it would too
    try:
        words = ["inspect", folder, "--recipe", recipe, "--out", out, "--json"]
        process = subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGINT, before)
    first = process.stdout.readline() + process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=30)
    done = [json.loads(line) for line in (out / "results.jsonl").read_bytes().decode().splitlines()]
    shown = [json.loads(line) for line in (first + rest).decode().splitlines()]
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert 2 <= len(shown) <= len(done) < 40
    assert done[: len(shown)] == shown
    assert (out / "results.jsonl").read_bytes().endswith(b"}\n")
    page = (out / "report.html").read_text("utf-8")
    assert page.rstrip().endswith("</html>")
    assert " of 40 pictures: this report is not complete" in page
    assert re.fullmatch(r"cvinspect: stopped after \d+ of 40 pictures\n", err.decode())
    assert {path.name for path in out.iterdir()} == {"report.html", "results.jsonl"}


@posix
@pytest.mark.skipif(sys.platform != "linux", reason="names that are not UTF-8 exist on Linux")
def test_names_that_are_not_utf8_are_inspected_and_shown_clean(tmp_path):
    recipe = desk(tmp_path, TWO_VIEWS)
    bad = os.fsdecode(b"\xff")
    odd = tmp_path / f"recipe{bad}.toml"
    shutil.copy(recipe, odd)
    shots = tmp_path / f"shots{bad}"
    for name in (f"7{bad}_front", f"7{bad}_back", f"8_{bad}"):
        draw(shots / f"{name}.png", "FAIL")
    calibration = shutil.copy(tmp_path / "calibration.json", tmp_path / f"scale{bad}.json")
    out = tmp_path / f"out{bad}"
    done = run("inspect", shots, "--recipe", odd, "--calibration", calibration, "--out", out, "--json")
    lines = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert (done.returncode, [line["outcome"] for line in lines]) == (1, ["FAIL", "FAIL", "INVALID"])
    assert [line["picture"].partition("/shots")[2] for line in lines] == [
        "?/7?_back.png",
        "?/7?_front.png",
        "?/8_?.png",
    ]
    assert {(line["recipe"]["name"], line["calibration"]["name"]) for line in lines[:2]} == {("recipe?", "scale?.json")}
    assert (out / "results.jsonl").read_bytes() == done.stdout
    assert "7?_back.png" in (out / "report.html").read_bytes().decode("utf-8")
    assert done.stderr.decode("utf-8").rstrip().endswith("out?/report.html")


@pytest.mark.parametrize("words", [["--limits", "canon\udcff"], ["--agreements", "signed\udcff.toml"]])
@pytest.mark.skipif(sys.platform != "linux", reason="arguments that are not UTF-8 exist on Linux")
def test_options_that_are_not_utf8_are_refused_in_words(tmp_path, words):
    done = run("inspect", draw(tmp_path / "a.png"), "--recipe", desk(tmp_path), "--json", *words)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"cvinspect: ")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
def test_a_terminal_of_another_encoding_stops_nothing(tmp_path, encoding):
    picture, recipe = draw(tmp_path / "按键.png", "FAIL"), desk(tmp_path)
    done = run("inspect", picture, "--recipe", recipe, "--out", tmp_path / "out", PYTHONIOENCODING=encoding)
    assert done.returncode == 1, done.stderr
    assert "FAIL    不合格" in done.stdout.decode("utf-8")


@posix
def test_a_reader_that_has_enough_ends_it_quietly(many):
    folder, recipe = many
    words = ["inspect", folder, "--recipe", recipe, "--json"]
    process = subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(timeout=30) != 0
    assert b"Traceback" not in err
    process.stderr.close()


def test_the_module_is_the_command():
    done = run("--help")
    assert done.returncode == 0
    for name in ("inspect", "judge", "limits", "recipe", "calibration"):
        assert name in done.stdout.decode("utf-8")


def test_a_command_loads_only_what_it_needs():
    script = (
        "import sys; from cvinspect.cli import main; sys.argv = ['cvinspect', 'inspect', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({'sqlalchemy', 'skimage', 'reportlab', 'onnxruntime'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert done.stderr.split() == ["[]"]
