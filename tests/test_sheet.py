"""Printed targets: true to scale in PDF and SVG, merged without seams, found again, read again, the same every time."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
import pytest
import skimage.draw

from cvinspect.calibration.description import read_named
from cvinspect.calibration.find import find_target
from cvinspect.calibration.sheet import sheet
from cvinspect.calibration.sheet_glyphs import traced
from cvinspect.calibration.sheet_outline import merged
from cvinspect.calibration.sheet_page import EDGE_MM, QUIET_MM, extent_mm
from cvinspect.calibration.sheet_pdf import pdf_text
from cvinspect.calibration.sheet_shapes import LINE_MM, Sheet
from cvinspect.calibration.sheet_svg import svg_text
from cvinspect.calibration.target import Pattern, Target, parse_target
from cvinspect.errors import CalibrationError
from cvinspect.pictures import decode_picture, gray8

A4 = {
    "charuco:11x8:15:11:DICT_4X4_250": (297, 210),
    "chess:9x6:20": (297, 210),
    "dots:19x13:10:5": (297, 210),
    "dots-hex:14x12:12:8": (297, 210),
    "dots-asym:4x11:15:10": (210, 297),
    "squares:6x4:20:20": (297, 210),
}
SHEETS = [
    *((word, "A4", size) for word, size in A4.items()),
    ("charuco:18x11:20:15:DICT_5X5_250", "A3", (420, 297)),
    ("chess:10x16:20", "A3", (297, 420)),
    ("charuco:5x4:10:7:DICT_APRILTAG_36h11", "A5", (148, 210)),
    ("chess:2x2:1", "110x133", (110, 133)),
    ("dots:12x9:40:30", "1000x700mm", (1000, 700)),
]
# docs/calibration.md: a marker's cell 3 px, a chessboard's square 10 px, a disk 8 px, a separate square 25 px
SMALLEST = [
    ("charuco:11x8:15:12:DICT_4X4_250", 3 / 2),
    ("chess:9x6:20", 10 / 20),
    ("dots:19x13:10:5", 8 / 5),
    ("dots-hex:14x12:12:8", 8 / 8),
    ("dots-asym:4x11:15:10", 8 / 10),
    ("squares:6x4:20:20", 25 / 20),
]
POINT_MM = 25.4 / 72
NUMBER = r"-?\d*\.?\d+"
SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Printed:
    """A sheet and its two files."""

    target: Target
    page: str
    size: tuple[int, int]
    made: Sheet
    svg: str
    pdf: str

    @cached_property
    def svg_shapes(self):
        return svg_shapes(self.svg)

    @cached_property
    def pdf_shapes(self):
        return pdf_shapes(self.pdf)


@pytest.fixture(scope="module", params=SHEETS, ids=lambda case: f"{case[0]}-{case[1]}")
def printed(request):
    word, page, size = request.param
    target = parse_target(word)
    made = sheet(target, page)
    return Printed(target, page, size, made, svg_text(made), pdf_text(made))


def svg_shapes(text):
    """(outlines, disks x y r, lines x0 y0 x1 y1, texts) in mm, as any reader of the SVG sees them."""
    root = ET.fromstring(text)
    assert root.get("width") == root.get("viewBox").split()[2] + "mm"
    assert root.get("height") == root.get("viewBox").split()[3] + "mm"
    rings = [re.findall(r"M[^M]*", path.get("d")) for path in root.iter(f"{SVG}path") if path.get("fill-rule")]
    strokes = [re.findall(r"M[^M]*", path.get("d")) for path in root.iter(f"{SVG}path") if path.get("stroke")]
    disks = [[float(disk.get(key)) for key in ("cx", "cy", "r")] for disk in root.iter(f"{SVG}circle")]
    return (
        [np.array(re.findall(NUMBER, ring), float).reshape(-1, 2) for path in rings for ring in path],
        np.array(disks).reshape(-1, 3),
        np.array([re.findall(NUMBER, line) for path in strokes for line in path], float),
        [(float(text.get("x")), float(text.get("y")), text.text) for text in root.iter(f"{SVG}text")],
    )


def pdf_shapes(text):
    """The same, out of the PDF's operators."""
    height = float(re.search(rf"/MediaBox \[ 0 0 {NUMBER} ({NUMBER}) \]", text)[1])
    content = re.search(r"stream\n(.*?)endstream", text, re.DOTALL)[1]

    def placed(numbers):
        points = np.array(numbers, float).reshape(-1, 2)
        return (points * [1, -1] + [0, height]) * POINT_MM

    filled, lines, paths, numbers = [], [], [], []
    for word in re.sub(r"BT .*? ET", "", content, flags=re.DOTALL).split():
        if re.fullmatch(NUMBER, word):
            numbers.append(word)
            continue
        if word == "m":
            paths.append([])
        if word in "mlc":
            paths[-1] += numbers
        elif word in ("S", "f*"):
            (lines if word == "S" else filled).extend(map(placed, paths))
            paths = []
        numbers = []
    disks = [(*(ring.min(axis=0) + ring.max(axis=0)) / 2, np.ptp(ring[:, 0]) / 2) for ring in filled if is_round(ring)]
    outlines = [ring for ring in filled if not is_round(ring)]
    places = re.findall(rf"1 0 0 1 ({NUMBER}) ({NUMBER}) Tm \((.*?)\) Tj", content)
    texts = [(*placed([x, y])[0], said) for x, y, said in places]
    return outlines, np.array(disks).reshape(-1, 3), np.reshape(lines, (-1, 4)), texts


