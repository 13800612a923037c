"""Every value that travels on the road, in the order of travel. Imports numpy, the standard library, `projection`.

    Frame -locate-> Placement -detect-> Regions -measure-> Blobs -judge-> Verdict
             (px)                 (px)             (mm)         (numbers only)

Conventions (docs/conventions.md): an integer coordinate is a pixel's centre; x to the right, y down; points are
(x, y), arrays are indexed [y, x]; names end in their unit (_px, _mm, _mm2, _gray, _deg, _s). Colour is B, G, R.
A part's mm are the recipe's; the calibrated plane's where the recipe does not locate the part. A plain scale's origin
is the centre of pixel (0, 0).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from enum import Flag, StrEnum, auto
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvinspect.projection import AS_DRAWN as AS_DRAWN
from cvinspect.projection import Pose as Pose
from cvinspect.projection import Projection, ScaleField, coarsest_mm_per_px

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
Points = NDArray[np.float64]


class Kind(StrEnum):
    """What an imperfection is (ISO 8785 where it has a word). A camera finds the first four, a person may enter all."""

    SCRATCH = "scratch"
    DENT = "dent"
    FOREIGN_MATTER = "foreign_matter"
    FLASH = "flash"
    SHORT_SHOT = "short_shot"
    CRACK = "crack"
    WHITENING = "whitening"
    PARTING_LINE = "parting_line"
    GATE = "gate"
    WELD_LINE = "weld_line"
    STEP = "step"
    EXCESS_MATERIAL = "excess_material"
    STRESS_MARK = "stress_mark"
    GLOSS_SPOT = "gloss_spot"
    CUT_DAMAGE = "cut_damage"
    WRONG_SHAPE = "wrong_shape"
    DIRT = "dirt"
    COLOR_DIFFERENCE = "color_difference"

    @classmethod
    def named(cls, word: str) -> Kind:
        """The kind that `word` names; `foreign` and `burr` are accepted. Raises ValueError with the allowed words."""
        try:
            return cls({"foreign": "foreign_matter", "burr": "flash"}.get(word, word))
        except ValueError:
            raise ValueError(f"unknown kind {word!r}; allowed: {', '.join(cls)} (also foreign, burr)") from None


CAMERA_KINDS = (Kind.SCRATCH, Kind.DENT, Kind.FOREIGN_MATTER, Kind.FLASH)


class Outcome(StrEnum):
    """What is decided. Only PASS opens the gate; the worst wins."""

    PASS = "PASS"
    REVIEW = "REVIEW"
    INVALID = "INVALID"
    FAIL = "FAIL"

    @classmethod
    def worst(cls, outcomes: Iterable[Outcome]) -> Outcome:
        """FAIL > INVALID > REVIEW > PASS; PASS where there is nothing to weigh."""
        return max(outcomes, key=list(cls).index, default=cls.PASS)


class Doubt(Flag):
    """Why a blob's numbers may be wrong. The number is kept and flagged."""

    NONE = 0
    TOUCHES_BORDER = auto()
    BELOW_RESOLUTION = auto()
    SATURATED = auto()
    MERGED = auto()
    UNKNOWN = auto()  # a doubt that another program stated in a word unknown here

    @property
    def understated(self) -> bool:
        """True where the true size may be larger than the stated one."""
        return self not in (Doubt.NONE, Doubt.BELOW_RESOLUTION)

    def words(self) -> list[str]:
        """The names as the JSON contract spells them."""
        return [member.name.lower() for member in type(self) if member in self and member.name]

    @classmethod
    def from_words(cls, words: Iterable[str]) -> Doubt:
        """The flags that `words` name; a word unknown here becomes UNKNOWN, never nothing."""
        doubt = cls.NONE
        for word in words:
            doubt |= cls.__members__.get(word.upper(), cls.UNKNOWN)
        return doubt


