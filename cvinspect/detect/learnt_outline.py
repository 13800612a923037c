"""The outline that good parts have: where their edges lie, as the median over parts, and how far they wander."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cvinspect.detect.band import Band
from cvinspect.detect.detector import Detector
from cvinspect.detect.flash import FlashDetector
from cvinspect.detect.outline import Nominal, Outline
from cvinspect.detect.registering import SEARCH_PX, registered
from cvinspect.detect.surface import Surface
from cvinspect.model import Face, Kind, Points

Array = NDArray[np.float64]

LEAST_PARTS = 3


def rough_outline(faces: Iterable[Face], mm_per_px: float) -> Nominal:
    """The faces' polygons in steps of about 1 px: where learning an outline starts. Empty without any polygon."""
    drawn = [np.array(face.outline_mm) for face in faces if face.outline_mm is not None]
    contours = []
    for corners in drawn:
        steps = np.roll(corners, -1, axis=0) - corners
        counts = np.maximum(np.round(np.linalg.norm(steps, axis=1) / mm_per_px), 1).astype(int)
        owner = np.repeat(np.arange(len(corners)), counts)
        share = np.concatenate([np.arange(count) / count for count in counts])[:, None]
        contours.append(_pairs(corners[owner] + steps[owner] * share))
    return Nominal(tuple(contours))


def edges_of(surface: Surface, rough: Nominal) -> tuple[Array, ...]:
    """How far beyond each point of the rough outline a good part's edge lies, mm (N,), per contour; NaN where it is
    not clear. The outline is moved and turned onto the part first, but not bent. Within 10 px of it edges are seen."""
    told = []
    for contour in rough.contours_mm:
        points = surface.placement.to_px(np.array(contour))
        outline = Outline(points, _normals(points), np.zeros(len(points)))
        found = registered(surface, outline, "rigid", 0.0)
        if found is None:
            told.append(np.full(len(points), np.nan))
            continue
        edges, clear = Band.along(surface, found.outline, SEARCH_PX, SEARCH_PX).edges_px()
        told.append(np.where(clear, edges * surface.mm_per_px, np.nan))
    return tuple(told)


def learn_outline(edges: Iterable[tuple[Array, ...]], rough: Nominal) -> Nominal | None:
    """The median outline of good parts from `edges_of` each, and the spread of their edges about it (1.4826 x the
    median deviation); what few parts' defects do to their edges moves neither. None where at a third of the outline
    fewer than three parts, or fewer than half of them, show a clear edge."""
    parts = list(edges)
    contours, spreads = [], []
    for index, contour in enumerate(rough.contours_mm):
        seen = np.array([part[index] for part in parts]).reshape(len(parts), -1)
        enough = np.isfinite(seen).sum(axis=0) >= max(LEAST_PARTS, len(parts) / 2)
        if enough.mean() < 2 / 3:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of columns without any edge
            middle = np.nanmedian(seen, axis=0)
            spread = 1.4826 * np.nanmedian(np.abs(seen - middle), axis=0)
        places = np.arange(len(middle))
        middle = np.interp(places, places[enough], middle[enough], period=len(places))
        spread = np.where(enough, spread, np.nanmax(spread[enough]))
        points = np.array(contour)
        contours.append(_pairs(points + middle[:, None] * _normals(points)))
        spreads.append(tuple(spread.tolist()))
    return Nominal(tuple(contours), tuple(spreads)) if contours else None


def with_learnt(detectors: Mapping[Kind, Detector], nominal: Nominal | None) -> Mapping[Kind, Detector]:
    """The detectors, with the learnt outline where the recipe asks for one."""
    flash = detectors.get(Kind.FLASH)
    if nominal is None or not isinstance(flash, FlashDetector) or flash.outline != "learnt":
        return detectors
    return {**detectors, Kind.FLASH: replace(flash, outline=nominal)}


def _normals(points: Points) -> Points:
    """Outward unit normals (N, 2) of a closed outline whose neighbouring points lie a px apart."""
    along = np.roll(points, -2, axis=0) - np.roll(points, 2, axis=0)
    x, y = points.T
    sign = 1.0 if float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) > 0 else -1.0
    normals = sign * np.stack([along[:, 1], -along[:, 0]], axis=1)
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12))


def _pairs(points: Points) -> tuple[tuple[float, float], ...]:
    return tuple((x, y) for x, y in points.tolist())
