"""Agreements files: what customer and supplier signed beside the table."""

from __future__ import annotations

from pathlib import Path

from cvinspect.errors import AgreementsError
from cvinspect.forms import parse_toml
from cvinspect.judge import Agreement, Agreements


def load_agreements(path: Path) -> tuple[Agreement, ...]:
    """The agreements in `path`. Raises AgreementsError with the file, the key, what stood there and what is allowed."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as bad:
        raise AgreementsError(f"{path}: cannot be read: {bad.strerror}") from bad
    except UnicodeDecodeError as bad:
        raise AgreementsError(f"{path}: is not UTF-8 text; save it as UTF-8") from bad
    return parse_toml(text, Agreements, str(path), AgreementsError).agreement
