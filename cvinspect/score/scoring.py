"""Each picture held against its truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cvinspect.errors import ConfigurationError
from cvinspect.model import Blob, Calibration, Kind, Measured
from cvinspect.pipeline import Judged, Shot
from cvinspect.pipeline.line import sentence
from cvinspect.score.label import Label
from cvinspect.score.matching import Claim, Match, claims_of, matched
from cvinspect.score.road import Road
from cvinspect.score.stated import Stated
from cvinspect.score.truth import Truth
from cvinspect.words import Language

SCALES_DIFFER = 0.02


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One label: how it was found. size: in mm (px where no scale is known).

    strength: the threshold from which on it is missed; None = missed. covered: share of a line's length, whether that
    is enough or not. found_as: the kind of its strongest finding, may_be: what else that may be; found_size, area,
    found_area: None where not known.
    """

    group: str
    size: float
    strength: float | None
    covered: float | None = None
    found_as: Kind | None = None
    found_size: float | None = None
    area: float | None = None
    found_area: float | None = None
    may_be: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class FalseFinding:
    """A finding on no label."""

    kind: Kind
    size: float
    strength: float


@dataclass(frozen=True, slots=True)
class PictureScore:
    """One picture. bad: what its truth says of it as a whole; None = to be ignored. groups: the classes it holds.

    placed: False where the truth does not say where the defects lie: then false findings cannot be told. why: the
    reason where it could not be inspected. strongest: of all its findings beside ignored labels; None = none.
    """

    picture: str
    part: str
    bad: bool | None
    groups: tuple[str, ...]
    placed: bool
    why: str
    megapixels: float
    labels: tuple[LabelScore, ...]
    false: tuple[FalseFinding, ...]
    strongest: float | None

    @property
    def inspected(self) -> bool:
        """False where nothing of it was seen."""
        return not self.why

    def located(self, group: str | None = None) -> float | None:
        """The strength of the strongest finding that counts for a label (of `group`); None = none does."""
        found = [one.strength for one in self.labels if group in (None, one.group) and one.strength is not None]
        return max(found, default=None)


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What the score of a picture stands on, for showing it: labels with their matches, findings, the false ones."""

    judged: Judged
    labels: tuple[Label, ...] = ()
    matches: tuple[Match, ...] = ()
    claims: tuple[Claim, ...] = ()
    false: tuple[int, ...] = ()


def score_pictures(
    shots: Sequence[Shot],
    truth: Truth,
    road: Road,
    lang: Language = "en",
    part_of: Callable[[Path], str] | None = None,
) -> Iterator[tuple[PictureScore, Looked]]:
    """Every picture inspected and held against its truth. part_of: which part a picture shows, instead of the recipe's.

    Raises ConfigurationError where a truth does not fit its picture.
    """
    for group in road.parts(shots):
        scale = truth.of[group[0].path].mm_per_px
        for judged in road.inspect(group, scale):
            part = part_of(judged.shot.path) if part_of else judged.shot.part
            yield _scored(judged, truth.of[judged.shot.path], part, road.calibration(judged.shot.view), lang)


def _scored(
    judged: Judged, stated: Stated, part: str, calibration: Calibration, lang: Language
) -> tuple[PictureScore, Looked]:
    """Of a picture that cannot be read, the size is taken to be the calibration's."""
    _check_size(judged, stated)
    labels = stated.labels(judged.frame.size if judged.frame is not None else stated.size or calibration.size)
    if judged.frame is None or judged.seen is None:
        return _not_inspected(judged, stated, labels, part, calibration, lang), Looked(judged, labels)
    _check_scale(judged, stated, calibration)
    claims = claims_of(judged.seen.blobs, judged.seen.placement, judged.frame.size)
    matches, false = matched(labels, claims)
    counted = [(label, match) for label, match in zip(labels, matches, strict=True) if not label.meaning.ignore]
    excused = _excused(labels, matches)
    scores = tuple(_label_score(label, match, claims, calibration) for label, match in counted)
    score = PictureScore(
        picture=judged.shot.picture,
        part=part,
        bad=_is_bad(stated, labels),
        groups=_groups(stated, labels),
        placed=stated.placed,
        why="",
        megapixels=judged.frame.size[0] * judged.frame.size[1] / 1e6,
        labels=scores,
        false=tuple(_false(claims[index]) for index in false),
        strongest=max((claim.strength for i, claim in enumerate(claims) if i not in excused), default=None),
    )
    return score, Looked(judged, labels, tuple(matches), tuple(claims), tuple(false))


