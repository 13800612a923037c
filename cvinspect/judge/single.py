"""Rules about one blob at a time: size, height, tolerance, and the rules without a number."""

from __future__ import annotations

from collections.abc import Iterator

from cvinspect.judge.agreements import by_limit_sample, find
from cvinspect.judge.answer import Answer, Case, expanded, is_line, stated, verdict_of
from cvinspect.judge.cells import SizeLimit
from cvinspect.model import Blob, Measured, Outcome, Reading

NO_FUNCTION = "no_function"  # DECISIONS 10: the trait of a zone whose flash is agreed not to affect the function

_PLAIN = {
    "forbidden": (Outcome.FAIL, "forbidden"),
    "forbidden_unless_limit_sample": (Outcome.FAIL, "forbidden_sample"),
    "unlimited": (Outcome.PASS, "unlimited"),
    "limit_sample": (Outcome.REVIEW, "limit_sample"),
    "tactile": (Outcome.REVIEW, "tactile"),
    "not_stated": (Outcome.REVIEW, "not_stated"),
}
_BY_SAMPLE = ("limit_sample", "forbidden_unless_limit_sample", "not_stated")


def sample_decides(case: Case, blob: Blob) -> Answer | None:
    """The answer of a signed limit sample, where the rule leaves the case to one and one is registered."""
    if not (case.rule.type in _BY_SAMPLE or case.rule.limit_sample_may_decide):
        return None
    return by_sample(case, blob)


def by_sample(case: Case, blob: Blob) -> Answer | None:
    """The answer of a signed limit sample for this blob, where one is registered."""
    sample = find(case.agreements, blob.kind, case.face.name, "limit_sample")
    if sample is None or not stated(blob, sample.size):
        return None
    cause = case.unsure(blob, sample.size)
    outcome = by_limit_sample(sample, blob, case.size(blob, sample.size), sure=not cause)
    size = stated(blob, sample.size)[0]
    values = case.words(
        blob,
        quantity=sample.size,
        measured=size.value,
        expanded=expanded(size),
        accepted=sample.accepted_mm,
        rejected=sample.rejected_mm,
        reference=sample.reference,
        who=sample.who,
    )
    return _about(case, blob, outcome, "sample", values, cause, sample.size, size.value, sample.accepted_mm)


def size_limit(case: Case) -> Iterator[Answer]:
    """size_limit: every single one within the limits that fit its shape."""
    for blob in case.blobs:
        limits = {limit.quantity: limit for limit in case.cell.limits}
        readings = tuple(Reading(name, _read_size(case, blob, limits, name)) for name in case.rule.readings)
        outcome = case.agree(readings)
        shape = case.rule.line if is_line(case, blob) else case.rule.point
        fitting = [limits[quantity] for quantity in shape if quantity in limits]
        cause = "cause_readings"
        if Outcome.FAIL not in {reading.outcome for reading in readings}:
            cause = next((why for limit in fitting if (why := case.unsure(blob, limit.quantity))), cause)
        known = [limit for limit in fitting if stated(blob, limit.quantity)]
        worst = min(known or fitting, key=lambda limit: _relative_margin(blob, limit))
        yield _sized(case, blob, outcome, readings, cause, worst)


def _read_size(case: Case, blob: Blob, limits: dict[str, SizeLimit], reading: str) -> Outcome:
    """One reading: FAIL beyond it, PASS within it by sizes that are sure, REVIEW within it by sizes that are not."""
    if reading == "any_one_row":
        rows = (("area_mm2",), ("diameter_mm",), ("width_mm", "length_mm"))
        holding = [row for row in rows if _row_holds(case, blob, limits, row)]
        if not any(_complete(blob, limits, row) for row in rows):
            case.size(blob, next(quantity for row in rows for quantity in row if quantity in limits))
        return _surely(bool(holding), any(_sure(case, blob, limits, row) for row in holding))
    shape = case.rule.line if is_line(case, blob) else case.rule.point
    # every size is asked for first, so that a missing one is never hidden by another that fails
    sizes = {quantity: case.size(blob, quantity) for quantity in shape if quantity in limits}
    holds = all(size in limits[quantity] for quantity, size in sizes.items())
    shape_counts = set(case.rule.line) != set(case.rule.point) and None not in (blob.length_mm, blob.width_mm)
    tells = ("length_mm", "width_mm") if shape_counts else ()
    sure = _sure(case, blob, limits, shape) and not any(case.unsure(blob, quantity) for quantity in tells)
    return _surely(holds, sure)


def _complete(blob: Blob, limits: dict[str, SizeLimit], row: tuple[str, ...]) -> bool:
    """Whether the cell limits something of this row and the blob has every size that it needs."""
    judged = [quantity for quantity in row if quantity in limits]
    return bool(judged) and all(stated(blob, quantity) for quantity in judged)


