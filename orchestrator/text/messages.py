"""A Realtime conversation written as chat messages, for servers whose prompt templates differ in what they accept.

Three things hold for all of them: one system message, at the start; a function call stands directly before its
result, and has one; two messages in a row never have the same role. So notes of the orchestrator travel as messages
in brackets, and a call that has no result yet says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orchestrator.protocol.items import words

NO_RESULT = "There is no result yet."
NOTE = "[Note from the system, not said by the caller: {}]"
OPENING = NOTE.format("The caller has joined. Speak first.")
RESULT = "[Result of {}: {}]"

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
        function = {"name": item.get("name"), "arguments": item.get("arguments") or "{}"}
        call = {"id": made, "type": "function", "function": function}
        result = {"role": "tool", "tool_call_id": made, "content": outputs.get(made) or NO_RESULT}
        return [{"role": "assistant", "content": "", "tool_calls": [call]}, result]
    said = words(item) if item.get("type") == "message" else ""
    if not said:
        return []
    if item.get("role") == "system":
        return [{"role": "user", "content": NOTE.format(said)}]
    return [{"role": item["role"], "content": said}]


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
