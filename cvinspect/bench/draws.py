"""Rendered objects found and measured by the real road, detect() and measure(), and matched to what is true."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.bench.cells import Cell, Condition
from cvinspect.bench.peers import measured_by_peers
from cvinspect.bench.sheet import Sheet, sheets
from cvinspect.detect import Detector, ForeignDetector, ScratchDetector, detect
from cvinspect.locate import placed
from cvinspect.measure import measure
from cvinspect.model import Blob, Calibration, Face, Frame, Kind, Measured, Placement, Region

Array = NDArray[np.float64]

QUANTITIES = ("area", "diameter", "length", "width", "max_dimension")
MM_PER_PX = 0.05
U_PSF_PX = 0.05  # the blur's standard uncertainty where a calibration states it
TOGETHER = 4  # objects that share one draw of the blur's error
DETECTORS: dict[Kind, Detector] = {
    Kind.SCRATCH: ScratchDetector(),
    Kind.FOREIGN_MATTER: ForeignDetector(),
}
BORN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Draws:
    """What came of a cell, a row per object; NaN where it was missed. Lengths in px, areas in px².

    true: per quantity (N,). exact: per quantity (N, 2) value and u, where the calibration has the true blur. drawn: the
    same where the calibration's blur is off by its stated uncertainty. fitted: of disks, as exact, every one by the
    maximum-likelihood fit. peers: per peer (N,).
    missed: objects that nothing was found of; pieces: further finds in an object's place.
    """

    cell: Cell
    true: Mapping[str, Array]
    exact: Mapping[str, Array]
    drawn: Mapping[str, Array]
    fitted: Mapping[str, Array] | None
    peers: Mapping[str, Array]
    missed: int
    pieces: int

    def __len__(self) -> int:
        return len(self.true["area"])


def draw(cell: Cell, count: int, seed: int) -> Draws:
    """`count` objects of a cell at random places between pixels and random angles. The same seed draws the same."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, *cell.name.encode(), *cell.condition.name.encode()]))
    true, exact, drawn, fitted, peers = [], [], [], [], []
    missed = pieces = 0
    for sheet in sheets(cell, count, rng):
        regions, again = _found(sheet)
        true.append(np.array([[shape.sizes[name] for name in QUANTITIES] for shape in sheet.shapes]))
        exact.append(_measured(sheet, regions, cell.condition, None))
        drawn.append(_measured(sheet, regions, cell.condition, rng))
        if cell.family == "disk":
            fitted.append(_measured(sheet, regions, cell.condition, None, always_fit_disks=True))
        peers.append(measured_by_peers(sheet, cell.condition.noise_gray))
        missed += sum(region is None for region in regions)
        pieces += again
    return Draws(
        cell,
        _by_quantity(true),
        _by_quantity(exact),
        _by_quantity(drawn),
        _by_quantity(fitted) if fitted else None,
        {name: np.concatenate([one[name] for one in peers]) for name in peers[0]},
        missed,
        pieces,
    )


def _by_quantity(tables: Sequence[Array]) -> dict[str, Array]:
    table = np.concatenate(tables)
    return {name: table[:, i] for i, name in enumerate(QUANTITIES)}


def placement_of(frame: Frame, psf_px: float | None = None, noise_gray: float | None = None) -> Placement:
    """The whole frame as one face, on a plain scale that is known exactly: the bench is about pixels."""
    until = BORN.replace(year=2027)
    calibration = Calibration(MM_PER_PX, 0.0, frame.size, BORN, until, psf_sigma_px=psf_px, noise_gray=noise_gray)
    return placed((Face("front", "A"),), calibration)


def _found(sheet: Sheet) -> tuple[list[Region | None], int]:
    """Per object the largest region in its square, or None; and how many further regions there were."""
    best: list[Region | None] = [None] * len(sheet.shapes)
    again = 0
    for region in detect(sheet.frame, placement_of(sheet.frame), DETECTORS):
        x, y, width, height = cv2.boundingRect(region.contour_px)
        index = sheet.place_of(x + (width - 1) / 2, y + (height - 1) / 2)
        other = best[index] if index >= 0 else None
        again += other is not None
        if index >= 0 and (other is None or _extent(region) > _extent(other)):
            best[index] = region
    return best, again


def _extent(region: Region) -> float:
    return math.hypot(*cv2.boundingRect(region.contour_px)[2:])


def _measured(
    sheet: Sheet,
    regions: Sequence[Region | None],
    seen: Condition,
    rng: np.random.Generator | None,
    always_fit_disks: bool = False,
) -> Array:
    """(objects, quantities, 2) value and u in px. rng None: the calibration knows the blur exactly."""
    rows = np.full((len(regions), len(QUANTITIES), 2), np.nan)
    group = TOGETHER if rng else len(regions)
    for first in range(0, len(regions), group):
        chosen = [region for region in regions[first : first + group] if region is not None]
        psf = max(rng.normal(seen.psf_px, U_PSF_PX), 0.3) if rng else seen.psf_px
        placement = placement_of(sheet.frame, psf, seen.noise_gray)
        blobs = measure(sheet.frame, chosen, placement.calibration, placement, always_fit_disks=always_fit_disks)
        for blob in blobs:
            x, y, right, bottom = blob.bbox_px or (0, 0, 0, 0)
            rows[sheet.place_of((x + right - 1) / 2, (y + bottom - 1) / 2)] = _sizes(blob)
    return rows


def _sizes(blob: Blob) -> list[tuple[float, float]]:
    area = _in_px(blob.area_mm2, MM_PER_PX**2)
    lengths = (blob.diameter_mm, blob.length_mm, blob.width_mm, blob.max_dimension_mm)
    return [area, *(_in_px(size, MM_PER_PX) for size in lengths)]


def _in_px(size: Measured | None, unit: float) -> tuple[float, float]:
    if size is None or size.u is None:
        return math.nan if size is None else size.value / unit, math.nan
    return size.value / unit, size.u / unit
