"""Journals are unreadable for whoever reads Redis: each line is encrypted, for its call and its place.

AES-256-GCM with a key of the call's own, which follows from `ORCHESTRATOR_SECRET`. A line that was moved to another
place or another call cannot be opened.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12  # bytes
PLAIN, PACKED = b"\0", b"\1"  # what a line begins with
LONG = 1024  # bytes, from which a line is compressed


class SealError(ValueError):
    """A line that was not written with this secret, for this call and this place."""


class Sealer:
    """Makes the seals of calls."""

    def __init__(self, secret: str) -> None:
        # What the keys of calls follow from.
        self._key = hashlib.sha256(f"journals:{secret}".encode()).digest()

    def seal(self, call_id: str) -> Seal:
        """Return the seal of a call."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return Seal(AESGCM(hmac.digest(self._key, call_id.encode(), "sha256")))


class Seal:
    """Closes and opens the lines of one call."""

    def __init__(self, cipher: AESGCM) -> None:
        self._cipher = cipher

    def close(self, index: int, line: str) -> bytes:
        """Encrypt the line that stands at a place of the journal."""
        text = line.encode()
        content = PLAIN + text if len(text) < LONG else PACKED + zlib.compress(text, 1)
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, content, b"%d" % index)

    def open(self, index: int, sealed: bytes) -> str:
        """Decrypt the line that stands at a place of the journal; raises `SealError`."""
        from cryptography.exceptions import InvalidTag

        try:
            content = self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], b"%d" % index)
        except (InvalidTag, ValueError):
            raise SealError(f"Line {index} cannot be opened.") from None
        text = content[1:]
        return (zlib.decompress(text) if content[:1] == PACKED else text).decode()
