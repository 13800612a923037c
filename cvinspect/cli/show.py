"""What the terminal shows of a verdict, and how far the work is."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from cvinspect.model import Finding, Outcome
from cvinspect.pipeline import Judged
from cvinspect.pipeline.line import sentence
from cvinspect.words import Language, noun, say

MOST_FINDINGS = 12
OFTEN_S = 0.05


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

    def __init__(self, total: int, of: str = "") -> None:
        self._total, self._done, self._of = total, 0, f"{of} " if of else ""
        self._began = self._last = time.monotonic()
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
        now = time.monotonic()
        if self._shown and (now - self._last > OFTEN_S or self._done in (1, self._total)):
            left, self._last = (now - self._began) / self._done * (self._total - self._done), now
            told = f"\r{self._of}{self._done}/{self._total}  {left:.0f} s left "
            print(told, end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Make room for a row."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


class Stages:
    """The progress of work that comes in stages; called after each step with the stage's code and its steps."""

    def __init__(self, lang: Language) -> None:
        self._lang, self._code = lang, ""
        self._progress = Progress(0)

    def __enter__(self) -> Stages:
        return self

    def __exit__(self, kind: type[BaseException] | None, bad: BaseException | None, at: TracebackType | None) -> None:
        self._clear()

    def __call__(self, code: str, total: int) -> None:
        """One more step of a stage is done; total 0: a stage begins whose steps cannot be counted."""
        if code != self._code:
            self._clear()
            self._code, self._progress = code, Progress(total, say(code, {}, self._lang))
        if total:
            self._progress.step()
        elif sys.stderr.isatty():
            print(f"\r{say(code, {}, self._lang)} ... ", end="", file=sys.stderr, flush=True)

    def _clear(self) -> None:
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
