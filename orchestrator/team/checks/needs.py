"""Checks of variables and the edges that use them: what is needed is declared, and can be set in time."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.errors import Problem
from orchestrator.team.checks.reach import ToolOwners, impossible_handoffs
from orchestrator.team.edges import Consult, Handoff
from orchestrator.team.positions import Path
from orchestrator.team.schema import Team
from orchestrator.team.validation import suggest
from orchestrator.team.values import Arg, Value, Variable
from orchestrator.team.variables import mentioned, unfilled

Finding = tuple[Path, str, str]  # path, what, what to do


def check_needs(team: Team) -> Iterator[Problem]:
    """Report what is wrong with variables, and with the edges that use them."""
    for path, what, remedy in (*_variables(team), *_mentions(team), *_edges(team)):
        yield Problem(team.place(*path), what, remedy)
    yield from _needs_without_effect(team)
    yield from _unfilled(team)


def check_setters(team: Team, tools: ToolOwners) -> Iterator[Problem]:
    """Report handoffs that can never happen, because nothing can set the variables that they need."""
    for agent, edge, name in impossible_handoffs(team, tools):
        tool = team.variables[name].set_by or ""
        owners = tools.of(tool)
        if not owners:
            continue  # reported for the variable, once all tools are known
        who = " and ".join(map(repr, owners))
        named = "a tool" if team.from_environment("variables", name, "set_by") else f"the tool {tool!r}"
        what = f"the handoff to {edge.to!r} can never happen: it needs {name!r}, which only {named} of {who} sets"
        remedy = f"Let callers reach {who} first, without this requirement, or give the tool to {agent!r}."
        yield Problem(team.place(*edge_path(team, agent, edge), "needs"), what, remedy)


def edge_path(team: Team, agent: str, edge: Handoff) -> Path:
    """Return the path of an agent's handoff in the file."""
    own = team.agents[agent].handoffs
    if edge in own:
        return team.path_of(("agents", agent, "handoffs"), own.index(edge), edge.to)
    return team.path_of(("anywhere",), team.anywhere.index(edge), edge.to)


def _variables(team: Team) -> Iterator[Finding]:
    for name, variable in team.variables.items():
        path: Path = ("variables", name)
        for at, value in enumerate(variable.enum or ()):
            if fault := Value(type=variable.type).fault(value):
                what = f"not a valid value of the variable: it {fault}"
                yield (*path, "enum", at), what, "Correct the value or the type."
        if variable.default is not None and (fault := variable.fault(variable.default)):
            hidden = constraint_hidden(team, path, variable) or team.from_environment(*path, "default")
            where = (*path, "default") if team.contains(*path, "default") else path
            what = "the default value is not valid" if hidden else f"the default value is not valid: it {fault}"
            yield where, what, "Correct it, or remove it to leave the variable unset."


def constraint_hidden(team: Team, path: Path, value: Value) -> bool:
    """Return whether a constraint on a value came from the environment, and must not be shown."""
    parts = [(), ("enum",), ("pattern",), *(("enum", at) for at in range(len(value.enum or ())))]
    return any(team.from_environment(*path, *part) for part in parts)


def _mentions(team: Team) -> Iterator[Finding]:
    for name, agent in team.agents.items():
        path = ("agents", name, "instructions")
        unknown = sorted(agent.mentions - team.variables.keys())
        if unknown and team.from_environment(*path):
            yield path, "the instructions mention an unknown variable", "Declare it under `variables:`."
            continue
        for variable in unknown:
            yield path, f"the instructions mention an unknown variable {variable!r}", _declare(team, variable)


def _declare(team: Team, variable: str) -> str:
    declaration = f"`variables: {{{variable}: null}}`"
    close = suggest(variable, list(team.variables))
    return f"{close} Otherwise declare it: {declaration}." if close else f"Declare it: {declaration}."


def _edges(team: Team) -> Iterator[Finding]:
    for path, edges in team.edge_lists():
        for index, edge in enumerate(edges):
            at = team.path_of(path, index, edge.to)
            if isinstance(edge, Handoff | Consult):
                yield from _dropped(team, at, edge)
            if isinstance(edge, Handoff):
                yield from _needed(team, at, edge)
                yield from _filled_in(team, at, edge)


def _dropped(team: Team, at: Path, edge: Handoff | Consult) -> Iterator[Finding]:
    for index, name in enumerate(edge.context.drop):
        path = (*at, "context", "drop", index)
        if name not in team.agents:
            hidden = team.from_environment(*path)
            what = "unknown agent" if hidden else f"unknown agent {name!r}"
            yield path, what, suggest("" if hidden else name, list(team.agents))


