"""The keys and the origin of a request: in headers, in the query, or in a browser's WebSocket subprotocol.

A server without API keys listens on loopback only. Others could still reach it: any page that is open in its user's
browser, because WebSockets know no same-origin policy; a page whose host name was made to point to loopback; anybody,
through a proxy on this machine. So `Origin`, `Host` and the headers that proxies add are checked.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from pydantic import SecretStr
from starlette.requests import HTTPConnection

from orchestrator.settings import is_loopback

SUBPROTOCOL = "realtime"
KEY_PREFIX = "openai-insecure-api-key."
HASH = 8  # characters of a key's hash in the log
LONGEST_PATH = 200  # characters of a path in the log
BETA_SUBPROTOCOL = "openai-beta.realtime-v1"
IN_QUERY = ("api-key", "api_key")
# Headers in which a proxy says for whom it asks.
PROXIES = (
    *("forwarded", "via", "x-real-ip", "x-client-ip", "x-original-host", "true-client-ip", "cf-connecting-ip"),
    *("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-server"),
)


def offered(subprotocols: str | None) -> list[str]:
    """Split a `Sec-WebSocket-Protocol` header into its tokens."""
    return [token.strip() for token in (subprotocols or "").split(",") if token.strip()]


def select_subprotocol(tokens: Sequence[str]) -> str | None:
    """Return the subprotocol that the handshake answers: `realtime` or none, never the token that carries the key."""
    return SUBPROTOCOL if SUBPROTOCOL in tokens else None


def speaks_beta(headers: Mapping[str, str]) -> bool:
    """Return whether a client says that it speaks the protocol's beta version."""
    subprotocol = BETA_SUBPROTOCOL in offered(headers.get("sec-websocket-protocol"))
    return subprotocol or "realtime=v1" in headers.get("openai-beta", "")


def keys_given(request: HTTPConnection) -> list[str]:
    """Return a request's keys: `Authorization: Bearer`, `api-key` as header or query, or the browser's subprotocol."""
    headers, query = request.headers, request.query_params
    keys = [query[name] for name in IN_QUERY if name in query]
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
    key = next(iter(keys_given(request)), "")
    return {
        "peer": request.client.host if request.client is not None else "unknown",
        "key": _digest(key).hex()[:HASH] if key else "none",
    }


def path_of(request: HTTPConnection) -> str:
    """Return the path of a request for the log: without the ticket of a phone call, which the call goes on with."""
    path, ticket = str(request.scope["path"]), request.scope.get("path_params", {}).get("ticket")
    return (path.replace(ticket, "…") if ticket else path)[:LONGEST_PATH]


def carried(request: HTTPConnection, secrets: Sequence[SecretStr]) -> int | None:
    """Return which of the keys a request carries."""
    known = [_digest(key.get_secret_value()) for key in secrets]
    given = [_digest(key) for key in keys_given(request)]
    # Every pair is compared, and each in constant time, so that the duration reveals nothing.
    matches = [at for one in given for at, other in enumerate(known) if hmac.compare_digest(one, other)]
    return matches[0] if matches else None


def _digest(key: str) -> bytes:
    # Digests have equal lengths, so the comparison does not reveal the length of a key.
    return hashlib.sha256(key.encode(errors="surrogatepass")).digest()


def foreign_page(headers: Mapping[str, str]) -> bool:
    """Return whether a request comes from a browser page of another site."""
    return "origin" in headers and not _local(headers["origin"])


def forwarded(headers: Mapping[str, str]) -> bool:
    """Return whether a request came through a proxy, or was sent to a host name that is not loopback's."""
    return any(name in headers for name in PROXIES) or ("host" in headers and not _local(f"//{headers['host']}"))


def _local(url: str) -> bool:
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:  # not a URL: its brackets do not match
        return False