def is_round(ring):
    """A circle of four Bezier curves: 13 points, of which four are 90 degrees apart."""
    middle = (ring.min(axis=0) + ring.max(axis=0)) / 2
    return len(ring) == 13 and np.ptp(np.linalg.norm(ring[::3] - middle, axis=1)) < 1e-3


def drawn(shapes, size_mm, px_per_mm, fine=7):
    """The shapes as pixels, white 255, softened as a camera does; and where a place in mm lies in it."""
    outlines, disks, lines, _ = shapes
    ink = np.zeros([round(side * px_per_mm * fine) for side in size_mm[::-1]], bool)
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * LINE_MM / 2
    for outline in [*outlines, *(np.concatenate([line[:2] + half[[0, 3]], line[2:] + half[[2, 1]]]) for line in lines)]:
        x, y = (outline * px_per_mm * fine - 0.5).T
        ink[skimage.draw.polygon(y, x, ink.shape)] ^= True
    for x, y, radius in disks * px_per_mm * fine:
        ink[skimage.draw.disk((y - 0.5, x - 0.5), radius, shape=ink.shape)] = True
    seen = cv2.resize(ink.astype(np.uint8) * 255, None, fx=1 / fine, fy=1 / fine, interpolation=cv2.INTER_AREA)
    return 255 - cv2.GaussianBlur(seen, (0, 0), 0.8), lambda places: places * px_per_mm - 0.5


def all_points(shapes):
    outlines, disks, lines, _ = shapes
    rims = [disks[:, :2] + sign * disks[:, 2:] for sign in (-1, 1)]
    return np.concatenate([*outlines, *rims, lines.reshape(-1, 2)])


def test_every_kind_is_printed():
    assert {parse_target(word).pattern for word in A4} == set(Pattern)


def test_the_page_is_turned_as_suits_it(printed):
    assert (printed.made.width_mm, printed.made.height_mm) == printed.size
    assert 'width="{}mm" height="{}mm"'.format(*printed.size) in printed.svg
    box = re.search(rf"/MediaBox \[ 0 0 ({NUMBER}) ({NUMBER}) \]", printed.pdf).groups()
    np.testing.assert_allclose(np.array(box, float) * POINT_MM, printed.size, atol=4e-4)


def test_svg_and_pdf_show_the_same(printed):
    for one, other in zip(printed.svg_shapes[:3], printed.pdf_shapes[:3], strict=True):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            np.testing.assert_allclose(a, b, atol=4e-4)


def test_the_target_is_true_to_scale(printed):
    target, (outlines, disks, _, _) = printed.target, printed.svg_shapes
    if target.pattern.is_dots:
        np.testing.assert_allclose(disks[:, :2] - disks[0, :2], target.points_mm, atol=2e-5)
        np.testing.assert_allclose(disks[:, 2], target.detail_mm / 2, atol=1e-5)
        return
    corners = np.concatenate(outlines[: len(printed.made.target.outlines)])
    corner = corners.min(axis=0) - extent_mm(target)[:2]
    nearest = np.linalg.norm(target.points_mm[:, None] + corner - corners, axis=2).min(axis=1)
    assert nearest.max() < 2e-5
    np.testing.assert_allclose(np.ptp(corners, axis=0), printed.made.target_mm, atol=2e-5)


@pytest.mark.parametrize("kind", ["svg_shapes", "pdf_shapes"])
def test_both_rulers_are_as_long_as_they_say(printed, kind):
    _, _, lines, texts = getattr(printed, kind)
    ruler_mm, words = printed.made.ruler_mm, [said for *_, said in texts]
    for along in (0, 1):
        base = lines[np.argmax(np.abs(lines[:, along] - lines[:, 2 + along]))]
        level, begin = base[1 - along], base[along::2].min()
        is_tick = np.isclose(lines[:, along], lines[:, 2 + along]) & np.isclose(
            lines[:, 1 - along :: 2], level, atol=1e-3
        ).any(axis=1)
        ticks = lines[is_tick]
        np.testing.assert_allclose(np.sort(ticks[:, along]), begin + np.arange(ruler_mm + 1), atol=1e-3)
        lengths = np.ptp(ticks[np.argsort(ticks[:, along])][:, 1 - along :: 2], axis=1)
        assert lengths[::10].min() > lengths[5::10].max() > lengths[1::10].max()
    for number in range(0, int(ruler_mm) + 1, 10):
        assert words.count(str(number)) == 2
    assert {"X", "Y"} <= set(words)
    assert ruler_mm == (100 if min(printed.size) >= 210 else pytest.approx(ruler_mm, abs=0))


