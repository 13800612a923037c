"""What the bench draws: the grid of conditions and shapes."""

from __future__ import annotations

from dataclasses import dataclass

from cvinspect.bench.shapes import Shape, blot, disk, plate, stroke


@dataclass(frozen=True, slots=True)
class Condition:
    """How the objects are seen: blur sigma in px, noise sigma and contrast in grey levels; jpeg: quality, 0 = none."""

    psf_px: float
    noise_gray: float
    contrast_gray: float
    jpeg: int = 0

    @property
    def name(self) -> str:
        """As the table names it: blur/noise/contrast."""
        text = f"{self.psf_px:g}/{self.noise_gray:g}/{self.contrast_gray:g}"
        return f"{text} q{self.jpeg}" if self.jpeg else text


@dataclass(frozen=True, slots=True)
class Cell:
    """Objects of one size under one condition. family: disk, area, straight, arc or jpeg. shapes: drawn in turn."""

    family: str
    name: str
    shapes: tuple[Shape, ...]
    condition: Condition


MAIN = Condition(0.8, 2.0, 60.0)
CONDITIONS = (MAIN, Condition(0.6, 1.0, 120.0), Condition(0.8, 2.0, 20.0), Condition(1.2, 4.0, 60.0))
DISKS = (2, 3, 4, 5, 7, 10, 20, 40)
STRAIGHT = (20, 60, 200)
ARCS = (60, 200)
WIDTHS = (1, 2, 3, 5)
BENDS = (0.5, 0.75, 1.0)
JPEG_DISKS = (3, 5, 10)
QUALITIES = (95, 90, 80)
IRREGULAR = 40


def disk_cells(conditions: tuple[Condition, ...] = CONDITIONS) -> list[Cell]:
    """Disks of every diameter."""
    return [Cell("disk", f"d {d}", (disk(d),), seen) for seen in conditions for d in DISKS]


def area_cells(conditions: tuple[Condition, ...] = CONDITIONS) -> list[Cell]:
    """Ellipses, rectangles, and forty outlines that wander by 8 % of their radius."""
    rough = tuple(blot(18, 14, 0.08, seed) for seed in range(1, IRREGULAR + 1))
    kinds: list[tuple[str, tuple[Shape, ...]]] = [
        ("ellipse 12x8", (blot(12, 8),)),
        ("ellipse 40x15", (blot(40, 15),)),
        ("rectangle 20x10", (plate(20, 10),)),
        ("rectangle 8x8", (plate(8, 8),)),
        ("irregular 18x14", rough),
    ]
    return [Cell("area", name, shapes, seen) for seen in conditions for name, shapes in kinds]


def line_cells(conditions: tuple[Condition, ...] = CONDITIONS) -> list[Cell]:
    """Straight lines, and arcs that turn by half a radian to one; beyond the first condition every second width."""
    cells = []
    for seen in conditions:
        for width in WIDTHS[:: 1 if seen is MAIN else 2]:
            straight = ((f"L {length} w {width}", (stroke(length, width),)) for length in STRAIGHT)
            bent = (
                (f"arc {length} w {width}", tuple(stroke(length, width, bend) for bend in BENDS)) for length in ARCS
            )
            cells += [Cell("straight", name, shapes, seen) for name, shapes in straight]
            cells += [Cell("arc", name, shapes, seen) for name, shapes in bent]
    return cells


def jpeg_cells() -> list[Cell]:
    """Disks in pictures that were compressed with loss."""
    return [
        Cell("jpeg", f"d {d}", (disk(d),), Condition(MAIN.psf_px, MAIN.noise_gray, MAIN.contrast_gray, quality))
        for quality in QUALITIES
        for d in JPEG_DISKS
    ]
