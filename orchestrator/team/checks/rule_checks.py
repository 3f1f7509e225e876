"""Checks of the rules: what they name exists, none contradicts another, and those that can be proven hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import networkx as nx

from orchestrator.errors import Problem
from orchestrator.team.checks.reach import (
    HAS,
    Role,
    ToolOwners,
    path_to,
    reachable,
    reachable_if_all_set,
    sets_before_calls,
)
from orchestrator.team.definitions import reserved_names
from orchestrator.team.rules import AtMost, Before, Needs, Rule, StaysIn
from orchestrator.team.schema import Team
from orchestrator.team.tools import McpRef
from orchestrator.team.validation import suggest

Finding = tuple[str, str]  # what, what to do


def check_rules(team: Team) -> list[Problem]:
    """Report rules that name something unknown, are duplicates or contradict each other."""
    problems: list[Problem] = []
    for index, rule in enumerate(team.rules):
        found = [*_unknown_names(team, rule), *_conflicts(team.rules[:index], rule)]
        problems += _problems(team, index, found)
    return problems


def check_tool_rules(team: Team, tools: Collection[str]) -> list[Problem]:
    """Report rules and variables that name a tool that no agent has."""
    problems: list[Problem] = []
    setters = {*tools, team.before_call.name} if team.before_call else tools
    for name, variable in team.variables.items():
        if variable.set_by is not None and variable.set_by not in setters:
            path = ("variables", name, "set_by")
            what, remedy = _no_tool(team, variable.set_by, setters, hidden=team.from_environment(*path))
            problems.append(Problem(team.place(*path), what, remedy))
    for index, rule in enumerate(team.rules):
        if isinstance(rule, AtMost | Needs) and rule.tool not in tools:
            problems += _problems(team, index, [_no_tool(team, rule.tool, tools, hidden=False)])
    return problems


def prove(team: Team, tools: ToolOwners) -> list[Problem]:
    """Report rules that do not hold on the graph, as far as tools are known; `at most` is only counted in calls."""
    problems: list[Problem] = []
    for index, rule in enumerate(team.rules):
        match rule:
            case Before():
                problems += _problems(team, index, _before(team, rule, tools))
            case StaysIn():
                problems += _problems(team, index, _stays_in(team, rule, tools))
            case Needs():
                problems += _problems(team, index, _needs(team, rule, tools), fatal=False)
    return problems


def _problems(
    team: Team, index: int, found: Collection[Finding] | Iterator[Finding], *, fatal: bool = True
) -> Iterator[Problem]:
    where = team.place("rules", index)
    for what, remedy in found:
        if team.from_environment("rules", index):  # values from the environment are not shown
            what = "the rule from the environment does not fit this team"
            remedy = "Name only agents, tools and variables of this team."
        yield Problem(where, what, remedy, fatal=fatal)


def _unknown_names(team: Team, rule: Rule) -> Iterator[Finding]:
    """Report what a rule names and the team does not have, and what could never happen."""
    agents: tuple[str, ...] = ()
    match rule:
        case Before(first, then):
            agents = (first, then)
            if first == then:
                yield f"{first!r} cannot come before itself", "Name two different agents."
            elif first in team.agents and team.agents[first].kind == "text":
                what = f"{first!r} is a text agent and never has the caller, so {then!r} could never be reached"
                yield what, "Name a voice agent, or remove the rule."
        case StaysIn():
            agents = rule.agents
        case AtMost(tool, 0):
            yield f"{tool!r} could never run", "Remove the tool instead, or allow at least 1."
    for name in dict.fromkeys(agents):
        if name not in team.agents:
            yield f"unknown agent {name!r}", suggest(name, list(team.agents))
    if isinstance(rule, Needs | StaysIn) and rule.variable not in team.variables:
        hint = suggest(rule.variable, list(team.variables)) or f"Declare it: `variables: {{{rule.variable}: null}}`."
        yield f"unknown variable {rule.variable!r}", hint


def _conflicts(earlier: Collection[Rule], rule: Rule) -> Iterator[Finding]:
    """Report earlier rules that say the same, or the opposite."""
    if rule in earlier:
        yield "duplicate rule", "Remove one of them."
        return
    for other in earlier:
        match rule, other:
            case AtMost(), AtMost() if rule.tool == other.tool:
                yield f"{rule.tool!r} has two limits: {other.times} and {rule.times}", "Keep one of them."
            case StaysIn(), StaysIn() if rule.variable == other.variable:
                both = ", ".join(dict.fromkeys((*other.agents, *rule.agents)))
                remedy = f"Combine them: `{rule.variable} stays in {both}`."
                yield f"a second `stays in` rule for {rule.variable!r}", remedy
    if isinstance(rule, Before) and rule.first != rule.then:
        order = nx.DiGraph((each.first, each.then) for each in earlier if isinstance(each, Before))
        if rule.first in order and rule.then in order and nx.has_path(order, rule.then, rule.first):
            circle = " before ".join([*nx.shortest_path(order, rule.then, rule.first), rule.then])
            remedy = "Remove one of them: none of these agents could ever be the first."
            yield f"contradicting rules: {circle}", remedy


def _no_tool(team: Team, name: str, tools: Collection[str], *, hidden: bool) -> Finding:
    if hidden:
        return "no agent has this tool", suggest("", list(tools))
    if does := reserved_names(team).get(name):
        return f"{name!r} is not a tool: it {does}", "Name a tool."
    last = name.rpartition(":")[2]
    if last != name and last in tools:
        return f"{name!r} is a reference to a tool, not its name", f"Write `{last}`."
    return f"no agent has a tool {name!r}", meant_tool(team, name, tools) or "Add it to an agent under `tools:`."


def _before(team: Team, rule: Before, tools: ToolOwners) -> Iterator[Finding]:
    """Report a path to the second agent that does not need the first one."""
    found = reachable(team, tools.surely, without=rule.first)
    path = path_to(found, team, rule.then)
    if not path:
        return
    claim = f"`{rule}` does not hold"
    source, arrow, last = path.rpartition(" → ")
    source = source.rpartition(" → ")[2].removeprefix("(consults) ")
    if not arrow:
        remedy = "Start calls with another agent (`start:`), or remove the rule."
        yield f"{claim}: calls start with {rule.then!r}", remedy
    elif last.startswith("("):
        yield f"{claim}: {path}", f"Do not let {source!r} consult {rule.then!r}, or remove the rule."
    elif (wait := team.agents[source].wait) is not None and wait.then == last:
        remedy = f"Let callers who wait for {source!r} in vain go to another agent (`wait.then`), or remove the rule."
        yield f"{claim}: {path}", remedy
    elif reasons := [
        _why_open(team, name, found, tools) for edge in team.edges(source) if edge.to == last for name in edge.needs
    ]:
        remedy = f"Let only {rule.first!r} set what the last handoff needs (`set_by`), while it has the caller."
        yield f"{claim}: {path}, because {' and '.join(reasons)}", remedy
    else:
        remedy = f"Remove the handoff from {source!r} to {rule.then!r}, or let it need a variable that only a tool of"
        yield f"{claim}: {path}", f"{remedy} {rule.first!r} can set (`needs`, `set_by`)."


def _why_open(team: Team, name: str, found: nx.DiGraph[Role], tools: ToolOwners) -> str:
    """Say why a variable that a handoff needs can be set."""
    variable = team.variables[name]
    if variable.met(variable.default):
        return f"{name!r} has a value from the start"
    if variable.set_by is None:
        return f"any agent can set {name!r}"
    if sets_before_calls(team, variable.set_by):
        return f"the function under `before` can set {name!r} when a call begins"
    who = sorted({agent for _, agent in found if tools.surely(agent, variable.set_by)})
    named = [repr(agent) if (HAS, agent) in found else f"{agent!r}, when consulted," for agent in who]
    return f"{' or '.join(named)} can set {name!r}"


def _stays_in(team: Team, rule: StaysIn, tools: ToolOwners) -> Iterator[Finding]:
    name, setter = rule.variable, team.variables[rule.variable].set_by
    what = f"`{rule}` does not hold"
    for agent in team.agents:
        known = agent in rule.agents
        add = f"or add {agent!r} to the rule."
        if not known and name in team.agents[agent].mentions:
            yield f"{what}: the instructions of {agent!r} mention it", f"Remove it from the instructions, {add}"
        if not known and setter is not None and tools.surely(agent, setter):
            yield f"{what}: {agent!r} has the tool {setter!r}, which sets it", f"Remove the tool from {agent!r}, {add}"
        for edge in team.edges(agent):
            if name in team.arguments(edge) and not (known and edge.to in rule.agents):
                other = edge.to if known else agent
                how = f"gets it from {agent!r}" if known else f"fills it in when it hands over to {edge.to!r}"
                remedy = f"Remove it from the handoff's `args` and `needs`, or add {other!r} to the rule."
                yield f"{what}: {other!r} {how}", remedy


def _needs(team: Team, rule: Needs, tools: ToolOwners) -> Iterator[Finding]:
    """Warn of a tool that can never run, because nothing can set the variable it needs."""
    variable = team.variables[rule.variable]
    if variable.met(variable.default):
        return
    reached = reachable_if_all_set(team)
    filled = any(
        rule.variable in team.arguments(edge) for kind, agent in reached if kind == HAS for edge in team.edges(agent)
    )
    others = {tool for agent in tools.names for tool in tools.names[agent]} - {rule.tool}
    others |= {team.before_call.name} if team.before_call else set()
    if variable.set_by is None and not filled and not others and not tools.unknown:
        remedy = f"Collect it with a handoff, `args: {{{rule.variable}: string}}`, or let a tool set it."
        yield f"{rule.tool!r} may never run: nothing in this team sets {rule.variable!r}", remedy
    elif variable.set_by == rule.tool and not sets_before_calls(team, rule.tool):
        remedy = "Let another tool set it (`set_by`), or remove the rule."
        yield f"{rule.tool!r} can never run: it needs {rule.variable!r}, which only it sets", remedy


def meant_tool(team: Team, name: str, tools: Collection[str]) -> str:
    """Suggest the tool that was probably meant; one that an MCP server has is known only if the file names it."""
    hint = suggest(name, list(tools))
    if not has_unnamed(team) or hint.startswith("Did you mean"):
        return hint
    return f"{hint} If an MCP server has it, name it: in its `allow`, or as `mcp:SERVER/TOOL`.".lstrip()


def has_unnamed(team: Team) -> bool:
    """Whether agents have tools of MCP servers that the file does not name in full."""
    entries = (ref for agent in team.agents.values() for ref in agent.tools if isinstance(ref, McpRef))
    return any(not ref.names for ref in entries)
