"""labelme's JSON: a file per picture, places in px from the upper left corner of the first pixel."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import ConfigDict

from cvinspect.errors import ConfigurationError
from cvinspect.forms import Form, load_json, parse_data, read_text
from cvinspect.model import Points
from cvinspect.score.classes import Classes, Meaning
from cvinspect.score.label import Label, of_box, of_outline
from cvinspect.score.stated import Size, Stated

POINT_PX = 3.0  # a point is a disk of so many px
STROKE_PX = 3.0  # a line is so wide
_CIRCLE = np.linspace(0, 2 * np.pi, 48, endpoint=False)
_LEAST = {"rectangle": 2, "polygon": 3, "circle": 2, "line": 2, "linestrip": 2, "point": 1}


class _Shape(Form):
    model_config = ConfigDict(extra="ignore")

    label: str
    points: tuple[tuple[float, float], ...]
    shape_type: Literal["rectangle", "polygon", "circle", "line", "linestrip", "point"] = "polygon"


class _File(Form):
    model_config = ConfigDict(extra="ignore")

    shapes: tuple[_Shape, ...]
    imageWidth: int | None = None  # noqa: N815 labelme's own names
    imageHeight: int | None = None  # noqa: N815


def read_labelme(path: Path, classes: Classes) -> Stated:
    """The shapes in `path`. Raises ConfigurationError naming the shape."""
    where = str(path)
    data: Any = load_json(read_text(path, ConfigurationError), where, ConfigurationError)
    if isinstance(data, dict):
        data.pop("imageData", None)  # the picture itself, which may be megabytes
    file = parse_data(data, _File, where, ConfigurationError)
    shapes = [(shape, *_checked(shape, classes, f"{where}: shape {i}")) for i, shape in enumerate(file.shapes, start=1)]
    known = (file.imageWidth, file.imageHeight)
    size = (known[0], known[1]) if known[0] is not None and known[1] is not None else None
    return Stated(where, lambda px: tuple(_label(*shape, px) for shape in shapes), size)


def _checked(shape: _Shape, classes: Classes, where: str) -> tuple[Meaning, str]:
    least = _LEAST[shape.shape_type]
    if len(shape.points) < least:
        raise ConfigurationError(
            f"{where}: a {shape.shape_type} of {len(shape.points)} points: must have at least {least}"
        )
    return classes.of(shape.label, where), where


def _label(shape: _Shape, meaning: Meaning, where: str, size: Size) -> Label:
    points = np.array(shape.points, np.float64) - 0.5
    kind = shape.shape_type
    if kind == "rectangle":
        (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
        return of_box(meaning, np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]), size, where, upright=True)
    if kind in ("line", "linestrip"):
        return of_outline(meaning, _band(points), size, where)
    if kind in ("circle", "point"):
        radius = POINT_PX / 2 if kind == "point" else max(float(np.hypot(*(points[1] - points[0]))), 0.5)
        circle = points[0] + radius * np.stack([np.cos(_CIRCLE), np.sin(_CIRCLE)], axis=1)
        return of_outline(meaning, circle, size, where)
    return of_outline(meaning, points, size, where)


def _band(points: Points) -> Points:
    """The outline of a line STROKE_PX wide."""
    steps = np.gradient(points, axis=0)
    normals = np.stack([-steps[:, 1], steps[:, 0]], axis=1) / np.maximum(np.hypot(*steps.T), 1e-9)[:, None]
    aside = normals * STROKE_PX / 2
    return np.concatenate([points + aside, (points - aside)[::-1]])
