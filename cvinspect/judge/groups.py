"""Rules about several blobs of one face together: counts, spacing, sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from cvinspect.judge.answer import Answer, Case, expanded, stated, verdict_of
from cvinspect.judge.cells import CountBand, SpacingBand
from cvinspect.judge.circle import Densest, densest_circle
from cvinspect.judge.extent import Array, Extents
from cvinspect.model import Blob, Outcome, Reading
from cvinspect.words.numbers import plain, with_expanded

ROUNDING_MM = 1e-9  # distances are computed, not stated: what falls short by rounding only is kept
COUNTED_TO_THE_END = 60  # up to so many blobs the exact largest count is found; beyond, only whether it exceeds


def band_count(case: Case) -> Iterator[Answer]:
    """band_count: how many of each band any circle may hold; without a limited band no size is needed."""
    if all(band.allow == "unlimited" for band in case.cell.bands):
        yield from (_no_requirement(case, blob) for blob in case.blobs)
        return
    sizes = [case.size(blob, case.rule.size) for blob in case.blobs]
    finite = [band for band in case.cell.bands if band.allow != "unlimited"]
    free = [b for b, size in zip(case.blobs, sizes, strict=True) if _band(case.cell.bands, size).allow == "unlimited"]
    for blob in free:
        yield _free(case, blob, _band(case.cell.bands, case.size(blob, case.rule.size)))
    counted = [b for b, size in zip(case.blobs, sizes, strict=True) if any(band.reaches(size) for band in finite)]
    near = _near(case, counted) if "nearer_than_spacing" in case.rule.readings else set()
    for band in finite:
        yield from _count(case, band, counted, near)
    yield from _unsure_counts(case, finite)


def _band(bands: Sequence[Any], size: float) -> Any:
    """The band of `size`; above the top one, the top one."""
    return next((band for band in bands if size in band), bands[-1])


def _free(case: Case, blob: Blob, band: CountBand) -> Answer:
    size = max(s.value for s in stated(blob, case.rule.size))
    values = case.words(blob, quote=band.quote, quantity=case.rule.size, measured=size)
    return _answer(case, (case.rule.id, case.face.name, blob.id), [blob], Outcome.PASS, "band_free", values)


def _no_requirement(case: Case, blob: Blob) -> Answer:
    values = case.words(blob, quote=case.cell.bands[0].quote)
    return _answer(case, (case.rule.id, case.face.name, blob.id), [blob], Outcome.PASS, "unlimited", values)


def _near(case: Case, counted: Sequence[Blob]) -> set[int]:
    """Ids of the counted blobs that have another one nearer than the rule's alternative spacing, edge to edge."""
    if len(counted) < 2:
        return set()
    extents = case.extents(counted)
    limit = case.rule.alternative_spacing_mm - ROUNDING_MM
    near: set[int] = set()
    for rows in extents.in_rows():
        lower, upper = extents.bounds(rows)
        for i, low, up in zip(range(rows.start, rows.stop), lower, upper, strict=True):
            low[i] = up[i] = np.inf
            maybe = np.flatnonzero((low < limit) & (up >= limit))
            if (up < limit).any() or any(case.gap(extents, counted, i, int(j)) < limit for j in maybe):
                near.add(counted[i].id)
    return near


def _count(case: Case, band: CountBand, counted: Sequence[Blob], near: set[int]) -> Iterator[Answer]:
    """The band's answer: every reading's largest count against what the band allows."""
    inside = [blob for blob in counted if case.size(blob, case.rule.size) in band]
    above = [blob for blob in counted if band.reaches(case.size(blob, case.rule.size))]
    if not above:
        return
    allow = float(band.allow)
    tried = [
        (f"{reading}, {counting}", _most(case, allow, inside if counting == "per_band" else above, reading, near))
        for reading in case.rule.readings
        for counting in case.rule.counting
    ]
    readings = tuple(Reading(name, verdict_of(most.weight <= allow)) for name, most in tried)
    outcome = case.agree(readings)
    if not inside and outcome is Outcome.PASS:
        return
    most = max((most for _, most in tried), key=lambda most: most.weight)
    group = inside if outcome is Outcome.PASS else [b for b in above if b.id in set(most.members.tolist())]
    values = case.words(
        group[0],
        quote=band.quote,
        quantity=case.rule.size,
        count=int(most.weight),
        at_least="" if most.exact else "count_at_least",
        allowed=int(allow),
        circle=case.rule.circle_diameter_mm,
        sizes=[_with_u(blob, case.rule.size) for blob in group[:8]],
    )
    key = (case.rule.id, case.face.name, "band", band.lower)
    yield _answer(case, key, group, outcome, "count", values, readings, "cause_readings", "count", most.weight, allow)


