"""How a line's contrast goes along it: where it ends, how even it is, what lies beyond its ends."""

from __future__ import annotations

from math import sqrt

import numpy as np

from cvinspect.measure.band import Floats
from cvinspect.measure.centre_line import RUN_OUT_PX, STEP_PX
from cvinspect.measure.following import TIP_PX, Course

FAINT = 0.25  # share of the usual contrast down to which a faded end may still be the line
SHARP_PX = 3.0  # how far beyond a sharp end its blur and the averaging reach
CLEAR = 4.0  # noise sigmas from which there is something
APART = 7  # nodes between which contrasts are independent


def half_ends(course: Course) -> tuple[float, float]:
    """Where the contrast along the line crosses half of its usual one first and last, px along the path."""
    first, last = course.bright.nonzero()[0][[0, -1]].tolist()
    level = 0.5 * usual(course)
    return _crossing(course, level, first, -1), _crossing(course, level, last, 1)


def usual(course: Course) -> float:
    """The contrast that half of the bright nodes exceed, grey levels."""
    bright = course.contrast_gray[course.bright]
    return float(np.partition(bright, len(bright) // 2)[len(bright) // 2])


def _crossing(course: Course, level: float, node: int, way: int) -> float:
    contrast, reach = course.contrast_gray, course.reach
    share = (contrast[node] - level) / max(contrast[node] - contrast[node + way], 1e-9)
    return float(reach[node] + min(max(share, 0.0), 1.0) * (reach[node + way] - reach[node]))


def unevenness(course: Course, first: float, last: float) -> float:
    """The contrast's standard deviation between two places over the contrast, but for what the noise explains."""
    inner = course.bright & (course.reach > first) & (course.reach < last)
    nodes = inner.nonzero()[0][::APART]
    if len(nodes) < 3:
        return 0.0
    contrast, u = course.contrast_gray[nodes], course.u_contrast_gray[nodes]
    noise = float(u @ u) / len(nodes) * (1 + 2 * sqrt(2 / (len(nodes) - 1)))
    return sqrt(max(float(contrast.var(ddof=1)) - noise, 0.0)) / float(contrast.mean())


def faded_px(course: Course, first: float, last: float) -> float:
    """How far the line goes on beyond its tips with more than FAINT of its usual contrast; of sharp ends 0."""
    reach = course.reach
    dark = reach[course.contrast_gray < FAINT * usual(course)]
    before, after = dark[dark < first], dark[dark > last]
    start = float(before[-1]) if len(before) else 0.0
    stop = float(after[0]) if len(after) else float(reach[-1])
    return max(first - start - SHARP_PX, 0.0) + max(stop - last - SHARP_PX, 0.0)


def empty_px(course: Course, first: float, last: float) -> float:
    """How much of the claimed path beyond the tips shows no line that is clear of the noise, px."""
    start, stop = RUN_OUT_PX, float(course.reach[-1]) - RUN_OUT_PX
    return _blank(course, start, first - 2 * TIP_PX) + _blank(course, last + 2 * TIP_PX, stop)


def _blank(course: Course, start: float, stop: float) -> float:
    first, last = np.searchsorted(course.reach, [start, stop])
    seen: Floats = course.contrast_gray[first:last:APART]
    weight = course.u_contrast_gray[first:last:APART] ** -2.0
    clear = abs(float(weight @ seen)) > CLEAR * sqrt(float(weight.sum()))
    return 0.0 if clear else len(seen) * APART * STEP_PX
