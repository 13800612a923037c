"""The report of a score: one self-contained HTML file with tables, curves and the contact sheet."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from cvinspect import words
from cvinspect.errors import ConfigurationError
from cvinspect.forms import write_text
from cvinspect.pictures import encode_jpeg, encode_png
from cvinspect.report import score_rows as rows_of
from cvinspect.report.pages import TEMPLATES
from cvinspect.report.score_plot import COLOURS, Series, plot
from cvinspect.report.score_rows import group_name
from cvinspect.report.score_text import pod_line
from cvinspect.words import Language
from cvinspect.words.numbers import fixed, plain

Data = Mapping[str, Any]

PAGE = "score.html"
CURVE_STEPS = 80
LOSSLESS_PX = 90_000  # larger crops are JPEG, for looking at only
QUALITY = 95


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A small picture of the contact sheet.

    pixels (h, w, 3) B, G, R uint8, outlines drawn in; scale: 1.0 unless it had to be reduced. size 0 = a whole picture.
    strength: of a finding; covered: share of a missed line's length.
    """

    pixels: NDArray[np.uint8]
    scale: float
    picture: str
    groups: tuple[str, ...]
    size: float
    strength: float | None = None
    covered: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Sheets:
    """The crops of misses and of false findings, and how many of each there were."""

    missed: Sequence[Crop]
    missed_count: int
    false: Sequence[Crop]
    false_count: int


def write_score_report(
    folder: Path, data: Data, sheets: Sheets, lang: Language, version: str, made_at: datetime
) -> Path:
    """Writes score.html into `folder`, whole or not at all. data: as `cvinspect score --json` prints it.

    Raises ConfigurationError where it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as bad:
        raise ConfigurationError(f"{folder}: cannot be written: {bad.strerror}; choose another --report") from bad
    unit = data["scale"]["unit"]
    text = TEMPLATES.get_template("score.html").render(
        data=data,
        lang=lang,
        colon="：" if lang == "zh" else ": ",
        label=lambda code, **values: words.say(f"score_{code}", values, lang),
        name=lambda group: group_name(group, lang),
        version=version,
        made_at=made_at.strftime("%Y-%m-%d %H:%M UTC"),
        unit=unit,
        form=rows_of.form_name(data["truth"]["form"], lang),
        rows=rows_of.group_rows(data, lang),
        recall=rows_of.recall_table(data, lang),
        size_rows=rows_of.size_rows(data, lang),
        picture_rows=rows_of.picture_rows(data, lang),
        picture_counts=rows_of.picture_counts(data, lang),
        false_lines=rows_of.false_lines(data, lang),
        pods=[_pod(group, told, unit, lang) for group, told in data["pod"].items()],
        froc=_froc(data, lang),
        sheets=[
            {
                "code": "missed",
                "crops": [_crop(one, unit, lang) for one in sheets.missed],
                "count": sheets.missed_count,
            },
            {"code": "false", "crops": [_crop(one, unit, lang) for one in sheets.false], "count": sheets.false_count},
        ],
    )
    path = folder / PAGE
    write_text(path, text, ConfigurationError)
    return path


def _pod(group: str, told: Data, unit: str, lang: Language) -> dict[str, Any]:
    """The curve with its bound, or the reason for having none."""
    name = group_name(group, lang)
    if "code" in told:
        return {"name": name, "svg": None, "why": words.say(f"score_pod_{told['code']}", told, lang)}
    low, high = told["smallest"], told["largest"]
    sizes = [low * (high / low) ** (i / CURVE_STEPS) for i in range(CURVE_STEPS + 1)]
    curve = [(size, 1 / (1 + math.exp(-(told["intercept"] + told["slope"] * math.log(size))))) for size in sizes]
    axes = (words.say("score_axis_size", {"message": unit}, lang), words.noun("score_axis_pod", lang))
    series = [Series(name, curve), Series(f"{name}, 95 %", told["bound"], dashed=True)]
    svg = plot(series, low, high, *axes, level=0.9)
    return {"name": name, "svg": svg, "labels": told["labels"], "sizes": pod_line(told, unit, lang)}


def _froc(data: Data, lang: Language) -> dict[str, Any] | None:
    curves = {group: points for group, points in data["froc"].items() if points}
    if not curves:
        return None
    least = 0.5 / max(data["false"]["pictures"], 1)
    most = max(1.0, *(points[-1][0] for points in curves.values()))
    series = [
        Series(group_name(group, lang), points, colour=i, stepped=True)
        for i, (group, points) in enumerate(curves.items())
    ]
    axes = (words.noun("score_axis_false", lang), words.noun("score_axis_recall", lang))
    key = [(one.name, COLOURS[one.colour % len(COLOURS)]) for one in series]
    return {"svg": plot(series, least, most, *axes), "key": key}


def _crop(crop: Crop, unit: str, lang: Language) -> dict[str, Any]:
    height, width = crop.pixels.shape[:2]
    notes = []
    if crop.strength is not None:
        notes.append(words.say("score_strength", {"strength": fixed(crop.strength, 1)}, lang))
    if crop.covered:
        notes.append(words.say("score_covered", {"percent": round(100 * crop.covered)}, lang))
    if crop.scale < 1:
        notes.append(words.say("score_reduced", {"percent": round(100 * crop.scale)}, lang))
    lossless = width * height <= LOSSLESS_PX
    kind, data = ("png", encode_png(crop.pixels)) if lossless else ("jpeg", encode_jpeg(crop.pixels, QUALITY))
    return {
        "src": Markup(f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"),
        "width": width,
        "height": height,
        "kind": ", ".join(group_name(group, lang) for group in crop.groups),
        "size": f"{plain(crop.size)} {unit}" if crop.size else words.noun("score_whole_picture", lang),
        "notes": notes,
        "picture": Path(crop.picture).name,
        "path": crop.picture,
    }
