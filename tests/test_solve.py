"""Is the camera that is solved the one that made the points, and is what it says of its own error true?"""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from simulated_views import CHARUCO, DOTS, SIZE, SMALL, inside, length_ratio, lifted, map_error_px, seen, shots

from cvinspect.calibration.solve import NOTES, View, check_view, misfit_views, solve
from cvinspect.calibration.target import parse_target
from cvinspect.errors import CalibrationError
from cvinspect.synth.board import camera_projection, render_board


@pytest.fixture
def rng():
    return np.random.default_rng(20)


def rms(errors):
    return np.sqrt(np.mean(np.square(errors)))


@pytest.mark.parametrize("tilt", [(0, 0, 0), (7, -7, 130), (30, 0, 0)])
@pytest.mark.parametrize(("target", "sigma"), [(DOTS, 0.007), (CHARUCO, 0.05)])
def test_three_views_and_the_plane(rng, target, sigma, tilt):
    views, truth = shots(rng, sigma, 3, target=target, tilt=tilt)
    solution = solve(views, 0, SIZE)
    assert rms(map_error_px(solution, truth, target)) <= 0.01
    assert (solution.alone, solution.misfits, solution.notes) == (False, (), ())
    assert solution.sigma_px == pytest.approx(sigma, rel=0.1)
    assert solution.focal_px == pytest.approx(7246, abs=5 * solution.u_focal_px)
    assert solution.views[0].tilt_deg == pytest.approx(np.hypot(*tilt[:2]), abs=0.2)
    assert solution.views[0].distance_mm == pytest.approx(362.3, rel=0.002)


@pytest.mark.parametrize("tilt", [(0, 0, 0), (3, 0, 0), (10, 0, 0), (0, 30, 70)])
@pytest.mark.parametrize(("target", "sigma"), [(DOTS, 0.007), (CHARUCO, 0.05)])
def test_the_plane_view_alone(rng, target, sigma, tilt):
    views, truth = shots(rng, sigma, 0, target=target, tilt=tilt)
    solution = solve(views, 0, SIZE)
    errors = map_error_px(solution, truth, target)
    assert rms(errors) <= 0.02
    assert errors.max() <= 0.1
    assert solution.alone


@pytest.mark.parametrize("tilt", [0, 10, 30])
def test_the_middle_of_a_disks_picture_is_put_right(tilt):
    target, size = parse_target("dots:7x6:5:2.5"), (760, 680)
    angles = {"tilt_x_deg": tilt, "tilt_y_deg": -tilt / 2}
    camera = {"center_px": (380, 335), "distance_mm": 100.0, "focal_px": 1700.0, "distortion": (-0.1, 0.1, 0, 0, 0)}
    truth = camera_projection(**angles, **camera, looks_at_mm=tuple(target.points_mm.mean(axis=0)))
    ink = 200.0 - render_board(target.polygons_mm(), target.disks_mm(), truth, size, noise_gray=0.0)
    centers = truth.to_px(target.points_mm)
    view = View("dots", np.array([centroid(ink, place, 28) for place in centers]), target.points_mm)
    raw, right = (map_error_px(solve([view], 0, size, disk_diameter_mm=d), truth, target) for d in (None, 2.5))
    assert rms(right) < 0.01
    assert rms(raw) > (6 if tilt else 1) * rms(right)


def centroid(ink, place, reach):
    x, y = np.rint(place).astype(int)
    rows, columns = np.mgrid[y - reach : y + reach + 1, x - reach : x + reach + 1]
    weights = ink[rows, columns] * (np.hypot(rows - y, columns - x) <= reach)
    return (weights * columns).sum() / weights.sum(), (weights * rows).sum() / weights.sum()


