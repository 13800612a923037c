"""The flat field: shading undone by an integer gain, white that stays white, and white pictures that are none."""

from dataclasses import replace

import boards
import cv2
import numpy as np
import pytest
from cli import calibrate, cli, desk

from cvinspect.calibration.flat_field import UNIT, evened, flat_field
from cvinspect.calibration.store import load_calibration
from cvinspect.config import load_job
from cvinspect.errors import CalibrationError
from cvinspect.model import Doubt, Frame
from cvinspect.pictures import write_picture
from cvinspect.pipeline import inspect

SIZE = (320, 240)
Y, X = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
SHADING = (1 - 0.3 * ((X - 160) ** 2 + (Y - 120) ** 2) / 200**2) * (1 - 0.1 * X / SIZE[0])
SHADING /= SHADING.max()


def white(level=200.0, noise=1.5, seed=0, shading=SHADING):
    picture = level * shading + np.random.default_rng(seed).normal(0, noise, shading.shape)
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)


def whites(count=4, **more):
    return [(f"白{seed}.png", white(seed=seed, **more)) for seed in range(count)]


def test_the_gain_undoes_the_shading():
    flat = flat_field(whites(8))
    even = flat.gain / UNIT * SHADING
    np.testing.assert_allclose(even, 1.0, atol=0.015)  # in the corners; a gain is whole, which is 0.4 % at most
    assert even.std() < 0.003
    assert (flat.gain.shape, flat.gain.dtype, flat.gain.min()) == (SIZE[::-1], np.uint8, UNIT)
    assert flat.darkest == pytest.approx(SHADING.min(), abs=0.01)
    assert flat.level_gray == pytest.approx(200 * SHADING.mean(), abs=0.5)


def test_dust_and_noise_do_not_enter():
    dusty = [(name, picture.copy()) for name, picture in whites(3, noise=4.0)]
    for _, picture in dusty:
        cv2.circle(picture, (100, 80), 6, 90, cv2.FILLED)
    clean = flat_field(whites(3, noise=0.0)).gain.astype(int)
    assert np.abs(flat_field(dusty).gain.astype(int) - clean).max() <= 2


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("colour", [False, True])
def test_pixels_are_evened_and_rounded(dtype, colour):
    scale = 256 if dtype == np.uint16 else 1
    pixels = (np.array([[0, 100, 127, 200]]) * scale).astype(dtype)
    gain = np.array([[255, 192, 129, 192]], np.uint8)
    wanted = np.minimum(np.round(pixels.astype(float) * gain / 128), np.iinfo(dtype).max).astype(dtype)
    if colour:
        pixels, wanted = (np.stack([values] * 3, axis=2) for values in (pixels, wanted))
    even = evened(pixels, gain)
    np.testing.assert_array_equal(even, wanted)
    assert (even.dtype, even.flags.writeable) == (dtype, False)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_was_white_stays_white_and_black_black(dtype):
    flat, top = flat_field(whites()), np.iinfo(dtype).max
    full, none = np.full(SIZE[::-1], top, dtype), np.zeros(SIZE[::-1], dtype)
    assert (evened(full, flat.gain) == top).all()
    assert (evened(none, flat.gain) == 0).all()


def striped():
    """Stripes as wide as those of a part."""
    return np.where(X // 25 % 2 == 0, white(), white(170)).astype(np.uint8)


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        ([("a.png", white(265.0))], r"a\.png: [\d.]+% of it is white \(250 or more\); expose it to about 200"),
        ([("a.png", white(20.0))], r"a\.png: too dark for a white picture, down to grey level \d+; expose"),
        ([*whites(3), ("b.png", white(170.0))], r"b\.png: its mean grey level is \d+, of the others \d+; keep light"),
        (
            [*whites(3), ("b.png", white(shading=SHADING[::-1, ::-1]))],
            r"b\.png: its light differs from that",
        ),
        ([("a.png", striped())], r"a\.png: shows more than a plain white surface: its brightness varies by \d+%"),
        ([("a.png", white(shading=SHADING**4))], r"a\.png: the darkest place gets \d+% of the light of the brightest"),
        ([("a.png", white()), ("b.png", white()[:-1])], r"b\.png: is 320x239 px, a\.png is 320x240 px"),
    ],
    ids=["saturated", "dark", "flicker", "moved light", "no plain white", "too deep", "sizes"],
)
def test_pictures_that_are_no_white_frames_are_refused(pictures, message):
    with pytest.raises(CalibrationError, match=message):
        flat_field(pictures)


