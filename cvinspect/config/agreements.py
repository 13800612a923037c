"""Agreements files: what customer and supplier signed beside the table."""

from __future__ import annotations

from pathlib import Path

from cvinspect.errors import AgreementsError
from cvinspect.forms import parse_toml, read_text
from cvinspect.judge import Agreement, Agreements


def load_agreements(path: Path) -> tuple[Agreement, ...]:
    """The agreements in `path`. Raises AgreementsError with the file, the key, what stood there and what is allowed."""
    text = read_text(path, AgreementsError)
    return parse_toml(text, Agreements, str(path), AgreementsError).agreement
