"""Why a verdict is another one than before: which rule, in whose words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cvinspect.model import Finding, Outcome, Reason, Verdict

Cause = Literal["limits", "entries", "software", "inspection"]
_ORDER = list(Outcome)


@dataclass(frozen=True, slots=True)
class Change:
    """cause: another table or policy, what was entered by hand since, another version of the program, or the picture
    inspected again. rule, was, now: what decided before and what decides now; the rule of a remark is empty."""

    cause: str
    was_rule: str
    was: Reason
    now_rule: str
    now: Reason


def change(old: Verdict, new: Verdict, cause: Cause) -> Change:
    """What decided before and what decides now, about the same blobs where both speak of them."""
    worse = _ORDER.index(new.outcome) > _ORDER.index(old.outcome)
    deciding = _deciding(new if worse else old)
    other = _about(old if worse else new, deciding)
    was, now = (other, deciding) if worse else (deciding, other)
    return Change(cause, _rule(was), _reason(was, old), _rule(now), _reason(now, new))


def _deciding(verdict: Verdict) -> Finding | None:
    """The finding that the outcome stands on; None where a remark decides."""
    return next((one for one in verdict.findings if one.outcome is verdict.outcome), None)


def _about(verdict: Verdict, finding: Finding | None) -> Finding | None:
    """The worst that the verdict says of the finding's blobs, else what it stands on."""
    if finding is None:
        return _deciding(verdict)
    blobs = set(finding.blobs)
    return _worst([one for one in verdict.findings if blobs.intersection(one.blobs)]) or _deciding(verdict)


def _worst(findings: Sequence[Finding]) -> Finding | None:
    return max(findings, key=lambda one: _ORDER.index(one.outcome), default=None)


def _rule(finding: Finding | None) -> str:
    return finding.rule if finding else ""


def _reason(finding: Finding | None, verdict: Verdict) -> Reason:
    if finding is not None:
        return finding.reason
    return verdict.reasons[0] if verdict.reasons else Reason.of("no_reason_kept")
