"""Whether something may happen: what the team file demands before, what its limits and the moment allow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from orchestrator.core.state import Phase, State
from orchestrator.core.wording import JUST_CAME, TOO_MANY_HANDOFFS

if TYPE_CHECKING:
    from orchestrator.team import Handoff as Edge
    from orchestrator.team import Value


def too_early(call: State, agent: str) -> str:
    """Say what must come before an agent (rule `A before B`, variables that its instructions need); "" for nothing."""
    if missed := [first for first in call.team.before(agent) if first not in call.route.visited]:
        return f"before the caller was with {', '.join(missed)}"
    unset = call.unset(agent)
    return f"before these are known: {', '.join(unset)}" if unset else ""


def unmet(call: State, agent: str, names: Iterable[str], what: str) -> dict[str, Any] | None:
    """Return what to tell a model whose call needs variables that are not set; None when all are.

    `call_first` names the function that leads to the first of them, if this agent has one; `ask_for` lists those that
    the caller can say.
    """
    missing = [name for name in names if not call.variables.met(name)]
    if not missing:
        return None
    ways = [way(call, agent, name) for name in missing]
    facts = [f"{what} needs {', '.join(missing)}.", *(words for words, _ in ways)]
    first = next((function for _, function in ways if function), None)
    said = [name for name in missing if call.team.variables[name].set_by is None]
    return {"error": " ".join(facts)} | ({"call_first": first} if first else {}) | ({"ask_for": said} if said else {})


def way(call: State, agent: str, name: str) -> tuple[str, str | None]:
    """Say how a variable comes to be set, and by which function of this agent it is nearer."""
    tool = call.team.variables[name].set_by
    if tool is None:
        return f"Ask the caller for {name}.", None
    if tool in call.tools[agent]:
        return f"{name} is set by {tool}: call it first.", tool
    having = [other for other, tools in call.tools.items() if tool in tools]
    edge = next((edge for edge in call.team.edges(agent) if edge.to in having), None)
    if edge is None:
        return f"{name} is set by {tool}, which {', '.join(having)} can call.", None
    return f"{name} is set by {tool}, which {edge.to} can call: hand the caller over to {edge.to} first.", edge.function


def arguments(said: str) -> dict[str, Any]:
    """Read the arguments of a function call; raises ValueError with what is wrong."""
    try:
        args = json.loads(said or "{}")
    except (ValueError, RecursionError):
        args = None
    if not isinstance(args, dict):
        raise ValueError("The arguments are not a JSON object. Call again with valid JSON.")
    return args


def parse(said: str, edge: Edge, known: Mapping[str, Value]) -> dict[str, Any]:
    """Read a transfer's arguments; raises ValueError with what is wrong."""
    args = arguments(said)
    missing = [name for name in edge.args if args.get(name) in (None, "")]
    if missing:
        raise ValueError(f"Missing: {', '.join(missing)}. Ask the caller, then call {edge.function} again.")
    args = {name: value for name, value in args.items() if value not in (None, "") and name in {*known, "reason"}}
    faults = [f"{name} {fault}" for name, value in known.items() if name in args and (fault := value.fault(args[name]))]
    if faults:
        raise ValueError(f"{'; '.join(faults)}. Ask the caller, then call {edge.function} again.")
    return args


def permit(call: State, edge: Edge) -> None:
    """Check what the team allows; raises ValueError with the reason."""
    if call.caller.goodbye is not None:
        raise ValueError("The call is ending. Say goodbye.")
    if call.route.hops >= call.team.limits.handoffs:
        raise ValueError(TOO_MANY_HANDOFFS)
    back = call.route.back.get(call.route.active) == edge.to  # whoever was sent for something may come back with it
    if edge.to == call.route.previous and not call.route.turn_since and not back:
        raise ValueError(JUST_CAME.format(agent=edge.to))
    if early := too_early(call, edge.to):
        raise ValueError(f"{edge.to!r} cannot take over {early}.")


def refusal(call: State, agent: str) -> str | None:
    """Return why the program cannot move the caller to an agent now; None when it can."""
    voices = [name for name, said in call.team.agents.items() if said.kind == "voice"]
    if agent not in voices:
        return f"There is no agent {agent!r} in this team that can have the caller. Agents: {', '.join(voices)}."
    if call.handoff is not None:
        return f"The caller is being handed over to {call.handoff.target!r} already."
    if agent == call.route.active:
        return f"The caller is with {agent!r} already."
    if call.phase is not Phase.TALKING:
        return "The call is being connected. Try again in a moment."
    if call.caller.goodbye is not None:
        return "The call is ending."
    early = too_early(call, agent)
    return f"{agent!r} cannot take over {early}." if early else None
