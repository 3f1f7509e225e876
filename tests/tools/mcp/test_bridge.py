"""Servers at an address: streamable HTTP through our own client."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from orchestrator.errors import ToolError
from orchestrator.team.tools import McpServer
from orchestrator.tools.mcp.dialling import held
from orchestrator.tools.mcp.server import State
from orchestrator.tools.mcp.servers import Held, tried
from tests.patience import PATIENCE
from tests.tools.mcp.house import PROGRAM, nothing, until, up

FINE = {"number": "48213"}


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(folder: Path, port: int) -> Iterator[None]:
    """Run the program as an HTTP server while the block lasts."""
    env = {"TRACE": str(folder / "trace"), "PATH": "/usr/bin:/bin"}
    process = subprocess.Popen([sys.executable, str(PROGRAM), "--http", str(port)], env=env)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def at(port: int, **keys: object) -> McpServer:
    """A server on this machine."""
    return McpServer.model_validate({"url": f"http://127.0.0.1:{port}/mcp", "private": True, **keys})


async def status(server: Held) -> str:
    """Ask for an order, and return what is said of it."""
    return str((await server.call("find_order", FINE, PATIENCE, nothing)).content[0])


async def test_a_server_over_http_lists_and_answers(tmp_path: Path) -> None:
    """It is down before it is there; what it is asked beside a large answer is answered."""
    port = free_port()
    server = held("shop", at(port), tmp_path)
    with server.hold():
        assert tried([server], PATIENCE)
        assert not server.up
        with serving(tmp_path, port):
            await until(lambda: server.up)
            large = asyncio.ensure_future(server.call("big", {"size": 50_000_000}, PATIENCE, nothing))
            assert "on its way" in await status(server)
            with pytest.raises(ToolError):
                await large
            assert "on its way" in await status(server)
            waiting = asyncio.ensure_future(server.call("hang", {}, PATIENCE, nothing))
            await until(lambda: "hangs" in (tmp_path / "trace").read_text())
            waiting.cancel()
            await until(lambda: "cancelled" in (tmp_path / "trace").read_text())
            cut = asyncio.ensure_future(server.call("hang", {}, PATIENCE, nothing))
            await until(lambda: (tmp_path / "trace").read_text().count("hangs") == 2)
        with pytest.raises(ToolError, match="help the caller in another way"):
            await cut
        with pytest.raises(ToolError):
            await server.call("find_order", FINE, PATIENCE, nothing)
        await until(lambda: server.server.state is State.DOWN)


class Scripted:
    """An HTTP server that answers each request with the bytes that it was given, and remembers what it was sent."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.requests: list[str] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lengths = [line.split(":")[1] for line in head.lower().split("\r\n") if line.startswith("content-len")]
                body = await reader.readexactly(int(lengths[0]) if lengths else 0)
                self.requests.append(head + body.decode())
                writer.write(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def scripted(*answers: bytes) -> AsyncIterator[tuple[Scripted, int]]:
    """Serve such answers while the block lasts."""
    script = Scripted(*answers)
    async with await asyncio.start_server(script.answer, "127.0.0.1", 0) as listening:
        yield script, listening.sockets[0].getsockname()[1]


def said(status: str, body: str = "", *headers: str) -> bytes:
    """An answer."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "", body]
    return "\r\n".join(lines).encode()


async def down(server: Held) -> str:
    """Hold a server that cannot be used, and return why."""
    with server.hold():
        await until(lambda: server.server.state is State.DOWN)
        return server.trouble


async def test_headers_of_the_file_are_sent_and_a_refusal_is_told(tmp_path: Path) -> None:
    """With the status: whoever reads the log looks at the key."""
    async with scripted(said("401 Unauthorized", "who?")) as (script, port):
        why = await down(held("crm", at(port, headers={"Authorization": "Bearer key"}), tmp_path))

    assert "HTTP 401" in why
    assert "authorization: bearer key" in script.requests[0].lower()
    assert "accept-encoding: identity" in script.requests[0].lower()


async def test_no_redirect_to_another_host_is_followed(tmp_path: Path) -> None:
    """Whatever the server says: the file has its address, and its headers are for it alone."""
    async with scripted(said("200 OK", "")) as (other, elsewhere):
        moved = said("307 Temporary Redirect", "", f"location: http://127.0.0.1:{elsewhere}/mcp")
        async with scripted(moved) as (_, port):
            why = await down(held("crm", at(port, headers={"Authorization": "Bearer key"}), tmp_path))

    assert "not followed" in why
    assert other.requests == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (said("200 OK", "x" * 10, "content-type: application/json", "content-encoding: gzip"), "compresses"),
        (said("200 OK", "x" * 5_000_000, "content-type: application/json"), "more than"),
        (said("200 OK", "nonsense", "content-type: application/json"), "parse"),
        (said("500 Oops", "<html>"), "HTTP 500"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\ncontent-type: application/json\r\n\r\n{", ""),
    ],
    ids=["compressed", "large", "nonsense", "broken", "cut"],
)
async def test_nonsense_is_an_answer_to_one_request(tmp_path: Path, answer: bytes, why: str) -> None:
    """The server is down with a reason, and tried again."""
    if answer.endswith(b"{"):  # and then nothing more comes

        async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            writer.close()

        async with await asyncio.start_server(cut, "127.0.0.1", 0) as listening:
            assert "broke off" in await down(held("crm", at(listening.sockets[0].getsockname()[1]), tmp_path))
        return
    async with scripted(answer) as (_, port):
        assert why.lower() in (await down(held("crm", at(port), tmp_path))).lower()


async def test_a_session_that_the_server_has_ended_is_begun_anew(tmp_path: Path) -> None:
    """Of the era of handshakes: 404 for a session means that one has to shake hands again."""

    def told(body: dict[str, object], *headers: str) -> bytes:
        return said("200 OK", json.dumps({"jsonrpc": "2.0", **body}), "content-type: application/json", *headers)

    known = {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}}
    script = [
        said("400 Bad Request", ""),  # it does not know `server/discover`
        told({"id": 2, "result": known}, "mcp-session-id: first"),
        said("202 Accepted"),
    ]
    async with scripted(*script, said("404 Not Found")) as (_, port):
        why = await down(held("crm", at(port), tmp_path))

    assert why


async def test_what_is_not_public_is_refused_unless_the_file_says_private(tmp_path: Path) -> None:
    """Checked where the connection is made."""
    async with scripted(said("200 OK")) as (script, port):
        why = await down(held("crm", at(port, private=False), tmp_path))

    assert "not a public address" in why
    assert script.requests == []


async def test_over_http_too_other_tools_are_noticed(tmp_path: Path) -> None:
    """Where the server tells of them on request."""
    port = free_port()
    with serving(tmp_path, port):
        await until(lambda: (tmp_path / "trace").exists())
        server = held("shop", at(port), tmp_path)
        with server.hold():
            await until(lambda: server.up)
            with up(at(port), tmp_path) as same:
                assert same is server
            await server.call("rename", {}, PATIENCE, nothing)
            await until(lambda: "found_order" in [tool.name for tool in server.tools or ()])