def test_a_rulers_numbers_stand_at_their_marks(printed):
    across, down = printed.made.beside[1:3]
    begins = across.lines[0].x0_mm, down.lines[0].y0_mm
    for ruler, begin, place in zip((across, down), begins, ("x_mm", "y_mm"), strict=True):
        numbers = [text for text in ruler.texts if text.text.isdigit()]
        raised = 0.36 * numbers[0].size_mm if place == "y_mm" else 0
        for text in numbers:
            assert getattr(text, place) - raised == pytest.approx(begin + int(text.text))


def test_the_target_lies_in_white_and_all_within_the_edge(printed):
    places, size = all_points(printed.svg_shapes), np.array(printed.size)
    assert places.min() >= EDGE_MM - 0.01
    assert (size - places.max(axis=0)).min() >= EDGE_MM - 0.01
    for text in (text for parts in printed.made.parts for text in parts.texts):
        assert EDGE_MM - 0.01 <= text.left_mm <= text.left_mm + text.width_mm <= size[0] - EDGE_MM + 0.01
        assert text.y_mm <= size[1] - EDGE_MM
    only = all_points(svg_shapes(svg_text(replace(printed.made, beside=()))))
    low, high = only.min(axis=0) - QUIET_MM + 0.01, only.max(axis=0) + QUIET_MM - 0.01
    assert ((places > low) & (places < high)).all(axis=1).sum() == len(only)


def test_the_word_is_text_and_is_read_again(printed, tmp_path):
    word = printed.target.word
    for name, text, shapes in (
        ("标定板.pdf", printed.pdf, printed.pdf_shapes),
        ("标定板.SVG", printed.svg, printed.svg_shapes),
    ):
        (tmp_path / name).write_text(text, "utf-8")
        named = read_named(str(tmp_path / name))
        assert (named.target, named.ruler_mm) == (printed.target, printed.made.ruler_mm)
        words = [said for *_, said in shapes[3]]
        assert word in words
        page = "1000x700" if printed.page == "1000x700mm" else printed.page
        assert f"cvinspect target {word} --page {page} --measured X,Y -o target.toml" in words


def test_the_same_sheet_has_the_same_bytes(printed):
    again = sheet(printed.target, printed.page)
    assert pdf_text(again) == printed.pdf
    assert svg_text(again) == printed.svg
    assert re.findall(r"D:(\d{8})", printed.pdf) == ["20000101", "20000101"]


def test_the_pdf_asks_for_its_own_size_and_is_plain_text(printed):
    text = printed.pdf
    assert "/PrintScaling /None" in text
    assert text.isascii()
    assert text.startswith("%PDF-1.")
    start = int(re.search(r"startxref\s+(\d+)", text)[1])
    assert text[start : start + 4] == "xref"
    for number, offset in enumerate(re.findall(r"^(\d{10}) 00000 n", text, re.MULTILINE), 1):
        assert text[int(offset) :].startswith(f"{number} 0 obj")


@pytest.mark.parametrize(("word", "px_per_mm"), SMALLEST)
def test_the_printed_target_is_found_as_small_as_the_manual_allows(word, px_per_mm):
    target = parse_target(word)
    made = sheet(target)
    seen, to_px = drawn(svg_shapes(svg_text(made)), (made.width_mm, made.height_mm), px_per_mm)
    found = find_target(seen, target)
    corners = np.concatenate(made.target.outlines) if made.target.outlines else None
    left, top = extent_mm(target)[:2]
    offset = made.target.disks_mm[0, :2] if corners is None else corners.min(axis=0) - (left, top)
    places = to_px(target.points_mm + offset)
    assert len(found.ids) >= 0.95 * len(target.points_mm)
    assert np.linalg.norm(places[:, None] - found.points_px, axis=2).min(axis=0).max() < 0.15


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed")
@pytest.mark.parametrize("word", ["dots:19x13:10:5"])
def test_a_foreign_program_shows_the_pdf_true_to_scale(word, tmp_path):
    target = parse_target(word)
    (tmp_path / "a.pdf").write_text(pdf_text(sheet(target)), "ascii")
    command = ["pdftoppm", "-r", "127", "-gray", "-png", "-singlefile", tmp_path / "a.pdf", tmp_path / "a"]
    subprocess.run(command, check=True, capture_output=True)
    picture = gray8(decode_picture((tmp_path / "a.png").read_bytes(), "a.png").pixels)
    np.testing.assert_allclose(picture.shape[::-1], (1485, 1050), atol=1)
    found = find_target(cv2.GaussianBlur(picture, (0, 0), 0.8), target)
    assert len(found.ids) == len(target.points_mm)
    apart = found.points_px[np.argsort(found.ids)]
    np.testing.assert_allclose(np.linalg.norm(apart[-1] - apart[0]), 5 * np.linalg.norm(target.points_mm[-1]), atol=0.3)


