"""`cvinspect archive`: what was inspected, kept and traceable."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from sqlalchemy import func, select

from cvinspect.archive import Archive, Identity, Stored, backup, init, move_aside, parse_where, upgrade
from cvinspect.archive import verify as verified
from cvinspect.archive.disposition import Dispositions
from cvinspect.archive.export import blob_rows, record_rows, whole_rows
from cvinspect.archive.export import export as exported
from cvinspect.archive.retention import plan, remove
from cvinspect.archive.schema import JOURNAL
from cvinspect.archive.values import Record
from cvinspect.cli import archive_decide
from cvinspect.cli.archive_options import (
    FolderArgument,
    WhereOption,
    WhoOption,
    identity_of,
    words_of,
)
from cvinspect.cli.options import IdOption, JsonOption, Lang, LangOption, LimitsOption
from cvinspect.cli.show import Progress, Stages
from cvinspect.config import Overrides, load_job
from cvinspect.errors import ArchiveError
from cvinspect.forms import read_text
from cvinspect.pictures import clean_text
from cvinspect.pipeline.record import Recorder
from cvinspect.pipeline.told import told_parts, told_record
from cvinspect.report.archive_text import head_line, record_lines, table_lines, verify_lines
from cvinspect.words import say

app = typer.Typer(help="The archive: every verdict kept, traceable, never changed.", no_args_is_help=True)
archive_decide.add_to(app)
MB = 1_000_000


@app.command("init")
def init_(
    folder: FolderArgument,
    anchor: Annotated[
        Path | None, typer.Option("--anchor", help="Where the anchor is kept; best on another disk [anchor.txt].")
    ] = None,
    database: Annotated[
        str, typer.Option("--database", help="The database: a file's name, or postgresql://USER@HOST/DATABASE.")
    ] = "archive.sqlite",
    aside: Annotated[
        bool, typer.Option("--move-aside", help="The database here is damaged: rename it, and begin a new one.")
    ] = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Make an archive in a folder: a database, a folder of pictures, an anchor and archive.toml."""
    last = ""
    if aside:
        place, last = move_aside(folder, datetime.now(UTC))
        print(clean_text(str(place)))
    init(folder, version("cvinspect"), str(anchor.resolve()) if anchor else "anchor.txt", last, database)
    print(say("archive_made", {"message": clean_text(str(folder))}, lang.value))


@app.command()
def add(
    folder: FolderArgument,
    lines: Annotated[Path, typer.Argument(metavar="RESULTS.jsonl", help="Lines of `inspect --json`.")],
    recipe: Annotated[Path, typer.Option("--recipe", help="The recipe that they were made by.")],
    limits: LimitsOption = None,
    calibration: Annotated[Path | None, typer.Option("--calibration", help="Instead of the recipe's.")] = None,
    pictures: Annotated[Path, typer.Option("--pictures", help="Where the pictures' names begin.")] = Path(),
    ids: IdOption = None,
    lang: LangOption = Lang.EN,
) -> None:
    """Add what was inspected before: results.jsonl with its recipe, limits and calibration, and the pictures."""
    job = load_job(recipe, Overrides(limits=limits, calibration=calibration))
    told = {"count": 0, "known": 0, "lost": 0}
    with Archive(folder, write=True) as archive:
        recorder = Recorder(job, identity_of(ids, archive.settings), calibration)
        for part in list(told_parts(read_text(lines, ArchiveError), str(lines), job)):
            kept = told_record(part, recorder, pictures)
            added = archive.record(kept.record, kept.pictures, recorder.documents)
            told["count" if added.new else "known"] += 1
            told["lost"] += kept.lost
    print(say("archive_recorded", told, lang.value))
    if told["lost"]:
        print(say("archive_no_picture", {"count": told["lost"]}, lang.value))


