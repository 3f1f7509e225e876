"""Connections for requests of tools: kept open and shared while the event loop's owner says so.

The server opens a scope for as long as it runs. Without one, as in a unit test of a tool, each request has a connection
of its own, which is closed with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from orchestrator.outside.proxies import Proxy

if TYPE_CHECKING:
    import httpx

    from orchestrator.outside.guard import Resolve

MOST, IDLE = 100, 20  # connections, and those that nobody uses
IDLE_SECONDS = 4.0  # that they are kept; servers such as uvicorn close them after 5
CONNECT_SECONDS = 10.0  # to make a connection, or to wait for one of the pool


@dataclass(frozen=True, slots=True)
class Way:
    """How an address is reached."""

    proxy: Proxy | None = None
    private: bool = False  # also where it is not public
    resolve: Resolve | None = None  # how the addresses of a name are found; None: as the system does


class Pools:
    """The connections of one event loop, by the way in which their addresses are reached."""

    def __init__(self) -> None:
        # Way → its connections.
        self._open: dict[Way, httpx.AsyncClient] = {}

    def of(self, way: Way) -> httpx.AsyncClient:
        """Return the connections of a way."""
        if way not in self._open:
            self._open[way] = client(way)
        return self._open[way]

    async def close(self) -> None:
        """Close all of them."""
        while self._open:
            await self._open.popitem()[1].aclose()


_scopes: WeakKeyDictionary[asyncio.AbstractEventLoop, Pools] = WeakKeyDictionary()


@asynccontextmanager
async def pooling() -> AsyncIterator[None]:
    """Keep connections open while the block lasts."""
    loop = asyncio.get_running_loop()
    before, pools = _scopes.get(loop), Pools()
    _scopes[loop] = pools
    try:
        yield
    finally:
        if before is None:
            _scopes.pop(loop, None)
        else:
            _scopes[loop] = before
        await pools.close()


@asynccontextmanager
async def connections(way: Way) -> AsyncIterator[httpx.AsyncClient]:
    """Return the connections of a way: those of the scope, or else of this block alone."""
    if (pools := _scopes.get(asyncio.get_running_loop())) is not None:
        yield pools.of(way)
        return
    own = client(way)
    try:
        yield own
    finally:
        await own.aclose()


def client(way: Way) -> httpx.AsyncClient:
    """Make the connections of a way: a client that sends what it is given, keeps no cookies and follows nothing."""
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    import httpcore
    import httpx

    from orchestrator.outside.guard import GuardedBackend, resolve
    from orchestrator.outside.http import ProxyTransport, make_client

    timeout = httpx.Timeout(None, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS)  # the tool has a limit for all of it
    cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    if way.private:
        limits = httpx.Limits(max_connections=MOST, max_keepalive_connections=IDLE, keepalive_expiry=IDLE_SECONDS)
        return make_client(way.proxy, limits=limits, timeout=timeout, cookies=cookies)
    backend = GuardedBackend(way.proxy, way.resolve or resolve)
    guarded = ProxyTransport(
        httpcore.AsyncConnectionPool,
        network_backend=backend,
        max_connections=MOST,
        max_keepalive_connections=IDLE,
        keepalive_expiry=IDLE_SECONDS,
    )
    return httpx.AsyncClient(transport=guarded, trust_env=False, timeout=timeout, cookies=cookies)
