"""What each client event must and may say, checked field by field.

`check` raises `CallerError` with the service's code and the path of what is wrong. Unknown fields beside those of an
event are ignored, as they are harmless; unknown fields inside an item or a session are refused, as the service does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.protocol.audio_frames import APPEND
from orchestrator.protocol.beta import moved
from orchestrator.protocol.checks import (
    Check,
    anything,
    array,
    boolean,
    fields,
    integer,
    missing,
    nullable,
    refuse,
    text,
    word,
)
from orchestrator.protocol.items import ID, ITEM, ITEM_REFERENCE, LARGEST, WORDS
from orchestrator.protocol.session import FORMAT, PROMPT, REASONING, VOICE_NAME, max_output_tokens, modalities
from orchestrator.protocol.tools import MOST_TOOLS, function_tool, tool_choice

MOST_INPUT = 1000  # items that a response brings along


def metadata(value: Any, path: str) -> None:
    """Check `metadata`: at most 16 pairs of short strings."""
    if not isinstance(value, dict) or len(value) > 16:
        refuse(path, "an object of at most 16 pairs", value)
    for key, one in value.items():
        text(64)(key, path)
        text(512)(one, f"{path}.{key}")


def _input(value: Any, path: str) -> None:
    reference = isinstance(value, dict) and value.get("type") == "item_reference"
    (ITEM_REFERENCE if reference else ITEM)(value, path)


RESPONSE = fields(
    {},
    {
        "conversation": word("auto", "none"),
        "input": array(_input, MOST_INPUT),
        "instructions": nullable(WORDS),
        "output_modalities": modalities,
        "audio": fields({}, {"output": fields({}, {"format": nullable(FORMAT), "voice": nullable(VOICE_NAME)})}),
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
Table = Mapping[str, tuple[Mapping[str, Check], Mapping[str, Check]]]
EVENTS: Table = {
    "session.update": ({"session": anything}, {}),  # checked where it is merged
    APPEND: ({"audio": text(LARGEST)}, {}),  # decoded where its bytes are needed
    "input_audio_buffer.commit": ({}, {}),
    "input_audio_buffer.clear": ({}, {}),
    "conversation.item.create": ({"item": ITEM}, {"previous_item_id": nullable(ID)}),
    "conversation.item.retrieve": ({"item_id": ID}, {}),
    "conversation.item.delete": ({"item_id": ID}, {}),
    "conversation.item.truncate": (
        {"item_id": ID, "content_index": integer(0, 0), "audio_end_ms": integer(0, 2**31)},
        {},
    ),
    "response.create": ({}, {"response": nullable(moved(RESPONSE, typed=False))}),
    "response.cancel": ({}, {"response_id": nullable(ID)}),
}
# Where audio travels beside the events, the server plays it and can be told to stop.
MEDIA_EVENTS: Table = {"output_audio_buffer.clear": ({}, {})}


def check(event: Mapping[str, Any], *, media: bool = False) -> None:
    """Check an event against the table; raises `CallerError`. `media`: audio travels beside the events."""
    known = {**EVENTS, **MEDIA_EVENTS} if media else EVENTS
    if "type" not in event:
        missing("type")
    word(*known)(event["type"], "type")
    required, optional = known[event["type"]]
    optional = {"event_id": nullable(text(512)), **optional}
    fields(required, optional)({name: event[name] for name in event if name in required or name in optional}, "")
