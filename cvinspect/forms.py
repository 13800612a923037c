"""Text into frozen values, strictly: TOML and JSON read by a pydantic form, errors in words.

Every configuration value derives from `Form`: frozen, no unknown key, no silent conversion, no NaN or infinity.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import stat
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from cvinspect.errors import CvinspectError


class Form(BaseModel):
    """Base of everything that a person writes in a file."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


AnyForm = TypeVar("AnyForm", bound=Form)

LARGEST_BYTES = 64_000_000


def read_text(path: Path, error: type[CvinspectError], absent: str = "") -> str:
    """The UTF-8 text of an ordinary file; no pipe is waited for. Raises `error`; `absent`: what to do without it."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            what = "Is a directory" if stat.S_ISDIR(status.st_mode) else "not an ordinary file"
            raise error(f"{path}: cannot be read: {what}")
        if status.st_size > LARGEST_BYTES:
            raise error(f"{path}: too large: {status.st_size} bytes, at most {LARGEST_BYTES}")
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as bad:
        raise error(f"{path}: {absent or f'cannot be read: {bad.strerror}'}") from bad
    except UnicodeDecodeError as bad:
        raise error(f"{path}: cannot be read: it is not UTF-8 text; save it as UTF-8") from bad
    except (OSError, ValueError) as bad:  # ValueError: a NUL in the path
        raise error(f"{path}: cannot be read: {getattr(bad, 'strerror', None) or bad}") from bad


def write_text(path: Path, text: str, error: type[CvinspectError]) -> None:
    """Writes the file whole or not at all. Raises `error` where the place cannot be written."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:40]}-", suffix=".tmp")
    except (OSError, ValueError) as bad:
        why = getattr(bad, "strerror", None) or bad
        raise error(f"{path}: cannot be written: {why}; choose a folder that exists") from bad
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as bad:
        Path(temporary).unlink(missing_ok=True)
        raise error(f"{path}: cannot be written: {bad.strerror}") from bad


_UNIT = "(mm2?|cm|px|gray|deg|s|c|pct)"
_ALIKE = 0.75  # so that `defect` is not taken for `reject`
_A_TABLE = "must be a table of keys and values"
_A_TIME = "must be a date, a time and its zone: 2026-01-31T12:00:00Z"
_MUST = {
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "string_type": "must be a text in quotes",
    "string_too_short": "must not be empty",
    "list_type": "must be a list in [ ]",
    "tuple_type": "must be a list in [ ]",
    "too_short": "must hold at least {min_length}",
    "dict_type": _A_TABLE,
    "model_type": _A_TABLE,
    "model_attributes_type": _A_TABLE,
    "greater_than": "must be above {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be below {lt:g}",
    "less_than_equal": "must be at most {le:g}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing"), "must be a date: 2026-01-31"),
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_from_date_parsing"), _A_TIME),
    "timezone_aware": _A_TIME,
}


def parse_toml(text: str, form: type[AnyForm], where: str, error: type[CvinspectError]) -> AnyForm:
    """The value that TOML `text` states. `where` (the file) heads every message; raises `error`."""
    try:
        data = tomllib.loads(text)
    except RecursionError as bad:
        raise error(f"{where}: nested too deeply") from bad
    except ValueError as bad:  # besides TOMLDecodeError, a number of thousands of digits
        message = str(bad).split(";")[0]
        raise error(f"{where}: not valid TOML: {message}{_line_shown(text, message)}") from bad
    return parse_data(data, form, where, error)


def load_json(text: str, where: str, error: type[CvinspectError]) -> Any:
    """JSON `text` as Python data. Duplicate keys and endless nesting raise `error`; NaN is left to the form."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise error(f"{where}: the key {key!r} stands twice in one object")
            found[key] = value
        return found

    try:
        return json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as bad:
        raise error(f"{where}: not valid JSON: {bad.msg} at line {bad.lineno}, column {bad.colno}") from bad
    except RecursionError as bad:
        raise error(f"{where}: nested too deeply") from bad
    except ValueError as bad:  # a number of thousands of digits
        raise error(f"{where}: not valid JSON: {str(bad).split(';')[0]}") from bad


def parse_data(data: Any, form: type[AnyForm], where: str, error: type[CvinspectError]) -> AnyForm:
    """The value that plain `data` (dicts, lists, numbers, texts, dates) states. Raises `error`, every fault named."""
    try:
        text = json.dumps(data, default=_plain, ensure_ascii=False)
        text.encode("utf-8")
    except RecursionError as bad:
        raise error(f"{where}: nested too deeply") from bad
    except UnicodeEncodeError as bad:
        raise error(f"{where}: a text holds half a character (a lone surrogate); write it as UTF-8") from bad
    except ValueError as bad:
        raise error(f"{where}: a number has too many digits: {str(bad).split(';')[0]}") from bad
    try:
        return form.model_validate_json(text)
    except ValidationError as bad:
        faults = bad.errors(include_url=False)
        raise error("\n".join(f"{where}: {sentence}" for sentence in _sentences(faults, data, form))) from bad


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)


def _line_shown(text: str, message: str) -> str:
    """The line that tomllib's message points at, and what is often meant by such a line."""
    found = re.search(r"at line (\d+)|at end of document", message)
    if not found:
        return ""
    line = (text.split("\n")[int(found[1]) - 1] if found[1] else text.rstrip().rpartition("\n")[2]).strip()
    hint = "; write a number as 0.5, not as 0,5 or 1:30" if re.search(r"=\s*\d+[,:]\d", line) else ""
    return f": {_cut(line, 120)}{hint}"


