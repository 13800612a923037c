"""Frozen values to plain JSON and back, by their type hints: fields that hold their default are left out.

A key that a newer version wrote is passed over in reading; flags go as words, times as UTC, and what JSON has no
number for (nan, inf) as a text. `canonical` is the one spelling of a value, over which hashes are taken.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Flag, StrEnum
from functools import cache, partial
from math import isfinite
from operator import attrgetter
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
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


_kind: Callable[[Any], Any] = type  # as a key of a cache


def plain(value: Any) -> Any:
    """A frozen value as dicts, lists, texts and numbers."""
    return _encoder(_kind(value))(value)


@cache
def _encoder(form: type[Any]) -> Callable[[Any], Any]:
    """What makes values of this very type plain."""
    if form in (bool, int, NoneType):
        return _itself
    if form is str:
        return clean
    if form is float:
        return _number
    if form in (tuple, list):
        return lambda value: [_encoder(_kind(item))(item) for item in value]
    if is_dataclass(form):
        return _dataclass_encoder(form)
    return _other_encoder(form)


def _other_encoder(form: type[Any]) -> Callable[[Any], Any]:
    if issubclass(form, np.generic):
        return lambda value: plain(value.item())
    if issubclass(form, Flag):
        return lambda value: Doubt(value.value).words()
    if issubclass(form, StrEnum):
        return str
    if issubclass(form, datetime):
        return lambda value: value.astimezone(UTC).isoformat()
    if issubclass(form, date):
        return lambda value: value.isoformat()
    if issubclass(form, Mapping):
        return lambda value: {clean(str(key)): plain(item) for key, item in value.items()}
    for one, encode in ((bool, _itself), (int, _itself), (str, clean), (float, _number)):
        if issubclass(form, one):
            return encode
    if issubclass(form, (tuple, list)):
        return lambda value: [plain(item) for item in value]
    raise ArchiveError(f"a {form.__name__} cannot be recorded; known are values of the model, texts and numbers")


def _dataclass_encoder(form: type[Any]) -> Callable[[Any], Any]:
    named = [(one.name, attrgetter(one.name), _default(one)) for one in fields(form)]

    def encode(value: Any) -> dict[str, Any]:
        told = {}
        for name, get, default in named:
            item = get(value)
            if item is not default and item != default:
                told[name] = _encoder(_kind(item))(item)
        return told

    return encode


def _itself(value: Any) -> Any:
    return value


def _number(value: float) -> float | str:
    return float(value) if isfinite(value) else str(value)


def _default(one: Field[Any]) -> Any:
    if one.default is not MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not MISSING else MISSING


def value_of(data: Any, form: Any) -> Any:
    """The value of type `form` that plain `data` states. Raises ArchiveError where it states none."""
    try:
        return _decoder(form)(data)
    except (TypeError, ValueError, KeyError, AttributeError) as bad:
        raise ArchiveError(f"a row cannot be read as {getattr(form, '__name__', form)}: {bad}") from bad


@cache
def _decoder(form: Any) -> Callable[[Any], Any]:
    """What reads values of this type, made once per type."""
    if form in (str, int, bool):
        return _exactly(form)
    if form is float:
        return float
    if form is Any:
        return _anything
    if is_dataclass(form) and isinstance(form, type):
        return _dataclass_decoder(form)
    if isinstance(form, type):
        return _simple(form)
    return _generic(form)


def _exactly(form: type[Any]) -> Callable[[Any], Any]:
    def decode(data: Any) -> Any:
        if type(data) is not form:
            raise TypeError(f"{data!r} is no {form.__name__}")
        return data

    return decode


def _anything(data: Any) -> Any:
    return tuple(map(_anything, data)) if isinstance(data, list) else data


def _dataclass_decoder(form: type[Any]) -> Callable[[Any], Any]:
    decoders = {name: _decoder(hint) for name, hint in get_type_hints(form).items()}

    def decode(data: Any) -> Any:
        return form(**{name: decoders[name](item) for name, item in data.items() if name in decoders})

    return decode


def _numbers(count: int, data: Any) -> tuple[float, ...]:
    if len(data) != count:
        raise ValueError(f"{data!r} is not {count} numbers")
    return tuple(map(float, data))


def _simple(form: type[Any]) -> Callable[[Any], Any]:
    if issubclass(form, Flag):
        return Doubt.from_words
    if issubclass(form, StrEnum):
        return form
    if issubclass(form, (datetime, date)):
        return form.fromisoformat
    raise TypeError(f"a value of {form.__name__} was never written")


def _generic(form: Any) -> Callable[[Any], Any]:
    origin, inside = get_origin(form), get_args(form)
    if origin in (Union, UnionType):
        (one,) = (part for part in inside if part is not NoneType)
        some = _decoder(one)
        return lambda data: None if data is None else some(data)
    if origin is tuple and inside[-1] is ...:
        each = _decoder(inside[0])
        return lambda data: tuple([each(item) for item in data])
    if origin is tuple and set(inside) == {float}:
        return partial(_numbers, len(inside))
    if origin is tuple:
        parts = [_decoder(part) for part in inside]
        return lambda data: tuple([part(item) for part, item in zip(parts, data, strict=True)])
    value = _decoder(inside[1])
    return lambda data: MappingProxyType({key: value(item) for key, item in data.items()})
