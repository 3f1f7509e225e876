"""Ways to other agents, as the router sees them: functions by their names, and what the orchestrator says of them.

It is told who handed the caller over, who asks it, what a refused call needs first, and whom it can give the caller
back to; a language model reads the same lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.local.brain.results import parsed
from orchestrator.protocol.items import words
from orchestrator.team.functions import HAND_BACK

FIRST = "Needed first for"  # begins the reason of who sends the caller for what a refused call needs
HANDED = re.compile(r"The caller was handed to you by (\S+)\.")
ASKED = re.compile(r"^\S+ has a caller on the line and asks you\.")
Tool = Mapping[str, Any]
Item = Mapping[str, Any]


def is_transfer(tool: Tool) -> bool:
    """Return whether a function hands the caller over."""
    return str(tool["name"]).startswith("transfer_to_")


def is_consult(tool: Tool) -> bool:
    """Return whether a function asks a colleague."""
    return str(tool["name"]).startswith("ask_")


def is_way(tool: Tool) -> bool:
    """Return whether a function leads to another agent, and does nothing itself."""
    return is_transfer(tool) or is_consult(tool) or tool["name"] == HAND_BACK


def is_asked(items: Sequence[Item]) -> bool:
    """Return whether this session is not with a caller, but was opened to answer a colleague."""
    return bool(items) and items[0].get("role") == "system" and bool(ASKED.match(words(items[0])))


def briefing(items: Sequence[Item]) -> str:
    """Return what was said when the caller was handed over last; "" when the caller came by themselves."""
    told = (words(item) for item in reversed(items) if item.get("role") == "system")
    return next((text for text in told if HANDED.match(text)), "")


def can_give_back(items: Sequence[Item]) -> bool:
    """Return whether the caller was sent for something, and the colleague waits to have them back."""
    return f"call {HAND_BACK}" in briefing(items)


def is_waited_for(items: Sequence[Item]) -> bool:
    """Return whether the colleague cannot go on with what the caller wants before they are given back."""
    return can_give_back(items) and f"\nReason: {FIRST} " in briefing(items)


@dataclass(frozen=True, slots=True)
class Called:
    """A function call and what came of it."""

    name: str
    arguments: Mapping[str, Any]
    output: Mapping[str, Any]  # {} when it is plain text, or not there yet
    wish: str  # what the caller had said before


def calls(items: Sequence[Item]) -> list[Called]:
    """Return the session's function calls, in order."""
    outputs = {item.get("call_id"): item for item in items if item.get("type") == "function_call_output"}
    found: list[Called] = []
    wish = ""
    for item in items:
        if item.get("role") == "user":
            wish = words(item)
        if item.get("type") == "function_call":
            output = parsed(str(outputs.get(item.get("call_id"), {}).get("output", ""))) or {}
            arguments = parsed(str(item.get("arguments") or "{}")) or {}
            found.append(Called(str(item.get("name")), arguments, output, wish))
    return found


def since_the_caller_spoke(items: Sequence[Item]) -> list[Called]:
    """Return the function calls after the caller's last words here."""
    return _since(items, lambda item: item.get("role") == "user")


def since_anything_was_said(items: Sequence[Item]) -> list[Called]:
    """Return the function calls after the last words here, of the caller or of who handed them over."""
    return _since(items, lambda item: item.get("role") in ("user", "system"))


def _since(items: Sequence[Item], begins: Callable[[Item], bool]) -> list[Called]:
    last = max((at for at, item in enumerate(items) if begins(item)), default=0)
    return calls(items[last:])


def demanding(tool: Tool, names: Sequence[str]) -> Tool:
    """Return a function that needs some of its arguments which it could do without before."""
    schema = tool.get("parameters") or {}
    required = [*schema.get("required", []), *(name for name in names if name in schema.get("properties", {}))]
    return {**tool, "parameters": {**schema, "required": required}}
