"""How well a part is located, against rendered truth: its place, its turn, their uncertainty, and what it costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.calibration import scale_calibration
from cvinspect.locate import ByMarks, ByOutline, Locator, Mark
from cvinspect.model import AS_DRAWN, Frame, Pixels, Pose
from cvinspect.synth import DARK_MAT, FLAT, Camera, Part, Scene, Speck, outline, render

Floats = NDArray[np.float64]

MM, SIZE = 0.05, (1240, 900)
PART = Part(left_mm=6.0, top_mm=7.0, width_mm=50.0, height_mm=30.0, corner_mm=3.0)  # 1000 px long
CAMERA = Camera(psf_sigma_px=0.8, noise_gray=2.0)
MARKS = ((14.0, 12.0), (48.0, 16.0), (20.0, 32.0))
TURN_DEG, SHIFT_MM = 5.0, 2.0
MOST_PLACE_PX, LEAST_WITHIN = 0.1, 0.93


@dataclass(frozen=True, slots=True)
class Located:
    """Errors over the draws: of the worst corner or mark of each (px), of the turn (degrees); the share of shifts and
    turns within 2 u; medians of milliseconds, ours and a threshold's with the rectangle round its contour."""

    by: str
    draws: int
    place_rms_px: float
    place_worst_px: float
    turn_rms_deg: float
    turn_worst_deg: float
    within_2u: float
    ours_ms: float
    naive_ms: float
    ratio: float

    @property
    def met(self) -> bool:
        """Every place to a tenth of a pixel, and an uncertainty that holds."""
        return self.place_worst_px <= MOST_PLACE_PX and self.within_2u >= LEAST_WITHIN


def bench_locating(draws: int, seed: int) -> tuple[Located, ...]:
    """A part by its outline and one by three marks, each `draws` times anywhere within 5 degrees and 2 mm each way."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        corners = tuple(outline(PART))
        by_outline = ByOutline(outline_mm=corners, turn_deg=TURN_DEG + 1, shift_mm=2 * SHIFT_MM)
        marks = tuple(Mark(place, 4.0) for place in MARKS)
        by_marks = ByMarks(taught=_marked(AS_DRAWN, seed + draws), marks=marks, turn_deg=TURN_DEG + 1, shift_mm=4.0)
        return (
            _over("outline", by_outline, PART.center_mm, np.array(corners), _lying, draws, seed),
            _over("marks", by_marks, _middle(), np.array(MARKS), _marked, draws, seed),
        )
    finally:
        cv2.setNumThreads(threads)


def _middle() -> tuple[float, float]:
    x, y = np.mean(MARKS, axis=0).tolist()
    return x, y


def _over(
    by: str,
    locator: Locator,
    middle_mm: tuple[float, float],
    places_mm: Floats,
    drawn: Callable[[Pose, int], Pixels],
    draws: int,
    seed: int,
) -> Located:
    rng = np.random.default_rng(seed)
    calibration = scale_calibration(MM, SIZE).value()
    away, turns, ratios, ours, theirs = [], [], [], [], []
    for number in range(draws):
        x, y = rng.uniform(-SHIFT_MM, SHIFT_MM, 2).tolist()
        true = Pose(float(rng.uniform(-TURN_DEG, TURN_DEG)), (x, y), 1.0, middle_mm)
        frame = Frame(drawn(true, seed + number))
        began = time.perf_counter()
        found = locator(frame, calibration)
        ended = time.perf_counter()
        _naive(frame.pixels)
        theirs.append(1e3 * (time.perf_counter() - ended))
        ours.append(1e3 * (ended - began))
        off = found.to_plane(places_mm) - true.to_plane(places_mm)
        away.append(float(np.hypot(*off.T).max()) / MM)
        turns.append(found.turn_deg - true.turn_deg)
        center = np.array([middle_mm])
        shift = (found.to_plane(center) - true.to_plane(center))[0] / found.u_shift_mm
        ratios += [*shift.tolist(), turns[-1] / found.u_turn_deg]
    return Located(
        by,
        draws,
        float(np.sqrt(np.mean(np.square(away)))),
        max(away),
        float(np.sqrt(np.mean(np.square(turns)))),
        float(np.abs(turns).max()),
        float((np.abs(ratios) <= 2).mean()),
        float(np.median(ours)),
        float(np.median(theirs)),
        float(np.median(np.array(ours) / np.array(theirs))),
    )


def _lying(pose: Pose, seed: int) -> Pixels:
    """The part as the pose says."""
    moved = replace(
        PART,
        left_mm=PART.left_mm + pose.shift_mm[0],
        top_mm=PART.top_mm + pose.shift_mm[1],
        turn_deg=pose.turn_deg,
    )
    return render(
        Scene(size_px=SIZE, mm_per_px=MM, surface=FLAT, ground=DARK_MAT, part=moved, camera=CAMERA, seed=seed)
    )


def _marked(pose: Pose, seed: int) -> Pixels:
    """Three dark spots of 1.6 x 1.1 mm on a plain surface, as the pose says."""
    specks = tuple(
        Speck(
            center_mm=(x, y),
            length_mm=1.6,
            width_mm=1.1,
            contrast_gray=-70.0,
            angle_deg=60.0 * number + pose.turn_deg,
            roughness=0.05,
            seed=number,
        )
        for number, (x, y) in enumerate(pose.to_plane(np.array(MARKS)).tolist())
    )
    return render(Scene(size_px=SIZE, mm_per_px=MM, surface=FLAT, objects=specks, camera=CAMERA, seed=seed))


def _naive(pixels: Pixels) -> None:
    """What a first try with OpenCV looks like."""
    mask = cv2.threshold(cv2.GaussianBlur(pixels, (5, 5), 0), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1]
    contours = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    cv2.minAreaRect(max(contours, key=cv2.contourArea))


def as_json(results: tuple[Located, ...]) -> dict[str, Any]:
    """The results as plain data."""
    return {"locating": [asdict(one) for one in results]}


def rows(results: tuple[Located, ...]) -> Iterator[str]:
    """A table, a row per way of locating."""
    yield f"1000 px, noise 2; within {TURN_DEG:g} degrees and {SHIFT_MM:g} mm; at most {MOST_PLACE_PX:g} px is asked"
    yield "by       draws  place rms  worst px  turn rms  worst deg  within 2 u  ms (ratio to threshold + rectangle)"
    for one in results:
        yield (
            f"{one.by:8} {one.draws:5}  {one.place_rms_px:9.4f}  {one.place_worst_px:8.4f}  {one.turn_rms_deg:8.5f}  "
            f"{one.turn_worst_deg:9.5f}  {100 * one.within_2u:8.0f} %  {one.ours_ms:.1f} ({one.ratio:.1f})"
            f"{'' if one.met else '  NOT MET'}"
        )
