"""One part from its frames to its verdict, and many parts one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

import cv2

from cvinspect.calibration.flat_field import evened
from cvinspect.config.job import Job, View
from cvinspect.errors import JudgeInputError, PictureError
from cvinspect.fitness import check_bands, check_rows, figures
from cvinspect.judge import judge
from cvinspect.locate import locate
from cvinspect.model import Blob, Frame, Inspection, Outcome, Placement, Reason, Seen, Verdict
from cvinspect.pictures import Picture, clean_text, read_picture
from cvinspect.pipeline.every_light import detect_all, inspected_all, measure_all
from cvinspect.pipeline.lights import looks_of, read_lights
from cvinspect.pipeline.shots import Shot

T = TypeVar("T")
Read = Callable[[Shot], tuple[Frame, tuple[Reason, ...]]]

NUMERIC = (ArithmeticError, ValueError, cv2.error)  # a fault of this program: it costs one part, not the batch


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One picture and what came of it. seen is None where the picture could not be used; the verdict is the part's."""

    shot: Shot
    sha256: str
    verdict: Verdict
    frame: Frame | None = None
    seen: Seen | None = None


def inspect(frames: Sequence[Frame], job: Job) -> Inspection:
    """One part: a frame per view, every stage in order, one judge over the blobs of all views.

    A view without a frame makes the part INVALID, unless what the others show fails for sure. Raises PictureError where
    a frame cannot be used. A light that is missing, of another size or shifted sends the part to REVIEW.
    """
    looked = [_see(frame, _view_of(frame, job)) for frame in frames]
    seen = [one for one, _ in looked]
    numbered = _numbered(seen)
    missing = [view.name for view in job.views if view.name not in {frame.view for frame in frames}]
    verdict = _judge(numbered, job, missing)
    verdict = replace(verdict, reasons=(*verdict.reasons, *_turned(frames)))
    verdict = _doubted(verdict, [reason for _, reasons in looked for reason in reasons])
    return Inspection(frames[0].part if frames else "", numbered, verdict)


def _view_of(frame: Frame, job: Job) -> View:
    view = next((view for view in job.views if view.name == frame.view), None)
    if view is None:
        known = ", ".join(view.name for view in job.views)
        raise PictureError(f"the recipe has no view {frame.view!r}; it has {known}", code="picture_name")
    return view


def _turned(frames: Iterable[Frame]) -> tuple[Reason, ...]:
    return tuple(Reason.of("exif_turned", turn=frame.exif_turn) for frame in frames if frame.exif_turn != 1)


def _see(frame: Frame, view: View) -> tuple[Seen, tuple[Reason, ...]]:
    """One frame through locate, detect and measure, each stage timed; and what is wrong with its lights."""
    times: dict[str, float] = {}
    placement = _timed(times, "locate", lambda: locate(frame, view.faces, view.calibration, view.locator))
    _timed(times, "fitness", lambda: _check_fit(frame, placement, view))
    gain, even = view.calibration.gain, frame
    if gain is not None:
        even = _timed(times, "flat_field", lambda: replace(frame, pixels=evened(frame.pixels, gain)))
    looks: dict[str, Frame] = {"": even}
    doubts: tuple[Reason, ...] = ()
    if view.lights or frame.lights:
        looks, doubts = _timed(times, "lights", lambda: looks_of(even, view))
    regions = _timed(times, "detect", lambda: detect_all(looks, placement, view))
    blobs = _timed(times, "measure", lambda: measure_all(looks, regions, view.calibration, placement))
    looked_for = _timed(times, "inspected", lambda: inspected_all(looks, placement, view))
    return Seen(frame, placement, blobs, looked_for, MappingProxyType(times)), doubts


def _doubted(verdict: Verdict, doubts: Sequence[Reason]) -> Verdict:
    """A part that was not seen in every light, or not in the same place, cannot pass."""
    if not doubts:
        return verdict
    outcome = Outcome.worst([verdict.outcome, Outcome.REVIEW])
    reasons = (*doubts, *verdict.reasons) if outcome is Outcome.REVIEW else (*verdict.reasons, *doubts)
    return replace(verdict, outcome=outcome, reasons=tuple(one for one in reasons if one.code != "all_kept"))


def _check_fit(frame: Frame, placement: Placement, view: View) -> None:
    """Raises PictureError where the picture is not fit to be inspected."""
    check_rows(frame, placement)
    if view.fitness:
        check_bands(figures(frame, placement), view.fitness)


def _timed(times: dict[str, float], stage: str, call: Callable[[], T]) -> T:
    began = time.perf_counter()
    result = call()
    times[stage] = round((time.perf_counter() - began) * 1000, 3)
    return result


def _numbered(seen: Sequence[Seen]) -> tuple[Seen, ...]:
    """The same, with blob ids that run on over all views of the part."""
    done, first = [], 1
    for one in seen:
        blobs = tuple(replace(blob, id=first + i) for i, blob in enumerate(one.blobs))
        first += len(blobs)
        done.append(Seen(one.frame, one.placement, blobs, one.inspected, one.timing_ms))
    return tuple(done)


