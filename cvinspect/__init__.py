"""Cosmetic surface inspection, judged under each customer's own limit table.

The public names are loaded when they are first used, so that judging alone loads no picture library. Each stage of the
road lives in the room of its name: `from cvinspect.judge import judge`.
"""

from __future__ import annotations

import typing as _typing

if _typing.TYPE_CHECKING:
    from cvinspect.calibration import load_calibration
    from cvinspect.config import load_job, load_limits
    from cvinspect.judge import Policy
    from cvinspect.model import Frame, Inspection, Outcome, Verdict
    from cvinspect.pictures import read_picture
    from cvinspect.pipeline import inspect, run

__all__ = [
    "Frame",
    "Inspection",
    "Outcome",
    "Policy",
    "Verdict",
    "inspect",
    "load_calibration",
    "load_job",
    "load_limits",
    "read_picture",
    "run",
]

_ROOMS = ("model", "judge", "pictures", "calibration", "config", "pipeline")


def __getattr__(name: str) -> object:
    """The public name, from the first room that has it."""
    from importlib import import_module

    if name in __all__:
        for room in _ROOMS:
            found = getattr(import_module(f"cvinspect.{room}"), name, None)
            if callable(found):
                return found
    raise AttributeError(f"module 'cvinspect' has no attribute {name!r}")
