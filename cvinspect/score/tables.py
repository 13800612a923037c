"""Counts by kind and size: found, missed, false, called by which kind."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from cvinspect.model import Kind
from cvinspect.score.intervals import rate
from cvinspect.score.scoring import FalseFinding, LabelScore, PictureScore

Data = dict[str, Any]


def size_class(size: float) -> tuple[float, float]:
    """The class of a size in the series 1, 2, 5: from (included) .. to."""
    if not size > 0:
        return 0.0, 0.0
    decade = 10.0 ** math.floor(math.log10(size) + 1e-9)
    step = next(one for one in (5, 2, 1) if size >= one * decade * (1 - 1e-9))
    return _plain(step * decade), _plain({1: 2, 2: 5, 5: 10}[step] * decade)


def _plain(value: float) -> float:
    return float(f"{value:.6g}")


def groups_of(labels: Iterable[LabelScore], false: Iterable[FalseFinding]) -> list[str]:
    """Kinds in their own order, then the classes of the truth's own words."""
    seen = {label.group for label in labels} | {str(finding.kind) for finding in false}
    kinds = [str(kind) for kind in Kind if str(kind) in seen]
    return kinds + sorted(seen - set(kinds))


def group_row(
    group: str, labels: Sequence[LabelScore], false: Sequence[FalseFinding], told: Sequence[PictureScore]
) -> Data:
    """One kind, whole and by size class; false findings stand with the kind that they were called."""
    own = [label for label in labels if label.group == group]
    wrong = [finding for finding in false if finding.kind == group]
    classes = sorted({*(size_class(one.size) for one in own), *(size_class(one.size) for one in wrong)})
    return {
        "group": group,
        **_row(own, wrong, told),
        "classes": [
            {
                "from": start,
                "to": stop,
                **_row(
                    [one for one in own if size_class(one.size) == (start, stop)],
                    [one for one in wrong if size_class(one.size) == (start, stop)],
                    told,
                ),
            }
            for start, stop in classes
        ],
    }


def _row(labels: Sequence[LabelScore], false: Sequence[FalseFinding], told: Sequence[PictureScore]) -> Data:
    found = sum(label.strength is not None for label in labels)
    partly = sum(label.strength is None and bool(label.covered) for label in labels)
    return {
        "labels": len(labels),
        "found": found,
        "missed": len(labels) - found,
        "missed_partly_covered": partly,
        "detected": asdict(rate(found, len(labels))),
        "false": len(false),
        "false_per_picture": _per(len(false), len(told)),
        "false_per_mp": _per(len(false), sum(picture.megapixels for picture in told)),
    }


def _per(count: int, of: float) -> float | None:
    return count / of if of else None


def false_row(false: Sequence[FalseFinding], told: Sequence[PictureScore]) -> Data:
    """False findings over all pictures whose defects are placed, and over the good ones alone."""
    good = [picture for picture in told if picture.bad is False]
    on_good = sum(len(picture.false) for picture in good)
    return {
        "total": len(false),
        "pictures": len(told),
        "per_picture": _per(len(false), len(told)),
        "per_mp": _per(len(false), sum(picture.megapixels for picture in told)),
        "on_good": {"total": on_good, "pictures": len(good), "per_picture": _per(on_good, len(good))},
        "good_without": asdict(rate(sum(not picture.false for picture in good), len(good))),
    }


def confusion(labels: Sequence[LabelScore]) -> Data:
    """Rows: what the labels are; columns: what the strongest finding on them is called, and missed.

    judged: of the found ones of a row, how many are judged as what they are, as the finding is called so or may be so;
    None for a row that is no kind.
    """
    rows = groups_of(labels, ())
    columns = [str(kind) for kind in Kind if any(label.found_as is kind for label in labels)]
    counts = Counter((label.group, None if label.found_as is None else str(label.found_as)) for label in labels)
    return {
        "rows": rows,
        "columns": columns,
        "counts": [[counts[row, column] for column in columns] for row in rows],
        "missed": [counts[row, None] for row in rows],
        "judged": [_judged_right(row, labels) for row in rows],
    }


def _judged_right(row: str, labels: Sequence[LabelScore]) -> int | None:
    if row not in set(Kind):
        return None
    return sum(label.group == row and Kind(row) in (label.found_as, *label.may_be) for label in labels)
