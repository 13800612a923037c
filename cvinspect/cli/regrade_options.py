"""The options of `cvinspect regrade`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SourceArgument = Annotated[
    Path, typer.Argument(metavar="ARCHIVE|FOLDER", help="An archive, or a folder of photographs.")
]
FromPicturesOption = Annotated[
    bool, typer.Option("--from-pictures", help="Inspect the archive's pictures again, do not only judge.")
]
RecipeOption = Annotated[Path | None, typer.Option("--recipe", help="Instead of each record's own.")]
CalibrationOption = Annotated[Path | None, typer.Option("--calibration", help="Instead of the recipe's.")]
ArchiveOption = Annotated[
    Path | None, typer.Option("--archive", help="Of photographs: the archive whose ledger and row tell of it.")
]
NamesOption = Annotated[
    str, typer.Option("--names", help="Which part a photograph shows, as '{lot}_{part}', or a regular expression.")
]
ListOption = Annotated[
    Path | None, typer.Option("--list", help="CSV beside the photographs: picture, part, lot .., outcome.")
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="Day as of which calibrations are valid [of inspection, or today].")
]
WhoOption = Annotated[str, typer.Option("--who", help="Who asks [the name you are logged in by].")]
WhyOption = Annotated[str, typer.Option("--why", help="Why: a complaint, a new revision.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder for the report and the results.")]
LedgerOption = Annotated[
    Path | None, typer.Option("--ledger", help="Folder of the ledger [ARCHIVE/regrade, else in --out].")
]
JobsOption = Annotated[int | None, typer.Option("--jobs", min=1, max=256, help="Processes [one per core].")]
SchedulerOption = Annotated[
    str,
    typer.Option(
        "--scheduler", metavar="tcp://HOST:PORT", help="A Dask scheduler whose workers answer [this machine]."
    ),
]
TimeLimitOption = Annotated[float, typer.Option("--time-limit", min=0.1, help="Seconds for one part.")]
RetryOption = Annotated[bool, typer.Option("--retry", help="Try again what could not be judged before.")]
UnrecordedOption = Annotated[
    bool, typer.Option("--unrecorded", help="Write no row into the archive, which may then be read-only.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say how many parts and how long; do nothing.")]
