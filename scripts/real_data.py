"""Scores the public sets of real pictures: found against truth, development half beside held-out half.

    .venv/bin/python scripts/real_data.py [SET ...] --data FOLDER [--learned FOLDER] [--json] [--report FOLDER]
    .venv/bin/python scripts/real_data.py learn [SET ...] --data FOLDER --learned FOLDER [--false-per-part 0.02]

The second learns from the good pictures of the development half, where a set has any, into FOLDER/SET.learned; the
first inspects by these.

FOLDER holds the sets as their README describes them; none of them belongs to the project. Each has a recipe in
scripts/real_data/SET.toml. The halves are split by part, never by file: within each class of parts, the parts in the
order of the SHA-256 of "SET/PART" go to development and held out in turn. A report shows the development half alone.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from real_data_parts import by_part, part_rows

from cvinspect.cli.show import Progress
from cvinspect.detect.learned_file import save_learned
from cvinspect.errors import ConfigurationError, CvinspectError
from cvinspect.learn import LEAST, Good, Terms, good_of, learn
from cvinspect.pictures import read_picture
from cvinspect.report.score import write_score_report
from cvinspect.report.score_rows import area, cell, group_name, share
from cvinspect.score import PictureScore, Road, Sheet, load_truth, parse_classes, pictures_of, score_pictures, summary
from cvinspect.score.stated import Stated

RECIPES = Path(__file__).resolve().parent / "real_data"
HALVES = ("development", "held out")
Row = dict[str, str]


@dataclass(frozen=True)
class Task:
    """One question to one set. truth: a path in the set, or what makes a row of a CSV of image labels an item's.

    part: from an item of items.csv (empty without one) and the picture to the part; key and name: what ties an item to
    its picture; stratum: which classes of parts both halves share; lights: name and folder of its further lights;
    recipe: its name where the question has one of its own; size: of its pictures, where
    others show another section.
    """

    folder: str
    title: str
    pictures: str
    truth: str
    classes: str
    part: Callable[[Row, Path], str]
    key: Callable[[Row], str] = lambda item: item["name"]
    name: Callable[[Path], str] = lambda picture: picture.stem
    stratum: Callable[[Row], str] = lambda item: ""
    label: str = ""
    mm_per_px: float | None = None
    unlabelled_good: bool = False
    lights: tuple[tuple[str, str], ...] = ()
    recipe: str = ""
    size: tuple[int, int] | None = None

    @property
    def recipe_path(self) -> Path:
        """Of its own recipe, or of the set's."""
        return RECIPES / f"{self.recipe or self.folder}.toml"


_IMPELLER: dict[str, Any] = {
    "folder": "casting_impeller",
    "pictures": ".",
    "truth": "",
    "part": lambda item, picture: item["split_group"],
    "key": lambda item: item["file"],
    "name": lambda picture: "/".join(picture.parts[-3:]),
    "stratum": lambda item: item["origin_label"],
}
TASKS = (
    Task(
        folder="agdd",
        title="agdd",
        pictures="image",
        truth="labels_obb",
        classes="0=dent,1=scratch,2=crack,3=foreign",
        part=lambda item, picture: picture.stem[:4],  # names are times; views of one minute may show one place
        key=lambda item: item["id"],
        mm_per_px=0.1,
        lights=(("raking", "images"),),
    ),
    Task(
        folder="magnetic_tile",
        title="magnetic_tile",
        pictures=".",
        truth=".",
        classes="MT_Blowhole=dent,MT_Crack=crack,MT_Break=cut_damage,MT_Fray=any,MT_Uneven=any,MT_Free=good",
        part=lambda item, picture: item["tile_group"],
        stratum=lambda item: item["class"],
    ),
    Task(title="casting_impeller, flash", classes="yes=flash,no=good,uncertain=ignore",
         label="flash_by_eye_of_cluster_representative", recipe="casting_impeller_flash", **_IMPELLER),
    Task(title="casting_impeller, defective", classes="def=any,ok=good", label="origin_label", **_IMPELLER),
    Task(
        folder="bsdata",
        title="bsdata",
        pictures="images",
        truth="labels",
        classes="Pitting=dent",
        part=lambda item, picture: item["position"],
        unlabelled_good=True,
        size=(1130, 460),
    ),
    Task(
        folder="neu_seg",
        title="neu_seg",
        pictures="images",
        truth="annotations",
        classes="1=foreign,2=any,3=scratch",
        part=lambda item, picture: picture.stem,
    ),
    Task(
        folder="goggles_lens",
        title="goggles_lens",
        pictures="images",
        truth="labels",
        classes="dust_spot=foreign,scratch=scratch,dust_line=any,stain=any,spotlight=ignore,watermark=ignore",
        part=lambda item, picture: item["lens"],
    ),
)  # fmt: skip


