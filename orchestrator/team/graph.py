"""The team as a graph: what must hold of its ways before the first call, and what is worth a warning."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import SequenceMatcher
from itertools import combinations

import networkx as nx

from orchestrator.errors import Problem
from orchestrator.team.edges import Consult, Handoff
from orchestrator.team.faults import suggest
from orchestrator.team.marks import Path
from orchestrator.team.needs import check_needs, check_setters
from orchestrator.team.proof import check_rules, check_tool_rules, prove
from orchestrator.team.reach import ASKED, HAS, Tools, everybody
from orchestrator.team.schema import VOICED, VOICES, Team

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
    problems = [*_start(team), *_kinds(team), *_ways(team), *check_needs(team), *check_rules(team)]
    if any(problem.fatal for problem in problems):
        return problems
    tools = Tools(team)
    problems += _unasked(team) if _tools(team) else _unreached(team)
    problems += [*check_setters(team, tools), *prove(team, tools)]
    return [*problems, *_ends(team), *_circles(team), *_likeness(team), *_many_tools(team), *_voices(team)]


def check_named(team: Team, names: Mapping[str, Collection[str]], movers: Collection[str] = ()) -> list[Problem]:
    """Return what can be told only when tool files are loaded: agent → names of its tools.

    `movers` are the agents that have a tool which sees the call, and so may hand the caller over to anybody.
    """
    problems = check_tool_rules(team, {name for own in names.values() for name in own})
    problems += _unreached(team, movers) if _tools(team) else ()
    known = Tools(team)
    if problems or not known.open:
        return problems
    tools = Tools(team, names)
    told = {*check_setters(team, known), *prove(team, known)}
    return [problem for problem in (*check_setters(team, tools), *prove(team, tools)) if problem not in told]


def _start(team: Team) -> Iterator[Problem]:
    if team.start not in team.agents:
        hidden = team.filled("start")
        what = "there is no agent of this name" if hidden else f"there is no agent {team.start!r}"
        yield Problem(team.place("start"), what, suggest("" if hidden else team.start, list(team.agents)))
    elif team.agents[team.start].kind == "text":
        where = team.place("start") if team.marked("start") else team.place("agents", team.start, "kind")
        remedy = "Name an agent that callers can hear: `start: front`."
        yield Problem(where, "a text agent cannot take calls, and this is where they begin", remedy)


def _kinds(team: Team) -> Iterator[Problem]:
    """Tell what a text agent says of itself that only heard ones can have."""
    for name, agent in team.agents.items():
        for key in VOICED if agent.kind == "text" else ():
            if key in agent.model_fields_set and getattr(agent, key):
                what = f"a text agent is only asked, it never has the caller: {key!r} has no effect"
                yield Problem(team.place("agents", name, key), what, "Remove it, or remove `kind: text`.")


def _ways(team: Team) -> Iterator[Problem]:
    """Tell what is wrong with handoffs and consults, each by itself."""
    lists: list[tuple[str, Path, tuple[Handoff | Consult, ...]]] = [("", ("anywhere",), team.anywhere)]
    for name, agent in team.agents.items():
        lists += [
            (name, ("agents", name, "handoffs"), agent.handoffs),
            (name, ("agents", name, "consult"), agent.consult),
        ]
    for owner, path, edges in lists:
        seen: set[str] = set()
        for index, edge in enumerate(edges):
            where = team.place(*team.path_of(path, index, edge.to))
            hidden = team.filled(*path, index)
            yield from (Problem(where, *told) for told in _way(team, owner, edge, seen, hidden=hidden))
            seen.add(edge.to)


def _way(
    team: Team, owner: str, edge: Handoff | Consult, seen: Collection[str], *, hidden: bool
) -> Iterator[tuple[str, str]]:
    asks = isinstance(edge, Consult)
    if edge.to not in team.agents and hidden:
        yield "there is no agent of this name", suggest("", list(team.agents))
    elif edge.to not in team.agents:
        yield f"there is no agent {edge.to!r}", suggest(edge.to, list(team.agents))
    elif edge.to == owner:
        yield f"an agent cannot {'ask' if asks else 'hand over to'} itself", "Remove it."
    elif edge.to in seen:
        yield f"a second {'consult of' if asks else 'handoff to'} {edge.to!r}", "Keep one of them."
    elif not asks and team.agents[edge.to].kind == "text":
        yield f"{edge.to!r} is a text agent and cannot have the caller", f"Ask it instead: `consult: [{edge.to}]`."


def _tools(team: Team) -> bool:
    """Return whether somebody has a tool, which may hand the caller over where no way of the team file leads."""
    return any(agent.tools for agent in team.agents.values())


def _unasked(team: Team) -> Iterator[Problem]:
    """Tell of text agents whom nobody asks, wherever callers can get."""
    asked = {consult.to for agent in team.agents.values() for consult in agent.consult}
    for name, agent in team.agents.items():
        if agent.kind == "text" and name not in asked:
            remedy = f"Let one ask it, `consult: [{name}]`, or remove the agent."
            yield Problem(team.place("agents", name), f"nobody ever asks {name!r}", remedy)


def _unreached(team: Team, movers: Collection[str] = ()) -> Iterator[Problem]:
    """Tell of agents to whom no way leads; a warning when a tool may move callers there."""
    reached = {agent for _, agent in everybody(team)}
    moved = not reached.isdisjoint(movers)
    for name, agent in team.agents.items():
        if name in reached:
            continue
        if agent.kind == "text":
            what = f"nobody who can be reached from {team.start!r} ever asks {name!r}"
            remedy = f"Let one ask it, `consult: [{name}]`, or remove the agent."
        else:
            what = f"no caller can ever reach {name!r} from {team.start!r}"
            remedy = f"Add a handoff to {name!r} somewhere, or remove the agent."
        if moved:
            what = f"no way of the team file leads from {team.start!r} to {name!r}"
            remedy = "Add one, unless a tool moves callers (`call.hand_over`) to where it is needed."
        yield Problem(team.place("agents", name), what, remedy, fatal=not moved)


def _ends(team: Team) -> Iterator[Problem]:
    """Warn of agents from whom callers cannot go anywhere, and of handoffs that are never made."""
    states = everybody(team)
    for name in team.agents:
        where = team.place("agents", name)
        if (HAS, name) in states and len(team.agents) > 1 and not team.edges(name) and not team.gives_back(name):
            voices = (each for each in (team.start, *team.agents) if each != name and team.agents[each].kind == "voice")
            if other := next(voices, ""):
                hint = f"Add a handoff, for example to {other!r}, unless calls end here."
                yield Problem(where, f"{name!r} has no way on or back: callers stay there", hint, fatal=False)
        elif (ASKED, name) in states and (HAS, name) not in states and team.agents[name].handoffs:
            what = f"{name!r} is only asked and never has the caller: its handoffs are never made"
            remedy = f"Add a handoff to {name!r}, or remove those."
            yield Problem(team.place("agents", name, "handoffs"), what, remedy, fatal=False)


def _circles(team: Team) -> Iterator[Problem]:
    """Warn of agents who ask each other in a circle."""
    asks: nx.DiGraph[str] = nx.DiGraph((name, to.to) for name, agent in team.agents.items() for to in agent.consult)
    order = list(team.agents)
    for circle in nx.simple_cycles(asks):
        at = circle.index(min(circle, key=order.index))
        names = [*circle[at:], *circle[: at + 1]]
        what = f"agents ask each other in a circle: {' → '.join(names)}"
        remedy = f"Let {names[-2]!r} answer by itself: remove {names[-1]!r} from its `consult`."
        yield Problem(team.place("agents", names[-2], "consult"), what, remedy, fatal=False)


def _likeness(team: Team) -> Iterator[Problem]:
    for name in team.agents:
        edges = [edge for edge in (*team.edges(name), *team.agents[name].consult) if edge.when]
        for one, other in combinations(edges, 2):
            if SequenceMatcher(None, one.when.lower(), other.when.lower()).ratio() >= NEAR:
                what = f"the `when` of {one.to!r} and {other.to!r} read nearly the same"
                remedy = "Say how they differ: the model chooses by these texts."
                key = "consult" if isinstance(other, Consult) else "handoffs"
                yield Problem(team.place("agents", name, key), what, remedy, fatal=False)


def _many_tools(team: Team) -> Iterator[Problem]:
    for name, agent in team.agents.items():
        if len(agent.tools) > TOOLS:
            what = f"{len(agent.tools)} tools; models choose worse among more than {TOOLS}"
            yield Problem(team.place("agents", name, "tools"), what, "Give some to another agent.", fatal=False)


def _voices(team: Team) -> Iterator[Problem]:
    """Warn of voices that are not known, where they are the service's."""
    for name, agent in team.agents.items():
        spec = team.providers.get(provider := (agent.model or "").partition("/")[0])
        own = spec is not None and (provider not in ("openai", "azure", "local") or spec.tts is not None)
        if isinstance(agent.voice, str) and agent.voice not in VOICES and not own:
            path = ("agents", name, "voice")
            what = (
                "not a voice that is known" if team.filled(*path) else f"{agent.voice!r} is not a voice that is known"
            )
            yield Problem(team.place(*path), what, suggest(agent.voice, VOICES), fatal=False)
