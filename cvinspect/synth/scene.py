"""What is drawn: a camera, a surface, a part and the imperfections on it. Places and sizes in mm.

The origin is the centre of pixel (0, 0), x to the right, y down; angles turn from x towards y. Contrasts are 8-bit
grey levels against the surface, before vignetting: negative is darker.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """How an undisturbed surface looks.

    level_gray: in the middle of the frame. gradient_gray: how much brighter it is at the right and the lower border.
    sheen_gray: a broad reflection around sheen_at (shares of width and height), half as bright sheen_reach of the
    frame's diagonal away. grain_gray: rms of its texture; grain_mm: its size; embossed: the texture is the shading of
    a relief lit from the upper left. lay_mm: length of the marks of brushing along x, 0 = none.
    """

    level_gray: float
    gradient_gray: Point = (0.0, 0.0)
    sheen_gray: float = 0.0
    sheen_at: Point = (0.35, 0.3)
    sheen_reach: float = 0.5
    grain_gray: float = 0.0
    grain_mm: float = 0.05
    embossed: bool = False
    lay_mm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part's silhouette: a rectangle with rounded corners; a disk where corner_mm is half of both sides.

    edge_mm: how far its rounded edge reaches inwards; edge_light_gray: how much brighter that edge is towards the
    light at the upper left, and darker away from it; edge_dark_gray: how much darker it is all around.
    shadow: share of the ground's light that it takes away at its foot. turn_deg: how far it is turned about its middle.
    """

    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float
    corner_mm: float
    edge_mm: float = 0.0
    edge_light_gray: float = 0.0
    edge_dark_gray: float = 0.0
    shadow: float = 0.0
    turn_deg: float = 0.0

    @property
    def box_mm(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom around the part as it lies."""
        cos, sin = (abs(way(math.radians(self.turn_deg))) for way in (math.cos, math.sin))
        half_x = (cos * self.width_mm + sin * self.height_mm) / 2
        half_y = (sin * self.width_mm + cos * self.height_mm) / 2
        (x, y) = self.center_mm
        return x - half_x, y - half_y, x + half_x, y + half_y

    @property
    def center_mm(self) -> Point:
        """The middle of the rectangle."""
        return self.left_mm + self.width_mm / 2, self.top_mm + self.height_mm / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """How the scene is seen. exposure: what it gathers of the light that grey levels are stated for, 1 = all; the noise
    stays. vignetting: share of light missing in the corners. bits: 8, or 9 to 16 in the upper bits
    of 16. tint: factors of blue, green and red that make a colour picture; they are scaled to keep the grey level.
    """

    psf_sigma_px: float = 0.8
    noise_gray: float = 1.5
    exposure: float = 1.0
    vignetting: float = 0.0
    bits: int = 8
    tint: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scratch:
    """A line of one width with round ends, along the middle line through points_mm."""

    points_mm: tuple[Point, ...]
    width_mm: float
    contrast_gray: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fibre:
    """A hair or lint: drawn as a scratch, but foreign matter."""

    points_mm: tuple[Point, ...]
    width_mm: float
    contrast_gray: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Speck:
    """An opaque ellipse of length_mm x width_mm; its outline wanders by about `roughness` of its radius."""

    center_mm: Point
    length_mm: float
    width_mm: float
    contrast_gray: float
    angle_deg: float = 0.0
    roughness: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dent:
    """A round hollow, soft to its rim: dark towards the light (light_deg), bright away from it, darker in the middle.

    contrast_gray (> 0): the amplitude of the dark and bright pair; core: the darkening of the middle, as its share.
    Drawn at the pixels' centres, as it has no edge.
    """

    center_mm: Point
    diameter_mm: float
    contrast_gray: float
    light_deg: float = -135.0
    core: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FlashBump:
    """Thin material beyond the part's outline: base_mm along it, height_mm along its outward normal at foot_mm.

    foot_mm lies on the outline of the scene's part. contrast_gray is against the ground.
    """

    foot_mm: Point
    base_mm: float
    height_mm: float
    contrast_gray: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """Material missing at the part's outline: base_mm along it, depth_mm against its outward normal at foot_mm.

    foot_mm lies on the outline of the scene's part; the ground is seen there.
    """

    foot_mm: Point
    base_mm: float
    depth_mm: float


Item = Scratch | Fibre | Speck | Dent | FlashBump | Chip


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One picture: size_px (width, height). part None = the surface fills the frame. seed: texture and noise.

    Raises ValueError for a scale that is not positive, and for flash or chips where there is no part for them.
    """

    size_px: tuple[int, int]
    mm_per_px: float
    surface: Surface
    part: Part | None = None
    ground: Surface = field(default_factory=lambda: Surface(level_gray=30.0))
    objects: tuple[Item, ...] = ()
    camera: Camera = field(default_factory=Camera)
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.mm_per_px > 0:
            raise ValueError(f"mm_per_px = {self.mm_per_px}: a scale is above 0")
        if self.part is None and any(isinstance(item, FlashBump | Chip) for item in self.objects):
            raise ValueError("flash stands on a part, but the scene has none, nor has a chip one: give it a part")


def straight(center_mm: Point, length_mm: float, width_mm: float, angle_deg: float) -> tuple[Point, ...]:
    """The middle line of a straight scratch that is `length_mm` from tip to tip."""
    half, turn = (length_mm - width_mm) / 2, math.radians(angle_deg)
    x, y = half * math.cos(turn), half * math.sin(turn)
    return (center_mm[0] - x, center_mm[1] - y), (center_mm[0] + x, center_mm[1] + y)


def arc(center_mm: Point, radius_mm: float, start_deg: float, stop_deg: float) -> tuple[Point, ...]:
    """A middle line along a circle, in steps of about 2 degrees."""
    steps = max(math.ceil(abs(stop_deg - start_deg) / 2), 1)
    turns = [math.radians(start_deg + (stop_deg - start_deg) * i / steps) for i in range(steps + 1)]
    return tuple((center_mm[0] + radius_mm * math.cos(t), center_mm[1] + radius_mm * math.sin(t)) for t in turns)


def disk(center_mm: Point, diameter_mm: float, contrast_gray: float) -> Speck:
    """A round speck."""
    return Speck(center_mm=center_mm, length_mm=diameter_mm, width_mm=diameter_mm, contrast_gray=contrast_gray)


def outline(part: Part, inset_mm: float = 0.0, steps: int = 12) -> tuple[Point, ...]:
    """The part's outline, moved inwards by `inset_mm`, as a polygon with `steps` sides in each corner."""
    radius = max(part.corner_mm - inset_mm, 0.0)
    (x, y), half_x, half_y = part.center_mm, part.width_mm / 2 - inset_mm, part.height_mm / 2 - inset_mm
    points = []
    for corner, (right, down) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        for step in range(steps + 1 if radius else 1):
            turn = math.radians(90 * (corner + step / steps))
            middle = x + right * (half_x - radius), y + down * (half_y - radius)
            points.append((middle[0] + radius * math.cos(turn), middle[1] + radius * math.sin(turn)))
    return tuple(_turned(point, part) for point in points) if part.turn_deg else tuple(points)


def _turned(point: Point, part: Part) -> Point:
    """The point turned with the part."""
    turn, (x, y) = math.radians(part.turn_deg), part.center_mm
    along, across = point[0] - x, point[1] - y
    return x + along * math.cos(turn) - across * math.sin(turn), y + along * math.sin(turn) + across * math.cos(turn)
