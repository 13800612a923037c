"""A job: recipe, limits and calibration, proved to fit before the first part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_type_hints

from pydantic import create_model

from cvinspect.calibration import load_calibration
from cvinspect.calibration.store import ends_soon
from cvinspect.config.agreements import load_agreements
from cvinspect.config.learned import check_learnable, load_learned, sha256_of
from cvinspect.config.limits import load_limits
from cvinspect.config.locating import locator_of
from cvinspect.config.nominal import with_nominal
from cvinspect.config.proof import prove
from cvinspect.config.recipe import LimitsEntry, Recipe, ViewEntry, load_recipe
from cvinspect.detect import DETECTORS, PATTERN_SHARE, Detector, FlashDetector, Learned, is_blunt, with_learnt
from cvinspect.errors import CalibrationError, LearnedError, LimitsError, RecipeError
from cvinspect.fitness import Band
from cvinspect.forms import Form, parse_data
from cvinspect.judge import LimitTable, Policy, in_force
from cvinspect.judge.table import DecisionRule
from cvinspect.locate import FIXED, Locator
from cvinspect.model import Calibration, Face, Inspected, Kind, Reason
from cvinspect.pictures import clean_text


@dataclass(frozen=True, slots=True)
class View:
    """One camera's look at the part: its faces, its scale, its detectors, how the part is located, how its picture
    must be, what was learnt of it.

    detectors read the picture itself; lights: what reads each further light that the recipe names. learned: of the
    picture itself. sha256: of what learning depends on in the recipe. pattern_mm: the period of a pattern of light that
    is taken out of the pictures first. turned: what goes round a turned part is taken out.
    """

    name: str
    faces: tuple[Face, ...]
    calibration: Calibration
    calibration_name: str
    detectors: Mapping[Kind, Detector]
    locator: Locator = FIXED
    fitness: Mapping[str, Band] = field(default_factory=dict)
    lights: Mapping[str, Mapping[Kind, Detector]] = field(default_factory=lambda: MappingProxyType({}))
    learned: Learned | None = None
    sha256: str = ""
    pattern_mm: float | None = None
    turned: bool = False

    @property
    def looked_for(self) -> Mapping[Kind, Detector]:
        """Every kind that is looked for in any light, with the detector of the first that reads it."""
        every: dict[Kind, Detector] = {}
        for detectors in (self.detectors, *self.lights.values()):
            every = {**detectors, **every}
        return every

    def read_by(self, light: str) -> Mapping[Kind, Detector]:
        """What reads a light: a recipe that names none has every detector read every light."""
        return self.lights.get(light, self.detectors)


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that one part is inspected by. table None = no limits: everything is measured, nothing can pass.

    elsewhere: what the recipe declares checked by other means. overridden: what the command line changed of the
    recipe or the table. notes: what every verdict of this job repeats.
    """

    recipe: Recipe
    views: tuple[View, ...]
    table: LimitTable | None
    policy: Policy
    elsewhere: tuple[Inspected, ...] = ()
    overridden: tuple[str, ...] = ()
    notes: tuple[Reason, ...] = ()

    @property
    def faces(self) -> tuple[Face, ...]:
        """The part's faces over all views."""
        return tuple(face for view in self.views for face in view.faces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the command line may say instead of the recipe."""

    limits: str | None = None
    calibration: Path | None = None
    learned: Path | None = None
    product_grade: Literal["oem", "canon"] | None = None
    decision_rule: DecisionRule | None = None
    ambiguity: Literal["review", "worst"] | None = None
    agreements: Path | None = None


_NOTHING = Overrides()


def load_job(
    path: Path,
    overrides: Overrides = _NOTHING,
    now: datetime | None = None,
    *,
    unlearned: bool = False,
    kept: LimitTable | None = None,
    judged_by: tuple[LimitTable | None, Policy] | None = None,
) -> Job:
    """The job that the recipe in `path` describes, proved to fit. Raises a ConfigurationError in words.

    unlearned: without what was learnt, for learning it. kept: the table that `overrides.limits` names, where it is
    loaded already. judged_by: instead of what recipe and `overrides` say of it.
    """
    now = now or datetime.now(UTC)
    recipe = load_recipe(path)
    entry = _limits_entry(recipe, overrides)
    table = judged_by[0] if judged_by else kept or _table(recipe, overrides)
    views = tuple(_view(recipe, view, overrides, now, unlearned) for view in recipe.file.view)
    policy, notes = (judged_by[1], ()) if judged_by else _policy(recipe, entry, overrides, now)
    elsewhere = tuple(
        Inspected(face.name, said.kind, 0.0, 1.0, said.by)
        for said in recipe.file.elsewhere
        for view in views
        for face in view.faces
        if not said.faces or face.name in said.faces
    )
    told = tuple(_told(recipe, overrides))
    notes = (*notes, *_warnings(recipe, views, now), *(Reason.of("overridden", what=what) for what in told))
    job = Job(recipe, views, table, policy, elsewhere, told, notes)
    prove(job, refuse_unresolved=entry is None or entry.unresolved == "refuse")
    return job


def _limits_entry(recipe: Recipe, overrides: Overrides) -> LimitsEntry | None:
    entry = recipe.file.limits
    if overrides.limits is None:
        return entry
    return entry.model_copy(update={"name": overrides.limits}) if entry else LimitsEntry(name=overrides.limits)


def _told(recipe: Recipe, overrides: Overrides) -> Iterator[str]:
    """What the command line changed of the recipe's [limits] or of the table, as its options read."""
    own = recipe.file.limits
    for one in fields(overrides):
        value = getattr(overrides, one.name)
        is_first = own is None or getattr(own, one.name if one.name != "limits" else "name", None) in (None, "", value)
        if value is None or one.name in ("calibration", "learned") or (is_first and one.name != "decision_rule"):
            continue
        yield clean_text(f"--{one.name.replace('_', '-')} {value}")


def _table(recipe: Recipe, overrides: Overrides) -> LimitTable | None:
    """A path in a recipe is relative to the recipe, one on the command line to where the user stands."""
    if overrides.limits is not None:
        return load_limits(overrides.limits)
    if recipe.file.limits is None:
        return None
    name = recipe.file.limits.name
    try:
        return load_limits(str(recipe.path.parent / name) if name.lower().endswith(".toml") else name)
    except LimitsError as bad:
        raise LimitsError(f"{recipe.path}: limits.name = {name!r}: {bad}") from bad


def _policy(
    recipe: Recipe, entry: LimitsEntry | None, overrides: Overrides, now: datetime
) -> tuple[Policy, tuple[Reason, ...]]:
    said = entry or LimitsEntry(name="none")
    path = overrides.agreements or (recipe.path.parent / said.agreements if said.agreements else None)
    agreements, notes = in_force(load_agreements(path), recipe.file.part, now.date()) if path else ((), ())
    policy = Policy(
        product_grade=overrides.product_grade or said.product_grade,
        decision_rule=overrides.decision_rule or said.decision_rule,
        ambiguity=overrides.ambiguity or said.ambiguity,
        agreements=agreements,
    )
    return policy, notes


def _warnings(recipe: Recipe, views: Iterable[View], now: datetime) -> Iterator[Reason]:
    """What every verdict must say of the job: a calibration near its end, answers that ended, detectors made blunt."""
    for view in views:
        if ends_soon(view.calibration, now):
            yield Reason.of(
                "calibration_ends", name=view.calibration_name, until=f"{view.calibration.valid_until:%Y-%m-%d}"
            )
        if view.pattern_mm is not None:
            widest = PATTERN_SHARE / 2 * view.pattern_mm
            yield Reason.of("pattern", view=view.name, period=view.pattern_mm, widest=f"{widest:.3g}")
        if view.turned:
            yield Reason.of("turned", view=view.name)
        for kind, detector in view.looked_for.items():
            if is_blunt(detector):
                usual = DETECTORS[kind]()
                yield Reason.of(
                    "blunt",
                    kind=str(kind),
                    contrast=detector.contrast_gray,
                    sigmas=detector.noise_sigmas,
                    usual=f"{usual.contrast_gray:g}, {usual.noise_sigmas:g}",
                )
    for face in (face for entry in recipe.file.view for face in entry.face):
        answer = face.no_function
        if answer is not None and now.date() > answer.expires:
            yield Reason.of(
                "no_function_expired", face=face.name, expires=str(answer.expires), reference=answer.reference
            )


def _view(recipe: Recipe, entry: ViewEntry, given: Overrides, now: datetime, unlearned: bool) -> View:
    path = given.calibration or (recipe.path.parent / entry.calibration if entry.calibration else None)
    if path is None:
        raise CalibrationError(
            f"{recipe.path}: view {entry.name!r} names no calibration; "
            'write calibration = "FILE" there, or give --calibration FILE'
        )
    where = f"{recipe.path}: view {entry.name!r}"
    folder = recipe.path.parent
    detectors = _detectors(where, folder, entry.detect)
    lights = {
        one.name: detectors if one.detect is None else _detectors(f"{where}, light {one.name!r}", folder, one.detect)
        for one in entry.light
    }
    faces = tuple(face.value(now.date()) for face in entry.face)
    calibration = load_calibration(path, now)
    try:
        locator = locator_of(entry.locate, faces, calibration, folder)
    except RecipeError as bad:
        raise RecipeError(f"{where}, locate: {bad}") from bad
    learned, bands = (None, {}) if unlearned else _learned(recipe, entry, given.learned, calibration)
    if not unlearned:
        detectors = _on_learnt(where, detectors, learned)
        lights = {name: _on_learnt(f"{where}, light {name!r}", own, learned) for name, own in lights.items()}
    return View(
        entry.name,
        faces,
        calibration,
        clean_text(path.name),
        detectors,
        locator,
        bands | entry.fitness.bands(),
        MappingProxyType(lights),
        learned,
        sha256_of(entry),
        entry.pattern_mm,
        entry.turned,
    )


def _on_learnt(where: str, detectors: Mapping[Kind, Detector], learned: Learned | None) -> dict[Kind, Detector]:
    """The detectors, flash beyond the learnt outline where the recipe says so; raises RecipeError without one."""
    done = dict(with_learnt(detectors, None if learned is None else learned.outline))
    flash = done.get(Kind.FLASH)
    if isinstance(flash, FlashDetector) and flash.outline == "learnt":
        raise RecipeError(
            f'{where}, detect.flash: outline = "learnt", but no outline was learnt; run `cvinspect learn` on good '
            'pictures and write learned = "FILE" in the view'
        )
    return done


def _learned(
    recipe: Recipe, entry: ViewEntry, given: Path | None, calibration: Calibration
) -> tuple[Learned | None, dict[str, Band]]:
    if given is not None and len(recipe.file.view) > 1:
        raise LearnedError(f"--learned is for a recipe of one view; {recipe.path} has {len(recipe.file.view)}")
    path = given or (recipe.path.parent / entry.learned if entry.learned else None)
    if path is not None:
        check_learnable(str(recipe.path), entry.name, entry.pattern_mm, entry.turned)
    return (None, {}) if path is None else load_learned(path, recipe.file.part, entry, calibration)


def _detectors(where: str, folder: Path, detect: Mapping[str, dict[str, Any]]) -> dict[Kind, Detector]:
    return {
        Kind.named(word): _detector(f"{where}, detect.{word}", folder, word, knobs) for word, knobs in detect.items()
    }


def _detector(where: str, folder: Path, word: str, knobs: dict[str, Any]) -> Detector:
    kind = Kind.named(word)
    if kind not in DETECTORS:
        raise RecipeError(f"{where}: no detector finds {kind}; there are: {', '.join(DETECTORS)}; see [[elsewhere]]")
    detector = DETECTORS[kind]
    given, knobs = with_nominal(knobs, folder, where) if kind is Kind.FLASH else ({}, knobs)
    hints = get_type_hints(detector)
    parts: dict[str, Any] = {
        one.name: (hints[one.name], ... if one.default is MISSING else one.default)
        for one in fields(detector)  # type: ignore[arg-type]
        if kind is not Kind.FLASH or one.name != "outline"
    }
    form = create_model(detector.__name__, __base__=Form, **parts)
    checked = parse_data(knobs, form, where, RecipeError)
    try:
        return detector(**given, **{name: getattr(checked, name) for name in parts})
    except ValueError as bad:
        raise RecipeError(f"{where}: {bad}") from bad
