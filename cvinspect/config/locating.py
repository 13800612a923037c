"""The recipe's [view.locate]: how the part is found in the frame."""

from __future__ import annotations

from typing import Literal

from cvinspect.forms import Form
from cvinspect.locate import FIXED, Locator


class FixedEntry(Form):
    """The part lies in a fixture, where the recipe draws it."""

    by: Literal["fixed"] = "fixed"

    def locator(self) -> Locator:
        """The locator that the entry describes."""
        return FIXED


LocateEntry = FixedEntry
