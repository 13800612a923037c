"""What stands in a calibration file: a plain scale, or a camera and the plane that it sees."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import AwareDatetime, Field, model_validator

from cvinspect.forms import Form
from cvinspect.model import Calibration, Points
from cvinspect.projection import Projection, ScaleField

_LATER = ("u_psf_sigma_px", "noise_variance", "made_from", "flat_field")  # a plain scale's file may lack these
_NODES = 17
_SAME_PX = 0.01

Share = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Place = tuple[float, float]


class Scale(Form):
    """A plain scale: the same mm per px everywhere, the origin in the centre of pixel (0, 0)."""

    type: Literal["scale"]
    mm_per_px: Annotated[float, Field(ge=1e-5, le=100)]
    u_mm_per_px: NotNegative
    u_is_assumed: bool = False

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.u_mm_per_px >= self.mm_per_px:
            raise ValueError(f"u_mm_per_px = {self.u_mm_per_px:g} is as large as mm_per_px = {self.mm_per_px:g}")
        return self


class Nodes(Form):
    """Standard uncertainties spread evenly over the frame, from its first pixel's centre to its last's, row by row."""

    columns: Annotated[int, Field(ge=2, le=1000)]
    rows: Annotated[int, Field(ge=2, le=1000)]
    values: tuple[NotNegative, ...]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if len(self.values) != self.columns * self.rows:
            raise ValueError(f"{len(self.values)} values are not {self.columns} x {self.rows}")
        return self

    def field(self) -> ScaleField:
        """The same as a field that can be asked anywhere."""
        return ScaleField(self.columns, self.rows, self.values)

    @classmethod
    def of(cls, field: ScaleField) -> Self:
        """A field as it is written."""
        return cls(columns=field.columns, rows=field.rows, values=tuple(float(value) for value in field.u_scale))


class Plane(Form):
    """A lens and the part's plane behind it, as `Projection` has them; ray_to_mm is its `plane`.

    u_scale is relative, u_place_mm per axis.
    """

    type: Literal["plane"]
    focal_px: tuple[Positive, Positive]
    center_px: Place
    distortion: tuple[float, float, float, float, float]
    ray_to_mm: tuple[float, float, float, float, float, float, float, float, float]
    u_scale: Nodes
    u_place_mm: Nodes

    @property
    def projection(self) -> Projection:
        """The geometry."""
        return Projection(self.focal_px, self.center_px, self.distortion, self.ray_to_mm)


class MadeFrom(Form):
    """What a plane was calibrated from. print_scale: printed over nominal length; u_print_scale relative.

    pictures: how many were used, with how many points, and rms_px of their residuals, both axes together. alone: the
    picture of the part's plane was the only one. height_mm: how far the part's plane lies above the target's, towards
    the camera, which is distance_mm from the target (None = not known). covered_px: polygon around the target's points
    in the picture of the part's plane.
    """

    target: str
    print_scale: Positive
    u_print_scale: Share
    u_print_is_assumed: bool
    pictures: Annotated[int, Field(ge=1)]
    points: Annotated[int, Field(ge=4)]
    rms_px: NotNegative
    alone: bool
    height_mm: float
    u_height_mm: NotNegative
    u_height_is_assumed: bool
    distance_mm: Positive | None
    distance_is_assumed: bool
    covered_px: Annotated[tuple[Place, ...], Field(min_length=3)]


class FlatField(Form):
    """A picture of the gain that undoes the light's shading; it stands beside the calibration file."""

    file: Annotated[str, Field(pattern=r"^[^/\\]+\.png$")]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class CalibrationFile(Form):
    """What stands in a calibration file. size_px is (width, height); sha256 is over everything else.

    noise_variance: (a, b) of the variance a + b * level of one pixel, in 8-bit grey levels; noise_gray: its root at mid
    grey.
    """

    schema_: Literal["cvinspect-calibration/1"] = Field(alias="schema")
    camera: str = ""
    size_px: tuple[Annotated[int, Field(gt=0, le=65536)], Annotated[int, Field(gt=0, le=65536)]]
    model: Annotated[Scale | Plane, Field(discriminator="type")]
    psf_sigma_px: Annotated[float, Field(gt=0, le=10)] | None = None
    u_psf_sigma_px: Annotated[float, Field(ge=0, le=10)] | None = None
    noise_gray: Annotated[float, Field(ge=0, le=100)] | None = None
    noise_variance: tuple[float, float] | None = None
    made_from: MadeFrom | None = None
    flat_field: FlatField | None = None
    made_at: AwareDatetime
    made_by: str = ""
    valid_until: AwareDatetime
    sha256: str = ""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.valid_until <= self.made_at:
            raise ValueError(f"valid_until = {self.valid_until} is not after made_at = {self.made_at}")
        if isinstance(self.model, Plane):
            misfit = not_one_to_one(self.model.projection, self.size_px)
            if misfit:
                raise ValueError(f"model: {misfit}")
        return self

    def value(self) -> Calibration:
        """The calibration that the file states, its gain left out."""
        projection = self.model.projection if isinstance(self.model, Plane) else None
        field = self.model.u_scale.field() if isinstance(self.model, Plane) else None
        return Calibration(
            mm_per_px=self.mm_per_px,
            u_scale=self.u_scale,
            size=self.size_px,
            made_at=self.made_at,
            valid_until=self.valid_until,
            camera=self.camera,
            made_by=self.made_by,
            psf_sigma_px=self.psf_sigma_px,
            u_psf_sigma_px=self.u_psf_sigma_px,
            noise_gray=self.noise_gray,
            sha256=self.sha256,
            projection=projection,
            field=field,
        )

    @property
    def mm_per_px(self) -> float:
        """The scale in the middle of the frame: the root of how many mm² a px² has there."""
        if isinstance(self.model, Scale):
            return self.model.mm_per_px
        middle = (np.array([self.size_px]) - 1) / 2
        return float(np.sqrt(np.abs(np.linalg.det(slopes(self.model.projection, middle))))[0])

    @property
    def u_scale(self) -> float:
        """The relative standard uncertainty of the scale; of a plane the largest one among the target's points."""
        if isinstance(self.model, Scale):
            return self.model.u_mm_per_px / self.model.mm_per_px
        if self.made_from is None:
            return max(self.model.u_scale.values)
        return float(self.model.u_scale.field().at(np.array(self.made_from.covered_px), self.size_px).max())

    def sealed(self) -> Self:
        """The same with the hash that its values have."""
        return self.model_copy(update={"sha256": hash_of(self.data())})

    def data(self) -> dict[str, Any]:
        """The values as they are written, without the hash; what an old file never had is left out where it is None."""
        absent = {key for key in _LATER if getattr(self, key) is None}
        return self.model_dump(mode="json", by_alias=True, exclude={"sha256", *absent})


