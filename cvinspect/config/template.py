"""The text of a recipe to start from."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from cvinspect.errors import RecipeError
from cvinspect.model import CAMERA_KINDS, Kind

_HEAD = """\
# 检测方案 / recipe. Sizes are in mm, contrasts in grey levels; pixels stand nowhere.
schema = "cvinspect-recipe/1"
part = {part}
# pictures = "{{part}}_{{view}}.png"   # how part and view stand in a file name; left out: every picture is a part
"""

_LIMITS = """
# 外观判定基准 / limit table: a built-in one (`cvinspect limits list`), NAME@REVISION, or the path of a .toml file.
{off}[limits]
{off}name = {name}
# product_grade = "oem"          # Canon only: "oem" or "canon"; not given: oem, the stricter
# decision_rule = "guarded"      # or "strict", "simple"; not given: the table's own
# ambiguity = "review"           # or "worst": what disagreeing readings of the table give
# agreements = "agreements.toml" # what customer and supplier signed for this part
# unresolved = "refuse"          # or "review": where a limit is smaller than the pixels can show
"""

_ELSEWHERE = """
# checked by other means than this camera; every report repeats it
[[elsewhere]]
kind = {kind}
by = {by}
"""

_VIEW = """
[[view]]
name = "front"
{calibration}
# A part that lies loose: see `cvinspect recipe outline PICTURE`; docs/locating.md has [view.locate] and [view.fitness].
"""

_FACE = """
[[view.face]]
name = {name}
grade = {grade}          # 外观面等级 / face grade in the customer's words
outline = "frame"    # the whole picture; or a closed polygon in mm: [[x, y], [x, y], ...], origin at the top left
# traits = ["paper_path"]
"""

_MORE = """
# A further face needs outlines: give the first one a polygon too, then remove the # before these lines.
# [[view.face]]
# name = {name}
# grade = {grade}
# outline = [[0.0, 0.0], [20.0, 0.0], [20.0, 10.0], [0.0, 10.0]]   # mm
"""

_DETECT = {
    Kind.SCRATCH: "[view.detect.scratch]   # 划伤: long thin lines, dark or bright",
    Kind.DENT: "[view.detect.dent]      # 打痕: soft shading",
    Kind.FOREIGN_MATTER: "[view.detect.foreign]   # 异物: specks, fibres and whatever else stands out",
    Kind.FLASH: "[view.detect.flash]     # 毛刺: material beyond the part's outline",
}
_FLASH = (
    '# outline = "face"        # the face\'s polygon is the part\'s nominal outline; or "circle", "ellipse", "learnt", '
    '{ dxf = "part.dxf" }; without it flash is not inspected'
)


def recipe_text(
    part: str,
    faces: Sequence[tuple[str, str]],
    kinds: Sequence[Kind],
    elsewhere: Sequence[tuple[Kind, str]],
    limits: str,
    calibration: str,
) -> str:
    """A commented recipe for `part`: the first face is the whole frame, further ones stand as comments.

    faces: (name, grade); kinds: what to look for; elsewhere: (kind, by what). Raises RecipeError for a kind that no
    detector finds.
    """
    for kind in kinds:
        if kind not in CAMERA_KINDS:
            raise RecipeError(f"no detector finds {kind}; there are: {', '.join(CAMERA_KINDS)}; use --elsewhere")
    text = _HEAD.format(part=quoted(part))
    text += _LIMITS.format(off="" if limits else "# ", name=quoted(limits or "konica-minolta"))
    text += "".join(_ELSEWHERE.format(kind=quoted(kind), by=quoted(by)) for kind, by in elsewhere)
    named = f"calibration = {quoted(calibration)}" if calibration else '# calibration = "calibration.json"'
    text += _VIEW.format(calibration=f"{named}   # relative to this file; or give --calibration")
    text += _FACE.format(name=quoted(faces[0][0]), grade=quoted(faces[0][1]))
    text += "".join(_MORE.format(name=quoted(name), grade=quoted(grade)) for name, grade in faces[1:])
    return text + _detectors(kinds)


def _detectors(kinds: Sequence[Kind]) -> str:
    text = "\n# what is looked for; an empty table takes the defaults (docs/guide.md has every knob)\n"
    for kind in kinds:
        text += _DETECT[kind] + "\n"
        if kind is Kind.FLASH:
            text += _FLASH + "\n"
        else:
            text += "# smallest_mm = 0.2       # left out: as small as 3 px show\n"
        text += "\n"
    return text


def quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are a part of TOML's, which asks for one more."""
    if re.search("[\ud800-\udfff]", text):
        raise RecipeError(f"{text}: is not a text that can be written as UTF-8")
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
