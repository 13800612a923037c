"""Rendered part faces with imperfections of known size: truth for tests, samples and benches.

    scene = Scene(size_px=(400, 300), mm_per_px=0.05, surface=TEXTURED_ABS, objects=(disk((10.0, 7.0), 0.4, -60.0),))
    render(scene)   -> pixels as a camera would give them: (H, W) or (H, W, 3), uint8 or uint16
    truth(scene)    -> what is in them, in mm: one Truth per object
    render_board(..) -> a calibration target through a lens, camera_projection(..) the camera that sees it

Every edge is drawn as its coverage at eight times the resolution or finer, seen through the lens's Gaussian blur and
the pixel's own square; only then come vignetting, noise and rounding. The same scene gives the same pixels each time.
"""

from cvinspect.synth.board import camera_projection, render_board
from cvinspect.synth.render import render
from cvinspect.synth.scene import (
    Camera,
    Chip,
    Dent,
    Fibre,
    FlashBump,
    Item,
    Part,
    Scene,
    Scratch,
    Speck,
    Surface,
    arc,
    disk,
    outline,
    straight,
)
from cvinspect.synth.surfaces import BRUSHED_METAL, CLEAR_LENS, DARK_MAT, FLAT, GLOSSY_BLACK, TEXTURED_ABS
from cvinspect.synth.truth import Truth, truth

__all__ = [
    "BRUSHED_METAL",
    "CLEAR_LENS",
    "DARK_MAT",
    "FLAT",
    "GLOSSY_BLACK",
    "TEXTURED_ABS",
    "Camera",
    "Chip",
    "Dent",
    "Fibre",
    "FlashBump",
    "Item",
    "Part",
    "Scene",
    "Scratch",
    "Speck",
    "Surface",
    "Truth",
    "arc",
    "camera_projection",
    "disk",
    "outline",
    "render",
    "render_board",
    "straight",
    "truth",
]
