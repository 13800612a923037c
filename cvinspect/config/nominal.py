"""What a recipe may say of the nominal outline that flash stands out of: `outline` in [view.detect.flash]."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import numpy as np
from pydantic import Field, field_validator, model_validator

from cvinspect.config.dxf import read_dxf
from cvinspect.config.outline import check_outline
from cvinspect.detect import Nominal
from cvinspect.detect.flash import OutlineWord
from cvinspect.errors import RecipeError
from cvinspect.forms import Form, parse_data
from cvinspect.judge.cells import Text

Point = tuple[float, float]
Polygon = Annotated[tuple[Point, ...], Field(min_length=3)]
ROUND_SIDES = 720


class CircleEntry(Form):
    """A circle in part mm."""

    center: Point
    radius_mm: Annotated[float, Field(gt=0, le=1e5)]


class DrawnEntry(Form):
    """A drawn outline: one of circle, polygon (with holes) and dxf.

    Of a DXF file: layer; unit, where the drawing does not say; origin: where in part mm the drawing's origin lies;
    turn_deg: by how much it is turned, from x towards y; mirror: seen from behind; sha256: the file's, if it is to be
    that one and no other. A drawing's y points up, a part's down: the reader turns it over.
    """

    circle: CircleEntry | None = None
    polygon: Polygon | None = None
    holes: tuple[Polygon, ...] = ()
    dxf: Text = ""
    layer: str = ""
    unit: Literal["", "mm", "cm", "m", "inch"] = ""
    origin: Point = (0.0, 0.0)
    turn_deg: Annotated[float, Field(ge=-360, le=360)] = 0.0
    mirror: bool = False
    sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""

    @field_validator("polygon")
    @classmethod
    def _simple(cls, polygon: Any) -> Any:
        if polygon is not None:
            check_outline(polygon)
        return polygon

    @field_validator("holes")
    @classmethod
    def _all_simple(cls, holes: Any) -> Any:
        for hole in holes:
            check_outline(hole)
        return holes

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in ("circle", "polygon", "dxf") if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(f"takes one of circle, polygon and dxf; given: {', '.join(given) or 'none'}")
        for keys, owner in (
            (("holes",), "polygon"),
            (("layer", "unit", "origin", "turn_deg", "mirror", "sha256"), "dxf"),
        ):
            stray = [key for key in keys if key in self.model_fields_set]
            if stray and given != [owner]:
                raise ValueError(f"{', '.join(stray)}: belongs to {owner}")
        return self


class _Told(Form):
    outline: DrawnEntry


def with_nominal(knobs: Mapping[str, Any], folder: Path, where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the outline that [view.detect.flash] tells, the other knobs). Raises RecipeError in words.

    folder: where the recipe lies; where: heads every message.
    """
    rest = dict(knobs)
    if "outline" not in rest:
        return {}, rest
    told = rest.pop("outline")
    if not isinstance(told, dict):
        if told in get_args(OutlineWord):
            return {"outline": told}, rest
        raise RecipeError(
            f"{where}: outline = {told!r}: allowed are {', '.join(get_args(OutlineWord))}, or a table with circle, "
            "polygon or dxf"
        )
    entry = parse_data({"outline": told}, _Told, where, RecipeError).outline
    try:
        return {"outline": _nominal(entry, folder)}, rest
    except (ValueError, RecipeError) as bad:
        raise RecipeError(f"{where}: outline: {bad}") from bad


def _nominal(entry: DrawnEntry, folder: Path) -> Nominal:
    if entry.circle is not None:
        turn = np.linspace(0, 2 * np.pi, ROUND_SIDES, endpoint=False)
        around = entry.circle.radius_mm * np.stack([np.cos(turn), np.sin(turn)], axis=1) + entry.circle.center
        return Nominal((tuple((x, y) for x, y in around.tolist()),))
    if entry.polygon is not None:
        return Nominal((entry.polygon, *entry.holes))
    return _drawn(entry, folder / entry.dxf)


def _drawn(entry: DrawnEntry, path: Path) -> Nominal:
    contours = read_dxf(path, entry.layer, entry.unit)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if entry.sha256 and found != entry.sha256:
        raise RecipeError(f"{path}: another file than the recipe's: its sha256 is {found}; check it, then write that")
    turn = math.radians(entry.turn_deg)
    turned = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    over = (-1.0 if entry.mirror else 1.0, -1.0)
    placed = [(contour * over) @ turned + entry.origin for contour in contours]
    for contour in placed:
        check_outline(contour.tolist())
    return Nominal(tuple(tuple((x, y) for x, y in contour.tolist()) for contour in placed))
