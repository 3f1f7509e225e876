"""Variables and the ways that use them: what is needed is declared, and somebody can set it in time."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.errors import Problem
from orchestrator.team.edges import Consult, Edge, Handoff
from orchestrator.team.faults import suggest
from orchestrator.team.marks import Path
from orchestrator.team.reach import Tools, closed
from orchestrator.team.schema import Team
from orchestrator.team.values import Arg, Value, Variable
from orchestrator.team.variables import mentioned, unfilled

Told = tuple[Path, str, str]  # place, what, what to do


def check_needs(team: Team) -> Iterator[Problem]:
    """Yield what is wrong with variables, and with what ways say of them."""
    for path, what, remedy in (*_variables(team), *_mentions(team), *_edges(team)):
        yield Problem(team.place(*path), what, remedy)
    yield from _idle(team)
    yield from _braces(team)


def check_setters(team: Team, tools: Tools) -> Iterator[Problem]:
    """Yield the ways that no caller can ever go, because nobody can set before what they need."""
    for agent, edge, name in closed(team, tools):
        tool = team.variables[name].set_by or ""
        if not (holders := tools.holders(tool)):
            continue  # told of the variable, when all tools are known
        who = " and ".join(map(repr, holders))
        named = "a tool" if team.filled("variables", name, "set_by") else f"the tool {tool!r}"
        what = f"the handoff to {edge.to!r} can never be made: it needs {name!r}, which only {named} of {who} sets"
        remedy = f"Let callers reach {who} before, without this need, or give that tool to {agent!r}."
        yield Problem(team.place(*edge_path(team, agent, edge), "needs"), what, remedy)


def edge_path(team: Team, agent: str, edge: Handoff) -> Path:
    """Return where a way of an agent stands in the file."""
    own = edge in team.agents[agent].handoffs
    path, edges = (
        (("agents", agent, "handoffs"), team.agents[agent].handoffs) if own else (("anywhere",), team.anywhere)
    )
    return team.path_of(path, edges.index(edge), edge.to)


def _variables(team: Team) -> Iterator[Told]:
    for name, variable in team.variables.items():
        path: Path = ("variables", name)
        for at, value in enumerate(variable.enum or ()):
            if fault := Value(type=variable.type).fault(value):
                yield (
                    (*path, "enum", at),
                    f"a value that the variable cannot have: it {fault}",
                    "Correct the value or the type.",
                )
        if variable.default is not None and (fault := variable.fault(variable.default)):
            hidden = _hidden(team, path, variable) or team.filled(*path, "default")
            where = (*path, "default") if team.marked(*path, "default") else path
            what = "the default is none that the variable can have"
            yield (
                where,
                what if hidden else f"{what}: it {fault}",
                "Correct it, or leave it out: then it is not set yet.",
            )


def _hidden(team: Team, path: Path, value: Value) -> bool:
    """Return whether something of what a value must be like came from the environment, and must not be shown."""
    parts = [(), ("enum",), ("pattern",), *(("enum", at) for at in range(len(value.enum or ())))]
    return any(team.filled(*path, *part) for part in parts)


def _mentions(team: Team) -> Iterator[Told]:
    for name, agent in team.agents.items():
        path = ("agents", name, "instructions")
        unknown = sorted(agent.mentions - team.variables.keys())
        if unknown and team.filled(*path):
            yield path, "the instructions mention an unknown variable", "Declare it under `variables:`."
            continue
        for variable in unknown:
            yield path, f"the instructions mention an unknown variable {variable!r}", _declare(team, variable)


def _declare(team: Team, variable: str) -> str:
    declare = f"eclare it: `variables: {{{variable}: null}}`."
    close = suggest(variable, list(team.variables)) if team.variables else ""
    return f"{close} Otherwise d{declare}" if close else f"D{declare}"


def _edges(team: Team) -> Iterator[Told]:
    lists: list[tuple[Path, tuple[Edge, ...]]] = [(("anywhere",), team.anywhere)]
    for name, agent in team.agents.items():
        lists += [(("agents", name, "handoffs"), agent.handoffs), (("agents", name, "consult"), agent.consult)]
    for path, edges in lists:
        for index, edge in enumerate(edges):
            assert isinstance(edge, Handoff | Consult)
            at = team.path_of(path, index, edge.to)
            yield from _dropped(team, at, edge)
            if isinstance(edge, Handoff):
                yield from _needed(team, at, edge)
                yield from _filled_in(team, at, edge)


def _dropped(team: Team, at: Path, edge: Handoff | Consult) -> Iterator[Told]:
    for index, name in enumerate(edge.context.drop):
        path = (*at, "context", "drop", index)
        if name not in team.agents:
            hidden = team.filled(*path)
            what = "there is no agent of this name" if hidden else f"there is no agent {name!r}"
            yield path, what, suggest("" if hidden else name, list(team.agents))


def _needed(team: Team, at: Path, edge: Handoff) -> Iterator[Told]:
    for index, name in enumerate(edge.needs):
        path = (*at, "needs", index)
        if name not in team.variables and team.filled(*path):
            yield path, "there is no such variable", "Declare it under `variables:`."
        elif name not in team.variables:
            yield path, f"there is no variable {name!r}", _declare(team, name)
        elif name == "reason" and team.variables[name].set_by is None:
            yield path, *_reason("variable")


def _filled_in(team: Team, at: Path, edge: Handoff) -> Iterator[Told]:
    for name, arg in edge.args.items():
        path = (*at, "args", name)
        variable = team.variables.get(name)
        if name == "reason":
            yield path, *_reason("argument")
        elif variable is not None and variable.set_by is not None:
            what = (
                f"an argument of this name would set the variable {name!r}, which only the tool {variable.set_by!r} may"
            )
            if team.filled("variables", name, "set_by"):
                what = f"an argument of this name would set the variable {name!r}, which only a tool may (`set_by`)"
            yield path, what, f"Need it instead, `needs: [{name}]`, or give the argument another name."
        elif variable is not None and _contradicts(arg, variable):
            what = f"the argument is of type {arg.type}, the variable that it sets of type {variable.type}"
            yield path, what, "Leave the type out here: it is that of the variable."
        else:
            yield from _listed(team, path, arg, variable)


def _listed(team: Team, path: Path, arg: Arg, variable: Variable | None) -> Iterator[Told]:
    """Tell the values in an argument's `enum` that it, or the variable that it sets, cannot have."""
    own = Value(type=arg.like(variable).type)
    known = [value for value in (variable.enum if variable else None) or () if value is not None]
    if arg.enum is None and any(own.fault(value) for value in known):
        what = f"the argument is of type {own.type}, and not every value of the variable that it sets is"
        yield path, what, f"Give {path[-1]!r} the type of its values under `variables:`, or put those in quotes."
    for at, value in enumerate(arg.enum or ()):
        named = "this value" if team.filled(*path, "enum", at) else repr(value)
        if value is not None and (fault := own.fault(value)):
            yield (
                (*path, "enum", at),
                f"{named} is no value of the argument: it {fault}",
                "Correct it or the type.",
            )
        elif variable is not None and (fault := variable.fault(value)):
            name = path[-1]
            why = "" if _hidden(team, ("variables", str(name)), variable) else f": it {fault}"
            what = f"{named} is no value of the variable {name!r}, which this argument sets{why}"
            yield (*path, "enum", at), what, "Correct one of them, or give the argument another name."


