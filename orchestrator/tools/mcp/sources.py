"""Where an agent has tools of servers from: an entry of its `tools:`, and what the server lists of it now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from orchestrator.team.tools import McpRef, McpServer, WhenLate
from orchestrator.tools.mcp.dialling import held
from orchestrator.tools.mcp.listing import Listed, TooMany, allowed
from orchestrator.tools.mcp.naming import named
from orchestrator.tools.mcp.servers import Held

if TYPE_CHECKING:
    from orchestrator.team import Filler, Team
    from orchestrator.team.people import Confirm
    from orchestrator.tools.mcp.tool import McpTool

PREFIX = "mcp:"
log = structlog.get_logger("orchestrator")


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """An entry of an agent's `tools:` that stands for what a server lists."""

    ref: McpRef
    spec: McpServer
    server: Held

    @property
    def name(self) -> str:
        """What it is called among the rules of tools: no tool can be called so."""
        return f"{PREFIX}{self.ref.server}/{self.ref.tool}" if self.ref.tool else f"{PREFIX}{self.ref.server}"

    @property
    def keys(self) -> McpRef:
        """What the team file says of its tools; the time limit is that of the server if they have none."""
        limit = self.ref.timeout or self.spec.timeout
        return self.ref if limit == self.ref.timeout else self.ref.model_copy(update={"timeout": limit})

    @property
    def filler(self) -> Filler | None:
        """What the caller hears when one of its tools takes long."""
        return self.ref.filler

    @property
    def approval(self) -> Confirm | None:
        """How a person must agree before one of its tools runs."""
        return self.ref.approval

    @property
    def idempotent(self) -> bool:
        """Whether its tools can run twice for one function call."""
        return bool(self.ref.idempotent)

    @property
    def when_late(self) -> WhenLate:
        """What becomes of an answer that comes after the caller has gone on."""
        return self.ref.when_late

    @property
    def hidden(self) -> frozenset[str]:
        """The arguments whose values are shown nowhere."""
        return frozenset(self.ref.hide)

    @property
    def tools(self) -> tuple[Listed, ...] | None:
        """What of the server's list it stands for; None: nothing is known. Raises `TooMany`."""
        listed = self.server.tools
        if listed is None:
            return None
        return allowed(listed, self.spec.allow if self.ref.tool is None else [self.ref.tool])

    def names(self, tool: str) -> bool:
        """Whether the team file names a tool in full, and not by a pattern or only by its server."""
        return self.ref.tool is not None or tool in (self.spec.allow or ())


Sources = Mapping[str, tuple[Source, ...]]  # agent → its sources
NO_SOURCES: Sources = {}


def sources_of(team: Team) -> Sources:
    """Return where each agent has tools of servers from; servers that the provider asks are not ours."""
    return {
        name: tuple(
            Source(ref, spec, held(ref.server, spec, team.folder))
            for ref in agent.tools
            if isinstance(ref, McpRef) and (spec := team.mcp_servers.get(ref.server)) and not spec.hosted
        )
        for name, agent in team.agents.items()
    }


@dataclass(frozen=True, slots=True)
class Offer:
    """What an agent has of servers now."""

    tools: tuple[McpTool, ...] = ()
    of: tuple[str, ...] = ()  # the source of each
    missing: tuple[str, ...] = ()  # servers of which it has nothing, because nothing is known or it must not be


def offer(sources: Iterable[Source], taken: Collection[str]) -> Offer:
    """Return the tools that servers list for an agent; `taken` are the names of its other functions."""
    from orchestrator.tools.mcp.tool import McpTool  # only teams that have such tools import what checks arguments

    found: list[tuple[Source, Listed]] = []
    missing: list[str] = []
    sources = tuple(sources)
    for source in sources:
        alone = {other.ref.tool for other in sources if other.ref.server == source.ref.server and other is not source}
        try:
            listed = source.tools
        except TooMany as error:
            listed = None
            source.server.warn(str(error))
        if listed is None or (source.ref.tool is not None and not listed):
            missing.append(source.name.removeprefix(PREFIX))
        found += [(source, tool) for tool in listed or () if source.ref.tool or tool.name not in alone]
    called = [(source.ref.server, source.ref.own_name or tool.name) for source, tool in found]
    sure = {index for index, (source, tool) in enumerate(found) if source.names(tool.name)}
    tools = {
        name: (source, McpTool(name, tool, source.server, source.keys))
        for name, (source, tool) in zip(named(called, taken, sure), found, strict=True)
        if name is not None
    }
    return Offer(
        tuple(tool for _, tool in tools.values()), tuple(source.name for source, _ in tools.values()), tuple(missing)
    )


def servers_of(sources: Sources) -> tuple[Held, ...]:
    """Return the servers of all agents, each once."""
    return tuple(dict.fromkeys(source.server for own in sources.values() for source in own))
