"""A rendered scene with one speck and one scratch that are seen, one speck too weak to be seen and one that no truth
names; and its truth in every form that is read."""

import json

import numpy as np

from cvinspect.pictures import write_picture
from cvinspect.synth import FLAT, Scene, Scratch, disk, render, straight

MM_PER_PX = 0.05
SIZE = (400, 300)
SPECK, WEAK, UNNAMED = disk((5.0, 4.0), 0.6, -70.0), disk((15.0, 4.0), 0.5, -1.0), disk((15.0, 11.0), 0.4, 70.0)
SCRATCH = Scratch(points_mm=straight((6.0, 10.0), 5.0, 0.15, 30.0), width_mm=0.15, contrast_gray=-60.0)
CLASSES = "0=foreign,1=scratch"

RECIPE = """\
schema = "cvinspect-recipe/1"
part = "P"

[[view]]
name = "front"
calibration = "calibration.json"

[[view.face]]
name = "front"
grade = "1"

[view.detect.scratch]
[view.detect.foreign]
"""


def picture(*objects, seed=1):
    """The pixels of a scene with `objects`."""
    return render(Scene(size_px=SIZE, mm_per_px=MM_PER_PX, surface=FLAT, objects=objects, seed=seed))


def write_pictures(folder, name="图 1"):
    """The bad picture as NAME.png and a good one as 良品.png, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    write_picture(folder / f"{name}.png", picture(SPECK, SCRATCH, WEAK, UNNAMED))
    write_picture(folder / "良品.png", picture(seed=2))
    return folder


def box_px(center_mm, sides_mm):
    """x0, y0, x1, y1 in px from the corner of the first pixel."""
    center, half = np.array(center_mm) / MM_PER_PX + 0.5, np.array(sides_mm) / MM_PER_PX / 2
    return [*(center - half), *(center + half)]


BOXES = {0: [box_px((5.0, 4.0), (0.7, 0.7)), box_px((15.0, 4.0), (0.6, 0.6))], 1: [box_px((6.0, 10.0), (4.4, 2.6))]}


def toml(folder, name="图 1"):
    """The samples' form."""
    sizes = "length_mm = {0}\nwidth_mm = {1}\nmax_dimension_mm = {0}\narea_mm2 = {2}\n"
    entries = [
        ("foreign_matter", "[5.0, 4.0]", sizes.format(0.6, 0.6, 0.2827)),
        ("foreign_matter", "[15.0, 4.0]", sizes.format(0.5, 0.5, 0.1963)),
        ("scratch", "[6.0, 10.0]", sizes.format(5.0, 0.15, 0.745)),
    ]
    head = f'schema = "cvinspect-truth/1"\nmm_per_px = {MM_PER_PX}\n'
    defects = "".join(f'[[defect]]\nkind = "{kind}"\ncenter_mm = {at}\n{told}' for kind, at, told in entries)
    for stem, body in ((name, defects), ("良品", "")):
        (folder / f"{stem}.toml").write_text(f'{head}picture = "{stem}.png"\n{body}', "utf-8")


def masks(folder, name="图 1"):
    """Values 1 (speck) and 2 (scratch)."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]] * MM_PER_PX
    mask = np.zeros(SIZE[::-1], np.uint8)
    for speck in (SPECK, WEAK):
        mask[np.hypot(x - speck.center_mm[0], y - speck.center_mm[1]) < speck.length_mm / 2 - 1e-6] = 1
    (x0, y0), (x1, y1) = SCRATCH.points_mm
    along = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2), 0, 1)
    mask[np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)) <= SCRATCH.width_mm / 2] = 2
    write_picture(folder / f"{name}.png", mask)
    write_picture(folder / "良品.png", np.zeros_like(mask))


def yolo(folder, name="图 1"):
    """Upright boxes."""
    rows = [
        f"{kind} {(x0 + x1) / 2 / SIZE[0]} {(y0 + y1) / 2 / SIZE[1]} {(x1 - x0) / SIZE[0]} {(y1 - y0) / SIZE[1]}"
        for kind, boxes in BOXES.items()
        for x0, y0, x1, y1 in boxes
    ]
    (folder / f"{name}.txt").write_text("\n".join(rows) + "\n", "utf-8")
    (folder / "良品.txt").write_text("", "utf-8")


def obb(folder, name="图 1"):
    """Boxes in any turn: the scratch's lies along it."""
    rows = []
    for x0, y0, x1, y1 in BOXES[0]:
        rows.append((0, [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]))
    turn = np.radians(30.0)
    long, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    center = np.array([6.0, 10.0]) / MM_PER_PX + 0.5
    half, wide = long * 50.0, across * 4.0
    rows.append((1, [center - half - wide, center + half - wide, center + half + wide, center - half + wide]))
    lines = [f"{kind} " + " ".join(f"{x / SIZE[0]} {y / SIZE[1]}" for x, y in corners) for kind, corners in rows]
    (folder / f"{name}.txt").write_text("\n".join(lines), "utf-8")
    (folder / "良品.txt").write_text("", "utf-8")


def labelme(folder, name="图 1"):
    """A circle, a rectangle and a line, of classes 0 and 1."""
    (x0, y0), (x1, y1) = (np.array(at) / MM_PER_PX + 0.5 for at in SCRATCH.points_mm)
    wx0, wy0, wx1, wy1 = BOXES[0][1]
    shapes = [
        {"label": "0", "shape_type": "circle", "points": [[100.5, 80.5], [106.5, 80.5]]},
        {"label": "0", "shape_type": "rectangle", "points": [[wx0, wy0], [wx1, wy1]]},
        {"label": "1", "shape_type": "line", "points": [[x0, y0], [x1, y1]]},
    ]
    for stem, own in ((name, shapes), ("良品", [])):
        data = {"version": "5", "imageWidth": SIZE[0], "imageHeight": SIZE[1], "imageData": None, "shapes": own}
        (folder / f"{stem}.json").write_text(json.dumps(data), "utf-8")


FORMS = {
    "truth TOML": toml,
    "masks": masks,
    "YOLO boxes": yolo,
    "YOLO OBB": obb,
    "labelme JSON": labelme,
}
