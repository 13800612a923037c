"""Several lights of one view: found beside the picture, looked at each, merged, and doubted where one is lacking."""

import cv2
import numpy as np
import pytest
from cli import RECIPE, cli, desk, draw, marked, plain

from cvinspect.config import load_job
from cvinspect.errors import ConfigurationError, RecipeError
from cvinspect.model import Frame, Kind, Outcome
from cvinspect.pictures import encode_png
from cvinspect.pipeline import find_shots, inspect, parse_lights, parts_of, run
from cvinspect.pipeline.lights import shift_px

RAKING = '\n[[view.light]]\nname = "raking"\n'
ONLY_DENTS = RAKING + "[view.light.detect.dent]\n"
SPECK = (60, 90, 8, -60)


def put(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_png(pixels))
    return path


def speckled(*specks, seed=1):
    picture = plain(seed=seed)
    for x, y, size, contrast in specks:
        cv2.circle(picture, (x, y), size // 2, 150 + contrast, cv2.FILLED)
    return cv2.GaussianBlur(picture, (3, 3), 0)


def judged(tmp_path, job, *lights):
    shots = find_shots([tmp_path / "shots"], job, parse_lights(lights))
    return list(run(parts_of(shots, job), job))


@pytest.fixture
def frames():
    return {
        "": Frame(speckled(SPECK), part="A", view="front"),
        "raking": speckled((170, 60, 10, 50), SPECK, seed=2),
    }


def with_lights(frames, **lights):
    own = frames[""]
    return Frame(own.pixels, part=own.part, view=own.view, lights=lights)


def test_what_any_light_shows_is_found_once_and_measured_there(tmp_path, frames):
    job = load_job(desk(tmp_path, RECIPE + RAKING))
    seen = inspect([with_lights(frames, raking=frames["raking"])], job).seen[0]
    assert [blob.id for blob in seen.blobs] == [1, 2]
    alone, both = sorted(seen.blobs, key=lambda blob: blob.center_px[1])
    assert (alone.light, alone.contrast_gray > 0) == ("raking", True)
    assert both.center_px == pytest.approx((60, 90), abs=0.5)
    assert [entry.kind for entry in seen.inspected] == [Kind.FOREIGN_MATTER]


def test_a_recipe_says_what_reads_a_light(tmp_path, frames):
    job = load_job(desk(tmp_path, RECIPE + ONLY_DENTS))
    assert list(job.views[0].read_by("raking")) == [Kind.DENT]
    found = inspect([with_lights(frames, raking=frames["raking"])], job).seen[0].blobs
    assert [blob.light for blob in found if blob.kind is Kind.FOREIGN_MATTER] == [""]


@pytest.mark.parametrize(
    ("light", "code"),
    [
        (None, "light_missing"),
        (np.full((50, 60), 90, np.uint8), "light_size"),
    ],
)
def test_a_light_that_is_lacking_is_review_with_its_reason(tmp_path, light, code):
    job = load_job(desk(tmp_path, RECIPE + RAKING))
    frame = Frame(plain(), part="A", view="front", lights={} if light is None else {"raking": light})
    verdict = inspect([frame], job).verdict
    assert verdict.outcome is Outcome.REVIEW
    assert verdict.reasons[0].code == code
    assert "all_kept" not in [reason.code for reason in verdict.reasons]


def test_a_sure_fail_stays_one_without_the_light(tmp_path):
    job = load_job(desk(tmp_path, RECIPE + RAKING))
    verdict = inspect([Frame(marked((60, 90, 30, -60)), part="A", view="front")], job).verdict
    assert verdict.outcome is Outcome.FAIL
    assert "light_missing" in [reason.code for reason in verdict.reasons]


@pytest.mark.parametrize(("across", "down"), [(0, 0), (7, -5), (1, 1)])
def test_a_shift_between_lights_is_measured_and_said(tmp_path, across, down):
    rng = np.random.default_rng(4)
    large = plain((260, 200)).astype(np.float32)
    for _ in range(25):
        cv2.circle(large, rng.integers(5, 195, 2).tolist(), int(rng.integers(2, 7)), 110, cv2.FILLED)
    one, two = (large[10:190, 10:250], large[10 - down : 190 - down, 10 - across : 250 - across])
    other = np.clip(two * 0.7 + rng.normal(0, 1, two.shape), 0, 255).astype(np.uint8)
    one = one.astype(np.uint8)
    assert shift_px(one, other)[:2] == pytest.approx((across, down), abs=0.2)
    job = load_job(desk(tmp_path, RECIPE))
    said = inspect([Frame(one, part="A", view="front", lights={"side": other})], job).verdict.reasons
    assert ("light_shifted" in [reason.code for reason in said]) == (abs(across) > 2)


def test_unlike_pictures_have_no_sure_shift():
    assert shift_px(plain(seed=1), plain(seed=2))[2] < 0.15


def test_a_dark_light_was_not_inspected(tmp_path):
    job = load_job(desk(tmp_path, RECIPE))
    put(tmp_path / "shots" / "a.png", plain())
    put(tmp_path / "side" / "a.png", np.zeros_like(plain()))
    (one,) = judged(tmp_path, job, f"side={tmp_path / 'side'}")
    assert one.verdict.outcome is Outcome.INVALID
    assert "light side:" in one.verdict.reasons[0].values["message"]


def test_a_light_that_cannot_be_read_is_review(tmp_path):
    job = load_job(desk(tmp_path, RECIPE))
    put(tmp_path / "shots" / "a.png", plain())
    (tmp_path / "side").mkdir()
    (tmp_path / "side" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n no")
    (one,) = judged(tmp_path, job, f"side={tmp_path / 'side'}")
    assert (one.verdict.outcome, one.verdict.reasons[0].code) == (Outcome.REVIEW, "light_unreadable")


def test_the_command_takes_lights_by_file_name(tmp_path):
    recipe = desk(tmp_path, RECIPE + RAKING)
    for name in ("a", "b"):
        draw(tmp_path / "shots" / f"{name}.png", "PASS")
    put(tmp_path / "side" / "a.png", plain())
    done = cli("inspect", tmp_path / "shots", "--recipe", recipe, "--light", f"raking={tmp_path / 'side'}", "--json")
    assert [(line["outcome"], line["lights"]) for line in done.lines] == [("PASS", ["raking"]), ("REVIEW", [])]
    assert done.lines[1]["reasons"][0].startswith("light raking is missing")


@pytest.mark.parametrize(
    ("lights", "message"),
    [
        (["raking"], "write NAME=PICTURE"),
        (["=x.png"], "write NAME=PICTURE"),
        (["raking={0}", "raking={0}"], "stands twice"),
        (["raking={0}/none"], "no such file or folder"),
        (["other={0}"], "no such light; it has raking"),
        (["raking={0}/a.png"], "one picture for 2 pictures"),
    ],
)
def test_lights_that_do_not_fit_are_refused_in_words(tmp_path, lights, message):
    job = load_job(desk(tmp_path, RECIPE + RAKING))
    shots = tmp_path / "shots"
    for name in ("a", "b"):
        put(shots / f"{name}.png", plain())
    with pytest.raises(ConfigurationError, match=message):
        find_shots([shots], job, parse_lights(text.format(shots) for text in lights))


@pytest.mark.parametrize(
    ("text", "message"),
    [(RAKING + RAKING, "a light stands twice: raking, raking"), (RAKING + "[view.light.detect.rust]\n", "rust")],
)
def test_a_recipe_with_odd_lights_is_refused(tmp_path, text, message):
    with pytest.raises(RecipeError, match=message):
        load_job(desk(tmp_path, RECIPE + text))
