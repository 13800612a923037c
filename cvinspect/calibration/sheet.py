"""The printable sheet of a target: true to scale, with rulers to check that, and what to do with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cvinspect.calibration.sheet_outline import merged
from cvinspect.calibration.sheet_page import EDGE_MM, HEAD_MM, QUIET_MM, Page, extent_mm, page_for, pages_named
from cvinspect.calibration.sheet_parts import RULER_ENDS_MM, RULER_MM, heading, instructions, ruler_across, ruler_down
from cvinspect.calibration.sheet_shapes import Parts, Sheet
from cvinspect.calibration.target import Target


def sheet(target: Target, page: str = "A4") -> Sheet:
    """The sheet on which `target` is printed at its nominal size, upright or across as suits it.

    page: A5 to A0, or WxH in mm. Raises CalibrationError for an unknown page, and where the target has no room on it:
    then with what would fit.
    """
    nominal = replace(target, print_scale=1.0)
    paper = page_for(nominal, pages_named(page))
    wide, high = extent_mm(nominal)[2:]
    return Sheet(
        width_mm=paper.width_mm,
        height_mm=paper.height_mm,
        word=nominal.word,
        target_mm=(wide, high),
        ruler_mm=float(paper.ruler_mm),
        target=_placed(nominal, paper),
        beside=tuple(_beside(nominal.word, paper)),
    )


def _placed(target: Target, page: Page) -> Parts:
    """The target in the middle of the page's width where its ruler leaves that free, of its area else."""
    left, top, wide, high = extent_mm(target)
    area_left, area_top, _, area_bottom = page.area_mm
    x = max((page.width_mm - wide) / 2, area_left + QUIET_MM)
    y = (area_top + area_bottom - high) / 2
    offset = np.array([x - left, y - top])
    disks = target.disks_mm() + np.array([*offset, 0.0])
    return Parts(outlines=tuple(outline + offset for outline in merged(target.polygons_mm())), disks_mm=disks)


def _beside(word: str, page: Page) -> list[Parts]:
    _, top, _, bottom = page.area_mm
    wide = page.width_mm - 2 * EDGE_MM
    command = f"cvinspect target {word} --page {page.word} --measured X,Y -o target.toml"
    across = (page.width_mm - page.ruler_mm) / 2
    down = max((top + bottom - page.ruler_mm) / 2, top + RULER_ENDS_MM)
    return [
        heading(EDGE_MM, EDGE_MM + 0.5 * HEAD_MM, wide, word),
        ruler_across(across, bottom, page.ruler_mm),
        ruler_down(EDGE_MM + RULER_MM, down, page.ruler_mm),
        instructions(EDGE_MM, page.height_mm - EDGE_MM - page.foot_mm, wide, page.ruler_mm, command),
    ]
