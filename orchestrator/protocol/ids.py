"""Ids that the gateway makes, in the form of the service: a prefix and 21 letters or digits."""

from __future__ import annotations

import secrets
import string

ALPHABET = string.ascii_letters + string.digits


def make_id(prefix: str, first: str = "") -> str:
    """Return a new id, beginning as asked; it cannot be guessed, and no caller can choose it (P41)."""
    return prefix + first + "".join(secrets.choice(ALPHABET) for _ in range(21 - len(first)))
