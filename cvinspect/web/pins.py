"""PINs of people: kept as a hash that is slow to try, and slower with every wrong one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Mapping

SHORTEST, LONGEST = 4, 64
FREE_TRIES = 3
FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 300.0
_COST, _BLOCK, _PARALLEL, _BYTES = 2**14, 8, 1, 32  # RFC 7914: 16 MB and some 50 ms a try
_HASHED = re.compile(r"scrypt\$(?P<salt>[A-Za-z0-9_-]{22})\$(?P<key>[A-Za-z0-9_-]{43})")


def hashed(pin: str) -> str:
    """`scrypt$SALT$KEY` for a station file. Raises ValueError where the PIN is too short or too long."""
    if not SHORTEST <= len(pin) <= LONGEST:
        raise ValueError(f"a PIN has {SHORTEST} to {LONGEST} characters")
    salt = secrets.token_bytes(16)
    return f"scrypt${_text(salt)}${_text(_key(pin, salt))}"


def check_hash(text: str) -> None:
    """Raises ValueError where `text` is no hash of a PIN."""
    if not _HASHED.fullmatch(text):
        raise ValueError("is no hash of a PIN; make one with `cvinspect pin`")


def fits(pin: str, text: str) -> bool:
    """Whether the PIN has this hash; it takes as long where it has not."""
    found = _HASHED.fullmatch(text)
    salt, key = (_bytes(found["salt"]), _bytes(found["key"])) if found else (b"", b"")
    return hmac.compare_digest(_key(pin[: LONGEST + 1], salt), key)


def _key(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode("utf-8", "replace"), salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, dklen=_BYTES)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Doorkeeper:
    """Tells who a PIN belongs to. After FREE_TRIES wrong ones a name waits, twice as long every time, up to five
    minutes; an unknown name takes as long as a known one. pins: hashes by name.
    """

    def __init__(self, pins: Mapping[str, str], clock: Callable[[], float] = time.monotonic) -> None:
        self._pins, self._clock = pins, clock
        self._wrong: dict[str, int] = {}
        self._until_s: dict[str, float] = {}

    def wait_s(self, name: str) -> float:
        """How long this name has to wait before another PIN is looked at."""
        return max(self._until_s.get(self._known(name), 0.0) - self._clock(), 0.0)

    def admits(self, name: str, pin: str) -> bool:
        """Whether the PIN is this name's; False, unseen, while the name has to wait."""
        name = self._known(name)
        if self.wait_s(name) > 0:
            return False
        self._wrong[name] = wrong = self._wrong.get(name, 0) + 1  # counted first: tries side by side gain nothing
        if wrong >= FREE_TRIES:
            wait_s = min(FIRST_WAIT_S * 2 ** min(wrong - FREE_TRIES, 20), LONGEST_WAIT_S)
            self._until_s[name] = self._clock() + wait_s
        if not fits(pin, self._pins.get(name, "")):
            return False
        self._wrong.pop(name, None)
        self._until_s.pop(name, None)
        return True

    def _known(self, name: str) -> str:
        """All names that nobody has share one count, so that they cannot fill the memory."""
        return name if name in self._pins else ""
