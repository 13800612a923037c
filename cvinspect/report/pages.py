"""The pages' templates: what every page of every report is rendered by."""

from __future__ import annotations

from typing import Any

import jinja2
from markupsafe import Markup

from cvinspect.pictures import clean_text


def _finalized(value: Any) -> Any:
    """Names come from files: what could not be encoded, or would turn or break a line, is made visible."""
    return clean_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value


TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("cvinspect", "report"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=_finalized,
)
