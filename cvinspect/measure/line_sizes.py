"""The sizes of a line in px, with their standard uncertainties.

length: from tip to tip along its centre-line. width: of the box that its mean profile is, behind the blur. area: of the
strip of that width and length, less what the corners of its ends lack (of round ends length x width -
(1 - pi/4) width²). max dimension: the largest distance between two points of that strip's outline.
"""

from __future__ import annotations

from math import pi, sqrt

import numpy as np

from cvinspect.measure.band import directions
from cvinspect.measure.centre_line import at
from cvinspect.measure.contour import max_dimension
from cvinspect.measure.ends import LACK
from cvinspect.measure.line import Line
from cvinspect.measure.sizes import Sizes
from cvinspect.model import Measured, Points

U_MODEL_PX = 0.005  # of a width or a length, from the pixel's square and the path
LITTLE_BEND = 0.5  # cosine between a line's two ends
_CAP = 10  # corners of half an end


def sizes_of_line(line: Line) -> Sizes:
    """All sizes of a line. Of a thin one the width's u may be as large as the width."""
    width, u_width = line.profile.width_px, float(np.hypot(line.profile.u_width_px, U_MODEL_PX))
    length, lack = line.length_px, LACK * line.ends.roundness
    u_fade = line.faded_px / 2
    u_length = sqrt(line.ends.u_length_px**2 + (lack * u_width) ** 2 + U_MODEL_PX**2 + u_fade**2)
    body = max(length - lack * width, 0.5 * length)
    area = body * width
    u_body = sqrt(line.ends.u_body_px**2 + U_MODEL_PX**2 + u_fade**2)
    u_area = float(np.hypot(body * u_width, width * u_body))
    diameter = sqrt(4 * area / pi)
    outline = outline_of(line)
    return Sizes(
        outline,
        Measured(area, u_area),
        Measured(diameter, 2 * u_area / pi / diameter),
        Measured(length, u_length),
        Measured(width, u_width),
        Measured(_reach(line, outline), float(np.hypot(u_length, _u_corner(line)))),
        line.profile.contrast_gray,
        path_px=line.path,
    )


def _reach(line: Line, outline: Points) -> float:
    """The largest distance between two points of the outline: of a line that bends little, between its two ends."""
    first, last = line.path[1] - line.path[0], line.path[-1] - line.path[-2]
    if first @ last < LITTLE_BEND * float(np.hypot(*first) * np.hypot(*last)):
        return max_dimension(outline)
    ends = outline @ np.array([1, 1j])
    half = len(outline) // 2
    start = np.concatenate([ends[: _CAP + 1], ends[-_CAP - 1 :]])
    stop = ends[half - _CAP - 1 : half + _CAP + 1]
    return float(np.abs(start[:, None] - stop).max())


def _u_corner(line: Line) -> float:
    """What the ends' uncertain shape adds to the max dimension: of ends square enough it lies between two corners.

    It is length + width² / (2 length) x², x = 1 - roundness x length / width where that is above 0.
    """
    width, length = line.profile.width_px, line.length_px
    least = max(line.ends.roundness - line.ends.u_roundness, 0.0)
    beside = max(1 - least * length / width, 0.0)
    return float(min(width * beside * line.ends.u_roundness, width**2 / (2 * length)))


def outline_of(line: Line) -> Points:
    """The closed outline (N, 2) of a line, its ends half ellipses, frame px."""
    path, half = line.path, line.profile.width_px / 2
    cap = min(line.ends.roundness * half, line.length_px / 2)
    turn = np.linspace(0, pi / 2, _CAP + 1)
    reach = np.linspace(0, line.length_px, len(path))
    inner = reach[(reach > cap) & (reach < line.length_px - cap)]
    start, side = cap * (1 - np.cos(turn)), half * np.sin(turn)
    places = np.concatenate([start, inner, line.length_px - start[::-1]])
    aside = np.concatenate([side, np.full(len(inner), half), side[::-1]])
    middle, ways = at(path, reach, places), at(directions(path), reach, places)
    out = np.stack([-ways[:, 1] * aside, ways[:, 0] * aside], axis=1)
    return np.concatenate([middle + out, (middle - out)[::-1]])
