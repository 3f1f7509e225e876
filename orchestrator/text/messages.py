"""A Realtime conversation written as chat messages, for servers whose prompt templates differ in what they accept.

Four things hold for all of them: one system message, at the start; a function call stands directly before its result,
and has one; its name and arguments are of the kind that servers take; two messages in a row never have the same role.
So notes of the orchestrator travel as messages in brackets, a call that has no result yet says so, and arguments that
are no JSON object are left out: a server that parses them would refuse this request and every further one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from orchestrator.protocol.items import words
from orchestrator.protocol.tools import LONGEST_FUNCTION_NAME

NO_RESULT = "There is no result yet."
NOTE = "[Note from the system, not said by the caller: {}]"
OPENING = NOTE.format("The caller has joined. Speak first.")
RESULT = "[Result of {}: {}]"

UNFIT = re.compile(r"[^A-Za-z0-9_-]")  # in the name of a function

Message = dict[str, Any]


def messages(items: Sequence[Mapping[str, Any]], system: str, *, opening: str = OPENING) -> list[Message]:
    """Return the whole prompt; `opening` is what the user says in it when nobody has said anything."""
    outputs = _outputs(items)
    told: list[Message] = []
    for item in items:
        for message in _of_item(item, outputs):
            _append(told, message)
    if all(message["role"] != "user" for message in told):
        told.insert(0, {"role": "user", "content": opening})
    return [{"role": "system", "content": system}, *told] if system else told


def in_words(told: Sequence[Message], said: Callable[[str], str], called: Callable[[str, str], str]) -> list[Message]:
    """Return a prompt without function calls, for models whose template need not know any.

    `said` writes the assistant's words and `called` its calls, of which it is given name and arguments.
    """
    plain: list[Message] = []
    name = ""
    for message in told:
        content = message["content"]
        if message["role"] == "tool":
            message = {"role": "user", "content": RESULT.format(name, content)}
        elif message["role"] == "assistant":
            calls = [call["function"] for call in message.get("tool_calls", ())]
            name = calls[-1]["name"] if calls else ""
            written = [said(content)] if content else []
            written += [called(call["name"], call["arguments"]) for call in calls]
            message = {"role": "assistant", "content": "\n".join(written)}
        _append(plain, message)
    return plain


def functions(tools: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return function tools in the form of chat completions."""
    keys = ("name", "description", "parameters")
    return [{"type": "function", "function": {key: tool[key] for key in keys if key in tool}} for tool in tools]


def json_object(text: Any) -> dict[str, Any] | None:
    """Return the object that a model wrote as JSON; None when it is none, or not strict JSON."""
    try:
        value = json.loads(text or "{}", parse_constant=_refuse)
    except (ValueError, TypeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def choice(wanted: Any) -> Any:
    """Return a session's `tool_choice` in the form of chat completions."""
    if isinstance(wanted, Mapping) and "name" in wanted:
        return {"type": "function", "function": {"name": wanted["name"]}}
    return wanted


def _outputs(items: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return what came back for each function call."""
    results = (item for item in items if item.get("type") == "function_call_output")
    return {str(item.get("call_id")): str(item.get("output") or "") for item in results}


def _of_item(item: Mapping[str, Any], outputs: Mapping[str, str]) -> list[Message]:
    if item.get("type") == "function_call":
        made = str(item.get("call_id"))
        function = {"name": _name(item.get("name")), "arguments": _arguments(item.get("arguments"))}
        call = {"id": made, "type": "function", "function": function}
        result = {"role": "tool", "tool_call_id": made, "content": outputs.get(made) or NO_RESULT}
        return [{"role": "assistant", "content": "", "tool_calls": [call]}, result]
    said = words(item) if item.get("type") == "message" else ""
    if not said:
        return []
    if item.get("role") == "system":
        return [{"role": "user", "content": NOTE.format(said)}]
    return [{"role": item["role"], "content": said}]


def _name(written: Any) -> str:
    return UNFIT.sub("_", str(written or "unknown"))[:LONGEST_FUNCTION_NAME]


def _arguments(written: Any) -> str:
    """Return the text of a JSON object as it is, and an empty object in place of anything else."""
    return str(written) if written and json_object(written) is not None else "{}"


def _append(told: list[Message], message: Message) -> None:
    """Add a message; what one side says in several goes into one."""
    last = told[-1] if told else {}
    if message["role"] == last.get("role") == "user":
        last["content"] = f"{last['content']}\n{message['content']}"
    elif message["role"] == last.get("role") == "assistant" and "tool_calls" not in last:
        last["content"] = f"{last['content']}\n{message['content']}".rstrip()
        last.update({key: value for key, value in message.items() if key == "tool_calls"})
    else:
        told.append(message)
