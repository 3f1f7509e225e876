"""Proxies on loopback: HTTP (`CONNECT` and plain requests) and SOCKS 5, with or without a password.

Whatever host they are asked for, they connect to `target`: names that nobody can resolve are reached through them only.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class FakeProxy:
    """One proxy; `asked` lists the hosts and ports that it was asked for, `agreed` how often it connected."""

    def __init__(self, target: int, login: str, status: str) -> None:
        # The port on loopback that everything leads to.
        self.target = target
        # `user:password`, or "" for everybody.
        self.login = login
        # What it answers instead of connecting, if anything.
        self.status = status
        # `host:port` of each request, and how many were carried out.
        self.asked: list[str] = []
        self.agreed = 0
        # Its own port.
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, whichever protocol it begins with."""
        with suppress(OSError, asyncio.IncompleteReadError):
            first = await reader.readexactly(1)
            opened = await (self._socks(reader, writer) if first == b"\x05" else self._http(first, reader, writer))
            if opened is not None:
                self.agreed += 1
                await _join(reader, writer, *opened)

    async def _target(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.target)

    async def _http(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.split("\r\n")[0].split(" ")
        self.asked.append(target)
        basic = base64.b64encode(self.login.encode()).decode()
        if self.login and f"proxy-authorization: basic {basic}".lower() not in head.lower():
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return None
        if self.status:
            writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: 0\r\n\r\n".encode())
            return None
        upward, downward = await self._target()
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n")
            await writer.drain()
            await asyncio.sleep(0)
            writer.write(b"Via: 1.1 here\r\n\r\n")  # a reply need not come in one piece
        else:  # a plain request, passed on as it came
            downward.write(head.encode())
        return upward, downward

    async def _socks(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        methods = await reader.readexactly((await reader.readexactly(1))[0])
        wanted = 2 if self.login else 0
        writer.write(bytes([5, wanted if wanted in methods else 0xFF]))
        if wanted not in methods:
            return None
        if self.login:
            await reader.readexactly(1)
            user = await reader.readexactly((await reader.readexactly(1))[0])
            password = await reader.readexactly((await reader.readexactly(1))[0])
            right = f"{user.decode()}:{password.decode()}" == self.login
            writer.write(bytes([1, 0 if right else 1]))
            if not right:
                return None
        _, _, _, kind = await reader.readexactly(4)
        name = await reader.readexactly({1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0])
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append(f"{name.decode() if kind == 3 else '.'.join(map(str, name))}:{port}")
        writer.write(bytes([5, 5 if self.status else 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        return None if self.status else await self._target()


async def _join(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, upward: asyncio.StreamReader, down: asyncio.StreamWriter
) -> None:
    """Pass on what comes from either side, until both have ended."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_pump(reader, down), name="to the server")
        group.create_task(_pump(upward, writer), name="to the client")


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        await _closed(writer)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError, asyncio.CancelledError):
        await writer.wait_closed()


@asynccontextmanager
async def listening(serve: Serve, secure: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve connections on a port of loopback while the block lasts; yields the port."""
    tasks: set[asyncio.Task[None]] = set()

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            await _closed(writer)

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # No TaskGroup: the server outlives the block that accepts.
        tasks.add(asyncio.get_running_loop().create_task(once(reader, writer), name="proxy"))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=secure)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def proxy(target: int, *, login: str = "", status: str = "") -> AsyncIterator[FakeProxy]:
    """Run a proxy while the block lasts."""
    fake = FakeProxy(target, login, status)
    async with listening(fake.serve) as fake.port:
        yield fake


@asynccontextmanager
async def tls(target: int, host: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """Speak TLS for a host before a port on loopback, with a certificate that this process trusts; yields the port."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _join(reader, writer, *await asyncio.open_connection("127.0.0.1", target))

    async with listening(serve, context) as port:
        yield port


def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what this machine says of proxies out of the environment."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
