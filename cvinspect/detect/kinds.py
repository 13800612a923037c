"""What else an object may be, by what the picture shows of it. Nothing is renamed: it is judged as each kind it may be.

Told by three figures: how long it is for its width, how softly its edges rise, and whether it has a bright and a dark
side. Where they leave it open, or the object is too small to show them, it may be more than one kind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from cvinspect.detect.components import Contour, pixel_count, sides
from cvinspect.detect.shading import Shading, shading
from cvinspect.detect.surface import Surface
from cvinspect.model import Kind, Region

SMALL_PX = 10.0  # under it the edge's blur hides whether it is soft (as seen: a disk of 8 px)
TINY_PX = 8.0  # under it also how long it is for its width
LONGISH = 1.35  # length over width, as blur shows it, from which a sharp object may be a short scratch
SHORT = 4.5  # length over mean width under which a line may be a fibre, or a speck that is drawn out
CURLED = 2.0  # length over breadth under which a line is rolled up as fibres are
BROAD_PX = 12.0  # a line of this mean width may be a dent
ONE_SIDED = 0.12  # the lesser lobe over the greater one that a sharp object does not have
SOFTISH = 1.12  # times a sharp edge's rise that a sharp object does not take
CLEARLY = (1.6, 0.5)  # softness, lesser lobe: from either on, a dent is nothing else


def told_apart(regions: Iterable[Region], surface: Surface, kinds: Collection[Kind]) -> Iterator[Region]:
    """The regions, each with the other ones of `kinds`, which are looked for, that it may be."""
    look: Shading | None = None
    for region in regions:
        if region.kind not in _OTHERS:
            yield region
            continue
        look = look or shading(surface, 2)
        found = (*region.may_be, *_OTHERS[region.kind](region.contour_px, look))
        others = tuple(dict.fromkeys(kind for kind in found if kind in kinds and kind is not region.kind))
        yield replace(region, may_be=others)


def _of_foreign(contour: Contour, look: Shading) -> Iterator[Kind]:
    length, width = sides(contour)
    if length < SMALL_PX or _shows_shading(contour, look):
        yield Kind.DENT
    if length < TINY_PX or length >= LONGISH * width:
        yield Kind.SCRATCH


def _shows_shading(contour: Contour, look: Shading) -> bool:
    relief = look.relief(contour // look.scale)
    return relief.opposite >= ONE_SIDED or relief.softness >= SOFTISH


def _of_scratch(contour: Contour, look: Shading) -> Iterator[Kind]:
    length, breadth = sides(contour)
    mean_width = pixel_count(contour) / length
    if length < SHORT * mean_width or length < CURLED * breadth:
        yield Kind.FOREIGN_MATTER
    if mean_width >= BROAD_PX:
        yield Kind.DENT


def _of_dent(contour: Contour, look: Shading) -> Iterator[Kind]:
    relief = look.relief(contour // look.scale)
    if relief.softness < CLEARLY[0] and relief.opposite < CLEARLY[1]:
        yield Kind.FOREIGN_MATTER


_OTHERS = {Kind.FOREIGN_MATTER: _of_foreign, Kind.SCRATCH: _of_scratch, Kind.DENT: _of_dent}