@dataclass(frozen=True, slots=True)
class Measured:
    """A value and its standard uncertainty u (GUM), in the unit that the field's name says; u None = unknown."""

    value: float
    u: float | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a code of the catalogue in `words` and the numbers that its sentence needs. Words come last."""

    code: str
    values: Mapping[str, Any] = dataclass_field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, code: str, **values: Any) -> Reason:
        """A reason with its numbers."""
        return cls(code, MappingProxyType(values))


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of one part at one moment.

    pixels: (H, W) or (H, W, 3), uint8 or uint16, read-only. lights: further pictures of the same moment under other
    lights, by name. taken_at is UTC. sequence and camera_time_s are the camera's: its number of the frame, and its own
    clock at the exposure, seconds from any start. exif_turn: the EXIF orientation (1..8) that was undone in reading;
    1 = none. jpeg_quality: 1 to 100 of a picture that was compressed with loss, None of one that was not.
    """

    pixels: Pixels
    part: str = ""
    view: str = ""
    lights: Mapping[str, Pixels] = dataclass_field(default_factory=lambda: MappingProxyType({}))
    taken_at: datetime | None = None
    camera: str = ""
    sequence: int | None = None
    camera_time_s: float | None = None
    sha256: str = ""
    exif_turn: int = 1
    jpeg_quality: int | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in px."""
        return int(self.pixels.shape[1]), int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True)
class Calibration:
    """From pixels to millimetres on the part's plane.

    mm_per_px is the scale in the middle of the frame; u_scale its relative standard uncertainty, or the largest one of
    the calibrated part of the frame. size is (width, height) in px. projection None = a plain scale, the same
    everywhere. psf_sigma_px (of the blur) with its standard uncertainty, and noise_gray (of 8 bits, at mid grey),
    may be unknown (None); measuring then states a larger u. gain (H, W) undoes the light's shading: raw * gain / 128.
    """

    mm_per_px: float
    u_scale: float
    size: tuple[int, int]
    made_at: datetime
    valid_until: datetime
    camera: str = ""
    made_by: str = ""
    psf_sigma_px: float | None = None
    u_psf_sigma_px: float | None = None
    noise_gray: float | None = None
    sha256: str = ""
    projection: Projection | None = None
    field: ScaleField | None = None
    gain: NDArray[np.uint8] | None = dataclass_field(default=None, compare=False, repr=False)

    def to_mm(self, points_px: Points) -> Points:
        """Points (N, 2) in px to points (N, 2) in mm."""
        if self.projection is not None:
            return self.projection.to_mm(points_px)
        return np.asarray(points_px, dtype=np.float64) * self.mm_per_px

    def to_px(self, points_mm: Points) -> Points:
        """Points (N, 2) in mm to points (N, 2) in px."""
        if self.projection is not None:
            return self.projection.to_px(points_mm)
        return np.asarray(points_mm, dtype=np.float64) / self.mm_per_px

    def jacobian(self, points_px: Points) -> NDArray[np.float64]:
        """(N, 2, 2) d(mm) / d(px) at points (N, 2): [:, i, j] is the change of mm axis i per px along axis j."""
        points = np.asarray(points_px, dtype=np.float64)
        if self.projection is None:
            return np.broadcast_to(np.eye(2) * self.mm_per_px, (len(points), 2, 2))
        half = np.array([[0.5, 0.0], [-0.5, 0.0], [0.0, 0.5], [0.0, -0.5]])
        right, left, down, up = self.to_mm((points[None] + half[:, None]).reshape(-1, 2)).reshape(4, -1, 2)
        return np.stack([right - left, down - up], axis=2)

    def u_scale_at(self, points_px: Points) -> NDArray[np.float64]:
        """(N,) the relative standard uncertainty of the scale at points (N, 2) in px."""
        if self.field is None:
            return np.full(len(points_px), self.u_scale)
        return self.field.at(points_px, self.size)

    @property
    def coarsest_mm_per_px(self) -> float:
        """The largest mm per px anywhere in the frame, in any direction: what decides what is too small to be seen."""
        return self.mm_per_px if self.projection is None else coarsest_mm_per_px(self.projection, self.size)


@dataclass(frozen=True, slots=True)
class Face:
    """One face of a part, as its customer grades it. outline_mm: closed polygon in part mm; None = the whole frame."""

    name: str
    grade: str
    outline_mm: tuple[tuple[float, float], ...] | None = None
    traits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Where a part lies in its frame. outlines_px: per face, in their order, a closed polygon (N, 2) in frame px."""

    calibration: Calibration
    faces: tuple[Face, ...]
    outlines_px: tuple[Points, ...]
    pose: Pose = AS_DRAWN

    @property
    def mm_per_px(self) -> float:
        """Scale for knobs in mm: the coarsest of the frame, so that nothing large enough is dropped."""
        return self.calibration.coarsest_mm_per_px

    def to_mm(self, points_px: Points) -> Points:
        """Frame px (N, 2) to part mm (N, 2): places. Sizes are the calibration's alone, whatever the pose's scale."""
        plane = self.calibration.to_mm(points_px)
        return plane if self.pose == AS_DRAWN else self.pose.to_part(plane)

    def to_px(self, points_mm: Points) -> Points:
        """Part mm (N, 2) to frame px (N, 2)."""
        return self.calibration.to_px(points_mm if self.pose == AS_DRAWN else self.pose.to_plane(points_mm))


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """What a detector claims, sparse.

    contour_px: (N, 2) int32, the outer contour through the centres of the claimed border pixels, frame px.
    polarity: +1 brighter, -1 darker than its surroundings, 0 mixed. strength: how far it stands above the noise, in
    noise sigmas: of a detector's claim its peak, of what `detect` returns all of it together (comparable between
    kinds). nominal_px: for flash and for what is missing at an edge, the polyline (N, 2) of the nominal outline it
    stands on, or reaches into; u_nominal_px: the standard uncertainty of its place. may_be: the other kinds that it
    may be, by what the picture shows. light: the name of the light that shows it best; "" = the frame's own pixels.
    """

    kind: Kind
    contour_px: NDArray[np.int32]
    polarity: int
    strength: float
    doubt: Doubt = Doubt.NONE
    nominal_px: Points | None = None
    u_nominal_px: float = 0.4
    may_be: tuple[Kind, ...] = ()
    light: str = ""


