"""What a threshold on strength, and what size, does: recall against false findings, POD, size errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from cvinspect.score.intervals import Rate, rate
from cvinspect.score.pod import pod
from cvinspect.score.scoring import FalseFinding, LabelScore, PictureScore
from cvinspect.score.tables import groups_of

FALSE_PER_PICTURE = (0.1, 0.5, 1.0, 5.0)
WITHIN = (0.10, 0.25)
MOST_POINTS = 120

Data = dict[str, Any]


def recall_at(labels: Sequence[LabelScore], told: Sequence[PictureScore]) -> list[Data]:
    """Recall where the threshold on strength lets through at most so many false findings a picture, or a good picture.

    threshold: findings at or below it are left out; None = none are left out.
    """
    good = [picture for picture in told if picture.bad is False]
    groups = groups_of(labels, ())
    rows: list[Data] = []
    for per, pictures in (("picture", told), ("good_picture", good)):
        strengths = sorted((one.strength for picture in pictures for one in picture.false), reverse=True)
        for most in FALSE_PER_PICTURE if pictures and labels else ():
            allowed = math.floor(most * len(pictures) + 1e-9)
            threshold = strengths[allowed] if allowed < len(strengths) else None
            recall = {group: asdict(_above(_of(group, labels), threshold)) for group in groups}
            rows.append({"per": per, "false_per_picture": most, "threshold": threshold, "recall": recall})
    return rows


def _of(group: str, labels: Sequence[LabelScore]) -> list[LabelScore]:
    return [label for label in labels if label.group == group]


def _above(labels: Sequence[LabelScore], threshold: float | None) -> Rate:
    limit = -math.inf if threshold is None else threshold
    return rate(sum(one.strength is not None and one.strength > limit for one in labels), len(labels))


def froc(labels: Sequence[LabelScore], false: Sequence[FalseFinding], pictures: int) -> list[tuple[float, float]]:
    """(false findings a picture, recall) as the threshold falls; at most MOST_POINTS, dense where few are false."""
    if not labels or not pictures:
        return []
    strengths = np.sort([finding.strength for finding in false])[::-1]
    found = np.sort([label.strength for label in labels if label.strength is not None])
    counts = np.unique(np.rint(np.geomspace(1, len(strengths) + 1, MOST_POINTS)).astype(int) - 1)
    points = []
    for count in counts.tolist():
        below = np.searchsorted(found, strengths[count], "right") if count < len(strengths) else 0
        points.append((count / pictures, float((len(found) - below) / len(labels))))
    return points


def pod_of(labels: Sequence[LabelScore]) -> Data:
    """The curve of these labels, or why there is none."""
    sized = [label for label in labels if label.size > 0]
    return asdict(pod([label.size for label in sized], [label.strength is not None for label in sized]))


def size_errors(labels: Sequence[LabelScore]) -> list[Data]:
    """Per group and quantity (size, area): how far found sizes are from the labels', as shares of them."""
    rows = []
    for group in groups_of(labels, ()):
        own = [label for label in _of(group, labels) if label.strength is not None]
        sizes = [one.found_size / one.size - 1 for one in own if one.found_size is not None and one.size]
        areas = [one.found_area / one.area - 1 for one in own if one.found_area is not None and one.area]
        rows += [_errors(group, name, np.array(off)) for name, off in (("size", sizes), ("area", areas)) if off]
    return rows


def _errors(group: str, quantity: str, off: np.ndarray[Any, np.dtype[np.float64]]) -> Data:
    low, middle, high = (float(value) for value in np.quantile(off, [0.1, 0.5, 0.9]))
    near = {f"within_{share * 100:.0f}": int((np.abs(off) <= share).sum()) for share in WITHIN}
    return {
        "group": group,
        "quantity": quantity,
        "labels": len(off),
        "median": middle,
        "p10": low,
        "p90": high,
        **{name: asdict(rate(count, len(off))) for name, count in near.items()},
    }
