"""A target's description: how large its print came out, how surely, and what is refused."""

import math

import numpy as np
import pytest

from cvinspect.calibration.description import U_OTHER_WAY, TargetFile, read_description, read_named, read_target
from cvinspect.calibration.sheet_toml import description_text
from cvinspect.calibration.target import parse_target
from cvinspect.errors import CalibrationError
from cvinspect.forms import parse_data

WORD = "dots:19x13:10:5"
HEAD = f'schema = "cvinspect-target/1"\ntarget = "{WORD}"\n'


def stated(**more):
    return parse_data({"schema": "cvinspect-target/1", "target": WORD, **more}, TargetFile, "x", CalibrationError)


def written(folder, text, name="标定板.toml"):
    (folder / name).write_text(text, "utf-8")
    return str(folder / name)


@pytest.mark.parametrize(
    ("said", "scale", "u"),
    [
        ({}, 1.0, None),
        ({"print_scale": 1.002}, 1.002, None),
        ({"u_print_scale": 0.0001}, 1.0, 0.0001),
        ({"print_scale": 0.9998, "u_print_scale": 0.0}, 0.9998, 0.0),
        ({"measured_x_mm": 97.0, "measured_y_mm": 97.0, "u_measured_mm": 0.2}, 0.97, 0.2 / 97),
        ({"measured_x_mm": 97.0, "u_measured_mm": 0.0}, 0.97, U_OTHER_WAY),
        ({"measured_y_mm": 194, "u_measured_mm": 0, "ruler_mm": 200}, 0.97, U_OTHER_WAY),
        ({"measured_x_mm": 99.0, "measured_y_mm": 101.0, "u_measured_mm": 0.0}, 1.0, 0.01 / math.sqrt(2)),
        (
            {"measured_x_mm": 99.8, "measured_y_mm": 100.2, "u_measured_mm": 0.1},
            1.0,
            math.hypot(0.1 / 99.8, 0.002 / math.sqrt(2)),
        ),
    ],
)
def test_the_print_is_as_large_as_was_stated(tmp_path, said, scale, u):
    text = HEAD + "".join(f"{key} = {value}\n" for key, value in said.items())
    target = read_target(written(tmp_path, text))
    assert target.word == WORD
    assert target.print_scale == pytest.approx(scale)
    assert target.u_print_scale == (None if u is None else pytest.approx(u))
    np.testing.assert_allclose(target.points_mm, parse_target(WORD).points_mm * scale)


@pytest.mark.parametrize("both", [True, False])
def test_twice_u_holds_lengths_in_any_direction(both):
    rng = np.random.Generator(np.random.PCG64(7))
    held = 0
    for _ in range(3000):
        scale, stretch = rng.uniform(0.96, 1.01), rng.uniform(-0.005, 0.005)
        x, y = scale * (1 + stretch / 2), scale * (1 - stretch / 2)
        read = {"measured_x_mm": 100 * x + rng.normal(0, 0.1), "u_measured_mm": 0.1}
        target = stated(**read, **({"measured_y_mm": 100 * y + rng.normal(0, 0.1)} if both else {})).value()
        angle = rng.uniform(0, np.pi)
        true = np.hypot(x * np.cos(angle), y * np.sin(angle))
        held += abs(true / target.print_scale - 1) <= 2 * target.u_print_scale
    assert 0.93 < held / 3000 <= 1


@pytest.mark.parametrize(
    ("x", "y", "u", "stretch"),
    [(99.9, 100.0, 0.05, False), (99.5, 100.5, 0.05, True), (99.5, 100.5, 0.5, False), (99.9, 100.0, 0.0, True)],
)
def test_a_stretch_is_said_where_reading_does_not_explain_it(x, y, u, stretch):
    assert stated(measured_x_mm=x, measured_y_mm=y, u_measured_mm=u).is_stretched is stretch
    assert stated(measured_x_mm=x, u_measured_mm=u).is_stretched is False


@pytest.mark.parametrize(
    ("lengths", "scale"), [((), 1.0), ((97.0,), 0.97), ((96.9, 97.1), 0.97), ((100.123, 100.125), 1.00124)]
)
def test_a_written_description_is_read_again(tmp_path, lengths, scale):
    path = written(tmp_path, description_text(parse_target(WORD), 100.0, lengths, 0.05))
    named = read_named(path)
    assert (named.target.word, named.ruler_mm) == (WORD, 100.0)
    assert named.target.print_scale == pytest.approx(scale)
    assert (named.target.u_print_scale is None) is (not lengths)


