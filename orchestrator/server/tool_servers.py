"""The MCP servers that a server's teams need: kept for the versions that new calls can get.

A call keeps those of its own version by itself, to its end. A version that is only kept to go back to needs none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager

import structlog

from orchestrator.gateway.teams.teams import Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.tools.mcp.servers import HOME, Held, tried
from orchestrator.tools.mcp.sources import servers_of

START_SECONDS = 10.0  # that a version waits for its servers before it is served without them
log = structlog.get_logger("orchestrator")


class ToolServers:
    """Keeps the servers of the teams that are served."""

    def __init__(self, teams: Teams) -> None:
        # What is served.
        self._teams = teams
        # Each server that is kept, and what keeps it.
        self._kept: dict[Held, AbstractContextManager[None]] = {}
        # They are kept from here on, and no longer when the process stops.
        self._running = False
        teams.watch(self._look)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep them while the block lasts; then close those that nobody else needs."""
        self._running = True
        self._look()
        try:
            yield
        finally:
            self._running = False
            kept = bool(self._kept)
            self._look()
            if kept:
                await asyncio.to_thread(HOME.tidy)

    def figures(self) -> dict[tuple[str, ...], float]:
        """Return for each server by its name whether it can be asked; 0 if one of several of the name cannot."""
        found: dict[tuple[str, ...], float] = {}
        for server in self._kept:
            up = float(server.up)
            found[(server.name,)] = min(up, found.get((server.name,), up))
        return found

    def _look(self) -> None:
        versions = self._teams.running if self._running else []
        wanted = dict.fromkeys(server for version in versions for server in servers_of(version.sources))
        for server in wanted.keys() - self._kept.keys():
            keeping = self._kept[server] = server.hold()
            keeping.__enter__()
        for server in self._kept.keys() - wanted.keys():
            self._kept.pop(server).__exit__(None, None, None)


async def ready(version: Version) -> None:
    """Start the servers of a version that is about to be served, and wait for them, but not long."""
    servers = servers_of(version.sources)
    if not servers:
        return
    with ExitStack() as stack:
        for server in servers:
            stack.enter_context(server.hold())
        if not await asyncio.to_thread(tried, servers, START_SECONDS):
            log.warning("mcp servers not ready", team=version.name)
