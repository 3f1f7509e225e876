"""Which agents a caller can reach, and which can be consulted: all edges of a team followed from its first agent.

A handoff that needs a variable is open once an agent that was reached can set it. Tools are known by their names in the
team file; a whole file (`agents/orders.py`) may contain any tool until it has been loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

import networkx as nx

from orchestrator.team.edges import Handoff
from orchestrator.team.schema import Team

# An agent has the caller, or is consulted, directly or through others, by the agent that has.
HAS, CONSULTED = "has the caller", "is consulted"
Role = tuple[str, str]  # one of the two, and an agent
HasTool = Callable[[str, str], bool]  # whether an agent has a tool


class ToolOwners:
    """Which agents have which tools."""

    def __init__(self, team: Team, names: Mapping[str, Collection[str]] | None = None) -> None:
        # Agent → names of its tools, as far as known.
        self.names = names or {
            name: {tool for _, ref in agent.brought() for tool in ref.names} for name, agent in team.agents.items()
        }
        # Agents that may have more, because one of their files has not been loaded yet.
        self.unknown = {
            name for name, agent in team.agents.items() if names is None and any(ref.more for ref in agent.tools)
        }

    def surely(self, agent: str, tool: str) -> bool:
        """Return whether an agent is known to have a tool."""
        return tool in self.names[agent]

    def perhaps(self, agent: str, tool: str) -> bool:
        """Return whether an agent has a tool or may have it."""
        return self.surely(agent, tool) or agent in self.unknown

    def of(self, tool: str) -> list[str]:
        """Return the agents that have a tool or may have it."""
        return [agent for agent in self.names if self.perhaps(agent, tool)]


def reachable(team: Team, has_tool: HasTool, *, without: str = "") -> nx.DiGraph[Role]:
    """Return the roles that agents can come to play in a call; the agent `without` never gets the caller."""
    settable: set[str] = set()
    while True:
        found = _follow(team, settable, without)
        agents = {agent for _, agent in found}
        now = {name for name in team.variables if can_set(team, name, agents, has_tool)}
        if now == settable:
            return found
        settable = now


def can_set(team: Team, variable: str, agents: Collection[str], has_tool: HasTool) -> bool:
    """Return whether a variable can be set once these agents were reached; one without `set_by` always can."""
    declared = team.variables[variable]
    if declared.set_by is None or declared.met(declared.default) or sets_before_calls(team, declared.set_by):
        return True
    return any(has_tool(agent, declared.set_by) for agent in agents)


def sets_before_calls(team: Team, tool: str | None) -> bool:
    """Return whether this is the function that runs when a call begins: whatever only it sets may be set from then."""
    return team.before_call is not None and team.before_call.name == tool


def _follow(team: Team, settable: set[str], without: str, starts: Collection[str] = ()) -> nx.DiGraph[Role]:
    found: nx.DiGraph[Role] = nx.DiGraph()
    waiting = [(HAS, name) for name in dict.fromkeys((team.start, *starts)) if name != without]
    found.add_nodes_from(waiting)
    while waiting:
        role = waiting.pop()
        for following in _next(team, role, settable):
            if following == (HAS, without):
                continue
            if following not in found:
                waiting.append(following)
            found.add_edge(role, following)
    return found


def _next(team: Team, role: Role, settable: set[str]) -> Iterator[Role]:
    kind, agent = role
    if kind == HAS:
        yield from ((HAS, edge.to) for edge in team.edges(agent) if settable.issuperset(edge.needs))
        if (wait := team.agents[agent].wait) is not None and wait.then in team.agents:
            yield HAS, wait.then  # to whom callers go who wait for a person in vain
    yield from ((CONSULTED, consult.to) for consult in team.agents[agent].consult)
    written = (message.to for message in team.agents[agent].messages)
    yield from ((CONSULTED, name) for name in written if team.agents[name].kind == "text")


def reachable_if_all_set(team: Team) -> set[Role]:
    """Return the roles that agents could come to play if every variable were set.

    A caller may begin with an agent that others write to: it takes a seat of its own in the call.
    """
    return set(_follow(team, set(team.variables), "", team.written_to))


def path_to(found: nx.DiGraph[Role], team: Team, agent: str) -> str:
    """Write the shortest path to an agent, `front → tech → billing`; "" when there is none."""
    roles = [(kind, agent) for kind in (HAS, CONSULTED) if (kind, agent) in found]
    paths = [nx.shortest_path(found, (HAS, team.start), role) for role in roles]
    steps = min(paths, key=len, default=[])
    return " → ".join(name if kind == HAS else f"(consults) {name}" for kind, name in steps)


def impossible_handoffs(team: Team, tools: ToolOwners) -> Iterator[tuple[str, Handoff, str]]:
    """Yield the handoffs that can never happen: the agent, its handoff, and the variable that is never set in time."""
    found = reachable(team, tools.perhaps)
    agents = {agent for _, agent in found}
    for kind, agent in found:
        for edge in team.edges(agent) if kind == HAS else ():
            for name in edge.needs:
                if not can_set(team, name, agents, tools.perhaps):
                    yield agent, edge, name
