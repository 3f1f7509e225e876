"""Journals are unreadable for whoever reads Redis: each line is encrypted, for its call and its place.

AES-256-GCM with a key of the call's own, which follows from `ORCHESTRATOR_SECRET`. A line that was moved to another
place or another call cannot be opened.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12  # bytes
PLAIN, PACKED = b"\0", b"\1"  # what a line begins with
LONG = 1024  # bytes, from which a line is compressed
CHECKPOINT = b"checkpoint %d"  # the place of a checkpoint, which is that of no line


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
        return self._close(b"%d" % index, line.encode())

    def close_checkpoint(self, index: int, checkpoint: bytes) -> bytes:
        """Encrypt what all lines before a place come to."""
        return self._close(CHECKPOINT % index, checkpoint)

    def _close(self, place: bytes, content: bytes) -> bytes:
        content = PLAIN + content if len(content) < LONG else PACKED + zlib.compress(content, 1)
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, content, place)

    def open(self, index: int, sealed: bytes) -> str:
        """Decrypt the line that stands at a place of the journal; raises `SealError`."""
        return self._open(b"%d" % index, sealed).decode()

    def open_checkpoint(self, index: int, sealed: bytes) -> bytes:
        """Decrypt what all lines before a place come to; raises `SealError`."""
        return self._open(CHECKPOINT % index, sealed)

    def _open(self, place: bytes, sealed: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            content = self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], place)
        except (InvalidTag, ValueError):
            raise SealError(f"Line {place.decode()} cannot be opened.") from None
        return zlib.decompress(content[1:]) if content[:1] == PACKED else content[1:]


class Sealed(Sequence[str]):
    """The lines of a journal, from a place on, each of which is opened when it is looked at."""

    def __init__(self, seal: Seal, first: int, lines: Sequence[bytes]) -> None:
        # What opens them, the place of the first, and the lines.
        self._seal, self._first, self._lines = seal, first, lines

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        """Open a line; raises `SealError`."""
        places = range(len(self._lines))
        if isinstance(at, slice):
            assert at.step is None, "lines are taken in their order"
            return Sealed(self._seal, self._first + places[at].start, self._lines[at])
        return self._seal.open(self._first + places[at], self._lines[at])
