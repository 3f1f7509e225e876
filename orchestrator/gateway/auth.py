"""Who may call: API keys and client secrets, from a header or a browser's WebSocket subprotocol.

Without keys the server listens on loopback only, and a browser page from elsewhere is refused by its `Origin`:
WebSockets know no same-origin rule, so any page that the user opens could call a local server otherwise.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from orchestrator.gateway.client_secrets import PREFIX, ClientSecrets
from orchestrator.settings import is_loopback

SUBPROTOCOL = "realtime"
KEY_PREFIX = "openai-insecure-api-key."
FOREIGN_PAGE = "This server takes no browser pages from elsewhere unless ORCHESTRATOR_API_KEYS is set."
ONLY_CALLS = "A client secret opens calls of its own and does nothing else. Use an API key."
BAD_KEY = "Incorrect API key. Send one of this server's keys, or a client secret that has not expired, as bearer."


def offered(subprotocols: str | None) -> list[str]:
    """Split a `Sec-WebSocket-Protocol` header into its tokens."""
    return [token.strip() for token in (subprotocols or "").split(",") if token.strip()]


def select_subprotocol(tokens: Sequence[str]) -> str | None:
    """Return what the handshake answers: `realtime` or nothing, never the token that carries the key."""
    return SUBPROTOCOL if SUBPROTOCOL in tokens else None


def keys_given(headers: Mapping[str, str]) -> list[str]:
    """Return the keys of a request: `Authorization: Bearer`, `api-key`, or the browser's subprotocol."""
    keys = []
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        keys.append(bearer.strip())
    if "api-key" in headers:
        keys.append(headers["api-key"])
    tokens = offered(headers.get("sec-websocket-protocol"))
    keys += [token.removeprefix(KEY_PREFIX) for token in tokens if token.startswith(KEY_PREFIX)]
    return [key for key in keys if key]


def allowed(headers: Mapping[str, str], api_keys: Iterable[SecretStr]) -> bool:
    """Return whether a request may call. All keys are compared, each in constant time."""
    known = [_digest(key.get_secret_value()) for key in api_keys]
    if not known:
        return True
    given = [_digest(key) for key in keys_given(headers)]
    return sum(hmac.compare_digest(one, other) for one in given for other in known) > 0


def admitted(
    headers: Mapping[str, str], api_keys: Iterable[SecretStr], secrets: ClientSecrets
) -> Mapping[str, Any] | None:
    """Return the session object of the client secret that a request carries, empty with an API key; None: stay out.

    A client secret that has expired is refused also by a server that needs no key: it was bound to a session.
    """
    for key in keys_given(headers):
        if key.startswith(PREFIX):
            return secrets.read(key)
    return {} if allowed(headers, api_keys) else None


def _digest(key: str) -> bytes:
    # Equal lengths, so that the comparison does not tell the length of a key.
    return hashlib.sha256(key.encode()).digest()


def foreign_page(headers: Mapping[str, str], api_keys: Iterable[SecretStr]) -> bool:
    """Return whether a browser page of another machine asks a server that needs no key."""
    origin = headers.get("origin")
    if origin is None or any(True for _ in api_keys):
        return False
    try:
        return not is_loopback(urlsplit(origin).hostname or "")
    except ValueError:  # no URL at all: brackets that do not match
        return True