def _reason(what: str) -> tuple[str, str]:
    return f"every handoff has an argument `reason` of its own, which this {what} would hide", "Give it another name."


def _contradicts(arg: Arg, variable: Value) -> bool:
    fits = variable.type is None or arg.type == variable.type or (arg.type, variable.type) == ("integer", "number")
    return "type" in arg.model_fields_set and not fits


def _idle(team: Team) -> Iterator[Problem]:
    """Warn of needs that hold nobody back."""
    seen = set()
    for agent in team.agents:
        for edge in team.edges(agent):
            for index, name in enumerate(edge.needs):
                variable = team.variables.get(name)
                path = (*edge_path(team, agent, edge), "needs", index)
                if variable is None or variable.fault(variable.default):
                    continue  # told of the variable
                if variable.met(variable.default) and path not in seen:
                    seen.add(path)
                    what = f"this need holds nobody back: {name!r} has a value from the start of each call"
                    yield Problem(team.place(*path), what, "Remove its default, or the need.", fatal=False)


def _braces(team: Team) -> Iterator[Problem]:
    """Warn of what looks like a variable and is not filled in."""
    for name, agent in team.agents.items():
        for written, variable in unfilled(agent.instructions, team.variables):
            path = ("agents", name, "instructions")
            what = "what looks like a variable" if team.filled(*path) else f"{written!r} looks like a variable and"
            what = f"{what} is not filled in: the agent is told it as it stands"
            yield Problem(team.place(*path), what, f"Write `{{{{ variables.{variable} }}}}`.", fatal=False)
        path = ("agents", name, "greeting")
        if any((*mentioned(agent.greeting or ""), *unfilled(agent.greeting or "", team.variables))):
            what = "variables are not filled in here: a greeting is said as it stands"
            yield Problem(
                team.place(*path), what, "Mention them in the instructions, and let those greet.", fatal=False
            )
