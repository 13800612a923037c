"""From pictures of a target to a calibration: found, looked at, solved, and written down with all that it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from cvinspect.calibration.advice import warnings
from cvinspect.calibration.file import CalibrationFile, Nodes
from cvinspect.calibration.solve import Solution, View, misfit_views, solve
from cvinspect.calibration.store import sealed
from cvinspect.calibration.target import Target
from cvinspect.calibration.views import FOREIGN, Look, Tell, look_at
from cvinspect.errors import CalibrationError
from cvinspect.model import Reason
from cvinspect.words import say

ASSUMED_U_PRINT = 0.003  # office printers and paper: within +-0.5 % is usual, 0.5 % / sqrt(3) (GUM 4.3.7)
ASSUMED_U_HEIGHT_MM = 0.2  # a sheet of paper is 0.1 mm thick, a board is laid down to a few tenths
NEAREST = 0.6  # camera's distance over the frame's diagonal, of a telephone's main lens (26 mm on 43 mm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What somebody states beside the pictures. None = not stated.

    height_mm: how far the part's surface lies above the target's in the picture of the part's plane, towards the
    camera. distance_mm: from camera to target. u_print_scale: relative standard uncertainty of the target's lengths.
    """

    height_mm: float = 0.0
    u_height_mm: float | None = None
    distance_mm: float | None = None
    u_print_scale: float | None = None
    camera: str = ""
    made_by: str = ""
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    valid_for: timedelta = timedelta(days=365)


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """A calibration and how it came about.

    looks: every picture with its fate, that of the part's plane first. views: the index in `looks` of each view of the
    solution, whose first is the plane too.
    """

    file: CalibrationFile
    target: Target
    looks: tuple[Look, ...]
    views: tuple[int, ...]
    solution: Solution
    warnings: tuple[Reason, ...]


def calibrate(
    pictures: Sequence[Path],
    target: Target,
    plane: Path | None = None,
    setup: Setup | None = None,
    tell: Tell | None = None,
) -> Calibrated:
    """The calibration that `pictures` of `target` give; `plane` (one of them, or one more) shows the target where the
    part's surface will be. `tell` is told of every picture before it is looked at.

    A picture that cannot serve is left out, with its reason. Raises CalibrationError where nothing can be made of
    them: pictures of several sizes, no usable picture of the part's plane, a plane that does not fit the rest.
    """
    setup = setup or Setup()
    paths = _ordered(pictures, plane)
    looks = look_at(paths, target, tell)
    _check_plane(looks[0])
    camera = _camera(looks[0], setup.camera)
    looks, views, solution = _solved(looks, target, setup)
    file = sealed(_data(looks[0], solution, target, replace(setup, camera=camera)))
    said = tuple(warnings(file, looks, solution.notes))
    return Calibrated(file, target, tuple(looks), tuple(views), solution, said)


def _ordered(pictures: Sequence[Path], plane: Path | None) -> list[Path]:
    """Every picture once, that of the part's plane first."""
    paths = list({path.absolute(): path for path in [*([plane] if plane else []), *pictures]}.values())
    if not paths:
        raise CalibrationError("no pictures: name pictures of the target, or the folder that holds them")
    if plane is None and len(paths) > 1:
        raise CalibrationError(
            f"{len(paths)} pictures, but which one shows the target where the part's surface will be? Give --plane "
            f"PICTURE, as --plane {paths[0]}"
        )
    return paths


def _check_plane(plane: Look) -> None:
    if plane.against is not None:
        why = say(plane.against.code, plane.against.values, "en")
        raise CalibrationError(f"{plane.name}: the picture of the part's plane cannot be used: {why}")


def _camera(plane: Look, stated: str) -> str:
    """The camera that is named in the file: pictures are held against it when parts are inspected."""
    named = plane.picture.camera if plane.picture is not None else ""
    if stated and named and stated != named:
        raise CalibrationError(
            f"--camera {stated!r}: the pictures name their camera {named!r}, and every picture to inspect is held "
            "against that name; leave --camera out"
        )
    return stated or named


def _solved(looks: list[Look], target: Target, setup: Setup) -> tuple[list[Look], list[int], Solution]:
    """The camera, from all views that fit together; those that do not are taken out one round after the other."""
    while True:
        used = [index for index, one in enumerate(looks) if one.used]
        solution = _solution([_view(looks[index], target) for index in used], looks[0].size, target, setup)
        if solution.alone:
            return _left_out(looks, solution), used, solution
        astray = [used[index] for index in misfit_views(solution)]
        if not astray:
            return looks, used, solution
        if 0 in astray:
            raise CalibrationError(
                f"{looks[0].name}: the picture of the part's plane does not fit the camera that the other pictures "
                "show: were zoom, focus or lens changed in between, or is the target bent?"
            )
        for index in astray:
            spread = solution.views[used.index(index)].spread_px
            looks[index] = replace(looks[index], against=Reason.of("cal_misfit", spread=round(spread, 2)))