def _most(case: Case, allow: float, members: Sequence[Blob], reading: str, near: set[int]) -> Densest:
    """The densest circle over `members`, by blob ids; under nearer_than_spacing a lone one still counts as one."""
    chosen = members if reading == "any_circle" else [blob for blob in members if blob.id in near]
    most = _densest(case, chosen, allow)
    if members and most.weight < 1:
        return Densest(1.0, np.array([members[0].id]))
    return most


def _densest(case: Case, blobs: Sequence[Blob], allow: float) -> Densest:
    if len(blobs) < 2:
        return Densest(float(len(blobs)), np.array([blob.id for blob in blobs], dtype=np.intp))
    enough = float("inf") if len(blobs) <= COUNTED_TO_THE_END else allow
    ids = np.array([blob.id for blob in blobs], dtype=np.intp)
    key = (case.face.name, case.rule.circle_diameter_mm, enough, ids.tobytes())
    if key not in case.circles:
        found = densest_circle(case.extents(blobs), np.ones(len(blobs)), case.rule.circle_diameter_mm / 2, enough)
        case.circles[key] = Densest(found.weight, ids[found.members], found.exact)
    return case.circles[key]


def _unsure_counts(case: Case, finite: Sequence[CountBand]) -> Iterator[Answer]:
    """A blob whose size is not sure cannot pass, unless no larger size is limited either."""
    for blob in case.blobs:
        cause = case.unsure(blob, case.rule.size)
        size = case.size(blob, case.rule.size)
        if cause and any(size in band or not band.reaches(size) for band in finite):
            yield _unsure(case, blob, cause)


def _unsure(case: Case, blob: Blob, cause: str) -> Answer:
    size = max(stated(blob, case.rule.size), key=lambda s: s.value)
    values = case.words(blob, quantity=case.rule.size, measured=size.value, expanded=expanded(size))
    key = (case.rule.id, case.face.name, "unsure", blob.id)
    return _answer(case, key, [blob], Outcome.REVIEW, "unsure", values, (), cause, case.rule.size, size.value)


def band_spacing(case: Case) -> Iterator[Answer]:
    """band_spacing: how far each one is from the others, against the larger distance that the two bands demand."""
    bands = [_band(case.cell.bands, case.size(blob, case.rule.size)) for blob in case.blobs]
    key = (
        case.rule.id,
        case.face.name,
        tuple((blob.id, id(band)) for blob, band in zip(case.blobs, bands, strict=True)),
    )
    if key not in case.spaced:
        case.spaced[key] = tuple(_spaces(case, bands))
    yield from case.spaced[key]
    yield from _unsure_sizes(case)


def _spaces(case: Case, bands: Sequence[SpacingBand]) -> Iterator[Answer]:
    """An answer per blob; they depend on the bands alone, which most sizes do not leave within their uncertainty."""
    needed = np.array([band.spacing_mm for band in bands])
    other = np.array([band.alternative_spacing_mm or band.spacing_mm for band in bands])
    extents = case.extents(case.blobs)
    for rows in extents.in_rows():
        lower, upper = extents.bounds(rows)
        for i, low, up in zip(range(rows.start, rows.stop), lower, upper, strict=True):
            low[i] = up[i] = np.inf
            pair = np.stack([np.maximum(needed[i], needed), np.maximum(other[i], other)])
            yield _space(case, extents, i, low, up, pair, bands)


