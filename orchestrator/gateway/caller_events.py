"""The caller's events: from a JSON frame to an event of the core, checked field by field.

Raises `CallerError` with the service's code and the path of what is wrong. Unknown fields beside the known ones of an
event are ignored, as they are harmless; unknown fields inside an item or a session are refused, as the service does.
Sans-I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.core.events import (
    CallerAnswered,
    CallerAsked,
    CallerCleared,
    CallerCommitted,
    CallerDeleted,
    CallerEvent,
    CallerInterrupted,
    CallerRetrieved,
    CallerTruncated,
    CallerTyped,
)
from orchestrator.errors import CallerError
from orchestrator.gateway.session_checks import (
    LONGEST_TEXT,
    MOST_TOOLS,
    NAME,
    PROMPT,
    REASONING,
    function_tool,
    max_output_tokens,
    modalities,
    tool_choice,
    voice,
)
from orchestrator.protocol.checks import (
    Check,
    anything,
    array,
    boolean,
    encoded,
    fields,
    integer,
    nullable,
    refuse,
    text,
    variants,
    word,
)
from orchestrator.protocol.ids import make_id

LARGEST = 16 * 1024 * 1024  # characters of base64
ID = text(512, shortest=1)
AUDIO = encoded(LARGEST)
IMAGE = encoded(LARGEST, ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/jpg;base64,"))
WORDS = text(LONGEST_TEXT)
KIND = {"type": anything}
SYSTEM_PART = variants("type", {"input_text": fields({**KIND, "text": WORDS}, {})})
USER_PART = variants(
    "type",
    {
        "input_text": fields({**KIND, "text": WORDS}, {}),
        "input_audio": fields({**KIND, "audio": AUDIO}, {"transcript": nullable(WORDS)}),
        "input_image": fields({**KIND, "image_url": IMAGE}, {"detail": word("auto", "low", "high")}),
    },
)
# A session cannot be given audio that it did not speak: of an assistant's turn only the text is accepted.
SPOKEN = {"audio": nullable(AUDIO), "transcript": nullable(WORDS)}
ASSISTANT_PART = variants(
    "type",
    {"output_text": fields({**KIND, "text": WORDS}, {}), "output_audio": fields({**KIND, "text": WORDS}, SPOKEN)},
)
ITEM_EXTRAS = {
    "id": nullable(ID),
    "object": nullable(word("realtime.item")),
    "status": nullable(word("completed", "incomplete", "in_progress")),
}


def _message(part: Check) -> Check:
    return fields({**KIND, "role": anything, "content": array(part, 100)}, ITEM_EXTRAS)


MESSAGE = variants(
    "role", {"system": _message(SYSTEM_PART), "user": _message(USER_PART), "assistant": _message(ASSISTANT_PART)}
)
ITEM = variants(
    "type",
    {
        "message": MESSAGE,
        "function_call": fields({**KIND, "name": NAME, "arguments": WORDS}, {**ITEM_EXTRAS, "call_id": ID}),
        "function_call_output": fields({**KIND, "call_id": ID, "output": WORDS}, ITEM_EXTRAS),
    },
)


def metadata(value: Any, path: str) -> None:
    """Check `metadata`: at most 16 pairs of short strings."""
    if not isinstance(value, dict) or len(value) > 16:
        refuse(path, "an object of at most 16 pairs", value)
    for key, one in value.items():
        text(64)(key, path)
        text(512)(one, f"{path}.{key}")


def _input(value: Any, path: str) -> None:
    reference = isinstance(value, dict) and value.get("type") == "item_reference"
    (fields({**KIND, "id": ID}, {}) if reference else ITEM)(value, path)


RESPONSE = fields(
    {},
    {
        "conversation": word("auto", "none"),
        "input": array(_input, 1000),
        "instructions": nullable(WORDS),
        "output_modalities": modalities,
        "audio": fields({}, {"output": fields({}, {"format": anything, "voice": nullable(voice)})}),
        "tools": array(function_tool, MOST_TOOLS),
        "tool_choice": tool_choice,
        "max_output_tokens": max_output_tokens,
        "metadata": nullable(metadata),
        "reasoning": nullable(REASONING),
        "parallel_tool_calls": nullable(boolean),
        "prompt": nullable(PROMPT),
    },
)
# Client event → (required fields, optional fields).
EVENTS: Mapping[str, tuple[Mapping[str, Check], Mapping[str, Check]]] = {
    "session.update": ({"session": anything}, {}),  # checked by `SessionView.update`
    "input_audio_buffer.append": ({"audio": text(LARGEST)}, {}),  # decoded where its length is needed
    "input_audio_buffer.commit": ({}, {}),
    "input_audio_buffer.clear": ({}, {}),
    "conversation.item.create": ({"item": ITEM}, {"previous_item_id": nullable(ID)}),
    "conversation.item.retrieve": ({"item_id": ID}, {}),
    "conversation.item.delete": ({"item_id": ID}, {}),
    "conversation.item.truncate": (
        {"item_id": ID, "content_index": integer(0, 0), "audio_end_ms": integer(0, 2**31)},
        {},
    ),
    "response.create": ({}, {"response": nullable(RESPONSE)}),
    "response.cancel": ({}, {"response_id": nullable(ID)}),
}

# Where audio travels beside the events, and is played from here.
MEDIA_EVENTS: Mapping[str, tuple[Mapping[str, Check], Mapping[str, Check]]] = {"output_audio_buffer.clear": ({}, {})}


def check(event: Mapping[str, Any], *, media: bool = False) -> None:
    """Check an event against the table; raises `CallerError`. `media`: audio travels beside the events."""
    if "type" not in event:
        raise CallerError("Missing required parameter: 'type'.", code="missing_required_parameter", param="type")
    known_events = EVENTS if not media else {**EVENTS, **MEDIA_EVENTS}
    word(*known_events)(event["type"], "type")
    required, optional = known_events[event["type"]]
    optional = {"event_id": nullable(text(512)), **optional}
    known = {name: event[name] for name in event if name in required or name in optional}
    fields(required, optional)(known, "")


def to_core(event: Mapping[str, Any]) -> CallerEvent:
    """Return the core's event for a checked one; `session.update` and `append` are not for this function."""
    event_id = event.get("event_id")
    match event["type"]:
        case "conversation.item.create":
            return _item_created(event, event_id)
        case "conversation.item.retrieve":
            return CallerRetrieved(event["item_id"], event_id)
        case "conversation.item.delete":
            return CallerDeleted(event["item_id"], event_id)
        case "conversation.item.truncate":
            return CallerTruncated(event["item_id"], event["audio_end_ms"], event_id)
        case "response.create":
            return CallerAsked(event.get("response") or {}, event_id)
        case "response.cancel":
            return CallerInterrupted(event.get("response_id"), event_id)
        case "input_audio_buffer.commit":
            return CallerCommitted(event_id)
        case "input_audio_buffer.clear":
            return CallerCleared()
        case other:
            raise AssertionError(f"{other} has no event of its own")


def _item_created(event: Mapping[str, Any], event_id: str | None) -> CallerEvent:
    said = {key: value for key, value in event["item"].items() if value is not None}
    item = {"id": make_id("item_"), **said}
    if item["type"] == "function_call_output":
        return CallerAnswered(item, event_id)
    return CallerTyped(item, event.get("previous_item_id"), event_id)
