"""All pictures' scores together, as plain data: what `cvinspect score --json` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from cvinspect.score.curves import froc, pod_of, recall_at, size_errors
from cvinspect.score.masks import CRUMB_PX
from cvinspect.score.matching import COVERED, GROWN_PX, LARGER, LEAST_SIDE_PX, SHARED
from cvinspect.score.pictures import picture_level
from cvinspect.score.road import ASSUMED_MM_PER_PX, Road
from cvinspect.score.scoring import PictureScore
from cvinspect.score.tables import confusion, false_row, group_row, groups_of
from cvinspect.score.truth import Truth

SCHEMA = "cvinspect-score/1"
RULE = {
    "grown_px": GROWN_PX,
    "shared": SHARED,
    "larger": LARGER,
    "least_side_px": LEAST_SIDE_PX,
    "covered": COVERED,
}

Data = dict[str, Any]


def summary(pictures: Sequence[PictureScore], truth: Truth, road: Road) -> Data:
    """The figures over `pictures`; sizes in mm, or px where nobody stated a scale."""
    labels = [label for picture in pictures for label in picture.labels]
    told = [picture for picture in pictures if picture.inspected and (picture.placed or picture.bad is False)]
    false = [finding for picture in told for finding in picture.false]
    groups = groups_of(labels, false)
    by_group = {group: [label for label in labels if label.group == group] for group in groups_of(labels, ())}
    return {
        "schema": SCHEMA,
        "truth": _truth(truth),
        **_road(road, truth),
        "rule": RULE,
        "pictures": _pictures(pictures),
        "groups": [group_row(group, labels, false, told) for group in groups],
        "false": false_row(false, told),
        "recall_at": recall_at(labels, told),
        "froc": {group: froc(own, false, len(told)) for group, own in by_group.items()},
        "pod": {group: pod_of(own) for group, own in by_group.items()},
        "sizes": size_errors(labels),
        "confusion": confusion(labels),
        **picture_level(pictures),
    }


def _truth(truth: Truth) -> Data:
    crumbs = sum({id(stated): stated.crumbs for stated in truth.of.values()}.values())
    return {
        "path": truth.path,
        "form": truth.form,
        "files": truth.files,
        "assumed_good": truth.assumed_good,
        "crumbs": crumbs,
        "crumbs_under_px": CRUMB_PX,
    }


def _road(road: Road, truth: Truth) -> Data:
    """unit px: nobody stated a scale."""
    stated = any(one.mm_per_px is not None for one in truth.of.values())
    assumed = not road.calibrated and (road.scale_given is not None or not stated)
    unit = "px" if assumed and road.scale_given is None else "mm"
    scale = (road.scale_given or ASSUMED_MM_PER_PX) if assumed else None
    return {
        "recipe": road.recipe_name,
        "calibrations": list(road.calibration_names),
        "scale": {"unit": unit, "assumed": assumed, "mm_per_px": scale},
    }


def _pictures(pictures: Sequence[PictureScore]) -> Data:
    bad = Counter(picture.bad for picture in pictures)
    return {
        "total": len(pictures),
        "good": bad[False],
        "bad": bad[True],
        "ignored": bad[None],
        "parts": len({picture.part for picture in pictures}),
        "megapixels": round(sum(picture.megapixels for picture in pictures), 3),
        "not_inspected": [{"picture": one.picture, "why": one.why} for one in pictures if one.why],
    }
