"""Rendered truth: what is drawn has the area, place, length, height, blur and noise that it is said to have."""

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from cvinspect.model import Kind
from cvinspect.pictures import gray8
from cvinspect.synth import (
    BRUSHED_METAL,
    CLEAR_LENS,
    DARK_MAT,
    FLAT,
    GLOSSY_BLACK,
    TEXTURED_ABS,
    Camera,
    Dent,
    Fibre,
    FlashBump,
    Part,
    Scene,
    Scratch,
    Speck,
    Surface,
    arc,
    disk,
    outline,
    render,
    straight,
    truth,
)

STILL = Camera(psf_sigma_px=0.8, noise_gray=0.0, bits=16)
PART = Part(left_mm=10.0, top_mm=9.0, width_mm=60.0, height_mm=44.0, corner_mm=6.0)
ROUND = Part(left_mm=10.0, top_mm=10.0, width_mm=60.0, height_mm=60.0, corner_mm=30.0)
OBJECTS = {
    "disk of 2": disk((30.3, 24.7), 2.0, -60.0),
    "disk of 20": disk((30.3, 24.7), 20.0, -60.0),
    "bright ellipse": Speck(center_mm=(31.7, 26.2), length_mm=18.0, width_mm=6.0, angle_deg=33.0, contrast_gray=60.0),
    "rough": Speck(
        center_mm=(30.4, 25.1),
        length_mm=24.0,
        width_mm=16.0,
        angle_deg=70.0,
        contrast_gray=-60.0,
        roughness=0.1,
        seed=4,
    ),
    "thin scratch": Scratch(points_mm=straight((33.2, 27.9), 45.0, 1.0, 27.0), width_mm=1.0, contrast_gray=-60.0),
    "arc": Scratch(points_mm=arc((30.0, 40.0), 25.0, -150.0, -40.0), width_mm=3.0, contrast_gray=60.0),
    "fibre": Fibre(points_mm=((12.0, 12.0), (25.0, 20.0), (40.0, 21.0)), width_mm=1.5, contrast_gray=-60.0),
}


def scene(*objects, **changes):
    usual = {"size_px": (66, 54), "mm_per_px": 1.0, "surface": FLAT, "camera": STILL, "objects": objects}
    return Scene(**{**usual, **changes})


def share(one):
    """How much of each pixel the objects of a flat scene cover, from its 16-bit pixels."""
    return np.abs(render(one) / 256.0 - FLAT.level_gray) / 60.0


@pytest.mark.parametrize("sigma_px", [0.0, 0.8, 1.5])
@pytest.mark.parametrize("item", OBJECTS.values(), ids=OBJECTS)
def test_area_and_center_are_those_of_the_pixels(item, sigma_px):
    one = scene(item, camera=replace(STILL, psf_sigma_px=sigma_px))
    seen, (true,) = share(one), truth(one)
    x, y = np.arange(66), np.arange(54)
    assert seen.sum() == pytest.approx(true.area_mm2, rel=0.004)
    assert seen.sum(axis=0) @ x / seen.sum() == pytest.approx(true.center_mm[0], abs=0.04)
    assert seen.sum(axis=1) @ y / seen.sum() == pytest.approx(true.center_mm[1], abs=0.04)


@pytest.mark.parametrize("phase", [0.0, 0.27, 0.5, 0.81])
def test_a_disk_has_its_diameter_at_any_phase(phase):
    one = scene(disk((20.0 + phase, 20.0 - phase), 4.0, -60.0))
    assert 2 * np.sqrt(share(one).sum() / np.pi) == pytest.approx(4.0, abs=0.004)
    assert truth(one)[0].diameter_mm == pytest.approx(4.0)


def test_sizes_are_in_mm():
    fine = scene(disk((1.21, 0.88), 0.5, -60.0), mm_per_px=0.04)
    assert share(fine).sum() * 0.04**2 == pytest.approx(np.pi / 16, rel=0.001)


