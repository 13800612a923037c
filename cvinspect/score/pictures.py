"""Pictures as good or bad: how well the strength of their findings tells them apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cvinspect.score.intervals import auroc, rate
from cvinspect.score.scoring import PictureScore

Data = dict[str, Any]


def picture_level(pictures: Sequence[PictureScore]) -> Data:
    """AUROC and the false rejects at zero escapes.

    A good picture's score is that of its strongest finding, 0 without any. A bad picture's is, **located**, that of its
    strongest finding that counts for a label: without one it ranks below every good picture; at **picture** level, that
    of its strongest finding wherever it lies. A picture that could not be inspected counts against the inspection: a
    good one as rejected by any threshold, a bad one as let through.
    """
    good = [picture for picture in pictures if picture.bad is False]
    bad = [picture for picture in pictures if picture.bad]
    placed = [picture for picture in bad if picture.placed]
    groups = list(dict.fromkeys(group for picture in bad for group in picture.groups))
    return {
        "auroc": {
            "located": _auroc(placed, good, located=True),
            "picture": _auroc(bad, good, located=False),
            "groups": {group: _of_group(group, bad, good) for group in sorted(groups)},
        },
        "false_rejects_at_zero_escapes": {
            "located": _false_rejects(placed, good, located=True),
            "picture": _false_rejects(bad, good, located=False),
        },
    }


def _of_group(group: str, bad: Sequence[PictureScore], good: Sequence[PictureScore]) -> Data:
    own = [picture for picture in bad if group in picture.groups]
    placed = [picture for picture in own if picture.placed]
    return {"located": _auroc(placed, good, True, group), "picture": _auroc(own, good, located=False)}


def _auroc(
    bad: Sequence[PictureScore], good: Sequence[PictureScore], located: bool, group: str | None = None
) -> Data | None:
    area = auroc(
        [_of_bad(picture, located, group) for picture in bad],
        [_of_good(picture) for picture in good],
        [picture.part for picture in bad],
        [picture.part for picture in good],
    )
    return None if area is None else asdict(area)


def _false_rejects(bad: Sequence[PictureScore], good: Sequence[PictureScore], located: bool) -> Data | None:
    """At the highest threshold that lets no bad picture through; silent: bad pictures that no threshold stops."""
    if not bad or not good:
        return None
    scores = [_of_bad(picture, located) for picture in bad]
    silent = sum(score <= 0 for score in scores)
    threshold = None if silent else min(scores)
    rejected = len(good) if threshold is None else sum(_of_good(picture) >= threshold for picture in good)
    return {
        "threshold": threshold,
        "silent": silent,
        "bad": len(bad),
        "rejected": asdict(rate(rejected, len(good))),
    }


def _of_bad(picture: PictureScore, located: bool, group: str | None = None) -> float:
    if not picture.inspected:
        return -math.inf
    if located:
        strength = picture.located(group)
        return -math.inf if strength is None else strength
    return picture.strongest or 0.0


def _of_good(picture: PictureScore) -> float:
    return (picture.strongest or 0.0) if picture.inspected else math.inf
