"""The text of a recipe for a part whose outline a good picture shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cvinspect.config.recipe import RecipeFile
from cvinspect.config.template import quoted
from cvinspect.errors import RecipeError
from cvinspect.forms import parse_toml
from cvinspect.locate import ByOutline, Proposal, same_turn
from cvinspect.model import Calibration, Frame

_TEXT = """\
# 检测方案 / recipe, proposed from {picture}. Look at the overlay, and correct what is not the part.
schema = "cvinspect-recipe/1"
part = {part}

# 外观判定基准 / limit table: a built-in one (`cvinspect limits list`), NAME@REVISION, or the path of a .toml file.
# [limits]
# name = "konica-minolta"

[[view]]
name = "front"
{calibration}

# 定位 / where the part lies: turned by up to turn_deg and shifted by up to shift_mm, each way; beyond is INVALID
[view.locate]
by = "outline"
ground = "{ground}"
{range}
outline = {outline}

[[view.face]]
name = {face}
grade = {grade}          # 外观面等级 / face grade in the customer's words
# {inset:.3g} mm within the outline, where the shading of the part's own edge has ended
outline = {inner}

[view.detect.scratch]

[view.detect.dent]

[view.detect.foreign]
"""

USUAL_TURN_DEG, USUAL_SHIFT_MM = 5.0, 5.0
LEAST_SHIFT_MM = 0.1


def proposed_text(
    proposal: Proposal,
    frame: Frame,
    calibration: Calibration,
    named: str,
    picture: str,
    part: str,
    face: tuple[str, str],
) -> str:
    """The recipe as TOML. named: the calibration file as the recipe is to name it, "" = none.

    The outline is laid on the picture once more before it is proposed. Raises PictureError where it does not fit, and
    RecipeError where the names do not hold.
    """
    turn, shift = _ranges(proposal, calibration)
    locator = ByOutline(
        outline_mm=proposal.outline_mm, is_round=proposal.disk_mm is not None, turn_deg=turn, shift_mm=shift
    )
    locator(frame, calibration)
    text = _TEXT.format(
        picture=picture,
        part=quoted(part),
        calibration=f"calibration = {quoted(named)}" if named else '# calibration = "calibration.json"',
        ground=proposal.ground,
        range="\n".join([*([] if proposal.disk_mm else [f"turn_deg = {turn:g}"]), f"shift_mm = {shift:g}"]),
        outline=_disk(proposal) or _polygon(proposal.outline_mm),
        face=quoted(face[0]),
        grade=quoted(face[1]),
        inset=proposal.inset_mm,
        inner=_polygon(proposal.face_mm),
    )
    parse_toml(text, RecipeFile, "the recipe would not hold", RecipeError)
    return text


def _ranges(proposal: Proposal, calibration: Calibration) -> tuple[float, float]:
    """The turn (degrees; 0 where none can be told) and shift (mm) that leave the part whole and itself."""
    corners = calibration.to_px(np.array(proposal.outline_mm))
    room = min(float(corners.min()), *(np.array(calibration.size) - 1 - corners.max(axis=0)).tolist())
    shift = max(round(min(USUAL_SHIFT_MM, room * calibration.mm_per_px), 2), LEAST_SHIFT_MM)
    if proposal.disk_mm is not None:
        return 0.0, shift
    again = same_turn(ByOutline(outline_mm=proposal.outline_mm, turn_deg=USUAL_TURN_DEG), calibration)
    return (USUAL_TURN_DEG if again is None else round(0.4 * again, 1)), shift


def _disk(proposal: Proposal) -> str:
    if proposal.disk_mm is None:
        return ""
    (x, y), diameter = proposal.disk_mm
    return f"{{ center = [{x:.6g}, {y:.6g}], diameter_mm = {diameter:.6g} }}"


def _polygon(points: Sequence[tuple[float, float]]) -> str:
    rows = [", ".join(f"[{x:.6g}, {y:.6g}]" for x, y in points[i : i + 8]) for i in range(0, len(points), 8)]
    return "\n".join(["[", *(f"    {row}," for row in rows), "]"])
