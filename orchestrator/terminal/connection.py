"""The connection from the terminal to a server, and why there is none."""

from __future__ import annotations

import json
from contextlib import suppress
from urllib.parse import unquote, urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidProxy, InvalidStatus, InvalidURI, ProxyError

from orchestrator.errors import OrchestratorError
from orchestrator.outside.proxies import proxy_for, through

OPEN_SECONDS = 10.0


def socket_url(url: str) -> str:
    """Complete the address of a server's Realtime endpoint; scheme, path and query may be missing."""
    parts = urlsplit(url if "://" in url else f"ws://{url}")
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    path = "/v1/realtime" if parts.path.strip("/") in ("", "v1") else parts.path
    query = "&".join(filter(None, [parts.query, "events=team,resume"]))
    return urlunsplit((scheme, parts.netloc, path, query, ""))


def resuming(url: str, token: str) -> str:
    """Return the address at which a call goes on that was lost (`team.call.resumable`)."""
    parts = urlsplit(url if "://" in url else f"ws://{url}")
    query = "&".join(filter(None, [parts.query, urlencode({"resume": token})]))
    return urlunsplit(parts._replace(query=query))


class DirectConnect(connect):
    """Connects without following redirects, so that the API key goes to no other server."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Refuse every redirect."""
        return exc


async def open_connection(url: str, key: str | None) -> ClientConnection:
    """Connect to a server; raises `OrchestratorError`."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    proxy = None
    try:
        address = socket_url(url)
        proxy = proxy_for(address)
        return await DirectConnect(
            address,
            additional_headers=headers,
            compression=None,
            max_size=None,
            open_timeout=OPEN_SECONDS,
            close_timeout=1.0,
            # The library takes user name and password as they stand, and resolves names here unless told `socks5h`.
            proxy=unquote(proxy.url).replace("socks5:", "socks5h:", 1) if proxy else None,
        )
    except (InvalidURI, ValueError):
        raise OrchestratorError(f"{url!r} is not a valid address. Write ws://host:port/v1/realtime.") from None
    except TimeoutError:
        raise OrchestratorError(f"{url} does not answer{through(proxy)}.") from None
    except (ProxyError, InvalidProxy) as error:
        assert proxy is not None
        raise proxy.refused(error.__cause__ or error) from None
    except InvalidStatus as error:
        raise OrchestratorError(f"{url} refused the call: {_refusal(error)}.") from None
    except (OSError, InvalidHandshake) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise OrchestratorError(
            f"Cannot connect to {url}{through(proxy)}: {what}. Is `orchestrator serve` running there?"
        ) from None


def _refusal(error: InvalidStatus) -> str:
    """Return why a server refused: its own message if it sent one, otherwise the HTTP status."""
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(error.response.body or b"")["error"]["message"]).rstrip(".")
    return f"HTTP {error.response.status_code}"
