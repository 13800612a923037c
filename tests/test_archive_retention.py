"""Which pictures go, and when: past their customer's time, never held ones, those of parts that passed first."""

from datetime import UTC, datetime, timedelta

import archives
from cli import cli

from cvinspect.archive import Archive, parse_where
from cvinspect.model import Outcome


def aged(folder, days):
    """Four lots of a year ago: passed, failed, held, and of a customer with a longer period."""
    at = datetime.now(UTC) - timedelta(days=days)
    archives.filled(folder, 0)
    with Archive(folder, write=True) as archive:
        archives.add(archive, 1, outcome=Outcome.FAIL, at=at - timedelta(days=9))
        archives.add(archive, 2, at=at)
        archives.add(archive, 3, at=at - timedelta(days=1))
        archives.add(archive, 4, at=at, lot="held")
        archives.add(archive, 5, at=at, customer="long")
        archives.add(archive, 6, at=datetime.now(UTC))
    toml = folder / "archive.toml"
    text = toml.read_text("utf-8").replace("days = 1095", "days = 300")
    toml.write_text(text.replace("# konica-minolta = 3650", "long = 3650"), "utf-8")
    words = ("--scope", "lot=held", "--who", "w", "--why", "complaint")
    assert cli("archive", "hold", folder, *words).code == 0
    return folder


def pictures_there(folder):
    with Archive(folder) as archive:
        rows = archive.rows(parse_where(""))
        return [int(one.row.identity.part[1:]) for one in rows if archive.vault.has(one.row.looks[0].stored)]


def test_pictures_past_their_time_go_and_a_row_says_so(tmp_path):
    folder = aged(tmp_path / "a", 365)
    assert "3 pictures" in cli("archive", "prune", folder).out
    assert pictures_there(folder) == [1, 2, 3, 4, 5, 6]
    assert "--who is empty" in cli("archive", "prune", folder, "--yes").err
    done = cli("archive", "prune", folder, "--yes", "--who", "王")
    assert "3 pictures" in done.out
    assert pictures_there(folder) == [4, 5, 6]
    assert cli("archive", "verify", folder).code == 0
    assert "no picture is past its time" in cli("archive", "prune", folder).out
    assert cli("archive", "backup", folder, tmp_path / "b").code == 0
    release = ("archive", "release", folder, "--who", "w", "--why", "settled", "--row")
    assert "row 2 is no hold" in cli(*release, 2).err
    assert cli(*release, 8).code == 0
    cli("archive", "prune", folder, "--yes", "--who", "王")
    assert pictures_there(folder) == [5, 6]


def test_by_space_the_oldest_that_passed_go_first_and_none_within_its_time(tmp_path):
    folder = aged(tmp_path / "a", 365)
    size = len(archives.picture(100))
    for there in ([1, 2, 4, 5, 6], [1, 4, 5, 6], [4, 5, 6]):
        cli("archive", "prune", folder, "--yes", "--who", "w", "--free-mb", size / 2e6)
        assert pictures_there(folder) == there
    done = cli("archive", "prune", folder, "--free-mb", 5)
    assert "5.0 MB more were asked for" in done.out
    assert pictures_there(folder) == [4, 5, 6]
