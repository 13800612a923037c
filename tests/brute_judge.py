"""The judge a second time, slow and plain, written from the decisions alone: the real one is held against it.

`brute_judge` takes what `cvinspect.judge.judge` takes and says the outcome of the part, and of each rule in each pass.
It shares the values (model, table, bands) with the real judge and nothing else. Agreements are left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from cvinspect.errors import JudgeInputError
from cvinspect.model import CAMERA_KINDS, Doubt, Kind, Outcome
from tests.brute_plane import Plane

PASS, FAIL, REVIEW, INVALID = Outcome.PASS, Outcome.FAIL, Outcome.REVIEW, Outcome.INVALID
SIZES = ("area_mm2", "diameter_mm", "length_mm", "width_mm", "max_dimension_mm", "height_mm")
ROWS = (("area_mm2",), ("diameter_mm",), ("width_mm", "length_mm"))
DECIDING = {
    "band_count",
    "band_spacing",
    "size_limit",
    "height_limit",
    "tolerance",
    "sum_limit",
    "forbidden",
    "forbidden_unless_limit_sample",
    "unlimited",
}


@dataclass(frozen=True)
class Judged:
    """outcome: of the part. passes: per pass, (rule id, outcome) of every answer; "" where no rule answers."""

    outcome: Outcome
    passes: tuple[tuple[tuple[str, Outcome], ...], ...] = ()


def brute_judge(blobs, inspected, faces, table, policy) -> Judged:
    """The verdict by DECISIONS, by trying everything. Raises JudgeInputError."""
    check_input(blobs, faces)
    if not faces:
        return Judged(INVALID)
    planes = {face.name: Plane([blob for blob in blobs if face.name in blob.faces]) for face in faces}
    decision_rule = policy.decision_rule or table.decision_rule
    passes = tuple(
        tuple(one_pass(Pass(sign, policy, table, planes), inspected, faces))
        for sign in ((0,) if decision_rule == "simple" else (+1, -1))
    )
    outcomes = [Outcome.worst(outcome for _, outcome in answers) for answers in passes]
    if decision_rule == "guarded" and outcomes[0] != outcomes[1]:
        return Judged(REVIEW, passes)
    return Judged(Outcome.worst(outcomes), passes)


def check_input(blobs, faces) -> None:
    """DECISIONS 2."""
    names = [face.name for face in faces]
    ids = [blob.id for blob in blobs]
    bad = len(set(names)) < len(names) or len(set(ids)) < len(ids)
    for blob in blobs:
        bad |= bool(faces) and (not blob.faces or not set(blob.faces) <= set(names))
        bad |= not all(math.isfinite(x) for point in (blob.center_mm, *(blob.outline_mm or ())) for x in point)
        bad |= blob.kind in blob.may_be or bool(blob.may_be and Kind.GATE in (blob.kind, *blob.may_be))
        for size in SIZES:
            measured = getattr(blob, size)
            if measured is not None:
                negative = measured.value < 0 and not (size == "height_mm" and blob.kind == Kind.GATE)
                bad |= negative or not math.isfinite(measured.value)
                bad |= measured.u is not None and not 0 <= measured.u < math.inf
    if bad:
        raise JudgeInputError("brute: refused")


@dataclass(frozen=True)
class Pass:
    """One look at the whole part. sign: +1 every size at value + U, -1 at value - U, 0 the values alone."""

    sign: int
    policy: object
    table: object
    planes: dict[str, Plane]

    @property
    def product_grade(self) -> str:
        return self.policy.product_grade or "oem"

    def size(self, blob, name: str) -> float:
        """The size as this pass sees it."""
        if name == "diameter_mm" and blob.length_mm and blob.width_mm:
            mean = (self.plain_size(blob, "length_mm") + self.plain_size(blob, "width_mm")) / 2
            return max(self.plain_size(blob, name), mean)
        return self.plain_size(blob, name)

    def plain_size(self, blob, name: str) -> float:
        measured = getattr(blob, name)
        if measured is None:
            raise JudgeInputError(f"brute: blob {blob.id} has no {name}")
        sign = 1 if Doubt.BELOW_RESOLUTION in blob.doubt else self.sign
        value = measured.value + sign * 2 * (measured.u or 0.0)
        return value if name == "height_mm" and blob.kind == Kind.GATE else max(value, 0.0)

    def unknown(self, blob, names) -> bool:
        """True where the uncertainty of one of these sizes is needed and unknown."""
        needs_u = self.sign != 0 or Doubt.BELOW_RESOLUTION in blob.doubt
        known = [getattr(blob, name) for name in names if getattr(blob, name) is not None]
        return needs_u and any(measured.u is None for measured in known)

    def unsure(self, blob, names) -> bool:
        """True where nothing may pass by these sizes."""
        return blob.doubt.understated or self.unknown(blob, names)

    def combined(self, readings: list[Outcome]) -> Outcome:
        """What the readings of one question give together."""
        if self.policy.ambiguity == "worst":
            return Outcome.worst(readings)
        return readings[0] if len(set(readings)) == 1 else REVIEW


def used_sizes(blob, name: str) -> tuple[str, ...]:
    """The sizes that stand behind a size: a diameter is weighed against (L+W)/2 where both are known."""
    weighed = name == "diameter_mm" and blob.length_mm and blob.width_mm
    return (name, "length_mm", "width_mm") if weighed else (name,)


def yes(passes: bool) -> Outcome:
    return PASS if passes else FAIL


def one_pass(look: Pass, inspected, faces):
    """Every answer of this pass, as (rule id, outcome)."""
    for face in faces:
        if look.table.grade_of(face) is None:
            yield "", REVIEW
            continue
        yield from not_inspected(look, inspected, face)
        blobs = look.planes[face.name].blobs
        if not blobs and not something_decides(look, face):
            yield "", REVIEW
        groups = {}
        for blob in blobs:
            for kind in (blob.kind, *blob.may_be):
                rules = look.table.rules_for(kind, face, look.product_grade)
                if not rules:
                    yield "", REVIEW
                on_paper_path = "paper_path" in face.traits and kind in (Kind.SCRATCH, Kind.DENT)
                if on_paper_path and not any(cell.trait == "paper_path" for _, cell in rules):
                    yield "", REVIEW
                for rule, cell in rules:
                    members = groups.setdefault(id(cell), (rule, cell, []))[2]
                    if not any(member is blob for member in members):
                        members.append(blob)
        for rule, cell, group in groups.values():
            for outcome in ANSWERS[rule.type](look, rule, cell, group, face):
                yield rule.id, outcome


def count_answers(look: Pass, rule, cell, blobs, face):
    """One answer per band with a number, and REVIEW for every blob whose size cannot be relied on."""
    finite = [band for band in cell.bands if band.allow != "unlimited"]
    if not finite:
        return
    plane = look.planes[face.name]
    sizes = {blob.id: look.size(blob, rule.size) for blob in blobs}
    counted = [blob for blob in blobs if any(band.reaches(sizes[blob.id]) for band in finite)]
    near = {
        one.id
        for one in counted
        for other in counted
        if one is not other
        and rule.alternative_spacing_mm is not None
        and not plane.apart(one, other, rule.alternative_spacing_mm)
    }
    for band in finite:
        readings = []
        for counting in rule.counting:
            member = band.__contains__ if counting == "per_band" else band.reaches
            members = {i for i, size in sizes.items() if member(size)}
            for reading in rule.readings:
                number = plane.largest_count(members, rule.circle_diameter_mm)
                if reading == "nearer_than_spacing":
                    number = max(plane.largest_count(members & near, rule.circle_diameter_mm), min(len(members), 1))
                readings.append(yes(number <= band.allow))
        yield look.combined(readings)
    for blob in blobs:
        size = sizes[blob.id]
        at_stake = [band for band in finite if size in band or not band.reaches(size)]
        if look.unknown(blob, used_sizes(blob, rule.size)) or (blob.doubt.understated and at_stake):
            yield REVIEW


def spacing_answers(look: Pass, rule, cell, blobs, face):
    """One answer per pair, and REVIEW for every blob whose size cannot be relied on."""
    bands = {}
    for blob in blobs:
        size = look.size(blob, rule.size)
        bands[blob.id] = next((band for band in cell.bands if size in band), cell.bands[-1])
        if look.unsure(blob, used_sizes(blob, rule.size)):
            yield REVIEW
    for i, one in enumerate(blobs):
        for other in blobs[:i]:
            pair = bands[one.id], bands[other.id]
            stated = max(band.spacing_mm for band in pair)
            alternative = max(band.alternative_spacing_mm or band.spacing_mm for band in pair)
            plane = look.planes[face.name]
            yield look.combined([yes(plane.apart(one, other, needed)) for needed in (stated, alternative)])


def size_answers(look: Pass, rule, cell, blobs, face):
    for blob in blobs:
        yield look.combined([READINGS[reading](look, rule, cell, blob) for reading in rule.readings])


def all_that_fit_the_shape(look: Pass, rule, cell, blob) -> Outcome:
    """Every limited quantity of the blob's shape; without length or width it is a point."""
    limits = {limit.quantity: limit for limit in cell.limits}
    both = blob.length_mm is not None and blob.width_mm is not None
    names = [name for name in (rule.line if both and is_line(look, blob) else rule.point) if name in limits]
    shape = ["length_mm", "width_mm"] if both and set(rule.line) != set(rule.point) else []
    return row_answer(look, limits, blob, names, shape)


