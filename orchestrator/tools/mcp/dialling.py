"""How a server of a team file is reached, and what tells it from others."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator import __version__
from orchestrator.errors import OrchestratorError
from orchestrator.tools.mcp.server import START_SECONDS, Signals
from orchestrator.tools.mcp.servers import Held, server
from orchestrator.tools.mcp.stdio import LARGEST, Program, speak

if TYPE_CHECKING:
    from mcp import Client
    from mcp.client._transport import TransportStreams

    from orchestrator.team.tools import McpServer

LIBRARY = ("mcp", "client")  # loggers of the official client
NOT_INSTALLED = "MCP servers need the extra `mcp`: pip install 'voice-orchestrator[mcp]'."


def held(name: str, spec: McpServer, folder: Path) -> Held:
    """Return the server of this process that a team file means, in whose folder it is."""
    key = hashlib.sha256(json.dumps([name, spec.model_dump(mode="json"), str(folder)]).encode()).hexdigest()
    return server(key, name, partial(connect, name, spec, folder))


@asynccontextmanager
async def connect(name: str, spec: McpServer, folder: Path, signals: Signals) -> AsyncIterator[Client]:
    """Connect to a server while the block lasts; raises `OrchestratorError` without the extra `mcp`."""
    try:
        from mcp import Client
        from mcp.types import Implementation
    except ImportError:
        raise OrchestratorError(NOT_INSTALLED) from None
    for logger in LIBRARY:  # its words may quote what servers say, and their session ids
        logging.getLogger(logger).setLevel(logging.CRITICAL + 1)
    transport = over_http(spec, signals) if spec.url is not None else over_pipes(name, spec, folder, signals)
    us = Implementation(name="orchestrator", version=__version__)

    async def take(message: object) -> None:
        if type(message).__name__ == "ToolListChangedNotification":
            signals.changed()

    # Whoever asks has a limit of their own; a program that has to be fetched first answers late.
    asking = Client(transport, client_info=us, message_handler=take, read_timeout_seconds=START_SECONDS, cache=None)
    async with asking as client:
        yield client


@asynccontextmanager
async def over_http(spec: McpServer, signals: Signals) -> AsyncIterator[TransportStreams]:
    """Speak to a server at an address, by streamable HTTP."""
    from mcp.client.streamable_http import streamable_http_client

    from orchestrator.outside.pools import Way, client
    from orchestrator.outside.proxies import proxy_for
    from orchestrator.tools.mcp.bridge import Bridge, client_of

    assert spec.url is not None
    bridge = Bridge(client(Way(proxy_for(spec.url), private=spec.private)), signals.lost, signals.doubtful)
    async with (
        client_of(bridge, spec.headers) as speaking,
        streamable_http_client(spec.url, http_client=speaking, max_sse_event_size=LARGEST) as streams,
    ):
        yield streams


def over_pipes(
    name: str, spec: McpServer, folder: Path, signals: Signals
) -> AbstractAsyncContextManager[TransportStreams]:
    """Start a server that is a program, in the team's folder or one below it."""
    assert spec.command is not None
    return speak(Program(name, spec.command, spec.env, str(folder / (spec.cwd or "."))), signals.lost)
