"""The command line: a command is a few lines around one public function."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from cvinspect.cli import archive, bench, calibration, limits, recipe
from cvinspect.cli.calibrate import calibrate
from cvinspect.cli.inspect import inspect
from cvinspect.cli.judge import judge
from cvinspect.cli.learn import learn
from cvinspect.cli.score import score
from cvinspect.cli.target import target
from cvinspect.errors import CvinspectError
from cvinspect.pictures import clean_text

app = typer.Typer(
    help="Cosmetic surface inspection, judged under each customer's own limit table.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(inspect)
app.command()(judge)
app.command()(learn)
app.command()(score)
app.command()(target)
app.command()(calibrate)
app.add_typer(limits.app, name="limits")
app.add_typer(recipe.app, name="recipe")
app.add_typer(calibration.app, name="calibration")
app.add_typer(archive.app, name="archive")
app.add_typer(bench.app, name="bench")

INTERRUPTED = 130


def main() -> None:
    """Runs the command line; what the user can mend is said in words, with exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except CvinspectError as bad:
        _refuse(str(bad))
    except OSError as bad:  # a full disk, a name that is too long, a folder that went away
        _refuse(f"{bad.filename}: {bad.strerror}" if bad.filename else bad.strerror or str(bad))
    except KeyboardInterrupt:
        print("cvinspect: stopped", file=sys.stderr)
        sys.exit(INTERRUPTED)


def _refuse(message: str) -> NoReturn:
    for fault in message.splitlines():
        print(f"cvinspect: {clean_text(fault)}", file=sys.stderr)
    sys.exit(2)
