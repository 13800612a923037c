"""What the terminal shows of a verdict, and how far the work is."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from cvinspect.model import Finding, Outcome
from cvinspect.pipeline import Judged
from cvinspect.pipeline.line import sentence
from cvinspect.words import Language, noun

MOST_FINDINGS = 12


def show(judged: Judged, lang: Language) -> None:
    """One picture: the verdict, then a row per finding that does not pass, then why."""
    verdict = judged.verdict
    count = len(judged.seen.blobs) if judged.seen else 0
    print(f"{verdict.outcome:7} {noun(verdict.outcome.value, 'zh')}  {judged.shot.picture}  ({count})")
    told = [finding for finding in verdict.findings if finding.outcome is not Outcome.PASS]
    for finding in told[:MOST_FINDINGS]:
        print(f"    {_numbers(finding):10} {finding.outcome:7} {sentence(finding.reason, lang)}")
    if len(told) > MOST_FINDINGS:
        print(f"    ... {len(told) - MOST_FINDINGS} more in the report")
    said = {id(finding.reason) for finding in told}
    for reason in verdict.reasons:
        if id(reason) not in said:
            print(f"    - {sentence(reason, lang)}")


def _numbers(finding: Finding) -> str:
    numbers = [f"#{number}" for number in finding.blobs[:3]]
    return ",".join(numbers) + (".." if len(finding.blobs) > 3 else "")


class Progress:
    """How many of how many, and how long still; on a terminal only, and only where there is more than one."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._began = time.monotonic()
        self._shown = total > 1 and sys.stderr.isatty()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, bad: BaseException | None, at: TracebackType | None) -> None:
        self.clear()
        if isinstance(bad, KeyboardInterrupt):
            print(f"cvinspect: stopped after {self._done} of {self._total} pictures", file=sys.stderr)

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        if self._shown:
            left = (time.monotonic() - self._began) / self._done * (self._total - self._done)
            print(f"\r{self._done}/{self._total}  {left:.0f} s left ", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Make room for a row."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
