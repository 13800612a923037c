"""Challenge parts: due at the start, held until they came out right, suspect records named where one does not."""

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from cli import cli
from test_line import STATION, Line, desk
from test_line_modbus import eventually

from cvinspect.archive import Archive
from cvinspect.archive.values import Challenge
from cvinspect.config.station import ChallengeEntry, load_station
from cvinspect.errors import StationError
from cvinspect.line.challenge import Round, last_passed, suspect
from cvinspect.line.registers import Bits
from cvinspect.model import Outcome, Verdict

GOOD, BAD = 9001, 9002
CHALLENGE = """\
[challenge]
every_h = 8.0

[[challenge.part]]
id = 9001
name = "good"
expect = "PASS"

[[challenge.part]]
id = 9002
name = "speck"
expect = "FAIL"
"""
TEXT = STATION.replace("[[output]]", CHALLENGE + "\n[[output]]")
ENTRY = ChallengeEntry.model_validate(
    {
        "part": (
            {"id": GOOD, "name": "good", "expect": Outcome.PASS},
            {"id": BAD, "name": "speck", "expect": Outcome.FAIL},
        )
    }
)
PASS, FAIL = Verdict(Outcome.PASS), Verdict(Outcome.FAIL)


def test_a_station_holds_until_its_challenge_parts_came_out_right(tmp_path):
    path, port = desk(tmp_path, TEXT)
    with closing(Line(path, port)) as line:
        assert line.part()[:2] == (Bits.INVALID | Bits.VALID, "hold")
        eventually(lambda: line.plc.get("state") == [3])
        assert line.part(part=GOOD)[0] & Bits.OK  # the first two of the camera's parts are good, the third is not
        assert line.part()[1] == "hold"  # one of two is not enough
        assert line.part(part=GOOD)[0] & Bits.OK
        assert line.part(part=BAD)[0] & Bits.FAIL
        made = [line.part()[0] for _ in range(2)]
        assert made == [Bits.OK | Bits.VALID] * 2
        assert line.part()[0] & Bits.FAIL
        assert line.part(part=BAD)[0] & Bits.OK  # a good part where the bad one must lie: the station cannot be trusted
        assert line.part()[1] == "hold"
        time.sleep(0.3)
    with Archive(tmp_path / "archive") as archive:
        rows = [stored for stored in archive.rows() if isinstance(stored.row, Challenge)]
        parts = {stored.seq: stored.row.identity.part for stored in archive.rows() if stored.kind == "record"}
    assert [row.row.passed for row in rows] == [True, False]
    first, last = rows[1].row.suspect
    assert parts[first] == "6"
    assert parts[last].startswith("master-9002-")


def test_a_round_wants_all_of_them_and_begins_anew_after_a_wrong_one():
    turn = Round(ENTRY, None)
    assert turn.is_due
    assert turn.take(turn.master(GOOD), PASS, "S1") is None
    wrong = turn.take(turn.master(BAD), PASS, "S1")
    assert (wrong.passed, wrong.results, turn.wrong) == (False, (("speck", Outcome.FAIL, Outcome.PASS),), "speck")
    assert turn.missing == ("good", "speck")
    assert turn.take(turn.master(BAD), FAIL, "S1") is None
    done = turn.take(turn.master(GOOD), PASS, "S1")
    assert (done.passed, turn.is_due, turn.wrong) == (True, False, "")
    assert turn.master(7) is None


@pytest.mark.parametrize(("hours", "due"), [(0.1, False), (7.9, False), (8.1, True), (-0.01, False), (-1, True)])
def test_when_it_is_due(hours, due):
    now = datetime(2026, 5, 1, tzinfo=UTC)
    assert Round(ENTRY, now - timedelta(hours=hours), lambda: now).is_due is due


def test_by_hand(tmp_path):
    path, _ = desk(tmp_path, TEXT.replace("bad=3", "bad=2"))
    done = cli("challenge", path, "--who", "王", "--yes", "--lang", "zh")
    assert done.code == 0
    assert "点检样件全部判定正确" in done.words
    with Archive(tmp_path / "archive") as archive:
        when, _ = last_passed(archive)
        assert datetime.now(UTC) - when < timedelta(minutes=1)
        assert suspect(archive) is None
    wrong, _ = desk(tmp_path, TEXT.replace("bad=3", "bad=0"))
    again = cli("challenge", wrong, "--who", "Wang", given="\n\n")
    assert again.code == 1
    assert "WRONG: speck: PASS, it must be FAIL" in again.words
    assert cli("archive", "verify", tmp_path / "archive").code == 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('expect = "FAIL"', 'expect = "PASS"', "one that must FAIL"),
        ("id = 9002", "id = 9001", "two master parts have one id"),
        ("every_h = 8.0", "every_h = 0.0", "every_h"),
    ],
)
def test_a_challenge_that_proves_nothing_is_refused(tmp_path, old, new, message):
    path, _ = desk(tmp_path, TEXT.replace(old, new))
    with pytest.raises(StationError, match=message):
        load_station(path)


def test_a_station_without_one(tmp_path):
    path, _ = desk(tmp_path)
    done = cli("challenge", path, "--who", "Wang", "--yes")
    assert (done.code, "names no master parts" in done.words) == (2, True)
