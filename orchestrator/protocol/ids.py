"""Ids in the spelling of the service: a prefix and 21 letters or digits, at most 32 characters.

Compatible servers refuse ids with other prefixes. In use: `item_` (any item), `fco_` (an item that is a function call's
output), `call_`, `resp_`, `conv_`, `event_`, `sess_`, `rtc_`.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from contextvars import ContextVar

ALPHABET = string.ascii_letters + string.digits
LENGTH = 21
LONGEST_ID = 32  # characters of an item's id or a function call's
# Byte → letter. 256 is no multiple of 62, so that eight letters are a little more likely; 124 bits of chance are left.
_LETTERS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))

# Draws so many bytes. Only a test of a team sets another source, which draws the same in each run.
DRAW: ContextVar[Callable[[int], bytes]] = ContextVar("draw", default=secrets.token_bytes)


def make_id(prefix: str, first: str = "") -> str:
    """Return a new id, beginning as asked; it cannot be guessed, and no caller can choose it (P41)."""
    drawn = DRAW.get()(LENGTH - len(first)).translate(_LETTERS)
    return f"{prefix}{first}{drawn.decode('ascii')}"