@pytest.mark.parametrize("seed", range(20))
def test_merged_cells_fill_the_same_and_share_no_side(seed):
    rng = np.random.Generator(np.random.PCG64(seed))
    cells = rng.random((9, 12)) < rng.uniform(0.1, 0.9)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    squares = (np.argwhere(cells)[:, None, ::-1] + corners) * 11 / 6 + rng.uniform(-50, 50, 2)
    outlines = merged(squares)
    origin = squares.reshape(-1, 2).min(axis=0) - np.argwhere(cells)[:, ::-1].min(axis=0) * 11 / 6
    sides = [
        (tuple(a), tuple(b)) for outline in outlines for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True)
    ]
    assert len(set(map(frozenset, sides))) == len(sides)
    middle = np.stack(np.meshgrid(np.arange(12) + 0.5, np.arange(9) + 0.5), axis=2) * 11 / 6 + origin
    inside = np.zeros(cells.shape, bool)
    for outline in outlines:
        ring = outline.astype(np.float32)
        inside ^= np.array([[cv2.pointPolygonTest(ring, (x, y), False) > 0 for x, y in row] for row in middle.tolist()])
        ahead, behind = np.roll(outline, -1, axis=0) - outline, outline - np.roll(outline, 1, axis=0)
        assert (np.abs(ahead[:, 0] * behind[:, 1] - ahead[:, 1] * behind[:, 0]) > 1).all()
    np.testing.assert_array_equal(inside, cells)


def test_nothing_merges_to_nothing():
    assert merged(np.empty((0, 4, 2))) == []


def test_chinese_lines_look_as_the_font_draws_them():
    text = "以 100 %（实际大小）打印"
    ink = np.zeros((200, 1600), np.uint8)
    cv2.putText(ink, text, (48, 120), 255, cv2.FontFace("uni"), 96, 400)
    again = np.zeros(ink.shape, bool)
    for ring in traced(text, 96.0):
        again[skimage.draw.polygon(ring[:, 1] + 120, ring[:, 0] + 48, ink.shape)] ^= True
    assert (ink > 127).sum() > 20_000
    assert ((ink > 127) != again).sum() < 0.04 * (ink > 127).sum()


@pytest.mark.parametrize(
    ("word", "page", "message"),
    [
        ("chess:9x6:20", "B4", "--page B4: give one of A5, A4, A3, A2, A1, A0, or WxH in mm, as 300x200"),
        ("chess:9x6:20", "", "--page : give one of"),
        ("chess:9x6:20", "0x0", "--page 0x0: rulers and instructions need a page from"),
        ("chess:9x6:20", "9999x9999", r"to 5000x5000 mm"),
        ("chess:9x6:20", "-300x200", "--page -300x200: give one of"),
        (
            "chess:9x6:30",
            "A4",
            r"is 300 x 210 mm; A4 has room for .* what fits: --page A3, or chess:7x3:30|chess:4x6:30",
        ),
        ("dots:40x30:10:5", "A4", r"is 395 x 295 mm; .* --page A2, or dots:\d+x\d+:10:5$"),
        ("squares:1x9:50:5", "A4", r"is 50 x 490 mm; .* or squares:1x4:50:5$"),
        ("dots:2x2:300:5", "A4", r"what fits: --page A2$"),
        ("dots:2x2:3000:5", "A0", r"take fewer or smaller cells$"),
        ("chess:9x6:15", "180x230", r"what fits: --page 230x180, or --page A4, or chess:8x6:15$"),
        ("charuco:20x20:15:11:DICT_4X4_250", "A4", r"or charuco:\d+x\d+:15:11:DICT_4X4_250$"),
    ],
)
def test_what_has_no_room_is_told_what_fits(word, page, message):
    with pytest.raises(CalibrationError, match=message) as refused:
        sheet(parse_target(word), page)
    for page_again in re.findall(r"--page (\w+)", str(refused.value).partition("what fits")[2]):
        sheet(parse_target(word), page_again)
    for word_again in re.findall(r"or ([a-z-]+:\S+)$", str(refused.value)):
        sheet(parse_target(word_again), page)


def test_a_sheet_is_printed_at_its_nominal_size():
    target = parse_target("dots:9x7:10:5")
    assert pdf_text(sheet(replace(target, print_scale=0.97))) == pdf_text(sheet(target))