def _sentences(faults: list[ErrorDetails], data: Any, form: type[Form]) -> list[str]:
    """One sentence per place; where a value may be one of several things, what each of them asks for."""
    claims: dict[str, list[str]] = {}
    for fault in faults:
        deeper = (other for other in faults if len(other["loc"]) > len(fault["loc"]))
        if fault["type"] == "too_short" and any(o["loc"][: len(fault["loc"])] == fault["loc"] for o in deeper):
            continue  # pydantic counts the items that it refused as absent
        head, claim = _sentence(fault, data, form)
        claims.setdefault(head, []).append(claim)
    return [head + ", or ".join(dict.fromkeys(several)) for head, several in claims.items()]


def _sentence(fault: ErrorDetails, data: Any, form: type[Form]) -> tuple[str, str]:
    """(place and what stood there, what is wrong with it)."""
    kind, context = fault["type"], fault.get("ctx", {})
    place, stood = _walk(fault["loc"], data, kind == "missing")
    head = f"{place}: " if place else ""
    if kind == "extra_forbidden":
        return head, f"unknown key{_meant(str(fault['loc'][-1]), form)}"
    if kind in ("missing", "union_tag_not_found"):
        key = str(context.get("discriminator", fault["loc"][-1])).strip("'")
        name = place if kind == "missing" else f"{head}{key}"
        words = _literals(form, key)
        return f"{name} is missing", f"; allowed: {', '.join(words)}" if words else ""
    if kind == "union_tag_invalid":
        key, allowed = str(context["discriminator"]).strip("'"), str(context["expected_tags"]).replace("'", "")
        meant = _near(difflib.get_close_matches(context["tag"].lower(), allowed.split(", "), n=1, cutoff=_ALIKE))
        return head, f"unknown {key} {context['tag']!r}{meant}; allowed: {allowed}"
    if kind == "value_error":
        return head, str(fault["msg"]).removeprefix("Value error, ")
    claim = _MUST[kind].format(**context) if kind in _MUST else fault["msg"][0].lower() + fault["msg"][1:]
    if isinstance(stood, str) and claim.endswith("number"):
        claim += " without quotes"
    return f"{place or 'the file'} = {_show(stood)}: ", claim


def _meant(key: str, form: type[Form]) -> str:
    """What a person who wrote the unknown `key` may have meant."""
    names = sorted({field.alias or name for model in _models(form) for name, field in model.model_fields.items()})
    with_unit = [name for name in names if re.fullmatch(f"{re.escape(key)}_{_UNIT}", name)]
    if with_unit:
        return f"; the unit is missing: write {' or '.join(with_unit)}"
    if key in names:
        return " here; it belongs to another place of the file"
    begun = [name for name in names if len(key) > 2 and name.startswith(key)]
    return _near(difflib.get_close_matches(key.lower(), names, n=1, cutoff=_ALIKE) or begun)


def _near(names: list[str]) -> str:
    return f"; did you mean {names[0]!r}?" if names else ""


def _walk(loc: tuple[int | str, ...], data: Any, missing: bool) -> tuple[str, Any]:
    """The place as a reader finds it, `rule[2] (km.dent).cell[1] (faces 1).bands`, and what stood there.

    Steps that are not in the data are pydantic's own names for the members of a union; only the last step of a
    missing key is a key of ours.
    """
    place, here = "", data
    for step in loc:
        if isinstance(step, int):
            here = here[step] if isinstance(here, list) and step < len(here) else None
            place += f"[{step + 1}]{_label(here)}"
        elif isinstance(here, dict) and step in here:
            here = here[step]
            place += f".{step}" if place else step
    if missing:
        return f"{place}.{loc[-1]}" if place else str(loc[-1]), None
    return place, here


def _label(here: Any) -> str:
    """What a reader calls a table of a list: its id, grade, name, or the faces it is for."""
    if not isinstance(here, dict):
        return ""
    name = next((here[key] for key in ("id", "grade", "name") if isinstance(here.get(key), str)), None)
    faces = here.get("faces")
    if name is None and isinstance(faces, list) and faces:
        name = f"faces {', '.join(map(str, faces))}"
    return f" ({name})" if name else ""


def _show(value: Any) -> str:
    return _cut(json.dumps(value, ensure_ascii=False, default=str), 80)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."


def _models(form: type[BaseModel], seen: set[type[BaseModel]] | None = None) -> set[type[BaseModel]]:
    """Every form that may stand anywhere in `form`."""
    seen = seen if seen is not None else set()
    if form not in seen:
        seen.add(form)
        for part in _parts(field.annotation for field in form.model_fields.values()):
            if isinstance(part, type) and issubclass(part, BaseModel):
                _models(part, seen)
    return seen


def _literals(form: type[Form], key: str) -> list[str]:
    """Every word that may stand under `key` somewhere in the form; none where it takes other things too."""
    fields = [(field.alias or name, field) for model in _models(form) for name, field in model.model_fields.items()]
    kinds = [field.annotation for name, field in fields if name == key]
    if not all(get_origin(kind) is Literal for kind in kinds):
        return []
    return sorted({str(word) for kind in kinds for word in get_args(kind)})


def _parts(annotations: Iterable[Any]) -> Iterator[Any]:
    """The types inside of types: tuple[A | B, ...] holds A and B."""
    for annotation in annotations:
        yield annotation
        if get_origin(annotation) is not Literal:
            yield from _parts(get_args(annotation))
