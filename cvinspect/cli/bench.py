"""`cvinspect bench`: how near our figures are to the physical limit and to peers."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cvinspect.cli.options import JsonOption

app = typer.Typer(help="Accuracy and speed, against bounds and peers, on rendered truth.", no_args_is_help=True)


class Part(StrEnum):
    """What can be benched alone."""

    DIAMETER = "diameter"
    AREA = "area"
    LENGTH = "length"
    WIDTH = "width"
    UNCERTAINTY = "uncertainty"
    CALIBRATION = "calibration"
    COST = "cost"


class Sight(StrEnum):
    """What `bench seeing` can do alone."""

    BLANK = "blank"
    SPECK = "speck"
    SCRATCH = "scratch"
    LINE = "line"
    DENT = "dent"
    FLASH = "flash"
    COST = "cost"


@app.callback()
def bench() -> None:
    """Accuracy and speed, against bounds and peers, on rendered truth."""


@app.command()
def measuring(
    draws: Annotated[int | None, typer.Option("--draws", min=10, max=100_000, help="Objects a cell; 400.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="40 objects a cell, fewer cells: about a minute.")] = False,
    only: Annotated[Part | None, typer.Option("--only", help="One part of it alone.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed gives other draws.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Measure rendered objects of known size: bias, RMSE, Cramer-Rao bound, u, and peers on the same pixels.

    Exit code: 0 all bounds met, 1 not all, 2 usage error.
    """
    from cvinspect.bench.measuring import bench_measuring, rows  # loads scikit-image and scipy

    result = bench_measuring(draws, seed, only.value if only else None, quick)
    for row in [json.dumps(result.as_json(), allow_nan=False)] if as_json else rows(result):
        print(row)
    raise typer.Exit(0 if result.met else 1)


@app.command()
def seeing(
    objects: Annotated[int | None, typer.Option("--objects", min=10, max=10_000, help="A cell; 150.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="50 objects a cell, fewer blank frames.")] = False,
    only: Annotated[Sight | None, typer.Option("--only", help="One part of it alone.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed gives other draws.")] = 1,
    misses: Annotated[Path | None, typer.Option("--misses", help="Write what is missed as pictures here.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Look for rendered specks, scratches, weak lines, dents, flash and chips: shares found, false findings, time
    against OpenCV.

    Exit code: 0 all bounds met, 1 not all, 2 usage error.
    """
    from cvinspect.bench.seeing import bench_seeing, rows  # loads scikit-image and scipy
    from cvinspect.bench.seeing_misses import Misses

    missed = Misses()
    result = bench_seeing(objects, seed, only.value if only else None, quick, missed)
    for path in missed.write(misses) if misses else []:
        print(path, file=sys.stderr)
    for row in [json.dumps(result.as_json(), allow_nan=False)] if as_json else rows(result):
        print(row)
    raise typer.Exit(0 if result.met else 1)


@app.command()
def locating(
    draws: Annotated[int, typer.Option("--draws", min=5, max=10_000, help="Parts, each way of locating.")] = 60,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed gives other draws.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Locate rendered parts by their outline and by marks: place, turn, their uncertainty, and time against OpenCV.

    Exit code: 0 every place to 0.1 px and u true, 1 not, 2 usage error.
    """
    from cvinspect.bench import locating as bench

    results = bench.bench_locating(draws, seed)
    for row in [json.dumps(bench.as_json(results), allow_nan=False)] if as_json else bench.rows(results):
        print(row)
    raise typer.Exit(0 if all(one.met for one in results) else 1)