def _judge(seen: Sequence[Seen], job: Job, missing: Sequence[str]) -> Verdict:
    absent = tuple(Reason.of("view_missing", view=name) for name in missing)
    if job.table is None:
        outcome = Outcome.INVALID if missing else Outcome.REVIEW
        return Verdict(outcome, (), (*absent, Reason.of("no_limits"), *job.notes))
    blobs: list[Blob] = [blob for one in seen for blob in one.blobs]
    looked_for = [*(entry for one in seen for entry in one.inspected), *job.elsewhere]
    verdict = judge(blobs, looked_for, job.faces, job.table, job.policy)
    verdict = replace(verdict, reasons=(*verdict.reasons, *job.notes))
    if not missing:
        return verdict
    # what was seen may fail for sure; nothing else can be said of a part that was not seen whole (DECISIONS 4)
    kept = verdict.findings if verdict.outcome is Outcome.FAIL else ()
    said = (*verdict.reasons, *absent) if kept else absent
    return Verdict(Outcome.worst([Outcome.INVALID, verdict.outcome]), kept, said)


def read_shot(shot: Shot) -> tuple[Frame, tuple[Reason, ...]]:
    """The shot's file as a frame, and what is wrong with its lights. Raises PictureError."""
    if shot.misfit:
        raise PictureError(f"{shot.picture}: {shot.misfit}", code="picture_name")
    frame = frame_of(shot, read_picture(shot.path))
    lights, spoilt = read_lights(shot.lights)
    return replace(frame, lights=lights), spoilt


def frame_of(shot: Shot, picture: Picture) -> Frame:
    """The shot's picture as a frame, without further lights."""
    return Frame(
        picture.pixels,
        part=shot.part,
        view=shot.view,
        sha256=picture.sha256,
        exif_turn=picture.exif_turn,
        camera=picture.camera,
        jpeg_quality=picture.jpeg_quality,
    )


def run(parts: Iterable[Sequence[Shot]], job: Job, read: Read = read_shot) -> Iterator[Judged]:
    """Every part's pictures, inspected; the only place that turns an error into INVALID, and goes on.

    read: where the frames come from.
    """
    for shots in parts:
        yield from _run_one(shots, job, read)


def _run_one(shots: Sequence[Shot], job: Job, read: Read) -> Iterator[Judged]:
    frames: dict[Shot, Frame] = {}
    broken: dict[Shot, Verdict] = {}
    spoilt: dict[Shot, tuple[Reason, ...]] = {}
    for shot in shots:
        try:
            frames[shot], spoilt[shot] = read(shot)
        except PictureError as bad:
            broken[shot] = _invalid(bad)
    hashes = {shot: frame.sha256 for shot, frame in frames.items()}
    doubled = _doubled(shots)
    if doubled or not frames:
        worst = next(iter((doubled | broken).values()))
        for shot in shots:
            yield Judged(shot, hashes.get(shot, ""), (broken | doubled).get(shot, worst), frames.get(shot))
        return
    try:
        inspection = inspect(list(frames.values()), job)
    except (PictureError, JudgeInputError, *NUMERIC) as bad:
        for shot in shots:
            verdict = broken.get(shot) or _invalid(bad, frames.values())
            yield Judged(shot, hashes.get(shot, ""), verdict, frames.get(shot))
        return
    seen = dict(zip(frames, inspection.seen, strict=True))
    for shot in shots:
        verdict = _doubted(inspection.verdict, spoilt.get(shot, ()))
        if broken:
            verdict = _spoilt(verdict, broken.get(shot) or next(iter(broken.values())))
        yield Judged(shot, hashes.get(shot, ""), verdict, frames.get(shot), seen.get(shot))


def _spoilt(verdict: Verdict, by: Verdict) -> Verdict:
    """The verdict on a part of which one picture cannot be used: a sure FAIL stays, anything else is INVALID."""
    if verdict.outcome is Outcome.FAIL:
        return replace(verdict, reasons=(*verdict.reasons, *by.reasons))
    return by


def _doubled(shots: Sequence[Shot]) -> dict[Shot, Verdict]:
    """Two pictures of one view of one part: nobody can say which one counts."""
    views = [shot.view for shot in shots]
    return {
        shot: Verdict(Outcome.INVALID, (), (Reason.of("view_doubled", view=shot.view, part=shot.part),))
        for shot in shots
        if views.count(shot.view) > 1
    }


def _invalid(bad: Exception, frames: Iterable[Frame] = ()) -> Verdict:
    values = bad.values if isinstance(bad, PictureError) else {}
    if isinstance(bad, PictureError):
        code, message = bad.code, str(bad)
    elif isinstance(bad, JudgeInputError):
        code, message = "unjudgeable", str(bad)
    else:
        code, message = "program_fault", f"{type(bad).__name__}: {bad}"
    return Verdict(Outcome.INVALID, (), (Reason.of(code, message=clean_text(message), **values), *_turned(frames)))
