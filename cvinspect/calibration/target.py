"""Calibration targets: one word names one, everywhere.

    charuco:COLSxROWS:SQUAREmm:MARKERmm:DICT   squares; OpenCV's dictionary name, as DICT_4X4_250
    chess:COLSxROWS:SQUAREmm                   inner corners
    dots:COLSxROWS:PITCHmm:DIAMETERmm          a square grid of disks
    dots-hex:COLSxROWS:PITCHmm:DIAMETERmm      rows of COLS disks, every other one half a pitch right, equilateral
    dots-asym:COLSxROWS:PITCHmm:DIAMETERmm     OpenCV's asymmetric grid: disks 2 pitches apart, rows 1 pitch apart
    squares:COLSxROWS:SIDEmm:GAPmm             separate squares; their corners are the points

A target's points are numbered row by row; x to the right, y down, mm, the first point at (0, 0).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from cvinspect.errors import CalibrationError
from cvinspect.projection import Points

MOST_POINTS = 100_000


class Pattern(StrEnum):
    """What a target shows."""

    CHARUCO = "charuco"
    CHESS = "chess"
    DOTS = "dots"
    DOTS_HEX = "dots-hex"
    DOTS_ASYM = "dots-asym"
    SQUARES = "squares"

    @property
    def is_dots(self) -> bool:
        """True where its points are the centres of disks."""
        return self in (Pattern.DOTS, Pattern.DOTS_HEX, Pattern.DOTS_ASYM)


FORMS = {
    Pattern.CHARUCO: "charuco:COLSxROWS:SQUAREmm:MARKERmm:DICT",
    Pattern.CHESS: "chess:COLSxROWS:SQUAREmm",
    Pattern.DOTS: "dots:COLSxROWS:PITCHmm:DIAMETERmm",
    Pattern.DOTS_HEX: "dots-hex:COLSxROWS:PITCHmm:DIAMETERmm",
    Pattern.DOTS_ASYM: "dots-asym:COLSxROWS:PITCHmm:DIAMETERmm",
    Pattern.SQUARES: "squares:COLSxROWS:SIDEmm:GAPmm",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A target as it is on paper or glass.

    pitch_mm: square side (chess, charuco), pitch (dots), side (squares). detail_mm: marker side (charuco), diameter
    (dots), gap (squares), 0 for chess. print_scale: how large it came out, measured over nominal; u_print_scale: the
    relative standard uncertainty of that, None = nobody stated it.
    """

    pattern: Pattern
    columns: int
    rows: int
    pitch_mm: float
    detail_mm: float = 0.0
    dictionary: str = ""
    print_scale: float = 1.0
    u_print_scale: float | None = None

    @property
    def word(self) -> str:
        """The word that names it (its print scale not included)."""
        parts = [str(self.pattern), f"{self.columns}x{self.rows}", f"{self.pitch_mm:g}"]
        if self.pattern is not Pattern.CHESS:
            parts.append(f"{self.detail_mm:g}")
        return ":".join([*parts, self.dictionary] if self.dictionary else parts)

    @property
    def grid(self) -> tuple[int, int]:
        """Columns and rows of its points."""
        if self.pattern is Pattern.CHARUCO:
            return self.columns - 1, self.rows - 1
        if self.pattern is Pattern.SQUARES:
            return 2 * self.columns, 2 * self.rows
        return self.columns, self.rows

    @property
    def points_mm(self) -> Points:
        """(N, 2) its points as printed, row by row."""
        columns, rows = self.grid
        j, i = (axis.ravel() for axis in np.mgrid[0:rows, 0:columns])
        if self.pattern is Pattern.DOTS_HEX:
            x, y = i + j % 2 / 2, j * np.sqrt(3) / 2
        elif self.pattern is Pattern.DOTS_ASYM:
            x, y = 2 * i + j % 2, j
        elif self.pattern is Pattern.SQUARES:
            step = 1 + self.detail_mm / self.pitch_mm
            x, y = i // 2 * step + i % 2, j // 2 * step + j % 2
        else:
            x, y = i, j
        return np.stack([x, y], axis=1) * self.pitch_mm * self.print_scale

    def disks_mm(self) -> NDArray[np.float64]:
        """(K, 3) x, y, diameter of its black disks as printed; none where it has no disks."""
        if not self.pattern.is_dots:
            return np.empty((0, 3))
        points = self.points_mm
        return np.column_stack([points, np.full(len(points), self.detail_mm * self.print_scale)])

    def polygons_mm(self) -> NDArray[np.float64]:
        """(K, 4, 2) its black squares as printed: neighbours share corners or edges; none of a dot target."""
        if self.pattern.is_dots:
            return np.empty((0, 4, 2))
        if self.pattern is Pattern.SQUARES:
            step = self.pitch_mm + self.detail_mm
            cells = [(i * step, j * step) for j in range(self.rows) for i in range(self.columns)]
            return _squares(cells, self.pitch_mm) * self.print_scale
        wide, high = (side + 1 if self.pattern is Pattern.CHESS else side for side in (self.columns, self.rows))
        cells = [((i - 1), (j - 1)) for j in range(high) for i in range(wide) if (i + j) % 2 == 0]
        black = _squares(cells, 1.0) * self.pitch_mm
        if self.pattern is Pattern.CHARUCO:
            black = np.concatenate([black, self._marker_cells()])
        return black * self.print_scale

    def board(self) -> cv2.aruco.CharucoBoard:
        """OpenCV's board of a charuco target, in nominal mm; its origin is the outer corner of the first square."""
        dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, self.dictionary))
        return cv2.aruco.CharucoBoard((self.columns, self.rows), self.pitch_mm, self.detail_mm, dictionary)

    def _marker_cells(self) -> NDArray[np.float64]:
        board = self.board()
        bits = board.getDictionary().markerSize + 2
        cell = self.detail_mm / bits
        squares = []
        for corners, number in zip(board.getObjPoints(), np.ravel(board.getIds()), strict=True):
            picture = board.getDictionary().generateImageMarker(int(number), bits)
            left, top = np.asarray(corners).reshape(-1, 3)[:, :2].min(axis=0) - self.pitch_mm
            squares += [(left + column * cell, top + row * cell) for row, column in np.argwhere(picture == 0)]
        return _squares(squares, cell)