def hash_of(data: object) -> str:
    """SHA-256 of plain data, whatever the order of its keys and the layout of its file."""
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "replace")).hexdigest()


def not_one_to_one(projection: Projection, size: tuple[int, int]) -> str:
    """Why `projection` cannot stand for a frame of `size` (width, height); empty where every pixel has its own mm."""
    x, y = (np.linspace(0, side - 1, _NODES) for side in size)
    nodes = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    try:
        with np.errstate(all="ignore"):
            astray = np.linalg.norm(projection.to_px(projection.to_mm(nodes)) - nodes, axis=1)
            turned = np.linalg.det(slopes(projection, nodes))
    except np.linalg.LinAlgError:
        return "the plane's nine numbers map everything onto one line"
    bad = ~((astray < _SAME_PX) & (turned > 0))  # so that NaN is bad
    if not bad.any():
        return ""
    at_x, at_y = nodes[int(np.argmax(bad))]
    return f"the projection is not one-to-one over the frame: it folds or mirrors at pixel ({at_x:.0f}, {at_y:.0f})"


def slopes(projection: Projection, points_px: Points) -> Points:
    """(N, 2, 2) d(mm) / d(px) at points (N, 2), by steps of half a pixel to either side."""
    half = np.array([0.5, 0.0])
    across = projection.to_mm(points_px + half) - projection.to_mm(points_px - half)
    down = projection.to_mm(points_px + half[::-1]) - projection.to_mm(points_px - half[::-1])
    return np.stack([across, down], axis=2)
