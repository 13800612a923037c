"""What a truth file states of one picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cvinspect.score.classes import Meaning
from cvinspect.score.label import Label

Size = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Stated:
    """One picture's truth.

    source: the file. labels: from the picture's size (w, h) to its labels. size: the picture's, where the truth knows
    it. whole: what the picture as a whole is, where that is said. placed: False where only the whole is known.
    mm_per_px: where the truth states sizes in mm. crumbs: pieces of a mask too small to be meant.
    """

    source: str
    labels: Callable[[Size], tuple[Label, ...]]
    size: Size | None = None
    whole: Meaning | None = None
    placed: bool = True
    mm_per_px: float | None = None
    crumbs: int = 0


def no_labels(size: Size) -> tuple[Label, ...]:
    """Of a picture without any."""
    return ()
