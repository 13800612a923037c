"""judge(): numbers in, a verdict with its reasons out. Pure and total."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from cvinspect.errors import JudgeInputError
from cvinspect.judge import groups, single
from cvinspect.judge.agreements import Agreement, find
from cvinspect.judge.answer import Answer, Case, expanded, stated
from cvinspect.judge.cells import ANY
from cvinspect.judge.coverage import Remark, remarks_on
from cvinspect.judge.rules import PlainRule
from cvinspect.judge.table import PAPER_PATH, DecisionRule, LimitTable
from cvinspect.model import Blob, Face, Finding, Inspected, Kind, Measured, Outcome, Reading, Reason, Verdict

_RULES = {
    "band_count": groups.band_count,
    "band_spacing": groups.band_spacing,
    "sum_limit": groups.sum_limit,
    "size_limit": single.size_limit,
    "height_limit": single.height_limit,
    "tolerance": single.tolerance,
}
_TOGETHER = ("band_count", "band_spacing", "sum_limit")
_ALLOWED: dict[str, tuple[str | None, ...]] = {
    "product_grade": ("oem", "canon", None),
    "decision_rule": ("guarded", "strict", "simple", None),
    "ambiguity": ("review", "worst"),
}
_LARGEST = 1e6  # mm, mm2: beyond it is no part, and numbers lose what they are added to
_SIZES = ("area_mm2", "diameter_mm", "length_mm", "width_mm", "max_dimension_mm", "height_mm")
_ENDS: dict[str, tuple[int, ...]] = {"guarded": (2, -2), "strict": (2, -2), "simple": (0,)}


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user decides, not the table: product grade (None: the stricter, oem), decision rule (None: the table's).

    ambiguity: what disagreeing readings give, "review" or "worst". agreements: those in force for this part.
    """

    product_grade: Literal["oem", "canon"] | None = None
    decision_rule: DecisionRule | None = None
    ambiguity: Literal["review", "worst"] = "review"
    agreements: tuple[Agreement, ...] = ()

    def __post_init__(self) -> None:
        for name, allowed in _ALLOWED.items():
            if getattr(self, name) not in allowed:
                told = ", ".join(str(word) for word in allowed)
                raise JudgeInputError(f"policy: {name} = {getattr(self, name)!r}; allowed: {told}")


def judge(
    blobs: Sequence[Blob],
    inspected: Sequence[Inspected] | None,
    faces: Sequence[Face],
    table: LimitTable,
    policy: Policy,
) -> Verdict:
    """The verdict on one part.

    inspected None = the input claims that everything was looked for. Every size is judged at value + U and value - U
    (U = 2u); `guarded`: both pass = PASS, both fail = FAIL, else REVIEW; `strict`: the worse of the two; `simple`: the
    values alone (ISO 14253-1, DECISIONS 3). Raises JudgeInputError where no verdict can stand on the input.
    """
    _check(blobs, inspected, faces)
    if not faces:
        return Verdict(Outcome.INVALID, (), (Reason.of("no_faces"),))
    rule = policy.decision_rule or table.decision_rule
    grade = policy.product_grade or "oem"
    blank = Case(None, None, faces[0], (), 0, rule, policy.ambiguity, policy.agreements)
    ends = [
        {answer.key: answer for answer in _answers(blobs, faces, table, grade, replace(blank, k=k))}
        for k in _ENDS[rule]
    ]
    remarks = list(remarks_on(faces, inspected, blobs, table, grade, policy.agreements))
    if table.has_product_grades and policy.product_grade is None:
        remarks.append((Outcome.PASS, Reason.of("product_grade_assumed", product_grade=grade)))
    names = {face.name for face in faces} | {ANY}
    unknown = [agreement for agreement in policy.agreements if agreement.face not in names]
    remarks += [(Outcome.PASS, Reason.of("agreement_no_face", reference=a.reference, face=a.face)) for a in unknown]
    if table.status != "approved":
        remarks.append((Outcome.PASS, _stamp(table)))
    outcome = Outcome.worst([_over_ends(ends, rule), *(outcome for outcome, _ in remarks)])
    findings = _findings(ends, rule, _over_ends(ends, rule))
    return Verdict(outcome, findings, _reasons(findings, remarks))


def _stamp(table: LimitTable) -> Reason:
    """Its status never changes a verdict, but stands on every one (DECISIONS 15)."""
    return Reason.of("limits_status", table=table.name, revision=table.revision, status="status_" + table.status)