@pytest.mark.parametrize("angle", [0.0, 90.0])
def test_a_straight_scratch_is_its_length_from_tip_to_tip(angle):
    one = scene(Scratch(points_mm=straight((32.5, 26.5), 40.0, 6.0, angle), width_mm=6.0, contrast_gray=-60.0))
    covered = share(replace(one, camera=replace(STILL, psf_sigma_px=0.0)))
    along = np.flatnonzero(covered.max(axis=0 if angle == 0.0 else 1) > 0.02)
    assert along[-1] - along[0] + 1 == pytest.approx(40.0, abs=1.01)
    assert truth(one)[0].length_mm == pytest.approx(40.0)
    assert truth(one)[0].max_dimension_mm == pytest.approx(40.0)


def test_an_arc_is_longer_than_it_reaches():
    (true,) = truth(scene(OBJECTS["arc"]))
    turn = np.radians(110.0)
    assert true.length_mm == pytest.approx(25.0 * turn + 3.0, rel=1e-3)
    assert true.max_dimension_mm == pytest.approx(50.0 * np.sin(turn / 2) + 3.0, rel=1e-3)


def test_kinds():
    items = (OBJECTS["arc"], OBJECTS["fibre"], OBJECTS["rough"], Dent(center_mm=(9, 9), diameter_mm=8, contrast_gray=9))
    assert [true.kind for true in truth(scene(*items))] == [
        Kind.SCRATCH,
        Kind.FOREIGN_MATTER,
        Kind.FOREIGN_MATTER,
        Kind.DENT,
    ]


def test_a_rough_speck_reaches_as_far_as_its_pixels():
    one = scene(OBJECTS["rough"], mm_per_px=0.5, size_px=(120, 108), camera=replace(STILL, psf_sigma_px=0.0))
    y, x = np.nonzero(share(one) > 0.5)
    apart = np.hypot(x[:, None] - x[None], y[:, None] - y[None]).max() * 0.5
    assert truth(one)[0].max_dimension_mm == pytest.approx(apart + 0.5, abs=0.5)


def test_an_edge_is_blurred_by_lens_and_pixel():
    """The difference from pixel to pixel has the variance sigma^2 + 2/12 px^2: the pixel's square, and the step's."""
    wide = Part(left_mm=20.3, top_mm=-99.0, width_mm=200.0, height_mm=300.0, corner_mm=0.0)
    one = scene(part=wide, ground=replace(FLAT, level_gray=28.0), camera=replace(STILL, psf_sigma_px=1.2))
    slope = np.diff(render(one)[27] / 256.0)
    x = np.arange(slope.size) + 0.5
    middle = slope @ x / slope.sum()
    assert middle == pytest.approx(20.3, abs=0.01)
    assert slope @ (x - middle) ** 2 / slope.sum() == pytest.approx(1.2**2 + 2 / 12, abs=0.02)


@pytest.mark.parametrize(
    ("part", "foot", "height"),
    [(PART, (40.0, 9.0), 4.0), (PART, (70.0, 30.0), 2.5), (ROUND, (40.0, 10.0), 4.0), (ROUND, (10.0, 40.0), 3.3)],
)
def test_flash_is_as_high_as_it_stands_beyond_the_outline(part, foot, height):
    bump = FlashBump(foot_mm=foot, base_mm=16.0, height_mm=height, contrast_gray=60.0)
    one = scene(part=part, objects=(bump,), ground=Surface(level_gray=68.0), size_px=(86, 76))
    one = replace(one, camera=replace(STILL, psf_sigma_px=0.0))
    bare = replace(one, objects=())
    added = (render(one).astype(float) - render(bare)) / 256.0 / 60.0
    on_normal = added[:, round(foot[0])] if foot[1] == part.top_mm else added[round(foot[1])]
    assert on_normal.sum() == pytest.approx(height, abs=0.02)
    (true,) = truth(one)
    assert (true.height_mm, true.kind) == (height, Kind.FLASH)
    assert added.sum() == pytest.approx(true.area_mm2, rel=0.05 if part is ROUND else 0.01)
    x, y = np.arange(86), np.arange(76)
    assert added.sum(axis=0) @ x / added.sum() == pytest.approx(true.center_mm[0], abs=0.4)
    assert added.sum(axis=1) @ y / added.sum() == pytest.approx(true.center_mm[1], abs=0.4)