@pytest.mark.parametrize("count", [0, 3])
@pytest.mark.parametrize("tilt", [(0, 0, 0), (8, -5, 130), (0, 0, -90)])
def test_the_parts_axes(rng, count, tilt):
    views, _ = shots(rng, 0.007, count, tilt=tilt, target=SMALL)
    projection = solve(views, 0, SIZE).projection
    around = [[0.0, 0.0], [1223.0, 1023.5], [1224.0, 1023.5], [1223.5, 1024.5]]
    origin, left, right, below = projection.to_mm(np.array(around))
    np.testing.assert_allclose(origin, 0, atol=1e-9)
    assert right[0] - left[0] == pytest.approx(0.05, rel=0.02)
    assert right[1] - left[1] == pytest.approx(0, abs=1e-9)
    assert below[1] > left[1]
    np.testing.assert_allclose(projection.to_px(projection.to_mm(views[0].points_px)), views[0].points_px, atol=1e-6)


def test_the_targets_own_mm_and_back(rng):
    solution = solve(shots(rng, 0.007, 3, tilt=(5, 0, 60), target=SMALL)[0], 0, SIZE)
    places = rng.uniform(0, 100, (20, 2))
    np.testing.assert_allclose(solution.to_board_mm(solution.to_part_mm(places)), places, atol=1e-9)


@pytest.mark.parametrize("height", [6.0, -4.0])
@pytest.mark.parametrize(
    ("count", "tilt", "distance"), [(3, (12, 5, 20), None), (0, (2, 0, 0), 362.3), (0, (30, 0, 0), None)]
)
def test_the_part_lies_over_the_target(rng, count, tilt, distance, height):
    views, truth = shots(rng, 0.003, count, tilt=tilt)
    solution = solve(views, 0, SIZE, height_mm=height, distance_mm=distance)
    points, angles = rng.uniform(200, 1800, (300, 2)), rng.uniform(0, np.pi, 300)
    off = length_ratio(solution.projection, lifted(truth, height), points, angles)
    flat = length_ratio(solve(views, 0, SIZE).projection, lifted(truth, height), points, angles)
    assert abs(flat.mean()) == pytest.approx(abs(height) / 362.3, rel=0.2)
    assert rms(off) < 0.01 * rms(flat) if count else rms(off) < 0.05 * rms(flat)
    assert rms(off / solution.field.at(points, SIZE)) < 3


def test_a_height_needs_a_distance(rng):
    views, _ = shots(rng, 0.05, 0)
    for height in ({"height_mm": 2.0}, {"u_height_mm": 0.1}):
        with pytest.raises(CalibrationError, match="give --distance"):
            solve(views, 0, SIZE, **height)
    assert "distance_given" in solve(views, 0, SIZE, u_height_mm=0.1, distance_mm=362.0).notes


def test_what_all_of_the_target_shares_is_in_every_node(rng):
    views, _ = shots(rng, 0.007, 3, target=SMALL)
    of_fit = np.array(solve(views, 0, SIZE).field.u_scale)
    printed = np.array(solve(views, 0, SIZE, u_print_scale=0.001).field.u_scale)
    lifted_too = np.array(solve(views, 0, SIZE, u_print_scale=0.001, u_height_mm=0.3).field.u_scale)
    np.testing.assert_allclose(printed, np.hypot(of_fit, 0.001), rtol=1e-3)
    np.testing.assert_allclose(lifted_too, np.hypot(printed, 0.3 / 362.3), rtol=0.02)


def same_pose(rng):
    return [seen(rng, 0.02, target=SMALL)[0] for _ in range(4)]


def only_rolled(rng):
    return [seen(rng, 0.02, target=SMALL, tilt=(0, 0, 30 * i), distance_mm=362 + 8 * i)[0] for i in range(4)]


def two_views(rng):
    return shots(rng, 0.02, 1, target=SMALL)[0]


@pytest.mark.parametrize(
    ("made", "note"), [(same_pose, "same_tilts"), (only_rolled, "same_tilts"), (two_views, "too_few_views")]
)
def test_what_tells_no_focal_length_falls_back_and_says_so(rng, made, note):
    views = made(rng)
    solution = solve(views, 0, SIZE)
    assert solution.alone
    assert note in solution.notes
    assert set(solution.notes) <= set(NOTES)
    alone = solve(views[:1], 0, SIZE)
    np.testing.assert_array_equal(
        solution.projection.to_mm(views[0].points_px), alone.projection.to_mm(views[0].points_px)
    )
    assert [view.used for view in solution.views] == [True] + [False] * (len(views) - 1)
    assert [np.isnan(each).all() for each in solution.residuals_px] == [not view.used for view in solution.views]


