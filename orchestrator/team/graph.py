"""The graph of handoffs: what must hold of it before the first call, and what is worth a warning."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import combinations

import networkx as nx

from orchestrator.errors import Problem
from orchestrator.team.edges import Handoff
from orchestrator.team.faults import suggest
from orchestrator.team.schema import Team

NEAR = 0.85  # likeness of two `when` texts from which a model cannot tell them apart
TOOLS = 12  # of one agent; with more of them models choose worse


def graph(team: Team) -> nx.DiGraph[str]:
    """Return the handoffs as a directed graph; each edge carries its `Handoff` as `handoff`."""
    found: nx.DiGraph[str] = nx.DiGraph()
    found.add_nodes_from(team.agents)
    for name in team.agents:
        found.add_edges_from((name, edge.to, {"handoff": edge}) for edge in team.edges(name) if edge.to in team.agents)
    return found


def check_graph(team: Team) -> list[Problem]:
    """Return what is wrong with the team as a whole, then what is worth a warning."""
    problems = [*_start(team), *_edges(team), *_variables(team)]
    if problems:
        return problems
    return [*_reach(team), *_ways(team), *_likeness(team), *_many_tools(team)]


def _start(team: Team) -> Iterator[Problem]:
    if team.start not in team.agents:
        said = "" if team.filled("start") else team.start
        yield Problem(team.place("start"), "there is no agent of this name", suggest(said, list(team.agents)))


def _edges(team: Team) -> Iterator[Problem]:
    lists: list[tuple[str, tuple[str, ...], tuple[Handoff, ...]]] = [("", ("anywhere",), team.anywhere)]
    lists += [(name, ("agents", name, "handoffs"), agent.handoffs) for name, agent in team.agents.items()]
    for owner, path, edges in lists:
        seen = set()
        for index, edge in enumerate(edges):
            where = _edge_place(team, path, edge, index)
            if edge.to not in team.agents and team.filled(*path, index):
                yield Problem(where, "there is no agent of this name", suggest("", list(team.agents)))
            elif edge.to not in team.agents:
                yield Problem(where, f"there is no agent {edge.to!r}", suggest(edge.to, list(team.agents)))
            elif edge.to == owner:
                yield Problem(where, "an agent cannot hand over to itself", "Remove this handoff.")
            elif edge.to in seen:
                yield Problem(where, f"a second handoff to {edge.to!r}", "Keep one of them.")
            seen.add(edge.to)


def _edge_place(team: Team, path: tuple[str, ...], edge: Handoff, index: int) -> str:
    named, numbered = team.place(*path, edge.to), team.place(*path, index)
    return numbered if team.marked(*path, index) else named


def _variables(team: Team) -> Iterator[Problem]:
    for name, agent in team.agents.items():
        where = team.place("agents", name, "instructions")
        unknown = sorted(agent.mentions - team.variables.keys())
        if unknown and team.filled("agents", name, "instructions"):
            yield Problem(where, "the instructions mention an unknown variable", "Declare it under `variables:`.")
            continue
        for variable in unknown:
            remedy = f"Declare it: `variables: {{{variable}: null}}`."
            if close := suggest(variable, list(team.variables)) if team.variables else "":
                remedy = f"{close} Otherwise declare it: `variables: {{{variable}: null}}`."
            yield Problem(where, f"the instructions mention an unknown variable {variable!r}", remedy)


def _reach(team: Team) -> Iterator[Problem]:
    ways = graph(team)
    ways.add_edges_from((name, consult.to) for name, agent in team.agents.items() for consult in agent.consult)
    reached = nx.descendants(ways, team.start) | {team.start}
    for name in team.agents:
        if name not in reached:
            remedy = f"Add a handoff to {name!r} somewhere, or remove the agent."
            yield Problem(team.place("agents", name), f"no caller can ever reach {name!r} from {team.start!r}", remedy)


def _ways(team: Team) -> Iterator[Problem]:
    found = graph(team)
    for name in team.agents:
        where = team.place("agents", name)
        if len(team.agents) > 1 and found.out_degree(name) == 0:
            other = next(each for each in (team.start, *team.agents) if each != name)
            remedy = f"Add a handoff, for example to {other!r}, unless calls end here."
            yield Problem(where, f"{name!r} has no way on or back: callers stay there", remedy, fatal=False)


def _likeness(team: Team) -> Iterator[Problem]:
    for name in team.agents:
        edges = [edge for edge in team.edges(name) if edge.when]
        for one, other in combinations(edges, 2):
            if SequenceMatcher(None, one.when.lower(), other.when.lower()).ratio() >= NEAR:
                what = f"the `when` of {one.to!r} and {other.to!r} read nearly the same"
                remedy = "Say how they differ: the model chooses by these texts."
                yield Problem(team.place("agents", name, "handoffs"), what, remedy, fatal=False)


def _many_tools(team: Team) -> Iterator[Problem]:
    for name, agent in team.agents.items():
        if len(agent.tools) > TOOLS:
            what = f"{len(agent.tools)} tools; models choose worse among more than {TOOLS}"
            yield Problem(team.place("agents", name, "tools"), what, "Give some to another agent.", fatal=False)
