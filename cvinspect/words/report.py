"""Headings and labels of reports: (English, Chinese)."""

REPORT: dict[str, tuple[str, str]] = {}
