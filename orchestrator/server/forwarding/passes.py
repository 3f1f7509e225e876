"""What the nodes of a cluster know a forwarded request by: a header that says who asks, signed with their secret.

It lets the request be answered as if it had come directly: the log says who asked, and it is not forwarded again. No
key and no right is in it. It is good for one path and query, for a while, by the clock on which the nodes agree.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

HEADER = "x-orchestrator-forwarded"
SECONDS = 120.0  # that a pass is good for


class Passes:
    """Makes and reads passes; every node with the same secret reads them."""

    def __init__(self, secret: str, clock: Callable[[], float]) -> None:
        # The time on which the nodes agree.
        self._clock = clock
        # What they are signed with.
        self._key = hashlib.sha256(f"forwarded requests:{secret}".encode()).digest()

    def make(self, method: str, target: str, peer: str) -> str:
        """Make the pass of a request for a path with its query, which a peer has sent."""
        content = f"{self._clock():.0f};{peer}"
        return f"{content};{self._sign(content, method, target)}"

    def read(self, given: str, method: str, target: str) -> str | None:
        """Return which peer has sent a request; None if the pass is not for it, not ours, or too old."""
        content, _, signature = given.rpartition(";")
        if not hmac.compare_digest(signature.encode(), self._sign(content, method, target).encode()):
            return None
        made, _, peer = content.partition(";")
        return peer if abs(self._clock() - float(made)) <= SECONDS else None

    def _sign(self, content: str, method: str, target: str) -> str:
        signed = f"{content}\n{method}\n{target}".encode(errors="surrogatepass")
        return hmac.new(self._key, signed, "sha256").hexdigest()
