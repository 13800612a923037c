"""Limit tables and the judge: numbers in, a verdict with its reasons out. Knows no pixels."""

from cvinspect.judge.agreements import Agreement, Agreements, in_force
from cvinspect.judge.judge import Policy, judge
from cvinspect.judge.table import LimitTable

__all__ = ["Agreement", "Agreements", "LimitTable", "Policy", "in_force", "judge"]
