"""Nouns: (English, Chinese)."""

NOUNS: dict[str, tuple[str, str]] = {
    "scratch": ("scratch", "划伤"),
}
