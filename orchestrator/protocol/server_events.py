"""Server events in the shape that strict clients need.

Some clients end the call, or lose the event, over a null, a missing key or an unexpected value. `tidy` takes a server
event as a service sent it and returns it in the one shape that every client accepts, or None when it is no event of
the protocol. It looks at single events; the order of the history is not its concern.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.protocol.audio import FORMATS, PCM_RATE
from orchestrator.protocol.faults import plain
from orchestrator.protocol.shapes import (
    BAD,
    Shape,
    every,
    fields,
    integer,
    mapping,
    name,
    nullable,
    number,
    string,
    word,
)
from orchestrator.protocol.usage import usage

Event = dict[str, Any]

STATUS = word("completed", "incomplete", "in_progress")
WORDS = {"text": string, "transcript": string, "audio": string, "image_url": string}
PART = fields({"type": word("audio", "text")}, WORDS)
CONTENT = fields({"type": string}, {**WORDS, "detail": word("auto", "low", "high")})
# Role → content type as some services write it → as it is written today; others cannot be read.
CONTENT_TYPES: Mapping[str, Mapping[str, str]] = {
    "system": {"text": "input_text"},
    "user": {"text": "input_text", "audio": "input_audio", "input_image": "input_image"},
    "assistant": {"text": "output_text", "audio": "output_audio"},
}
LISTED = fields({"name": string, "input_schema": mapping}, {"description": string, "annotations": mapping})


def _error(value: Any) -> Any:
    kind = value.get("type") if isinstance(value, Mapping) else None
    tidied = ERRORS[kind](value) if isinstance(kind, str) and kind in ERRORS else BAD
    return dict(FAILED) if tidied is BAD else tidied


# Type of the error of a server's tool → its shape; of one that cannot be read is left that the tool failed.
ERRORS: Mapping[str, Shape] = {
    "tool_execution_error": fields({"type": string, "message": string}),
    "protocol_error": fields({"type": string, "code": integer, "message": string}),
    "http_error": fields({"type": string, "code": integer, "message": string}),
}
FAILED = {"type": "tool_execution_error", "message": "The tool failed."}
OF_SERVER = {"id": name, "server_label": string, "name": string, "arguments": string}
ITEMS: Mapping[str, Shape] = {
    "message": fields({"id": name, "role": word(*CONTENT_TYPES)}, {"status": STATUS}),
    "function_call": fields({"id": name, "name": string, "arguments": string}, {"status": STATUS, "call_id": string}),
    "function_call_output": fields({"id": name, "call_id": string, "output": string}, {"status": STATUS}),
    "mcp_list_tools": fields({"id": name, "server_label": string, "tools": every(LISTED)}),
    "mcp_call": fields(OF_SERVER, {"output": string, "error": _error, "approval_request_id": string}),
    "mcp_approval_request": fields(OF_SERVER),
    "mcp_approval_response": fields(
        {"id": name, "approval_request_id": string, "approve": word(True, False)}, {"reason": string}
    ),
}


def tidy_item(item: Any) -> Any:
    """Return an item without nulls, its content types those of today; `BAD` when clients cannot read it."""
    kind = item.get("type") if isinstance(item, Mapping) else None
    if not isinstance(kind, str) or kind not in ITEMS:
        return BAD
    blank = {"arguments": ""} if kind in ("function_call", "mcp_call") else {}
    tidied = ITEMS[kind](blank | _without_nulls(item))
    if tidied is BAD:
        return BAD
    tidied["object"] = "realtime.item"
    if kind == "message":
        parts = every(lambda part: _content(part, CONTENT_TYPES[tidied["role"]]))(tidied.get("content"))
        tidied["content"] = [] if parts is BAD else parts
    return tidied


def _content(part: Any, types: Mapping[str, str]) -> Any:
    tidied = CONTENT(_without_nulls(part)) if isinstance(part, Mapping) else BAD
    if tidied is BAD:
        return BAD
    tidied["type"] = types.get(tidied["type"], tidied["type"])
    if tidied["type"] not in types.values():
        return BAD
    if tidied["type"] == "input_audio":
        tidied.setdefault("transcript", None)  # one client needs the key; null is fine
    return tidied


def tidy_part(part: Any) -> Any:
    """Return a content part; its types lack the `output_` prefix that items' contents have."""
    if not isinstance(part, Mapping):
        return BAD
    return PART({**_without_nulls(part), "type": str(part.get("type") or "text").removeprefix("output_")})


