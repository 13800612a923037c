"""Rows of an archive in words: what `cvinspect archive` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from cvinspect.archive import Stored
from cvinspect.archive.disposition import Disposition
from cvinspect.archive.values import Concession, Entry, Identity, Judgement, Overrule, Record
from cvinspect.archive.verify import Checked
from cvinspect.model import Outcome, Reason
from cvinspect.words import CATALOGUE, Language, noun, say


def sentence(reason: Reason, lang: Language) -> str:
    """The reason in words; of a code that this version does not know, the code and its numbers."""
    if reason.code in CATALOGUE:
        try:
            return say(reason.code, reason.values, lang)
        except KeyError:  # an older version's fields
            pass
    return f"{reason.code} {dict(reason.values)}"


def head_line(stored: Stored, disposition: Disposition, lang: Language) -> str:
    """A record in one line."""
    record = cast(Record, stored.row)
    outcome = str(record.verdict.outcome)
    who = "  ".join(filter(None, (record.identity.part, record.identity.lot, record.identity.customer)))
    word = noun(disposition.word, lang)
    return f"{stored.seq:>8}  {record.at:%Y-%m-%d %H:%M:%S}  {outcome:7} {noun(outcome, 'zh')}  {who}  ({word})"


def record_lines(stored: Stored, about: Sequence[Stored], disposition: Disposition, lang: Language) -> Iterator[str]:
    """A record in full: identity, what it was judged by, every finding that does not pass, what came after."""
    record = cast(Record, stored.row)
    yield head_line(stored, disposition, lang)
    named = ((name, getattr(record.identity, name)) for name in Identity.names())
    yield "    " + "  ".join(f"{name} {value}" for name, value in named if value)
    yield (
        f"    recipe {record.recipe} {record.recipe_sha256[:12]}  limits {record.limits}@{record.limits_revision} "
        + (f"{record.limits_sha256[:12]}  cvinspect {record.software}  hash {stored.hash[:12]}")
    )
    for look in record.looks:
        yield f"    {look.view}  {look.picture}  sha256 {look.sha256[:12] or '-'}  kept {look.stored[:12] or '-'}"
    said = []
    for finding in record.verdict.findings:
        if finding.outcome is not Outcome.PASS:
            said.append(finding.reason)
            yield f"    {finding.outcome:7} {sentence(finding.reason, lang)}"
    yield from (f"    - {sentence(reason, lang)}" for reason in record.verdict.reasons if reason not in said)
    yield from (f"    {about_line(one, lang)}" for one in about)
    yield f"    => {sentence(disposition.reason, lang)}"


def about_line(stored: Stored, lang: Language) -> str:
    """A row that says something about a record."""
    row = stored.row
    if isinstance(row, Judgement):
        table = f"{row.limits}@{row.limits_revision}"
        return say("judged_again", {"outcome": str(row.verdict.outcome), "table": table, "row": stored.seq}, lang)
    if isinstance(row, Overrule):
        values = {"what": str(row.to), "outcome": str(row.to), "who": row.who, "row": stored.seq, "message": row.why}
        return say("disposition_overruled", values, lang)
    if isinstance(row, Concession):
        values = {"what": "conceded", "who": row.approver, "expires": str(row.expires), "row": stored.seq}
        return say("disposition_conceded", {**values, "message": row.why}, lang)
    if isinstance(row, Entry):
        return _entry_line(stored, row, lang)
    return f"{stored.kind} {stored.seq}"


def _entry_line(stored: Stored, entry: Entry, lang: Language) -> str:
    values = {"kind": str(entry.kind), "face": entry.face, "who": entry.who, "by": entry.gauge, "row": stored.seq}
    return say("entered", {**values, "message": _what_entered(entry, lang)}, lang)


def _what_entered(entry: Entry, lang: Language) -> str:
    if entry.affects_function is not None:
        return say("entered_affects" if entry.affects_function else "entered_affects_not", {}, lang)
    if not entry.found:
        return say("entered_none", {"from_mm": entry.from_mm}, lang)
    size = entry.measured
    if size is None:
        return say("entered_found", {}, lang)
    if size.u is None:
        return say("entered_size_plain", {"quantity": entry.size, "value": size.value}, lang)
    return say("entered_size", {"quantity": entry.size, "measured": size.value, "expanded": 2 * size.u}, lang)


def verify_lines(checked: Checked, lang: Language, most: int = 40) -> Iterator[str]:
    """What verify found, and its sum."""
    for reason in checked.wrong[:most]:
        yield sentence(reason, lang)
    if len(checked.wrong) > most:
        yield f"... {len(checked.wrong) - most}"
    yield from (sentence(reason, lang) for reason in checked.notes)
    counts = {"rows": checked.rows, "documents": checked.documents, "pictures": checked.pictures}
    code = "archive_not_whole" if checked.wrong else "archive_whole"
    yield say(code, {**counts, "count": len(checked.wrong)}, lang)


def table_lines(title: str, counts: Iterable[tuple[str, int]], lang: Language) -> Iterator[str]:
    """Words and how often."""
    yield title
    for word, count in counts:
        yield f"  {noun(word, lang):24} {count:>10}"
