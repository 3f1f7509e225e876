"""Client secrets: `ek_…` keys that a web server gives to a browser, each valid for a while and for one session object.

A secret contains its session object, and the seat in an open call if it is for one, signed with `ORCHESTRATOR_SECRET`,
or with a key made at the start. So nothing is stored, and every process with the same key accepts it. It is never
signed with an API key, which its holder could then search for offline. It is not encrypted, because the client gets the
session object in `session.created` anyway. It may start several calls until it expires or all secrets are revoked;
neither ends a call.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import mmap
import secrets
import struct
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from orchestrator.errors import CallerError
from orchestrator.outside.api_keys import ApiKey

PREFIX = "ek_"
LEAST_SECONDS, MOST_SECONDS, SECONDS = 10, 7200, 600
LONGEST = 6000  # characters: it travels in one header of a handshake
SIGNATURE = 32  # bytes
MARK = 8  # bytes that stand for an API key
PARTS = 4  # of what a secret grants
TIME = struct.Struct("d")  # how the memory of a revocation holds a time, in unix seconds


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A new client secret."""

    value: str
    expires_at: int  # unix seconds


@dataclass(frozen=True, slots=True)
class Granted:
    """What a client secret is for."""

    session: Mapping[str, Any] = field(default_factory=dict)
    seat: Mapping[str, str] | None = None  # `call`, `agent` and `seat`; None for a call of its own
    teams: frozenset[str] | None = None  # that it may use; None: all
    maker: str = ""  # the mark of the API key that it was made with; "" without one


class ClientSecrets:
    """Makes and reads the client secrets of one server."""

    def __init__(self, secret: SecretStr | None) -> None:
        seed = secret.get_secret_value() if secret is not None else secrets.token_hex(32)
        # What secrets are signed with.
        self._key = hashlib.sha256(f"client secrets:{seed}".encode()).digest()
        # When all secrets were last revoked; several processes share this memory.
        self.revoked = mmap.mmap(-1, TIME.size)

    def make(
        self,
        session: Mapping[str, Any],
        seconds: int = SECONDS,
        seat: Mapping[str, str] | None = None,
        *,
        key: ApiKey | None = None,
    ) -> ClientSecret:
        """Make a secret for a checked session object, and a seat; raises `CallerError` if it is too long.

        It may use the teams that the API key may use with which it is made, and counts for that key.
        """
        now = time.time()
        expires_at = int(now) + seconds
        teams = sorted(key.teams) if key is not None and key.teams is not None else None
        maker = self.mark(key.secret) if key is not None else ""
        content = zlib.compress(json.dumps([now, expires_at, session, seat, teams, maker]).encode(), 9)
        value = PREFIX + base64.urlsafe_b64encode(self._sign(content) + content).decode().rstrip("=")
        if len(value) > LONGEST:
            message = (
                "The session object is too long for a client secret. Send its longer parts with session.update instead."
            )
            raise CallerError(message, code="invalid_value", param="session")
        return ClientSecret(value, expires_at)

    def read(self, value: str) -> Granted | None:
        """Return what a secret is for; None if it is not ours, has expired, or was revoked."""
        if not value.startswith(PREFIX) or len(value) > LONGEST:
            return None
        try:
            raw = base64.urlsafe_b64decode(value.removeprefix(PREFIX) + "=" * (-(len(value) - len(PREFIX)) % 4))
        except ValueError:
            return None
        if not hmac.compare_digest(raw[:SIGNATURE], self._sign(raw[SIGNATURE:])):
            return None
        made_at, expires_at, *granted = json.loads(zlib.decompress(raw[SIGNATURE:]))
        valid = time.time() < expires_at and made_at > TIME.unpack(self.revoked)[0]
        if not valid or len(granted) != PARTS:  # one of an older version is as good as expired
            return None
        session, seat, teams, maker = granted
        return Granted(session, seat, frozenset(teams) if teams is not None else None, maker)

    def mark(self, key: SecretStr) -> str:
        """Return what stands for an API key in a secret: nobody can search for the key by it."""
        return self._sign(f"key:{key.get_secret_value()}".encode())[:MARK].hex()

    def revoke(self) -> None:
        """Let all secrets that were made so far start no more calls."""
        TIME.pack_into(self.revoked, 0, time.time())

    def _sign(self, content: bytes) -> bytes:
        return hmac.digest(self._key, content, "sha256")
