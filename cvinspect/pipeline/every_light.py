"""The stages over every light of a frame: found in each, merged into one object each, measured where it shows best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cvinspect.config.job import View
from cvinspect.detect import Learned, detect, inspected, merged
from cvinspect.errors import PictureError
from cvinspect.fitness import check_rows
from cvinspect.measure import measure
from cvinspect.model import Blob, Calibration, Frame, Inspected, Kind, Placement, Region

Looks = Mapping[str, Frame]
"""A frame per light; "" is the picture itself."""


def detect_all(looks: Looks, placement: Placement, view: View) -> tuple[Region, ...]:
    """What stands out in any light, one region per object. Raises PictureError where a light shows nothing usable."""
    found = {light: _detected(light, frame, placement, view) for light, frame in looks.items()}
    return found[""] if len(found) == 1 else merged(found)


def _detected(light: str, frame: Frame, placement: Placement, view: View) -> tuple[Region, ...]:
    detectors = view.read_by(light)
    if light and not detectors:
        return ()
    try:
        if light:
            check_rows(frame, placement)
        learned = _learned(light, view)
        return detect(frame, placement, detectors, learned, pattern_mm=view.pattern_mm, turned=view.turned)
    except PictureError as bad:
        raise PictureError(f"light {light}: {bad}" if light else str(bad), bad.code) from bad


def _learned(light: str, view: View) -> Learned | None:
    """What was learnt is of the picture itself."""
    return None if light else view.learned


def measure_all(
    looks: Looks, regions: Sequence[Region], calibration: Calibration, placement: Placement
) -> tuple[Blob, ...]:
    """One blob per region, measured in the light that shows it best; numbered from 1 in reading order."""
    blobs: list[Blob] = []
    for light, frame in looks.items():
        own = [region for region in regions if region.light == light]
        blobs += measure(frame, own, calibration, placement)
    if len(looks) > 1:
        blobs.sort(key=lambda blob: (blob.bbox_px[1::-1] if blob.bbox_px else (0, 0), blob.kind))
    return tuple(replace(blob, id=number) for number, blob in enumerate(blobs, start=1))


def inspected_all(looks: Looks, placement: Placement, view: View) -> tuple[Inspected, ...]:
    """What was looked for in any light: from the smallest size on, over the largest share."""
    best: dict[tuple[str, Kind], Inspected] = {}
    for light, frame in looks.items():
        for entry in inspected(frame, placement, view.read_by(light), _learned(light, view), view.turned):
            known = best.get((entry.face, entry.kind), entry)
            best[entry.face, entry.kind] = max(known, entry, key=lambda one: (one.coverage, -one.from_mm))
    order = [face.name for face in placement.faces]
    return tuple(sorted(best.values(), key=lambda entry: order.index(entry.face)))
