"""The dark backdrop beside a part that does not fill the frame: found where it is, and no dark thing on the part."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from good_parts import folder, lay

from cvinspect.config.job import load_job
from cvinspect.detect import detect
from cvinspect.detect.backdrop import DEEPEST, Backdrop, beside, deepest_of, depth_in, pieces_of
from cvinspect.detect.learned_file import read_learned, save_learned
from cvinspect.errors import LearnedError
from cvinspect.learn import Terms, good_of, learn
from cvinspect.model import Kind
from cvinspect.pipeline import find_shots

SIZE = (200, 140)
CHIP = ((90, 118), (114, 140))  # columns, rows: missing at the lower edge


def ground(seed, *, edges=True, chip=None, exposure=1.0, bend=4.0):
    """A ground part before a dark backdrop: its lower edge is bent, its left one straight and leaning."""
    pixels = lay(seed).astype(float)
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    lower = 132 - bend * ((x - 100) / 100) ** 2
    beyond = (y > lower) | (x < 8 + 0.03 * y)
    if chip:
        (left, right), (top, _) = chip
        beyond |= (x >= left) & (x < right) & (y >= top)
    if edges:
        pixels[beyond] = 9 + np.random.default_rng(seed).normal(0, 1, beyond.sum())
        pixels = cv2.GaussianBlur(pixels, (0, 0), 0.8)
    return np.clip(np.rint(pixels * exposure), 0, 255).astype(np.uint8), beyond


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("exposure", [0.5, 1.0, 1.6])
def test_the_backdrop_is_left_out_and_nothing_else(seed, exposure):
    pixels, beyond = ground(seed, exposure=exposure)
    found = beside(pixels, 30.0)
    assert found is not None
    assert not found.missing.any()
    left_out = found.part == 0
    assert left_out[beyond].mean() > 0.98
    near = cv2.dilate(beyond.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    assert not (left_out & ~near).any()


@pytest.mark.parametrize("seed", range(3))
def test_a_part_that_fills_the_frame_has_none(seed):
    assert beside(lay(seed), 30.0) is None
    assert depth_in(lay(seed)) == 0


def test_shading_towards_a_side_is_no_backdrop():
    pixels = lay(1).astype(float) * np.linspace(0.1, 1.0, SIZE[0])[None]
    assert beside(np.clip(pixels, 0, 255).astype(np.uint8), 60.0) is None


def test_a_dark_stain_at_the_side_is_no_backdrop():
    pixels = lay(2)
    cv2.circle(pixels, (199, 70), 30, 8, cv2.FILLED)
    found = beside(pixels, 20.0)
    assert found is None or (found.part[50:90, 175:] == 255).mean() > 0.5


def test_no_deeper_than_good_parts_show_it():
    pixels, _ = ground(0)
    deepest = depth_in(pixels)
    assert 9 < deepest < 16
    assert beside(pixels, deepest_of([deepest, deepest])) is not None
    assert beside(pixels, 5.0) is None


@pytest.mark.parametrize("seed", range(4))
def test_what_is_missing_is_told_with_its_size(seed):
    pixels, _ = ground(seed, chip=CHIP)
    found = beside(pixels, 30.0)
    ((contour, size),) = pieces_of(found.missing)
    left, right = int(contour[:, 0].min()), int(contour[:, 0].max())
    assert abs(left - CHIP[0][0]) <= 4
    assert abs(right - CHIP[0][1]) <= 4
    (columns, rows) = (CHIP[0][1] - CHIP[0][0], 132 - CHIP[1][0])
    assert size == pytest.approx(np.sqrt(columns * rows), rel=0.2)


def test_a_crack_from_the_edge_is_left_to_the_filters():
    pixels, _ = ground(3, chip=((100, 104), (100, 140)))
    found = beside(pixels, 30.0)
    assert not found.missing.any()
    assert found.part[105, 102] == 255


def test_few_pictures_with_one_are_not_enough():
    assert deepest_of([0.0] * 19 + [12.0]) == 0
    assert deepest_of([0.0] * 8 + [10.0, 12.0]) == 18


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (9, 300), (300, 9)])
def test_tiny_and_plain_pictures(shape):
    for level in (0, 255):
        assert beside(np.full(shape, level, np.uint8), 20.0) is None


def test_a_black_frame_and_half_a_black_frame_are_looked_at():
    pixels = lay(4)
    pixels[:, :100] = 8
    found = beside(pixels, DEEPEST * 100)
    assert found is None or (found.part[:, 10:95] == 255).mean() > 0.9


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """Twelve good parts before a backdrop, learnt."""
    place = tmp_path_factory.mktemp("backdrop")
    recipe = folder(place, [ground(seed)[0] for seed in range(12)])
    job = load_job(recipe, unlearned=True)
    goods = [good_of(shot, job.views[0]) for shot in find_shots([place / "good"], job)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cvinspect.learn.sizes.EACH", 1)
        patch.setattr("cvinspect.learn.sizes.STEPS", 6)
        told = learn(goods, job, job.views[0], Terms(ground="texture"))
    save_learned(told, place / "one.learned")
    return goods, job.views[0], read_learned(place / "one.learned"), place


def regions(taught, pixels):
    goods, view, told, _ = taught
    frame = replace(goods[0].frame, pixels=pixels)
    return detect(frame, goods[0].placement, view.detectors, told.value("one"))


def test_learning_keeps_it(taught):
    told = taught[2]
    assert 12 < told.backdrop.deepest_px < 26
    assert isinstance(told.value("one").backdrop, Backdrop)


@pytest.mark.parametrize("seed", range(50, 53))
def test_an_edge_is_no_finding(taught, seed):
    assert regions(taught, ground(seed)[0]) == ()


def test_a_chip_is_cut_damage(taught):
    (found,) = regions(taught, ground(60, chip=CHIP)[0])
    assert found.kind is Kind.CUT_DAMAGE
    assert found.polarity == -1


def test_without_a_backdrop_the_file_is_as_before(taught, tmp_path):
    text = (taught[3] / "one.learned").read_text("utf-8")
    (tmp_path / "edited.learned").write_text(text.replace('"missing_px": ', '"missing_px": 1'), "utf-8")
    with pytest.raises(LearnedError, match="was edited"):
        read_learned(tmp_path / "edited.learned")
    plain = taught[2].model_copy(update={"backdrop": None})
    assert "backdrop" not in plain.model_dump(exclude_none=True)