def _space(
    case: Case, extents: Extents, i: int, low: Array, up: Array, needed: Array, bands: Sequence[SpacingBand]
) -> Answer:
    """The answer about blob i: its worst neighbour. needed (2, n): what the two readings demand of each pair."""
    blob, key = case.blobs[i], (case.rule.id, case.face.name, case.blobs[i].id)
    if len(case.blobs) == 1:
        values = case.words(blob, quote=bands[i].quote)
        return _answer(case, key, [blob], Outcome.PASS, "spacing_alone", values, (Reading("stated", Outcome.PASS),))
    j, distance = _worst_neighbour(case, extents, i, low, up, needed)
    demanded = needed[:, j]
    readings = [Reading("spacing", verdict_of(distance >= demanded[0] - ROUNDING_MM))]
    if demanded[1] != demanded[0]:
        readings.append(Reading("alternative_spacing", verdict_of(distance >= demanded[1] - ROUNDING_MM)))
    outcome = case.agree(readings)
    stricter = bands[i] if bands[i].spacing_mm >= bands[j].spacing_mm else bands[j]
    allowed = float(demanded.max()) if outcome is not Outcome.FAIL else float(demanded.min())
    pair = sorted((blob, case.blobs[j]), key=lambda b: b.id)
    values = case.words(
        blob,
        quote=stricter.quote,
        measured=distance,
        allowed=allowed,
        sizes=[_with_u(b, case.rule.size) for b in pair],
        quantity=case.rule.size,
    )
    return _answer(
        case, key, pair, outcome, "spacing", values, tuple(readings), "cause_readings", "spacing_mm", distance, allowed
    )


def _worst_neighbour(case: Case, extents: Extents, i: int, low: Array, up: Array, needed: Array) -> tuple[int, float]:
    """The neighbour that breaks the most readings, then falls short by most; its exact edge-to-edge distance.

    Distances are worked out exactly only for whoever the bounds put first, until that one's is exact.
    """
    short = needed.max(axis=0)
    broken = (low < needed - ROUNDING_MM).sum(axis=0)
    rank = broken * _FAR + (short - low)
    while True:
        j = int(np.argmax(rank))
        if low[j] == up[j]:
            return j, float(low[j])
        low[j] = up[j] = distance = case.gap(extents, case.blobs, i, j)
        rank[j] = (distance < needed[:, j] - ROUNDING_MM).sum() * _FAR + short[j] - distance


_FAR = 1e9  # mm; beyond every distance


def sum_limit(case: Case) -> Iterator[Answer]:
    """sum_limit: the total of all sizes on the face, or in any circle."""
    sizes = np.array([case.size(blob, case.rule.size) for blob in case.blobs])
    if case.rule.circle_diameter_mm is None:
        total, group = float(sizes.sum()), list(case.blobs)
    else:
        enough = float("inf") if len(sizes) <= COUNTED_TO_THE_END else case.cell.most
        found = densest_circle(case.extents(case.blobs), sizes, case.rule.circle_diameter_mm / 2, enough)
        total, group = found.weight, [case.blobs[i] for i in found.members]
    outcome = verdict_of(total <= case.cell.most)
    values = case.words(quantity=case.rule.size, measured=total, allowed=case.cell.most)
    key = (case.rule.id, case.face.name, "sum")
    readings = (Reading("stated", outcome),)
    yield _answer(
        case, key, group, outcome, "sum", values, readings, "", "sum_" + case.rule.size, total, case.cell.most
    )
    yield from _unsure_sizes(case)


def _unsure_sizes(case: Case) -> Iterator[Answer]:
    """Every blob whose size is not sure: by that size it cannot pass."""
    unsure = ((blob, case.unsure(blob, case.rule.size)) for blob in case.blobs)
    yield from (_unsure(case, blob, cause) for blob, cause in unsure if cause)


def _with_u(blob: Blob, quantity: str) -> str:
    size = max(stated(blob, quantity), key=lambda s: s.value)
    if not size.u:
        return f"#{blob.id} {plain(size.value)}"
    return f"#{blob.id} {' ± '.join(with_expanded(size.value, 2 * size.u))}"


def _answer(
    case: Case,
    key: tuple[Any, ...],
    blobs: Sequence[Blob],
    outcome: Outcome,
    topic: str,
    values: dict[str, Any],
    readings: tuple[Reading, ...] = (),
    cause: str = "",
    quantity: str = "",
    measured: float | None = None,
    allowed: float | None = None,
) -> Answer:
    margin = None
    if measured is not None and allowed is not None:
        margin = measured - allowed if quantity == "spacing_mm" else allowed - measured
    return Answer(
        key=key,
        rule=case.rule.id,
        blobs=tuple(blob.id for blob in blobs),
        outcome=outcome,
        topic=topic,
        values=values,
        readings=readings or (Reading("stated", outcome),),
        cause=cause,
        quantity=quantity,
        measured=measured,
        allowed=allowed,
        margin=margin,
    )
