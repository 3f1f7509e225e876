"""What a caller comes back with: which call it is, and after which change of hands, signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct

PREFIX = "rt_"
SIGNATURE = 24  # bytes
EPOCH = struct.Struct(">I")
LONGEST = 400  # characters


class Tokens:
    """Makes and reads tokens; every node with the same secret reads them."""

    def __init__(self, secret: str) -> None:
        # What tokens are signed with.
        self._key = hashlib.sha256(f"resume tokens:{secret}".encode()).digest()

    def make(self, call_id: str, epoch: int) -> str:
        """Make the token of a call for as long as its epoch lasts."""
        content = EPOCH.pack(epoch) + call_id.encode()
        return PREFIX + base64.urlsafe_b64encode(self._sign(content) + content).decode().rstrip("=")

    def read(self, token: str) -> tuple[str, int] | None:
        """Return the call and the epoch; None if the token is not ours."""
        if not token.startswith(PREFIX) or len(token) > LONGEST:
            return None
        text = token.removeprefix(PREFIX)
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            return None
        signature, content = raw[:SIGNATURE], raw[SIGNATURE:]
        if len(content) <= EPOCH.size or not hmac.compare_digest(signature, self._sign(content)):
            return None
        return content[EPOCH.size :].decode(), EPOCH.unpack_from(content)[0]

    def _sign(self, content: bytes) -> bytes:
        return hmac.digest(self._key, content, "sha256")[:SIGNATURE]
