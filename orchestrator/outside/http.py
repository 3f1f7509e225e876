"""HTTP clients that go through the proxy of an address.

The client library knows HTTP proxies, but waits for their answer to `CONNECT` as long as for one of the service. Its
SOCKS has no time limits and takes replies to come in one piece, so that SOCKS is spoken by the library that the sockets
use. In both cases the client gets its connections from here.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import httpcore
import httpx
from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError, ProxyType
from python_socks.async_.asyncio import Proxy as Tunnel

from orchestrator.outside.proxies import Proxy


def make_client(proxy: Proxy | None, **options: Any) -> httpx.AsyncClient:
    """Return a client with the options of `httpx.AsyncClient` that goes through a proxy, or directly."""
    if proxy is not None and proxy.scheme == "socks5":
        options["transport"] = ProxyTransport(httpcore.AsyncConnectionPool, network_backend=SocksBackend(proxy))
    elif proxy is not None:
        options["proxy"] = proxy.url
    if proxy is not None and proxy.scheme == "http":
        asked = {"proxy_url": proxy.url, "proxy_auth": (proxy.user, proxy.password) if proxy.user else None}
        tunnels = ProxyTransport(httpcore.AsyncHTTPProxy, network_backend=ConnectBackend(), **asked)
        options["mounts"] = {"https://": tunnels}
    return httpx.AsyncClient(verify=trust(), trust_env=False, **options)


@cache
def trust() -> ssl.SSLContext:
    """Return the certificates that are trusted: read once in a process, as it takes some 20 ms."""
    return httpx.create_ssl_context()


class ProxyTransport(httpx.AsyncHTTPTransport):
    """HTTP over connections that a proxy makes."""

    def __init__(self, pool: Callable[..., httpcore.AsyncConnectionPool], **options: Any) -> None:
        super().__init__(verify=trust())
        self._pool = pool(ssl_context=trust(), **options)


class ConnectBackend(httpcore.AsyncNetworkBackend):
    """Makes connections to an HTTP proxy, whose answer to `CONNECT` counts as part of the connection."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # as the library calls it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect; raises as the library's own backends do."""
        try:
            async with asyncio.timeout(timeout) as limit:
                return Stream(*await asyncio.open_connection(host, port), answer=limit.when())
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError from error


class SocksBackend(httpcore.AsyncNetworkBackend):
    """Makes connections through a SOCKS proxy, which resolves the names."""

    def __init__(self, proxy: Proxy) -> None:
        # The proxy.
        self._proxy = proxy

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # as the library calls it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect; raises as the library's own backends do."""
        proxy = self._proxy
        tunnel = Tunnel(ProxyType.SOCKS5, proxy.host, proxy.port, proxy.user, proxy.password, rdns=True)
        try:
            socket = await tunnel.connect(host, port, timeout)
        except ProxyTimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except (ProxyConnectionError, OSError) as error:
            raise httpcore.ConnectError from error
        except ProxyError as error:
            raise httpcore.ProxyError(str(error)) from error
        return Stream(*await asyncio.open_connection(sock=socket))


class Stream(httpcore.AsyncNetworkStream):
    """A connection as the HTTP library sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: float | None = None) -> None:
        # Its two directions.
        self._reader, self._writer = reader, writer
        # When a proxy has to have answered; None once TLS is spoken, and the service answers.
        self._answer = answer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Return what came, b"" at the end."""
        try:
            async with asyncio.timeout(timeout) if self._answer is None else asyncio.timeout_at(self._answer):
                return await self._reader.read(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout from error
        except OSError as error:
            raise httpcore.ReadError from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Write all of it."""
        try:
            async with asyncio.timeout(timeout):
                self._writer.write(buffer)
                await self._writer.drain()
        except TimeoutError as error:
            raise httpcore.WriteTimeout from error
        except OSError as error:
            raise httpcore.WriteError from error

    async def aclose(self) -> None:
        """Cut the connection: the other side's goodbye is of no interest."""
        self._writer.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """Speak TLS from here on."""
        try:
            async with asyncio.timeout(timeout):
                await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except OSError as error:  # of TLS too
            raise httpcore.ConnectError(str(error)) from error
        self._answer = None
        return self

    def get_extra_info(self, info: str) -> Any:
        """Say what the library asks for: whether the other side has ended it, and TLS."""
        return self._reader.at_eof() if info == "is_readable" else self._writer.get_extra_info(info)