def _not_inspected(
    judged: Judged, stated: Stated, labels: Sequence[Label], part: str, calibration: Calibration, lang: Language
) -> PictureScore:
    """Of such a picture every label counts as missed."""
    reasons = judged.verdict.reasons
    return PictureScore(
        picture=judged.shot.picture,
        part=part,
        bad=_is_bad(stated, labels),
        groups=_groups(stated, labels),
        placed=stated.placed,
        why=sentence(reasons[0], lang) if reasons else str(judged.verdict.outcome),
        megapixels=0.0 if judged.frame is None else judged.frame.size[0] * judged.frame.size[1] / 1e6,
        labels=tuple(
            LabelScore(label.meaning.group, label.size_px * calibration.mm_per_px, None)
            for label in labels
            if not label.meaning.ignore
        ),
        false=(),
        strongest=None,
    )


def _check_size(judged: Judged, stated: Stated) -> None:
    size = judged.frame.size if judged.frame is not None else stated.size
    if stated.size is not None and size is not None and stated.size != size:
        raise ConfigurationError(
            f"{stated.source}: is for a picture of {stated.size[0]}x{stated.size[1]} px, but {judged.shot.picture} has "
            f"{size[0]}x{size[1]} px; is it the truth of another picture?"
        )


def _check_scale(judged: Judged, stated: Stated, calibration: Calibration) -> None:
    told = stated.mm_per_px
    if told is not None and abs(calibration.mm_per_px / told - 1) > SCALES_DIFFER:
        raise ConfigurationError(
            f"{stated.source}: mm_per_px = {told:g}, but {judged.shot.picture} is inspected at "
            f"{calibration.mm_per_px:g} mm/px; mend the one that is wrong"
        )


def _is_bad(stated: Stated, labels: Sequence[Label]) -> bool | None:
    if stated.whole is not None:
        return None if stated.whole.ignore else not stated.whole.good
    return any(not label.meaning.ignore for label in labels)


def _groups(stated: Stated, labels: Sequence[Label]) -> tuple[str, ...]:
    whole = stated.whole
    named = [whole.group] if whole is not None and not whole.good and not whole.ignore else []
    return tuple(dict.fromkeys([*named, *(label.meaning.group for label in labels if not label.meaning.ignore)]))


def _excused(labels: Sequence[Label], matches: Sequence[Match]) -> set[int]:
    """The findings that lie on ignored labels only."""
    pairs = list(zip(labels, matches, strict=True))
    ignored = {index for label, match in pairs if label.meaning.ignore for index in match.claims}
    return ignored - {index for label, match in pairs if not label.meaning.ignore for index in match.claims}


def _label_score(label: Label, match: Match, claims: Sequence[Claim], calibration: Calibration) -> LabelScore:
    scale = float(np.sqrt(np.abs(np.linalg.det(calibration.jacobian(label.center_px)[0]))))
    blobs = [claims[index].blob for index in match.claims]
    area = None if label.area_px2 is None else label.area_px2 * scale**2
    found = match.strength is not None
    return LabelScore(
        label.meaning.group,
        label.size_px * scale,
        match.strength,
        match.covered,
        blobs[0].kind if found else None,
        _found_size(label, blobs) if found else None,
        area,
        _value(sum, [blob.area_mm2 for blob in blobs]) if found and area is not None else None,
        blobs[0].may_be if found else (),
    )


def _found_size(label: Label, blobs: Sequence[Blob]) -> float | None:
    """The same quantity as the label's size: pieces of a line make one length."""
    if label.by_height:
        return _value(max, [blob.height_mm for blob in blobs])
    if label.is_line:
        return _value(sum, [blob.length_mm for blob in blobs])
    return _value(max, [blob.max_dimension_mm for blob in blobs])


def _value(together: Callable[[list[float]], float], sizes: Sequence[Measured | None]) -> float | None:
    known = [size.value for size in sizes if size is not None]
    return float(together(known)) if known else None


def _false(claim: Claim) -> FalseFinding:
    blob = claim.blob
    by_kind = {Kind.SCRATCH: blob.length_mm, Kind.FLASH: blob.height_mm}
    size = by_kind.get(blob.kind) or blob.max_dimension_mm
    return FalseFinding(blob.kind, 0.0 if size is None else size.value, claim.strength)
