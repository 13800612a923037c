"""Calibrating a rendered camera: how far off the map from px to mm is, held against OpenCV on the same points."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration.find import find_target
from cvinspect.calibration.solve import View, solve
from cvinspect.calibration.target import Pattern, Target, parse_target
from cvinspect.projection import Points, Projection
from cvinspect.synth.board import camera_projection, render_board

OPENCV, FLAT = "calibrateCamera + homography", "homography only"
OPENCV_ALL = "the same on OpenCV's own corners"
MAPPED = 2000
TILTS_DEG = ((20.0, 0.0, 5.0), (-16.0, 10.0, 40.0), (4.0, -20.0, -30.0))  # about x, about y, roll
MM_PER_PX, FOCAL_PX, SIZE_PX = 0.05, 7246.0, (2448, 2048)
DISTORTION = (-0.15, 0.6, 1e-4, -2e-4, 0.0)
QUICK_SHARE = 0.3
OFF_MIDDLE_PX = (9.3, -6.1)
_GRID_MM, _REPEATS = 2.0, 30

Map = Callable[[Points], Points]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: ours and, by name, the peers'. bound: ours may be at most that; None where nothing is asked."""

    name: str
    unit: str
    ours: float
    bound: float | None
    peers: dict[str, float] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """False too where it is not a number."""
        return self.bound is None or self.ours <= self.bound