@dataclass(frozen=True, slots=True)
class Blob:
    """One imperfection in mm. Of a blob that a person entered, sizes may be missing (None).

    faces: names of the faces it lies on. outline_mm: at most 64 points, part mm. contrast_gray: against the local
    background, in 8-bit grey levels, signed. may_be: other kinds that it may be; it is judged as each of them. light:
    the name of the light it was measured in; "" = the frame's own pixels.
    """

    id: int
    kind: Kind
    faces: tuple[str, ...]
    center_mm: tuple[float, float]
    area_mm2: Measured | None = None
    diameter_mm: Measured | None = None
    length_mm: Measured | None = None
    width_mm: Measured | None = None
    max_dimension_mm: Measured | None = None
    height_mm: Measured | None = None
    outline_mm: tuple[tuple[float, float], ...] | None = None
    contrast_gray: float | None = None
    strength: float | None = None
    doubt: Doubt = Doubt.NONE
    center_px: tuple[float, float] | None = None
    bbox_px: tuple[int, int, int, int] | None = None
    may_be: tuple[Kind, ...] = ()
    light: str = ""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Every kind that it may be, the likeliest first."""
        return tuple(dict.fromkeys((self.kind, *self.may_be)))


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was looked for on a face: a kind, from which size on (mm), over which share of the face (0..1).

    elsewhere: where and by what it is checked instead ("height gauge"); empty = looked for by this inspection.
    """

    face: str
    kind: Kind
    from_mm: float
    coverage: float
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One defensible reading of a rule and what it gives."""

    name: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of one group of blobs: measured against allowed, in `quantity`; margin < 0 is beyond it."""

    rule: str
    blobs: tuple[int, ...]
    outcome: Outcome
    readings: tuple[Reading, ...]
    reason: Reason
    quantity: str = ""
    measured: float | None = None
    allowed: float | None = None
    margin: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """PASS, FAIL, REVIEW or INVALID, with everything that led there."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What was seen in one frame: the stages' results in order, and the time each took."""

    frame: Frame
    placement: Placement
    blobs: tuple[Blob, ...]
    inspected: tuple[Inspected, ...]
    timing_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """Everything seen of one part over its views, and the one verdict on it."""

    part: str
    seen: tuple[Seen, ...]
    verdict: Verdict
