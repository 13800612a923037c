"""Is the bench's truth true: its pictures, its sizes, and the bound below which no estimate can come."""

import math

import numpy as np
import pytest

from cvinspect.bench.cells import MAIN, Condition
from cvinspect.bench.crlb import disk_bound, line_bound
from cvinspect.bench.render import coverage
from cvinspect.bench.shapes import blot, disk, plate, stroke
from cvinspect.synth import Camera, Scene, Scratch, Speck, Surface, arc, straight
from cvinspect.synth.render import _face

AT, TURN = (60.2, 58.7), 33.0
BLACK = Surface(level_gray=0.0)

ROUNDED = 0.0005  # the known bounds are stated to 0.001 px

SHAPES = {
    "disk 3": disk(3),
    "disk 10": disk(10),
    "ellipse": blot(12, 8),
    "rough": blot(18, 14, 0.08, seed=3),
    "square": plate(8, 8),
    "rectangle": plate(20, 10),
    "line": stroke(60, 3),
    "hair": stroke(20, 1),
    "bow": stroke(60, 3, 1.0),
}


def speck(length, width, roughness=0.0, seed=0):
    return Speck(
        center_mm=AT,
        length_mm=length,
        width_mm=width,
        contrast_gray=1.0,
        angle_deg=TURN,
        roughness=roughness,
        seed=seed,
    )


def bow(length, width, bend):
    """The same arc drawn by synth: its middle lies half of its rise before the crown."""
    radius = (length - width) / bend
    crown = radius * (1 + math.cos(bend / 2)) / 2
    turn = math.radians(TURN)
    center = AT[0] - crown * math.sin(turn), AT[1] + crown * math.cos(turn)
    middle = math.degrees(-math.pi / 2 + turn)
    half = math.degrees(bend / 2)
    return Scratch(points_mm=arc(center, radius, middle - half, middle + half), width_mm=width, contrast_gray=1.0)


@pytest.mark.parametrize(
    ("shape", "item"),
    [
        (disk(5), speck(5, 5)),
        (blot(12, 8), speck(12, 8)),
        (blot(18, 14, 0.08, seed=3), speck(18, 14, 0.08, seed=3)),
        (stroke(60, 3), Scratch(points_mm=straight(AT, 60, 3, TURN), width_mm=3.0, contrast_gray=1.0)),
        (stroke(60, 3, 1.0), bow(60, 3, 1.0)),
    ],
    ids=["disk", "ellipse", "rough", "line", "bow"],
)
@pytest.mark.parametrize("psf", [0.8, 1.2])
def test_it_draws_as_synth_does(shape, item, psf):
    scene = Scene(size_px=(120, 120), mm_per_px=1.0, surface=BLACK, objects=(item,), camera=Camera(psf_sigma_px=psf))
    ours = np.zeros((120, 120))
    (x, y), share = coverage(shape, AT, math.radians(TURN), psf)
    ours[y : y + share.shape[0], x : x + share.shape[1]] = share
    assert np.abs(ours - _face(scene)).max() < 0.004


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_what_is_drawn_has_the_true_area_wherever_it_lies(shape):
    rng = np.random.default_rng(4)
    for _ in range(4):
        place = (50 + rng.uniform(-1, 1), 50 + rng.uniform(-1, 1))
        _, share = coverage(shape, place, rng.uniform(0, 6.3), 0.8)
        assert share.sum() == pytest.approx(shape.sizes["area"], rel=2.5e-3)
        assert share.min() >= 0
        assert share.max() <= 1 + 1e-6


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_its_sizes_are_those_of_its_edge(shape):
    """Extents of a fine raster of the shape itself, without blur."""
    step = 0.02 if shape.sizes["length"] < 25 else 0.05
    reach = shape.sizes["max_dimension"] / 2 + 2
    y, x = (np.arange(-reach, reach, step) for _ in range(2))
    inside = shape.distance(x[None, :], y[:, None]) <= 0
    rows, columns = np.nonzero(inside)
    points = np.stack([x[columns], y[rows]], axis=1)
    turns = np.linspace(0, math.pi, 360, endpoint=False)
    border = points[~_within(inside)[rows, columns]]
    spans = np.ptp(border @ np.stack([np.cos(turns), np.sin(turns)]), axis=0)
    assert inside.sum() * step**2 == pytest.approx(shape.sizes["area"], rel=0.01)
    assert spans.max() == pytest.approx(shape.sizes["max_dimension"], abs=3 * step)
    if shape is SHAPES["bow"]:
        return  # its length runs along its bend
    across, along = np.ptp(border @ _axes(points), axis=0)
    if shape.sizes["length"] > 1.05 * shape.sizes["width"]:
        assert along == pytest.approx(shape.sizes["length"], abs=3 * step)
        assert across == pytest.approx(shape.sizes["width"], abs=3 * step)


