"""Extents of many outlines at once: what is round, what is angular, and what noise adds to either."""

from __future__ import annotations

import cv2
import numpy as np

from cvinspect.measure.outline import Complex, axis_angle, extents, reaches
from cvinspect.measure.windows import Floats, Mask

ROUNDISH, CORNERED = 0.3, 0.8  # of the way from an ellipse to a rectangle: all round, and all angular
ANGULAR, LONG = 0.2, 1.3  # what is this angular, and at most so long over wide, has the sides of its rectangle
U_LEAST_PX = 0.01
U_SHAPE = 0.07  # of what is given back to an extent that blur took off it,
U_UNEVEN = 1.4  # and this times the share by which the area differs from that of the ellipse of the same extents
# fitted to rendered disks, ellipses, rectangles and rough outlines
_CHANCE = 1.6  # times what noise moves a point: how much longer than wide a round object seems, and reaches
_FOREMOST, _ALONE_PX, _ROUNDED_PX = 0.85, 1.25, 6.0
_U_CORNER = 0.36
_ELLIPTIC = 0.04  # of the radius; rendered disks stay below 0.03, what is told to be angular is beyond 0.07


def lengths_of(
    calm: Complex, fine: Complex, area: Floats, angular: Floats, angle: Floats, moved: Floats
) -> tuple[Floats, Floats, Floats]:
    """(3, N) length, width and max dimension, what noise and shape leave open of them, and what was given back (2, N).

    Of a round object they are the extents of the restored outline `fine`, of an angular one, whose sides blur does not
    move, of the outline as seen, `calm`; both less what noise adds, which moves a point of them by `moved` (2, N) px.
    """
    seen, true = extents(calm, angle), extents(fine, angle)
    given, noise = (true - seen) * (1 - angular), moved[1] + angular * (moved[0] - moved[1])
    order = np.argsort(-(seen + given), axis=0)
    given = np.take_along_axis(given, order, axis=0)
    sides = np.take_along_axis(seen, order, axis=0) + given
    sides -= np.minimum(_excess(sides, angular, moved), 0.1 * sides)
    length, width = np.maximum(_apart(sides, _CHANCE * noise), 1e-3)
    beyond = np.maximum(reaches(fine) - true.max(axis=0), 0)
    round_reach = length + np.sqrt(np.maximum(beyond**2 - (_CHANCE * moved[1]) ** 2, 0))
    reach = round_reach + angular * (np.hypot(length, width) - round_reach)
    uneven = np.minimum(np.abs(area / (np.pi / 4 * length * width) - 1), 0.2)
    u_sides = np.sqrt(noise**2 + ((U_SHAPE + U_UNEVEN * uneven) * given) ** 2 + U_LEAST_PX**2)
    u_corners = 0.5 * angular * (1 - angular) * (reach - round_reach)
    u_round = 0.5 * (1 - angular) * np.minimum(beyond, 0.1 + 2 * moved[1])
    u_reach = np.sqrt(u_sides[0] ** 2 + u_corners**2 + u_round**2)
    return np.stack([length, width, np.maximum(reach, length)]), np.vstack([u_sides, u_reach]), given


def angular_as(
    calm: Complex, fine: Complex, other: Floats, area: Floats, u_area: Floats, moved: Floats
) -> tuple[Floats, Floats, Floats]:
    """How angular objects are, 0 as an ellipse, 1 as a rectangle; the direction of their sides or principal axes; and
    how far noise leaves that open, px of their extents.

    An ellipse fills pi / 4 of the rectangle around its restored outline, a rectangle fills the one around the outline
    that is seen. What noise may make of an ellipse is no corner yet; an outline that is no further from an ellipse's,
    `other` (N,), than _ELLIPTIC has none.
    """
    angular, angle, u_corner = np.zeros(len(area)), axis_angle(fine), np.zeros(len(area))
    some = np.flatnonzero(other > _ELLIPTIC)
    if some.size:
        unsure = np.hypot(u_area, 0.6 * moved * np.sqrt(area))[some]
        filled, open_px, turned, near_square = _filled(calm[some], fine[some], area[some], unsure)
        angular[some] = np.clip((filled - ROUNDISH) / (CORNERED - ROUNDISH), 0, 1)
        angle[some] = np.where((filled > ANGULAR) & near_square, turned, angle[some])
        u_corner[some] = np.where(angular[some] > 0, _U_CORNER * open_px, 0.0)
    return angular, angle, u_corner


def _filled(calm: Complex, fine: Complex, area: Floats, unsure: Floats) -> tuple[Floats, Floats, Floats, Mask]:
    """How far objects fill the smallest rectangle around them, 0 as an ellipse, 1 wholly; how far `unsure` px² of area
    leave their corners open, px; the direction of that rectangle; and where it is nearly a square."""
    boxes = [cv2.minAreaRect(one) for one in calm.astype(np.complex64).view(np.float32).reshape(*calm.shape, 2)]
    turned = np.radians([box[2] for box in boxes])
    seen = np.array([box[1] for box in boxes])
    true = extents(fine, turned)
    least, most = np.pi / 4 * true[0] * true[1] + unsure, seen[:, 0] * seen[:, 1]
    filled = np.where(most > least, (area - least) / np.maximum(most - least, 1e-3), 0.0)
    open_px = np.minimum(unsure / np.maximum(most - least, 1e-3), 1) * (np.hypot(*seen.T) - seen.max(axis=1))
    return filled, open_px, turned, seen.max(axis=1) < LONG * seen.min(axis=1)


def scaled(outline: Complex, area: Floats) -> Complex:
    """Each outline (N, M), grown to enclose its area."""
    within = np.abs((np.conj(outline) * np.roll(outline, -1, axis=1)).imag.sum(axis=1)) / 2
    middle = outline.mean(axis=1, keepdims=True)
    return np.asarray(middle + (outline - middle) * np.sqrt(area / np.maximum(within, 1e-6))[:, None])


def _excess(sides: Floats, angular: Floats, moved: Floats) -> Floats:
    """What noise adds to the extents (2, N), which are between the foremost points: the more, the flatter a side.

    It moves a point of the outline as seen, and of the restored one, by `moved` (2, N) px. Of a side of curvature k
    (an ellipse's) the points within 2 (2 moved / k)^0.5 px compete, of a straight one all but those near its corners.
    The more compete, the further the foremost one is out: _FOREMOST ln(length / _ALONE_PX).
    """
    long, short = np.maximum(sides, 1.0)
    bend = np.stack([2 * long / short**2, 2 * short / long**2])
    straight = moved[0] * np.log(np.maximum((np.stack([short, long]) - _ROUNDED_PX) / _ALONE_PX, 1.0))
    curved = moved[1] * np.log(np.maximum(2 * np.sqrt(2 * moved[1] / bend) / _ALONE_PX, 1.0))
    return np.asarray(_FOREMOST * (curved + angular * (straight - curved)))


def _apart(sides: Floats, noise: Floats) -> Floats:
    """Long and short side (2, N), as far apart as noise of that size does not explain."""
    middle, apart = sides.sum(axis=0) / 2, sides[0] - sides[1]
    apart = np.sqrt(np.maximum(apart**2 - noise**2, 0)) / 2
    return np.stack([middle + apart, middle - apart])