def _left_out(looks: list[Look], solution: Solution) -> list[Look]:
    """The looks where the plane view alone was used: the others say so."""
    why = next((note for note in solution.notes if note in _ALONE), "too_few_views")
    others = [replace(one, against=Reason.of(f"cal_{why}")) if one.used else one for one in looks[1:]]
    return [looks[0], *others]


_ALONE = ("too_few_views", "same_tilts", "no_camera")


def _view(one: Look, target: Target) -> View:
    assert one.found is not None
    return View(one.name, one.found.points_px, target.points_mm[one.found.ids])


def _solution(views: list[View], size: tuple[int, int], target: Target, setup: Setup) -> Solution:
    """The solution with the height's uncertainty in it, even where nothing tells how far the camera is."""
    u_print, u_height = _u_print(target, setup), _u_height_mm(setup)
    disk = target.detail_mm * target.print_scale if target.pattern.is_dots else None

    def solved(u_height_mm: float, distance_mm: float | None) -> Solution:
        return solve(
            views,
            0,
            size,
            disk_diameter_mm=disk,
            height_mm=setup.height_mm,
            u_height_mm=u_height_mm,
            distance_mm=distance_mm,
            u_print_scale=u_print,
        )

    try:
        return solved(u_height, setup.distance_mm)
    except FOREIGN as bad:
        raise CalibrationError(f"no camera can be found that sees these points ({bad}); take other pictures") from bad
    except CalibrationError:  # perhaps because nothing tells the distance, which a height needs
        if setup.height_mm != 0 or setup.distance_mm is not None:
            raise
    return solved(u_height, _nearest_mm(solved(0.0, None), size))


def _nearest_mm(solution: Solution, size: tuple[int, int]) -> float:
    """How near a camera may be that sees so much."""
    corners = solution.projection.to_mm(np.array([[0.0, 0.0], size]))
    return float(NEAREST * np.hypot(*(corners[1] - corners[0])))


def _u_height_mm(setup: Setup) -> float:
    return ASSUMED_U_HEIGHT_MM if setup.u_height_mm is None else setup.u_height_mm


def _u_print(target: Target, setup: Setup) -> float:
    stated = target.u_print_scale if setup.u_print_scale is None else setup.u_print_scale
    return ASSUMED_U_PRINT if stated is None else stated


def _data(plane: Look, solution: Solution, target: Target, setup: Setup) -> dict[str, Any]:
    """The file's content, as plain data."""
    assert plane.seen is not None
    seen, projection, fitted = plane.seen, solution.projection, solution.views[solution.plane]
    used = [view for view in solution.views if view.used]
    return {
        "schema": "cvinspect-calibration/1",
        "camera": setup.camera,
        "size_px": list(plane.size),
        "model": {
            "type": "plane",
            "focal_px": list(projection.focal_px),
            "center_px": list(projection.center_px),
            "distortion": list(projection.distortion),
            "ray_to_mm": list(projection.plane),
            "u_scale": Nodes.of(solution.field).model_dump(mode="json"),
            "u_place_mm": Nodes.of(solution.place).model_dump(mode="json"),
        },
        "psf_sigma_px": seen.psf_sigma_px,
        "u_psf_sigma_px": seen.u_psf_sigma_px,
        "noise_gray": seen.noise_gray or None,  # nought where nothing flat was seen
        "noise_variance": [seen.noise_variance_at_0, seen.noise_variance_per_gray] if seen.noise_gray else None,
        "made_from": {
            "target": target.word,
            "print_scale": target.print_scale,
            "u_print_scale": _u_print(target, setup),
            "u_print_is_assumed": setup.u_print_scale is None and target.u_print_scale is None,
            "pictures": len(used),
            "points": sum(view.points - view.outliers for view in used),
            "rms_px": solution.rms_px,
            "alone": solution.alone,
            "height_mm": setup.height_mm,
            "u_height_mm": _u_height_mm(setup),
            "u_height_is_assumed": setup.u_height_mm is None,
            "distance_mm": setup.distance_mm or fitted.distance_mm,
            "distance_is_assumed": setup.distance_mm is None and "distance_given" in solution.notes,
            "covered_px": [[float(x), float(y)] for x, y in solution.covered_px],
        },
        "made_at": setup.made_at.isoformat(),
        "made_by": setup.made_by,
        "valid_until": (setup.made_at + setup.valid_for).isoformat(),
    }
