"""Sends a request to the address in the file and nowhere else, and reads the answer."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import httpx

from orchestrator import __version__
from orchestrator.outside.pools import Way, connections
from orchestrator.tools.http.address import PORTS
from orchestrator.tools.http.answer import ACCEPTED, Answer, Failed, Unsent, read_answer
from orchestrator.tools.http.request import Request

MOST_REDIRECTS = 3
UNREACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.PoolTimeout)
OWN_HEADERS = {
    "User-Agent": f"orchestrator/{__version__}",
    "Accept": "application/json, text/plain;q=0.9, */*;q=0.1",
    "Accept-Encoding": ACCEPTED,
}


async def send(request: Request, way: Way) -> Answer:
    """Send a request, and again where the same server redirects it to; raises `Unsent` or `Failed`."""
    async with connections(way) as client:
        for hops in range(MOST_REDIRECTS + 1):
            try:
                found = await _once(client, request)
            except UNREACHED as error:
                raise (Failed if hops else Unsent)(_told(request, error)) from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise Failed(_told(request, error)) from error
            if isinstance(found, Answer):
                return found
            request = found
    raise Failed(f"it redirects more than {MOST_REDIRECTS} times")


def _told(request: Request, error: Exception) -> str:
    """Say what was wrong, and with which host: a team has several, and the library names none."""
    host, text = urlsplit(request.url).netloc.rpartition("@")[2], str(error) or type(error).__name__
    return text if host in text else f"{host}: {text}"


async def _once(client: httpx.AsyncClient, request: Request) -> Answer | Request:
    """Send a request; return its answer, or the request to which the service redirects."""
    sent = httpx.Request(request.method, request.url, headers=_headers(request), content=request.content or None)
    response = await client.send(sent, stream=True, auth=None, follow_redirects=False)
    try:
        following = _redirected(request, response)
        return following or await read_answer(response.status_code, response.headers, response.aiter_raw())
    finally:
        await response.aclose()


def _headers(request: Request) -> list[tuple[bytes, bytes]]:
    """Return the headers as they are sent: those of the file go before ours, and what is not ASCII is UTF-8."""
    named = {name.lower() for name in request.headers}
    ours = {name: value for name, value in OWN_HEADERS.items() if name.lower() not in named}
    return [(name.encode(), value.encode("utf-8", "replace")) for name, value in {**ours, **request.headers}.items()]


def _redirected(request: Request, response: httpx.Response) -> Request | None:
    """Return the request that an answer asks for in place of this one; None if it does not. Raises `Failed`."""
    if response.status_code not in (301, 302, 303, 307, 308) or "location" not in response.headers:
        return None
    try:
        before, after = httpx.URL(request.url), httpx.URL(urljoin(request.url, response.headers["location"]))
    except (ValueError, httpx.InvalidURL) as error:
        raise Failed("it redirects to what is no address") from error
    same = after.host == before.host and (_place(after) == _place(before) or _is_upgrade(before, after))
    if not same or after.userinfo:
        raise Failed(f"it redirects to {after.scheme}://{after.host}, which the team file does not name")
    if response.status_code in (307, 308) or request.method in ("GET", "HEAD"):
        return Request(request.method, str(after), request.headers, request.content)
    kept = {name: value for name, value in request.headers.items() if name.lower() != "content-type"}
    return Request("GET", str(after), kept)


def _place(url: httpx.URL) -> tuple[str, int | None]:
    return url.scheme, url.port or PORTS.get(url.scheme)


def _is_upgrade(before: httpx.URL, after: httpx.URL) -> bool:
    return (_place(before), _place(after)) == (("http", 80), ("https", 443))