def halves(name: str, parts: dict[str, str]) -> dict[str, str]:
    """Each part's half; parts: part to stratum."""
    half: dict[str, str] = {}
    for stratum in sorted(set(parts.values())):
        own = [part for part, its in parts.items() if its == stratum]
        own.sort(key=lambda part: hashlib.sha256(f"{name}/{part}".encode()).hexdigest())
        half.update({part: HALVES[i % 2] for i, part in enumerate(own)})
    return half


def learn_task(task: Task, data: Path, learned: Path, false_per_part: float) -> Path | None:
    """What the good pictures of the development half teach, as FOLDER/SET.learned; None where there are none.

    Pictures of several sizes teach their texture alone.
    """
    root = data / task.folder
    items = _items(root, task)
    road = Road(task.recipe_path, mm_per_px=task.mm_per_px)
    shots = road.shots([root / task.pictures])
    kept = set(pictures_of([shot.path for shot in shots], root / task.truth))
    shots = tuple(shot for shot in shots if shot.path in kept and _fits(task, shot.path))
    paths = [shot.path for shot in shots]
    known = load_truth(root / task.truth, paths, parse_classes(task.classes), task.unlabelled_good)
    part = {path: task.part(items.get(task.name(path), {}), path) for path in paths}
    half = halves(task.folder, {part[path]: task.stratum(items[task.name(path)]) if items else "" for path in paths})
    goods: list[Good] = []
    for shot in shots:
        if half[part[shot.path]] == HALVES[0] and _is_good(known.of[shot.path]):
            height, width = read_picture(shot.path).pixels.shape[:2]
            job = road.job((width, height))
            goods.append(good_of(replace(shot, part=part[shot.path]), job.views[0]))
    if len(goods) < LEAST:
        return None
    job = road.job(goods[0].frame.size)
    terms = Terms(false_per_part=false_per_part, by="scripts/real_data.py")
    with Progress(2 * len(goods)) as progress:
        told = learn(goods, job, job.views[0], terms, progress.step)
    learned.mkdir(parents=True, exist_ok=True)
    save_learned(told, learned / f"{task.folder}.learned")
    return learned / f"{task.folder}.learned"


def _fits(task: Task, path: Path) -> bool:
    return task.size is None or read_picture(path).pixels.shape[1::-1] == task.size


def _is_good(stated: Stated) -> bool:
    if stated.whole is not None:
        return stated.whole.good
    return stated.size is not None and not stated.labels(stated.size)


def score_task(task: Task, data: Path, report: Path | None, learned: Path | None = None) -> dict[str, Any]:
    """Both halves' figures. Raises a CvinspectError where the set is not as its README says."""
    root = data / task.folder
    items = _items(root, task)
    file = None if learned is None else learned / f"{task.folder}.learned"
    own = file if file is not None and file.is_file() else None
    road = Road(task.recipe_path, mm_per_px=task.mm_per_px, learned=own)
    with tempfile.TemporaryDirectory() as scratch:
        truth = _labels(items, task, Path(scratch)) if task.label else root / task.truth
        shots = road.shots([root / task.pictures], {name: root / folder for name, folder in task.lights})
        kept = set(pictures_of([shot.path for shot in shots], truth))
        shots = tuple(shot for shot in shots if shot.path in kept and _fits(task, shot.path))
        known = load_truth(truth, [shot.path for shot in shots], parse_classes(task.classes), task.unlabelled_good)

    def part_of(path: Path) -> str:
        return task.part(items.get(task.name(path), {}), path)

    parts = {part_of(shot.path): task.stratum(items[task.name(shot.path)]) if items else "" for shot in shots}
    half = halves(task.folder, parts)
    scores, sheet = _scored(score_pictures(shots, known, road, part_of=part_of), len(shots), half, report is not None)
    told = {}
    for name in HALVES:
        own = [one for one in scores if half[one.part] == name]
        told[name] = summary(own, known, road) | {"parts": by_part(own)}
    if report is not None:
        folder = report / task.title.replace(", ", "-")
        write_score_report(folder, told[HALVES[0]], sheet.sheets, "en", version("cvinspect"), datetime.now(UTC))
    return told


def _scored(
    pairs: Iterator[tuple[PictureScore, Any]], total: int, half: dict[str, str], wanted: bool
) -> tuple[list[PictureScore], Sheet]:
    scores, sheet = [], Sheet()
    with Progress(total) as progress:
        for score, looked in pairs:
            scores.append(score)
            if wanted and half[score.part] == HALVES[0]:
                sheet.add(score, looked)
            progress.step()
    return scores, sheet


