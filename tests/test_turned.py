"""Turned parts: what goes round is no finding, what does not is; seen straight on and from the side."""

from __future__ import annotations

from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from cvinspect.detect import DentDetector, FlashDetector, ForeignDetector, detect, inspected
from cvinspect.errors import PictureError
from cvinspect.locate import placed
from cvinspect.model import Calibration, Face, Frame, Kind

SIZE = (400, 360)
MIDDLE = np.array([205.0, 172.0])
RADIUS_PX = 150.0
RINGS = ((0.0, 90.0), (20.0, 160.0), (34.0, 40.0), (80.0, 175.0), (92.0, 60.0), (98.0, 150.0))  # from radius, grey
MADE = datetime(2026, 1, 1, tzinfo=UTC)
CALIBRATION = Calibration(0.05, 0.005, SIZE, MADE, MADE.replace(year=2027), psf_sigma_px=0.8)
FOREIGN = {Kind.FOREIGN_MATTER: ForeignDetector(contrast_gray=20.0)}


def drawn(tilt=1.0, offset=0.0, specks=(), arc_deg=0.0, seed=1):
    """A turned part, seen `tilt` as high as wide, its inner rings `offset` px off the rim's middle, lit from one side.

    specks: (radius, angle_deg, size_px, contrast). arc_deg: how far a dark mark goes round at a radius of 125 px.
    """
    fine = 2
    y, x = np.mgrid[: fine * SIZE[1], : fine * SIZE[0]] / fine
    x, y = x - MIDDLE[0], (y - MIDDLE[1]) / tilt
    part = np.hypot(x, y)
    inner = np.hypot(x - offset, y)
    gray = np.full(x.shape, 110.0)
    gray[part <= RADIUS_PX] = 150.0
    for start, level in RINGS:
        gray[(inner >= start) & (inner < 100.0)] = level
    turn = np.degrees(np.arctan2(y, x))
    gray *= 1 + 0.12 * np.cos(np.radians(2 * turn)) * (part <= RADIUS_PX)
    gray[(abs(part - 125.0) < 2.0) & (abs(turn) < arc_deg / 2)] -= 50.0
    for radius, degrees, size, contrast in specks:
        at = radius * np.cos(np.radians(degrees)), radius * np.sin(np.radians(degrees))
        gray[np.hypot(x - at[0], (y - at[1]) * tilt) <= size / 2] += contrast
    seen = cv2.GaussianBlur(cv2.resize(gray, SIZE, interpolation=cv2.INTER_AREA), (0, 0), 0.8)
    noisy = seen + np.random.default_rng(seed).normal(0, 1.5, seen.shape)
    return Frame(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))


def placement():
    return placed((Face("front", "1"),), CALIBRATION)


def found(frame, detectors=FOREIGN, turned=True):
    return detect(frame, placement(), detectors, turned=turned)


@pytest.mark.parametrize(("tilt", "offset"), [(1.0, 0.0), (0.9, 0.0), (0.85, 4.0)])
def test_rings_are_no_findings(tilt, offset):
    frame = drawn(tilt, offset)
    assert found(frame) == ()
    assert found(frame, turned=False)


@pytest.mark.parametrize(("tilt", "offset"), [(1.0, 0.0), (0.85, 4.0)])
@pytest.mark.parametrize(
    "speck", [(125.0, 40.0, 6.0, -50.0), (125.0, 40.0, 6.0, 50.0), (86.0, 200.0, 5.0, -70.0), (99.0, 120.0, 6.0, -60.0)]
)
def test_a_pit_is_found_on_a_face_on_a_ring_and_at_a_groove(tilt, offset, speck):
    radius, degrees = speck[:2]
    at = MIDDLE + radius * np.array([np.cos(np.radians(degrees)), tilt * np.sin(np.radians(degrees))])
    regions = found(drawn(tilt, offset, (speck,)))
    assert [float(np.linalg.norm(one.contour_px.mean(axis=0) - at)) < 3 for one in regions] == [True]


def test_what_goes_round_by_more_than_20_degrees_is_the_parts_own():
    assert found(drawn(arc_deg=12.0))
    middles = [one.contour_px.mean(axis=0) for one in found(drawn(arc_deg=60.0))]
    assert all(np.linalg.norm(middle - MIDDLE - (125.0, 0.0)) > 20 for middle in middles)


def test_flash_is_looked_for_in_the_picture_as_it_is():
    frame = drawn()
    pixels = frame.pixels.copy()
    cv2.circle(pixels, (int(MIDDLE[0] + RADIUS_PX), int(MIDDLE[1])), 8, 150, cv2.FILLED)
    kinds = {Kind.FLASH: FlashDetector(outline="ellipse"), **FOREIGN}
    assert [one.kind for one in found(Frame(pixels), kinds)] == [Kind.FLASH]


def test_where_no_round_part_is_seen_nothing_was_inspected():
    with pytest.raises(PictureError, match="no round part stands out of the ground") as told:
        found(Frame(np.random.default_rng(0).normal(120, 3, SIZE[::-1]).astype(np.uint8)))
    assert told.value.code == "turned_missing"


def test_only_the_part_of_a_face_is_told_to_be_inspected():
    corners = ((5.0, 5.0), (15.0, 5.0), (15.0, 17.5), (5.0, 17.5))
    whole = placed((Face("front", "1", ((7.0, 6.0), (13.0, 6.0), (13.0, 11.0), (7.0, 11.0))),), CALIBRATION)
    beyond = placed((Face("front", "1", corners),), CALIBRATION)
    shares = [inspected(drawn(), one, FOREIGN, turned=True)[0].coverage for one in (whole, beyond, placement())]
    assert shares[0] == shares[2] == 1.0
    assert 0.8 < shares[1] < 0.99


def test_a_dent_on_a_face_is_found():
    frame = drawn()
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    dent = 14 * np.exp(-((x - MIDDLE[0]) ** 2 + (y - MIDDLE[1] - 125) ** 2) / (2 * 7.0**2))
    pixels = np.clip(frame.pixels + np.rint(dent), 0, 255).astype(np.uint8)
    regions = found(Frame(pixels), {Kind.DENT: DentDetector()})
    assert any(np.linalg.norm(one.contour_px.mean(axis=0) - MIDDLE - (0, 125)) < 6 for one in regions)
