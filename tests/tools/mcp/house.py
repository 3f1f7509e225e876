"""MCP servers of tests: the program beside this, over pipes or HTTP."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from mcp import Client
from mcp.server.mcpserver import MCPServer

from orchestrator.team.tools import McpRef, McpServer
from orchestrator.tools.mcp.dialling import held
from orchestrator.tools.mcp.server import Signals
from orchestrator.tools.mcp.servers import Held, tried
from orchestrator.tools.mcp.sources import Source
from tests.patience import PATIENCE

PROGRAM = Path(__file__).with_name("program.py")
COMMAND = (sys.executable, str(PROGRAM))


def program(folder: Path, **keys: object) -> McpServer:
    """A server that is the program, and leaves its trace in a folder."""
    said = {"command": COMMAND, "env": {"TRACE": str(folder / "trace"), "SECRET": "hidden"}, **keys}
    return McpServer.model_validate(said)


@contextmanager
def up(spec: McpServer, folder: Path, name: str = "shop") -> Iterator[Held]:
    """Hold a server that can be reached."""
    server = held(name, spec, folder)
    with server.hold():
        assert tried([server], PATIENCE)
        assert server.up, server.trouble
        yield server


async def until(true: Callable[[], object]) -> None:
    """Wait until something is so, whichever thread brings it about."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def trace(folder: Path) -> list[str]:
    """Return what the program has noted."""
    path = folder / "trace"
    return path.read_text().splitlines() if path.exists() else []


def pid(folder: Path) -> int:
    """Return the process of the program that was begun last."""
    return int([line for line in trace(folder) if line.startswith("begun")][-1].split()[1])


def lives(process: int) -> bool:
    """Return whether a process is there, and has not ended."""
    try:
        os.kill(process, 0)
    except OSError:
        return False
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def nothing() -> None:
    """Take that a tool is still at it."""


def seconds(began: float) -> float:
    """Return how long ago something was, on the wall."""
    return time.monotonic() - began


class Inside:
    """A server in this process, which can be out of reach, and can have other tools."""

    def __init__(self, *functions: Callable[..., object], name: str = "crm") -> None:
        self.server = MCPServer(name)
        self.reachable = True
        for function in functions:
            self.server.add_tool(function)
        self.held = Held(name, self.connect)

    @asynccontextmanager
    async def connect(self, signals: Signals) -> AsyncIterator[Client]:
        """Connect to it."""
        if not self.reachable:
            raise ConnectionError("out of reach")
        async with Client(self.server, cache=None, read_timeout_seconds=PATIENCE) as client:
            yield client

    def change(self, *functions: Callable[..., object], without: str = "") -> None:
        """Let it have other tools."""
        for function in functions:
            self.server.add_tool(function)
        if without:
            self.server.remove_tool(without)
        self.held._home.soon(self.held.server.changed)

    def source(self, ref: object = None, **keys: object) -> Source:
        """An entry of an agent's tools, by default for all of it; `keys` of the server in the team file."""
        spec = McpServer.model_validate({"command": ["in", "process"], **keys})
        return Source(McpRef.model_validate(ref or f"mcp:{self.held.name}"), spec, self.held)

    @contextmanager
    def up(self) -> Iterator[Inside]:
        """Hold it once it can be reached."""
        with self.held.hold():
            assert tried([self.held], PATIENCE)
            yield self


def find_customer(number: str) -> str:
    """Find a customer by their number."""
    return f"Miller ({number})"


def search(words: str) -> str:
    """Search for customers."""
    return words