def _check(blobs: Sequence[Blob], inspected: Sequence[Inspected] | None, faces: Sequence[Face]) -> None:
    names = [face.name for face in faces]
    _refuse_doubles("face name", names)
    _refuse_doubles("blob id", [blob.id for blob in blobs])
    for blob in blobs:
        if faces and not blob.faces:
            raise JudgeInputError(f"blob {blob.id} ({blob.kind}) lies on no face; name one of: {', '.join(names)}")
        for face in blob.faces if faces else ():
            if face not in names:
                raise JudgeInputError(f"blob {blob.id}: unknown face {face!r}; known: {', '.join(names)}")
        _check_may_be(blob)
        for name in _SIZES:
            _check_size(blob, name, getattr(blob, name))
        points = [*blob.center_mm, *(x for point in blob.outline_mm or () for x in point)]
        if not sum(map(abs, points)) <= _LARGEST and not all(abs(x) <= _LARGEST for x in points):
            if not all(math.isfinite(x) for x in points):
                raise JudgeInputError(f"blob {blob.id}: a coordinate is not a finite number")
            raise JudgeInputError(f"blob {blob.id}: a coordinate lies beyond {_LARGEST:g} mm")
    for entry in inspected or ():
        _check_inspected(entry, names)


def _check_may_be(blob: Blob) -> None:
    if blob.kind in blob.may_be:
        raise JudgeInputError(f"blob {blob.id} ({blob.kind}): may_be names its own kind; leave it out there")
    if blob.may_be and Kind.GATE in blob.kinds:
        raise JudgeInputError(
            f"blob {blob.id} ({blob.kind}): may_be = {', '.join(blob.may_be)}; a gate, whose height may be negative, "
            "is nothing else"
        )


def _check_inspected(entry: Inspected, names: Sequence[str]) -> None:
    if names and entry.face not in names:
        raise JudgeInputError(f"inspected: unknown face {entry.face!r}; known: {', '.join(names)}")
    where = f"inspected: {entry.kind} on face {entry.face}"
    if entry.coverage > 1 + 1e-9 or entry.coverage < 0:
        raise JudgeInputError(f"{where}: coverage = {entry.coverage:g}; allowed: 0 to 1")
    if entry.from_mm < 0:
        raise JudgeInputError(f"{where}: from_mm = {entry.from_mm:g}; allowed: 0 or more")
    if entry.elsewhere and not entry.elsewhere.strip():
        raise JudgeInputError(f"{where}: elsewhere is blank; say where and by what it is checked")


def _refuse_doubles(what: str, names: Sequence[Any]) -> None:
    seen: set[Any] = set()
    for name in names:
        if name in seen:
            raise JudgeInputError(f"the {what} {name!r} stands twice")
        seen.add(name)


def _check_size(blob: Blob, name: str, size: Measured | None) -> None:
    if size is None:
        return
    where = f"blob {blob.id} ({blob.kind}): {name}"
    if not math.isfinite(size.value):
        raise JudgeInputError(f"{where} = {size.value} is not a finite number")
    if abs(size.value) > _LARGEST or (size.u or 0.0) > _LARGEST:
        raise JudgeInputError(f"{where} is beyond {_LARGEST:g}; check the unit")
    if size.value < 0 and not (name == "height_mm" and blob.kind is Kind.GATE):
        raise JudgeInputError(f"{where} = {size.value:g} is negative; only the height of a gate may be")
    if size.u is not None and not (math.isfinite(size.u) and size.u >= 0):
        raise JudgeInputError(f"{where}: u = {size.u} is not a standard uncertainty; allowed: a number >= 0, or null")


def _answers(
    blobs: Sequence[Blob], faces: Sequence[Face], table: LimitTable, grade: str, blank: Case
) -> Iterator[Answer]:
    """Every rule's answers on every face, at the end of the intervals that `blank` names."""
    for face in faces:
        here = [blob for blob in blobs if face.name in blob.faces]
        if table.grade_of(face) is not None:
            for case in _cases(here, table, grade, replace(blank, face=face)):
                yield from _answer(case)


