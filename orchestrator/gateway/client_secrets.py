"""Client secrets: `ek_…` keys that a web server gives to a browser, each valid for a while and for one session object.

A secret contains its session object, signed with a key derived from this server's API keys. So nothing is stored, and
every process with the same API keys accepts it. It is not encrypted, because the client gets the session object in
`session.created` anyway. It may start several calls until it expires; expiry does not end a call.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from orchestrator.errors import CallerError

PREFIX = "ek_"
LEAST_SECONDS, MOST_SECONDS, SECONDS = 10, 7200, 600
LONGEST = 6000  # characters: it travels in one header of a handshake
SIGNATURE = 32  # bytes
SEED = "ORCHESTRATOR_SEED"  # in the environment of a worker: chosen at random by the supervisor


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A new client secret."""

    value: str
    expires_at: int  # unix seconds


class ClientSecrets:
    """Makes and reads the client secrets of one server."""

    def __init__(self, api_keys: Iterable[SecretStr]) -> None:
        known = "\n".join(key.get_secret_value() for key in api_keys)
        # A server without API keys uses a random seed, the same for all its processes.
        seed = os.environ.get(SEED) or secrets.token_hex(32)
        # What secrets are signed with.
        self._key = hashlib.sha256(f"client secrets:{known or seed}".encode()).digest()

    def make(self, session: Mapping[str, Any], seconds: int = SECONDS) -> ClientSecret:
        """Make a secret for a checked session object; raises `CallerError` if it is too long."""
        expires_at = int(time.time()) + seconds
        content = zlib.compress(json.dumps([expires_at, session]).encode(), 9)
        value = PREFIX + base64.urlsafe_b64encode(self._sign(content) + content).decode().rstrip("=")
        if len(value) > LONGEST:
            message = (
                "The session object is too long for a client secret. Send its longer parts with session.update instead."
            )
            raise CallerError(message, code="invalid_value", param="session")
        return ClientSecret(value, expires_at)

    def read(self, value: str) -> Mapping[str, Any] | None:
        """Return the session object of a secret; None if the secret is not ours or has expired."""
        if not value.startswith(PREFIX) or len(value) > LONGEST:
            return None
        try:
            raw = base64.urlsafe_b64decode(value.removeprefix(PREFIX) + "=" * (-(len(value) - len(PREFIX)) % 4))
        except ValueError:
            return None
        if not hmac.compare_digest(raw[:SIGNATURE], self._sign(raw[SIGNATURE:])):
            return None
        expires_at, session = json.loads(zlib.decompress(raw[SIGNATURE:]))
        return session if time.time() < expires_at else None

    def _sign(self, content: bytes) -> bytes:
        return hmac.digest(self._key, content, "sha256")
