"""One part from its frames to its verdict: views, turned pictures, errors that become INVALID."""

import sys

import numpy as np
import pictures_cases as cases
import pytest
from cli import LARGE, PICTURES, TWO_VIEWS, desk, draw, marked, plain

from cvinspect.config import load_job
from cvinspect.errors import ConfigurationError, JudgeInputError, PictureError
from cvinspect.model import Frame, Outcome
from cvinspect.pictures import read_picture
from cvinspect.pipeline import find_shots, inspect, line, parts_of, run


def judged(folder, job):
    """{picture's name below the folder: what came of it}."""
    shots = find_shots([folder], job)
    return {one.shot.path.relative_to(folder).as_posix(): one for one in run(parts_of(shots, job), job)}


def codes(one):
    return [reason.code for reason in one.verdict.reasons]


@pytest.fixture
def job(tmp_path):
    return load_job(desk(tmp_path))


@pytest.fixture
def two(tmp_path):
    return load_job(desk(tmp_path, TWO_VIEWS))


def pictures(folder, **outcomes):
    for name, outcome in outcomes.items():
        draw(folder / f"{name}.png", outcome)
    return folder


@pytest.mark.parametrize(
    ("front", "back", "outcome"),
    [
        ("PASS", "PASS", "PASS"),
        ("PASS", "FAIL", "FAIL"),
        ("REVIEW", "PASS", "REVIEW"),
        ("REVIEW", "FAIL", "FAIL"),
        ("PASS", "INVALID", "INVALID"),
    ],
)
def test_both_views_have_one_verdict(tmp_path, two, front, back, outcome):
    done = judged(pictures(tmp_path / "shots", A_front=front, A_back=back), two)
    assert {one.verdict.outcome for one in done.values()} == {Outcome(outcome)}
    assert done["A_front.png"].verdict.reasons == done["A_back.png"].verdict.reasons


def test_blob_ids_are_unique_over_the_views_and_findings_name_them(tmp_path, two):
    done = judged(pictures(tmp_path / "shots", A_front="FAIL", A_back="FAIL"), two)
    ids = [blob.id for one in done.values() for blob in one.seen.blobs]
    assert sorted(ids) == [1, 2]
    failing = [finding for finding in done["A_back.png"].verdict.findings if finding.outcome is Outcome.FAIL]
    assert {finding.blobs for finding in failing} == {(1,), (2,)}
    faces = {blob.id: blob.faces for one in done.values() for blob in one.seen.blobs}
    assert set(faces.values()) == {("front",), ("back",)}


def test_blobs_of_different_faces_are_not_counted_together(tmp_path):
    small = (120, 90, 8, -60)  # 0.4 mm: one is allowed in a circle, two are not
    job = load_job(desk(tmp_path, TWO_VIEWS))
    frames = [Frame(marked(small), part="A", view=view) for view in ("front", "back")]
    assert inspect(frames, job).verdict.outcome is Outcome.PASS
    pair = load_job(desk(tmp_path / "one"))
    both = Frame(marked(small, (60, 60, 8, -60)), part="A", view="front")
    assert inspect([both], pair).verdict.outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("shots", "bad", "code"),
    [
        ({"A_front": "PASS"}, "A_front.png", "view_missing"),
        ({"A_front": "PASS", "A_back": "INVALID"}, "A_front.png", "picture_format"),
        ({"A_front": "PASS", "A_back": "PASS", "A_side": "PASS"}, "A_back.png", "picture_name"),
        ({"odd": "PASS"}, "odd.png", "picture_name"),
    ],
)
def test_a_part_whose_views_are_not_whole_is_invalid(tmp_path, two, shots, bad, code):
    done = judged(pictures(tmp_path / "shots", **shots, B_front="PASS", B_back="PASS"), two)
    assert (done[bad].verdict.outcome, codes(done[bad]), done[bad].verdict.findings) == (Outcome.INVALID, [code], ())
    assert {done[name].verdict.outcome for name in ("B_front.png", "B_back.png")} == {Outcome.PASS}


def test_a_view_that_is_there_twice_makes_the_part_invalid(tmp_path, two):
    folder = pictures(tmp_path / "shots", A_front="PASS", A_back="PASS")
    shots = find_shots([folder, folder / "A_back.png"], two)
    done = list(run(parts_of(shots, two), two))
    assert [one.verdict.outcome for one in done] == [Outcome.INVALID] * 3
    assert {one.verdict.reasons[0].code for one in done} == {"view_doubled"}
    assert all(one.seen is None for one in done)


