"""What the operator page makes of an archive: the last parts, counts of the shift, what waits, alarms, permissions."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from archives import record, verdict

from cvinspect.archive import Archive, init
from cvinspect.archive.values import Judgement, Overrule
from cvinspect.line.alarms import ReviewShare, SamePlace
from cvinspect.line.board import Board, shift_of
from cvinspect.line.page_data import board_data, full
from cvinspect.line.processes import Fault
from cvinspect.line.registers import State
from cvinspect.line.showing import PageSetup, Person, Snapshot, Told
from cvinspect.line.wall import NoError, refuse
from cvinspect.model import Outcome

PASS, FAIL, REVIEW, INVALID = Outcome.PASS, Outcome.FAIL, Outcome.REVIEW, Outcome.INVALID
NOW = datetime.now().astimezone()
SHIFTS = (480, 1200)


@pytest.fixture
def archive(tmp_path):
    init(tmp_path / "a", "test")
    with Archive(tmp_path / "a", write=True) as archive:
        yield archive


def add(archive, outcomes, start=1, at=None, **more):
    """Records P<start>, P<start + 1>, ...; gives their numbers."""
    numbers = []
    for number, outcome in enumerate(outcomes, start):
        made, pictures = record(number, outcome, at=at or datetime.now(UTC))
        numbers.append(archive.record(replace(made, documents=(), **more), pictures).seq)
    return numbers


def board(archive):
    made = Board(archive.folder, SHIFTS, SamePlace(1.0, 3))
    made.read()
    return made


def setup(**more):
    given = {
        "name": "S1",
        "host": "127.0.0.1",
        "port": 1,
        "hosts": (),
        "token": "t",
        "archive": Path(),
        "people": (Person("Li", "operator", ""),),
        "calibrations": (("front", "cal", datetime.now(UTC) + timedelta(days=12.5)),),
        "draft": ("km@1", "draft"),
        "shifts": SHIFTS,
        "same_place_mm": 1.0,
        "same_place_parts": 3,
        "cameras": ("gige",),
        "deadline_s": 0.5,
    }
    return PageSetup(**{**given, **more})


def test_the_last_parts_and_the_counts_of_the_shift(archive):
    add(archive, [PASS] * 20 + [FAIL, REVIEW, INVALID])
    shown = board(archive)
    assert [card.record.identity.part for card in shown.cards()] == [f"P{number}" for number in range(23, 3, -1)]
    assert shown.counts == {PASS: 20, FAIL: 1, REVIEW: 1, INVALID: 1}
    add(archive, [PASS], 24)
    shown.read()
    assert (shown.cards()[0].record.identity.part, shown.counts[PASS]) == ("P24", 21)


def test_what_was_before_the_shift_is_not_counted(archive):
    add(archive, [FAIL], at=datetime.now(UTC) - timedelta(days=2))
    add(archive, [PASS], 2)
    assert +board(archive).counts == {PASS: 1}


def test_a_board_that_begins_late_counts_the_same(archive, monkeypatch):
    first = board(archive)
    numbers = add(archive, [PASS, REVIEW, FAIL, PASS, PASS, REVIEW, PASS])
    archive.note(Overrule(to=INVALID, who="station", why="late"), numbers[3])
    first.read()
    monkeypatch.setattr("cvinspect.line.board.READ_AT_START", 3)
    late = board(archive)
    assert late.counts == first.counts
    assert +late.counts == {PASS: 3, REVIEW: 2, FAIL: 1, INVALID: 1}
    assert late.kinds == first.kinds
    assert [card.seq for card in late.waiting()] == [card.seq for card in first.waiting()] == [numbers[1], numbers[5]]


def test_a_new_shift_begins_at_nought(archive):
    add(archive, [PASS, FAIL])
    shown = board(archive)
    shown.read(shown.shift[1])
    assert (+shown.counts, shown.shift[0]) == ({}, shift_of(NOW, SHIFTS)[1])
    assert len(shown.cards()) == 2


@pytest.mark.parametrize(("hour", "begin"), [(7, 20), (8, 8), (19, 8), (20, 20), (23, 20)])
def test_shifts(hour, begin):
    now = datetime(2026, 3, 4, hour, 30, tzinfo=UTC)
    first, last = shift_of(now, SHIFTS)
    assert (first.hour, first.minute) == (begin, 0)
    assert first <= now < last
    assert last - first == timedelta(hours=12)


def test_what_is_decided_waits_no_more(archive):
    one, two, three = add(archive, [REVIEW, REVIEW, REVIEW])
    shown = board(archive)
    archive.note(Overrule(to=PASS, who="Li", why="dust"), two)
    archive.note(Judgement(verdict=verdict(FAIL), limits="", limits_revision="", limits_sha256="", software=""), one)
    shown.read()
    assert [card.seq for card in shown.waiting()] == [three]
    card = shown.card(two)
    assert (card.outcome, card.now, card.by, card.why) == (REVIEW, PASS, "Li", "dust")
    assert +shown.counts == {REVIEW: 3}
    assert [card.seq for card in board(archive).waiting()] == [three]


def test_a_second_inspection_takes_the_place_of_the_first(archive):
    (one,) = add(archive, [REVIEW])
    (two,) = add(archive, [INVALID], 2, again_of=one)
    assert [card.seq for card in board(archive).waiting()] == [one]
    (three,) = add(archive, [REVIEW], 3, again_of=one)
    shown = board(archive)
    assert [card.seq for card in shown.waiting()] == [three]
    assert shown.card(one).again == three
    with pytest.raises(NoError, match="decided"):
        refuse(shown.card(one), PASS, "quality")
    assert two != three


@pytest.mark.parametrize(
    ("now", "to", "role", "code"),
    [
        (REVIEW, PASS, "operator", None),
        (REVIEW, FAIL, "operator", None),
        (REVIEW, PASS, "quality", None),
        (FAIL, PASS, "operator", "only_quality"),
        (FAIL, PASS, "quality", None),
        (FAIL, FAIL, "quality", "decided"),
        (PASS, FAIL, "operator", None),
        (INVALID, PASS, "operator", "not_inspected"),
        (INVALID, PASS, "quality", "not_inspected"),
    ],
)
def test_who_may_decide_what(archive, now, to, role, code):
    add(archive, [now])
    card = board(archive).cards()[0]
    if code is None:
        refuse(card, to, role)
        return
    with pytest.raises(NoError, match=code):
        refuse(card, to, role)
    with pytest.raises(NoError, match="unknown_part"):
        refuse(None, to, role)


def marked(*outcomes, at=(1.5, 2.25)):
    for number, outcome in enumerate(outcomes, 1):
        made, _ = record(number, outcome)
        looks = tuple(
            replace(look, blobs=tuple(replace(blob, center_mm=at) for blob in look.blobs)) for look in made.looks
        )
        yield replace(made, looks=looks)


@pytest.mark.parametrize(
    ("outcomes", "count"),
    [
        ((FAIL, FAIL), 0),
        ((FAIL, FAIL, FAIL), 3),
        ((FAIL, REVIEW, INVALID, FAIL, FAIL), 4),
        ((FAIL, FAIL, PASS, FAIL), 0),
        ((FAIL, FAIL, FAIL, *[PASS] * 19), 3),
        ((FAIL, FAIL, FAIL, *[PASS] * 20), 0),
    ],
)
def test_a_place_that_is_marked_on_parts_running(outcomes, count):
    places = SamePlace(1.0, 3)
    for made in marked(*outcomes):
        places.see(made)
    assert [place.parts for place in places.marked] == ([count] if count else [])


def test_another_place_is_no_alarm():
    places = SamePlace(1.0, 3)
    for x in (1.0, 2.2, 3.4, 4.6):
        places.see(next(marked(FAIL, at=(x, 1.0))))
    assert places.marked == ()
    for x in (9.0, 9.8, 9.2):
        places.see(next(marked(FAIL, at=(x, 1.0))))
    assert [place.at_mm for place in places.marked] == [(9.2, 1.0)]


@pytest.mark.parametrize(("reviews", "passes", "is_high"), [(2, 10, False), (3, 99, True), (8, 492, False)])
def test_too_much_review_is_an_alarm_with_its_causes(reviews, passes, is_high):
    share = ReviewShare()
    for made in marked(*[PASS] * passes, *[REVIEW] * reviews):
        share.see(made)
    assert share.reviews == (reviews, reviews + passes)
    assert share.is_high == is_high
    assert [count for count, _ in share.causes()] == [reviews]


@pytest.mark.parametrize(("lang", "approved", "days"), [("en", "approved", "12 days"), ("zh", "批准", "12 天")])
def test_the_page_says_why_in_both_languages(archive, lang, approved, days):
    add(archive, [FAIL, FAIL, FAIL])
    hold = Fault("not_recorded", {"message": "disk full"})
    last = Told("P9", INVALID, datetime.now(UTC), Fault("camera_lost", {"message": "gone"}))
    data = board_data(setup(), board(archive), Snapshot(State.HOLD, hold, last), "", lang)
    text = json.dumps(data, ensure_ascii=False)
    assert data["last"]["outcome"] == "INVALID"
    assert "gone" in data["last"]["reasons"][0]["text"]
    assert "disk full" in data["hold"]
    assert approved in data["draft"]
    assert [one["state"] for one in data["health"]] == ["bad", "bad", "doubt"]
    assert days in text
    assert len(data["alarms"]) == 1
    assert "(1.5, 2.2)" in data["alarms"][0]["text"]


def test_a_calibration_that_has_ended_and_a_table_that_is_approved(archive):
    ends = (("front", "cal", datetime.now(UTC) - timedelta(seconds=1)),)
    data = board_data(setup(calibrations=ends, draft=None), board(archive), Snapshot(State.READY), "", "en")
    assert (data["draft"], data["hold"], data["last"], data["yield"]) == ("", "", None, None)
    assert data["health"][-1] == {"what": "calibration front", "text": "expired", "state": "bad"}


@pytest.mark.parametrize(
    ("told", "after_s", "is_shown"),
    [(REVIEW, 0.1, True), (REVIEW, -0.1, True), (PASS, 0.1, False), (INVALID, 0.1, False), (REVIEW, 9.0, False)],
)
def test_the_record_of_an_earlier_inspection_is_not_shown_for_a_later_one(archive, told, after_s, is_shown):
    (one,) = add(archive, [REVIEW])
    shown = board(archive)
    last = Told("P1", told, shown.cards()[0].record.at + timedelta(seconds=after_s))
    data = board_data(setup(), shown, Snapshot(State.READY, None, last), "", "en")
    assert data["last"]["seq"] == (one if is_shown else None)
    assert data["last"]["outcome"] == str(told)


def test_what_was_told_counts_and_not_what_was_judged(archive):
    (one,) = add(archive, [PASS])
    archive.note(Overrule(to=INVALID, who="station", why="not_recorded"), one)
    shown = board(archive)
    assert shown.cards()[0].outcome is INVALID
    assert +shown.counts == {INVALID: 1}
    told = Told("P1", INVALID, datetime.now(UTC), Fault("not_recorded", {"message": "late"}))
    data = board_data(setup(), shown, Snapshot(State.READY, None, told), "", "en")
    assert data["last"]["outcome"] == "INVALID"
    assert not full(shown.cards()[0], "en")["is_decided"]
