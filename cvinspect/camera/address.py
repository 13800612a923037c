"""A camera's address: `folder:pictures?loop=1`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from cvinspect.errors import StationError
from cvinspect.pictures import clean_text


@dataclass(frozen=True, slots=True)
class Address:
    """scheme:place?name=value&...; text: as it was given."""

    text: str
    scheme: str
    place: str
    options: Mapping[str, str]

    def number(self, name: str, usual: float, low: float, high: float) -> float:
        """The option as a number of low..high. Raises StationError."""
        text = self.options.get(name)
        if text is None:
            return usual
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise StationError(f"{self.text}: {name}={clean_text(text)}: a number of {low:g} to {high:g} is allowed")
        return value

    def only(self, *names: str) -> None:
        """Raises StationError where the address holds another option."""
        for name in self.options:
            if name not in names:
                known = f"allowed are {', '.join(names)}" if names else "none is allowed"
                raise StationError(f"{self.text}: unknown option {clean_text(name)!r}; {known}")


def parse_address(text: str) -> Address:
    """Reads an address; of `video:` the whole rest is the place, as a stream's own address may hold a `?`.

    Raises StationError where no scheme stands before a colon.
    """
    scheme, colon, rest = text.partition(":")
    if not colon or clean_text(text) != text:
        raise StationError(f"{clean_text(text)}: no camera's address; write scheme:place, as folder:pictures")
    if scheme == "video":
        return Address(text, scheme, rest, {})
    place, _, query = rest.partition("?")
    return Address(text, scheme, place, dict(parse_qsl(query, keep_blank_values=True)))