def any_one_row(look: Pass, rule, cell, blob) -> Outcome:
    """The best of area, diameter, width and length. A row that lacks a size does not pass."""
    limits = {limit.quantity: limit for limit in cell.limits}
    rows = [[name for name in row if name in limits] for row in ROWS]
    whole = [row for row in rows if row and all(getattr(blob, name) is not None for name in row)]
    if not whole:
        raise JudgeInputError(f"brute: blob {blob.id} has no size of any row")
    return min((row_answer(look, limits, blob, row) for row in whole), key=[PASS, REVIEW, FAIL].index)


def row_answer(look: Pass, limits, blob, names, shape=()) -> Outcome:
    """Whether all of these sizes keep their limits; REVIEW where they do and may not be relied on."""
    sizes = {name: look.size(blob, name) for name in names}
    if not all(sizes[name] in limits[name] for name in names):
        return FAIL
    used = {used for name in names for used in used_sizes(blob, name)} | set(shape)
    return REVIEW if look.unsure(blob, used) else PASS


def is_line(look: Pass, blob) -> bool:
    length, width = look.plain_size(blob, "length_mm"), look.plain_size(blob, "width_mm")
    return length > 0 and length >= 3 * width * (1 - 1e-9)


READINGS = {"all_that_fit_the_shape": all_that_fit_the_shape, "any_one_row": any_one_row}


