"""What one limit table says otherwise than another, in words: rule by rule, cell by cell, stricter or looser."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from cvinspect.judge.cells import Names, Quoted
from cvinspect.judge.levels import levels_of, places_of
from cvinspect.judge.rules import AnyRule
from cvinspect.judge.table import Condition, Inherits, LimitTable
from cvinspect.model import Reason

ORIGIN = ("provenance", "quote", "source", "reason", "note")
HEAD = ("status", "allow_draft", "decision_rule", "title", "nothing_found", "document", "inherits")
INHERITED_LISTS = (
    ("product_grade", "grade", "limits"),
    ("face_trait", "trait", "limits"),
    ("procedure", "id", "procedures"),
)
ABSENT = "diff_absent"


def differences(a: LimitTable, b: LimitTable) -> tuple[Reason, ...]:
    """What `b` says otherwise than `a`, what it inherits included; empty where both say the same."""
    return (
        *_one("table", f"{a.name}@{a.revision}", f"{b.name}@{b.revision}"),
        *_fields(a, b, HEAD, ""),
        *_named("face_grade", *({grade.grade: grade for grade in table.known_grades} for table in (a, b))),
        *_one("face_grade_statement", *(_effective(table, "face_grade_statement", "limits") for table in (a, b))),
        *(reason for item in INHERITED_LISTS for reason in _named(item[0], _all(a, *item), _all(b, *item))),
        *_conditions(a, b),
        *_sampling(a, b),
        *_rules(_all(a, "rule", "id", "limits"), _all(b, "rule", "id", "limits")),
        *_named("part_face", *({part.quote: part for part in table.part_face} for table in (a, b))),
        *_named("code", a.code, b.code),
        *_named("open_question", *({q.question.en: q for q in table.open_question} for table in (a, b))),
        *_named("note", *({note: note for note in table.note} for table in (a, b))),
    )


def _fields(a: Any, b: Any, names: tuple[str, ...], prefix: str) -> Iterator[Reason]:
    for name in names:
        yield from _one(prefix + name, getattr(a, name), getattr(b, name))


def _one(what: str, was: Any, now: Any) -> Iterator[Reason]:
    """From what to what; where only its origin or its details differ, which of them."""
    if was == now:
        return
    if _shown(was) != _shown(now):
        yield Reason.of("diff_changed", what=what, was=_shown(was), now=_shown(now))
    else:
        yield Reason.of("diff_words", what=what, fields=_changed_fields(was, now))


def _named(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Reason]:
    """What was added, removed or changed among things that have names."""
    for name in dict.fromkeys([*before, *after]):
        if name not in after:
            yield Reason.of("diff_removed", what=what, name=name)
        elif name not in before:
            yield Reason.of("diff_added", what=what, name=name)
        elif before[name] != after[name]:
            fields = _changed_fields(before[name], after[name])
            yield Reason.of("diff_words", what=f"{what} {name}", fields=fields)


def _conditions(a: LimitTable, b: LimitTable) -> Iterator[Reason]:
    for room in ("viewing", "environment"):
        was, now = _effective(a, room, "viewing"), _effective(b, room, "viewing")
        yield from _fields(was, now, tuple(type(was).model_fields), f"{room}.")


def _sampling(a: LimitTable, b: LimitTable) -> Iterator[Reason]:
    was, now = _effective(a, "sampling", "sampling"), _effective(b, "sampling", "sampling")
    if was is None or now is None:
        if was is not now:
            yield Reason.of("diff_removed" if now is None else "diff_added", what="sampling", name="")
        return
    for name in ("aql", "accept", "reject"):
        yield from _directed(getattr(was, name), getattr(now, name), what=f"sampling.{name}")
    yield from _fields(was, now, ("standard", "level", *ORIGIN), "sampling.")


def _directed(was: float | None, now: float | None, what: str) -> Iterator[Reason]:
    if was == now:
        return
    code = "diff_changed"
    if was is not None and now is not None:
        code = "diff_number_tightened" if now < was else "diff_number_loosened"
    yield Reason.of(code, what=what, was=_shown(was), now=_shown(now))


def _rules(before: Mapping[str, AnyRule], after: Mapping[str, AnyRule]) -> Iterator[Reason]:
    for name in dict.fromkeys([*before, *after]):
        if name not in after:
            yield Reason.of("diff_rule_removed", rule=name, kinds=_kinds(before[name]))
        elif name not in before:
            yield Reason.of("diff_rule_added", rule=name, kinds=_kinds(after[name]))
        elif before[name] != after[name]:
            yield from _one_rule(before[name], after[name])


def _one_rule(was: AnyRule, now: AnyRule) -> Iterator[Reason]:
    if was.type != now.type:
        yield Reason.of("diff_rule_changed", rule=was.id, what="type", was=was.type, now=now.type)
        return
    words = tuple(name for name in ORIGIN if getattr(was, name) != getattr(now, name))
    for name in type(was).model_fields:
        before, after = getattr(was, name), getattr(now, name)
        if name not in ("cell", *ORIGIN) and before != after:
            yield Reason.of("diff_rule_changed", rule=was.id, what=name, was=_shown(before), now=_shown(after))
    if words:
        yield Reason.of("diff_rule_words", rule=was.id, fields=words)
    yield from _gathered(was, now)


def _gathered(was: AnyRule, now: AnyRule) -> Iterator[Reason]:
    """The differences between the cells, those that are the same on several faces said once."""
    places: dict[tuple[str, tuple[tuple[str, Hashable], ...]], list[str]] = {}
    before, after = places_of(was, now)
    for place in dict.fromkeys([*before, *after]):
        for code, values in _one_cell(was, now, before.get(place), after.get(place)):
            places.setdefault((code, tuple(values.items())), []).append(place)
    for (code, items), several in places.items():
        yield Reason.of(code, rule=was.id, place=tuple(several), **dict(items))


def _one_cell(was: AnyRule, now: AnyRule, before: Any, after: Any) -> Iterator[tuple[str, dict[str, Hashable]]]:
    if before is None or after is None:
        yield ("diff_cell_added" if before is None else "diff_cell_removed"), {}
        return
    steps = list(levels_of(was, now, before, after))
    for step in steps:
        yield step.code, {"what": step.what, "was": step.was, "now": step.now}
    old, new = (dict.fromkeys(part.provenance for part in _quoted(cell)) for cell in (before, after))
    if list(old) != list(new):
        yield "diff_provenance", {"was": tuple(old), "now": tuple(new)}
    fields = [name for name in ORIGIN if _said(before, name) != _said(after, name)]
    if not steps:  # an edge above which the same holds, as above the top band of a spacing
        fields += [name for name in ("bands", "limits") if _bare(before, name) != _bare(after, name)]
    if words := tuple(name for name in fields if name != "provenance"):
        yield "diff_cell_words", {"fields": words}


def _said(cell: Any, name: str) -> list[Any]:
    return [getattr(part, name) for part in _quoted(cell)]


def _bare(cell: Any, name: str) -> list[Any]:
    """A list of the cell without the origins of its parts."""
    return [part.model_dump(exclude=set(ORIGIN)) for part in getattr(cell, name, ())]


def _quoted(cell: Any) -> list[Quoted]:
    return [cell, *getattr(cell, "bands", ()), *getattr(cell, "limits", ())]


def _kinds(rule: AnyRule) -> tuple[str, ...]:
    return tuple(rule.kinds) or ("any",)


def _all(table: LimitTable, name: str, key: str, scope: str) -> dict[str, Any]:
    """The items of one of the table's lists by their name, inherited ones included."""
    inherited = _all(table.base, name, key, scope) if table.base is not None and _inherits(table, scope) else {}
    return {**inherited, **{getattr(item, key): item for item in getattr(table, name)}}