def _squares(places: list[tuple[float, float]], side: float) -> NDArray[np.float64]:
    corners = np.array([[0.0, 0.0], [side, 0.0], [side, side], [0.0, side]])
    return np.asarray(np.array(places, dtype=np.float64).reshape(-1, 1, 2) + corners)


def parse_target(word: str) -> Target:
    """The target that `word` names. Raises CalibrationError with the form that is allowed."""
    name, *rest = word.strip().split(":")
    try:
        pattern = Pattern(name)
    except ValueError:
        raise CalibrationError(f"target {word!r}: {name!r} is no kind of target; {_allowed()}") from None
    form = FORMS[pattern]
    counts = re.fullmatch(r"(\d{1,4})[xX×](\d{1,4})", rest[0]) if rest else None
    sizes = [_number(text) for text in rest[1 : 2 if pattern is Pattern.CHESS else 3]]
    dictionary = rest[3] if pattern is Pattern.CHARUCO and len(rest) == 4 else ""
    if counts is None or None in sizes or len(rest) != form.count(":"):
        raise CalibrationError(f"target {word!r}: the form is {form}, sizes in mm, as {_EXAMPLES[pattern]}")
    pitch, detail = [size or 0.0 for size in (*sizes, 0.0)][:2]
    target = Target(
        pattern=pattern,
        columns=int(counts[1]),
        rows=int(counts[2]),
        pitch_mm=pitch,
        detail_mm=detail,
        dictionary=dictionary,
    )
    _check(target, word)
    return target


_EXAMPLES = {
    Pattern.CHARUCO: "charuco:11x8:15:11:DICT_4X4_250",
    Pattern.CHESS: "chess:9x6:20",
    Pattern.DOTS: "dots:19x13:10:5",
    Pattern.DOTS_HEX: "dots-hex:14x12:12:8",
    Pattern.DOTS_ASYM: "dots-asym:4x11:15:10",
    Pattern.SQUARES: "squares:6x4:20:20",
}


def _allowed() -> str:
    return "give one of " + ", ".join(FORMS.values())


def _number(text: str) -> float | None:
    """A size in mm, `mm` behind it or not."""
    found = re.fullmatch(r"(\d{1,5}(?:\.\d{1,6})?)(?:mm)?", text)
    return float(found[1]) if found and float(found[1]) > 0 else None


def _check(target: Target, word: str) -> None:
    columns, rows = target.grid
    least = 1 if target.pattern is Pattern.SQUARES else 2
    if min(target.columns, target.rows) < least or min(columns, rows) < 2:
        raise CalibrationError(f"target {word!r}: {target.columns}x{target.rows} is too few; at least 2x2 points")
    if columns * rows > MOST_POINTS:
        raise CalibrationError(f"target {word!r}: {columns * rows} points are too many; at most {MOST_POINTS}")
    closest = target.pitch_mm * (np.sqrt(2) if target.pattern is Pattern.DOTS_ASYM else 1)
    if target.pattern.is_dots and target.detail_mm >= closest:
        raise CalibrationError(f"target {word!r}: disks of {target.detail_mm:g} mm touch each other")
    if target.pattern is Pattern.CHARUCO:
        _check_markers(target, word)


def _check_markers(target: Target, word: str) -> None:
    if target.detail_mm >= target.pitch_mm:
        raise CalibrationError(f"target {word!r}: a marker of {target.detail_mm:g} mm does not fit into its square")
    names = [name for name in dir(cv2.aruco) if name.startswith("DICT_")]
    if target.dictionary not in names:
        raise CalibrationError(
            f"target {word!r}: OpenCV has no dictionary {target.dictionary!r}; it has {', '.join(names)}"
        )
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, target.dictionary))
    need, has = target.columns * target.rows // 2, len(dictionary.bytesList)
    if need > has:
        raise CalibrationError(f"target {word!r}: needs {need} markers, {target.dictionary} has {has}")