def test_any_view_may_be_the_plane(rng):
    views, truth = shots(rng, 0.007, 3)
    solution = solve([*views[1:], views[0]], 3, SIZE)
    assert rms(map_error_px(solution, truth)) <= 0.01
    assert solution.plane == 3


def test_no_number_is_fitted_that_the_points_do_not_ask_for():
    fitted = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        fitted += solve(shots(rng, 0.05, 3, target=SMALL, distortion=(-0.15, 0, 0, 0, 0))[0], 0, SIZE).fitted
    assert fitted.count("k1") == 5
    assert all(fitted.count(name) <= 3 for name in ("k2", "k3", "tangential", "aspect"))


def test_the_numbers_that_the_points_ask_for(rng):
    bent = {"distortion": (-0.2, 0.5, 2e-3, -1e-3, 8.0)}
    assert solve(shots(rng, 0.01, 3, **bent)[0], 0, SIZE).fitted == ("focal", "center", "k1", "k2", "tangential", "k3")


def test_outliers_are_left_out_and_counted(rng):
    views, truth = shots(rng, 0.02, 3)
    wrong = [rng.random(len(view.points_px)) < 0.06 for view in views]
    for view, off in zip(views, wrong, strict=True):
        view.points_px[off] += rng.choice([-1, 1], (off.sum(), 2)) * rng.uniform(0.5, 20, (off.sum(), 2))
    solution = solve(views, 0, SIZE)
    assert [view.outliers for view in solution.views] == [off.sum() for off in wrong]
    assert all(np.array_equal(*each) for each in zip(solution.outlying, wrong, strict=True))
    assert rms(map_error_px(solution, truth)) <= 0.01
    assert solution.misfits == ()


def stretched(view, _):
    return replace(view, points_mm=view.points_mm * [1, 1.03])


def turned(view, _):
    return replace(view, points_px=np.array(SIZE) - 1 - view.points_px)


def other_zoom(_, rng):
    return seen(rng, 0.02, target=SMALL, tilt=(-18, 12, 40), focal_px=7000.0)[0]


def blurred(view, rng):
    return replace(view, points_px=view.points_px + rng.normal(0, 0.3, view.points_px.shape))


@pytest.mark.parametrize(("spoil", "count"), [(stretched, 3), (turned, 4), (other_zoom, 3), (blurred, 3)])
def test_a_view_that_does_not_fit_is_named(rng, spoil, count):
    views, _ = shots(rng, 0.02, count, target=SMALL)
    assert misfit_views(solve(views, 0, SIZE)) == ()
    views[2] = spoil(views[2], rng)
    assert misfit_views(solve(views, 0, SIZE)) == (2,)


def test_outside_the_points_the_scale_is_less_sure(rng):
    views, _ = shots(rng, 0.02, 3, target=SMALL)
    views = [
        replace(view, points_px=view.points_px[half], points_mm=view.points_mm[half])
        for view in views
        for half in [view.points_mm[:, 0] < 45]
    ]
    solution = solve(views, 0, SIZE)
    nodes = np.reshape(solution.field.u_scale, (7, 9))
    assert cv2.pointPolygonTest(solution.covered_px.astype(np.float32), (500.0, 1000.0), False) > 0
    assert nodes[3, 8] > 4 * nodes[3, 2]
    assert max(solution.field.u_scale) <= 0.5


@pytest.mark.parametrize("count", [0, 3])
def test_a_small_target_before_a_wide_lens_leaves_a_map_that_can_be_turned_around(rng, count):
    size, wide = (640, 480), {"focal_px": 700.0, "center_px": (310, 245), "distortion": (-0.25, 0.1, 0, 0, 0)}
    target = parse_target("chess:9x7:10")
    views, _ = shots(rng, 0.03, count, target=target, distance_mm=450.0, **wide)
    solution = solve(views, 0, size)
    pixels = np.stack(np.meshgrid(np.linspace(0, 639, 20), np.linspace(0, 479, 20)), axis=-1).reshape(-1, 2)
    np.testing.assert_allclose(solution.projection.to_px(solution.projection.to_mm(pixels)), pixels, atol=1e-3)
    corner, middle = solution.field.at(np.array([[0.0, 0.0], [310.0, 245.0]]), size)
    assert corner > 20 * middle