def _without_nulls(value: Mapping[str, Any]) -> Event:
    return {key: one for key, one in value.items() if one is not None}


def _voice(voice: Any) -> Any:
    return str(voice.get("id", "custom")) if isinstance(voice, Mapping) else string(voice)


def _metadata(value: Any) -> Any:
    return {key: str(one) for key, one in value.items()} if isinstance(value, Mapping) else BAD


def _max_output_tokens(value: Any) -> Any:
    return value if value == "inf" else integer(value)


TOKENS = dict.fromkeys(("text_tokens", "audio_tokens", "image_tokens", "cached_tokens"), integer)
DETAILS = fields({}, {**TOKENS, "cached_tokens_details": fields({}, TOKENS, grows=False)}, grows=False)
TOTALS = dict.fromkeys(("total_tokens", "input_tokens", "output_tokens"), integer)
# Usages are added up, so nothing but numbers is in them.
USAGE = fields({}, {**TOTALS, "input_token_details": DETAILS, "output_token_details": DETAILS}, grows=False)
STATUS_DETAILS = fields(
    {},
    {
        "type": word("completed", "cancelled", "incomplete", "failed"),
        "reason": word("turn_detected", "client_cancelled", "max_output_tokens", "content_filter"),
        "error": mapping,
    },
)
FORMAT = fields({"type": word(*FORMATS)}, {"rate": word(PCM_RATE)})
RESPONSE = fields(
    {"id": name},
    {
        "object": word("realtime.response"),
        "status": word("completed", "cancelled", "failed", "incomplete", "in_progress"),
        "status_details": nullable(STATUS_DETAILS),
        "output": every(tidy_item),
        "output_modalities": every(word("audio", "text")),
        "max_output_tokens": nullable(_max_output_tokens),
        "audio": nullable(fields({}, {"output": fields({}, {"format": FORMAT, "voice": _voice})})),
        "conversation_id": nullable(string),
        "metadata": nullable(_metadata),
        "usage": nullable(USAGE),
    },
)
TRANSCRIPTION_USAGE: Mapping[str, Shape] = {
    "tokens": fields(TOTALS, {"input_token_details": DETAILS}),
    "duration": fields({"seconds": number}),
}
LOGPROBS = every(fields({"token": string, "logprob": number, "bytes": every(integer)}))
LIMITS = every(
    fields({"name": word("requests", "tokens")}, {"limit": integer, "remaining": integer, "reset_seconds": number})
)


def _transcription_usage(value: Any) -> Any:
    kind = value.get("type") if isinstance(value, Mapping) else None
    return TRANSCRIPTION_USAGE[kind](value) if isinstance(kind, str) and kind in TRANSCRIPTION_USAGE else BAD


