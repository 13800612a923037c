"""One verdict a part over its pictures, for `real_data.py`: a part seen at several exposures is one part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from cvinspect.report.score_rows import area, group_name, share
from cvinspect.score import PictureScore
from cvinspect.score.intervals import auroc, rate

LEAST_TOGETHER, LEAST_PARTS = 3, 2  # pictures of a part with the same object, and such parts, for a spread


def part_rows(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """A verdict a part, where parts have several pictures."""
    for group, own in told["rejected"].items():
        if own["of"]:
            named = group if group in ("good", "bad") else group_name(group, "en")
            yield f"one verdict a part: {named}, rejected", f"{share(own)} of {own['of']}"
    for group, own in told["auroc"].items():
        if own:
            yield f"one verdict a part: AUROC{', ' + group_name(group, 'en') if group != 'bad' else ''}", area(own)
    for group, own in told["area_spread"].items():
        found, drawn = own["found_drawn"]
        said = f"{found:.3f} found, {drawn:.3f} drawn, {own['parts']} parts"
        yield f"{group_name(group, 'en')}: area's spread over a part's pictures", said


def by_part(scores: Sequence[PictureScore]) -> dict[str, Any]:
    """One verdict a part over its pictures: what half of those that could be inspected show.

    auroc: by the median of their strengths. rejected: parts that findings reject. area_spread: of a group's labels with
    one finding on each picture of a part, how far its area and the drawn one scatter over them (median over parts of
    standard deviation / mean).
    """
    parts: dict[str, list[PictureScore]] = {}
    for one in scores:
        parts.setdefault(one.part, []).append(one)
    strength = {part: _median([one.strongest or 0.0 for one in own if one.inspected]) for part, own in parts.items()}
    good = [part for part, own in parts.items() if not any(one.bad for one in own)]
    groups = {part: {group for one in own for group in one.groups} for part, own in parts.items()}
    told: dict[str, Any] = {"rejected": {"good": _rejected(good, strength)}, "auroc": {}, "area_spread": {}}
    for group in ("", *sorted(set().union(*groups.values()))):
        bad = [part for part in parts if part not in good and (not group or group in groups[part])]
        told["rejected"][group or "bad"] = _rejected(bad, strength)
        area_of = auroc([strength[part] for part in bad], [strength[part] for part in good], bad, good)
        told["auroc"][group or "bad"] = None if area_of is None else asdict(area_of)
        spread = [_area_spread(parts[part], group) for part in bad] if group else []
        known = np.array([one for one in spread if one is not None])
        if len(known) >= LEAST_PARTS:
            told["area_spread"][group] = {"parts": len(known), "found_drawn": np.median(known, axis=0).tolist()}
    return told


def _median(strengths: Sequence[float]) -> float:
    """What half of the pictures reach; of a part that could not be inspected 0."""
    return sorted(strengths)[len(strengths) // 2] if strengths else 0.0


def _rejected(parts: Sequence[str], strength: dict[str, float]) -> dict[str, Any]:
    return asdict(rate(sum(strength[part] > 0 for part in parts), len(parts)))


def _area_spread(pictures: Sequence[PictureScore], group: str) -> tuple[float, float] | None:
    pairs = [
        (one.labels[0].found_area, one.labels[0].area)
        for one in pictures
        if len(one.labels) == 1 and one.labels[0].group == group and one.labels[0].found_area and one.labels[0].area
    ]
    if len(pairs) < LEAST_TOGETHER:
        return None
    found, drawn = (np.std(values, ddof=1) / np.mean(values) for values in zip(*pairs, strict=True))
    return float(found), float(drawn)
