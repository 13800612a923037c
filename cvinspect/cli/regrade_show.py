"""What the terminal shows of judging again: progress on stderr, the matrix and the changes on stdout."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from itertools import islice
from types import TracebackType
from typing import Any

from cvinspect.pictures import clean_text
from cvinspect.report.regrade import in_out, is_lost, is_shown, label, told_row
from cvinspect.report.regrade_values import OUTCOMES, Answer, Told
from cvinspect.words import Language, say

MOST_SHOWN = 20
_EVERY_S, _EVERY_LINE_S = 0.5, 60.0


def duration(seconds: float, lang: Language) -> str:
    """Roughly, in words."""
    for code, size in (("seconds", 1.0), ("minutes", 60.0), ("hours", 3600.0)):
        if seconds < 90 * size or code == "hours":
            count = seconds / size
            return label(code, lang, count=f"{count:.0f}" if count >= 10 else f"{count:.1f}")
    raise AssertionError


class Progress:
    """How many of how many, how fast, how long still: in place on a terminal, else a line a minute."""

    def __init__(self, lang: Language) -> None:
        self._lang, self._tty = lang, sys.stderr.isatty()
        self._total = self._done = self._listed = 0
        self._began = self._shown = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, bad: BaseException | None, at: TracebackType | None) -> None:
        self._clear()
        if isinstance(bad, KeyboardInterrupt):
            print(say("regrade_stopped", {}, self._lang), file=sys.stderr)

    def _clear(self) -> None:
        if self._tty:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def line(self, text: str) -> None:
        """Says something that stays."""
        self._clear()
        print(clean_text(text), file=sys.stderr, flush=True)

    def listed(self) -> None:
        """One more picture is listed."""
        self._listed += 1
        self._say("regrade_listing", {"count": self._listed})

    def begin(self, total: int) -> None:
        """So many parts are to be done."""
        self._total, self._began = total, time.monotonic()
        self.line(say("regrade_begun", {"count": total}, self._lang))

    def step(self, parts: int) -> None:
        """So many more are done."""
        self._done += parts
        rate = self._done / max(time.monotonic() - self._began, 1e-6)
        left = duration((self._total - self._done) / rate, self._lang)
        told = {"done": self._done, "count": self._total, "rate": f"{rate:.3g}", "message": left}
        self._say("regrade_progress", told)

    def _say(self, code: str, told: dict[str, Any]) -> None:
        now = time.monotonic()
        if now - self._shown < (_EVERY_S if self._tty else _EVERY_LINE_S):
            return
        self._shown = now
        text = say(code, told, self._lang)
        print(f"\r\033[K{text}" if self._tty else text, end="" if self._tty else "\n", file=sys.stderr, flush=True)


def show(answer: Answer, rows: Iterable[Told], out: Any, quiet: bool = False) -> None:
    """The counts, the matrix, the first changes, where the rest is."""
    lang = out.lang.value
    stream = sys.stderr if quiet else sys.stdout
    for line in _lines(answer, rows, lang):
        print(clean_text(line), file=stream)
    for name in ("regrade.html", "regrade.xlsx", "results.jsonl"):
        print(clean_text(str(out.out / name)), file=stream)


def _lines(answer: Answer, rows: Iterable[Told], lang: Language) -> Iterable[str]:
    names = [str(outcome) for outcome in OUTCOMES]
    yield in_out(answer, lang)
    yield f"{label('then', lang):>10} \\ {label('now', lang)}  " + "".join(f"{name:>10}" for name in names)
    for old in answer.olds:
        counts = "".join(f"{answer.of(old, new) or '-':>10}" for new in names)
        yield f"{old or label('no_old', lang):>18}  {counts}"
    yield label("changed_count", lang, count=answer.changed, parts=answer.asked)
    told = (row for row in rows if is_shown(row) or is_lost(row))
    for row in islice(told, MOST_SHOWN):
        yield _row_line(row, lang)
    rest = sum(1 for _ in told)
    if rest:
        yield f"  {label('more', lang, count=rest)}"
    yield say("regrade_row", {"row": answer.row}, lang) if answer.row else say("regrade_no_row", {}, lang)


def _row_line(row: Told, lang: Language) -> str:
    told = told_row(row, lang)
    what = told["state"] or (f"{row.old} -> {row.new}" if row.old else row.new)
    rule = f"{row.now_rule or row.was_rule}: " if row.now_rule or row.was_rule else ""
    return f"  {row.part}  {what}  {rule}{told['now']}"


def summary(answer: Answer) -> dict[str, Any]:
    """For programs."""
    return {
        "mode": answer.mode,
        "asked": answer.asked,
        **{name: answer.counts[name] for name in ("done", "failed", "quarantined")},
        "changed": answer.changed,
        "matrix": {f"{old or '-'}>{new}": count for (old, new), count in sorted(answer.matrix.items())},
        "results_sha256": answer.results_sha256,
        "row": answer.row or None,
    }