@dataclass(frozen=True, slots=True)
class Camera:
    """The bench's camera, whole or a share of its px along either side: the same lens over less of the field."""

    share: float = 1.0

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return round(SIZE_PX[0] * self.share), round(SIZE_PX[1] * self.share)

    def over(self, target: Target, tilt_deg: tuple[float, float, float], shift_mm: Points) -> Projection:
        """The camera over a target, its axis through the target's middle, shifted."""
        x, y = target.points_mm.mean(axis=0) + shift_mm
        center = [(side - 1) / 2 + off * self.share for side, off in zip(self.size_px, OFF_MIDDLE_PX, strict=True)]
        return camera_projection(
            focal_px=FOCAL_PX * self.share,
            center_px=(center[0], center[1]),
            distortion=DISTORTION,
            distance_mm=FOCAL_PX * self.share * MM_PER_PX,
            looks_at_mm=(float(x), float(y)),
            tilt_x_deg=tilt_deg[0],
            tilt_y_deg=tilt_deg[1],
            roll_deg=tilt_deg[2],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A target as it was found, and the truth: the projection from the mm of `view` to px. opencv: as OpenCV's own
    detector finds it, with its defaults; of a ChArUco board only, the others it must see whole.
    """

    view: View
    truth: Projection
    opencv: View | None = None


def calibration_cells(draws: int, quick: bool) -> list[Row]:
    """The bench's figures; a draw is a new set of pictures of every target, about a minute on one core. quick: a
    smaller camera, dots only, two tilts.
    """
    camera = Camera(QUICK_SHARE if quick else 1.0)
    words = _words(camera.share)[: 1 if quick else None]
    tilts = (0.0, 10.0) if quick else (0.0, 3.0, 10.0, 30.0)
    rows = []
    for word in words:
        target = parse_target(word)
        errors: dict[tuple[bool, float], list[dict[str, Points]]] = {}
        for draw in range(draws):
            for alone, tilt, off in _draw(camera, target, tilts, draw):
                errors.setdefault((alone, tilt), []).append(off)
        rows += [row for (alone, tilt), each in sorted(errors.items()) for row in _rows(target, alone, tilt, each)]
    return [*rows, mapping_time()]


def _words(share: float) -> list[str]:
    columns, rows = round(23 * share), round(19 * share)
    return [
        f"dots:{columns}x{rows}:5:2.5",
        f"charuco:{columns + 1}x{rows + 1}:5:3.5:DICT_4X4_250",
        f"chess:{columns}x{rows}:5",
    ]


def _draw(
    camera: Camera, target: Target, tilts: tuple[float, ...], draw: int
) -> Iterator[tuple[bool, float, dict[str, Points]]]:
    """(alone, tilt of the plane, errors in px of ours and the peers), from one set of pictures."""
    rng = np.random.default_rng([draw, target.columns])
    tilted = [_shot(camera, target, tilt, rng) for tilt in TILTS_DEG]
    for tilt in tilts:
        plane = _shot(camera, target, (tilt, 0.0, rng.uniform(-3, 3)), rng)
        field_px = _field_px(plane, target, camera.size_px)
        for shots in ([plane], [plane, *tilted]):
            if tilt == 30 and len(shots) == 1:
                continue  # nobody measures on a plane that is tilted so much from one picture; no bound is stated
            yield len(shots) == 1, tilt, _errors(shots, target, camera.size_px, field_px)


def _shot(camera: Camera, target: Target, tilt_deg: tuple[float, float, float], rng: np.random.Generator) -> Shot:
    truth = camera.over(target, tilt_deg, rng.uniform(-0.5, 0.5, 2))
    seed = int(rng.integers(2**31))
    gray = render_board(target.polygons_mm(), target.disks_mm(), truth, camera.size_px, seed=seed)
    found = find_target(gray, target)
    printed = target.points_mm
    shot = _as_numbered(View("rendered", found.points_px, printed[found.ids]), printed, truth)
    return replace(shot, opencv=_opencv_view(gray, target)) if target.pattern is Pattern.CHARUCO else shot


def _opencv_view(gray: NDArray[np.uint8], target: Target) -> View:
    corners, ids, _, _ = cv2.aruco.CharucoDetector(target.board()).detectBoard(gray)
    return View("OpenCV", np.reshape(corners, (-1, 2)).astype(np.float64), target.points_mm[np.ravel(ids)])


def _as_numbered(view: View, printed: Points, truth: Projection) -> Shot:
    """A target without marks may be numbered from another corner: the truth is turned into the numbering that was
    found.
    """
    seen = truth.to_px(printed)
    nearest = np.linalg.norm(view.points_px[:, None] - seen[None], axis=2).argmin(axis=1)
    motion = np.asarray(cv2.findHomography(view.points_mm, printed[nearest], 0)[0])
    plane = np.linalg.inv(motion) @ np.reshape(truth.plane, (3, 3))
    nine = tuple((plane / plane[2, 2]).ravel().tolist())
    return Shot(view, Projection(truth.focal_px, truth.center_px, truth.distortion, nine))


def _field_px(shot: Shot, target: Target, size_px: tuple[int, int]) -> Points:
    """(N, 2) where a dense grid over the target is seen in the frame."""
    low, high = target.points_mm.min(axis=0), target.points_mm.max(axis=0)
    axes = [np.arange(low[axis], high[axis] + 1e-6, _GRID_MM) for axis in (0, 1)]
    points = shot.truth.to_px(np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2))
    return np.asarray(points[((points >= 0) & (points <= np.array(size_px) - 1)).all(axis=1)])


def _errors(shots: list[Shot], target: Target, size_px: tuple[int, int], field_px: Points) -> dict[str, Points]:
    """(N,) per way of mapping: how far off in px each place of the field is put."""
    views = [shot.view for shot in shots]
    disk = target.detail_mm if target.pattern.is_dots else None
    solution = solve(views, 0, size_px, disk_diameter_mm=disk)
    ways: dict[str, Map] = {
        "ours": lambda points: solution.to_board_mm(solution.projection.to_mm(points)),
        OPENCV: opencv_map(views, size_px),
        FLAT: flat_map(views[0]),
    }
    if theirs := [shot.opencv for shot in shots if shot.opencv is not None]:
        ways[OPENCV_ALL] = opencv_map(theirs, size_px)
    truth = shots[0].truth
    return {name: np.linalg.norm(truth.to_px(way(field_px)) - field_px, axis=1) for name, way in ways.items()}


def opencv_map(views: list[View], size_px: tuple[int, int]) -> Map:
    """OpenCV's calibrator with its defaults, then a homography from the first view's undistorted points to mm."""
    places = [np.column_stack([view.points_mm, np.zeros(len(view.points_mm))]).astype(np.float32) for view in views]
    seen = [view.points_px.astype(np.float32) for view in views]
    _, camera, lens, _, _ = cv2.calibrateCamera(places, seen, size_px, np.eye(3), np.zeros(5))

    def straight(points: Points) -> Points:
        return np.asarray(cv2.undistortPoints(points[:, None], camera, lens), dtype=np.float64)

    matrix = cv2.findHomography(straight(views[0].points_px), views[0].points_mm, 0)[0]
    return lambda points: _flat(straight(points), matrix)


def flat_map(view: View) -> Map:
    """A homography from px to mm: no lens at all."""
    matrix = cv2.findHomography(view.points_px, view.points_mm, 0)[0]
    return lambda points: _flat(points[:, None], matrix)


def _flat(points: Points, matrix: cv2.typing.MatLike) -> Points:
    """(N, 2) of points (N, 1, 2) through a homography."""
    return np.asarray(cv2.perspectiveTransform(points, matrix), dtype=np.float64).reshape(-1, 2)


def _rows(target: Target, alone: bool, tilt: float, errors: list[dict[str, Points]]) -> Iterator[Row]:
    """Of the draws of one cell: the rms over all, and of a plane view alone the largest too."""
    name = f"{target.pattern}, {'plane view alone' if alone else '3 views + plane'}, tilt {tilt:g}"
    joined = {way: np.concatenate([each[way] for each in errors]) for way in errors[0]}
    rms = {way: float(np.sqrt(np.mean(off**2))) for way, off in joined.items()}
    largest = {way: float(off.max()) for way, off in joined.items()}
    yield Row(f"{name}, rms", "px", rms.pop("ours"), 0.02 if alone else 0.01, rms)
    yield Row(f"{name}, max", "px", largest.pop("ours"), 0.1 if alone else None, largest)


def mapping_time() -> Row:
    """Milliseconds to map points to mm, the median of many runs, in turns with OpenCV."""
    truth = Camera().over(parse_target("dots:23x19:5:2.5"), (10.0, 0.0, 0.0), np.zeros(2))
    points = np.random.default_rng(0).uniform([0, 0], SIZE_PX, (MAPPED, 2))
    (x, y), (wide, high) = truth.center_px, truth.focal_px
    camera, lens = np.array([[wide, 0, x], [0, high, y], [0, 0, 1]]), np.array(truth.distortion)
    matrix = np.reshape(truth.plane, (3, 3))
    ways: list[Map] = [
        truth.to_mm,
        lambda points: _flat(np.asarray(cv2.undistortPoints(points[:, None], camera, lens)), matrix),
    ]
    times = [[_milliseconds(way, points) for way in ways] for _ in range(_REPEATS)]
    ours, opencv = np.median(times, axis=0)
    return Row(
        f"{MAPPED} points to mm", "ms", float(ours), 0.5, {"undistortPoints + perspectiveTransform": float(opencv)}
    )


def _milliseconds(way: Map, points: Points) -> float:
    start = time.perf_counter()
    way(points)
    return (time.perf_counter() - start) * 1e3