def _cases(here: Sequence[Blob], table: LimitTable, grade: str, case: Case) -> Iterator[Case]:
    """One case per rule that speaks of something found on the face, and one for what no rule speaks of.

    A blob that may be of several kinds is spoken of as each of them, by the rules of each.
    """
    spoken: dict[str, tuple[Any, Any, list[Blob]]] = {}
    silent: list[Blob] = []
    each = [replace(blob, kind=kind) if blob.may_be else blob for blob in here for kind in blob.kinds]
    ruled = {kind: table.rules_for(kind, case.face, grade) for kind in {blob.kind for blob in each}}
    for blob in each:
        for one, cell in ruled[blob.kind]:
            spoken.setdefault(one.id, (one, cell, []))[2].append(blob)
        if not ruled[blob.kind] or _paper_path_unstated(ruled[blob.kind], blob, case.face):
            silent.append(blob)
    for one, cell, members in spoken.values():
        yield replace(case, rule=one, cell=cell, blobs=members)
    if silent:
        yield replace(case, rule=_SILENT, cell=_SILENT.cell[0], blobs=silent)


def _paper_path_unstated(rules: Iterable[tuple[Any, Any]], blob: Blob, face: Face) -> bool:
    """DECISIONS 11: a scratch or dent on a paper-path face of a table without a paper-path rule."""
    if PAPER_PATH not in face.traits or blob.kind not in (Kind.SCRATCH, Kind.DENT):
        return False
    return not any(cell.trait == PAPER_PATH for _, cell in rules)


_SILENT = PlainRule.model_validate_json(
    '{"id": "not_stated", "kinds": ["any"], "type": "not_stated", "title": {"zh": "基准未规定", "en": "not stated"},'
    ' "provenance": "not_stated", "cell": [{"faces": ["any"], "provenance": "not_stated"}]}'
)


def _answer(case: Case) -> Iterator[Answer]:
    """The rule's answers; what a signed agreement decides is taken out first."""
    left: list[Blob] = []
    for blob in case.blobs:
        agreed = _small(case, blob) or single.sample_decides(case, blob)
        if agreed is None:
            left.append(blob)
        else:
            yield from (_as_kind(answer, blob) for answer in _told([agreed], [blob]))
        internal = _internal(case, blob)
        if internal is not None:
            yield internal
    rule = _RULES.get(case.rule.type, single.plain)
    if case.rule.type in _TOGETHER:
        once = list({blob.id: blob for blob in reversed(left)}.values())[::-1]
        yield from _told(rule(case.of(once)), once) if once else ()
        return
    sure = [blob for blob in left if not blob.may_be]
    if sure:
        yield from rule(case.of(sure))
    for blob in left:
        if blob.may_be:
            yield from (_as_kind(answer, blob) for answer in _told(rule(case.of([blob])), [blob]))


def _as_kind(answer: Answer, blob: Blob) -> Answer:
    """The answer about a blob as one of the kinds that it may be: another answer than that about it as another."""
    return replace(answer, key=(*answer.key, str(blob.kind))) if blob.may_be else answer


def _told(answers: Iterable[Answer], blobs: Sequence[Blob]) -> Iterator[Answer]:
    """The answers, saying where they speak of a blob as a kind that it only may be."""
    other = {blob.id: str(blob.kind) for blob in blobs if blob.kind in blob.may_be}
    for answer in answers:
        told = tuple((number, other[number]) for number in answer.blobs if number in other)
        yield replace(answer, values={**answer.values, "judged_as": told}) if told else answer


def _small(case: Case, blob: Blob) -> Answer | None:
    """A blob below the agreed smallest size that counts is not judged further."""
    agreed = find(case.agreements, blob.kind, case.face.name, "smallest_counted")
    if agreed is None or not stated(blob, agreed.size) or case.unsure(blob, agreed.size):
        return None
    if not case.size(blob, agreed.size) < (agreed.smallest_mm or 0.0):
        return None
    return _by_agreement(case, blob, Outcome.PASS, "below_counted", agreed, agreed.smallest_mm)


def _internal(case: Case, blob: Blob) -> Answer | None:
    """An internal limit fails what is above it and passes nothing."""
    agreed = find(case.agreements, blob.kind, case.face.name, "internal_limit")
    if agreed is None or not stated(blob, agreed.size):
        return None
    if case.size(blob, agreed.size) <= (agreed.limit_mm or 0.0):
        return None
    return _by_agreement(case, blob, Outcome.FAIL, "internal", agreed, agreed.limit_mm)


