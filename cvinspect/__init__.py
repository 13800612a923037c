"""Cosmetic surface inspection, judged under each customer's own limit table.

The public names are loaded when they are first used, so that judging alone loads no picture library.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_WHERE = {
    "Frame": "model",
    "Inspection": "model",
    "Outcome": "model",
    "Policy": "judge",
    "Verdict": "model",
    "detect": "detect",
    "inspect": "pipeline",
    "judge": "judge",
    "load_calibration": "calibration",
    "load_job": "config",
    "load_limits": "config",
    "locate": "locate",
    "measure": "measure",
    "read_picture": "pictures",
    "run": "pipeline",
}
__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    """The public name, from the room where it lives."""
    if name not in _WHERE:
        raise AttributeError(f"module 'cvinspect' has no attribute {name!r}")
    return getattr(import_module(f"cvinspect.{_WHERE[name]}"), name)
