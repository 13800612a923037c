"""What a report is made of: one heading, and one page per picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cvinspect.model import Blob, Face, Inspected, Kind, Pixels, Placement, Reason, Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One picture and what is said of it.

    verdict is that of the part, over all its views; blobs are this picture's own. pixels is None where the picture
    could not be read, placement None where the part was not inspected in it.
    """

    picture: str
    sha256: str
    part: str
    view: str
    verdict: Verdict
    faces: tuple[Face, ...]
    blobs: tuple[Blob, ...]
    inspected: tuple[Inspected, ...]
    mm_per_px: float | None
    timing_ms: Mapping[str, float]
    pixels: Pixels | None
    placement: Placement | None


@dataclass(frozen=True, slots=True)
class Heading:
    """What all pages share. limits and its fellows are empty where no table was given.

    overridden: what the command line changed against table and recipe. not_looked_for: kinds that no camera here
    finds. elsewhere: (kind, by what it is checked instead). open_questions: (English, Chinese) of those that were used.
    """

    recipe: str
    recipe_sha256: str
    limits: str
    limits_revision: str
    limits_sha256: str
    limits_status: str
    product_grade: str
    decision_rule: str
    overridden: tuple[str, ...]
    ambiguity: str
    calibration: str
    calibration_valid_until: str
    not_looked_for: tuple[Kind, ...]
    elsewhere: tuple[tuple[str, str], ...]
    open_questions: tuple[tuple[str, str], ...]
    notes: tuple[Reason, ...]
    made_at: datetime
    version: str
