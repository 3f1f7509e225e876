"""Rules against the team: what they name is there, they do not contradict each other, and what can be proven holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import networkx as nx

from orchestrator.errors import Problem
from orchestrator.team.faults import suggest
from orchestrator.team.functions import ways_named
from orchestrator.team.reach import HAS, Tools, everybody, reach, way_to
from orchestrator.team.rules import AtMost, Before, Needs, Rule, StaysIn
from orchestrator.team.schema import Team

Told = tuple[str, str]  # what, what to do


def check_rules(team: Team) -> list[Problem]:
    """Return which rules name what is not there, stand twice or contradict each other."""
    told: list[Problem] = []
    for index, rule in enumerate(team.rules):
        found = [*_named(team, rule), *_against(team.rules[:index], rule)]
        told += _problems(team, index, found)
    return told


def check_tool_rules(team: Team, tools: Collection[str]) -> list[Problem]:
    """Return which rules and variables name a tool that no agent has."""
    told: list[Problem] = []
    for name, variable in team.variables.items():
        if variable.set_by is not None and variable.set_by not in tools:
            path = ("variables", name, "set_by")
            what, remedy = _no_tool(team, variable.set_by, tools, hidden=team.filled(*path))
            told.append(Problem(team.place(*path), what, remedy))
    for index, rule in enumerate(team.rules):
        if isinstance(rule, AtMost | Needs) and rule.tool not in tools:
            told += _problems(team, index, [_no_tool(team, rule.tool, tools, hidden=False)])
    return told


def prove(team: Team, tools: Tools) -> list[Problem]:
    """Return which rules do not hold on the graph, as far as tools are known; `at most` is counted in each call."""
    told: list[Problem] = []
    for index, rule in enumerate(team.rules):
        match rule:
            case Before():
                told += _problems(team, index, _before(team, rule, tools))
            case StaysIn():
                told += _problems(team, index, _stays_in(team, rule, tools))
            case Needs():
                told += _problems(team, index, _needs(team, rule, tools), fatal=False)
    return told


def _problems(
    team: Team, index: int, found: Collection[Told] | Iterator[Told], *, fatal: bool = True
) -> Iterator[Problem]:
    where = team.place("rules", index)
    for what, remedy in found:
        if team.filled("rules", index):  # what the environment says is not shown
            what, remedy = "the rule from the environment does not fit this team", "Let it name what this team has."
        yield Problem(where, what, remedy, fatal)


def _named(team: Team, rule: Rule) -> Iterator[Told]:
    """Tell what a rule names that is not there."""
    agents: tuple[str, ...] = ()
    match rule:
        case Before(first, then):
            agents = (first, then)
            if first == then:
                yield f"{first!r} cannot come before itself", "Name two agents."
            elif first in team.agents and team.agents[first].kind == "text":
                remedy = "Name an agent that callers can hear, or remove the rule."
                yield f"{first!r} is a text agent and never has the caller: {then!r} could never come", remedy
        case StaysIn():
            agents = rule.agents
        case AtMost(tool, 0):
            yield f"{tool!r} could never run", "Remove the tool instead, or write a number from 1."
    for name in dict.fromkeys(agents):
        if name not in team.agents:
            yield f"there is no agent {name!r}", suggest(name, list(team.agents))
    if isinstance(rule, Needs | StaysIn) and rule.variable not in team.variables:
        hint = suggest(rule.variable, list(team.variables)) or f"Declare it: `variables: {{{rule.variable}: null}}`."
        yield f"there is no variable {rule.variable!r}", hint


def _against(earlier: Collection[Rule], rule: Rule) -> Iterator[Told]:
    """Tell which rule before says the same, or the contrary."""
    if rule in earlier:
        yield "the rule stands twice", "Keep one of them."
        return
    for other in earlier:
        match rule, other:
            case AtMost(), AtMost() if rule.tool == other.tool:
                yield f"{rule.tool!r} has two limits: {other.times} and {rule.times}", "Keep one of them."
            case StaysIn(), StaysIn() if rule.variable == other.variable:
                both = ", ".join(dict.fromkeys((*other.agents, *rule.agents)))
                yield (
                    f"a second rule says where {rule.variable!r} stays",
                    f"Write one: `{rule.variable} stays in {both}`.",
                )
    if isinstance(rule, Before) and rule.first != rule.then:
        order = nx.DiGraph((each.first, each.then) for each in earlier if isinstance(each, Before))
        if rule.first in order and rule.then in order and nx.has_path(order, rule.then, rule.first):
            circle = " before ".join([*nx.shortest_path(order, rule.then, rule.first), rule.then])
            yield f"rules contradict each other: {circle}", "Remove one of them: none of these could ever be the first."


def _no_tool(team: Team, name: str, tools: Collection[str], *, hidden: bool) -> Told:
    if hidden:
        return "no agent has a tool of this name", suggest("", list(tools))
    if does := ways_named(team).get(name):
        return f"{name!r} is no tool: it {does}", "Only tools can stand here."
    last = name.rpartition(":")[2]
    if last != name and last in tools:
        return f"{name!r} is the place of a tool, not its name", f"Write `{last}`."
    return f"no agent has a tool {name!r}", suggest(name, list(tools)) or "Give one to an agent under `tools:`."


def _before(team: Team, rule: Before, tools: Tools) -> Iterator[Told]:
    """Leave the first agent out: the second must be out of reach."""
    way = way_to(reach(team, tools.surely, without=rule.first), team, rule.then)
    if not way:
        return
    claim = f"`{rule}` does not hold"
    what = f"{claim}: {way}"
    source, arrow, last = way.rpartition(" → ")
    source = source.rpartition(" → ")[2].removeprefix("(asks) ")
    if not arrow:
        yield (
            f"{claim}: calls begin with {rule.then!r}",
            "Let them begin with another agent (`start:`), or remove the rule.",
        )
    elif last.startswith("("):
        yield what, f"Do not let {source!r} ask {rule.then!r}, or remove the rule."
    else:
        remedy = f"Remove the handoff from {source!r} to {rule.then!r}, or let it need a variable that only a tool of"
        yield what, f"{remedy} {rule.first!r} can set (`needs`, `set_by`)."


def _stays_in(team: Team, rule: StaysIn, tools: Tools) -> Iterator[Told]:
    name, setter = rule.variable, team.variables[rule.variable].set_by
    what = f"`{rule}` does not hold"
    for agent in team.agents:
        known = agent in rule.agents
        add = f"or add {agent!r} to the rule."
        if not known and name in team.agents[agent].mentions:
            yield f"{what}: the instructions of {agent!r} mention it", f"Remove it from them, {add}"
        if not known and setter is not None and tools.surely(agent, setter):
            yield f"{what}: {agent!r} has the tool {setter!r}, which sets it", f"Take the tool from it, {add}"
        for edge in team.edges(agent):
            if name in team.arguments(edge) and not (known and edge.to in rule.agents):
                other = edge.to if known else agent
                told = f"is told it by {agent!r}" if known else f"fills it in when it hands over to {edge.to!r}"
                remedy = f"Remove it from the handoff's `args` and `needs`, or add {other!r} to the rule."
                yield f"{what}: {other!r} {told}", remedy


def _needs(team: Team, rule: Needs, tools: Tools) -> Iterator[Told]:
    """Warn of a tool that can never run, because nobody can set what it needs."""
    variable = team.variables[rule.variable]
    if variable.met(variable.default):
        return
    reached = everybody(team)
    filled = any(
        rule.variable in team.arguments(edge) for how, agent in reached if how == HAS for edge in team.edges(agent)
    )
    others = {tool for agent in tools.names for tool in tools.names[agent]} - {rule.tool}
    if variable.set_by is None and not filled and not others and not tools.open:
        remedy = f"Let a handoff ask for it, `args: {{{rule.variable}: string}}`, or a tool set it."
        yield f"{rule.tool!r} may never run: nobody in this team sets {rule.variable!r}", remedy
    elif variable.set_by == rule.tool:
        remedy = "Let another tool set it (`set_by`), or remove the rule."
        yield f"{rule.tool!r} can never run: only it sets {rule.variable!r}, which it needs before", remedy
