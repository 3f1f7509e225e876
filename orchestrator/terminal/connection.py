"""The connection from the terminal to a server, and why there is none."""

from __future__ import annotations

import json
from contextlib import suppress
from urllib.parse import urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI

from orchestrator.errors import OrchestratorError

OPEN_SECONDS = 10.0


def socket_url(url: str) -> str:
    """Complete the address of a server's Realtime endpoint; scheme, path and query may be missing."""
    parts = urlsplit(url if "://" in url else f"ws://{url}")
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    path = parts.path if parts.path.strip("/") else "/v1/realtime"
    query = "&".join(filter(None, [parts.query, urlencode({"events": "team"})]))
    return urlunsplit((scheme, parts.netloc, path, query, ""))


class DirectConnect(connect):
    """Connects without following redirects, so that the API key goes to no other server."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Refuse every redirect."""
        return exc


async def open_connection(url: str, key: str | None) -> ClientConnection:
    """Connect to a server; raises `OrchestratorError`."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        return await DirectConnect(
            socket_url(url),
            additional_headers=headers,
            compression=None,
            max_size=None,
            open_timeout=OPEN_SECONDS,
            close_timeout=1.0,
        )
    except (InvalidURI, ValueError):
        raise OrchestratorError(f"{url!r} is not a valid address. Write ws://host:port/v1/realtime.") from None
    except TimeoutError:
        raise OrchestratorError(f"{url} does not answer.") from None
    except InvalidStatus as error:
        raise OrchestratorError(f"{url} refused the call: {_refusal(error)}.") from None
    except (OSError, InvalidHandshake) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise OrchestratorError(f"Cannot connect to {url}: {what}. Is `orchestrator serve` running there?") from None


def _refusal(error: InvalidStatus) -> str:
    """Return why a server refused: its own message if it sent one, otherwise the HTTP status."""
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(error.response.body or b"")["error"]["message"]).rstrip(".")
    return f"HTTP {error.response.status_code}"
