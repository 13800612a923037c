"""The outline in a DXF drawing: one closed outer contour and its holes, in mm.

A small strict reader of ASCII DXF: LINE, ARC, CIRCLE, LWPOLYLINE and POLYLINE with bulges, $INSUNITS. What it does not
read it refuses by name; texts, points and dimensions are passed over. Group codes: Autodesk's DXF Reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cvinspect.config.dxf_curves import Curve, arc_of, bulged, circle_of, moved
from cvinspect.errors import RecipeError

LARGEST_BYTES = 20_000_000
UNITS_MM = {"1": 25.4, "4": 1.0, "5": 10.0, "6": 1000.0}
UNIT_NAMES = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "inch": 25.4}
PASSED_OVER = frozenset(
    ("TEXT", "MTEXT", "POINT", "DIMENSION", "LEADER", "MULTILEADER", "ATTDEF", "VIEWPORT", "SEQEND", "VERTEX")
)
JOIN_SHARE = 1e-5  # of the drawing's extent: ends so near to each other are the same


@dataclass(frozen=True, slots=True)
class Entity:
    """A drawn thing: its type and its (group code, value) pairs; of a POLYLINE also those of each vertex."""

    type: str
    pairs: tuple[tuple[int, str], ...]
    vertices: tuple[tuple[tuple[int, str], ...], ...] = ()

    def text(self, code: int, default: str = "") -> str:
        """The first value of a group code."""
        return next((value for key, value in self.pairs if key == code), default)

    def number(self, code: int, default: float | None = None) -> float:
        """The first value of a group code as a number; raises ValueError where it is none or missing."""
        return _number(self.pairs, code, self.type, default)


def read_dxf(path: Path, layer: str = "", unit: str = "") -> tuple[Curve, ...]:
    """Closed contours (N, 2) in mm as drawn (y upwards), the outer one first.

    layer: "" = all. unit: what a drawing length is, if the drawing does not say. Raises RecipeError in words.
    """
    text = _text(path)
    try:
        pairs = list(_pairs(text))
        scale = _scale(pairs, unit)
        drawn = [one for one in _entities(pairs) if not layer or one.text(8, "0") == layer]
        if not drawn:
            layers = sorted({one.text(8, "0") for one in _entities(pairs)})
            raise ValueError(f"nothing is drawn{f' on layer {layer!r}' if layer else ''}; layers: {', '.join(layers)}")
        curves = [curve * scale for one in drawn for curve in _curves(one, scale)]
        return _nested(_closed(curves))
    except ValueError as bad:
        raise RecipeError(f"{path}: {bad}") from bad


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise RecipeError(f"{path}: too large: at most {LARGEST_BYTES} bytes")
        data = path.read_bytes()
    except (OSError, ValueError) as bad:
        raise RecipeError(f"{path}: cannot be read: {getattr(bad, 'strerror', None) or bad}") from bad
    if data.startswith(b"AutoCAD Binary DXF"):
        raise RecipeError(f"{path}: a binary DXF; save it as ASCII DXF")
    return data.decode("latin-1")  # names in another code page do not matter here, numbers are ASCII in all


def _pairs(text: str) -> Iterator[tuple[int, str]]:
    lines = text.splitlines()
    for index in range(0, len(lines) - 1, 2):
        try:
            code = int(lines[index])
        except ValueError:
            raise ValueError(
                f"line {index + 1}: {lines[index].strip()[:40]!r} is no group code; is this a DXF?"
            ) from None
        yield code, lines[index + 1].strip()


def _scale(pairs: list[tuple[int, str]], unit: str) -> float:
    """mm per drawing unit."""
    places = [i for i, pair in enumerate(pairs) if pair == (9, "$INSUNITS")]
    stated = pairs[places[0] + 1][1] if places and places[0] + 1 < len(pairs) else "0"
    if stated in UNITS_MM:
        if unit and UNIT_NAMES[unit] != UNITS_MM[stated]:
            raise ValueError(
                f"$INSUNITS = {stated} says {UNITS_MM[stated]:g} mm a unit, the recipe says unit = {unit!r}"
            )
        return UNITS_MM[stated]
    if not unit:
        raise ValueError(
            f"$INSUNITS = {stated}: the drawing's unit is not stated or not read (1 inch, 4 mm, 5 cm, 6 m are); "
            f"write unit = {', '.join(repr(name) for name in UNIT_NAMES)} in the recipe"
        )
    return UNIT_NAMES[unit]


def _entities(pairs: list[tuple[int, str]]) -> list[Entity]:
    """What stands in the ENTITIES section."""
    found: list[Entity] = []
    inside = False
    start: int | None = None
    for index, (code, value) in enumerate([*pairs, (0, "EOF")]):
        if code == 2 and index and pairs[index - 1] == (0, "SECTION"):
            inside = value == "ENTITIES"
            start = None
        elif code == 0:
            if inside and start is not None:
                _take(found, pairs[start][1], tuple(pairs[start + 1 : index]))
            start = index if inside and value not in ("SECTION", "ENDSEC", "EOF") else None
            inside = inside and value not in ("ENDSEC", "EOF")
    return found


def _take(found: list[Entity], kind: str, pairs: tuple[tuple[int, str], ...]) -> None:
    if kind == "VERTEX" and found and found[-1].type == "POLYLINE":
        last = found[-1]
        found[-1] = Entity(last.type, last.pairs, (*last.vertices, pairs))
    elif kind not in PASSED_OVER:
        found.append(Entity(kind, pairs))


def _curves(entity: Entity, scale: float) -> Iterator[Curve]:
    """The entity as points, in drawing units; arcs to a thousandth of a mm."""
    kind = entity.type
    if kind == "LINE":
        ends = [(entity.number(10), entity.number(20)), (entity.number(11), entity.number(21))]
        yield np.array(ends)
        return
    reader = {"ARC": _arc, "CIRCLE": _circle, "LWPOLYLINE": _lwpolyline, "POLYLINE": _polyline}.get(kind)
    if reader is None:
        raise ValueError(
            f"it holds a {kind}, which is not read (LINE, ARC, CIRCLE, LWPOLYLINE, POLYLINE are); convert or explode "
            "it, or name the outline's own layer"
        )
    yield moved(
        reader(entity, scale), (entity.number(210, 0.0), entity.number(220, 0.0), entity.number(230, 1.0)), kind
    )


def _arc(entity: Entity, scale: float) -> Curve:
    middle = entity.number(10), entity.number(20)
    return arc_of(middle, entity.number(40), entity.number(50), entity.number(51), scale)


def _circle(entity: Entity, scale: float) -> Curve:
    return circle_of((entity.number(10), entity.number(20)), entity.number(40), scale)


def _lwpolyline(entity: Entity, scale: float) -> Curve:
    corners: list[list[float]] = []
    for code, value in entity.pairs:
        if code == 10:
            corners.append([_float(value, entity.type), 0.0, 0.0])
        elif code in (20, 42) and corners:
            corners[-1][1 if code == 20 else 2] = _float(value, entity.type)
    return bulged(corners, bool(int(entity.number(70, 0)) & 1), scale)


def _polyline(entity: Entity, scale: float) -> Curve:
    flags = int(entity.number(70, 0))
    if flags & (2 | 4 | 8 | 16 | 64):
        raise ValueError("it holds a POLYLINE that is fitted, three-dimensional or a mesh, which is not read")
    corners = [
        [_number(v, 10, "VERTEX"), _number(v, 20, "VERTEX"), _number(v, 42, "VERTEX", 0.0)] for v in entity.vertices
    ]
    return bulged(corners, bool(flags & 1), scale)


def _number(pairs: tuple[tuple[int, str], ...], code: int, kind: str, default: float | None = None) -> float:
    for key, value in pairs:
        if key == code:
            return _float(value, kind)
    if default is None:
        raise ValueError(f"a {kind} lacks its group {code}")
    return default


def _float(text: str, kind: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"a {kind} holds {text[:40]!r} where a number belongs") from None
    if not abs(value) < 1e9:
        raise ValueError(f"a {kind} holds {text[:40]!r}, beyond any drawing")
    return value


def _closed(curves: list[Curve]) -> list[Curve]:
    """The curves joined end to end; raises ValueError where an end stays open."""
    whole = np.concatenate(curves)
    near = max(float(np.ptp(whole, axis=0).max()) * JOIN_SHARE, 1e-6)
    rest, closed = list(curves), []
    while rest:
        chain = rest.pop(0)
        while np.linalg.norm(chain[0] - chain[-1]) > near or len(chain) < 3:
            index, flipped = _next(chain[-1], rest, near)
            follower = rest.pop(index)
            chain = np.concatenate([chain, (follower[::-1] if flipped else follower)[1:]])
        closed.append(chain[:-1])
    return closed


def _next(end: Curve, rest: list[Curve], near: float) -> tuple[int, bool]:
    found = [
        (index, flipped)
        for index, curve in enumerate(rest)
        for flipped, start in ((False, curve[0]), (True, curve[-1]))
        if np.linalg.norm(start - end) <= near
    ]
    if len(found) == 1:
        return found[0]
    what = "is open" if not found else "branches"
    raise ValueError(
        f"the outline {what} at ({end[0]:.4g}, {end[1]:.4g}) mm; draw closed contours only, or put them on a layer of "
        "their own and name it"
    )


def _nested(contours: list[Curve]) -> tuple[Curve, ...]:
    """The contours, the outer one first; raises ValueError unless it encloses all others and these enclose nothing."""
    ordered = sorted(contours, key=lambda one: -float(np.prod(np.ptp(one, axis=0))))
    for index, hole in enumerate(ordered[1:], start=1):
        around = [outer for outer in range(len(ordered)) if outer != index and _encloses(ordered[outer], hole[0])]
        if around != [0]:
            raise ValueError("more than one outer contour, or a contour within a hole; draw one part and its holes")
    return tuple(ordered)


def _encloses(contour: Curve, point: Curve) -> bool:
    """Whether a polygon encloses a point, by crossings to its right."""
    (x, y), (u, v) = contour.T, np.roll(contour, -1, axis=0).T
    spans = (y > point[1]) != (v > point[1])
    at = x + (point[1] - y) / np.where(spans, v - y, 1.0) * (u - x)
    return bool(np.count_nonzero(spans & (at > point[0])) % 2)
