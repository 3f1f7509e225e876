"""The keys and the origin of a request: in headers, or in a browser's WebSocket subprotocol.

A server without API keys listens on loopback only. Its user's browser could still be made to call it by any page that
is open there, because WebSockets know no same-origin policy; so the `Origin` header is checked.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from pydantic import SecretStr
from starlette.requests import HTTPConnection

from orchestrator.settings import is_loopback

SUBPROTOCOL = "realtime"
KEY_PREFIX = "openai-insecure-api-key."
HASH = 8  # characters of a key's hash in the log


def offered(subprotocols: str | None) -> list[str]:
    """Split a `Sec-WebSocket-Protocol` header into its tokens."""
    return [token.strip() for token in (subprotocols or "").split(",") if token.strip()]


def select_subprotocol(tokens: Sequence[str]) -> str | None:
    """Return the subprotocol that the handshake answers: `realtime` or none, never the token that carries the key."""
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


def who(request: HTTPConnection) -> dict[str, str]:
    """Return who sends a request, for the log: the address, and a short hash of the key, which finds it in a list."""
    key = next(iter(keys_given(request.headers)), "")
    return {
        "peer": request.client.host if request.client is not None else "unknown",
        "key": _digest(key).hex()[:HASH] if key else "none",
    }


def allowed(headers: Mapping[str, str], api_keys: Iterable[SecretStr]) -> bool:
    """Return whether a request carries one of the API keys, or none is needed."""
    known = [_digest(key.get_secret_value()) for key in api_keys]
    if not known:
        return True
    given = [_digest(key) for key in keys_given(headers)]
    # Every pair is compared, and each in constant time, so that the duration reveals nothing.
    matches = [hmac.compare_digest(one, other) for one in given for other in known]
    return True in matches


def _digest(key: str) -> bytes:
    # Digests have equal lengths, so the comparison does not reveal the length of a key.
    return hashlib.sha256(key.encode(errors="surrogatepass")).digest()


def foreign_page(headers: Mapping[str, str], api_keys: Sequence[SecretStr]) -> bool:
    """Return whether the request comes from a browser page of another site, and no API key is needed here."""
    origin = headers.get("origin")
    if origin is None or api_keys:
        return False
    try:
        return not is_loopback(urlsplit(origin).hostname or "")
    except ValueError:  # not a URL: its brackets do not match
        return True
