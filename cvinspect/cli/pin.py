"""`cvinspect pin`: the hash of a PIN, for a station file."""

from __future__ import annotations

import sys
from getpass import getpass

from cvinspect.errors import StationError
from cvinspect.web.pins import hashed


def pin() -> None:
    """Make the hash of a PIN for a [[person]] of a station file; the PIN is asked for, or read from a pipe."""
    given = getpass("PIN: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    try:
        print(hashed(given))
    except ValueError as bad:
        raise StationError(str(bad)) from bad
