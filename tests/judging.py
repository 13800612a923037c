"""Short ways to write blobs, faces and verdicts in tests."""

from __future__ import annotations

import json
import math
from typing import Any

from cvinspect.config.limits import load_limits
from cvinspect.judge import Agreement, Policy, judge
from cvinspect.model import CAMERA_KINDS, Blob, Doubt, Face, Inspected, Kind, Measured, Verdict
from cvinspect.words import say

GUARDED = Policy(product_grade="oem")


def speck(number: int, x: float, y: float, size: float, **more: Any) -> Blob:
    """A round blob of diameter `size` mm, its u exactly known unless told."""
    kind, u, face = more.pop("kind", Kind.FOREIGN_MATTER), more.pop("u", 0.0), more.pop("face", "front")
    length = Measured(size, u)
    area = Measured(math.pi * size**2 / 4, None if u is None else math.pi * size * u / 2)
    sizes = {"diameter_mm": length, "length_mm": length, "width_mm": length, "max_dimension_mm": length}
    return Blob(number, kind, (face,), (x, y), **{"area_mm2": area, **sizes, **more})


def line(number: int, length: float, width: float, kind: Kind = Kind.SCRATCH, **more: Any) -> Blob:
    """A straight line blob."""
    u = more.pop("u", 0.0)
    return Blob(
        number,
        kind,
        ("front",),
        (0.0, 0.0),
        area_mm2=Measured(length * width, u),
        diameter_mm=Measured(2 * math.sqrt(length * width / math.pi), u),
        length_mm=Measured(length, u),
        width_mm=Measured(width, u),
        max_dimension_mm=Measured(length, u),
        **more,
    )


def flash(number: int, height: float | None, **more: Any) -> Blob:
    """A flash of that height."""
    measured = None if height is None else Measured(height, more.pop("u", 0.0))
    return speck(number, 0.0, 0.0, 1.0, kind=Kind.FLASH, height_mm=measured, **more)


def under(table: str, grade: str, *blobs: Blob, policy: Policy = GUARDED, traits: tuple[str, ...] = ()) -> Verdict:
    """The verdict on one face of that grade; every sentence of it can be said."""
    verdict = judge(blobs, None, [Face("front", grade, None, traits)], load_limits(table), policy)
    for reason in (*verdict.reasons, *(finding.reason for finding in verdict.findings)):
        for lang in ("en", "zh"):
            assert "{" not in say(reason.code, reason.values, lang)
    return verdict


def codes(verdict: Verdict) -> set[str]:
    """The codes of its reasons."""
    return {reason.code for reason in verdict.reasons}


def everything(from_mm: float = 0.01, coverage: float = 1.0, **more: Any) -> list[Inspected]:
    """All camera kinds looked for on the face "front"."""
    return [Inspected("front", kind, from_mm, coverage, **more) for kind in CAMERA_KINDS]


def agreement(**more: Any) -> Agreement:
    """An agreement for part P, signed and valid for long."""
    given = {"part": "P", "face": "front", "who": "QA of the customer", "reference": "A-1"}
    dates = {"signed": "2026-01-01", "expires": "2030-01-01"}
    return Agreement.model_validate_json(json.dumps({**given, **dates, **more}))


DOUBTS = (Doubt.TOUCHES_BORDER, Doubt.SATURATED, Doubt.MERGED, Doubt.UNKNOWN)
