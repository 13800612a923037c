"""The recipes of samples/, as data: one face under one camera each, and the scene that it looks at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cvinspect.synth import (
    BRUSHED_METAL,
    CLEAR_LENS,
    DARK_MAT,
    GLOSSY_BLACK,
    TEXTURED_ABS,
    Camera,
    Part,
    Scene,
    Surface,
    outline,
)

ALL = ("scratch", "dent", "foreign", "flash")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A recipe of one view and one face. inset_mm: how far the face stays within the part's silhouette.

    locate: the ranges within which the part is located by its outline; empty = it lies in a fixture. fitness: bands of
    its picture's figures, as they are written.
    """

    name: str
    note: str
    limits: str
    grade: str
    empty: Scene
    face: str = "front"
    product_grade: str = ""
    traits: tuple[str, ...] = ()
    inset_mm: float = 0.0
    flash_outline: str = "face"
    elsewhere: dict[str, str] = field(default_factory=dict)
    locate: dict[str, float] = field(default_factory=dict)
    fitness: dict[str, str] = field(default_factory=dict)

    @property
    def detect(self) -> tuple[str, ...]:
        """The kinds that the camera looks for."""
        return tuple(kind for kind in ALL if kind not in self.elsewhere)

    @property
    def outline_mm(self) -> tuple[tuple[float, float], ...] | None:
        """The face's polygon; None = the whole frame."""
        part = self.empty.part
        if part is None:
            return None
        return rounded(part, self.inset_mm)


def rounded(part: Part, inset_mm: float = 0.0) -> tuple[tuple[float, float], ...]:
    """The part's outline, moved inwards, to the micrometre."""
    return tuple(dict.fromkeys((round(x, 3), round(y, 3)) for x, y in outline(part, inset_mm)))


GAUGE = {"flash": "height gauge at the press"}
OVERVIEW = {"scratch": "close-up station 2", "dent": "raking light at station 3", **GAUGE}
RAKING = {"dent": "raking light at station 3"}
FRONT = dict.fromkeys(("scratch", "dent", "foreign"), "front light at station 1")
SEEN = Camera(psf_sigma_px=0.8, noise_gray=1.3, vignetting=0.14)