def test_what_is_only_commented_out_can_be_filled_in(tmp_path):
    text = description_text(parse_target(WORD), 100.0)
    filled = text.replace("# measured", "measured").replace("# u_measured_mm =", "u_measured_mm =")
    assert read_target(written(tmp_path, filled)).u_print_scale == pytest.approx(0.002)
    certified = text.replace("# print_scale", "print_scale").replace("# u_print_scale", "u_print_scale")
    assert read_target(written(tmp_path, certified)).u_print_scale == 0.0001


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "schema is missing"),
        ('schema = "cvinspect-target/1"', "target is missing"),
        (HEAD.replace("/1", "/2"), "schema = .*cvinspect-target/2.*: must be 'cvinspect-target/1'"),
        (HEAD.replace(WORD, "dots:19x13"), r"target 'dots:19x13': the form is dots:COLSxROWS:PITCHmm:DIAMETERmm"),
        (HEAD + "measured_x = 97.0", "measured_x: unknown key; the unit is missing: write measured_x_mm"),
        (HEAD + 'measured_x_mm = "97"', "must be a number without quotes"),
        (HEAD + "measured_x_mm = 97,0", "write a number as 0.5, not as 0,5"),
        (HEAD + "measured_x_mm = nan", "must be a finite number"),
        (HEAD + "measured_x_mm = -97.0", "must be above 0"),
        (HEAD + "measured_x_mm = 97.0", "u_measured_mm is missing: how surely the ruler was read, as 0.2"),
        (
            HEAD + "measured_x_mm = 9.7\nu_measured_mm = 0.1",
            "measured_x_mm = 9.7 does not go with ruler_mm = 100: give",
        ),
        (HEAD + "measured_y_mm = 970.0\nu_measured_mm = 0.1", "measured_y_mm = 970 does not go with ruler_mm = 100"),
        (
            HEAD + "measured_x_mm = 97.0\nmeasured_y_mm = 92.0\nu_measured_mm = 0.2",
            "differ by 5.3 %, more than a printer does: measure both rulers again",
        ),
        (HEAD + "measured_x_mm = 97.0\nu_measured_mm = 0.1\nprint_scale = 0.97", "keep one of them"),
        (HEAD + "print_scale = 97.0", "print_scale = 97.0: must be at most 2"),
        (HEAD + "u_print_scale = -0.1", "u_print_scale = -0.1: must be at least 0"),
    ],
)
def test_a_description_that_states_nonsense_is_refused(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(CalibrationError, match=message) as refused:
        read_target(path)
    assert str(refused.value).startswith(path)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("none.toml", r"none.toml: no such description; make one with `cvinspect target WORD -o target.toml`"),
        ("none.pdf", r"none.pdf: no such sheet; make one with `cvinspect target WORD -o none.pdf`"),
        ("target.txt", r"target.txt: is neither a target's word, as chess:9x6:20, nor a .toml, .pdf, .svg file"),
        ("chess", "the form is chess:COLSxROWS:SQUAREmm"),
        ("棋盘:9x6:20", "is no kind of target"),
    ],
)
def test_what_names_no_target_is_refused(tmp_path, monkeypatch, named, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CalibrationError, match=message):
        read_target(named)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "holds no target's word: `cvinspect target` did not write it so"),
        ("a.pdf", b"%PDF-1.7\n", "holds no target's word"),
        ("a.pdf", b"/Keywords (cvinspect-target/1, ruler_mm=1.2.3) /Subject (chess:9x6:20)", "holds no target's word"),
        ("a.pdf", b"/Keywords (cvinspect-target/1, ruler_mm=100) /Subject (chess:9x6)", "a.pdf: target 'chess:9x6'"),
        ("a.svg", b"<svg><title>chess:9x6:20</title></svg>", "holds no target's word"),
        ("a.svg", b'<cvinspect:target word="chess:9" ruler_mm="100"/>', "a.svg: target 'chess:9': the form is"),
    ],
)
def test_a_sheet_of_somebody_else_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CalibrationError, match=message):
        read_target(str(tmp_path / name))


def test_a_folder_is_no_description(tmp_path):
    (tmp_path / "a.toml").mkdir()
    with pytest.raises(CalibrationError, match=r"a.toml: cannot be read: Is a directory"):
        read_description(tmp_path / "a.toml")
