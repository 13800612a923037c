"""Frozen values to plain JSON and back, by their type hints: fields that hold their default are left out.

A key that a newer version wrote is passed over in reading; flags go as words, times as UTC, and what JSON has no
number for (nan, inf) as a text. `canonical` is the one spelling of a value, over which hashes are taken.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Flag, StrEnum
from functools import cache
from math import isfinite
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from cvinspect.errors import ArchiveError
from cvinspect.model import Doubt


def canonical(data: Any) -> str:
    """Plain data as JSON text, keys sorted, no blanks."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def clean(text: str) -> str:
    """The text as a database can hold it: half characters replaced, without NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def plain(value: Any) -> Any:
    """A frozen value as dicts, lists, texts and numbers."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Flag):
        return Doubt(value.value).words()
    if isinstance(value, StrEnum):
        return str(value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        return float(value) if isfinite(value) else str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {clean(str(key)): plain(item) for key, item in value.items()}
    if is_dataclass(value):
        named = ((one, getattr(value, one.name)) for one in fields(value))
        return {one.name: plain(item) for one, item in named if item != _default(one)}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    raise ArchiveError(f"a {type(value).__name__} cannot be recorded; known are values of the model, texts and numbers")


def _default(one: Field[Any]) -> Any:
    if one.default is not MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not MISSING else MISSING


@cache
def _hints(form: type[Any]) -> dict[str, Any]:
    return get_type_hints(form)


def value_of(data: Any, form: Any) -> Any:
    """The value of type `form` that plain `data` states. Raises ArchiveError where it states none."""
    try:
        return _value(data, form)
    except (TypeError, ValueError, KeyError, AttributeError) as bad:
        raise ArchiveError(f"a row cannot be read as {getattr(form, '__name__', form)}: {bad}") from bad


def _value(data: Any, form: Any) -> Any:
    if form in (str, int, bool):
        if type(data) is not form:
            raise TypeError(f"{data!r} is no {form.__name__}")
        return data
    if form is float:
        return float(data)
    if form is Any:
        return tuple(_value(item, Any) for item in data) if isinstance(data, list) else data
    if is_dataclass(form) and isinstance(form, type):
        hints = _hints(form)
        return form(**{name: _value(item, hints[name]) for name, item in data.items() if name in hints})
    if isinstance(form, type):
        return _simple(data, form)
    return _generic(data, form)


def _simple(data: Any, form: type[Any]) -> Any:
    if issubclass(form, Flag):
        return Doubt.from_words(data)
    if issubclass(form, StrEnum):
        return form(data)
    if issubclass(form, (datetime, date)):
        return form.fromisoformat(data)
    raise TypeError(f"a value of {form.__name__} was never written")


def _generic(data: Any, form: Any) -> Any:
    origin, inside = get_origin(form), get_args(form)
    if origin in (Union, UnionType):
        if data is None:
            return None
        (one,) = (part for part in inside if part is not NoneType)
        return _value(data, one)
    if origin is tuple:
        parts = [inside[0]] * len(data) if inside[-1] is ... else inside
        return tuple(_value(item, part) for item, part in zip(data, parts, strict=True))
    return MappingProxyType({key: _value(item, inside[1]) for key, item in data.items()})