# A field means the same in every event.
EVENT = fields(
    {"type": string},
    {
        "event_id": string,
        "response_id": name,
        "item_id": name,
        "output_index": integer,
        "content_index": integer,
        "previous_item_id": nullable(string),
        "call_id": string,
        "item": tidy_item,
        "part": tidy_part,
        "response": RESPONSE,
        "session": mapping,
        "error": mapping,
        **dict.fromkeys(("id", "name", "delta", "text", "transcript", "arguments", "speaker"), string),
        **dict.fromkeys(("audio_start_ms", "audio_end_ms"), integer),
        **dict.fromkeys(("start", "end"), number),
        "logprobs": LOGPROBS,
        "rate_limits": LIMITS,
        "usage": _transcription_usage,
    },
)
IN = ("response_id", "output_index")
AT = (*IN, "item_id", "content_index")
HEARD = "conversation.item.input_audio_transcription"
# Server events of the protocol that an agent's session may send and the caller may see → what they must have.
# `session.*`, `conversation.created` and `error` are the gateway's own; `conversation.item.created` is of the beta.
KNOWN: Mapping[str, tuple[str, ...]] = {
    "conversation.item.added": ("item",),
    "conversation.item.deleted": ("item_id",),
    "conversation.item.done": ("item",),
    f"{HEARD}.completed": ("item_id", "transcript"),
    f"{HEARD}.delta": ("item_id",),
    f"{HEARD}.failed": ("item_id",),
    f"{HEARD}.segment": ("item_id", "id", "speaker", "start", "end", "text"),
    "conversation.item.retrieved": ("item",),
    "conversation.item.truncated": ("item_id", "content_index", "audio_end_ms"),
    "input_audio_buffer.cleared": (),
    "input_audio_buffer.committed": ("item_id",),
    "input_audio_buffer.speech_started": ("item_id", "audio_start_ms"),
    "input_audio_buffer.speech_stopped": ("item_id", "audio_end_ms"),
    "input_audio_buffer.timeout_triggered": ("item_id", "audio_start_ms", "audio_end_ms"),
    **{f"mcp_list_tools.{state}": ("item_id",) for state in ("in_progress", "completed", "failed")},
    "rate_limits.updated": ("rate_limits",),
    "response.content_part.added": (*AT, "part"),
    "response.content_part.done": (*AT, "part"),
    "response.created": ("response",),
    "response.done": ("response",),
    "response.function_call_arguments.delta": (*IN, "item_id", "call_id", "delta"),
    "response.function_call_arguments.done": (*IN, "item_id", "call_id", "arguments"),
    **{f"response.mcp_call.{state}": ("item_id", "output_index") for state in ("in_progress", "completed", "failed")},
    "response.mcp_call_arguments.delta": (*IN, "item_id", "delta"),
    "response.mcp_call_arguments.done": (*IN, "item_id", "arguments"),
    "response.output_audio.delta": (*AT, "delta"),
    "response.output_audio.done": AT,
    "response.output_audio_transcript.delta": (*AT, "delta"),
    "response.output_audio_transcript.done": (*AT, "transcript"),
    "response.output_item.added": (*IN, "item"),
    "response.output_item.done": (*IN, "item"),
    "response.output_text.delta": (*AT, "delta"),
    "response.output_text.done": (*AT, "text"),
}
NO_USAGE: Mapping[str, Any] = usage(text_in=0, text_out=0)
# What some client needs and a session may have left out: the object it belongs to ("" for the event), and its value.
BLANKS: Mapping[str, tuple[str, Event]] = {
    f"{HEARD}.completed": ("", {"content_index": 0, "usage": {"type": "duration", "seconds": 0}}),
    f"{HEARD}.delta": ("", {"content_index": 0, "delta": ""}),
    f"{HEARD}.failed": ("", {"content_index": 0, "error": {}}),
    f"{HEARD}.segment": ("", {"content_index": 0}),
    "response.created": ("response", {"status": "in_progress", "output": []}),
    "response.done": ("response", {"status": "completed", "output": []}),
}


def readable(payload: Mapping[str, Any]) -> Event:
    """Return an event that has a type without the fields that are not what the protocol says they are."""
    event: Event = EVENT(payload)
    return event


def tidy(payload: Mapping[str, Any]) -> Event | None:
    """Return the event as strict clients take it, or None: not one unknown or broken event may reach them."""
    event = EVENT(payload)
    needed = None if event is BAD else KNOWN.get(event["type"])
    if needed is None or any(field not in event for field in needed):
        return None
    key, blank = BLANKS.get(event["type"], ("", {}))
    event = {**event, key: {**blank, **event[key]}} if key else {**blank, **event}
    return _in_plain_words(event)


def _in_plain_words(event: Event) -> Event:
    """Return the event without what a service says of its errors: that is for the log."""
    if "error" in event:
        event["error"] = plain(event["error"])
    response = event.get("response", {})
    if (details := response.get("status_details")) and "error" in details:
        response["status_details"] = {**details, "error": plain(details["error"])}
    return event
