"""One HTTP request on its way to another node, and its answer on the way back, as it comes.

Limits: a request's body has the size that the API allows at most; 2 s to connect, 30 s without a byte of the answer,
and for all of it, a client that reads slowly included, the seconds that are given.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import structlog
from starlette.types import Message, Send

from orchestrator.outside.http import make_client

CONNECT_SECONDS, SECONDS = 2.0, 30.0
TIMEOUT = httpx.Timeout(SECONDS, connect=CONNECT_SECONDS)
# Headers of a connection, and those that this server writes itself.
OURS = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "date", "server"}
)
Headers = list[tuple[bytes, bytes]]
log = structlog.get_logger("orchestrator")


class Unanswered(Exception):
    """The other node did not answer."""


@asynccontextmanager
async def answered(method: str, url: str, headers: Headers, body: bytes) -> AsyncIterator[httpx.Response]:
    """Send a request; yields the beginning of the answer. Raises `Unanswered`."""
    async with make_client(None, timeout=TIMEOUT) as client:
        try:
            request = client.build_request(method, url, headers=headers, content=body)
            response = await client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unanswered(str(error) or type(error).__name__) from None
        try:
            yield response
        finally:
            await response.aclose()


async def forward(method: str, url: str, headers: Headers, body: bytes, send: Send, *, seconds: float) -> None:
    """Send a request, and its answer on; raises `Unanswered` if nothing of one came."""
    response: httpx.Response | None = None
    try:
        async with asyncio.timeout(seconds), answered(method, url, headers, body) as response:
            await pass_on(response, send)
    except TimeoutError:
        late = f"it was not over within {seconds:g} s"
        if response is None:
            raise Unanswered(late) from None
        _broke_off(response, late)


async def pass_on(response: httpx.Response, send: Send) -> None:
    """Send an answer on, as it comes; one that breaks off ends the connection, since it is not whole."""
    headers = [(name.lower(), value) for name, value in response.headers.raw]
    kept = [(name, value) for name, value in headers if name.decode("latin-1") not in OURS]
    await send({"type": "http.response.start", "status": response.status_code, "headers": kept})
    try:
        async for chunk in response.aiter_raw():
            await send(_body(chunk, more=True))
    except httpx.HTTPError as error:
        _broke_off(response, str(error))
        return
    await send(_body(b"", more=False))


def _broke_off(response: httpx.Response, reason: str) -> None:
    log.warning("forwarded answer broke off", url=str(response.url.copy_with(query=None)), reason=reason)


def _body(chunk: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": chunk, "more_body": more}
