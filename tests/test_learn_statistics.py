"""What learning reckons with: levels, odd pictures, whitening, the bank of filters, the golden part's places."""

import cv2
import numpy as np
import pytest
from good_parts import SIZE, lay, part

from cvinspect.calibration import scale_calibration
from cvinspect.detect.bank import KERNELS_PX, WINDOWS_PX, bank, responses, shrunk, whitening
from cvinspect.detect.evened import contrast, evened, logarithm
from cvinspect.detect.golden import Golden, as_drawn, as_placed, blind, golden_of, seen_by
from cvinspect.learn.statistics import Spectrum, by_part, folds_of, odd_ones, tail_level, wanted
from cvinspect.locate import placed
from cvinspect.model import AS_DRAWN, Face, Pose

CALIBRATION = scale_calibration(1.0, SIZE).value()
FACE = Face("top", "1")


def placement(pose=AS_DRAWN):
    return placed([FACE], CALIBRATION, pose)


@pytest.mark.parametrize("share", [0.3, 0.1, 0.02, 0.005])
def test_a_level_is_exceeded_as_often_as_was_asked(share):
    random = np.random.default_rng(3)
    exceeded = [np.exp(-tail_level(random.exponential(1.0, 100).tolist(), share)) for _ in range(400)]
    assert 0.5 * share < np.median(exceeded) < 1.4 * share


def test_a_level_is_never_below_what_few_good_parts_showed():
    assert tail_level([1.0, 1.1, 1.2, 1.3, 9.0], 0.02) >= 9.0


def test_what_goes_much_farther_is_odd_and_nothing_else():
    values = [*np.random.default_rng(1).exponential(1.0, 30).tolist(), 15.0, 20.0]
    assert np.flatnonzero(odd_ones(values)).tolist() == [30, 31]


def test_more_parts_are_wanted_where_they_differ_more():
    random = np.random.default_rng(2)
    steady, wild = 10 + random.normal(0, 0.5, 20), random.exponential(3.0, 20)
    assert wanted(steady.tolist(), 0.02, spreads=False) < 20 < wanted(wild.tolist(), 0.02, spreads=False)
    assert wanted(steady.tolist(), 0.02, spreads=True) >= 14


def test_a_part_is_in_one_fold():
    assert folds_of(["a", "b", "a", "c"], 2).tolist() == [0, 1, 0, 0]
    assert by_part([1.0, 5.0, 3.0], ["a", "b", "a"]) == [3.0, 5.0]


def test_white_noise_is_white_already():
    spectrum = Spectrum(WINDOWS_PX[1])
    spectrum.add(np.random.default_rng(1).normal(0, 1, (600, 600)).astype(np.float32))
    kernel = whitening(spectrum.power, KERNELS_PX[1])
    assert np.unravel_index(kernel.argmax(), kernel.shape) == (31, 31)
    assert kernel.max() > 0.95


@pytest.mark.parametrize("name", ["line 0", "line 22.5", "line 90", "line 146.25"])
def test_a_line_answers_best_to_its_own_direction(name):
    own = next(template for template in bank() if template.name == name)
    picture = np.zeros((200, 200), np.float32)
    stamp = own.footprint
    y, x = (100 - side // 2 for side in stamp.shape)
    picture[y : y + stamp.shape[0], x : x + stamp.shape[1]] = stamp / 255
    delta = {by: np.zeros((side, side), np.float32) for by, side in KERNELS_PX.items()}
    for by, side in KERNELS_PX.items():
        delta[by][side // 2, side // 2] = 1
    peaks = {t.name: float(found.max()) for t, found in responses(picture, delta) if t.step is not None}
    assert max(peaks, key=peaks.get) == name


def test_whitened_a_pit_stands_out_of_the_lay():
    spectra = {by: Spectrum(side) for by, side in WINDOWS_PX.items()}
    for seed in range(6):
        for by, level in shrunk(evened(contrast(lay(seed), None), None)).items():
            spectra[by].add(level)
    kernels = {by: whitening(spectra[by].power, side) for by, side in KERNELS_PX.items()}
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    pit = lay(9).astype(float) - 25.0 * (np.hypot(x - 100, y - 70) < 5)
    told = evened(contrast(np.clip(pit, 0, 255).astype(np.uint8), None), None)
    (found,) = (response for template, response in responses(told, kernels) if template.name == "spot 9")
    assert np.unravel_index((-found).argmax(), found.shape) == pytest.approx((35, 50), abs=1)


@pytest.mark.parametrize("pose", [Pose(shift_mm=(7.5, -4.0)), Pose(6.0, (3.0, 2.0), 1.0, (100.0, 70.0))])
def test_a_moved_part_is_compared_place_by_place(pose):
    told = logarithm(part(1))
    there = as_placed(told, placement(pose))
    again = as_drawn(there, placement(pose))
    inner = slice(30, -30), slice(30, -30)
    assert np.abs(again[inner] - cv2.GaussianBlur(told, (3, 3), 0)[inner]).max() < 0.2
    assert np.abs(there[inner] - told[inner]).max() > 0.4


def test_a_moved_good_part_has_the_same_differences_as_one_that_lies_as_drawn():
    golden = golden_of(np.stack([logarithm(part(seed)) for seed in range(8)]), None)
    pose = Pose(shift_mm=(9.0, 5.0))
    moved = np.exp(as_placed(logarithm(part(30)), placement(pose))) - 8
    seen = seen_by(golden, np.clip(np.rint(moved), 0, 255).astype(np.uint8), placement(pose), None)
    unmoved = seen_by(golden, np.clip(np.rint(moved), 0, 255).astype(np.uint8), placement(), None)
    inner = slice(20, -20), slice(20, -20)
    assert np.abs(seen.contrast[inner]).max() < 0.15 < 0.5 < np.abs(unmoved.contrast[inner]).max()


def test_one_picture_in_five_with_a_defect_does_not_move_the_golden_part():
    pictures = np.stack([logarithm(part(seed)) for seed in range(10)])
    spoilt = pictures.copy()
    spoilt[:2, 100:110, 20:30] -= 0.5
    clean, other = golden_of(pictures, None), golden_of(spoilt, None)
    assert np.abs(clean.mean - other.mean).max() < 0.05


def test_blind_is_where_good_parts_differ_over_more_than_a_speck():
    spread = np.full((50, 50), 0.02, np.float32)
    spread[10:20, 10:20], spread[40, 40] = 0.3, 0.3
    hidden = blind(Golden(np.zeros_like(spread), spread))
    assert hidden[10:20, 10:20].all()
    assert hidden.sum() == 100
