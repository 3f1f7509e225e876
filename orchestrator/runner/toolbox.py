"""The tools of a call's agents: those of the version that it runs on, and what servers list now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain

from orchestrator.core.tools.events import ToolsChanged
from orchestrator.core.tools.rules import ToolRules, rules_of
from orchestrator.team import Team, reserved_names
from orchestrator.tools import Tool
from orchestrator.tools.mcp.sources import NO_SOURCES, Offer, Sources, offer, servers_of

NOTHING = Offer()
MOST_KEPT = 100  # tools of an agent that servers list, or have listed, and that can be called


class Toolbox:
    """What each agent can call, and how it is made."""

    def __init__(self, team: Team, tools: Mapping[str, tuple[Tool, ...]], sources: Sources = NO_SOURCES) -> None:
        # Agent → name → tool of its own.
        self._own = {agent: {tool.name: tool for tool in own} for agent, own in tools.items()}
        # Agent → where it has tools of servers from; names that none of these can have.
        self._sources = {agent: own for agent, own in sources.items() if own}
        self._reserved = reserved_names(team).keys()
        # Agent → what servers list for it now.
        self._offers: dict[str, Offer] = {}
        # Agent → what they list or have listed: a function call may come when its tool is not listed any more.
        self._ever: dict[str, dict[str, Tool]] = {agent: {} for agent in self._sources}

    @property
    def rules(self) -> ToolRules:
        """What holds for the tools, and for all that is ever listed."""
        return rules_of({agent: (*own.values(), *self._sources.get(agent, ())) for agent, own in self._own.items()})

    def of(self, agent: str) -> list[Tool]:
        """Return the tools that an agent has now."""
        return [*self._own[agent].values(), *self._offers.get(agent, NOTHING).tools]

    def missing(self, agent: str) -> tuple[str, ...]:
        """Return the servers whose tools an agent should have, and has not."""
        return self._offers.get(agent, NOTHING).missing

    def find(self, agent: str, name: str) -> Tool | None:
        """Return a tool that an agent has called; None if a server listed it in another process only."""
        return self._own[agent].get(name) or self._ever.get(agent, {}).get(name)

    def look(self) -> ToolsChanged | None:
        """Take what servers list now; None if it is what they listed before, or no agent has tools of servers."""
        changed = []
        for agent, sources in self._sources.items():
            found = offer(sources, {*self._own[agent], *self._reserved})
            if agent not in self._offers or _told(found) != _told(self._offers[agent]):
                self._offers[agent] = found
                self._keep(agent, {tool.name: tool for tool in found.tools})
                changed.append(agent)
        if not changed:
            return None
        tools = {
            agent: {tool.name: source for tool, source in zip(found.tools, found.of, strict=True)}
            for agent, found in self._offers.items()
        }
        missing = dict.fromkeys(chain.from_iterable(found.missing for found in self._offers.values()))
        return ToolsChanged(tools, tuple(changed), tuple(missing))

    def _keep(self, agent: str, listed: Mapping[str, Tool]) -> None:
        """Keep what is listed now, and the latest of what was: a server may list other tools again and again."""
        before = [(name, tool) for name, tool in self._ever[agent].items() if name not in listed]
        room = max(0, MOST_KEPT - len(listed))
        self._ever[agent] = {**dict(before[-room:] if room else ()), **listed}

    @contextmanager
    def watched(self, changed: Callable[[], None]) -> Iterator[None]:
        """Keep the servers while the block lasts, and call a function in this event loop when they have changed."""
        loop = asyncio.get_running_loop()

        def tell() -> None:
            with suppress(RuntimeError):  # it has closed
                loop.call_soon_threadsafe(changed)

        with ExitStack() as stack:
            for server in servers_of(self._sources):
                stack.enter_context(server.hold())
                stack.enter_context(server.watch(tell))
            yield


def _told(offered: Offer) -> object:
    """Return what a session is told of an offer."""
    return [tool.definition() for tool in offered.tools], offered.missing
