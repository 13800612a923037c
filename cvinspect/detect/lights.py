"""What several lights show of one part, as one region per object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cvinspect.detect.agree import agreed
from cvinspect.model import Region


def merged(found: Mapping[str, Sequence[Region]]) -> tuple[Region, ...]:
    """One region per object, from what each light shows; where they share pixels, by the rule of `agree.agreed`.

    An object's `light` is the one in which it stands out most. Dark in one light and bright in another, it has a
    relief: what was called foreign matter may then be a dent.
    """
    return agreed(replace(region, light=light) for light, regions in found.items() for region in regions)