def test_a_bent_target_makes_the_scale_less_sure(rng):
    flat, bent = (bent_views(rng, sagitta) for sagitta in (0.0, 0.2))
    assert "smooth_residuals" not in solve(flat, 0, SIZE).notes
    solution = solve(bent, 0, SIZE)
    assert "smooth_residuals" in solution.notes
    truth = camera_projection(looks_at_mm=tuple(DOTS.points_mm.mean(axis=0)))
    points, angles = rng.uniform(150, np.array(SIZE) - 150, (400, 2)), rng.uniform(0, np.pi, 400)
    off = length_ratio(solution.projection, truth, points, angles) / solution.field.at(points, SIZE)
    assert np.mean(np.abs(off) < 2) > 0.9
    assert rms(off) > 0.5


def bent_views(rng, sagitta_mm):
    """Of a target that bulges along x; drawn by OpenCV, which can put points off the plane."""
    camera, lens = np.array([[7246, 0, 1232.8], [0, 7246, 1017.4], [0, 0, 1]]), np.array([-0.15, 0.6, 1e-4, -2e-4, 0])
    printed = DOTS.points_mm - DOTS.points_mm.mean(axis=0)
    solid = np.column_stack([printed, sagitta_mm * ((printed[:, 0] / 55) ** 2 - 1 / 3)])
    views = []
    for turn in ([0.0, 0, 0], [0.35, 0, 0.1], [-0.3, 0.2, 0.7], [0.1, -0.38, -0.5]):
        points = cv2.projectPoints(solid, np.array(turn), np.array([0, 0, 362.3]), camera, lens)[0].reshape(-1, 2)
        kept = inside(points)
        views.append(View("bent", points[kept] + rng.normal(0, 0.01, (kept.sum(), 2)), DOTS.points_mm[kept]))
    return views


def covered(draws, count, tilt_deg, height=0.0, u_height=0.0, u_print=0.0, distance=None, bend=1.0):
    """The share of local scales and of places that lie within 2u of the truth, over cameras drawn at random."""
    scale, place = [], []
    for seed in range(draws):
        rng = np.random.default_rng([count, seed])
        turn = rng.uniform(0, 2 * np.pi)
        lens = bend * rng.normal(0, [0.15, 0.6, 2e-4, 2e-4, 0])
        camera = {"distortion": tuple(lens), "center_px": tuple(rng.normal([1223.5, 1023.5], 15)), "target": SMALL}
        tilt = (tilt_deg * np.cos(turn), tilt_deg * np.sin(turn), rng.uniform(0, 360))
        views, truth = shots(rng, 0.03, count, tilt=tilt, **camera)
        stretch = 1 + u_print * rng.normal()
        middle = SMALL.points_mm.mean(axis=0)
        views = [replace(view, points_mm=(view.points_mm - middle) / stretch + middle) for view in views]
        truth = lifted(truth, height + u_height * rng.normal())
        far = distance and distance * (1 + 0.05 * rng.normal())
        given = {"u_height_mm": u_height, "height_mm": height, "u_print_scale": u_print, "distance_mm": far}
        solution = solve(views, 0, SIZE, **given)
        points = rng.uniform(solution.covered_px.min(axis=0), solution.covered_px.max(axis=0), (300, 2))
        hull = solution.covered_px.astype(np.float32)
        points = points[[cv2.pointPolygonTest(hull, tuple(map(float, point)), False) > 0 for point in points]]
        off = length_ratio(solution.projection, truth, points, rng.uniform(0, np.pi, len(points)))
        scale.append(np.abs(off) < 2 * solution.field.at(points, SIZE))
        off = solution.to_board_mm(solution.projection.to_mm(points)) - truth.to_mm(points)
        place.append(np.abs(off) < 2 * solution.place.at(points, SIZE)[:, None])
    return float(np.concatenate(scale).mean()), float(np.concatenate(place).mean())


