"""Connections to public addresses only, for requests whose address a team file names and whose values a model writes.

A name is resolved here, every address that it has is checked, and the connection goes to one that was checked: asking
twice would let a name server answer differently. A proxy is given the checked address, not the name.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import httpcore
from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError, ProxyType
from python_socks.async_.asyncio.v2 import Proxy as Tunnel

from orchestrator.outside.http import Stream, trust
from orchestrator.outside.proxies import Proxy
from orchestrator.outside.public import is_public

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
MOST = 8  # addresses of a name that are tried
TUNNELS = {"http": ProxyType.HTTP, "https": ProxyType.HTTP, "socks5": ProxyType.SOCKS5}


class NotPublic(OSError):
    """A host has an address that is not public."""


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, in the order in which they should be tried; raises `OSError`."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


async def checked(host: str, port: int, resolve: Resolve = resolve) -> list[str]:
    """Return the addresses of a host, all of which are public; raises `NotPublic`, or `OSError` if it has none."""
    try:
        found = await resolve(host, port)
    except UnicodeError as error:
        raise OSError(f"{host!r} is not the name of a host") from error
    inside = [address for address in found if not is_public(address)]
    if inside or not found:
        raise NotPublic(f"{host} is {inside[0]}, which is not a public address" if inside else f"{host} has no address")
    return list(found[:MOST])


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Makes connections to public addresses, directly or through a proxy."""

    def __init__(self, proxy: Proxy | None = None, resolve: Resolve = resolve) -> None:
        # What stands between.
        self._proxy = proxy
        # Returns the addresses of a host.
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # as the library calls it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers; raises as the library's own backends do."""
        try:
            async with asyncio.timeout(timeout):
                return await self._first(await checked(host, port, self._resolve), port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        except ProxyError as error:
            raise httpcore.ProxyError(str(error)) from error

    async def _first(self, addresses: Sequence[str], port: int) -> httpcore.AsyncNetworkStream:
        for address in addresses[:-1]:
            try:
                return await self.connect(address, port)
            except OSError:
                continue
        return await self.connect(addresses[-1], port)

    async def connect(self, address: str, port: int) -> httpcore.AsyncNetworkStream:
        """Connect to an address; raises `OSError` or `ProxyError`."""
        if self._proxy is None:
            return Stream(*await asyncio.open_connection(address, port))
        proxy = self._proxy
        secure: ssl.SSLContext | None = trust() if proxy.scheme == "https" else None
        login = (proxy.user or None, proxy.password or None)
        tunnel = Tunnel(TUNNELS[proxy.scheme], proxy.host, proxy.port, *login, rdns=False, proxy_ssl=secure)
        try:
            connected = await tunnel.connect(address, port)
            return Stream(connected.reader, connected.writer)
        except ProxyTimeoutError as error:
            raise TimeoutError from error
        except ProxyConnectionError as error:
            raise OSError(str(error)) from error