KM_COVER = Recipe(
    name="km-cover-grade1",
    note="Textured ABS cover, larger than the 100 mm circle: foreign matter by number per circle.",
    limits="konica-minolta",
    grade="1",
    inset_mm=1.5,
    elsewhere=OVERVIEW,
    empty=Scene(
        size_px=(1840, 840),
        mm_per_px=0.065,
        surface=replace(TEXTURED_ABS, grain_gray=2.0),
        ground=DARK_MAT,
        part=Part(
            left_mm=2.6,
            top_mm=2.6,
            width_mm=114.4,
            height_mm=49.4,
            corner_mm=5.0,
            edge_mm=0.9,
            edge_light_gray=30.0,
            edge_dark_gray=18.0,
            shadow=0.4,
        ),
        camera=SEEN,
    ),
)
KM_PLATE = Recipe(
    name="km-plate-grade2",
    note="Loose plate on a dark mat, located by its outline; its picture must be sharp and bright enough.",
    limits="konica-minolta",
    grade="2",
    inset_mm=0.7,
    elsewhere=GAUGE,
    locate={"turn_deg": 6.0, "shift_mm": 2.5},
    fitness={
        "level_gray": "{ reference = 153.0, low = 130.0, high = 176.0 }",
        "sharpness_per_px": "{ reference = 0.31, low = 0.25 }",
    },
    empty=Scene(
        size_px=(720, 520),
        mm_per_px=0.05,
        surface=replace(TEXTURED_ABS, grain_gray=2.0),
        ground=DARK_MAT,
        part=Part(
            left_mm=6.0,
            top_mm=5.0,
            width_mm=24.0,
            height_mm=16.0,
            corner_mm=2.0,
            edge_mm=0.4,
            edge_light_gray=18.0,
            edge_dark_gray=10.0,
            shadow=0.3,
        ),
        camera=SEEN,
    ),
)
KM_BUTTON = Recipe(
    name="km-button-grade2",
    note="Small round button, close up: all four kinds are looked for; flash beyond the circle of its silhouette.",
    limits="konica-minolta",
    grade="2",
    inset_mm=0.25,
    flash_outline="circle",
    empty=Scene(
        size_px=(1120, 860),
        mm_per_px=0.018,
        surface=replace(TEXTURED_ABS, level_gray=138.0, grain_gray=2.2),
        ground=DARK_MAT,
        part=Part(left_mm=3.75, top_mm=1.4, width_mm=12.6, height_mm=12.6, corner_mm=6.3, shadow=0.25),
        camera=replace(SEEN, psf_sigma_px=1.0),
    ),
)
KM_INNER = Recipe(
    name="km-inner-grade3",
    note="Inner wall, the face fills the frame.",
    limits="konica-minolta",
    grade="3",
    elsewhere={**RAKING, **GAUGE},
    empty=Scene(
        size_px=(900, 620),
        mm_per_px=0.03,
        surface=replace(TEXTURED_ABS, level_gray=168.0, gradient_gray=(9.0, -6.0)),
        camera=SEEN,
    ),
)
KM_BRACKET = Recipe(
    name="km-bracket-grade3",
    note="Bracket in its fixture on a dark mat: flash only, measured from the polygon of the face.",
    limits="konica-minolta",
    grade="3",
    elsewhere=FRONT,
    empty=Scene(
        size_px=(1200, 860),
        mm_per_px=0.03,
        surface=replace(TEXTURED_ABS, level_gray=126.0, gradient_gray=(-4.0, -8.0), grain_gray=2.0),
        ground=DARK_MAT,
        part=Part(left_mm=3.0, top_mm=3.0, width_mm=30.0, height_mm=19.8, corner_mm=2.5, shadow=0.2),
        camera=SEEN,
    ),
)
KM_BASE = Recipe(
    name="km-base-grade4",
    note="Brushed bottom plate, the face fills the frame.",
    limits="konica-minolta",
    grade="4",
    face="bottom",
    elsewhere=GAUGE,
    empty=Scene(size_px=(1000, 700), mm_per_px=0.05, surface=BRUSHED_METAL, camera=SEEN),
)
CANON_TOP = Recipe(
    name="canon-oem-top",
    note="Top cover, textured ABS. Flash: 0.05 mm is allowed on grade A, less than this camera resolves.",
    limits="canon",
    product_grade="oem",
    grade="A",
    face="top",
    inset_mm=1.1,
    elsewhere=GAUGE,
    empty=Scene(
        size_px=(1100, 760),
        mm_per_px=0.04,
        surface=TEXTURED_ABS,
        ground=DARK_MAT,
        part=Part(
            left_mm=2.0,
            top_mm=2.0,
            width_mm=40.0,
            height_mm=26.4,
            corner_mm=3.0,
            edge_mm=0.7,
            edge_light_gray=34.0,
            edge_dark_gray=16.0,
            shadow=0.4,
        ),
        camera=SEEN,
    ),
)
CANON_BLACK = Recipe(
    name="canon-oem-black",
    note="Glossy black front, 12-bit camera; the face fills the frame.",
    limits="canon",
    product_grade="oem",
    grade="A",
    elsewhere=GAUGE,
    empty=Scene(
        size_px=(860, 600),
        mm_per_px=0.04,
        surface=GLOSSY_BLACK,
        camera=replace(SEEN, bits=12, noise_gray=0.8),
    ),
)
CANON_SIDE = Recipe(
    name="canon-oem-side",
    note="Side wall; lines are foreign matter here, because scratches are looked for at another station.",
    limits="canon",
    product_grade="oem",
    grade="B",
    face="left",
    elsewhere={"scratch": "dark field at station 2", **GAUGE},
    empty=Scene(
        size_px=(960, 660),
        mm_per_px=0.04,
        surface=replace(TEXTURED_ABS, level_gray=176.0, gradient_gray=(-12.0, 5.0)),
        camera=SEEN,
    ),
)
CANON_COLOUR = Recipe(
    name="canon-side-colour",
    note="Beige side wall under a colour camera; the face fills the frame.",
    limits="canon",
    product_grade="canon",
    grade="B",
    face="right",
    elsewhere=GAUGE,
    empty=Scene(
        size_px=(760, 540),
        mm_per_px=0.05,
        surface=replace(TEXTURED_ABS, level_gray=170.0),
        camera=replace(SEEN, tint=(0.82, 1.0, 1.07)),
    ),
)
CANON_INSIDE = Recipe(
    name="canon-inside",
    note="Inner frame in its fixture on a dark mat: flash only, measured from the polygon of the face.",
    limits="canon",
    product_grade="canon",
    grade="C",
    face="inside",
    elsewhere=FRONT,
    empty=Scene(
        size_px=(1100, 780),
        mm_per_px=0.04,
        surface=replace(TEXTURED_ABS, level_gray=118.0, gradient_gray=(6.0, -8.0), grain_gray=2.0),
        ground=DARK_MAT,
        part=Part(left_mm=4.0, top_mm=4.0, width_mm=35.8, height_mm=22.8, corner_mm=2.0, shadow=0.2),
        camera=SEEN,
    ),
)
CANON_PAPER = Recipe(
    name="canon-paper-guide",
    note="Brushed metal paper guide: a paper-path face; the face fills the frame.",
    limits="canon",
    product_grade="canon",
    grade="C",
    face="guide",
    traits=("paper_path",),
    elsewhere=GAUGE,
    empty=Scene(
        size_px=(1000, 640),
        mm_per_px=0.05,
        surface=replace(BRUSHED_METAL, level_gray=132.0, gradient_gray=(-8.0, 6.0)),
        camera=SEEN,
    ),
)
LENS = Recipe(
    name="lens-window",
    note="Clear round lens before a bright field; the face is its window, within the edge.",
    limits="lens",
    grade="A",
    face="window",
    inset_mm=1.5,
    elsewhere={"flash": "edge gauge"},
    empty=Scene(
        size_px=(900, 640),
        mm_per_px=0.04,
        surface=CLEAR_LENS,
        ground=Surface(level_gray=226.0, gradient_gray=(2.0, -3.0), grain_gray=0.3),
        part=Part(
            left_mm=7.0,
            top_mm=1.9,
            width_mm=22.0,
            height_mm=22.0,
            corner_mm=11.0,
            edge_mm=1.1,
            edge_light_gray=14.0,
            edge_dark_gray=95.0,
        ),
        camera=replace(SEEN, noise_gray=1.0, vignetting=0.08),
    ),
)