def _surely(holds: bool, sure: bool) -> Outcome:
    return Outcome.FAIL if not holds else Outcome.PASS if sure else Outcome.REVIEW


def _sure(case: Case, blob: Blob, limits: dict[str, SizeLimit], row: tuple[str, ...]) -> bool:
    return not any(case.unsure(blob, quantity) for quantity in row if quantity in limits)


def _row_holds(case: Case, blob: Blob, limits: dict[str, SizeLimit], row: tuple[str, ...]) -> bool:
    return _complete(blob, limits, row) and all(case.size(blob, q) in limits[q] for q in row if q in limits)


def _relative_margin(blob: Blob, limit: SizeLimit) -> float:
    sizes = [size.value for size in stated(blob, limit.quantity)]
    return (limit.upper - max(sizes, default=0.0)) / limit.upper if limit.upper else -max(sizes, default=0.0)


def _sized(
    case: Case, blob: Blob, outcome: Outcome, readings: tuple[Reading, ...], cause: str, limit: SizeLimit
) -> Answer:
    size = max(stated(blob, limit.quantity), key=lambda s: s.value, default=Measured(float("nan")))
    values = case.words(
        blob,
        quote=limit.quote,
        quantity=limit.quantity,
        measured=size.value,
        expanded=expanded(size),
        allowed=limit.upper,
    )
    return _about(case, blob, outcome, "size", values, cause, limit.quantity, size.value, limit.upper, readings)


def height_limit(case: Case) -> Iterator[Answer]:
    """height_limit: forbidden, unlimited, or at most so high; not measured is REVIEW."""
    for blob in case.blobs:
        if case.cell.forbidden:
            yield _about(case, blob, Outcome.FAIL, "forbidden", case.words(blob))
        elif case.cell.unlimited:
            yield _about(case, blob, Outcome.PASS, "unlimited", case.words(blob))
        else:
            yield _height(case, blob, -float("inf"), case.cell.up_to_mm)


def tolerance(case: Case) -> Iterator[Answer]:
    """tolerance: a height between two values, both included; not measured is REVIEW."""
    for blob in case.blobs:
        yield _height(case, blob, case.cell.from_mm, case.cell.to_mm)


def _height(case: Case, blob: Blob, low: float, high: float) -> Answer:
    if blob.height_mm is None:
        return _about(case, blob, Outcome.REVIEW, "height_missing", case.words(blob, allowed=high), "", "height_mm")
    outcome = verdict_of(low <= case.size(blob, "height_mm") <= high)
    cause = case.unsure(blob, "height_mm") if outcome is Outcome.PASS else ""
    measured = blob.height_mm.value
    values = case.words(
        blob, quantity="height_mm", measured=measured, expanded=expanded(blob.height_mm), allowed=high, low=low
    )
    topic = "height" if low == -float("inf") else "tolerance"
    margin = high - measured if low == -float("inf") else min(high - measured, measured - low)
    outcome = Outcome.REVIEW if cause else outcome
    return _about(case, blob, outcome, topic, values, cause, "height_mm", measured, high, margin=margin)


def plain(case: Case) -> Iterator[Answer]:
    """The rules without a number."""
    if case.rule.type == "functional_veto":
        yield from _functional_veto(case)
        return
    outcome, topic = _PLAIN[case.rule.type]
    for blob in case.blobs:
        yield _about(case, blob, outcome, topic, case.words(blob))


def _functional_veto(case: Case) -> Iterator[Answer]:
    """REVIEW until it is answered, for a zone of the face or in an agreement, whether it affects the function."""
    for blob in case.blobs:
        signed = find(case.agreements, blob.kind, case.face.name, "functional_answer")
        if signed is not None and signed.affects_function:
            yield _about(case, blob, Outcome.FAIL, "function", case.words(blob, reference=signed.reference))
        elif signed is not None or NO_FUNCTION in case.face.traits:
            reference = signed.reference if signed is not None else NO_FUNCTION
            yield _about(case, blob, Outcome.PASS, "function", case.words(blob, reference=reference))
        else:
            yield _about(case, blob, Outcome.REVIEW, "function", case.words(blob))


def _about(
    case: Case,
    blob: Blob,
    outcome: Outcome,
    topic: str,
    values: dict[str, object],
    cause: str = "",
    quantity: str = "",
    measured: float | None = None,
    allowed: float | None = None,
    readings: tuple[Reading, ...] = (),
    margin: float | None = None,
) -> Answer:
    if margin is None and allowed is not None and measured is not None:
        margin = allowed - measured
    return Answer(
        key=(case.rule.id, case.face.name, blob.id),
        rule=case.rule.id,
        blobs=(blob.id,),
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
