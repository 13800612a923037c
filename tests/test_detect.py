"""Detection on plain surfaces: every object once, nothing where there is nothing."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import plain_frames as plain
import pytest

from cvinspect.detect import DETECTORS, DentDetector, ForeignDetector, ScratchDetector, detect, floors_mm, inspected
from cvinspect.errors import PictureError
from cvinspect.model import CAMERA_KINDS, Doubt, Kind

DEFAULT = {kind: detector() for kind, detector in DETECTORS.items()}
ONLY_FOREIGN = {Kind.FOREIGN_MATTER: ForeignDetector()}


def found(*objects, detectors=DEFAULT, outlines=None, size=plain.SIZE, **kw):
    pixels = plain.rendered(*objects, size=size, **kw)
    return detect(plain.framed(pixels), plain.placement(size, outlines), detectors)


def masks(regions, size=plain.SIZE):
    drawn = []
    for region in regions:
        mask = np.zeros(size[::-1], np.uint8)
        cv2.drawContours(mask, [region.contour_px], -1, 1, cv2.FILLED)
        drawn.append(mask)
    return drawn


PLAIN = [
    *[(plain.disk(d), c, Kind.FOREIGN_MATTER) for d in (3, 4, 7, 12, 20, 28, 36, 60, 110) for c in (60, -25)],
    (plain.disk(3), 14, Kind.FOREIGN_MATTER),
    (plain.bar(12, 7), -40, Kind.FOREIGN_MATTER),
    *[
        (plain.bar(120, w, at), c, Kind.SCRATCH)
        for w, at in ((1.5, 23), (3, 71), (6, 45), (12, 140))
        for c in (40, -20)
    ],
    (plain.arc(60, 150, 3), -30, Kind.SCRATCH),
    (plain.arc(45, 290, 2.5), 40, Kind.SCRATCH),
    *[(plain.dent(s), c, Kind.DENT) for s in (8, 12, 20) for c in (12, -25)],
]


@pytest.mark.parametrize(("shape", "contrast", "kind"), PLAIN)
def test_a_plain_object_is_one_region_of_its_kind(shape, contrast, kind):
    (region,) = found((shape, contrast), shade=20)
    assert region.kind is kind
    assert region.polarity == np.sign(contrast)
    assert region.strength > 6
    assert region.doubt is Doubt.NONE
    truth = plain.covered(plain.SIZE, shape) > 0.5
    assert masks([region])[0][truth].mean() > 0.9


@pytest.mark.parametrize("diameter", [180, 320])
def test_there_is_no_upper_size(diameter):
    size = (841, 660)
    (region,) = found((plain.disk(diameter, (431.2, 310.8)), -30), size=size, shade=20)
    assert cv2.boundingRect(region.contour_px)[2] == pytest.approx(diameter, abs=6)


@pytest.mark.parametrize("kind", CAMERA_KINDS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_is_found_on_a_blank_surface(kind, seed):
    assert found(detectors={kind: DETECTORS[kind]()}, seed=seed, shade=25) == ()


@pytest.mark.parametrize(
    ("pixels", "code"),
    [
        (np.zeros((61, 40), np.uint8), "picture_dark"),
        (np.full((90, 131), 255, np.uint8), "picture_bright"),
        (np.full((1, 1), 7, np.uint8), "picture_small"),
        (np.full((3, 2), 7, np.uint8), "picture_small"),
        (np.full((300, 1), 90, np.uint8), "picture_small"),
        (np.random.default_rng(5).integers(0, 256, (330, 270)).astype(np.uint8), "picture_noisy"),
        (np.full((90, 131), 2500, np.uint16), "picture_dark"),
    ],
    ids=["black", "white", "one pixel", "tiny", "thin", "noise", "12 bits in 16"],
)
def test_a_frame_that_shows_nothing_is_refused_and_never_clean(pixels, code):
    with pytest.raises(PictureError, match=r"px|grey level|bits") as refused:
        detect(plain.framed(pixels), plain.placement(pixels.shape[::-1]), DEFAULT)
    assert refused.value.code == code


def test_too_many_findings_are_refused_in_words():
    pixels = plain.rendered(size=(1603, 1201), noise=0)
    pixels[4::12, 5::12] = 20
    with pytest.raises(PictureError, match=r"findings in one picture, at most 5000 .* raise contrast_gray") as refused:
        detect(plain.framed(pixels), plain.placement((1603, 1201)), ONLY_FOREIGN)
    assert refused.value.code == "too_many_findings"


def test_two_objects_are_two_regions_and_none_is_lost():
    regions = found((plain.disk(9, (80.2, 90.1)), 50), (plain.bar(90, 3, 23, (220.4, 160.2)), -40))
    assert sorted(region.kind for region in regions) == [Kind.FOREIGN_MATTER, Kind.SCRATCH]


def test_a_broken_line_is_one_scratch():
    pieces = [(plain.bar(30, 2.5, 0, (x, 133.3)), -40) for x in (70.4, 115.4, 160.4, 205.4)]
    (region,) = found(*pieces)
    assert region.kind is Kind.SCRATCH
    assert cv2.boundingRect(region.contour_px)[2] == pytest.approx(165, abs=8)


def test_a_gap_longer_than_join_mm_stays_a_gap():
    pieces = [(plain.bar(30, 2.5, 0, (x, 133.3)), -40) for x in (70.4, 115.4)]
    knobs = {Kind.SCRATCH: ScratchDetector(join_mm=8 * plain.MM_PER_PX)}
    assert len(found(*pieces, detectors=knobs)) == 2


def test_parallel_lines_stay_apart():
    assert len(found((plain.bar(90, 3, 23), -40), (plain.bar(90, 3, 23, (160.3, 156.7)), -40))) == 2


def test_a_line_is_foreign_matter_where_no_scratch_is_looked_for():
    (region,) = found((plain.bar(90, 3), -40), detectors=ONLY_FOREIGN)
    assert region.kind is Kind.FOREIGN_MATTER


@pytest.mark.parametrize("kinds", [("dent",), ("foreign_matter",), ("scratch", "foreign_matter"), ("dent", "scratch")])
def test_what_was_not_asked_for_is_not_found(kinds):
    asked = {kind: DEFAULT[kind] for kind in map(Kind, kinds)}
    regions = found((plain.disk(20, (70, 70)), 40), (plain.dent(14, (230, 180)), 25), detectors=asked)
    assert {region.kind for region in regions} <= set(kinds)


def test_a_speck_in_a_dent_is_kept_and_the_dent_says_so():
    (region,) = found((plain.dent(16), 15), (plain.disk(6), -90))
    assert region.kind is Kind.DENT
    assert Doubt.MERGED in region.doubt


OVERLAPPING = [
    [(plain.bar(150, 3, 30), -40), (plain.bar(150, 3, 120), -40)],
    [(plain.dent(16), 20), (plain.bar(180, 3, 30), -60)],
    [(plain.disk(60), 30), (plain.bar(200, 3, 10), -50)],
    [(plain.disk(40, (140.2, 130.1)), 30), (plain.disk(30, (172.7, 131.2)), -50)],
]


@pytest.mark.parametrize("objects", OVERLAPPING)
def test_a_pixel_belongs_to_one_region_and_every_object_to_some(objects):
    drawn = masks(found(*objects))
    assert sum(drawn).max() == 1
    for shape, _ in objects:
        assert sum(drawn)[plain.covered(plain.SIZE, shape) > 0.9].mean() > 0.6


def test_a_face_limits_what_is_found():
    face = [(100.2, 60.7), (290.1, 71.3), (270.4, 240.9), (110.8, 230.2)]
    objects = [
        (plain.disk(12, (40, 40)), 50),
        (plain.disk(12, (180, 140)), 50),
        (plain.bar(120, 4, 5, (110, 180)), -50),
    ]
    regions = found(*objects, outlines=[face])
    assert len(regions) == 2
    outline = np.array(face, np.float32)
    assert all(
        cv2.pointPolygonTest(outline, (float(x), float(y)), True) >= -1 for r in regions for x, y in r.contour_px
    )


def test_the_part_beside_a_face_makes_no_finding():
    """A face on a dark ground: the step at its edge is not its surface."""
    pixels = plain.rendered((plain.bar(200, 140, 12), 90), level=30)
    corners = cv2.boxPoints((plain.CENTER, (192, 132), 12))
    assert detect(plain.framed(pixels), plain.placement(outlines=[corners]), DEFAULT) == ()


def test_doubts_of_the_frame_are_flagged():
    edge, white = found((plain.disk(30, (2.0, 60.3)), 40), (plain.disk(20, (200.3, 150.2)), 150))
    assert edge.doubt is Doubt.TOUCHES_BORDER
    assert white.doubt is Doubt.SATURATED
    pixels = plain.rendered(noise=0)
    pixels[140, 171] += 40
    (hot,) = detect(plain.framed(pixels), plain.placement(), {Kind.FOREIGN_MATTER: ForeignDetector(contrast_gray=9)})
    assert hot.doubt is Doubt.BELOW_RESOLUTION


def test_smallest_mm_leaves_out_what_is_smaller():
    objects = [(plain.disk(6, (80, 80)), 50), (plain.disk(24, (200, 160)), 50)]
    knobs = {Kind.FOREIGN_MATTER: ForeignDetector(smallest_mm=15 * plain.MM_PER_PX)}
    assert len(found(*objects, detectors=knobs)) == 1


def test_16_bit_and_colour_frames_are_seen_as_their_grey():
    pixels = plain.rendered((plain.disk(12), 50))
    for other in (pixels.astype(np.uint16) << 8, np.repeat(pixels[..., None], 3, axis=2)):
        (region,) = detect(plain.framed(other), plain.placement(), DEFAULT)
        (same,) = detect(plain.framed(pixels), plain.placement(), DEFAULT)
        np.testing.assert_array_equal(region.contour_px, same.contour_px)


def test_detection_is_repeatable_and_leaves_its_input_alone():
    pixels = plain.rendered(*OVERLAPPING[2])
    frame, before = plain.framed(pixels), pixels.copy()
    one, two = (detect(frame, plain.placement(), DEFAULT) for _ in range(2))
    np.testing.assert_array_equal(frame.pixels, before)
    assert [(r.kind, r.strength, r.contour_px.tolist()) for r in one] == [
        (r.kind, r.strength, r.contour_px.tolist()) for r in two
    ]


@pytest.mark.parametrize("kind", DETECTORS)
def test_a_detector_is_frozen_keyword_only_and_explains_its_knobs(kind):
    detector = DETECTORS[kind]
    knobs = [field.name for field in dataclasses.fields(detector)]
    assert all(f"{knob}:" in " ".join((detector.__doc__ or "").split()) for knob in knobs)
    assert not any(knob.endswith("_px") for knob in knobs)
    with pytest.raises(TypeError, match="positional"):
        detector(1.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        detector().contrast_gray = 3.0


@pytest.mark.parametrize("kind", DETECTORS)
@pytest.mark.parametrize(
    ("knob", "value", "words"),
    [
        ("smallest_mm", -1.0, r"smallest_mm = -1.0: allowed is a number from 0 to 1000 mm"),
        ("smallest_mm", float("nan"), r"smallest_mm = nan: allowed"),
        ("contrast_gray", 0.5, r"contrast_gray = 0.5: allowed is a number from 1 to 255 grey levels"),
        ("contrast_gray", None, r"contrast_gray = None: allowed"),
        ("noise_sigmas", 0.0, r"noise_sigmas = 0.0: allowed is a number from 1 to 100 noise sigmas"),
    ],
)
def test_a_bad_knob_is_refused_in_words(kind, knob, value, words):
    with pytest.raises(ValueError, match=words):
        DETECTORS[kind](**{knob: value})


@pytest.mark.parametrize(
    ("detector", "knobs", "words"),
    [
        (ScratchDetector, {"elongation": 1.0}, "elongation = 1.0: allowed is a number from 2 to 100"),
        (ScratchDetector, {"widest_mm": -2.0}, "widest_mm = -2.0"),
        (ScratchDetector, {"join_mm": float("inf")}, "join_mm = inf"),
        (DentDetector, {"soft_edge_mm": "1"}, "soft_edge_mm = '1'"),
    ],
)
def test_a_bad_knob_of_one_detector_is_refused_in_words(detector, knobs, words):
    with pytest.raises(ValueError, match=words):
        detector(**knobs)


def test_inspected_says_face_kind_floor_and_share():
    frame = plain.framed(plain.rendered())
    half_out = [(-100.5, 19.5), (99.5, 19.5), (99.5, 99.5), (-100.5, 99.5)]
    outside = [(400.0, 19.5), (499.5, 19.5), (499.5, 99.5)]
    said = inspected(frame, plain.placement(outlines=[half_out, outside]), DEFAULT)
    looked_for = [Kind.SCRATCH, Kind.DENT, Kind.FOREIGN_MATTER]
    assert [(one.face, one.kind) for one in said] == [(f, kind) for f in ("face1", "face2") for kind in looked_for]
    assert [one.coverage for one in said] == pytest.approx([0.5] * 3 + [0.0] * 3)
    assert {one.from_mm for one in said} == {3 * plain.MM_PER_PX}


def test_without_foreign_matter_scratches_and_dents_have_floors_of_their_own():
    floors = floors_mm({Kind.SCRATCH: ScratchDetector(), Kind.DENT: DentDetector()}, plain.MM_PER_PX)
    assert floors == pytest.approx({Kind.SCRATCH: 9 * plain.MM_PER_PX, Kind.DENT: 16 * plain.MM_PER_PX})


@pytest.mark.parametrize("seed", range(12))
def test_no_frame_however_crowded_breaks_the_contract(seed):
    rng = np.random.default_rng(seed)
    width, height = rng.integers(20, 420, 2)
    pixels = rng.normal(rng.uniform(20, 230), rng.uniform(0, 20), (height, width))
    for _ in range(30):
        gray, one, two = (
            float(rng.uniform(0, 255)),
            rng.integers(-20, 440, 2).tolist(),
            rng.integers(-20, 440, 2).tolist(),
        )
        cv2.circle(pixels, one, int(rng.integers(0, 60)), gray, cv2.FILLED)
        cv2.line(pixels, one, two, gray, int(rng.integers(1, 20)))
    size = (int(width), int(height))
    flash = {Kind.FLASH: DETECTORS[Kind.FLASH](outline=("ellipse", "circle", "face")[seed % 3])}
    inner = [(width * 0.1, height * 0.1), (width * 0.9, height * 0.2), (width * 0.7, height * 0.9)]
    placement = plain.placement(size, [inner, [(width + 5, 0), (width + 50, 0), (width + 50, 30)]])
    try:
        regions = detect(plain.framed(np.clip(pixels, 0, 255).astype(np.uint8)), placement, DEFAULT | flash)
    except PictureError as refused:
        if refused.code not in ("picture_noisy", "picture_dark", "picture_bright"):
            raise
        return
    assert sum(masks(regions, size), np.zeros(1, np.uint8)).max() <= 1
    for region in regions:
        assert region.contour_px.dtype == np.int32
        assert (region.contour_px >= 0).all()
        assert (region.contour_px < size).all()
