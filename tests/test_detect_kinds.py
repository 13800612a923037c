"""How scratch, dent and foreign matter are told apart: a confusion table over rendered objects of known kind."""

from collections import Counter

import cv2
import numpy as np
import plain_frames as plain
import pytest

from cvinspect.detect import DETECTORS, DentDetector, detect, merged
from cvinspect.detect.agree import agreed
from cvinspect.model import Doubt, Frame, Kind, Region
from cvinspect.synth import Camera, Dent, Fibre, Scene, Scratch, Speck, Surface, arc, disk, render, straight

SURFACE = (Kind.SCRATCH, Kind.DENT, Kind.FOREIGN_MATTER)
DEFAULT = {kind: DETECTORS[kind]() for kind in SURFACE}
SIZE, STEP = (500, 400), 100.0
PLACES = [(50.3 + STEP * (i % 5), 50.1 + STEP * (i // 5)) for i in range(20)]


def specks(place, rng, i):
    if i % 4 == 3:
        turn, seed = float(rng.uniform(0, 180)), int(rng.integers(1000))
        return Speck(
            center_mm=place, length_mm=14, width_mm=9, contrast_gray=-40, angle_deg=turn, roughness=0.15, seed=seed
        )
    return disk(place, (3.0, 6.0, 12.0, 20.0)[i % 4], (-25.0, 40.0, -80.0)[i % 3])


def dents(place, rng, i):
    size, turn = (8.0, 12.0, 16.0, 24.0, 40.0)[i % 5], float(rng.uniform(0, 360))
    return Dent(center_mm=place, diameter_mm=size, contrast_gray=25.0, light_deg=turn, core=(0.0, 1.0)[i // 5 % 2])


def scratches(place, rng, i):
    length, width = ((4.0, 1.0), (8.0, 1.5), (20.0, 2.0), (60.0, 3.0))[i % 4]
    points = straight(place, length, width, float(rng.uniform(0, 180)))
    return Scratch(points_mm=points, width_mm=width, contrast_gray=(-60.0, 50.0)[i % 2])


def fibres(place, rng, i):
    start = float(rng.uniform(0, 360))
    return Fibre(points_mm=arc(place, 14.0, start, start + 220)[::5], width_mm=2.0, contrast_gray=-50.0)


def found_as(draw, truth):
    """How often a finding on one of 20 objects is called what, and how often `truth` is among what it may be."""
    rng = np.random.default_rng(3)
    objects = tuple(draw(place, rng, i) for i, place in enumerate(PLACES))
    ground = Surface(level_gray=140.0, gradient_gray=(12.0, 8.0), grain_gray=1.0, grain_mm=3.0)
    camera = Camera(noise_gray=2.0, vignetting=0.1)
    scene = Scene(size_px=SIZE, mm_per_px=1.0, surface=ground, objects=objects, camera=camera, seed=5)
    regions = detect(Frame(render(scene)), plain.placement(SIZE), DEFAULT)
    middles = np.array([region.contour_px.mean(axis=0) for region in regions])
    whose = [int(np.argmin(np.hypot(*(np.array(PLACES) - middle).T))) for middle in middles]
    called = Counter(str(region.kind) for region in regions)
    kept = {i for i, region in zip(whose, regions, strict=True) if truth in (region.kind, *region.may_be)}
    sure = sum(region.kind is truth and not region.may_be for region in regions)
    return called, len(kept), sure


@pytest.mark.parametrize(
    ("draw", "truth", "most", "sure"),
    [
        (specks, Kind.FOREIGN_MATTER, {"foreign_matter": 20}, 6),
        (dents, Kind.DENT, {"dent": 15}, 9),
        (scratches, Kind.SCRATCH, {"scratch": 10}, 4),
        (fibres, Kind.FOREIGN_MATTER, {"scratch": 20}, 0),
    ],
)
def test_the_true_kind_is_always_judged(draw, truth, most, sure):
    """Of 20 objects each: all are found, and what each is stands among what it may be."""
    called, kept, certain = found_as(draw, truth)
    print(truth, dict(called), kept, certain)
    assert kept == 20
    assert called[str(truth)] >= most.get(str(truth), 0) - 1
    assert certain >= sure


def test_only_kinds_that_are_looked_for():
    regions = detect(
        plain.framed(plain.rendered((plain.disk(3), -60))),
        plain.placement(),
        {Kind.FOREIGN_MATTER: DEFAULT[Kind.FOREIGN_MATTER]},
    )
    assert [region.may_be for region in regions] == [()]


@pytest.mark.parametrize("diameter", [12.0, 16.0, 24.0, 40.0])
def test_the_two_sides_of_a_dent_are_one_object(diameter):
    dent = Dent(center_mm=(150.2, 130.7), diameter_mm=diameter, contrast_gray=25.0, core=0.0)
    scene = Scene(size_px=(320, 260), mm_per_px=1.0, surface=Surface(level_gray=140.0), objects=(dent,))
    (region,) = detect(Frame(render(scene)), plain.placement((320, 260)), {Kind.DENT: DentDetector()})
    assert np.ptp(region.contour_px, axis=0).max() == pytest.approx(diameter, abs=max(8.0, 0.3 * diameter))


def test_a_dark_corner_and_vignetting_are_no_dent():
    ground = Surface(level_gray=150.0, gradient_gray=(-40.0, -25.0), sheen_gray=15.0)
    scene = Scene(size_px=SIZE, mm_per_px=1.0, surface=ground, camera=Camera(noise_gray=2.0, vignetting=0.35))
    assert detect(Frame(render(scene)), plain.placement(SIZE), DEFAULT) == ()


# = several lights ===================================================================================================
def block(kind, x0, y0, x1, y1, **more):
    contour = np.array([(x0, y0), (x0, y1), (x1, y1), (x1, y0)], np.int32)
    return Region(kind, contour, more.pop("polarity", -1), more.pop("strength", 10.0), **more)


def test_an_object_seen_in_two_lights_is_one_named_by_the_light_that_shows_it_best():
    first, second = block(Kind.SCRATCH, 10, 10, 60, 14), block(Kind.SCRATCH, 12, 10, 60, 15, strength=30.0)
    (one,) = merged({"": [first], "raking": [second]})
    assert (one.light, one.strength, one.may_be) == ("raking", 30.0, ())
    apart = merged({"": [first], "raking": [block(Kind.DENT, 10, 40, 30, 60)]})
    assert [region.light for region in apart] == ["raking", ""]


@pytest.mark.parametrize(("polarity", "may_be"), [(1, (Kind.DENT,)), (-1, ())])
def test_dark_in_one_light_and_bright_in_another_may_be_a_dent(polarity, may_be):
    pair = [block(Kind.FOREIGN_MATTER, 10, 10, 20, 20), block(Kind.FOREIGN_MATTER, 10, 10, 20, 20, polarity=polarity)]
    (one,) = merged({"": pair[:1], "raking": pair[1:]})
    assert one.may_be == may_be


@pytest.mark.parametrize(
    ("large", "small", "kind", "may_be"),
    [
        (Kind.DENT, Kind.SCRATCH, Kind.DENT, (Kind.SCRATCH,)),
        (Kind.SCRATCH, Kind.FOREIGN_MATTER, Kind.SCRATCH, ()),
        (Kind.FOREIGN_MATTER, Kind.SCRATCH, Kind.FOREIGN_MATTER, (Kind.SCRATCH,)),
    ],
)
def test_what_lies_in_another_claim_is_not_forgotten(large, small, kind, may_be):
    (one,) = agreed([block(large, 0, 0, 100, 100), block(small, 40, 40, 60, 44)])
    assert (one.kind, one.may_be, one.doubt) == (kind, may_be, Doubt.NONE)


def bar(x0, y0, x1, y1, width):
    mask = np.zeros((400, 400), np.uint8)
    cv2.line(mask, (x0, y0), (x1, y1), 255, width)
    return Region(Kind.SCRATCH, cv2.findContours(mask, 0, 2)[0][0].reshape(-1, 2), 1, 9.0)


@pytest.mark.parametrize("inside", [5, 100])
def test_a_scratch_that_leads_away_from_a_dent_stays_a_scratch(inside):
    dent, line = block(Kind.DENT, 100, 100, 219, 219), bar(219 - inside, 160, 310, 250, 3)
    regions = agreed([line, dent])
    assert sorted(str(region.kind) for region in regions) == ["dent", "scratch"]
    own = next(region for region in regions if region.kind is Kind.SCRATCH)
    assert np.linalg.norm(np.ptp(own.contour_px, axis=0)) > 80
    assert {region.doubt for region in regions} == {Doubt.MERGED}
    whole = next(region for region in regions if region.kind is Kind.DENT)
    assert (whole.contour_px.min(), whole.contour_px.max()) == (100, 219)


@pytest.mark.parametrize("line", [bar(225, 100, 225, 290, 14), bar(225, 250, 225, 380, 4)], ids=["rim", "continued"])
def test_a_rim_or_the_end_of_a_long_dent_is_no_scratch_of_its_own(line):
    (one,) = agreed([block(Kind.DENT, 200, 20, 229, 299), line])
    assert one.kind is Kind.DENT


def test_a_line_that_crosses_another_keeps_both_of_its_sides():
    lines = [block(Kind.SCRATCH, 0, 48, 120, 52), block(Kind.SCRATCH, 58, 0, 62, 100)]
    regions = agreed(lines)
    assert sorted(np.ptp(region.contour_px, axis=0).max() for region in regions) == [47, 47, 120]
    assert {region.doubt for region in regions} == {Doubt.MERGED}


def drawn(region):
    mask = np.zeros((400, 400), np.uint8)
    cv2.drawContours(mask, [region.contour_px], -1, 1, cv2.FILLED)
    return mask


def test_a_speck_stouter_than_the_scratch_on_which_it_lies_is_told_and_the_scratch_stays_one():
    line, speck = bar(50, 200, 300, 240, 5), block(Kind.FOREIGN_MATTER, 160, 212, 174, 225)
    regions = agreed([speck, line])
    assert sorted(str(region.kind) for region in regions) == ["foreign_matter", "scratch"]
    assert {region.doubt for region in regions} == {Doubt.MERGED}
    assert sum(drawn(region) for region in regions).max() == 1
    own = next(region for region in regions if region.kind is Kind.SCRATCH)
    assert np.ptp(own.contour_px[:, 0]) >= 249


def test_a_bright_place_of_a_scratch_is_no_speck():
    line, place = bar(50, 200, 300, 240, 5), block(Kind.FOREIGN_MATTER, 160, 215, 168, 220)
    (region,) = agreed([place, line])
    assert region.kind is Kind.SCRATCH


@pytest.mark.parametrize("second", [{"degrees": 80.0}, {"degrees": 35.0}, {"degrees": 80.0, "length": 90}])
def test_lines_that_cross_are_parted_and_go_on_beyond_the_crossing(second):
    across = plain.bar(second.get("length", 180), 3, second["degrees"])
    pixels = plain.rendered((plain.bar(260, 3, 8), -40), (across, -40))
    regions = detect(plain.framed(pixels), plain.placement(plain.SIZE), DEFAULT)
    assert {region.kind for region in regions} == {Kind.SCRATCH}
    longest = max(regions, key=lambda region: np.ptp(region.contour_px[:, 0]))
    assert np.ptp(longest.contour_px[:, 0]) == pytest.approx(260 * np.cos(np.radians(8)), abs=8)
    for region in regions:
        _, (wide, high), _ = cv2.minAreaRect(region.contour_px)
        assert min(wide, high) < 0.25 * max(wide, high)
    seen = np.zeros(plain.SIZE[::-1], np.uint8)
    cv2.drawContours(seen, [region.contour_px for region in regions], -1, 1, cv2.FILLED)
    assert seen[plain.covered(plain.SIZE, across) > 0.5].mean() > 0.75  # the bridge over an acute crossing is thin