def height_answers(look: Pass, rule, cell, blobs, face):
    for blob in blobs:
        if cell.forbidden or cell.unlimited:
            yield yes(cell.unlimited)
        else:
            yield between(look, blob, -math.inf, cell.up_to_mm)


def tolerance_answers(look: Pass, rule, cell, blobs, face):
    for blob in blobs:
        yield between(look, blob, cell.from_mm, cell.to_mm)


def between(look: Pass, blob, lowest: float, highest: float) -> Outcome:
    if blob.height_mm is None:
        return REVIEW
    if not lowest <= look.size(blob, "height_mm") <= highest:
        return FAIL
    return REVIEW if look.unsure(blob, ["height_mm"]) else PASS


def sum_answers(look: Pass, rule, cell, blobs, face):
    sizes = {blob.id: look.size(blob, rule.size) for blob in blobs}
    total = math.fsum(sizes.values())
    if rule.circle_diameter_mm is not None:
        total = look.planes[face.name].largest_sum(sizes, rule.circle_diameter_mm)
    yield yes(total <= cell.most)
    if any(look.unsure(blob, used_sizes(blob, rule.size)) for blob in blobs):
        yield REVIEW


def always(outcome: Outcome):
    """A rule without a number says this of every blob."""
    return lambda look, rule, cell, blobs, face: [outcome for _ in blobs]


def function_answers(look: Pass, rule, cell, blobs, face):
    return [PASS if "no_function" in face.traits else REVIEW for _ in blobs]


ANSWERS = {
    "band_count": count_answers,
    "band_spacing": spacing_answers,
    "size_limit": size_answers,
    "height_limit": height_answers,
    "tolerance": tolerance_answers,
    "sum_limit": sum_answers,
    "forbidden": always(FAIL),
    "forbidden_unless_limit_sample": always(FAIL),
    "unlimited": always(PASS),
    "limit_sample": always(REVIEW),
    "tactile": always(REVIEW),
    "not_stated": always(REVIEW),
    "functional_veto": function_answers,
}


def something_decides(look: Pass, face) -> bool:
    """DECISIONS 14: of a face without findings, whether the table states anything that could decide."""
    table = look.table
    while table is not None:
        if table.nothing_found is not None:
            return True
        table = table.base
    rules = [rule for kind in CAMERA_KINDS for rule, _ in look.table.rules_for(kind, face, look.product_grade)]
    return any(rule.type in DECIDING for rule in rules)


def not_inspected(look: Pass, inspected, face):
    """DECISIONS 13: REVIEW for each camera kind that is ruled on here and was not looked for well enough."""
    if inspected is None:
        return
    for kind in CAMERA_KINDS:
        rules = look.table.rules_for(kind, face, look.product_grade)
        if all(asks_nothing(rule, cell) for rule, cell in rules):
            continue
        edges = [edge for rule, cell in rules for edge in edges_mm(rule, cell) if edge > 0]
        smallest = min(edges, default=math.inf)
        looks = [entry for entry in inspected if entry.face == face.name and entry.kind == kind]
        if not any(
            entry.elsewhere or (entry.coverage >= 1 - 1e-9 and 0 <= entry.from_mm <= smallest) for entry in looks
        ):
            yield "", REVIEW


def asks_nothing(rule, cell) -> bool:
    if rule.type == "band_count":
        return all(band.allow == "unlimited" for band in cell.bands)
    return rule.type == "unlimited" or (rule.type == "height_limit" and cell.unlimited)


def edges_mm(rule, cell):
    """Every limit of the cell as a length: of an area, the diameter of the circle that has it."""

    def length(name, value):
        return 2 * math.sqrt(value / math.pi) if name.endswith("_mm2") else value

    if rule.type in ("band_count", "band_spacing"):
        edges = [edge for band in cell.bands for edge in (band.lower, band.upper) if math.isfinite(edge)]
        return [length(rule.size, edge) for edge in edges]
    if rule.type == "size_limit":
        return [length(limit.quantity, limit.upper) for limit in cell.limits]
    if rule.type == "sum_limit":
        return [length(rule.size, cell.most)]
    if rule.type == "height_limit" and cell.up_to_mm is not None:
        return [cell.up_to_mm]
    return []
