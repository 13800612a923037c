"""`cvinspect target`: sheets to print and descriptions are written, and what makes no sense is refused."""

import pytest
from cli import cli

from cvinspect.calibration.description import read_target

WORD = "charuco:11x8:15:11:DICT_4X4_250"


def test_a_sheet_is_written_the_same_each_time(tmp_path):
    for name in ("标定板.pdf", "标定板.svg"):
        first, again = (cli("target", WORD, "-o", tmp_path / f"{way}{name}") for way in "ab")
        assert (first.code, first.err) == (0, "")
        assert first.out.splitlines() == [
            "297 x 210 mm: target 165 x 120 mm, check rulers 100 mm",
            str(tmp_path / f"a{name}"),
        ]
        assert again.code == 0
        assert (tmp_path / f"a{name}").read_bytes() == (tmp_path / f"b{name}").read_bytes()
        assert read_target(str(tmp_path / f"a{name}")).word == WORD


def test_a_file_is_replaced_only_when_told(tmp_path):
    assert cli("target", WORD, "-o", tmp_path / "a.pdf").code == 0
    before = (tmp_path / "a.pdf").read_bytes()
    done = cli("target", "chess:9x6:20", "-o", tmp_path / "a.pdf")
    assert (done.code, done.out) == (2, "")
    assert "a.pdf: exists already; choose another name, or replace it with --force" in done.err
    assert (tmp_path / "a.pdf").read_bytes() == before
    assert cli("target", "chess:9x6:20", "-o", tmp_path / "a.pdf", "--force").code == 0
    assert read_target(str(tmp_path / "a.pdf")).word == "chess:9x6:20"


def test_from_sheet_to_description(tmp_path):
    assert cli("target", "dots:5x4:10:5", "--page", "110x133", "-o", tmp_path / "a.pdf").code == 0
    done = cli(
        "target", tmp_path / "a.pdf", "--measured", "48.5, 48.5", "--u-measured", "0.05", "-o", tmp_path / "a.toml"
    )
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "target: printed at 97 % of its stated size, u = 0.1 %",
        str(tmp_path / "a.toml"),
    ]
    target = read_target(str(tmp_path / "a.toml"))
    assert (target.word, target.print_scale) == ("dots:5x4:10:5", pytest.approx(0.97))
    assert target.u_print_scale == pytest.approx(0.05 / 48.5)


@pytest.mark.parametrize(
    ("measured", "lang", "said"),
    [
        ("97.0", "en", "one ruler alone was measured: printers scale X and Y differently, ± 0.5 % between them"),
        ("97.0", "zh", "仅量取了一条标尺"),
        ("97.0,98.5", "en", "the print is stretched: X and Y differ by 1.5 %; their mean is taken"),
        ("97.0，98.5", "zh", "打印件有拉伸：X 与 Y 相差 1.5 %"),
    ],
)
def test_doubts_about_the_print_are_said(tmp_path, measured, lang, said):
    done = cli("target", WORD, "--measured", measured, "-o", tmp_path / "a.toml", "--lang", lang)
    assert done.code == 0
    assert said in done.out


def test_the_ruler_is_that_of_the_page(tmp_path):
    for page, ruler in (("A4", 100), ("110x133", 50)):
        done = cli("target", "dots:5x4:10:5", "--page", page, "-o", tmp_path / f"{ruler}.toml")
        assert (done.code, done.out) == (0, f"{tmp_path / f'{ruler}.toml'}\n")
        assert f"\nruler_mm = {ruler}\n" in (tmp_path / f"{ruler}.toml").read_text("utf-8")


def test_a_target_that_fits_no_page_can_be_described(tmp_path):
    assert cli("target", "dots:40x30:25:10", "-o", tmp_path / "a.toml").code == 0
    assert read_target(str(tmp_path / "a.toml")).word == "dots:40x30:25:10"
    done = cli("target", "dots:40x30:25:10", "--measured", "100", "-o", tmp_path / "b.toml")
    assert (done.code, done.out) == (2, "")
    assert "A4 has room for" in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["chess:9x6", "-o", "a.pdf"], "target 'chess:9x6': the form is chess:COLSxROWS:SQUAREmm, sizes in mm"),
        (["棋盘:9x6:20", "-o", "a.pdf"], "'棋盘' is no kind of target; give one of charuco"),
        ([WORD, "-o", "a.png"], "a.png: let the name end in .pdf or .svg (a sheet to print) or .toml (a description)"),
        ([WORD, "-o", "a"], "a: let the name end in .pdf or .svg"),
        ([WORD, "-o", "none/a.pdf"], "none/a.pdf: cannot be written: there is no folder none; make it"),
        ([WORD, "-o", "folder.pdf"], "folder.pdf: cannot be written: it is a folder"),
        ([WORD, "--page", "B5", "-o", "a.pdf"], "--page B5: give one of A5, A4, A3, A2, A1, A0, or WxH in mm"),
        ([WORD, "--page", "B5", "-o", "a.toml"], "--page B5: give one of A5"),
        (["chess:9x6:30", "-o", "a.pdf"], "is 300 x 210 mm; A4 has room for"),
        ([WORD, "--measured", "97", "-o", "a.pdf"], "a.pdf: what was measured goes into a description: -o a.toml"),
        ([WORD, "--u-measured", "0.1", "-o", "a.toml"], "--u-measured goes with --measured X,Y"),
        (
            [WORD, "--measured", "97/98", "-o", "a.toml"],
            "--measured 97/98: give the rulers' lengths in mm, X first, as",
        ),
        ([WORD, "--measured", "97,98,99", "-o", "a.toml"], "--measured 97,98,99: give the rulers' lengths"),
        ([WORD, "--measured", "9.7", "-o", "a.toml"], "the measured ruler: measured_x_mm = 9.7 does not go with ruler"),
        ([WORD, "--measured", "97", "--u-measured", "nan", "-o", "a.toml"], "--u-measured nan: give a number from 0"),
        (["none.pdf", "-o", "a.toml"], "none.pdf: no such sheet; make one with"),
        (["x.toml", "-o", "a.toml"], "x.toml: is a description already; give --measured X,Y for a new one"),
        ([WORD], "Missing option '-o' / '--output'"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.pdf").mkdir()
    done = cli("target", *words)
    assert (done.code, done.out) == (2, "")
    assert message in done.words
    assert [path.name for path in tmp_path.iterdir()] == ["folder.pdf"]


def test_help_names_every_kind():
    done = cli("target", "--help")
    assert done.code == 0
    for kind in ("charuco:", "chess:", "dots:", "dots-hex:", "dots-asym:", "squares:", "--measured", "--page"):
        assert kind in done.words