def _axes(points):
    return np.linalg.eigh(np.cov(points.T))[1]


def _within(inside):
    """True where all four neighbours are inside too."""
    framed = np.pad(inside, 1)
    return framed[:-2, 1:-1] & framed[2:, 1:-1] & framed[1:-1, :-2] & framed[1:-1, 2:]


def test_a_bent_line_is_as_long_along_its_bend_as_a_straight_one():
    for bend in (0.5, 1.0):
        bent, line = stroke(60, 3, bend).sizes, stroke(60, 3).sizes
        assert {**bent, "max_dimension": 60} == pytest.approx(line)
        assert bent["max_dimension"] == pytest.approx(3 + 57 * math.sin(bend / 2) / (bend / 2))


@pytest.mark.parametrize(
    ("diameter", "bound"),
    [(2, 0.250), (3, 0.100), (4, 0.061), (5, 0.046), (7, 0.033), (10, 0.025), (20, 0.016), (40, 0.011)],
)
def test_the_bound_on_disks_is_the_known_one(diameter, bound):
    assert disk_bound(diameter, MAIN) == pytest.approx(bound, abs=0.05 * bound + ROUNDED)


@pytest.mark.parametrize(
    ("width", "of_width", "of_length"), [(1, 0.099, 0.15), (2, 0.031, None), (3, 0.019, 0.059), (5, 0.013, 0.042)]
)
def test_the_bound_on_lines_is_the_known_one(width, of_width, of_length):
    """Known for rectangles; these ends are round."""
    bound = line_bound(60, width, MAIN)
    assert bound["width"] == pytest.approx(of_width, abs=0.05 * of_width + ROUNDED)
    if of_length:
        assert bound["length"] == pytest.approx(of_length, abs=0.05 * of_length + ROUNDED)


def test_the_bound_follows_noise_and_contrast():
    """It depends on noise over contrast alone; rounding counts as noise."""
    loud = Condition(0.8, math.sqrt(4 * (2**2 + 1 / 12) - 1 / 12), 60.0)
    assert disk_bound(5, loud) == pytest.approx(2 * disk_bound(5, MAIN))
    assert disk_bound(5, Condition(0.8, 2.0, 20.0)) == pytest.approx(3 * disk_bound(5, MAIN), rel=1e-6)
    assert disk_bound(5, Condition(1.2, 2.0, 60.0)) > 1.2 * disk_bound(5, MAIN)


def test_no_unbiased_estimate_beats_the_bound():
    """A large disk's area by the sum of all pixels: contrast known, so it may come near what is known of the area."""
    rng, errors, d = np.random.default_rng(1), [], 10
    for _ in range(300):
        (_, _), share = coverage(disk(d), tuple(30 + rng.uniform(-1, 1, 2)), 0.0, MAIN.psf_px)
        seen = MAIN.contrast_gray * share + rng.normal(0, MAIN.noise_gray, share.shape)
        errors.append(2 * math.sqrt(seen.sum() / MAIN.contrast_gray / math.pi) - d)
    assert abs(np.mean(errors)) < 0.01
    assert np.std(errors) > 0.021  # the bound where the contrast is known
