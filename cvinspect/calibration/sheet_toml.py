"""A target's description, ready to be filled in."""

from __future__ import annotations

import json

from cvinspect.calibration.description import READING_U_MM, TargetFile
from cvinspect.calibration.target import Target
from cvinspect.errors import CalibrationError
from cvinspect.forms import parse_toml

_TEXT = """\
# 标定板说明 / description of a calibration target: `cvinspect calibrate PICTURES --target THIS_FILE`
schema = "cvinspect-target/1"
target = {word}

# 校验标尺 / check ruler: its nominal length, and what it measures on the print, from 0 to its end.
# Any other long distance of the target will do too, across and down: write its nominal length as ruler_mm.
# u_measured_mm 为一次量取的标准不确定度 / is the standard uncertainty of one measured length: 0.2 by a steel ruler that
# is read to a quarter of a millimetre at either end, 0.05 by callipers.
ruler_mm = {ruler:g}
{off_x}measured_x_mm = {x:g}   # X，横 / across
{off_y}measured_y_mm = {y:g}   # Y，竖 / down
{off_x}u_measured_mm = {u:g}

# 有证书的标定板 / a target with a certificate: these two instead of the measured ruler.
# print_scale = 1.0        # 实际尺寸与标称之比 / actual over nominal length
# u_print_scale = 0.0001   # 其相对标准不确定度 / relative standard uncertainty of that
"""


def description_text(
    target: Target, ruler_mm: float, measured_mm: tuple[float, ...] = (), u_mm: float = READING_U_MM
) -> str:
    """The TOML of a description with the ruler's measured lengths: none, one (x), or two (x, y).

    Raises CalibrationError where the lengths cannot be those of such a ruler.
    """
    x, y = (*measured_mm, ruler_mm, ruler_mm)[:2]
    off_x, off_y = ("" if len(measured_mm) > number else "# " for number in (0, 1))
    text = _TEXT.format(word=json.dumps(target.word), ruler=ruler_mm, x=x, y=y, u=u_mm, off_x=off_x, off_y=off_y)
    parse_toml(text, TargetFile, "the measured ruler", CalibrationError)
    return text
