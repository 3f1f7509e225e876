"""Routes to other agents, as the router sees them: functions known by name, briefings, earlier function calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.local.brain.dialogue import patterns
from orchestrator.local.brain.language import normalized
from orchestrator.local.brain.port import FunctionTool, Item, Request
from orchestrator.local.brain.saying.results import parsed
from orchestrator.protocol.items import words
from orchestrator.team.functions import END_CALL, HAND_BACK, consult_name, message_name, transfer_name

# Begins the reason of a transfer that is only made because a refused call needs it first.
NEEDED_FIRST = "Needed first for"
# The reason of a handoff without that.
PLAIN_REASON = re.compile(rf"(?:{NEEDED_FIRST} [^:]+: )?(.+)")


def is_transfer(tool: FunctionTool) -> bool:
    """Return whether a function hands the caller over."""
    return str(tool["name"]).startswith(transfer_name(""))


def is_consult(tool: FunctionTool) -> bool:
    """Return whether a function asks a colleague; the team's own functions may begin with `ask_` too."""
    named = str(tool["name"]).startswith(consult_name(""))
    return named and bool(patterns.CONSULT.match(str(tool.get("description") or "")))


def is_message(tool: FunctionTool) -> bool:
    """Return whether a function writes to a colleague; the team's own functions may begin with `message_` too."""
    named = str(tool["name"]).startswith(message_name(""))
    return named and bool(patterns.MESSAGE.match(str(tool.get("description") or "")))


def is_route(tool: FunctionTool) -> bool:
    """Return whether a function only leads to another agent or out of the call, and does nothing itself."""
    beside = is_consult(tool) or is_message(tool)
    return is_transfer(tool) or beside or tool["name"] in (HAND_BACK, END_CALL)


def is_consulted(items: Sequence[Item]) -> bool:
    """Return whether this session has no caller, but was opened to answer a colleague."""
    first: Item = items[0] if items else {}
    return first.get("role") == "system" and any(role.match(words(first)) for role in patterns.CONSULTED)


def news(items: Sequence[Item]) -> list[tuple[str, str]]:
    """Return what colleagues have told this agent since it last spoke: who, "" for the desk, and what."""
    found: list[tuple[str, str]] = []
    for item in reversed(items):
        if item.get("role") == "assistant":
            break
        for pattern in patterns.NEWS if item.get("role") == "system" else ():
            if told := pattern.match(words(item)):
                found.insert(0, (told.groupdict().get("sender", ""), told["text"]))
    return found


def briefing(items: Sequence[Item]) -> str:
    """Return the briefing of the last handoff to this agent; "" when the caller came directly."""
    notes = (words(item) for item in reversed(items) if item.get("role") == "system")
    return next((note for note in notes if patterns.HANDED_OVER.match(note)), "")


def reasons(briefing: str) -> list[str]:
    """Return why a caller was handed over, as a list of one; [] when nobody said."""
    found = patterns.REASON.search(briefing)
    return PLAIN_REASON.findall(found["reason"]) if found else []


def way_back(briefing: str) -> str:
    """Return the name of the transfer to the colleague who has handed the caller over."""
    came = patterns.HANDED_OVER.search(briefing)
    return transfer_name(came["source"]) if came else ""


def can_give_back(items: Sequence[Item]) -> bool:
    """Return whether a colleague sent the caller here and expects them back."""
    return bool(patterns.HAND_BACK_WHEN_DONE.search(briefing(items)))


def is_waited_for(items: Sequence[Item]) -> bool:
    """Return whether the colleague cannot do what the caller wants before the caller is given back."""
    reason = patterns.REASON.search(briefing(items))
    return can_give_back(items) and reason is not None and reason["reason"].startswith(f"{NEEDED_FIRST} ")


@dataclass(frozen=True, slots=True)
class PastCall:
    """A function call and its output."""

    name: str
    arguments: Mapping[str, Any]
    output: Mapping[str, Any]  # {} when it is plain text or has not arrived yet
    wish: str  # the caller's last words before the call


def past_calls(items: Sequence[Item]) -> list[PastCall]:
    """Return the session's function calls, in order."""
    outputs = {item.get("call_id"): item for item in items if item.get("type") == "function_call_output"}
    found: list[PastCall] = []
    wish = ""
    for item in items:
        if item.get("role") == "user":
            wish = normalized(words(item))
        if item.get("type") == "function_call":
            output = parsed(str(outputs.get(item.get("call_id"), {}).get("output", ""))) or {}
            arguments = parsed(str(item.get("arguments") or "{}")) or {}
            found.append(PastCall(str(item.get("name")), arguments, output, wish))
    return found


def since_the_caller_spoke(items: Sequence[Item]) -> list[PastCall]:
    """Return the function calls after the caller's last words in this session."""
    return _since(items, lambda item: item.get("role") == "user")


def since_briefing(items: Sequence[Item]) -> list[PastCall]:
    """Return the function calls since the caller was handed to this agent."""
    return _since(items, lambda item: item.get("role") == "system" and bool(patterns.HANDED_OVER.match(words(item))))


def since_anything_was_said(items: Sequence[Item]) -> list[PastCall]:
    """Return the function calls after the last words of the caller or the last briefing."""
    return _since(items, lambda item: item.get("role") in ("user", "system"))


def _since(items: Sequence[Item], begins: Callable[[Item], bool]) -> list[PastCall]:
    last = max((at for at, item in enumerate(items) if begins(item)), default=0)
    return past_calls(items[last:])


def requiring(tool: FunctionTool, names: Sequence[str]) -> FunctionTool:
    """Return a function with some of its optional parameters made required."""
    schema = tool.get("parameters") or {}
    required = [*schema.get("required", []), *(name for name in names if name in schema.get("properties", {}))]
    return {**tool, "parameters": {**schema, "required": required}}


def callable_now(request: Request) -> list[FunctionTool]:
    """Return the functions that can be called now."""
    if request.tool_choice == "none":
        return []
    back = can_give_back(request.items)
    return [tool for tool in request.tools if tool["name"] != HAND_BACK or back]