def _items(root: Path, task: Task) -> dict[str, Row]:
    """The rows of items.csv by their keys; empty where the set has none."""
    path = root / "items.csv"
    if not root.is_dir():
        raise ConfigurationError(f"{root}: no such folder; --data is to hold the sets, or name those that are there")
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {task.key(row): row for row in csv.DictReader(file)}


def _labels(items: dict[str, Row], task: Task, folder: Path) -> Path:
    """A CSV of image labels from the items' column."""
    path = folder / "labels.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "label"])
        table.writerows([row["file"], row[task.label] or "uncertain"] for row in items.values())
    return path


def rows(told: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(what, development, held out) of one task."""
    named = {half: dict(_figures(told[half])) for half in HALVES}
    codes = list(dict.fromkeys([*named[HALVES[0]], *named[HALVES[1]]]))
    return [(code, named[HALVES[0]].get(code, "–"), named[HALVES[1]].get(code, "–")) for code in codes]


def _figures(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    pictures, false = data["pictures"], data["false"]
    yield "pictures, bad / good, parts", f"{pictures['bad']} / {pictures['good']}, {pictures['parts']}"
    if pictures["not_inspected"]:
        yield "not inspected", str(len(pictures["not_inspected"]))
    if false["pictures"]:
        yield "false findings a picture", cell(false["per_picture"])
    if false["on_good"]["pictures"]:
        yield "false findings a good picture", cell(false["on_good"]["per_picture"])
    yield from _recalls(data)
    for row in data["sizes"]:
        most, code = ("25", "within_25") if row["quantity"] == "area" else ("10", "within_10")
        yield f"{group_name(row['group'], 'en')}: {row['quantity']} within {most} %", share(row[code])
    for code, said in (("located", "AUROC, located"), ("picture", "AUROC, picture")):
        if data["auroc"][code]:
            yield said, area(data["auroc"][code])
        for group, own in data["auroc"]["groups"].items():
            if own[code]:
                yield f"{said}, {group_name(group, 'en')}", area(own[code])
    for code in ("located", "picture"):
        rejects = data["false_rejects_at_zero_escapes"][code]
        if rejects:
            silent = f"; {rejects['silent']} of {rejects['bad']} silent" if rejects["silent"] else ""
            yield f"false rejects at zero escapes, {code}", share(rejects["rejected"]) + silent
    if pictures["parts"] < pictures["bad"] + pictures["good"]:
        yield from part_rows(data["parts"])


def _recalls(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for group in data["groups"]:
        if group["labels"]:
            yield f"{group_name(group['group'], 'en')}: found", f"{share(group['detected'])} of {group['labels']}"
    for row in data["recall_at"]:
        wanted = {"picture": (1.0, 5.0), "good_picture": (0.1,)}[row["per"]]
        for group, told in row["recall"].items() if row["false_per_picture"] in wanted else ():
            most = f"at most {row['false_per_picture']:g} false a {row['per'].replace('_', ' ')}"
            yield f"{group_name(group, 'en')}: {most}", share(told)


def _print(title: str, table: Sequence[tuple[str, str, str]]) -> None:
    wide = max(len(what) for what, _, _ in table)
    print(f"\n{title:{wide}}  {HALVES[0]:>34}  {HALVES[1]:>34}")
    for what, one, other in table:
        print(f"{what:{wide}}  {one:>34}  {other:>34}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 2 where a set cannot be scored."""
    known = list(dict.fromkeys(task.folder for task in TASKS))
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--learned", type=Path, help="folder of what was learnt, or is to be")
    parser.add_argument("--false-per-part", type=float, default=0.02, help="with learn: what the levels are set for")
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"not given: all of {', '.join(known)}")
    parser.add_argument("--data", type=Path, required=True, help="the folder of the sets")
    parser.add_argument("--json", action="store_true", help="JSON on stdout, and nothing else there")
    parser.add_argument("--report", type=Path, help="folder for a report of each set's development half")
    given = parser.parse_args(arguments)
    learning = given.sets[:1] == ["learn"]
    if learning:
        given.sets = given.sets[1:]
        if given.learned is None:
            parser.error("learn needs --learned FOLDER to write to")
    unknown = [name for name in given.sets if name not in known]
    if unknown:
        print(f"real_data: unknown set {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    every: dict[str, Any] = {}
    try:
        for task in TASKS:
            if not given.sets or task.folder in given.sets:
                print(f"{task.title} ...", file=sys.stderr)
                if learning:
                    print(learn_task(task, given.data, given.learned, given.false_per_part) or "no good pictures")
                    continue
                every[task.title] = score_task(task, given.data, given.report, given.learned)
                if not given.json:
                    _print(task.title, rows(every[task.title]))
    except CvinspectError as bad:
        print(f"real_data: {bad}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("real_data: stopped", file=sys.stderr)
        return 130
    if given.json and not learning:
        print(json.dumps(every, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
