"""The report's file: pages as they come, in the end put together below their list, and moved into place whole."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from cvinspect import words
from cvinspect.errors import ConfigurationError
from cvinspect.model import Outcome
from cvinspect.report import illustrate, rows
from cvinspect.report.pages import TEMPLATES
from cvinspect.report.values import Heading, Page
from cvinspect.words import Language

MOST_SHOWN_IN_FULL = 300  # beyond so many pictures only those that do not pass are shown in full
MOST_PICTURE_BYTES = 400_000_000  # beyond so many bytes of pictures none is added at 1:1
TOP_REASONS = 3


class ReportWriter:
    """Writes one report: `with ReportWriter(path, heading, "zh") as report: report.add(page)`.

    The file stands at `path` only when it is whole. Where the block ends by an exception (Ctrl-C too), the pages so far
    become a whole report that says at its top that it was stopped; without any page nothing is written. planned: how
    many pages are to come, if that is known. Raises ConfigurationError where the file cannot be written.
    """

    def __init__(self, path: Path, heading: Heading, lang: Language, planned: int | None = None) -> None:
        self._path, self._heading, self._lang, self._planned = path, heading, lang, planned
        self._counts: Counter[Outcome] = Counter()
        self._picture_bytes = 0
        self._open = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._pages = self._open.enter_context(self._spool())
            self._lines = {outcome: self._open.enter_context(self._spool()) for outcome in Outcome}
        except OSError as fault:
            self._open.close()
            raise self._unwritable(fault) from fault
        return self

    def add(self, page: Page) -> None:
        """The next picture. It is written away at once; nothing of it stays in memory."""
        number = sum(self._counts.values()) + 1
        findings = rows.own_findings(page)
        thumbnail = illustrate.thumbnail(page)
        body = self._rendered(
            "page.html",
            page=page,
            number=number,
            findings=findings,
            finding_rows=rows.finding_rows(page, findings, self._lang),
            blob_table=rows.blob_table(page, [blob for blob, _ in illustrate.worst_blobs(page)], self._lang),
            remarks=rows.remarks(page, self._lang),
            inspected=rows.inspected_table(page, self._lang),
            other_views=len([f for f in page.verdict.findings if f.blobs]) - len([f for f in findings if f.blobs]),
            **self._pictures(page, number),
        )
        line = self._rendered("line.html", page=page, number=number, thumbnail=thumbnail)
        self._pages.write(body)
        self._lines[page.verdict.outcome].write(line)
        self._counts[page.verdict.outcome] += 1
        self._picture_bytes += len(body) + len(line)

    def _pictures(self, page: Page, number: int) -> dict[str, Any]:
        many = max(number, self._planned or 0) > MOST_SHOWN_IN_FULL
        if many and page.verdict.outcome is Outcome.PASS:
            return {"main": None, "full": None, "closeups": [], "full_left_out": False, "left_out": True}
        heavy = self._picture_bytes > MOST_PICTURE_BYTES
        return {
            "main": illustrate.fitting(page),
            "full": None if heavy else illustrate.one_to_one(page),
            "closeups": illustrate.closeups(page, self._lang),
            "full_left_out": heavy,
            "left_out": False,
        }

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._open:
            if fault is None or self._counts:
                self._put_in_place(stopped=fault is not None)

    def _put_in_place(self, stopped: bool) -> None:
        unfinished = self._path.with_name(f".cvinspect-{os.getpid()}-{id(self)}.part")
        try:
            with unfinished.open("w", encoding="utf-8", newline="\n") as file:
                for part in self._parts(stopped):
                    shutil.copyfileobj(io.StringIO(part) if isinstance(part, str) else part, file)
            unfinished.replace(self._path)
        except OSError as fault:
            raise self._unwritable(fault) from fault
        finally:
            unfinished.unlink(missing_ok=True)

    def _parts(self, stopped: bool) -> Iterator[str | IO[str]]:
        yield self._rendered("head.html", stopped=stopped, counts=self._counts, planned=self._planned)
        for outcome in sorted(self._counts, key=rows.severity):
            yield self._rendered("group.html", outcome=outcome, count=self._counts[outcome])
            self._lines[outcome].seek(0)
            yield self._lines[outcome]
        yield self._rendered("between.html")
        self._pages.seek(0)
        yield self._pages
        yield self._rendered("foot.html")

    def _rendered(self, template: str, **values: Any) -> str:
        lang = self._lang
        return TEMPLATES.get_template(template).render(
            **values,
            heading=self._heading,
            lang=lang,
            colon="：" if lang == "zh" else ": ",
            made_at=self._heading.made_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            label=lambda code, **more: rows.label(code, lang, **more),
            noun=lambda code: words.noun(code, lang),
            chinese=lambda code: words.noun(code, "zh"),
            listed=lambda codes: rows.listed(codes, lang),
            sentence=lambda reason: rows.sentence(reason, lang),
            most_rows=rows.MOST_ROWS,
            most_shown=MOST_SHOWN_IN_FULL,
            top_reasons=TOP_REASONS,
            megabytes=MOST_PICTURE_BYTES // 1_000_000,
        )

    def _spool(self) -> IO[str]:
        """An unnamed file beside the report, so that a full disk is noticed where the report will stand."""
        return tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n", dir=self._path.parent)

    def _unwritable(self, fault: OSError) -> ConfigurationError:
        return ConfigurationError(
            f"{self._path}: the report cannot be written ({fault.strerror}); give a file in an existing folder that may"
            " be written to"
        )
