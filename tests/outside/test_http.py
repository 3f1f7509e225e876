"""Every outgoing connection through real proxies: sockets of agents, text agents, speech servers, `talk`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from orchestrator.errors import OrchestratorError, RealtimeError
from orchestrator.local.speech.remote import RemoteSpeaker, RemoteTranscriber
from orchestrator.outside import http
from orchestrator.realtime import connection
from orchestrator.realtime.connection import Connection
from orchestrator.terminal.connection import open_connection
from orchestrator.testing import ScriptedRealtime
from orchestrator.text import chat
from orchestrator.text.chat import Answer, ChatClient
from tests.chat_server import chat_server, text
from tests.proxy import FakeProxy, listening, proxy, tls, without_proxies

HOST = "service.test"  # no name server knows it
LOGIN, WRITTEN = "me:p@ss w:rd%", "me:p%40ss%20w%3Ard%25"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)
    http.trust.cache_clear()


async def agent(url: str) -> None:
    session = await Connection.open(f"{url.replace('http', 'ws')}/v1/realtime?model=front", {"api-key": "k"})
    await session.read(lambda frame: '"session.created"' in frame)
    await session.close()


async def ask(url: str) -> None:
    client = ChatClient(f"{url}/v1", {"Authorization": "Bearer k"}, silent=chat.SILENT_SECONDS)
    try:
        for _ in range(2):
            answer = Answer(100)
            async for _ in client.ask({"model": "m"}, answer):
                pass
            assert answer.raw == "Yes."
    finally:
        await client.close()


async def transcribe(url: str) -> None:
    transcriber = RemoteTranscriber(url, None, None)
    async with transcriber._client:
        assert await transcriber.transcribe(np.zeros(160, np.int16), None) == "yes"


async def speak(url: str) -> None:
    speaker = RemoteSpeaker(url, None, None, None)
    async with speaker._client:
        assert any([piece.any() async for piece in speaker.speak("Yes.", "marin", 1.0, None)])


async def talk(url: str) -> None:
    async with await open_connection(url.replace("http", "ws"), "k") as socket:
        assert await socket.recv()


Client = Callable[[str], Awaitable[None]]
CLIENTS: list[Client] = [agent, ask, transcribe, speak, talk]
every_client = pytest.mark.parametrize("client", CLIENTS, ids=[one.__name__ for one in CLIENTS])


async def _speech(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request as a speech server would."""
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0]))
    body = b"\1\2" * 100 if b"audio/speech" in head else b'{"text": "yes"}'
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
    await writer.drain()
    writer.close()


@asynccontextmanager
async def server(client: Client) -> AsyncIterator[int]:
    """Run what a client connects to; yields its port."""
    if client in (agent, talk):
        async with ScriptedRealtime() as service:
            yield int(service.url.split(":")[2].split("/")[0])
    elif client is ask:
        async with chat_server() as chats:
            chats.answers = [text("Yes."), text("Yes.")]
            yield int(chats.url.split(":")[2])
    else:
        async with listening(_speech) as port:
            yield port


