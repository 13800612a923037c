"""Whether a picture is fit: rendered faces out of focus, wrongly exposed, noisy, cut up; and real ones left alone."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from cli import RECIPE, desk

from cvinspect.calibration import scale_calibration
from cvinspect.config import load_job
from cvinspect.errors import PictureError, RecipeError
from cvinspect.fitness import FIGURES, Band, bands_of, check_bands, check_rows, figures, is_frozen
from cvinspect.locate import placed
from cvinspect.model import Face, Frame
from cvinspect.pictures import read_picture
from cvinspect.pipeline import inspect
from cvinspect.synth import (
    BRUSHED_METAL,
    DARK_MAT,
    GLOSSY_BLACK,
    TEXTURED_ABS,
    Camera,
    Part,
    Scene,
    Scratch,
    disk,
    outline,
    render,
    straight,
)
from cvinspect.words import say

MM, SIZE = 0.05, (440, 360)
PART = Part(left_mm=2, top_mm=2, width_mm=18, height_mm=14, corner_mm=2, edge_mm=0.3, edge_light_gray=8)
PLACED = placed([Face("front", "1", outline(PART, 0.5))], scale_calibration(MM, SIZE).value())
SURFACES = {"textured": TEXTURED_ABS, "glossy": GLOSSY_BLACK, "brushed": BRUSHED_METAL}


@cache
def quiet(surface, seed=0, psf_px=0.8, objects=()):
    """The face without the camera's noise."""
    scene = Scene(
        size_px=SIZE,
        mm_per_px=MM,
        surface=SURFACES[surface],
        ground=DARK_MAT,
        part=PART,
        camera=Camera(psf_sigma_px=psf_px, noise_gray=0.0),
        objects=objects,
        seed=seed,
    )
    return render(scene).astype(float)


def shot(surface, seed=0, light=1.0, noise=1.5, **scene):
    return taken(light * quiet(surface, seed % 2, **scene), seed, noise)


def taken(gray, seed=1, noise=1.5):
    return np.clip(np.rint(gray + np.random.default_rng(seed).normal(0, noise, gray.shape)), 0, 255).astype(np.uint8)


def defocused(surface, sigma_px):
    """Texture and edges are blurred by the optics, noise is not."""
    return taken(cv2.GaussianBlur(quiet(surface), (0, 0), sigma_px))


@pytest.fixture(scope="module")
def bands():
    return {name: bands_of([figures(Frame(shot(name, seed)), PLACED) for seed in range(4)]) for name in SURFACES}


BAD = {
    "out of focus": (lambda name: defocused(name, 2.0), "sharpness|texture", "low"),
    "far out of focus": (lambda name: defocused(name, 3.5), "sharpness|texture", "low"),
    "under-exposed": (lambda name: shot(name, light=0.5), "level|noise|contrast", "low"),
    "over-exposed": (lambda name: shot(name, light=1.4), "level|contrast|noise", "high"),
    "noise x 3": (lambda name: shot(name, noise=4.5), "noise", "high"),
    "another part": (lambda name: 255 - shot(name), "level|bright|contrast", "low|high"),
}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("case", BAD)
def test_a_picture_outside_its_band_is_refused_in_words(bands, surface, case):
    made, figure, side = BAD[case]
    found = figures(Frame(made(surface)), PLACED)
    with pytest.raises(PictureError, match=r"\d+ % of the reference") as caught:
        check_bands(found, bands[surface])
    assert re.match(figure, caught.value.values["figure"])
    assert caught.value.code.removeprefix("fit_") in side.split("|")
    for lang, word in (("en", "of the reference"), ("zh", "参考值的")):
        said = say(caught.value.code, {"message": "", **caught.value.values}, lang)
        assert word in said
        assert caught.value.values["figure"] not in said


@pytest.mark.parametrize("surface", SURFACES)
def test_a_good_picture_is_within_its_bands_with_or_without_a_defect(bands, surface):
    defects = (
        disk((12.0, 9.0), 0.6, 40.0),
        Scratch(points_mm=straight((14, 12), 4, 0.1, 30), width_mm=0.1, contrast_gray=30),
    )
    for seed, objects in ((11, ()), (12, ()), (13, defects)):
        frame = Frame(shot(surface, seed, objects=objects))
        check_rows(frame, PLACED)
        check_bands(figures(frame, PLACED), bands[surface])


def test_saturation_is_told_as_its_share(bands):
    found = figures(Frame(shot("textured", light=1.75)), PLACED)
    assert found["bright_share"] > 0.5
    with pytest.raises(PictureError, match=r"bright_share|level_gray"):
        check_bands(found, bands["textured"])


def test_the_figures_follow_what_they_name():
    sharp, soft = (figures(Frame(shot("textured", psf_px=psf)), PLACED)["sharpness_per_px"] for psf in (0.8, 1.6))
    assert soft == pytest.approx(sharp * np.hypot(0.8, 0.76) / np.hypot(1.6, 0.76), rel=0.15)
    for noise in (1.0, 3.0):
        assert figures(Frame(shot("glossy", noise=noise)), PLACED)["noise_gray"] == pytest.approx(noise, rel=0.1)
    half = figures(Frame(shot("textured", light=0.5)), PLACED)
    whole = figures(Frame(shot("textured")), PLACED)
    assert half["texture_share"] == pytest.approx(whole["texture_share"], rel=0.05)
    assert half["level_gray"] == pytest.approx(whole["level_gray"] / 2, rel=0.02)