def test_parts_of_one_name_in_two_folders_are_two_parts(tmp_path, two):
    pictures(tmp_path / "shots" / "morning", A_front="PASS", A_back="PASS")
    pictures(tmp_path / "shots" / "evening", A_front="PASS", A_back="FAIL")
    outcomes = {name: one.verdict.outcome for name, one in judged(tmp_path / "shots", two).items()}
    assert outcomes == {
        "morning/A_front.png": Outcome.PASS,
        "morning/A_back.png": Outcome.PASS,
        "evening/A_front.png": Outcome.FAIL,
        "evening/A_back.png": Outcome.FAIL,
    }


def test_with_one_view_every_picture_is_a_part(tmp_path):
    job = load_job(desk(tmp_path, replaced={'part = "P"': 'part = "P"\npictures = "{part}-{any}.png"'}))
    folder = pictures(tmp_path / "shots", **{"A-1": "PASS", "A-2": "FAIL", "odd": "PASS"})
    done = judged(folder, job)
    assert {name: (one.shot.part, str(one.verdict.outcome)) for name, one in done.items()} == {
        "A-1.png": ("A", "PASS"),
        "A-2.png": ("A", "FAIL"),
        "odd.png": ("odd", "INVALID"),
    }


def turned_jpeg(path, turn, upright):
    """A JPEG whose EXIF tag asks for `turn` to become `upright`."""
    back = {3: lambda p: p[::-1, ::-1], 6: lambda p: np.rot90(p), 8: lambda p: np.rot90(p, -1)}[turn]
    data = cases.by_pillow(np.ascontiguousarray(back(upright)), "JPEG", quality=97)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(cases.with_app1(data, cases.exif(turn)))


@pytest.mark.parametrize("turn", [3, 6, 8])
def test_an_exif_turn_is_applied_and_said(tmp_path, job, turn):
    turned_jpeg(tmp_path / "shots" / "phone.jpg", turn, marked((120, 50, *LARGE[2:])))
    (one,) = judged(tmp_path / "shots", job).values()
    assert one.verdict.outcome is Outcome.FAIL
    assert one.seen.blobs[0].center_px == pytest.approx((120, 50), abs=0.5)
    reasons = line(one, job, "en")["reasons"]
    assert f"the picture was turned upright by its EXIF tag ({turn})" in reasons


def test_an_exif_turn_is_said_where_it_makes_the_picture_not_fit(tmp_path, job):
    turned_jpeg(tmp_path / "shots" / "phone.jpg", 6, plain((180, 240)))
    (one,) = judged(tmp_path / "shots", job).values()
    assert (one.verdict.outcome, codes(one)) == (Outcome.INVALID, ["picture_size", "exif_turned"])


def test_an_upright_picture_says_nothing_of_a_turn(tmp_path, job):
    assert "exif_turned" not in codes(judged(pictures(tmp_path / "shots", a="PASS"), job)["a.png"])


@pytest.mark.parametrize("depth", [8, 16])
def test_grey_colour_8_and_16_bit_are_judged_alike(job, depth):
    grey = PICTURES["FAIL"] if depth == 8 else PICTURES["FAIL"].astype(np.uint16) * 257
    for pixels in (grey, np.dstack([grey] * 3)):
        inspection = inspect([Frame(pixels, view="front")], job)
        assert inspection.verdict.outcome is Outcome.FAIL
        assert len(inspection.seen[0].blobs) == 1


def test_one_part_from_frames(job):
    inspection = inspect([Frame(PICTURES["FAIL"], part="7", view="front")], job)
    (seen,) = inspection.seen
    assert (inspection.part, inspection.verdict.outcome, len(seen.blobs)) == ("7", Outcome.FAIL, 1)
    assert all(time >= 0 for time in seen.timing_ms.values())
    assert list(seen.timing_ms) == ["locate", "fitness", "detect", "measure", "inspected"]


def test_frames_are_never_changed(job):
    pixels = PICTURES["FAIL"].copy()
    pixels.setflags(write=False)
    inspect([Frame(pixels, view="front")], job)
    np.testing.assert_array_equal(pixels, PICTURES["FAIL"])


def test_no_frame_at_all_is_invalid(job):
    inspection = inspect([], job)
    assert (inspection.part, inspection.verdict.outcome) == ("", Outcome.INVALID)
    assert [reason.code for reason in inspection.verdict.reasons] == ["view_missing"]


def test_a_frame_of_a_view_that_the_recipe_has_not_is_refused(job):
    with pytest.raises(PictureError, match="the recipe has no view 'side'; it has front"):
        inspect([Frame(plain(), view="side")], job)


