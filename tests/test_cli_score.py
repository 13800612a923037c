"""`cvinspect score`: what it prints, its JSON, its report, and what it refuses."""

import json
import re
import shutil
from unittest import mock

import numpy as np
import pytest
import score_scenes as scenes
from cli import SAMPLES, calibrate, cli

from cvinspect.cli.show import Progress
from cvinspect.pictures import write_picture

SCALE = ("--mm-per-px", scenes.MM_PER_PX)
CLASSES = ("--classes", scenes.CLASSES)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Pictures, truth in OBB and TOML, a calibration and a recipe."""
    root = tmp_path_factory.mktemp("评分")
    scenes.write_pictures(root / "图片")
    for name, write in (("obb", scenes.obb), ("toml", scenes.toml)):
        (root / name).mkdir()
        write(root / name)
    calibrate(root / "calibration.json", scenes.SIZE)
    (root / "recipe.toml").write_text(scenes.RECIPE, "utf-8")
    return root


def scored(desk, *words):
    done = cli("score", desk / "图片", "--json", *words)
    assert done.code == 0, done.err
    (data,) = done.lines
    return data, done


def test_the_figures_of_a_scene_with_one_miss_and_one_false_finding(desk):
    data, done = scored(desk, "--truth", desk / "obb", *CLASSES, *SCALE)
    assert "truth: YOLO OBB, 2 of 2 pictures" in done.err
    rows = {row["group"]: row for row in data["groups"]}
    foreign, scratch = rows["foreign_matter"], rows["scratch"]
    assert (foreign["labels"], foreign["found"], foreign["missed"], foreign["false"]) == (2, 1, 1, 1)
    assert (scratch["labels"], scratch["found"], scratch["missed"], scratch["false"]) == (1, 1, 0, 0)
    assert [(one["from"], one["to"], one["labels"], one["found"]) for one in foreign["classes"]] == [
        (0.2, 0.5, 0, 0),
        (0.5, 1, 2, 1),
    ]
    assert data["false"]["per_picture"] == 0.5
    assert data["false"]["per_mp"] == pytest.approx(1 / 0.24)
    assert data["confusion"]["counts"] == [[1, 0], [0, 1]]
    assert data["confusion"]["missed"] == [0, 1]
    assert data["pod"]["foreign_matter"]["code"] == "few"
    assert data["pictures"]["bad"] == data["pictures"]["good"] == 1
    assert data["scale"] == {"unit": "mm", "assumed": True, "mm_per_px": scenes.MM_PER_PX}


def test_a_recipe_and_its_calibration_are_used(desk):
    data, _ = scored(desk, "--truth", desk / "toml", "--recipe", desk / "recipe.toml")
    assert data["scale"] == {"unit": "mm", "assumed": False, "mm_per_px": None}
    assert (data["recipe"], data["calibrations"]) == ("recipe", ["calibration.json"])
    (length,) = (row for row in data["sizes"] if row["group"] == "scratch" and row["quantity"] == "size")
    assert abs(length["median"]) < 0.05


def test_without_any_scale_sizes_are_in_px_and_it_says_so(desk):
    data, _ = scored(desk, "--truth", desk / "obb", *CLASSES)
    assert data["scale"] == {"unit": "px", "assumed": True, "mm_per_px": 1.0}
    done = cli("score", desk / "图片", "--truth", desk / "obb", *CLASSES)
    assert "scale assumed: sizes are in px" in done.out


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_terminal_and_the_report_say_the_same(desk, tmp_path, lang):
    words = ("score", desk / "图片", "--truth", desk / "obb", *CLASSES, *SCALE, "--lang", lang)
    done = cli(*words, "--report", tmp_path / "报告")
    assert done.code == 0, done.err
    page = (tmp_path / "报告" / "score.html").read_text("utf-8")
    kinds = ("foreign matter", "scratch") if lang == "en" else ("异物", "划伤")
    for told in (*kinds, "0.50 (0.09 – 0.91)"):
        assert told in done.out
        assert told in page
    assert len(re.findall(r'<img src="data:image/png;base64,', page)) == 2  # one miss, one false finding
    assert "图 1.png" in page
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert "<svg" in page
    assert ("scale assumed" if lang == "en" else "比例为假定") in page


def test_names_in_a_report_are_only_text(desk, tmp_path):
    folder = scenes.write_pictures(tmp_path / "p", name="<b>&")
    (tmp_path / "t").mkdir()
    scenes.obb(tmp_path / "t", name="<b>&")
    classes = ("--classes", "0=any,1=scratch")
    done = cli("score", folder, "--truth", tmp_path / "t", *classes, "--report", tmp_path / "r")
    assert done.code == 0, done.err
    page = (tmp_path / "r" / "score.html").read_text("utf-8")
    assert "<b>&.png" not in page
    assert "&lt;b&gt;&amp;.png" in page


def test_image_labels_score_pictures_only(desk, tmp_path):
    table = tmp_path / "labels.csv"
    names = ("a", "b", "c", "d")
    rows = [f"{name}.png,{'def' if name in 'ab' else 'ok'}" for name in names]
    table.write_text("file,label\n" + "\n".join(rows), "utf-8")
    (tmp_path / "p").mkdir()
    for name in names:
        bad = (scenes.SPECK,) if name in "ab" else ()
        write_picture(tmp_path / "p" / f"{name}.png", scenes.picture(*bad, seed=ord(name)))
    words = ("score", tmp_path / "p", "--truth", table, "--classes", "def=any", *SCALE)
    (data,) = cli(*words, "--json").lines
    assert data["auroc"]["picture"]["area"] == 1.0
    assert data["auroc"]["located"] is None
    assert data["false_rejects_at_zero_escapes"]["picture"]["rejected"]["hits"] == 0
    assert data["groups"] == []
    done = cli(*words, "--report", tmp_path / "r")
    assert "places cannot be scored" in done.out
    assert "1.000 (" in done.out


def test_a_picture_that_cannot_be_inspected_is_told_and_counts_against(desk, tmp_path):
    folder = tmp_path / "p"
    shutil.copytree(desk / "图片", folder)
    write_picture(folder / "图 1.png", np.zeros(scenes.SIZE[::-1], np.uint8))
    done = cli("score", folder, "--truth", desk / "obb", *CLASSES, *SCALE, "--json", "--report", tmp_path / "r")
    (data,) = done.lines
    assert [one["picture"][-7:] for one in data["pictures"]["not_inspected"]] == ["图 1.png"[-7:]]
    assert sum(row["missed"] for row in data["groups"]) == 3
    page = (tmp_path / "r" / "score.html").read_text("utf-8")
    assert "1 pictures could not be inspected" in page


def test_the_samples_are_scored_with_their_own_truth():
    sample = SAMPLES / "km-inner-speck-inside.png"
    recipe = SAMPLES / "recipes" / "km-inner-grade3.toml"
    (data,) = cli("score", sample, "--truth", SAMPLES, "--recipe", recipe, "--json").lines
    assert data["truth"]["form"] == "truth TOML"
    assert sum(row["missed"] for row in data["groups"]) == 0


def test_it_can_be_stopped(desk):
    with mock.patch.object(Progress, "step", side_effect=KeyboardInterrupt):
        done = cli("score", desk / "图片", "--truth", desk / "obb", *CLASSES)
    assert done.code == 130
    assert "stopped" in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--truth", "nowhere"), "nowhere: no such file or folder; read are"),
        (("--truth", "{}/obb"), "图 1.txt: line 1: the class '0' is unknown; say what it is with --classes"),
        (("--truth", "{}/obb", "--classes", "0=hole"), "unknown kind 'hole'"),
        (("--truth", "{}/obb", "--mm-per-px", "0"), "--mm-per-px 0.0: must be above 0"),
        (("--truth", "{}/obb", "--mm-per-px", "1", "--calibration", "{}/calibration.json"), "give one"),
        (("--truth", "{}/obb", "--recipe", "{}/no.toml"), "no such recipe"),
        (("--truth", "{}/toml", "--mm-per-px", "0.1"), "mm_per_px = 0.05, but"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(desk, words, message):
    done = cli("score", desk / "图片", *(str(word).format(desk) for word in words))
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err


def test_a_report_that_cannot_be_written_is_refused(desk):
    place = desk / "calibration.json" / "r"
    done = cli("score", desk / "图片", "--truth", desk / "obb", *CLASSES, "--report", place)
    assert done.code == 2
    assert "choose another --report" in done.err


def test_the_contact_sheet_is_capped_and_counts_the_rest(desk, tmp_path):
    with mock.patch("cvinspect.score.sheet.MOST", 1):
        folder, truth = tmp_path / "p", tmp_path / "t"
        truth.mkdir()
        for name in ("a", "b"):
            scenes.write_pictures(folder, name)
            scenes.obb(truth, name)
        words = ("score", folder, "--truth", truth, *CLASSES, *SCALE, "--report", tmp_path / "r")
        assert cli(*words).code == 0
    page = (tmp_path / "r" / "score.html").read_text("utf-8")
    assert page.count("and 1 more") == 2
    assert page.count('<img src="data:') == 2
    assert json.dumps(page)
