"""Records as tables: CSV and XLSX for people, JSON and Parquet for programs. Whole files, or none."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from cvinspect.archive.archive import Archive, Stored
from cvinspect.archive.codec import plain
from cvinspect.archive.disposition import Dispositions
from cvinspect.archive.values import Identity, Record
from cvinspect.archive.where import Where
from cvinspect.errors import ArchiveError
from cvinspect.model import Blob, Measured, Outcome

Row = dict[str, Any]
XLSX_ROWS = 1_048_575
COUNTS = frozenset({"seq", "findings", "blobs", "blob"})
SIZES = ("area_mm2", "diameter_mm", "length_mm", "width_mm", "max_dimension_mm", "height_mm")


def record_rows(archive: Archive, where: Where) -> Iterator[Row]:
    """A row per record: who it is, what was decided, the finding that is furthest beyond its limit."""
    dispositions = Dispositions(archive)
    for stored in archive.rows(where):
        record = cast(Record, stored.row)
        findings = [one for one in record.verdict.findings if one.outcome is not Outcome.PASS]
        worst = min(findings, key=lambda one: float("inf") if one.margin is None else one.margin, default=None)
        yield {
            **_head(stored, record),
            "outcome": str(record.verdict.outcome),
            "disposition": dispositions.of(stored).word,
            "findings": len(findings),
            "blobs": len(record.blobs),
            "rule": worst.rule if worst else "",
            "quantity": worst.quantity if worst else "",
            "measured": worst.measured if worst else None,
            "allowed": worst.allowed if worst else None,
            "margin": worst.margin if worst else None,
            "pictures": " ".join(look.picture for look in record.looks),
            "sha256": " ".join(look.sha256 for look in record.looks),
            "software": record.software,
            "hash": stored.hash,
        }


def blob_rows(archive: Archive, where: Where) -> Iterator[Row]:
    """A row per blob, each size with its standard uncertainty."""
    for stored in archive.rows(where):
        record = cast(Record, stored.row)
        for look in record.looks:
            for blob in look.blobs:
                yield {**_head(stored, record), "view": look.view, **_blob(blob)}


def _head(stored: Stored, record: Record) -> Row:
    identity = {name: getattr(record.identity, name) for name in Identity.names()}
    limits = f"{record.limits}@{record.limits_revision}" if record.limits else ""
    return {"seq": stored.seq, "at": record.at.isoformat(), **identity, "recipe": record.recipe, "limits": limits}


def _blob(blob: Blob) -> Row:
    row: Row = {"blob": blob.id, "kind": str(blob.kind), "faces": " ".join(blob.faces)}
    row |= {"x_mm": blob.center_mm[0], "y_mm": blob.center_mm[1]}
    for name in SIZES:
        size = cast(Measured | None, getattr(blob, name))
        row |= {name: size.value if size else None, f"u_{name}": size.u if size else None}
    return {**row, "contrast_gray": blob.contrast_gray, "doubt": " ".join(blob.doubt.words())}


def whole_rows(archive: Archive, where: Where) -> Iterator[Row]:
    """A record in full, with what became of the part."""
    dispositions = Dispositions(archive)
    for stored in archive.rows(where):
        told = plain(stored.row)
        yield {"seq": stored.seq, "hash": stored.hash, "disposition": dispositions.of(stored).word, "record": told}


def write_csv(path: Path, rows: Iterable[Row]) -> int:
    """With a byte order mark, so that a spreadsheet reads Chinese; what would be a formula there gets a quote."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = None
        for row in rows:
            if writer is None:
                writer = csv.DictWriter(file, list(row))
                writer.writeheader()
            writer.writerow({name: _harmless(value) for name, value in row.items()})
            count += 1
    return count


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def write_jsonl(path: Path, rows: Iterable[Row]) -> int:
    """One object a line."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def write_json(path: Path, rows: Iterable[Row]) -> int:
    """One list."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(("[\n" if count == 0 else ",\n") + json.dumps(row, ensure_ascii=False))
            count += 1
        file.write("\n]\n" if count else "[]\n")
    return count


def write_xlsx(path: Path, rows: Iterable[Row]) -> int:
    """One sheet, its head frozen, with a filter; numbers stay numbers, no text becomes a formula or a link."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    whole = io.BytesIO()  # else a full disk leaves a half file that its library cannot close
    book = xlsxwriter.Workbook(whole, {**options, "nan_inf_to_errors": True})
    sheet = book.add_worksheet("records")
    bold, count, names = book.add_format({"bold": True}), 0, []
    for row in rows:
        if count == 0:
            names = list(row)
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, names, bold)
        if count == XLSX_ROWS:
            raise ArchiveError(f"{path}: a sheet holds {XLSX_ROWS} rows; take fewer with --where, or CSV")
        sheet.write_row(count + 1, 0, list(row.values()))
        count += 1
    if count:
        sheet.autofilter(0, 0, count, len(names) - 1)
    book.close()
    path.write_bytes(whole.getvalue())
    return count


def write_parquet(path: Path, rows: Iterable[Row]) -> int:
    """Needs the extra `parquet`."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as bad:
        told = "Parquet needs pyarrow: pip install 'cvinspect[parquet]'; or choose .csv, .xlsx, .json"
        raise ArchiveError(told) from bad
    count, writer = 0, None
    for portion in _portions(rows):
        table = pyarrow.Table.from_pylist(portion, schema=_schema(pyarrow, portion[0]))
        writer = writer or pyarrow.parquet.ParquetWriter(str(path), table.schema)
        writer.write_table(table)
        count += len(portion)
    if writer is not None:
        writer.close()
    return count


def _schema(pyarrow: Any, row: Row) -> Any:
    """By name, as the first row's measures may be absent, or whole numbers by chance."""
    whole, text, number = pyarrow.int64(), pyarrow.string(), pyarrow.float64()
    kinds = ((name, text if isinstance(value, str) else number) for name, value in row.items())
    return pyarrow.schema([(name, whole if name in COUNTS else kind) for name, kind in kinds])


def _portions(rows: Iterable[Row], size: int = 10_000) -> Iterator[list[Row]]:
    portion: list[Row] = []
    for row in rows:
        portion.append(row)
        if len(portion) == size:
            yield portion
            portion = []
    if portion:
        yield portion


WRITERS: Mapping[str, Callable[[Path, Iterable[Row]], int]] = {
    ".csv": write_csv,
    ".xlsx": write_xlsx,
    ".json": write_json,
    ".jsonl": write_jsonl,
    ".parquet": write_parquet,
}


def export(path: Path, rows: Iterable[Row]) -> int:
    """Writes the rows as the name's ending says, and gives their number. Raises ArchiveError."""
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise ArchiveError(f"{path}: let the name end in {', '.join(WRITERS)}")
    half = path.with_name(f".{path.name}.half{path.suffix}")
    try:
        count = writer(half, rows)
        if count:
            half.replace(path)
        return count
    except OSError as bad:
        raise ArchiveError(f"{path}: cannot be written: {bad.strerror}; choose a folder that exists") from bad
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)