CASES = [
    {"count": 3, "tilt_deg": 0},
    {"count": 4, "tilt_deg": 15, "u_height": 0.02, "u_print": 1e-5},
    {"count": 0, "tilt_deg": 0},
    {"count": 0, "tilt_deg": 10, "bend": 0.3},
    {"count": 0, "tilt_deg": 0, "height": 5.0, "u_height": 0.2, "distance": 362.3},
]


@pytest.mark.parametrize("case", CASES[1:4])
def test_the_uncertainty_is_true(case):
    for share in covered(5, **case):
        assert 0.85 <= share <= 1


@pytest.mark.soak
@pytest.mark.parametrize("case", CASES)
def test_the_uncertainty_is_true_over_many_cameras(case):
    for share in covered(300, **case):
        assert 0.93 <= share <= 0.98


def spoiled(change):
    view, _ = seen(np.random.default_rng(1), 0.01, name="IMG_7.png")
    return change(view)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda v: replace(v, points_px=v.points_px * [-1, 1] + [SIZE[0] - 1, 0]), "IMG_7.png: .*mirrored"),
        (lambda v: replace(v, points_mm=v.points_mm * [1, -1]), "IMG_7.png: .*mirrored"),
        (lambda v: replace(v, points_mm=np.random.default_rng(0).permutation(v.points_mm)), "wrong order"),
        (lambda v: replace(v, points_px=np.where(v.points_px == v.points_px[3], np.nan, v.points_px)), "not a finite"),
        (lambda v: replace(v, points_mm=np.full_like(v.points_mm, np.inf)), "not a finite number"),
        (lambda v: View(v.name, v.points_px[:5], v.points_mm[:5]), "5 points; at least 6"),
        (lambda v: View(v.name, v.points_px[:19], v.points_mm[:19]), "on one line"),
        (lambda v: replace(v, points_px=v.points_px[:-1]), r"\(\d+, 2\) points in px and \(\d+, 2\) in mm"),
        (lambda v: replace(v, points_mm=np.zeros_like(v.points_mm)), r"\(mm\) lie on one line"),
    ],
)
def test_points_that_cannot_be(change, match):
    view = spoiled(change)
    with pytest.raises(CalibrationError, match=match):
        check_view(view)
    with pytest.raises(CalibrationError, match=match):
        solve([spoiled(lambda v: v), view], 0, SIZE)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"plane": 1}, "plane = 1: there are 1 views"),
        ({"plane": -1}, "plane = -1"),
        ({"size_px": (1000, 900)}, "outside the frame of 1000x900 px: mixed sizes"),
        ({"size_px": (1, 900)}, "at least 2x2"),
        ({"sigma_px": float("nan")}, "sigma_px = nan"),
        ({"u_height_mm": -0.1}, "u_height_mm = -0.1"),
        ({"height_mm": float("inf")}, "height_mm = inf"),
        ({"distance_mm": 0.0}, "distance_mm = 0"),
        ({"disk_diameter_mm": -2.0}, "disk_diameter_mm = -2"),
    ],
)
def test_options_that_cannot_be(given, match):
    call = {"views": [spoiled(lambda view: view)], "plane": 0, "size_px": SIZE} | given
    with pytest.raises(CalibrationError, match=match):
        solve(**call)


@pytest.mark.parametrize("count", [6, 8, 12])
def test_few_points_give_few_numbers_and_a_large_u(rng, count):
    view, _ = seen(rng, 0.02)
    chosen = rng.choice(len(view.points_px), count, replace=False)
    few = solve([View("few", view.points_px[chosen], view.points_mm[chosen])], 0, SIZE)
    many = solve([view], 0, SIZE)
    assert min(few.field.u_scale) > 3 * min(many.field.u_scale)
    assert np.isfinite(few.field.u_scale + few.place.u_scale).all()
