"""Tickets: what the TwiML of a phone call carries, so that the phone call finds its way back to its call.

The ticket for the first stream begins a call, whose id it has; each further one goes on with it, and is of use only
once. A ticket is signed, and belongs to one phone call of Twilio's; that Twilio brings it is checked besides. It counts
how many streams in a row were over at once, so that a phone call that no node can go on with is not led in circles.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from dataclasses import dataclass, replace

SIGNATURE, PHONE = 16, 12  # bytes
CONTENT = struct.Struct(f">HBI{PHONE}s")
LONGEST = 200  # characters
MOST = 1000  # streams of one phone call
SHORT = 5.0  # seconds within which a stream was over at once; a clock that jumps begins to count anew
MOST_SHORT = 8  # streams in a row


@dataclass(frozen=True, slots=True)
class Ticket:
    """Which stream of which phone call, and which call of ours."""

    call: str
    phone: bytes  # a digest of Twilio's id
    stream: int = 1  # the number among the streams of the phone call
    short: int = 0  # how many streams before this one were over at once
    made: int = 0  # unix seconds: when the stream before this one was asked for

    @property
    def first(self) -> bool:
        """Whether the call begins with it."""
        return self.stream == 1

    @property
    def spent(self) -> bool:
        """Whether there were too many streams."""
        return self.stream > MOST or self.short > MOST_SHORT

    def next(self) -> Ticket:
        """Return the one for the stream after this one, which begins now."""
        now = time.time()
        short = self.short + 1 if abs(now - self.made) < SHORT else 0
        return replace(self, stream=self.stream + 1, short=short, made=int(now))

    def is_of(self, sid: str) -> bool:
        """Return whether it belongs to a phone call."""
        return hmac.compare_digest(self.phone, digest(sid))


class Tickets:
    """Writes and reads tickets; every node with the same secret reads them."""

    def __init__(self, secret: str) -> None:
        # What they are signed with.
        self._key = hashlib.sha256(f"phone calls:{secret}".encode()).digest()

    def write(self, ticket: Ticket) -> str:
        """Return a ticket as it stands in a URL."""
        content = CONTENT.pack(ticket.stream, ticket.short, ticket.made, ticket.phone) + ticket.call.encode()
        return base64.urlsafe_b64encode(self._sign(content) + content).decode().rstrip("=")

    def read(self, written: str) -> Ticket | None:
        """Return a ticket; None if it is not one of ours."""
        if len(written) > LONGEST:
            return None
        try:
            raw = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
        except ValueError:
            return None
        signature, content = raw[:SIGNATURE], raw[SIGNATURE:]
        if len(content) <= CONTENT.size or not hmac.compare_digest(signature, self._sign(content)):
            return None
        stream, short, made, phone = CONTENT.unpack_from(content)
        return Ticket(content[CONTENT.size :].decode(), phone, stream, short, made)

    def _sign(self, content: bytes) -> bytes:
        return hmac.digest(self._key, content, "sha256")[:SIGNATURE]


def digest(sid: str) -> bytes:
    """Return what a ticket says of a phone call."""
    return hashlib.sha256(sid.encode(errors="surrogatepass")).digest()[:PHONE]