@pytest.mark.parametrize("secure", [True, False], ids=["tls", "plain"])
@pytest.mark.parametrize(
    ("scheme", "login", "written"),
    [("http", "", ""), ("http", LOGIN, f"{WRITTEN}@"), ("socks5h", "", ""), ("socks5", "me:p@ss", "me:p%40ss@")],
)
@every_client
async def test_p68_every_connection_goes_through_the_proxy(
    client: Client,
    scheme: str,
    login: str,
    written: str,
    secure: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """P68: by `CONNECT` or SOCKS, with a password or without, with TLS inside or without; the proxy finds the host."""
    async with (
        server(client) as port,
        tls(port, HOST, tmp_path, monkeypatch) as secured,
        proxy(secured if secure else port, login=login) as fake,
    ):
        monkeypatch.setenv("HTTPS_PROXY" if secure else "http_proxy", f"{scheme}://{written}127.0.0.1:{fake.port}")
        await client(f"https://{HOST}" if secure else f"http://{HOST}:8000")

    assert fake.agreed >= 1
    wanted = f"{HOST}:443" if secure else f"{HOST}:8000"
    assert all(wanted in asked for asked in fake.asked)


@every_client
async def test_p68_this_machine_is_reached_without_the_proxy(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """P68: `ALL_PROXY` set for everything does not end calls to servers on loopback."""
    async with server(client) as port, proxy(port) as fake:
        monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{fake.port}")
        await client(f"http://127.0.0.1:{port}")
    assert fake.asked == []


async def failure(client: Client, url: str) -> str:
    with pytest.raises(OrchestratorError) as caught:
        await client(url)
    assert not isinstance(caught.value, RealtimeError) or caught.value.code in ("unreachable", "timeout", "closed")
    return str(caught.value)


@pytest.mark.parametrize("scheme", ["http", "socks5"])
@every_client
async def test_p68_a_proxy_that_refuses_is_named_without_its_password(
    client: Client, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P68: a wrong password, and a host that it does not let through."""
    for login, status in (("me:other", ""), ("", "403 Forbidden")):
        async with server(client) as port, proxy(port, login=login, status=status) as fake:
            monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://me:hunter2@127.0.0.1:{fake.port}")
            told = await failure(client, f"https://{HOST}")
        assert f"The proxy 127.0.0.1:{fake.port} (HTTPS_PROXY) refused the connection: " in told
        assert "Correct HTTPS_PROXY" in told
        assert "hunter2" not in told


async def test_p68_a_plain_request_is_refused_by_the_proxy_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """P68: status 407 is the proxy's, not the server's."""
    async with chat_server() as chats, proxy(int(chats.url.split(":")[2]), login="me:other") as fake:
        monkeypatch.setenv("HTTP_PROXY", f"http://me:hunter2@127.0.0.1:{fake.port}")
        told = await failure(ask, f"http://{HOST}")
    assert told.startswith(f"The proxy 127.0.0.1:{fake.port} (HTTP_PROXY) refused the connection: HTTP 407.")


@pytest.mark.parametrize("scheme", ["http", "socks5"])
@every_client
async def test_p68_a_proxy_that_is_not_there_is_named(
    client: Client, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P68: the service is not to blame."""
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://me:hunter2@127.0.0.1:9")
    told = await failure(client, f"https://{HOST}")
    assert "through the proxy 127.0.0.1:9 (ALL_PROXY)" in told
    assert "hunter2" not in told


@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize("client", [agent, ask], ids=["agent", "ask"])
async def test_p68_a_proxy_that_never_answers_is_given_up(
    client: Client, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P68: opening is bounded, whoever stands between."""
    monkeypatch.setattr(connection, "OPEN_SECONDS", 0.1)
    monkeypatch.setattr(chat, "CONNECT_SECONDS", 0.1)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with listening(silent) as port:
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{port}")
        told = await failure(client, f"https://{HOST}")
    assert f"through the proxy 127.0.0.1:{port} (ALL_PROXY) in time" in told


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-server\r\n\r\n", b"\x05\xff", b"\x05\x00\x05"])
@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize("client", [agent, ask, talk], ids=["agent", "ask", "talk"])
async def test_p68_what_is_no_proxy_is_an_error(
    client: Client, scheme: str, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P68: whatever listens there and says."""

    async def odd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(3)
        writer.write(answer)
        writer.close()

    async with listening(odd) as port:
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{port}")
        assert f"proxy 127.0.0.1:{port} (ALL_PROXY)" in await failure(client, f"https://{HOST}")


async def test_p68_a_connection_through_socks_fails_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """P68: an answer that breaks off, one that does not come, and a service whose certificate is not trusted."""

    async def odd(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-server\r\n")

    async with listening(odd) as port, proxy(port) as fake:
        monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{fake.port}")
        assert "the server cannot be reached through" in await failure(ask, f"https://{HOST}")
    async with chat_server() as chats, proxy(int(chats.url.split(":")[2])) as fake:
        monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{fake.port}")
        chats.answers = [b"HTTP/1.1 200 OK\r\n"]
        client = ChatClient(f"http://{HOST}", {})
        with pytest.raises(RealtimeError) as caught:
            _ = [None async for _ in client.ask({}, Answer(9))]
        assert caught.value.code == "closed"
        await client.close()
        chats.gate.clear()
        chats.answers = [text("Yes.")]
        client = ChatClient(f"http://{HOST}", {}, silent=0.1)
        with pytest.raises(RealtimeError) as caught:
            _ = [None async for _ in client.ask({}, Answer(9))]
        assert caught.value.code == "timeout"
        await client.close()
        chats.gate.set()
    assert isinstance(fake, FakeProxy)