def test_flash_needs_a_part():
    bump = FlashBump(foot_mm=(4.0, 5.0), base_mm=2.0, height_mm=1.0, contrast_gray=60.0)
    with pytest.raises(ValueError, match="flash stands on a part, but the scene has none"):
        scene(bump)


@pytest.mark.parametrize("scale", [0.0, -0.05, float("nan")])
def test_a_scale_is_above_zero(scale):
    with pytest.raises(ValueError, match=r"mm_per_px = .*: a scale is above 0"):
        scene(mm_per_px=scale)


def test_a_dent_is_a_soft_pair_within_its_rim():
    dent = Dent(center_mm=(32.0, 26.0), diameter_mm=36.0, contrast_gray=20.0, light_deg=180.0)
    one = scene(dent)
    shade = render(one) / 256.0 - FLAT.level_gray
    y, x = np.mgrid[:54, :66]
    assert np.abs(shade[np.hypot(x - 32, y - 26) > 18.0]).max() == 0.0
    assert shade[26, :32].min() < -15.0, "dark towards the light"
    assert shade[26, 33:].max() > 4.0, "bright away from it"
    assert np.abs(np.diff(shade, axis=1)).max() < 6.0, "softly"
    assert shade.min() == pytest.approx(truth(one)[0].contrast_gray, abs=0.2)


def test_contrast_is_what_the_camera_sees():
    one = scene(disk((4.0, 4.0), 9.0, -60.0), disk((32.5, 26.5), 9.0, -60.0), camera=replace(STILL, vignetting=0.3))
    empty = replace(one, objects=())
    corner, middle = truth(one)
    seen = (render(one).astype(float) - render(empty)) / 256.0
    assert seen[4, 4] == pytest.approx(corner.contrast_gray, abs=0.05)
    assert seen[26, 32] == pytest.approx(middle.contrast_gray, abs=0.05)
    assert corner.contrast_gray > -47.0 < middle.contrast_gray + 14.0


def test_the_corners_lack_the_share_of_light_that_is_said():
    pixels = render(scene(camera=replace(STILL, vignetting=0.25))) / 256.0
    assert pixels[[0, 0, -1, -1], [0, -1, 0, -1]] == pytest.approx(0.75 * 128.0, abs=0.01)


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_noise_and_depth(bits):
    pixels = render(scene(size_px=(300, 200), camera=Camera(noise_gray=2.0, bits=bits)))
    assert pixels.dtype == (np.uint8 if bits == 8 else np.uint16)
    assert not (pixels % (1 if bits == 8 else 1 << (16 - bits))).any()
    gray = pixels / (1 if bits == 8 else 256.0)
    assert gray.std() == pytest.approx(np.hypot(2.0, 0.29 if bits == 8 else 0.0), rel=0.02)
    assert gray.mean() == pytest.approx(128.0, abs=0.05)


def test_colour_keeps_the_grey_level():
    item = disk((30.0, 25.0), 9.0, -60.0)
    plain, tinted = (scene(item, camera=Camera(noise_gray=0.0, tint=tint)) for tint in (None, (0.8, 1.0, 1.1)))
    assert render(tinted).shape == (54, 66, 3)
    assert np.abs(gray8(render(tinted)).astype(int) - render(plain)).max() <= 1


@pytest.mark.parametrize("surface", [TEXTURED_ABS, GLOSSY_BLACK, CLEAR_LENS, BRUSHED_METAL, DARK_MAT])
def test_surfaces_have_their_texture_and_no_border(surface):
    even = replace(surface, gradient_gray=(0.0, 0.0), sheen_gray=0.0)
    pixels = render(Scene(size_px=(400, 260), mm_per_px=0.05, surface=even, camera=STILL)) / 256.0
    assert pixels.std() == pytest.approx(surface.grain_gray, rel=0.02)
    assert pixels.mean() == pytest.approx(surface.level_gray, abs=0.6)
    assert np.abs([pixels[0], pixels[-1]] - pixels.mean()).mean() < 2 * surface.grain_gray


