"""The servers of a team, started for whoever has no calls that would: tests of a team, and the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from orchestrator.team import Team, reserved_names
from orchestrator.tools.mcp.server import START_SECONDS
from orchestrator.tools.mcp.servers import Held, tried
from orchestrator.tools.mcp.sources import offer, servers_of, sources_of
from orchestrator.tools.tool import Tool

Tools = Mapping[str, tuple[Tool, ...]]


@dataclass(frozen=True, slots=True)
class Started:
    """What agents have when their servers are there."""

    tools: Tools  # agent → its own tools, and those of servers
    servers: tuple[Held, ...] = ()  # of all agents
    faults: tuple[str, ...] = ()  # servers that cannot be used, and why


@contextmanager
def started(team: Team, tools: Tools, seconds: float = START_SECONDS) -> Iterator[Started]:
    """Keep the servers of some agents while the block lasts; yields what they list once it is known; blocks."""
    sources = {agent: own for agent, own in sources_of(team).items() if agent in tools}
    servers = servers_of(sources)
    with ExitStack() as stack:
        for server in servers:
            stack.enter_context(server.hold())
        tried(servers, seconds)
        offers = {
            agent: offer(sources[agent], {*(tool.name for tool in own), *reserved_names(team)})
            for agent, own in tools.items()
        }
        faults = [f"{server.name}: {trouble}" for server in servers if (trouble := server.trouble)]
        told = {fault.partition(":")[0] for fault in faults}
        missing = dict.fromkeys(name for found in offers.values() for name in found.missing)
        why = {server.name: server.refusals[-1] for server in servers if server.refusals}
        faults += [
            f"{name}: {why.get(name.partition('/')[0], 'it does not list this tool')}"
            for name in missing
            if name.partition("/")[0] not in told
        ]
        whole = {agent: (*own, *offers[agent].tools) for agent, own in tools.items()}
        yield Started(whole, servers, tuple(faults))
