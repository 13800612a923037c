"""Flash and chips on rendered parts: what is found, what else is, and how well its height is measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cvinspect.bench.bounds import Line
from cvinspect.bench.seeing_edge_limit import Seen, best_flash_share, weakest_gray
from cvinspect.bench.seeing_misses import Misses
from cvinspect.detect import FlashDetector, Nominal, detect
from cvinspect.measure import measure
from cvinspect.model import Blob, Calibration, Face, Frame, Kind, Measured, Placement
from cvinspect.synth import Camera, Chip, FlashBump, Part, Scene, Surface, outline, render, truth

Edge = Literal["clean", "flash", "chip"]
Array = NDArray[np.float64]

SIZE_PX = (640, 520)
MM_PER_PX = 0.05
PART_GRAY, GROUND_GRAY, NOISE_GRAY = 140.0, 80.0, 2.0
U_PSF_PX = 0.05
GRAIN_MM = 0.08
EVERY_PX = 100.0  # one imperfection to so much of the outline
LEAST_SHARE, MOST_FALSE = 0.95, 0.02
LEAST_WITHIN, MOST_WITHIN = 93.0, 98.0
SHIFT_MM, TURN_DEG = 0.15, 0.3  # how far the part lies off its drawing


@dataclass(frozen=True, slots=True)
class Look:
    """How parts and ground look. shadow: share of the ground's light that the part takes away beside it."""

    name: str
    psf_px: float = 0.8
    grain_gray: float = 0.0
    shadow: float = 0.0


@dataclass(frozen=True, slots=True)
class EdgeCell:
    """Imperfections alike. height_px 0: clean parts."""

    edge: Edge
    look: Look
    height_px: float = 0.0
    base_px: float = 0.0

    @property
    def name(self) -> str:
        """What is printed."""
        what = f"{self.height_px:g} x {self.base_px:g} px" if self.height_px else "part"
        return f"{what}, {self.look.name}"

    @property
    def is_bound(self) -> bool:
        """Whether limits hold here: not where the edge is softer than a camera in focus shows it."""
        return self.look.psf_px < 1.0


@dataclass(frozen=True, slots=True)
class EdgeFound:
    """What came of a cell. errors_px: measured less true height of each found one; within: how many inside +-2 u."""

    family: str
    name: str
    parts: int
    drawn: int
    found: int
    false: int
    errors_px: tuple[float, ...]
    within: int
    bound: bool

    @property
    def bias_px(self) -> float:
        """Mean error."""
        return float(np.mean(self.errors_px)) if self.errors_px else math.nan

    @property
    def rmse_px(self) -> float:
        """Root of the mean squared error."""
        return float(np.sqrt(np.mean(np.square(self.errors_px)))) if self.errors_px else math.nan


LOOKS = (
    Look("plain"),
    Look("soft edge", psf_px=1.5),
    Look("textured ground", grain_gray=4.0),
    Look("shadow", shadow=0.5),
)
SIZES_PX = ((2.0, 10.0), (3.0, 20.0), (5.0, 15.0), (8.0, 40.0))


def edge_cells() -> list[EdgeCell]:
    """Clean parts in every look; flash and chips of four sizes, and of two in the harder looks."""
    cells = [EdgeCell("clean", look) for look in LOOKS]
    for edge in ("flash", "chip"):
        for look in LOOKS:
            sizes = SIZES_PX if look is LOOKS[0] else SIZES_PX[::2]
            cells += [EdgeCell(edge, look, *size) for size in sizes]
    return cells


def run_edges(cell: EdgeCell, count: int, seed: int, misses: Misses | None = None) -> EdgeFound:
    """Draws parts until `count` imperfections are drawn (of clean ones, a third as many parts), and inspects them.

    What is missed goes to `misses`.
    """
    own = int(np.random.SeedSequence([seed, *cell.name.encode(), *cell.edge.encode()]).generate_state(1)[0])
    drawn = parts = false = 0
    errors: list[float] = []
    inside = 0
    while (drawn if cell.height_px else 3 * parts) < count:
        scene = _scene(cell, own + parts)
        frame = Frame(render(scene))
        blobs = _looked(scene, frame, own + parts)
        told = list(truth(scene))
        missed: list[Array] = []
        for place, height in ((one.center_mm, one.width_mm) for one in told):
            hit = _nearest(blobs, place)
            if hit is None:
                missed.append(np.array([place]) / MM_PER_PX)
            else:
                blobs.remove(hit)
                said = hit.width_mm or Measured(math.nan)
                errors.append((said.value - height) / MM_PER_PX)
                inside += abs(said.value - height) <= 2 * (said.u or 0.0)
        if misses is not None:
            misses.add(f"{cell.edge} {cell.name}", frame, missed)
        false += len(blobs)
        drawn, parts = drawn + len(told), parts + 1
    return EdgeFound(cell.edge, cell.name, parts, drawn, len(errors), false, tuple(errors), inside, cell.is_bound)


def _nearest(blobs: list[Blob], place: tuple[float, float]) -> Blob | None:
    """The blob within half of the pitch of a true place."""
    near = min(blobs, key=lambda blob: math.dist(blob.center_mm, place), default=None)
    return near if near is not None and math.dist(near.center_mm, place) < EVERY_PX * MM_PER_PX / 4 else None