def _by_agreement(
    case: Case, blob: Blob, outcome: Outcome, topic: str, agreed: Agreement, allowed: float | None
) -> Answer:
    size = stated(blob, agreed.size)[0]
    values = case.words(
        blob,
        quantity=agreed.size,
        measured=size.value,
        expanded=expanded(size),
        allowed=allowed,
        reference=agreed.reference,
        who=agreed.who,
    )
    key = (
        (agreed.reference, agreed.type, case.face.name, blob.id)
        if topic == "internal"
        else (case.rule.id, case.face.name, blob.id)
    )
    return Answer(
        key=key,
        rule=agreed.reference if topic == "internal" else case.rule.id,
        blobs=(blob.id,),
        outcome=outcome,
        topic=topic,
        values=values,
        readings=(Reading("stated", outcome),),
        cause="",
        quantity=agreed.size,
        measured=size.value,
        allowed=allowed,
        margin=None if allowed is None else allowed - size.value,
    )


_CITED = ("sample_pass", "below_counted_pass", "function_pass")  # what passes by a signature says so

Ends = Sequence[dict[tuple[Any, ...], Answer]]


def _over_ends(ends: Ends, rule: DecisionRule) -> Outcome:
    """The whole part at every end of the intervals."""
    return _together([Outcome.worst(answer.outcome for answer in end.values()) for end in ends], rule)


def _together(outcomes: Sequence[Outcome], rule: DecisionRule) -> Outcome:
    if len(set(outcomes)) == 1:
        return outcomes[0]
    return Outcome.worst(outcomes) if rule == "strict" else Outcome.REVIEW


def _findings(ends: Ends, rule: DecisionRule, part: Outcome) -> tuple[Finding, ...]:
    keys = dict.fromkeys(key for end in ends for key in end)
    answers = [[end.get(key) for end in ends] for key in keys]
    findings = [_finding(pair, rule) for pair in answers]
    if part is Outcome.FAIL and not any(f.outcome is Outcome.FAIL for f in findings):
        # one rule breaks at one end, another at the other; the smaller sizes' is said to fail, for they are the surer
        findings = [
            _worded(pair[-1], Outcome.FAIL, f.readings) if pair[-1] and pair[-1].outcome is Outcome.FAIL else f
            for f, pair in zip(findings, answers, strict=True)
        ]
    unique = {(f.rule, f.blobs, f.outcome, f.reason.code): f for f in reversed(findings)}
    order = list(Outcome)
    return tuple(sorted(unique.values(), key=lambda f: (-order.index(f.outcome), f.blobs, f.rule)))


def _finding(pair: Sequence[Answer | None], rule: DecisionRule) -> Finding:
    """The two ends of one group's answer as one finding; a group that has no answer at one end passes there."""
    outcome = _together([answer.outcome if answer else Outcome.PASS for answer in pair], rule)
    shown = max((answer for answer in pair if answer), key=_severity)
    names = dict.fromkeys(reading.name for answer in pair if answer for reading in answer.readings)
    readings = tuple(Reading(name, _together([_read(answer, name) for answer in pair], rule)) for name in names)
    told = {reading.outcome for reading in readings}
    if outcome is Outcome.REVIEW and Outcome.FAIL in told and len(told) > 1:
        shown = replace(shown, cause="cause_readings")
    elif outcome is Outcome.REVIEW and any(a is None or a.outcome is not Outcome.REVIEW for a in pair):
        shown = replace(shown, cause="cause_uncertainty")
    return _worded(shown, outcome, readings)


def _severity(answer: Answer) -> int:
    return list(Outcome).index(answer.outcome)


def _read(answer: Answer | None, name: str) -> Outcome:
    if answer is None:
        return Outcome.PASS
    return next((reading.outcome for reading in answer.readings if reading.name == name), answer.outcome)


def _worded(answer: Answer, outcome: Outcome, readings: tuple[Reading, ...]) -> Finding:
    code = f"{answer.topic}_{outcome.lower()}"
    return Finding(
        rule=answer.rule,
        blobs=answer.blobs,
        outcome=outcome,
        readings=readings,
        reason=Reason.of(code, cause=answer.cause, **answer.values),
        quantity=answer.quantity,
        measured=answer.measured,
        allowed=answer.allowed,
        margin=answer.margin,
    )


def _reasons(findings: Sequence[Finding], remarks: Sequence[Remark]) -> tuple[Reason, ...]:
    """The worst first: what the findings say that do not pass, and what the part lacks; then what was relied upon."""
    order = list(Outcome)
    said = [(f.outcome, f.reason) for f in findings if f.outcome is not Outcome.PASS or f.reason.code in _CITED]
    worst_first = sorted([*said, *remarks], key=lambda pair: -order.index(pair[0]))
    if all(outcome is Outcome.PASS for outcome, _ in worst_first):
        worst_first.insert(0, (Outcome.PASS, Reason.of("all_kept")))
    return tuple(reason for _, reason in worst_first)