def _needed(team: Team, at: Path, edge: Handoff) -> Iterator[Finding]:
    for index, name in enumerate(edge.needs):
        path = (*at, "needs", index)
        if name not in team.variables and team.from_environment(*path):
            yield path, "unknown variable", "Declare it under `variables:`."
        elif name not in team.variables:
            yield path, f"unknown variable {name!r}", _declare(team, name)
        elif name == "reason" and team.variables[name].set_by is None:
            yield path, *_reason("variable")


def _filled_in(team: Team, at: Path, edge: Handoff) -> Iterator[Finding]:
    for name, arg in edge.args.items():
        path = (*at, "args", name)
        variable = team.variables.get(name)
        if name == "reason":
            yield path, *_reason("argument")
        elif variable is not None and variable.set_by is not None:
            hidden = team.from_environment("variables", name, "set_by")
            setter = "a tool" if hidden else f"the tool {variable.set_by!r}"
            what = f"this argument would set the variable {name!r}, which only {setter} may set"
            yield path, what, f"Require it instead, `needs: [{name}]`, or rename the argument."
        elif variable is not None and _contradicts(arg, variable):
            what = f"the argument has type {arg.type}, but the variable that it sets has type {variable.type}"
            yield path, what, "Leave out the type here: it is taken from the variable."
        else:
            yield from _listed(team, path, arg, variable)


def _listed(team: Team, path: Path, arg: Arg, variable: Variable | None) -> Iterator[Finding]:
    """Report values in an argument's `enum` that are not valid for it, or for the variable that it sets."""
    own = Value(type=arg.like(variable).type)
    known = [value for value in (variable.enum if variable else None) or () if value is not None]
    if arg.enum is None and any(own.fault(value) for value in known):
        what = f"the argument has type {own.type}, but the variable that it sets has values of another type"
        yield path, what, f"Declare the type of {path[-1]!r} under `variables:`, or put its values in quotes."
    for at, value in enumerate(arg.enum or ()):
        named = "this value" if team.from_environment(*path, "enum", at) else repr(value)
        if value is not None and (fault := own.fault(value)):
            what = f"{named} is not a valid value of the argument: it {fault}"
            yield (*path, "enum", at), what, "Correct the value or the type."
        elif variable is not None and (fault := variable.fault(value)):
            name = path[-1]
            why = "" if constraint_hidden(team, ("variables", str(name)), variable) else f": it {fault}"
            what = f"{named} is not a valid value of the variable {name!r}, which this argument sets{why}"
            yield (*path, "enum", at), what, "Correct one of them, or rename the argument."


def _reason(what: str) -> tuple[str, str]:
    return "`reason` is reserved: every handoff already has this argument", f"Rename the {what}."


def _contradicts(arg: Arg, variable: Value) -> bool:
    fits = variable.type is None or arg.type == variable.type or (arg.type, variable.type) == ("integer", "number")
    return "type" in arg.model_fields_set and not fits


def _needs_without_effect(team: Team) -> Iterator[Problem]:
    """Warn of needed variables that are set from the start."""
    seen = set()
    for agent in team.agents:
        for edge in team.edges(agent):
            for index, name in enumerate(edge.needs):
                variable = team.variables.get(name)
                path = (*edge_path(team, agent, edge), "needs", index)
                if variable is None or variable.fault(variable.default):
                    continue  # reported for the variable
                if variable.met(variable.default) and path not in seen:
                    seen.add(path)
                    what = f"this requirement has no effect: {name!r} has a value from the start of every call"
                    yield Problem(team.place(*path), what, "Remove the default or the requirement.", fatal=False)


def _unfilled(team: Team) -> Iterator[Problem]:
    """Warn of text that looks like a variable but is not filled in."""
    for name, agent in team.agents.items():
        for written, variable in unfilled(agent.instructions, team.variables):
            path = ("agents", name, "instructions")
            named = "something" if team.from_environment(*path) else repr(written)
            what = f"{named} looks like a variable but is not filled in: the agent reads it as it is"
            yield Problem(team.place(*path), what, f"Write `{{{{ variables.{variable} }}}}`.", fatal=False)
        path = ("agents", name, "greeting")
        if any((*mentioned(agent.greeting or ""), *unfilled(agent.greeting or "", team.variables))):
            what = "variables are not filled in here: a greeting is spoken word for word"
            yield Problem(team.place(*path), what, "Describe the greeting in the instructions instead.", fatal=False)
