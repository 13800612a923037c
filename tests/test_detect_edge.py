"""Flash and chips against a nominal outline: drawn, learnt, shifted, in shadow, with holes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plain_frames as plain
import pytest

from cvinspect.detect import FlashDetector, Nominal, detect, edges_of, inspected, learn_outline, rough_outline
from cvinspect.detect.surface import Surface
from cvinspect.measure import measure
from cvinspect.model import Face, Kind, Placement, Pose
from cvinspect.synth import Camera, Chip, FlashBump, Part, Scene, outline, render
from cvinspect.synth import Surface as Look

MM, SIZE = 0.05, (420, 330)
PART = Part(left_mm=4.01, top_mm=3.52, width_mm=13.0, height_mm=9.0, corner_mm=2.0)
NOMINAL = Nominal((outline(PART, steps=90),))
TOP, RIGHT, BOTTOM = (10.0, 3.52), (17.01, 8.0), (9.0, 12.52)


def flash(foot, height_px, base_px=24.0, contrast=60.0):
    return FlashBump(foot_mm=foot, base_mm=base_px * MM, height_mm=height_px * MM, contrast_gray=contrast)


def chip(foot, depth_px, base_px=20.0):
    return Chip(foot_mm=foot, base_mm=base_px * MM, depth_mm=depth_px * MM)


def scene(*objects, part=PART, grain=0.0, **look):
    return Scene(
        size_px=SIZE,
        mm_per_px=MM,
        surface=Look(level_gray=140.0),
        ground=Look(level_gray=80.0, grain_gray=grain, grain_mm=0.1),
        part=replace(part, **look),
        objects=objects,
        camera=Camera(noise_gray=2.0),
        seed=3,
    )


def seen(of, nominal=NOMINAL, pose=None, **knobs):
    frame = plain.framed(render(of))
    place = plain.placement(SIZE)
    place = place if pose is None else replace(place, pose=pose)
    detectors = {Kind.FLASH: FlashDetector(outline=nominal, **knobs)}
    regions = detect(frame, place, detectors)
    return regions, measure(frame, regions, place.calibration, place), inspected(frame, place, detectors)


def told(blobs):
    """(kind, height or depth in px) in the order of size."""
    return sorted((round(blob.width_mm.value / MM, 1), str(blob.kind)) for blob in blobs)


def test_flash_and_chips_are_named_and_measured():
    _, blobs, said = seen(scene(flash(TOP, 6.0), flash(RIGHT, 3.0), chip(BOTTOM, 4.0)))
    assert [kind for _, kind in told(blobs)] == ["flash", "cut_damage", "flash"]
    for blob, truth in zip(sorted(blobs, key=lambda blob: blob.width_mm.value), (3.0, 4.0, 6.0), strict=True):
        assert abs(blob.width_mm.value / MM - truth) <= 3 * blob.width_mm.u / MM
    (missing,) = (blob for blob in blobs if blob.kind is Kind.CUT_DAMAGE)
    assert missing.may_be == (Kind.SHORT_SHOT,)
    assert missing.height_mm is None
    assert missing.length_mm.value / MM == pytest.approx(20, abs=8)
    assert [(one.kind, one.from_mm) for one in said] == [(Kind.FLASH, pytest.approx(2 * MM))]


@pytest.mark.parametrize(
    ("word", "kinds"), [("short_shot", ["short_shot"]), ("cut_damage", ["cut_damage"]), ("none", [])]
)
def test_what_is_missing_is_called_what_the_recipe_says(word, kinds):
    regions, _, _ = seen(scene(chip(TOP, 5.0)), missing=word)
    assert [(str(region.kind), region.may_be) for region in regions] == [(kind, ()) for kind in kinds]


@pytest.mark.parametrize("look", [{}, {"shadow": 0.6}, {"grain": 4.0}, {"edge_mm": 0.4, "edge_dark_gray": 20.0}])
def test_a_good_part_has_neither(look):
    assert seen(scene(**look))[0] == ()


@pytest.mark.parametrize("shadow", [0.3, 0.6])
def test_a_dark_shadow_beside_the_edge_does_not_move_its_height(shadow):
    _, blobs, _ = seen(scene(flash(RIGHT, 5.0, 30.0), flash(BOTTOM, 5.0, 30.0, contrast=25.0), shadow=shadow))
    assert [kind for _, kind in told(blobs)] == ["flash", "flash"]
    for blob in blobs:
        assert abs(blob.height_mm.value / MM - 5.0) <= max(2 * blob.height_mm.u / MM, 0.25)


def test_a_shift_and_a_turn_of_the_part_are_no_flash():
    turned = np.array(NOMINAL.contours_mm[0]) @ np.array([[1, 0.008], [-0.008, 1]]) + (0.25, -0.3)
    regions, blobs, _ = seen(scene(flash(TOP, 5.0)), Nominal((tuple(map(tuple, turned.tolist())),)))
    assert len(regions) == 1
    assert told(blobs)[0][0] == pytest.approx(5.0, abs=0.3)


def test_long_flash_does_not_pull_the_outline():
    _, blobs, _ = seen(scene(flash(TOP, 6.0, 150.0), flash(RIGHT, 6.0, 100.0)))
    assert [height for height, _ in told(blobs)] == pytest.approx([6.0, 6.0], abs=0.3)


def grown(by_mm):
    return Part(
        left_mm=4.01 - by_mm, top_mm=3.52 - by_mm, width_mm=13 + 2 * by_mm, height_mm=9 + 2 * by_mm, corner_mm=2 + by_mm
    )


def test_a_part_that_is_larger_all_round_than_its_tolerance_is_flash_all_round():
    assert seen(scene(part=grown(0.04)))[0] == ()
    assert seen(scene(part=grown(0.2)), tolerance_mm=0.2)[0] == ()
    regions, _, _ = seen(scene(part=grown(0.2)), tolerance_mm=0.0)
    assert {region.kind for region in regions} == {Kind.FLASH}
    assert sum(len(region.nominal_px) for region in regions) > 0.8 * 2 * (13 + 9) / MM * 0.9


def test_the_outline_follows_the_part():
    pose = Pose(shift_mm=(1.5, -1.0))
    moved = replace(PART, left_mm=PART.left_mm + 1.5, top_mm=PART.top_mm - 1.0)
    regions, _, _ = seen(scene(flash((11.5, 2.52), 5.0), part=moved), pose=pose)
    assert [region.kind for region in regions] == [Kind.FLASH]


def test_where_no_edge_is_nothing_is_said_to_be_inspected():
    away = Nominal((tuple((x + 4.0, y + 3.0) for x, y in NOMINAL.contours_mm[0]),))
    regions, _, said = seen(scene(flash(TOP, 6.0)), away)
    assert regions == said == ()


def test_a_burr_in_a_hole_and_a_chip_at_its_rim():
    def part(x, y):
        ring = (np.hypot(x - 150, y - 130) <= 110) & (np.hypot(x - 150, y - 130) >= 50)
        burr = np.hypot(x - 198, y - 130) <= 8
        return (ring | burr) & ~(np.hypot(x - 150, y - 184) <= 9)

    turn = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    around = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    both = Nominal(tuple(tuple(map(tuple, ((150, 130) + r * around) * plain.MM_PER_PX)) for r in (110, 50)))
    frame = plain.framed(plain.rendered((part, 60), size=(301, 262), level=80))
    place = plain.placement((301, 262))
    regions = detect(frame, place, {Kind.FLASH: FlashDetector(outline=both, reach_mm=1.0)})
    blobs = measure(frame, regions, place.calibration, place)
    assert [kind for _, kind in told(blobs)] == ["flash", "cut_damage"]
    assert [size for size, _ in told(blobs)] == pytest.approx([10.0, 13.0], abs=0.7)


def good(bumps, dx, dy):
    part = replace(PART, left_mm=PART.left_mm + dx, top_mm=PART.top_mm + dy)
    wavy = [FlashBump(foot_mm=(x + dx, y + dy), base_mm=2.5, height_mm=h, contrast_gray=60.0) for (x, y), h in bumps]
    return scene(*wavy, part=part)


def test_the_learnt_outline_is_that_of_good_parts():
    boss, always = (13.0, 3.52), 0.25
    face = Face("front", "A", tuple((x, y) for x, y in outline(PART, steps=8)))
    place = plain.placement(SIZE)
    place = Placement(place.calibration, (face,), (place.calibration.to_px(np.array(face.outline_mm)),))
    rough = rough_outline([face], MM)
    rng = np.random.default_rng(2)
    parts = [good([(boss, always)], *rng.uniform(-0.15, 0.15, 2)) for _ in range(5)]
    parts.append(good([(boss, always), (BOTTOM, 0.3)], 0.0, 0.0))  # one has flash: the median does not mind
    edges = [edges_of(Surface(plain.framed(render(one)), place), rough) for one in parts]
    learnt = learn_outline(edges, rough)
    assert len(learnt.contours_mm[0]) == len(learnt.spread_mm[0])
    assert np.median(learnt.spread_mm[0]) < 0.2 * MM
    assert seen(good([(boss, always)], 0.05, 0.02), learnt)[0] == ()
    regions, blobs, _ = seen(good([(boss, always), (BOTTOM, 0.3)], 0.05, 0.02), learnt)
    assert [region.kind for region in regions] == [Kind.FLASH]
    assert blobs[0].height_mm.value == pytest.approx(0.3, abs=0.03)
    assert learn_outline(edges[:2], rough) is None


def test_a_learnt_outline_that_is_not_there_is_not_inspected():
    regions, _, said = seen(scene(flash(TOP, 6.0)), "learnt")
    assert regions == said == ()


def test_wrong_knobs_are_refused_in_words():
    with pytest.raises(ValueError, match="missing = 'gone': allowed are unsure, cut_damage, short_shot, none"):
        FlashDetector(missing="gone")
    with pytest.raises(ValueError, match="tolerance_mm = -1: allowed is a number from 0 to 1000 mm"):
        FlashDetector(tolerance_mm=-1)
