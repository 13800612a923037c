"""The operator page's state as plain data, in one language: words come last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from cvinspect.archive import Record
from cvinspect.line.board import STATION, Board, Card
from cvinspect.line.registers import State
from cvinspect.line.showing import PageSetup, Snapshot, Told
from cvinspect.model import Outcome, Reason
from cvinspect.report.rows import sentence
from cvinspect.words import Language, noun, say
from cvinspect.words.page import PAGE

SOON_DAYS = 30
MOST_REASONS = 6
TOP = 5
MARGIN_S = 1.0
UNSEEN = ("camera_", "frame_", "picture_")  # how the codes of a missing picture begin

Data = dict[str, Any]


def page_words(lang: Language) -> dict[str, str]:
    """Every label of the page that has no number in it."""
    labels = {code.removeprefix("page_"): say(code, {}, lang) for code, pair in PAGE.items() if "{" not in pair[0]}
    return {**labels, **{str(outcome): noun(outcome, lang) for outcome in Outcome}}


def board_data(setup: PageSetup, board: Board, snapshot: Snapshot, fault: str, lang: Language) -> Data:
    """All that the page shows, but who is signed in. fault: why the archive cannot be read."""
    counts = {str(outcome): board.counts[outcome] for outcome in Outcome}
    parts = sum(counts.values())
    kinds = [{"word": noun(kind, lang), "count": count} for kind, count in board.kinds.most_common(TOP)]
    return {
        "station": setup.name,
        "state": {"code": int(snapshot.state), "word": say(f"page_state_{int(snapshot.state)}", {}, lang)},
        "hold": sentence(Reason.of(snapshot.hold.code, **snapshot.hold.values), lang) if snapshot.hold else "",
        "waits_for": say("page_waits_for", {"part": snapshot.waits_for}, lang) if snapshot.waits_for else "",
        "draft": _draft(setup, lang),
        "alarms": list(_alarms(board, fault, lang)),
        "last": _last(setup, board, snapshot, lang),
        "parts": [brief(card, lang) for card in board.cards()],
        "shift": say("page_since", {"message": f"{board.shift[0]:%H:%M}"}, lang),
        "counts": counts,
        "total": parts,
        "yield": round(100 * counts["PASS"] / parts, 1) if parts else None,
        "top": kinds,
        "health": list(_health(setup, snapshot, lang)),
        "queue": [{**brief(card, lang), "place": place} for place, card in enumerate(board.waiting(), 1)],
    }


def brief(card: Card, lang: Language) -> Data:
    """A part in one line."""
    return {
        "seq": card.seq,
        "part": card.record.identity.part,
        "outcome": str(card.outcome),
        "word": noun(card.outcome, lang),
        "now": str(card.now),
        "at": card.record.at.astimezone(UTC).isoformat(timespec="seconds"),
        "is_decided": bool(card.by) and card.by != STATION,
    }


def full(card: Card, lang: Language) -> Data:
    """A part with its reasons, its pictures, and what was decided."""
    record = card.record
    reasons = list(dict.fromkeys(told(record, lang)))
    more = len(reasons) - MOST_REASONS
    numbered = [{"n": blobs, "text": text, "outcome": outcome} for blobs, text, outcome in reasons[:MOST_REASONS]]
    views = [{"index": index, "view": look.view} for index, look in enumerate(record.looks) if look.stored]
    return {
        **brief(card, lang),
        "reasons": numbered,
        "more": say("page_more", {"count": more}, lang) if more > 0 else "",
        "notes": list(_notes(card, lang)),
        "views": sorted(views, key=lambda view: -_marks(record, int(str(view["index"])))),
        "again": card.again,
        "again_of": record.again_of,
    }


def told(record: Record, lang: Language) -> Iterator[tuple[str, str, str]]:
    """Blobs, sentence and outcome of every finding that does not pass, the worst first; where there is none, why."""
    findings = [one for one in record.verdict.findings if one.outcome is not Outcome.PASS]
    for one in sorted(findings, key=lambda one: -list(Outcome).index(one.outcome)):
        numbers = ", ".join(map(str, one.blobs[:4])) + (" …" if len(one.blobs) > 4 else "")
        yield numbers, sentence(one.reason, lang), str(one.outcome)
    if not findings and record.verdict.outcome is not Outcome.PASS:
        yield from (("", sentence(reason, lang), "") for reason in record.verdict.reasons)


def _marks(record: Record, index: int) -> int:
    """How many blobs of this look a finding names that does not pass."""
    named = {number for one in record.verdict.findings if one.outcome is not Outcome.PASS for number in one.blobs}
    return sum(blob.id in named for blob in record.looks[index].blobs)


def _notes(card: Card, lang: Language) -> Iterator[str]:
    if card.record.again_of is not None:
        yield say("page_again_of", {"row": card.record.again_of}, lang)
    if card.again is not None:
        yield say("page_again_as", {"row": card.again}, lang)
    if card.by == STATION:
        yield say("page_told_otherwise", {"outcome": str(card.now)}, lang)
    elif card.by:
        yield f"{say('page_decided_by', {'who': card.by, 'outcome': str(card.now)}, lang)} · {card.why}"


def _last(setup: PageSetup, board: Board, snapshot: Snapshot, lang: Language) -> Data | None:
    """The part that was told last: as the station told it, with what its record says once that is there."""
    now = snapshot.last
    if now is None:
        newest = next(iter(board.cards()), None)
        return full(newest, lang) if newest else None
    card = board.newest_of(now.part)
    if card is not None and _is_record_of(card, now, setup.deadline_s):
        return {**full(card, lang), "outcome": str(now.outcome), "word": noun(now.outcome, lang)}
    reasons = [sentence(Reason.of(now.fault.code, **now.fault.values), lang)] if now.fault else []
    return {
        "seq": None,
        "part": now.part,
        "outcome": str(now.outcome),
        "word": noun(now.outcome, lang),
        "now": str(now.outcome),
        "at": now.at.isoformat(timespec="seconds"),
        "reasons": [{"n": "", "text": text, "outcome": ""} for text in reasons],
        "more": "",
        "notes": [],
        "views": [],
    }


def _is_record_of(card: Card, told: Told, deadline_s: float) -> bool:
    """Whether this record is of what was told, and not of an earlier inspection of the same part. A PASS is recorded
    first; what was told as INVALID because its record came too late was a PASS.
    """
    before_s = (told.at - card.record.at).total_seconds()
    is_late = told.outcome is Outcome.INVALID and card.record.verdict.outcome is Outcome.PASS
    return (card.outcome is told.outcome or is_late) and -MARGIN_S <= before_s <= deadline_s + MARGIN_S


def _draft(setup: PageSetup, lang: Language) -> str:
    if setup.draft is None:
        return ""
    name, status = setup.draft
    return say("page_draft", {"message": name, "status": status}, lang)


def _alarms(board: Board, fault: str, lang: Language) -> Iterator[Data]:
    if fault:
        yield {"text": say("page_archive_fault", {"message": fault}, lang), "causes": []}
    for place in board.places.marked[:2]:
        x, y = place.at_mm
        where = {"x": f"{x:.1f}", "y": f"{y:.1f}", "face": place.face, "kind": str(place.kind)}
        yield {"text": say("page_same_place", {"count": place.parts, **where}, lang), "causes": []}
    if board.reviews.is_high:
        count, parts = board.reviews.reviews
        share = say("page_review_share", {"percent": f"{100 * count / parts:.1f}", "parts": parts}, lang)
        causes = [
            say("page_cause", {"count": count, "message": sentence(reason, lang)}, lang)
            for count, reason in board.reviews.causes()
        ]
        yield {"text": share, "causes": causes}


def _health(setup: PageSetup, snapshot: Snapshot, lang: Language) -> Iterator[Data]:
    """Camera, record and calibrations: a word and whether it is good, near its end, or bad."""
    fault = snapshot.last.fault if snapshot.last else None
    unseen = fault if fault is not None and fault.code.startswith(UNSEEN) else None
    bad = unseen is not None or not snapshot.sees
    why = sentence(Reason.of(unseen.code, **unseen.values), lang) if unseen else ", ".join(setup.cameras)
    text = say("page_camera_bad", {"message": why}, lang) if bad else say("page_camera_good", {}, lang)
    yield {"what": say("page_camera", {}, lang), "text": text, "state": "bad" if bad else "good"}
    lost = snapshot.state is State.HOLD and snapshot.hold is not None and snapshot.hold.code == "not_recorded"
    kept = say("page_archive_bad" if lost else "page_archive_good", {}, lang)
    yield {"what": say("page_archive", {}, lang), "text": kept, "state": "bad" if lost else "good"}
    yield from _calibrations(setup.calibrations, lang)


def _calibrations(ends: Sequence[tuple[str, str, datetime]], lang: Language) -> Iterator[Data]:
    for view, _, end in ends:
        left = end - datetime.now(UTC)
        over = left.total_seconds() <= 0
        text = say("page_expired", {}, lang) if over else say("page_days_left", {"days": left.days}, lang)
        state = "bad" if over else "doubt" if left.days < SOON_DAYS else "good"
        yield {"what": say("page_calibration", {"view": view}, lang), "text": text, "state": state}