@app.command("list")
def list_(
    folder: FolderArgument,
    where: WhereOption = "",
    last: Annotated[int, typer.Option("--last", min=1, help="The newest so many.")] = 50,
    as_json: JsonOption = False,
    lang: LangOption = Lang.EN,
) -> None:
    """List records, the newest first."""
    with Archive(folder) as archive:
        found = list(archive.rows(parse_where(where), last))
        _refuse_nothing(found, lang)
        dispositions = Dispositions(archive)
        for stored in found:
            told = dispositions.of(stored)
            print(
                json.dumps(_short(stored, told.word), ensure_ascii=False)
                if as_json
                else head_line(stored, told, lang.value)
            )


def _short(stored: Stored, disposition: str) -> dict[str, object]:
    record = cast(Record, stored.row)
    told = {"seq": stored.seq, "at": record.at.isoformat(), "part": record.identity.part, "lot": record.identity.lot}
    return {**told, "outcome": str(record.verdict.outcome), "disposition": disposition}


def _refuse_nothing(found: object, lang: Lang) -> None:
    if not found:
        raise ArchiveError(say("archive_nothing", {}, lang.value))


@app.command()
def show(
    folder: FolderArgument,
    part: Annotated[str, typer.Argument(metavar="PART", help="A part's id, or #NUMBER of a record.")],
    pictures: Annotated[
        Path | None, typer.Option("--pictures", help="Copy the pictures into this folder, their hashes checked.")
    ] = None,
    as_json: JsonOption = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Show everything that is known of a part: its records, and what people decided or added since."""
    with Archive(folder) as archive:
        if part.startswith("#") and part[1:].isascii() and part[1:].isdigit() and len(part) < 18:
            found = [archive.one(int(part[1:]))]
        else:
            found = list(archive.rows((JOURNAL.c.kind == "record") & (JOURNAL.c.part == clean_text(part))))
        _refuse_nothing(found, lang)
        dispositions = Dispositions(archive)
        for stored in found:
            if as_json:
                print(json.dumps(next(whole_rows(archive, parse_where(f"seq={stored.seq}"))), ensure_ascii=False))
                continue
            about = list(archive.rows(JOURNAL.c.record == stored.seq))
            for line in record_lines(stored, about, dispositions.of(stored), lang.value):
                print(clean_text(line))
        if pictures is not None:
            for path in _copied(archive, found, pictures):
                print(clean_text(str(path)), file=sys.stderr if as_json else sys.stdout)


def _copied(archive: Archive, found: list[Stored], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for stored in found:
        for look in cast(Record, stored.row).looks:
            for name in look.kept:
                path = folder / f"{stored.seq}-{name[:12]}.png"
                path.write_bytes(archive.vault.get(name))
                paths.append(path)
    return paths


@app.command()
def export(
    folder: FolderArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="A file .csv, .xlsx, .json, .jsonl or .parquet.")],
    where: WhereOption = "",
    blobs: Annotated[bool, typer.Option("--blobs", help="A row per blob, with sizes and uncertainties.")] = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Write records into a table for people or programs."""
    with Archive(folder) as archive:
        asked = parse_where(where)
        whole = output.suffix.lower() in (".json", ".jsonl") and not blobs
        make = whole_rows if whole else blob_rows if blobs else record_rows
        counted = select(func.count()).select_from(JOURNAL).where(asked.condition())
        count = next(iter(archive.select(counted)))[0]
        with Progress(count) as progress:
            _refuse_nothing(exported(output, _told(make(archive, asked), progress)), lang)
    print(clean_text(str(output)))


def _told(rows: Iterator[dict[str, Any]], progress: Progress) -> Iterator[dict[str, Any]]:
    """The rows, each record's first one told."""
    seq = None
    for row in rows:
        if row["seq"] != seq:
            progress.step()
            seq = row["seq"]
        yield row


@app.command()
def verify(
    folder: FolderArgument,
    quick: Annotated[
        bool, typer.Option("--quick", help="Pictures: that they are there, without reading them.")
    ] = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Check that every row, text and picture is as it was written. Exit code: 0 it is, 1 it is not."""
    with Archive(folder) as archive, Stages(lang.value) as stages:
        checked = verified(archive, not quick, stages)
    for line in verify_lines(checked, lang.value):
        print(clean_text(line))
    if checked.wrong:
        raise typer.Exit(1)


@app.command("backup")
def backup_(
    folder: FolderArgument,
    target: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder for the copy.")],
    without: Annotated[bool, typer.Option("--without-pictures", help="The database alone.")] = False,
    lang: LangOption = Lang.EN,
) -> None:
    """Copy an archive whole, while it may be written to, and verify the copy."""
    with Stages(lang.value) as stages:
        rows, pictures = backup(folder, target, not without, stages)
        with Archive(target) as copy:
            checked = verified(copy, not without, stages)
    wrong = [one for one in checked.wrong if not (without and one.code == "archive_picture")]
    if wrong:
        checked.wrong = wrong
        for line in verify_lines(checked, lang.value):
            print(clean_text(line))
        print(say("archive_backup_wrong", {"message": clean_text(str(target))}, lang.value))
        raise typer.Exit(1)
    told = {"rows": rows, "pictures": pictures, "message": clean_text(str(target))}
    print(say("archive_backed_up", told, lang.value))


@app.command()
def prune(
    folder: FolderArgument,
    free: Annotated[
        float | None, typer.Option("--free-mb", min=0, help="Remove no more than what frees so many MB.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else it is only said.")] = False,
    who: WhoOption = "",
    lang: LangOption = Lang.EN,
) -> None:
    """Remove pictures past their period (archive.toml), never held ones, those of parts that passed first.

    Records stay for good, and a row says which pictures went.
    """
    with Archive(folder, write=yes) as archive:
        wanted = None if free is None else int(free * MB)
        planned = plan(archive, archive.settings.retention, datetime.now(UTC), wanted)
        told = {"count": len(planned.pictures), "size": f"{planned.size / MB:.1f}"}
        if planned.short:
            print(say("prune_short", {"size": f"{planned.short / MB:.1f}"}, lang.value))
        if not planned.pictures:
            print(say("prune_none", {}, lang.value))
        elif not yes:
            print(say("prune_would", told, lang.value))
        else:
            why = json.dumps(archive.settings.retention.model_dump(), sort_keys=True)
            row = remove(archive, planned.pictures, words_of(who, "--who"), why)
            print(say("prune_done", {**told, "row": row}, lang.value))


@app.command()
def stats(
    folder: FolderArgument, where: WhereOption = "", as_json: JsonOption = False, lang: LangOption = Lang.EN
) -> None:
    """Count records by verdict and by what became of the parts, and how often people decided otherwise."""
    with Archive(folder) as archive:
        dispositions = Dispositions(archive)
        outcomes: Counter[str] = Counter()
        became: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        columns = (JOURNAL.c[name] for name in ("seq", "outcome", *Identity.names()))
        for row in archive.select(select(*columns).where(parse_where(where).condition()).order_by(JOURNAL.c.seq)):
            told = dispositions.of_columns(row)
            outcomes[row.outcome] += 1
            became[told.word] += 1
            reasons[told.reason.code] += 1
    _refuse_nothing(outcomes, lang)
    others = {
        "stats_overruled": reasons["disposition_overruled"],
        "stats_conceded": reasons["disposition_conceded"],
        "stats_judgements": reasons["disposition_judged"],
    }
    if as_json:
        counts = {"records": outcomes.total(), "outcomes": dict(outcomes), "dispositions": dict(became)}
        print(json.dumps({**counts, **{name.removeprefix("stats_"): count for name, count in others.items()}}))
        return
    title = say("stats_records", {}, lang.value) + f": {outcomes.total()}"
    del others["stats_conceded"]  # stands among what became of the parts
    for line in table_lines(title, [*outcomes.most_common(), *became.most_common(), *others.items()], lang.value):
        print(line)


@app.command("upgrade")
def upgrade_(folder: FolderArgument, lang: LangOption = Lang.EN) -> None:
    """Bring an archive that an older cvinspect made up to date, all or nothing; the database before is kept."""
    before = upgrade(folder)
    if before is None:
        print(say("archive_up_to_date", {}, lang.value))
    else:
        print(say("archive_upgraded", {"message": clean_text(before)}, lang.value))