def test_brushing_lies_along_x():
    even = replace(BRUSHED_METAL, gradient_gray=(0.0, 0.0), sheen_gray=0.0)
    pixels = render(Scene(size_px=(300, 200), mm_per_px=0.05, surface=even, camera=STILL)) / 256.0
    assert np.abs(np.diff(pixels, axis=0)).mean() > 10 * np.abs(np.diff(pixels, axis=1)).mean()


def test_the_same_scene_gives_the_same_pixels():
    one = Scene(size_px=(120, 90), mm_per_px=0.05, surface=TEXTURED_ABS, objects=(disk((3, 2), 0.5, -60.0),), seed=7)
    assert np.array_equal(render(one), render(one))
    assert not np.array_equal(render(one), render(replace(one, seed=8)))


def test_an_object_changes_nothing_elsewhere():
    one = Scene(size_px=(120, 90), mm_per_px=0.05, surface=TEXTURED_ABS, seed=7)
    changed = render(one) != render(replace(one, objects=(disk((3.0, 2.0), 0.5, -60.0),)))
    y, x = np.nonzero(changed)
    assert 0 < x.size < 400
    assert np.hypot(x - 60, y - 40).max() < 10


@pytest.mark.parametrize("item", OBJECTS.values(), ids=OBJECTS)
def test_what_reaches_out_of_the_frame_is_cut_off_there(item):
    whole, part = (render(scene(item, size_px=size)) for size in ((66, 54), (29, 23)))
    assert np.array_equal(whole[:23, :29], part)


@pytest.mark.parametrize("inset", [0.0, 1.5, 8.0])
@pytest.mark.parametrize("part", [PART, ROUND])
def test_the_outline_is_the_parts_silhouette(part, inset):
    x, y = np.array(outline(part, inset, steps=90)).T
    radius = max(part.corner_mm - inset, 0.0)
    area = (part.width_mm - 2 * inset) * (part.height_mm - 2 * inset) - (4 - np.pi) * radius**2
    assert abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2 == pytest.approx(area, rel=1e-4)
    assert (x.min(), y.max()) == pytest.approx((part.left_mm + inset, part.top_mm + part.height_mm - inset))


def test_the_part_covers_its_outline():
    one = scene(part=PART, ground=Surface(level_gray=68.0), size_px=(86, 76))
    covered = (render(one) / 256.0 - 68.0) / 60.0
    assert covered.sum() == pytest.approx(60.0 * 44.0 - (4 - np.pi) * 36.0, rel=1e-4)


def test_an_arc_keeps_its_radius():
    points = np.array(arc((5.0, 6.0), 3.0, 10.0, 100.0))
    assert np.hypot(*(points - (5.0, 6.0)).T) == pytest.approx(3.0)
    assert all(np.hypot(x1 - x0, y1 - y0) < 0.11 for (x0, y0), (x1, y1) in pairwise(points))


def test_a_turned_part_is_drawn_within_its_turned_outline():
    part = Part(left_mm=4.0, top_mm=4.0, width_mm=10.0, height_mm=6.0, corner_mm=1.0, turn_deg=25.0)
    pixels = render(Scene(size_px=(360, 280), mm_per_px=0.05, surface=FLAT, part=part, camera=Camera(noise_gray=0.0)))
    drawn = (pixels > 79).astype(np.uint8)
    (contour,), _ = cv2.findContours(drawn, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    polygon = (np.array(outline(part)) / 0.05).astype(np.float32)
    away = [cv2.pointPolygonTest(polygon, tuple(map(float, point)), True) for point in contour[:, 0]]
    assert min(away) > -0.6
    assert max(away) < 1.1
    left, top, right, bottom = np.array(part.box_mm) / 0.05
    assert contour[:, 0].min(axis=0) == pytest.approx((left, top), abs=12)
    assert contour[:, 0].max(axis=0) == pytest.approx((right, bottom), abs=12)