def _effective(table: LimitTable, name: str, scope: str) -> Any:
    """The table's own part, or that of the table it inherits from where the file says nothing of it."""
    if name in table.model_fields_set or table.base is None or not _inherits(table, scope):
        return getattr(table, name)
    return _effective(table.base, name, scope)


def _inherits(table: LimitTable, scope: str) -> bool:
    return table.inherits is not None and scope in table.inherits.scope


def _changed_fields(was: Any, now: Any) -> tuple[str, ...]:
    if not isinstance(was, BaseModel):
        return ()
    return tuple(name for name in type(was).model_fields if getattr(was, name) != getattr(now, name))


def _shown(value: Any) -> Hashable:
    """A value as a sentence takes it: a number, a text, or a code of the catalogue."""
    if value is None or value in ("", ()):
        return ABSENT
    if isinstance(value, bool):
        return "diff_yes" if value else "diff_no"
    if isinstance(value, Names):
        return f"{value.zh} / {value.en}"
    if isinstance(value, Condition):
        signs = {"at_least": "≥", "at_most": "≤", "nominal": "", "plus": "+", "minus": "-"}
        numbers = [
            f"{sign}{getattr(value, name):g}" for name, sign in signs.items() if getattr(value, name) is not None
        ]
        return " ".join(numbers) or value.provenance
    if isinstance(value, Inherits):
        return f"{value.table} ({', '.join(value.scope)})"
    if isinstance(value, BaseModel):
        first = (getattr(value, name, "") for name in ("document", "outcome", "quote", "provenance"))
        return next(text for text in first if text)
    if isinstance(value, tuple):
        return tuple(_shown(item) for item in value)
    return value if isinstance(value, (int, float)) else str(value)