def _scene(cell: EdgeCell, seed: int) -> Scene:
    rng = np.random.default_rng([seed, 4])
    part = _part(rng.uniform(0, 0.05, 2))
    look = cell.look
    scene = Scene(
        size_px=SIZE_PX,
        mm_per_px=MM_PER_PX,
        surface=Surface(level_gray=PART_GRAY, gradient_gray=(2.0, -2.0)),
        ground=Surface(level_gray=GROUND_GRAY, grain_gray=look.grain_gray, grain_mm=GRAIN_MM),
        part=replace(part, shadow=look.shadow),
        camera=Camera(psf_sigma_px=look.psf_px, noise_gray=NOISE_GRAY),
        seed=seed,
    )
    return replace(scene, objects=tuple(_objects(cell, part, rng))) if cell.height_px else scene


def _part(offset: Array) -> Part:
    return Part(left_mm=4.0 + offset[0], top_mm=4.0 + offset[1], width_mm=23.9, height_mm=17.9, corner_mm=4.0)


def _objects(cell: EdgeCell, part: Part, rng: np.random.Generator) -> Iterator[FlashBump | Chip]:
    corners = np.array(outline(part))
    steps = np.linalg.norm(np.diff(corners, axis=0, append=corners[:1]), axis=1)
    ends = np.concatenate([[0.0], np.cumsum(steps)])
    number = int(ends[-1] / (EVERY_PX * MM_PER_PX))
    for index in range(number):
        at = (index + rng.uniform(0.35, 0.65)) * ends[-1] / number
        owner = int(np.searchsorted(ends, at, side="right")) - 1
        share = (at - ends[owner]) / steps[owner]
        x, y = corners[owner] * (1 - share) + corners[(owner + 1) % len(corners)] * share
        base, height = cell.base_px * MM_PER_PX, cell.height_px * MM_PER_PX
        if cell.edge == "chip":
            yield Chip(foot_mm=(x, y), base_mm=base, depth_mm=height)
        else:
            contrast = PART_GRAY - GROUND_GRAY
            yield FlashBump(foot_mm=(x, y), base_mm=base, height_mm=height, contrast_gray=contrast)


def _looked(scene: Scene, frame: Frame, seed: int) -> list[Blob]:
    """What is found with the part's drawing, which lies a little off and askew, as the part in its fixture does."""
    rng = np.random.default_rng([seed, 5])
    made = datetime(2026, 1, 1, tzinfo=UTC)
    psf = scene.camera.psf_sigma_px + rng.normal(0, U_PSF_PX)
    calibration = Calibration(
        MM_PER_PX, 0.0, SIZE_PX, made, made.replace(year=2027), psf_sigma_px=psf, u_psf_sigma_px=U_PSF_PX
    )
    assert scene.part is not None
    drawing = np.array(outline(scene.part, steps=90))
    turn = math.radians(rng.uniform(-TURN_DEG, TURN_DEG))
    turned = (drawing - scene.part.center_mm) @ np.array(
        [[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]]
    )
    moved = turned + scene.part.center_mm + rng.uniform(-SHIFT_MM, SHIFT_MM, 2)
    right, bottom = SIZE_PX[0] - 0.5, SIZE_PX[1] - 0.5
    whole = np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]])
    placement = Placement(calibration, (Face("front", "A"),), (whole,))
    detector = FlashDetector(outline=Nominal((tuple(map(tuple, moved.tolist())),)))
    regions = detect(frame, placement, {Kind.FLASH: detector})
    return list(measure(frame, regions, calibration, placement))


def edge_bounds(cells: Sequence[EdgeFound]) -> Iterator[Line]:
    """What must be reached: the share found, false findings a clean part, and what u claims."""
    for cell in (cell for cell in cells if cell.bound):
        if cell.drawn:
            yield Line(f"{cell.family} {cell.name}", "%", 100.0, 100 * cell.found / cell.drawn, "", 100 * LEAST_SHARE)
        else:
            yield Line(f"false findings, clean {cell.name}", "", MOST_FALSE, cell.false / cell.parts)
    measured = [cell for cell in cells if cell.bound and cell.found]
    if measured:
        share = 100 * sum(cell.within for cell in measured) / sum(cell.found for cell in measured)
        worst = min(measured, key=lambda cell: cell.within / cell.found)
        yield Line("height: truth within +-2 u", "%", MOST_WITHIN, share, f"worst {worst.name}", LEAST_WITHIN)


def edge_rows(cells: Sequence[EdgeFound]) -> Iterator[str]:
    """The cells as lines of text."""
    yield ""
    yield f"{'edge':34}{'found':>12}{'false':>7}{'parts':>7}{'bias px':>10}{'RMSE px':>10}{'in 2u %':>9}"
    for cell in cells:
        counts = f"{f'{cell.found} of {cell.drawn}':>12}{cell.false:7}{cell.parts:7}"
        sizes = f"{cell.bias_px:10.3f}{cell.rmse_px:10.3f}{100 * cell.within / cell.found:9.1f}" if cell.found else ""
        yield f"{cell.family + ' ' + cell.name:34}{counts}{sizes}"
    names = {cell.name for cell in cells if cell.family == "flash"}
    for one in edge_cells():
        if one.edge == "flash" and one.name in names and one.look.grain_gray:
            yield _limit_row(one)


def _limit_row(cell: EdgeCell) -> str:
    seen = Seen(NOISE_GRAY, cell.look.grain_gray, GRAIN_MM / MM_PER_PX, cell.look.psf_px)
    size, contrast = (cell.height_px, cell.base_px), PART_GRAY - GROUND_GRAY
    share, weakest = 100 * best_flash_share(*size, contrast, seen), weakest_gray(*size, LEAST_SHARE, seen)
    return (
        f"flash {cell.name}: the best linear test that knows the ground's spectrum finds {share:.0f} % at contrast "
        f"{contrast:.0f}, and {100 * LEAST_SHARE:.0f} % at {weakest:.1f} grey levels"
    )
