"""From a ledger to an answer: counts, the matrix of old and new, what changed by which rule, and the archive's row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cvinspect.archive import Archive
from cvinspect.archive.codec import value_of
from cvinspect.archive.ledger import Asked, Ended, Ledger, Run
from cvinspect.archive.schema import JOURNAL
from cvinspect.archive.values import Regrade
from cvinspect.errors import ArchiveError
from cvinspect.model import Reason, Verdict
from cvinspect.pictures import clean_text
from cvinspect.regrade.change import Change
from cvinspect.regrade.question import Question
from cvinspect.report.regrade_values import Answer, Told


def answer(question: Question, run: Run, ledger: Ledger, row: int) -> Answer:
    """The whole of it. row: the archive's row about it, 0 = none."""
    table, job, how = question.table, question.job, question.how
    wanted = question.wanted
    place = wanted.folder or (question.archive.folder if question.archive else Path())
    counts = ledger.counts(run)
    return Answer(
        mode=how.mode,
        source=clean_text(str(place)),
        scope=clean_text(wanted.where),
        limits=f"{table.name}@{table.revision}" if table else "",
        limits_sha256=table.sha256 if table else "",
        limits_status=table.status if table else "",
        recipe=job.recipe.name if job else "",
        recipe_sha256=job.recipe.sha256 if job else "",
        overridden=how.overridden,
        who=run.who,
        why=run.why,
        began=run.began,
        ended=run.ended or datetime.now(UTC),
        software=how.software,
        asked=run.asked,
        counts=counts,
        matrix=ledger.matrix(run),
        changed=ledger.changed(run),
        results_sha256=run.digest,
        row=row,
    )


def told_rows(ledger: Ledger, run: Run) -> Iterator[Told]:
    """The parts that changed, could not be judged again, or had no verdict before."""
    for asked, ended in ledger.results(run, only_told=True):
        yield _told(asked, ended)


def _told(asked: Asked, ended: Ended) -> Told:
    body = json.loads(ended.body)
    identity = {str(name): str(value) for name, value in body.get("identity", {}).items()}
    change: Change | None = value_of(body["change"], Change) if "change" in body else None
    verdict: Verdict = value_of(body["verdict"], Verdict)
    decided: tuple[str, str, Reason | None, str, Reason]
    if change is not None:
        decided = (change.cause, change.was_rule, change.was, change.now_rule, change.now)
    else:
        decided = ("", "", None, *_deciding(verdict))
    return Told(
        asked.number,
        _record(asked),
        asked.part or identity.get("part", ""),
        asked.lot,
        identity,
        asked.old,
        ended.outcome,
        ended.state,
        *decided,
    )


def _record(asked: Asked) -> int:
    return int(asked.subject) if asked.subject.isdigit() else 0


def _deciding(verdict: Verdict) -> tuple[str, Reason]:
    worst = next((one for one in verdict.findings if one.outcome is verdict.outcome), None)
    if worst is not None:
        return worst.rule, worst.reason
    return "", verdict.reasons[0] if verdict.reasons else Reason.of("no_reason_kept")


def write_results(path: Path, ledger: Ledger, run: Run) -> None:
    """Every part's result, one JSON object a line, in order: the same bytes wherever and however often it is done."""
    half = path.with_name(f".{path.name}.half")
    try:
        with half.open("w", encoding="utf-8", newline="\n") as file:
            for asked, ended in ledger.results(run):
                file.write(json.dumps(_line(asked, ended), ensure_ascii=False, sort_keys=True) + "\n")
        half.replace(path)
    except OSError as bad:
        raise ArchiveError(f"{path}: cannot be written: {bad.strerror}; choose another --out") from bad
    finally:
        half.unlink(missing_ok=True)


def _line(asked: Asked, ended: Ended) -> dict[str, Any]:
    told: dict[str, Any] = {"number": asked.number, "key": ended.key, "part": asked.part, "lot": asked.lot}
    told |= {"old": asked.old, "new": ended.outcome, "state": ended.state}
    if record := _record(asked):
        told["record"] = record
    return {**json.loads(ended.body), **told}


def row_in(archive: Archive, question: Question, run: Run, found: Answer) -> int:
    """The archive's row about the run: written once, however often this is called."""
    row = Regrade(
        who=run.who,
        why=run.why,
        mode=found.mode,
        scope=found.scope or found.source if found.mode == "photographs" else found.scope,
        began=run.began,
        software=found.software,
        counts={"asked": run.asked, **{name: found.counts[name] for name in ("done", "failed", "quarantined")}},
        matrix={f"{old or '-'}>{new}": count for (old, new), count in sorted(found.matrix.items())},
        results_sha256=found.results_sha256,
        limits=question.table.name if question.table else "",
        limits_revision=question.table.revision if question.table else "",
        limits_sha256=found.limits_sha256,
        recipe=found.recipe,
        recipe_sha256=found.recipe_sha256,
        policy=dict(question.how.policy),
        documents=tuple(question.texts),
    )
    for known in archive.rows(JOURNAL.c.kind == "regrade"):
        if isinstance(known.row, Regrade) and (known.row.began, known.row.results_sha256) == (
            run.began,
            found.results_sha256,
        ):
            return known.seq
    return archive.note(row, documents=question.texts)
