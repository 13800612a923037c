"""Text into frozen values, strictly: TOML and JSON read by a pydantic form, errors in words.

Every configuration value derives from `Form`: frozen, no unknown key, no silent conversion, no NaN or infinity.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from cvinspect.errors import ConfigurationError


class Form(BaseModel):
    """Base of everything that a person writes in a file."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


AnyForm = TypeVar("AnyForm", bound=Form)

_WORDS = {
    "missing": "is missing",
    "finite_number": "is not a finite number",
    "float_type": "is not a number",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "bool_type": "is not true or false",
    "string_type": "is not a text in quotes",
    "list_type": "is not a list",
    "tuple_type": "is not a list",
    "dict_type": "is not a table",
    "model_type": "is not a table",
    "model_attributes_type": "is not a table",
}


def parse_toml(text: str, form: type[AnyForm], where: str, error: type[ConfigurationError]) -> AnyForm:
    """The value that TOML `text` states. `where` (the file) heads every message; raises `error`."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as bad:
        raise error(f"{where}: not valid TOML: {bad}") from bad
    except RecursionError as bad:
        raise error(f"{where}: nested too deeply") from bad
    return parse_data(data, form, where, error)


def parse_json(text: str, form: type[AnyForm], where: str, error: type[ConfigurationError]) -> AnyForm:
    """The value that JSON `text` states; duplicate keys are refused. Raises `error`."""
    return parse_data(load_json(text, where, error), form, where, error)


def load_json(text: str, where: str, error: type[Exception]) -> Any:
    """JSON `text` as Python data. Duplicate keys and endless nesting raise `error`; NaN is left to the form."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        for key in keys:
            if keys.count(key) > 1:
                raise error(f"{where}: the key {key!r} stands twice in one object")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as bad:
        raise error(f"{where}: not valid JSON: {bad.msg} at line {bad.lineno}, column {bad.colno}") from bad
    except RecursionError as bad:
        raise error(f"{where}: nested too deeply") from bad


def parse_data(data: Any, form: type[AnyForm], where: str, error: type[ConfigurationError]) -> AnyForm:
    """The value that plain `data` (dicts, lists, numbers, texts, dates) states. Raises `error`, every fault named."""
    try:
        return form.model_validate_json(json.dumps(data, default=_plain))
    except ValidationError as bad:
        faults = [_sentence(fault, data, form) for fault in bad.errors(include_url=False)]
        raise error("\n".join(f"{where}: {fault}" for fault in dict.fromkeys(faults))) from bad


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)


def _sentence(fault: ErrorDetails, data: Any, form: type[Form]) -> str:
    place, stood = _walk(fault["loc"], data)
    kind = fault["type"]
    if kind == "extra_forbidden":
        key = str(fault["loc"][-1])
        near = difflib.get_close_matches(key, _field_names(form), n=1)
        return f"{place}: unknown key" + (f"; did you mean {near[0]!r}?" if near else "")
    if kind == "missing":
        return f"{place} is missing"
    if kind in _WORDS:
        return f"{place} = {_show(stood)} {_WORDS[kind]}"
    if kind == "value_error":
        return f"{place}: {str(fault['msg']).removeprefix('Value error, ')}"
    return f"{place} = {_show(stood)}: {fault['msg'][0].lower()}{fault['msg'][1:]}"


def _walk(loc: Iterable[int | str], data: Any) -> tuple[str, Any]:
    """The place as a reader finds it, `rule[2] (km.dent).cell[0].face`, and what stood there."""
    place, here = "", data
    for step in loc:
        if isinstance(step, int):
            here = here[step] if isinstance(here, list) and step < len(here) else None
            name = next((here[k] for k in ("id", "name", "grade") if isinstance(here, dict) and k in here), None)
            place += f"[{step + 1}]" + (f" ({name})" if name else "")
        elif isinstance(here, dict) and step in here:
            here = here[step]
            place += f".{step}" if place else step
        elif not isinstance(here, dict) or _is_field(step):
            here = None
            place += f".{step}" if place else step
    return place or "the file", here


def _is_field(step: str) -> bool:
    return step.replace("_", "").isalnum() and step.islower()


def _show(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:77] + "..."


def _field_names(form: type[BaseModel], seen: set[type] | None = None) -> set[str]:
    """Every key that may stand anywhere in the form."""
    seen = seen if seen is not None else set()
    if form in seen:
        return set()
    seen.add(form)
    names = {field.alias or name for name, field in form.model_fields.items()}
    pending: list[Any] = [field.annotation for field in form.model_fields.values()]
    while pending:
        part = pending.pop()
        if isinstance(part, type) and issubclass(part, BaseModel):
            names |= _field_names(part, seen)
        else:
            pending.extend(get_args(part))
    return names