def test_what_cannot_be_judged_is_invalid_and_the_rest_go_on(tmp_path, job, monkeypatch):
    room = sys.modules["cvinspect.pipeline.inspect"]
    judge = room.judge

    def refusing(blobs, *more):
        if blobs:
            raise JudgeInputError("no number")
        return judge(blobs, *more)

    monkeypatch.setattr(room, "judge", refusing)
    done = judged(pictures(tmp_path / "shots", a="FAIL", b="PASS"), job)
    assert (done["a.png"].verdict.outcome, codes(done["a.png"])) == (Outcome.INVALID, ["unjudgeable"])
    assert done["b.png"].verdict.outcome is Outcome.PASS


def test_parts_are_inspected_one_after_the_other(tmp_path, job):
    folder = pictures(tmp_path / "shots", a="PASS", b="PASS")
    results = run(parts_of(find_shots([folder], job), job), job)
    assert next(results).shot.path.name == "a.png"
    (folder / "b.png").unlink()
    assert codes(next(results)) == ["picture_missing"]


def test_a_shot_keeps_its_picture_s_hash_even_where_it_does_not_fit(tmp_path, job):
    folder = pictures(tmp_path / "shots", a="PASS", b="INVALID")
    folder.joinpath("c.png").write_bytes(cases.png(9, 8))
    done = judged(folder, job)
    assert done["a.png"].sha256 == read_picture(folder / "a.png").sha256
    assert done["b.png"].sha256 == ""
    assert done["c.png"].sha256 == read_picture(folder / "c.png").sha256


def test_shots_are_in_the_order_given_and_folders_sorted(tmp_path, job):
    pictures(tmp_path / "shots", b="PASS", a="PASS", c="PASS")
    pictures(tmp_path / "shots" / "a", z="PASS")
    given = [tmp_path / "shots" / "c.png", tmp_path / "shots"]
    names = [shot.path.relative_to(tmp_path / "shots").as_posix() for shot in find_shots(given, job)]
    assert names == ["c.png", "a/z.png", "a.png", "b.png", "c.png"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("gone.png", "gone.png: no such file or folder"), ("empty", "empty: no pictures in this folder")],
)
def test_what_holds_no_picture_is_refused_before_the_first(tmp_path, job, name, message):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match=message):
        find_shots([tmp_path / name], job)


def test_a_link_is_a_bad_picture_not_a_missing_one(tmp_path, job):
    (tmp_path / "link.png").symlink_to(tmp_path / "nowhere.png")
    (shot,) = find_shots([tmp_path / "link.png"], job)
    (one,) = run([(shot,)], job)
    assert codes(one) == ["picture_not_a_file"]


def test_a_line_of_a_view_names_its_own_faces_only(tmp_path, two):
    done = judged(pictures(tmp_path / "shots", A_front="PASS", A_back="PASS"), two)
    data = line(done["A_back.png"], two, "en")
    assert [face["name"] for face in data["faces"]] == ["back"]
    assert {entry["face"] for entry in data["inspected"]} == {"back"}
    assert [entry.get("elsewhere") for entry in data["inspected"]] == [None, "a person", "a person", "a gauge"]


def test_a_line_without_a_table_or_a_view(tmp_path):
    text = TWO_VIEWS.replace('[limits]\nname = "konica-minolta"\n', "")
    job = load_job(desk(tmp_path, text))
    done = judged(pictures(tmp_path / "shots", A_side="PASS"), job)
    data = line(done["A_side.png"], job, "en")
    keys = ("limits", "calibration", "mm_per_px", "faces", "inspected")
    assert [data[key] for key in keys] == [None, None, None, [], []]


@pytest.mark.parametrize("fault", [ValueError("math domain error"), ZeroDivisionError("x"), np.linalg.LinAlgError("s")])
def test_a_fault_of_the_program_costs_one_part_and_not_the_batch(tmp_path, job, monkeypatch, fault):
    room = sys.modules["cvinspect.pipeline.every_light"]
    measured = room.measure

    def fails_on_marks(frame, regions, *rest):
        if regions:
            raise fault
        return measured(frame, regions, *rest)

    monkeypatch.setattr(room, "measure", fails_on_marks)
    done = judged(pictures(tmp_path / "shots", a="FAIL", b="PASS"), job)
    assert (done["a.png"].verdict.outcome, codes(done["a.png"])) == (Outcome.INVALID, ["program_fault"])
    assert str(fault) in done["a.png"].verdict.reasons[0].values["message"]
    assert done["b.png"].verdict.outcome is Outcome.PASS
