"""HTTP of the official MCP client over the HTTP clients of this package.

The official client brings an HTTP library of its own. With this transport its requests go through ours instead, which
checks addresses, knows proxies and trusts what the rest of the package trusts. What goes wrong with one request is the
answer to that request (the library would give up the connection, and with it every other request), and no more is read
than `LARGEST` bytes of an answer, and no faster than `Pace` allows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress

import httpx
import httpx2

from orchestrator.tools.mcp.pace import Pace
from orchestrator.tools.mcp.stdio import LARGEST

ENDED = 404  # how a server says that it does not know the session any more
SESSION = "mcp-session-id"
EVENTS = "text/event-stream"
OURS = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent", "transfer-encoding"})
FAILED, NO_RESPONSE = 502, -32001
CONNECT_SECONDS, GOODBYE_SECONDS = 10.0, 2.0
# An answer may take as long as whoever asked waits for it.
PATIENT = httpx.Timeout(CONNECT_SECONDS, read=None)


class Bridge(httpx2.AsyncBaseTransport):
    """Sends the requests of one server through a client of ours, which it closes in the end."""

    def __init__(self, client: httpx.AsyncClient, lost: Callable[[str], None], doubtful: Callable[[str], None]) -> None:
        # What sends them.
        self._client = client
        # Told why the server has to be asked for a new session, and why a request could not be made.
        self._lost, self._doubtful = lost, doubtful

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; whatever goes wrong is an answer."""
        headers = [(name, value) for name, value in request.headers.multi_items() if name.lower() not in OURS]
        headers.append(("accept-encoding", "identity"))  # a small answer must not become a large one
        content = await request.aread()
        timeout = GOODBYE_SECONDS if request.method == "DELETE" else PATIENT
        try:
            sent = self._client.build_request(
                request.method, str(request.url), headers=headers, content=content, timeout=timeout
            )
            response = await self._client.send(sent, stream=True, follow_redirects=False)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return self._failed(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
        if response.status_code == ENDED and SESSION in request.headers:
            self._lost("it has ended the session")
        return await self._answer(response)

    async def _answer(self, response: httpx.Response) -> httpx2.Response:
        headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in OURS]
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            return self._failed("it compresses its answers, which it was asked not to do")
        if response.headers.get("content-type", "").lower().startswith(EVENTS) and response.is_success:
            return httpx2.Response(response.status_code, headers=headers, stream=Events(response))
        body = bytearray()
        try:
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > LARGEST:
                    return self._refused(f"the answer has more than {LARGEST} bytes")
        except httpx.HTTPError as error:
            return self._failed(f"the answer broke off: {type(error).__name__}")
        finally:
            await response.aclose()
        if response.is_error and not response.headers.get("content-type", "").startswith("application/json"):
            return self._refused(f"HTTP {response.status_code}", response.status_code)
        return httpx2.Response(response.status_code, headers=headers, content=bytes(body))

    def _failed(self, why: str) -> httpx2.Response:
        self._doubtful(why)
        return self._refused(why)

    def _refused(self, why: str, status: int = FAILED) -> httpx2.Response:
        error = {"code": NO_RESPONSE, "message": why}
        return httpx2.Response(status, json={"jsonrpc": "2.0", "id": None, "error": error})

    async def aclose(self) -> None:
        """Close the client."""
        await self._client.aclose()


class Events(httpx2.AsyncByteStream):
    """The events of an answer, as they come."""

    def __init__(self, response: httpx.Response) -> None:
        # The answer, and how fast it may come.
        self._response, self._pace = response, Pace()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield what comes; raises what the official client takes for the end of a connection."""
        try:
            async for chunk in self._response.aiter_raw():
                await self._pace.take(chunk.count(b"\n\n") + chunk.count(b"\r\n\r\n"))
                yield chunk
        except httpx.HTTPError as error:
            raise httpx2.ReadError(type(error).__name__) from error

    async def aclose(self) -> None:
        """Let go of the connection."""
        with suppress(httpx.HTTPError):
            await self._response.aclose()


def client_of(bridge: Bridge, headers: Mapping[str, str]) -> httpx2.AsyncClient:
    """Return a client of the official library's that sends its requests over a bridge."""
    return httpx2.AsyncClient(transport=bridge, headers=headers, trust_env=False)
