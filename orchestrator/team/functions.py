"""The functions that an agent is offered by its ways to others: transfers, the way back, questions to colleagues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestrator.team.edges import Consult, Handoff
    from orchestrator.team.schema import Team

CONFIRM = "Ask the caller to confirm before calling this."
HAND_BACK = "hand_back"
# Parts of descriptions.
HAND_OVER, ASK = "Hand the caller over to {agent}.", "Ask {agent} while the caller stays with you."
USE_FOR, EXAMPLES = "Use it for: ", "For example: "
REASON = {"type": "string", "description": "why, in a few words, as the next agent should know it"}
QUESTION = {"type": "string", "description": "the whole question, with all that must be known to answer it"}


def transfer_name(agent: str) -> str:
    """Return the name of the function that hands the caller to an agent."""
    return f"transfer_to_{agent}"


def consult_name(agent: str) -> str:
    """Return the name of the function that asks an agent."""
    return f"ask_{agent}"


def ways_named(team: Team) -> dict[str, str]:
    """Return the functions that a team's ways can have, name → what it does: no tool may have one of these names."""
    hand_over = {transfer_name(name): f"hands the caller over to {name!r}" for name in team.agents}
    ask = {consult_name(name): f"asks {name!r}" for name in team.agents}
    return {HAND_BACK: "gives the caller back", **hand_over, **ask}


def way_tools(agent: str, team: Team) -> list[dict[str, Any]]:
    """Build the function tools of an agent that has the caller: its transfers, and its way back if it can have one."""
    transfers = [transfer_tool(edge, team) for edge in team.edges(agent)]
    return [*transfers, hand_back_tool()] if team.gives_back(agent) else transfers


def consult_tools(agent: str, team: Team) -> list[dict[str, Any]]:
    """Build the function tools with which an agent asks others."""
    return [consult_tool(consult, team) for consult in team.agents[agent].consult]


def transfer_tool(edge: Handoff, team: Team) -> dict[str, Any]:
    """Build the function tool of a handoff: its arguments are the edge's, needed variables, and a reason."""
    target = team.agents[edge.to]
    needs = f"It needs {', '.join(edge.needs)}." if edge.needs else ""
    said = [
        HAND_OVER.format(agent=edge.to),
        _sentence(target.description),
        _sentence(edge.when, USE_FOR),
        needs,
    ]
    arguments = {name: value.schema_of() for name, value in team.arguments(edge).items()}
    return _function(edge.function, said, edge.examples, {"reason": REASON, **arguments}, list(edge.args))


def hand_back_tool() -> dict[str, Any]:
    """Build the function tool that gives the caller back to the agent who sent them."""
    said = ["Give the caller back to the colleague who handed them to you, once you are done."]
    return _function(HAND_BACK, said, (), {"reason": REASON}, [])


def consult_tool(consult: Consult, team: Team) -> dict[str, Any]:
    """Build the function tool of a consult: its argument is the question."""
    said = [
        ASK.format(agent=consult.to),
        _sentence(team.agents[consult.to].description),
        _sentence(consult.when, USE_FOR),
    ]
    return _function(consult.function, said, consult.examples, {"question": QUESTION}, ["question"])


def _function(
    name: str, said: Sequence[str], examples: Sequence[str], properties: dict[str, Any], required: list[str]
) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    described = with_examples(" ".join(filter(None, said)), examples)
    return {"type": "function", "name": name, "description": described, "parameters": parameters}


def _sentence(text: str, lead: str = "") -> str:
    text = text.strip()
    return f"{lead}{text}{'' if text.endswith(('.', '!', '?')) else '.'}" if text else ""


def with_examples(description: str, examples: Sequence[str], confirm: bool = False) -> str:
    """Write what callers say for a function, and whether it needs their word, into its description."""
    parts = [description.strip()]
    if confirm:
        parts.append(CONFIRM)
    if examples:
        parts.append(EXAMPLES + "; ".join(f'"{example}"' for example in examples) + ".")
    return " ".join(filter(None, parts))
