"""Reports that a customer can read: one self-contained HTML file, in Chinese or English."""

from __future__ import annotations

from cvinspect.report.values import Heading, Page
from cvinspect.report.writer import ReportWriter

__all__ = ["Heading", "Page", "ReportWriter"]
