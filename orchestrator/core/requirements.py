"""What the team file demands before something may happen: variables that are set, agents the caller has been with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from orchestrator.core.state import State


def unvisited(call: State, agent: str) -> list[str]:
    """Return the agents that must have had the caller before this one and have not (rule `A before B`)."""
    return [first for first in call.team.before(agent) if first not in call.route.visited]


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
