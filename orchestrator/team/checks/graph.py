"""Checks of the team as a graph: errors that would break calls, and what is worth a warning."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import SequenceMatcher
from itertools import combinations

import networkx as nx

from orchestrator.errors import Problem
from orchestrator.team.checks.needs import check_needs, check_setters
from orchestrator.team.checks.reach import CONSULTED, HAS, ToolOwners, reachable_if_all_set
from orchestrator.team.checks.rule_checks import check_rules, check_tool_rules, prove
from orchestrator.team.edges import Consult, Handoff, Message
from orchestrator.team.functions import END_CALL
from orchestrator.team.hooks.checks import check_hooks
from orchestrator.team.schema import VOICES, Agent, Team
from orchestrator.team.trials.cases import cases_of
from orchestrator.team.trials.checks import check_cases, check_tools_of
from orchestrator.team.validation import suggest

SIMILAR = 0.85  # similarity of two `when` texts from which a model cannot tell them apart
# Keys that say how a voice agent speaks and hears, how a model thinks, and how a person is reached.
SPOKEN = ("greeting", "voice", "speed", "turn_detection", "transcription", "noise_reduction", "warm")
THOUGHT = ("instructions", "model", "fallback", "reasoning", "max_output_tokens", "tool_choice", "answers", "knowledge")
ASIDE = ("consult", "messages")  # what a model does beside the conversation
REACHED = ("desk", "brief", "wait")
CALLED = ("transfer",)
# Kind of agent → keys that it cannot have; it does not take them from `defaults` either.
WITHOUT_EFFECT: Mapping[str, tuple[str, ...]] = {
    "voice": (*REACHED, *CALLED),
    "text": (*SPOKEN, "press", "handoffs", *REACHED, *CALLED),
    "person": (*SPOKEN, "press", *THOUGHT, *ASIDE, *CALLED),
    "outside": (*SPOKEN, "press", *THOUGHT, *ASIDE, "tools", "handoffs", "desk"),
}
STARTS = {"text": "a text agent", "person": "a person", "outside": "somebody outside"}
# Kind of agent → why a key has no effect, and what else can be done about it than to remove the key.
IDLE = {
    "voice": ("only a person is waited for", "add `kind: person`"),
    "text": ("a text agent is only consulted and never has the caller", "remove `kind: text`"),
    "person": ("a person speaks and decides, not a model", "remove `kind: person`"),
    "outside": ("whoever answers the telephone speaks, not a model", "remove `kind: outside`"),
}
NOT_CALLED = ("only somebody outside is called", "write `kind: outside`")
# Edge → what an agent does along it, and what it is called in a list.
ACTS: Mapping[type, tuple[str, str]] = {
    Handoff: ("hand over to", "handoff to"),
    Consult: ("consult", "consult of"),
    Message: ("write to", "message to"),
}
MANY_TOOLS = 12  # tools of one agent; among more of them models choose less reliably


def check_graph(team: Team) -> list[Problem]:
    """Report what is wrong with the team as a whole, then what is worth a warning."""
    problems = check_names(team)
    if any(problem.fatal for problem in problems):
        return problems
    tools = ToolOwners(team)
    problems += _never_consulted(team) if _any_tools(team) else _unreachable(team)
    problems += [*check_setters(team, tools), *prove(team, tools)]
    return [*problems, *_dead_ends(team), *_circles(team), *_similar(team), *_many_tools(team), *_voices(team)]


def check_names(team: Team) -> list[Problem]:
    """Report what names something that is not there, or cannot be meant; also of a team that is not whole."""
    named = [*_start(team), *_idle_keys(team), *_edges(team), *_people(team), *_paused(team)]
    return [*named, *check_needs(team), *check_rules(team), *check_hooks(team), *check_cases(team, cases_of(team))]


def check_named(team: Team, names: Mapping[str, Collection[str]], movers: Collection[str] = ()) -> list[Problem]:
    """Report what only shows once tool files are loaded; `names` maps each agent to the names of its tools.

    `movers` are the agents with a tool that receives the call, and so may hand the caller over to any agent.
    """
    tools = {name for own in names.values() for name in own}
    problems = [*check_tool_rules(team, tools), *check_tools_of(team, cases_of(team), tools)]
    problems += _unreachable(team, movers) if _any_tools(team) else ()
    before = ToolOwners(team)
    if problems or not before.unknown:
        return problems
    owners = ToolOwners(team, names)
    reported = {*check_setters(team, before), *prove(team, before)}
    return [problem for problem in (*check_setters(team, owners), *prove(team, owners)) if problem not in reported]


def _start(team: Team) -> Iterator[Problem]:
    if team.start not in team.agents:
        hidden = team.from_environment("start")
        what = "unknown agent" if hidden else f"unknown agent {team.start!r}"
        yield Problem(team.place("start"), what, suggest("" if hidden else team.start, list(team.agents)))
    elif (kind := team.agents[team.start].kind) != "voice":
        where = team.place("start") if team.contains("start") else team.place("agents", team.start, "kind")
        remedy = "Start with a voice agent: `start: front`."
        yield Problem(where, f"calls cannot start with {STARTS[kind]}", remedy)


def _idle_keys(team: Team) -> Iterator[Problem]:
    """Report keys that an agent of this kind cannot have."""
    for name, agent in team.agents.items():
        for key in WITHOUT_EFFECT[agent.kind]:
            if key in agent.model_fields_set and getattr(agent, key):
                why, remedy = NOT_CALLED if key in CALLED else IDLE[agent.kind]
                what = f"{key!r} has no effect: {why}"
                yield Problem(team.place("agents", name, key), what, f"Remove the key, or {remedy}.")
        for index, tool in enumerate(agent.tools):
            path = ("agents", name, "tools", index)
            if agent.kind == "text" and tool.names == (END_CALL,) and not team.inherited(*path):
                what = "a text agent never has the caller, so it cannot end the call"
                yield Problem(team.place(*path), what, "Remove it, or remove `kind: text`.")


def _edges(team: Team) -> Iterator[Problem]:
    """Report what is wrong with single handoffs, consults and messages."""
    for path, edges in team.edge_lists():
        owner = path[1] if path[0] == "agents" else ""
        seen: set[str] = set()
        for index, edge in enumerate(edges):
            where = team.place(*team.path_of(path, index, edge.to))
            hidden = team.from_environment(*path, index)
            yield from (Problem(where, what, remedy) for what, remedy in _edge(team, owner, edge, seen, hidden=hidden))
            seen.add(edge.to)


def _edge(
    team: Team, owner: str | int, edge: Handoff | Consult | Message, seen: Collection[str], *, hidden: bool
) -> Iterator[tuple[str, str]]:
    act, named = ACTS[type(edge)]
    if edge.to not in team.agents and hidden:
        yield "unknown agent", suggest("", list(team.agents))
    elif edge.to not in team.agents:
        yield f"unknown agent {edge.to!r}", suggest(edge.to, list(team.agents))
    elif edge.to == owner:
        yield f"an agent cannot {act} itself", "Remove it."
    elif edge.to in seen:
        yield f"duplicate {named} {edge.to!r}", "Remove one of them."
    elif isinstance(edge, Handoff) and team.agents[edge.to].kind == "text":
        what = f"{edge.to!r} is a text agent and cannot take the caller"
        yield what, f"Consult it instead: `consult: [{edge.to}]`."
    elif isinstance(edge, Consult) and team.agents[edge.to].person:
        yield f"{edge.to!r} is a person and cannot be consulted", f"Hand over instead: `handoffs: [{edge.to}]`."
    elif not isinstance(edge, Handoff) and team.agents[edge.to].outside:
        what = f"{edge.to!r} is outside, where only callers can be connected to it"
        yield what, f"Hand over instead: `handoffs: [{edge.to}]`."


def _paused(team: Team) -> Iterator[Problem]:
    """Report agents in `pause_in` that can have no caller."""
    for index, name in enumerate(team.record.pause_in if team.record else ()):
        path = ("record", "pause_in", index)
        if name not in team.agents:
            hidden = team.from_environment(*path)
            what = "unknown agent" if hidden else f"unknown agent {name!r}"
            yield Problem(team.place(*path), what, suggest("" if hidden else name, list(team.agents)))
        elif team.agents[name].kind == "text":
            remedy = "Remove it; pause in the agents that consult it."
            yield Problem(team.place(*path), f"{name!r} is a text agent and never has the caller", remedy)


def _people(team: Team) -> Iterator[Problem]:
    """Report persons that no caller could reach, or would wait for in vain."""
    yield from _approvals(team)
    for name in team.persons:
        yield from _desk(team, name, team.agents[name])
        yield from _wait(team, name, team.agents[name])
    for name in team.outsiders:
        yield from _transfer(team, name, team.agents[name])
        yield from _wait(team, name, team.agents[name])


def _approvals(team: Team) -> Iterator[Problem]:
    """Report tools that nobody could approve."""
    able = [name for name, role in team.people.items() if "approve" in role.may]
    for name, agent in team.agents.items():
        for path, tool in agent.brought():
            if tool.approval is None or tool.approval.desk in able or (tool.approval.desk is None and able):
                continue
            desk = tool.approval.desk
            what = "no role may approve this" if desk is None else f"no role {desk!r} may approve this"
            remedy = f"Add one at the top level: `people: {{{desk or 'support'}: {{}}}}`."
            yield Problem(team.place("agents", name, *path), what, remedy)


def _desk(team: Team, name: str, agent: Agent) -> Iterator[Problem]:
    where = team.place("agents", name, "desk")
    if agent.desk is None:
        remedy = "Add `desk: support`, and at the top level `people: {support: {}}`."
        yield Problem(team.place("agents", name), "the key 'desk' is missing: nobody could take the call", remedy)
    elif agent.desk not in team.people:
        hidden = team.from_environment("agents", name, "desk")
        what = "unknown role" if hidden else f"unknown role {agent.desk!r}"
        known = suggest("" if hidden else agent.desk, list(team.people))
        yield Problem(where, what, known or f"Add it at the top level: `people: {{{agent.desk}: {{}}}}`.")
    elif "take" not in team.people[agent.desk].may:
        what = f"the role {agent.desk!r} may not take calls"
        yield Problem(where, what, f"Add `take` to `may` of {agent.desk!r}, or name another role.")


def _transfer(team: Team, name: str, agent: Agent) -> Iterator[Problem]:
    if agent.transfer is None and team.place("agents", name, "transfer") not in team.gaps:
        remedy = "Add `transfer: tel:+4930123456`, or `transfer: sip:office@example.com`."
        yield Problem(team.place("agents", name), "the key 'transfer' is missing: nobody could be called", remedy)


def _wait(team: Team, name: str, agent: Agent) -> Iterator[Problem]:
    if team.place("agents", name, "wait") in team.gaps:
        return  # what is there is reported already
    if agent.wait is None:
        remedy = f"Add `wait: {{limit: 90, say: I am looking for a colleague., then: {team.start}}}`."
        yield Problem(team.place("agents", name), "the key 'wait' is missing", remedy)
        return
    where, then = team.place("agents", name, "wait", "then"), agent.wait.then
    hidden = team.from_environment("agents", name, "wait", "then")
    if then not in team.agents:
        what = "unknown agent" if hidden else f"unknown agent {then!r}"
        yield Problem(where, what, suggest("" if hidden else then, list(team.agents)))
    elif team.agents[then].kind != "voice":
        what = f"callers in vain cannot go to {STARTS[team.agents[then].kind]}"
        yield Problem(where, what, "Name a voice agent, which is always there.")


def _any_tools(team: Team) -> bool:
    """Return whether any agent has a tool, which may hand the caller over where the file has no handoff."""
    return any(agent.tools for agent in team.agents.values())


def _never_consulted(team: Team) -> Iterator[Problem]:
    """Report text agents that no other agent consults or writes to, reachable or not."""
    asked = {edge.to for agent in team.agents.values() for edge in (*agent.consult, *agent.messages)}
    for name, agent in team.agents.items():
        if agent.kind == "text" and name not in asked:
            remedy = f"Let an agent consult it, `consult: [{name}]`, or remove it."
            yield Problem(team.place("agents", name), f"no agent consults {name!r}", remedy)


def _unreachable(team: Team, movers: Collection[str] = ()) -> Iterator[Problem]:
    """Report agents that no edge leads to; only a warning when a tool may move callers there."""
    reached = {agent for _, agent in reachable_if_all_set(team)}
    moved = not reached.isdisjoint(movers)
    for name, agent in team.agents.items():
        if name in reached or agent.person:  # who can take any call at the desk
            continue
        if agent.kind == "text":
            what = f"no agent that can be reached from {team.start!r} consults {name!r}"
            remedy = f"Let one of them consult it, `consult: [{name}]`, or remove it."
        else:
            what = f"callers can never get from {team.start!r} to {name!r}"
            remedy = f"Add a handoff to {name!r}, or remove the agent."
        if moved:
            what = f"no handoff or consult leads from {team.start!r} to {name!r}"
            remedy = "Add one, unless a tool takes the caller there with `call.hand_over`."
        yield Problem(team.place("agents", name), what, remedy, fatal=not moved)


def _dead_ends(team: Team) -> Iterator[Problem]:
    """Warn of agents that callers cannot leave, and of handoffs that are never used."""
    roles = reachable_if_all_set(team)
    for name in team.agents:
        where = team.place("agents", name)
        ends = not team.edges(name) and not team.gives_back(name) and name not in team.written_to
        ends = ends and not team.agents[name].outside
        if (HAS, name) in roles and len(team.agents) > 1 and ends:
            voices = (each for each in (team.start, *team.agents) if each != name and team.agents[each].kind == "voice")
            if other := next(voices, ""):
                remedy = f"Add a handoff, for example to {other!r}, unless calls are meant to end here."
                what = f"{name!r} has no handoffs: callers cannot leave it"
                yield Problem(where, what, remedy, fatal=False)
        elif (CONSULTED, name) in roles and (HAS, name) not in roles and team.agents[name].handoffs:
            what = f"{name!r} is only consulted and never has the caller: its handoffs are never used"
            remedy = f"Add a handoff to {name!r}, or remove its handoffs."
            yield Problem(team.place("agents", name, "handoffs"), what, remedy, fatal=False)


def _circles(team: Team) -> Iterator[Problem]:
    """Warn of agents that consult each other in a circle: of a shortest one for each step, as there may be millions."""
    consults: nx.DiGraph[str] = nx.DiGraph((name, to.to) for name, agent in team.agents.items() for to in agent.consult)
    order, told = list(team.agents), set[tuple[str, ...]]()
    for name, to in consults.edges:
        if not nx.has_path(consults, to, name):
            continue
        circle = nx.shortest_path(consults, to, name)
        at = circle.index(min(circle, key=order.index))
        names = (*circle[at:], *circle[: at + 1])
        if names in told:
            continue
        told.add(names)
        what = f"agents consult each other in a circle: {' → '.join(names)}"
        remedy = f"Let {names[-2]!r} answer on its own: remove {names[-1]!r} from its `consult`."
        yield Problem(team.place("agents", names[-2], "consult"), what, remedy, fatal=False)


def _similar(team: Team) -> Iterator[Problem]:
    for name in team.agents:
        agent = team.agents[name]
        edges = [edge for edge in (*team.edges(name), *agent.consult, *agent.messages) if edge.when]
        for one, other in combinations(edges, 2):
            if SequenceMatcher(None, one.when.lower(), other.when.lower()).ratio() >= SIMILAR:
                what = f"the `when` texts of {one.to!r} and {other.to!r} are nearly the same"
                remedy = "Say how they differ: the model chooses by these texts."
                key = {Handoff: "handoffs", Consult: "consult", Message: "messages"}[type(other)]
                yield Problem(team.place("agents", name, key), what, remedy, fatal=False)


def _many_tools(team: Team) -> Iterator[Problem]:
    for name, agent in team.agents.items():
        if (count := len(list(agent.brought()))) > MANY_TOOLS:
            what = f"{count} tools: models choose less reliably among more than {MANY_TOOLS}"
            yield Problem(team.place("agents", name, "tools"), what, "Move some to another agent.", fatal=False)


def _voices(team: Team) -> Iterator[Problem]:
    """Warn of unknown voices, where the provider's voices are known."""
    for name, agent in team.agents.items():
        spec = team.providers.get(provider := (agent.model or "").partition("/")[0])
        own = spec is not None and (provider not in ("openai", "azure", "local") or spec.tts is not None)
        if isinstance(agent.voice, str) and agent.voice not in VOICES and not own:
            path = ("agents", name, "voice")
            what = "unknown voice" if team.from_environment(*path) else f"unknown voice {agent.voice!r}"
            yield Problem(team.place(*path), what, suggest(agent.voice, VOICES), fatal=False)
