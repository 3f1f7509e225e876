"""Connections to public addresses only: what a name leads to is checked, and nothing else is connected to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path

import httpcore
import pytest

from orchestrator.outside import http
from orchestrator.outside.guard import GuardedBackend, NotPublic, checked, resolve
from orchestrator.outside.proxies import Proxy
from tests.proxy import listening, proxy, tls

PUBLIC, OTHER, INSIDE = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "10.0.0.7"


class Names:
    """A name server that gives each answer once, the last one again and again."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(f"{host}:{port}")
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Backend(GuardedBackend):
    """A guarded backend whose connections lead to loopback; `connected` are the addresses that it was to go to."""

    def __init__(self, names: Names, port: int = 0) -> None:
        super().__init__(resolve=names)
        self.connected: list[str] = []
        self.port = port

    async def connect(self, address: str, port: int) -> httpcore.AsyncNetworkStream:
        """Connect to loopback in place of an address."""
        self.connected.append(address)
        if address == OTHER:
            raise ConnectionRefusedError
        return http.Stream(*await asyncio.open_connection("127.0.0.1", self.port))


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    await writer.drain()


@pytest.mark.parametrize(
    "found", [[INSIDE], [PUBLIC, INSIDE], [INSIDE, PUBLIC], [PUBLIC, "::1"], ["::ffff:169.254.169.254"], []]
)
async def test_a_name_with_an_address_inside_is_refused(found: list[str]) -> None:
    """Also one that has a public address beside it, and one that has none at all: nothing is connected to."""
    backend = Backend(Names(found))
    with pytest.raises(httpcore.ConnectError):
        await backend.connect_tcp("pay.example.com", 443)

    assert backend.connected == []


async def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    """A name that is public when it is checked, and private when it is asked for again, leads nowhere inside."""
    async with listening(_serve) as port:
        names = Names([PUBLIC], [INSIDE])
        backend = Backend(names, port)
        async with httpcore.AsyncConnectionPool(network_backend=backend) as pool:
            assert (await pool.request("GET", "http://pay.example.com/")).content == b"hi"
            with pytest.raises(
                httpcore.ConnectError, match=f"pay.example.com is {INSIDE}, which is not a public address"
            ):
                await pool.request("GET", "http://pay.example.com/")

    assert backend.connected == [PUBLIC]
    assert names.asked == ["pay.example.com:80"] * 2


async def test_the_next_address_is_tried() -> None:
    """As long as one of them answers; the name of the host is that in the certificate and in the request."""
    async with listening(_serve) as port:
        backend = Backend(Names([OTHER, PUBLIC]), port)
        stream = await backend.connect_tcp("pay.example.com", 443)
        await stream.aclose()

    assert backend.connected == [OTHER, PUBLIC]


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "127.0.0.1", "::1"])
async def test_this_machine_is_found_however_it_is_written(host: str) -> None:
    """What the system makes of a host is checked, not the text."""
    with pytest.raises(OSError):  # noqa: PT011  # not public, or no address on a machine that does not take the form
        await checked(host, 80)


async def test_a_name_that_is_none_is_an_error_like_any_other() -> None:
    """Of connections, so that whoever asked is told."""
    with pytest.raises(OSError, match="not the name of a host"):
        await checked(f"{'x' * 64}.example", 80)
    with pytest.raises(NotPublic):
        await checked("metadata.example", 80, Names(["169.254.169.254"]))
    assert await resolve("127.0.0.1", 80) == ["127.0.0.1"]


async def test_a_name_server_that_hangs_is_given_up() -> None:
    """Within the time to connect."""

    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(httpcore.ConnectTimeout):
        await GuardedBackend(resolve=never).connect_tcp("pay.example.com", 443, timeout=0.01)


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_is_given_the_checked_address(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the name, which it would resolve anew; the certificate is that of the name."""
    async with (
        listening(_serve) as port,
        tls(port, "pay.example.com", tmp_path, monkeypatch) as secured,
        proxy(secured, login="me:secret") as fake,
    ):
        way = Proxy(scheme, "127.0.0.1", fake.port, "HTTPS_PROXY", "me", "secret")
        backend = GuardedBackend(way, Names([PUBLIC]))
        trusted = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
        async with httpcore.AsyncConnectionPool(network_backend=backend, ssl_context=trusted) as pool:
            assert (await pool.request("GET", "https://pay.example.com/")).content == b"hi"

    assert fake.asked == [f"{PUBLIC}:443"]


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_refuses_is_an_error_of_the_proxy(scheme: str) -> None:
    """Or one that is not there."""
    async with proxy(9, login="me:other") as fake:
        way = Proxy(scheme, "127.0.0.1", fake.port, "HTTPS_PROXY", "me", "secret")
        with pytest.raises(httpcore.ProxyError):
            await GuardedBackend(way, Names([PUBLIC])).connect_tcp("pay.example.com", 443)
    gone = Proxy(scheme, "127.0.0.1", 9, "HTTPS_PROXY")
    with pytest.raises(httpcore.ConnectError):
        await GuardedBackend(gone, Names([PUBLIC])).connect_tcp("pay.example.com", 443)