@pytest.fixture
def shaded(tmp_path):
    """A folder with white pictures, a calibration with their gain, and a recipe."""
    recipe = desk(tmp_path, size=SIZE)
    for name, picture in whites():
        write_picture(tmp_path / name, picture)
    done = cli("calibrate", "--flat-field", *sorted(tmp_path.glob("白*.png")), "-o", tmp_path / "calibration.json")
    assert done.code == 0, done.err
    return recipe


def test_the_command_stores_the_gain_beside(shaded):
    calibration = load_calibration(shaded.parent / "calibration.json")
    assert (shaded.parent / "calibration.flat.png").is_file()
    np.testing.assert_array_equal(calibration.gain, flat_field(whites()).gain)


def test_a_part_is_inspected_with_its_shading_undone(shaded):
    """A dark speck in the frame's darkest corner has the contrast that it would have in the middle."""
    surface = white(180.0, 1.0)
    speck = np.clip(6.5 - np.hypot(X - 300, Y - 220), 0, 1)
    pixels = np.round(surface * (1 - 0.25 * speck)).astype(np.uint8)
    job = load_job(shaded)
    frame = Frame(pixels, part="1", view="front")
    (seen,) = inspect([frame], job).seen
    (blob,) = seen.blobs
    assert blob.contrast_gray == pytest.approx(-0.25 * 180, rel=0.08)
    assert seen.frame is frame
    assert "flat_field" in seen.timing_ms
    view = replace(job.views[0], calibration=replace(job.views[0].calibration, gain=None))
    (raw,) = inspect([frame], replace(job, views=(view,))).seen
    assert raw.blobs[0].contrast_gray == pytest.approx(-0.25 * 180 * SHADING[220, 300], rel=0.08)


def test_pixels_that_the_sensor_clipped_still_count_as_saturated(shaded):
    pixels = white(120.0, 1.0)
    cv2.circle(pixels, (290, 215), 7, 255, cv2.FILLED)
    (seen,) = inspect([Frame(pixels, part="1", view="front")], load_job(shaded)).seen
    assert Doubt.SATURATED in seen.blobs[0].doubt


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--target", "chess:9x6:5"], "--flat-field takes white pictures and the file (-o) only"),
        (["--plane", "a.png"], "--flat-field takes white pictures and the file (-o) only"),
    ],
)
def test_options_that_do_not_go_with_white_pictures_are_refused(shaded, words, message):
    folder = shaded.parent
    done = cli("calibrate", "--flat-field", folder / "白0.png", "-o", folder / "calibration.json", *words)
    assert (done.code, done.out) == (2, "")
    assert message in done.words


@pytest.mark.parametrize(
    ("pictures", "output", "message"),
    [
        (["白0.png"], "gone.json", "gone.json: no such calibration; make one with"),
        (["gone.png"], "calibration.json", "there is no such file"),
        (["白0.png"], "small.json", "白0.png: is 320x240 px, the calibration is for 240x180 px"),
        (["recipe.toml"], "calibration.json", "recipe.toml: "),
    ],
)
def test_what_cannot_be_evened_is_refused(shaded, pictures, output, message):
    folder = shaded.parent
    calibrate(folder / "small.json")
    before = (folder / "calibration.json").read_bytes()
    done = cli("calibrate", "--flat-field", *(folder / name for name in pictures), "-o", folder / output)
    assert (done.code, done.out) == (2, "")
    assert message in done.words
    assert (folder / "calibration.json").read_bytes() == before


def test_a_gain_that_went_away_is_refused_before_the_first_part(shaded):
    (shaded.parent / "calibration.flat.png").unlink()
    done = cli("inspect", shaded.parent / "白0.png", "--recipe", shaded, "--json", "--out", shaded.parent / "out")
    assert (done.code, done.out) == (2, "")
    assert "calibration.flat.png" in done.words
    assert "--flat-field PICTURES" in done.words


def test_a_new_calibration_says_that_the_flat_field_is_not_part_of_it(shaded):
    folder = shaded.parent
    write_picture(folder / "target.png", boards.picture(boards.CHESS, **boards.PLANE))
    done = cli(
        "calibrate", folder / "target.png", "--target", boards.CHESS, "-o", folder / "calibration.json", "--force"
    )
    assert done.code == 0
    assert "calibration.flat.png is no part of the new calibration: run cvinspect calibrate --flat-field" in done.err
    assert load_calibration(folder / "calibration.json").gain is None
