"""Why a verdict is what it is: sentences as (English, Chinese)."""

REASONS: dict[str, tuple[str, str]] = {}
