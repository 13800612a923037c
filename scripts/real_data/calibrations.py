"""Calibrates the photographs of BoofCV's calibration sets, beside OpenCV, and predicts views that were left out.

    python scripts/real_data/calibrations.py FOLDER     the folder that holds the sets

A view is left out, the lens solved from all others; the pose of the one that was left out comes from every second of
its points, and the others are predicted: how far off, in px, and in mm on the target (views of 12 points or more).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from cvinspect.calibration.find import find_target
from cvinspect.calibration.solve import Solution, View, disk_bias, misfit_views, solve
from cvinspect.calibration.target import Target, parse_target
from cvinspect.errors import CvinspectError
from cvinspect.pictures import gray8, list_pictures, read_picture
from cvinspect.projection import Points, Projection

SETS = {
    "mono_Sony_DSC-HX5V_Chess": "chess:4x6:30",
    "mono_Sony_DSC-HX5V_Square": "squares:3x4:30:30",
    "mono_Sony_DSC-HX5V_CircleHexagonal": "dots-hex:14x24:1.2:1.0",
    "mono_PULNiX_CCD_6mm_Zhang": "squares:8x8:12.7:9.878",
}
PLANE, LEAST_TO_PREDICT = 0, 12


@dataclass(frozen=True, slots=True)
class Set:
    """What was found in one set's pictures. refused: reasons, by picture."""

    name: str
    target: Target
    size_px: tuple[int, int]
    views: tuple[View, ...]
    refused: dict[str, str]

    @property
    def disk_mm(self) -> float | None:
        """The disks' diameter."""
        return self.target.detail_mm if self.target.pattern.is_dots else None


def found(folder: Path, word: str) -> Set:
    """The views of a set's pictures in which the target was found."""
    target, views, refused, size = parse_target(word), [], {}, (0, 0)
    for path in list_pictures(folder):
        gray = gray8(read_picture(path).pixels)
        size = gray.shape[1], gray.shape[0]
        try:
            seen = find_target(gray, target)
        except CvinspectError as error:
            refused[path.name] = str(error)
        else:
            views.append(View(path.name, seen.points_px, target.points_mm[seen.ids]))
    return Set(folder.name, target, size, tuple(views), refused)


def solved(one: Set) -> tuple[Set, Solution]:
    """The set without views that do not fit the others, and its solution."""
    while True:
        solution = solve(one.views, PLANE, one.size_px, disk_diameter_mm=one.disk_mm)
        astray = misfit_views(solution)
        if not astray:
            return one, solution
        names = {one.views[index].name: "does not fit the others" for index in astray}
        left = tuple(view for view in one.views if view.name not in names)
        one = Set(one.name, one.target, one.size_px, left, one.refused | names)


def opencv_rms_px(one: Set, solution: Solution) -> float:
    """OpenCV's calibrator on the same points, as measured (the bias of disks is not its business)."""
    kept = [~off for off in solution.outlying]
    pairs = [(view.points_mm[each], view.points_px[each]) for view, each in zip(one.views, kept, strict=True)]
    places = [np.column_stack([points, np.zeros(len(points))]).astype(np.float32) for points, _ in pairs]
    seen = [points.astype(np.float32) for _, points in pairs]
    return float(cv2.calibrateCamera(places, seen, one.size_px, np.eye(3), np.zeros(5))[0])


def predicted(one: Set, left_out: int) -> tuple[Points, Points]:
    """(N, 2) errors in px and (N, 2) in mm of the points that the view's pose was not taken from."""
    rest = [view for index, view in enumerate(one.views) if index != left_out]
    lens = solve(rest, PLANE, one.size_px, disk_diameter_mm=one.disk_mm).projection
    view = one.views[left_out]
    points = view.points_px.copy()
    for _ in range(3 if one.disk_mm else 1):
        pose = posed(lens, points[::2], view.points_mm[::2])
        if one.disk_mm:
            points = view.points_px - disk_bias(pose.to_px, view.points_mm, one.disk_mm / 2)
    return points[1::2] - pose.to_px(view.points_mm[1::2]), pose.to_mm(points[1::2]) - view.points_mm[1::2]


def posed(lens: Projection, points_px: Points, points_mm: Points) -> Projection:
    """The lens over the plane on which points_mm are seen at points_px."""
    camera = np.array([[lens.focal_px[0], 0, lens.center_px[0]], [0, lens.focal_px[1], lens.center_px[1]], [0, 0, 1]])
    places, seen = np.column_stack([points_mm, np.zeros(len(points_mm))]), np.ascontiguousarray(points_px)
    _, turn, shift = cv2.solvePnP(places, seen, camera, np.array(lens.distortion))
    turned = np.asarray(cv2.Rodrigues(turn)[0])
    plane = np.linalg.inv(np.column_stack([turned[:, :2], shift.ravel()]))
    nine = tuple(plane.ravel().tolist())
    return replace(lens, plane=nine)  # type: ignore[arg-type]


def rms(errors: Points) -> float:
    """Root mean square length."""
    return float(np.sqrt((errors**2).sum(axis=1).mean()))


def row(one: Set) -> str:
    """One set's line."""
    pictures = len(one.views) + len(one.refused)
    one, solution = solved(one)
    outlying = sum(view.outliers for view in solution.views)
    chosen = [index for index, view in enumerate(one.views) if len(view.points_px) >= LEAST_TO_PREDICT]
    errors = [predicted(one, index) for index in chosen]
    in_px, in_mm = (np.concatenate([pair[axis] for pair in errors]) for axis in (0, 1))
    scale = float(np.median(np.hypot(*in_mm.T) / np.hypot(*in_px.T)))
    return (
        f"{one.name:36}{one.target.word:24}{len(one.views):4} of {pictures:2}"
        f"{sum(view.points for view in solution.views):7}{outlying:5}{solution.rms_px:8.3f}"
        f"{opencv_rms_px(one, solution):8.3f}{rms(in_px):9.3f}{rms(in_mm):9.4f}{scale:8.3f}  "
        f"{', '.join(solution.fitted)}{' ' if solution.notes else ''}{' '.join(solution.notes)}"
    )


def main(folder: Path) -> None:
    """The table, on stdout; refused pictures below it."""
    print(
        f"{'set':36}{'target':24}{'views':>10}{'points':>7}{'out':>5}{'ours px':>8}{'OpenCV':>8}"
        f"{'left out':>9}{'mm':>9}{'mm/px':>8}  fitted"
    )
    refused = []
    for name, word in SETS.items():
        one = found(folder / name, word)
        if len(one.views) < 3:
            print(f"{name:36}{word:24}{len(one.views):4} of {len(one.views) + len(one.refused):2}")
        else:
            print(row(one), flush=True)
            one = solved(one)[0]
        refused += [f"{name}/{picture}: {why}" for picture, why in one.refused.items()]
    print(*refused, sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
