"""What measuring costs, against peers on the same objects in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.measure import label, regionprops

from cvinspect.bench.bounds import Line
from cvinspect.bench.cells import MAIN, Cell
from cvinspect.bench.draws import DETECTORS, U_PSF_PX, placement_of
from cvinspect.bench.peers import fair_mask
from cvinspect.bench.shapes import disk, stroke
from cvinspect.bench.sheet import Sheet, sheets
from cvinspect.detect import detect
from cvinspect.measure import measure
from cvinspect.measure.compact import sizes_of_compact
from cvinspect.measure.sizes import Blur
from cvinspect.measure.windows import windows_of
from cvinspect.pictures import gray8

Tasks = dict[tuple[str, str], tuple[Callable[[], object], int]]

CLOSED = "closed form"
ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Cost:
    """Median microseconds a call or an object; least: the fastest round's."""

    name: str
    each: str
    median_us: float
    least_us: float


def costs(seed: int, rounds: int = ROUNDS) -> list[Cost]:
    """Every task once a round, in turn, so that a busy machine slows all of them alike."""
    rng = np.random.default_rng(seed)
    (disks,) = list(sheets(Cell("disk", "d 10", (disk(10),), MAIN), 200, rng))
    (lines,) = list(sheets(Cell("straight", "L 60 w 3", (stroke(60, 3),), MAIN), 49, rng))
    tasks = _compact(disks) | _tasks(disks, "blob") | _tasks(lines, "line")
    times: dict[tuple[str, str], list[float]] = {key: [] for key in tasks}
    for task, _ in tasks.values():
        task()
    for _ in range(rounds):
        for key, (task, share) in tasks.items():
            began = time.perf_counter()
            task()
            times[key].append((time.perf_counter() - began) / share * 1e6)
    return [Cost(*key, float(np.median(spent)), min(spent)) for key, spent in times.items()]


def _tasks(sheet: Sheet, each: str) -> Tasks:
    """Per (name, what each is) the call and how many objects it measures."""
    placement = placement_of(sheet.frame, MAIN.psf_px, MAIN.noise_gray)
    regions = detect(sheet.frame, placement, DETECTORS)
    mask = fair_mask(sheet, MAIN.noise_gray)
    count = len(sheet.shapes)
    return {
        ("measure()", each): (lambda: measure(sheet.frame, regions, placement.calibration, placement), len(regions)),
        ("cv2 findContours, contourArea, minAreaRect", each): (lambda: _opencv(mask), count),
        ("skimage label, regionprops", each): (lambda: _skimage(mask), count),
    }


def _compact(sheet: Sheet) -> Tasks:
    """The sizes in px alone, by contour and by fit, all objects at once."""
    regions = detect(sheet.frame, placement_of(sheet.frame), DETECTORS)
    gray, blur = gray8(sheet.frame.pixels), Blur(MAIN.psf_px, U_PSF_PX)

    def task(always_fit: bool) -> object:
        return [
            sizes_of_compact(windows, blur, always_fit)
            for windows in windows_of(gray, regions, (), range(len(regions)))
        ]

    ways = {CLOSED: False, "ML fit": True}
    return {(name, "blob"): (partial(task, always_fit), len(regions)) for name, always_fit in ways.items()}


def cost_lines(found: Sequence[Cost]) -> list[Line]:
    """The bound on the closed form, held against its fastest round: others may be using the machine."""
    return [Line(f"{CLOSED}, a blob", "us", 60.0, one.least_us) for one in found if one.name == CLOSED]


def _opencv(mask: NDArray[np.bool_]) -> object:
    contours = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    return [(cv2.contourArea(contour), cv2.minAreaRect(contour)) for contour in contours]


def _skimage(mask: NDArray[np.bool_]) -> object:
    found = regionprops(label(mask))  # type: ignore[no-untyped-call]
    return [(one.area, one.axis_major_length, one.axis_minor_length, one.feret_diameter_max) for one in found]
