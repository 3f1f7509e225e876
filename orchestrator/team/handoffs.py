"""The transfer functions that an agent is offered: one for each of its handoffs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestrator.team.schema import Handoff, Team

CONFIRM = "Ask the caller to confirm before calling this."


def transfer_name(agent: str) -> str:
    """Return the name of the function that hands the caller to an agent."""
    return f"transfer_to_{agent}"


def transfer_tool(edge: Handoff, team: Team) -> dict[str, Any]:
    """Build the function tool of a handoff: its arguments are the edge's, and a reason."""
    target = team.agents[edge.to]
    said = [f"Hand the caller over to {edge.to}.", _sentence(target.description), _sentence(edge.when, "Use it for: ")]
    reason = {"type": "string", "description": "why, in a few words, as the next agent should know it"}
    return {
        "type": "function",
        "name": edge.function,
        "description": with_examples(" ".join(filter(None, said)), edge.examples),
        "parameters": {
            "type": "object",
            "properties": {"reason": reason, **{name: dict(schema) for name, schema in edge.args.items()}},
            "required": list(edge.args),
            "additionalProperties": False,
        },
    }


def _sentence(text: str, lead: str = "") -> str:
    text = text.strip()
    return f"{lead}{text}{'' if text.endswith(('.', '!', '?')) else '.'}" if text else ""


def with_examples(description: str, examples: Sequence[str], confirm: bool = False) -> str:
    """Write what callers say for a function, and whether it needs their word, into its description."""
    parts = [description.strip()]
    if confirm:
        parts.append(CONFIRM)
    if examples:
        parts.append("For example: " + "; ".join(f'"{example}"' for example in examples) + ".")
    return " ".join(filter(None, parts))
