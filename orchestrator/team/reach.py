"""Whom a caller can reach, and who can be asked: every way of a team followed from its first agent.

A way that needs a variable is open once somebody who was reached can set it. Tools are known by the names in the team
file; a whole file (`agents/orders.py`) may hold any, until it has been loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

import networkx as nx

from orchestrator.team.edges import Handoff
from orchestrator.team.schema import Team

# An agent has the caller, or is asked by one who has.
HAS, ASKED = "has the caller", "is asked"
State = tuple[str, str]
Holds = Callable[[str, str], bool]  # whether an agent has a tool


class Tools:
    """Who has which tool."""

    def __init__(self, team: Team, names: Mapping[str, Collection[str]] | None = None) -> None:
        # Agent → names of its tools, as far as they are known.
        self.names = names or {
            name: {ref.name for ref in agent.tools if ref.name} for name, agent in team.agents.items()
        }
        # Agents that may have others too, because a file of theirs was not loaded yet.
        self.open = {
            name for name, agent in team.agents.items() if names is None and any(not ref.name for ref in agent.tools)
        }

    def surely(self, agent: str, tool: str) -> bool:
        """Return whether an agent has a tool for certain."""
        return tool in self.names[agent]

    def perhaps(self, agent: str, tool: str) -> bool:
        """Return whether an agent has a tool, or may have it."""
        return self.surely(agent, tool) or agent in self.open

    def holders(self, tool: str) -> list[str]:
        """Return the agents that have a tool, or may have it."""
        return [agent for agent in self.names if self.perhaps(agent, tool)]


def reach(team: Team, holds: Holds, *, without: str = "") -> nx.DiGraph[State]:
    """Return all that can come about from the first agent on; `without` lets one agent never have the caller."""
    settable: set[str] = set()
    while True:
        found = _follow(team, settable, without)
        agents = {agent for _, agent in found}
        now = {name for name in team.variables if can_set(team, name, agents, holds)}
        if now == settable:
            return found
        settable = now


def can_set(team: Team, variable: str, agents: Collection[str], holds: Holds) -> bool:
    """Return whether a variable can be set when these agents were reached; one without `set_by` always can."""
    said = team.variables[variable]
    return said.set_by is None or said.met(said.default) or any(holds(agent, said.set_by) for agent in agents)


def _follow(team: Team, settable: set[str], without: str) -> nx.DiGraph[State]:
    found: nx.DiGraph[State] = nx.DiGraph()
    waiting = [(HAS, team.start)] if team.start != without else []
    found.add_nodes_from(waiting)
    while waiting:
        state = waiting.pop()
        for after in _next(team, state, settable):
            if after != (HAS, without):
                waiting += [after] * (after not in found)
                found.add_edge(state, after)
    return found


def _next(team: Team, state: State, settable: set[str]) -> Iterator[State]:
    how, agent = state
    if how == HAS:
        yield from ((HAS, edge.to) for edge in team.edges(agent) if settable.issuperset(edge.needs))
    yield from ((ASKED, consult.to) for consult in team.agents[agent].consult)


def everybody(team: Team) -> set[State]:
    """Return all that could come about if every variable were set."""
    return set(_follow(team, set(team.variables), ""))


def way_to(found: nx.DiGraph[State], team: Team, agent: str) -> str:
    """Write the shortest way to an agent, `front → tech → billing`; "" when there is none."""
    ways = [nx.shortest_path(found, (HAS, team.start), (how, agent)) for how in (HAS, ASKED) if (how, agent) in found]
    steps = min(ways, key=len, default=[])
    return " → ".join(name if how == HAS else f"(asks) {name}" for how, name in steps)


def closed(team: Team, tools: Tools) -> Iterator[tuple[str, Handoff, str]]:
    """Yield the ways that no caller can ever go: from whom, the way, and the variable that nobody can set before."""
    found = reach(team, tools.perhaps)
    agents = {agent for _, agent in found}
    for how, agent in found:
        for edge in team.edges(agent) if how == HAS else ():
            for name in edge.needs:
                if not can_set(team, name, agents, tools.perhaps):
                    yield agent, edge, name