def test_a_colour_picture_has_its_colours_and_16_bits_change_nothing():
    gray = shot("textured")
    tinted = np.stack([gray, gray // 2, gray // 4], axis=2)
    found = figures(Frame(tinted), PLACED)
    assert found["blue_share"] == pytest.approx(4 / 7, abs=0.01)
    assert found["red_share"] == pytest.approx(1 / 7, abs=0.01)
    assert set(found) == set(FIGURES)
    assert figures(Frame(gray.astype(np.uint16) * 257), PLACED) == figures(Frame(gray), PLACED)


def test_faces_out_of_sight_have_no_figures():
    outside = placed([Face("front", "1", ((100.0, 100.0), (110.0, 100.0), (105.0, 120.0)))], PLACED.calibration)
    assert figures(Frame(shot("glossy")), outside) == {}
    with pytest.raises(PictureError, match="level_gray cannot be told"):
        check_bands({}, {"level_gray": Band(100.0, 80.0, 120.0)})


def spoilt(change):
    pixels = shot("textured").copy()
    change(pixels)
    return Frame(pixels)


def half_black(pixels):
    pixels[180:] = 0


def half_gray(pixels):
    pixels[180:] = 128


def repeated(pixels):
    pixels[200:203] = pixels[199]


def doubled_block(pixels):
    pixels[200:260:2] = pixels[201:261:2]


def torn(pixels):
    pixels[250:] = np.roll(pixels[250:], 50, axis=1)


@pytest.mark.parametrize("change", [half_black, half_gray, repeated, doubled_block])
def test_lost_rows_are_counted(change):
    with pytest.raises(PictureError, match=r"\d+ of 360 rows are missing") as caught:
        check_rows(spoilt(change), PLACED)
    expected = {"repeated": 3, "doubled_block": 30}.get(change.__name__)
    assert expected is None or caught.value.values["lost"] == expected


def test_a_jpeg_may_make_the_rows_of_a_block_alike():
    check_rows(replace(spoilt(repeated), jpeg_quality=90), PLACED)
    with pytest.raises(PictureError, match="rows are missing"):
        check_rows(replace(spoilt(half_gray), jpeg_quality=90), PLACED)


def test_a_block_that_is_shifted_sideways_is_told_with_its_row():
    with pytest.raises(PictureError, match="from row 250 on"):
        check_rows(spoilt(torn), PLACED)


def test_a_drawn_picture_without_noise_tells_nothing_of_its_rows():
    check_rows(Frame(np.full(SIZE[::-1], 90, np.uint8)), PLACED)


def test_a_frozen_frame_is_the_one_before_again():
    one, other = Frame(shot("glossy", 1)), Frame(shot("glossy", 2))
    assert is_frozen(Frame(one.pixels.copy()), one)
    assert not is_frozen(one, other)
    assert not is_frozen(one, Frame(one.pixels.astype(np.uint16)))


def test_one_bad_picture_among_the_good_ones_widens_no_band():
    good = [figures(Frame(shot("textured", seed)), PLACED) for seed in range(6)]
    clean, mixed = bands_of(good), bands_of([*good, figures(Frame(defocused("textured", 3.0)), PLACED)])
    assert mixed["sharpness_per_px"].low == pytest.approx(clean["sharpness_per_px"].low, rel=0.1)
    assert bands_of([]) == {}


BANDS = "[view.fitness]\nsharpness_per_px = { reference = 0.9, low = 0.6 }\n"
REFUSED = [
    (BANDS.replace("sharpness_per_px", "sharpness"), "sharpness: unknown key"),
    (BANDS.replace(", low = 0.6", ""), "states no bound; write low, high or both"),
    (BANDS.replace("0.6", "1.6"), "low <= reference <= high does not hold"),
    (BANDS.replace("0.6", '"0.6"'), "must be a number"),
    (BANDS.replace("0.6", "-0.6"), "0"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_a_band_that_cannot_hold_is_refused(tmp_path, text, message):
    base = RECIPE.replace("[view.detect.foreign]", text + "[view.detect.foreign]")
    with pytest.raises(RecipeError, match=message):
        load_job(desk(tmp_path, base))


def test_the_recipe_s_bands_are_checked_before_anything_is_looked_for(tmp_path):
    text = RECIPE.replace("[view.detect.foreign]", BANDS + "[view.detect.foreign]")
    job = load_job(desk(tmp_path, text, size=SIZE))
    assert job.views[0].fitness == {"sharpness_per_px": Band(0.9, 0.6, None)}
    with pytest.raises(PictureError, match=r"% of the reference 0\.9"):
        inspect([Frame(shot("textured"), view="front")], job)


DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.mark.soak
@pytest.mark.skipif(not DATA.is_dir(), reason="shared/data is not here")
@pytest.mark.parametrize("folder", ["agdd/image", "agdd/images", "magnetic_tile/MT_Free"])
def test_real_pictures_of_the_other_half_are_left_alone(folder):
    paths = sorted(
        path for path in (DATA / folder).iterdir() if path.suffix in (".jpg", ".png") and "_mask" not in path.name
    )
    paths = [path for path in paths if path.with_suffix(".jpg").is_file() == (path.suffix == ".jpg")]
    found = []
    for path in paths:
        pixels = read_picture(path).pixels
        where = placed([Face("a", "1")], scale_calibration(MM, pixels.shape[1::-1]).value())
        check_rows(Frame(pixels), where)
        found.append(figures(Frame(pixels), where))
    bands = bands_of(found[::2])
    outside = sum(any(band.beyond(one.get(name, np.nan)) for name, band in bands.items()) for one in found[1::2])
    assert outside <= 0.03 * len(found[1::2])
