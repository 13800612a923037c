"""What `cvinspect archive` writes elsewhere: Parquet, and files and copies on a disk that is full."""

import csv
import re
import subprocess
import sys
from contextlib import suppress

import archives
import pytest
from cli import cli

from cvinspect.archive.export import export


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return archives.filled(tmp_path_factory.mktemp("made") / "a", 5)


@pytest.mark.parametrize("more", [(), ("--blobs",)])
def test_export_to_parquet(made, tmp_path, more):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not here")
    assert cli("archive", "export", made, "-o", tmp_path / "表.parquet", *more).code == 0
    assert cli("archive", "export", made, "-o", tmp_path / "表.csv", *more).code == 0
    table = parquet.read_table(tmp_path / "表.parquet")
    told = list(csv.DictReader((tmp_path / "表.csv").read_text("utf-8-sig").splitlines()))
    assert table.column_names == list(told[0])
    for name in table.column_names:
        texts = [row[name] for row in told]
        if str(table.schema.field(name).type) == "double":
            assert table[name].to_pylist() == [float(text) if text else None for text in texts]
        else:
            assert [str(value) for value in table[name].to_pylist()] == texts
    assert {str(kind) for kind in table.schema.types} == {"int64", "string", "double"}


def test_parquet_needs_its_library(made, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = cli("archive", "export", made, "-o", tmp_path / "a.parquet")
    assert (done.code, "pip install 'cvinspect[parquet]'; or choose .csv" in done.words) == (2, True)


def test_whole_numbers_by_chance_are_no_counts(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not here")
    rows = [{"seq": 1, "measured": 2, "u": None}, {"seq": 2, "measured": 0.5, "u": 0.1}]
    assert export(tmp_path / "a.parquet", rows) == 2
    assert parquet.read_table(tmp_path / "a.parquet").to_pylist()[1] == rows[1]


@pytest.fixture
def full(tmp_path):
    """A disk of its own with no room left."""
    place = tmp_path / "full"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "none", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no disk may be mounted here")
    with suppress(OSError):
        (place / "filler").write_bytes(bytes(200_000))
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.mark.parametrize(
    "words",
    [
        ("init", "FULL/新"),
        ("backup", "A", "FULL/备份"),
        *(("export", "A", "-o", f"FULL/表.{end}") for end in ("csv", "xlsx")),
    ],
)
def test_a_full_disk_is_said(made, full, words):
    words = [made if word == "A" else word.replace("FULL", str(full)) for word in words]
    done = cli("archive", *words)
    assert (done.code, bool(re.search("No space left|disk is full", done.words))) == (2, True), done
    assert [path.name for path in full.rglob("*") if path.is_file() and path.name != "writer.lock"] == ["filler"]


def test_a_backup_of_a_damaged_archive_is_called_none(tmp_path):
    folder = archives.filled(tmp_path / "a", 30)
    database = folder / "archive.sqlite"
    data = bytearray(database.read_bytes())
    place = data.index(b'"part":"P9"') // 4096 * 4096
    database.write_bytes(data[:place] + bytes(4096) + data[place + 4096 :])
    done = cli("archive", "backup", folder, tmp_path / "b")
    assert (done.code, "is as wrong as the archive itself: no backup" in done.words) == (1, True)
