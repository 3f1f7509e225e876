"""Nonsense from a service: every event it may send, each field missing, null, of another type, huge, in any order.

Whatever it sends, the caller is told nothing that a strict client would end on, and nothing raises: a service that is
not OpenAI's may be odd in one event and fine in all others.
"""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from orchestrator.gateway.projection import Projection
from orchestrator.protocol.server_events import KNOWN
from tests.odd import VALUES, Event, as_param, places, replaced
from tests.wire import validate

SEED = 1
AT = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
CALL_AT = {"response_id": "r", "item_id": "f", "output_index": 1}
HEARD = {"item_id": "u", "content_index": 0}
LOGPROBS = [{"token": "a", "logprob": -1.5, "bytes": [97]}]
MESSAGE = {
    "id": "i",
    "object": "realtime.item",
    "type": "message",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_audio", "transcript": "a"}, {"type": "output_text", "text": "a"}],
}
USER = {
    "id": "u",
    "type": "message",
    "role": "user",
    "content": [
        {"type": "input_audio", "transcript": None, "audio": "AAAA"},
        {"type": "input_text", "text": "a"},
        {"type": "input_image", "image_url": "data:image/png;base64,", "detail": "low"},
    ],
}
SYSTEM = {"id": "s", "type": "message", "role": "system", "content": [{"type": "input_text", "text": "a"}]}
CALL = {"id": "f", "type": "function_call", "name": "mine", "call_id": "c", "arguments": "{}", "status": "completed"}
HOSTED_AT = {"item_id": "h", "output_index": 2}
ASKED = {"id": "q", "type": "mcp_approval_request", "server_label": "crm", "name": "find", "arguments": "{}"}
RUN = {"id": "h", "type": "mcp_call", "server_label": "crm", "name": "find", "arguments": "{}", "output": "a",
       "approval_request_id": "q", "error": {"type": "http_error", "code": 500, "message": "a"}}  # fmt: skip
HOSTED = (ASKED, RUN)
LISTED = {"id": "l", "type": "mcp_list_tools", "server_label": "crm",
          "tools": [{"name": "find", "description": "a", "input_schema": {"type": "object"}}]}  # fmt: skip
OUTPUT = {"id": "o", "type": "function_call_output", "call_id": "c", "output": "a"}
TOKENS = {"text_tokens": 1, "audio_tokens": 1, "image_tokens": 0, "cached_tokens": 1}
USAGE = {
    "total_tokens": 2,
    "input_tokens": 1,
    "output_tokens": 1,
    "input_token_details": {**TOKENS, "cached_tokens_details": TOKENS},
    "output_token_details": TOKENS,
}
RESPONSE = {
    "id": "r",
    "object": "realtime.response",
    "status": "failed",
    "status_details": {"type": "failed", "reason": "turn_detected", "error": {"type": "a", "code": "b"}},
    "output": [MESSAGE, CALL],
    "conversation_id": "conv",
    "output_modalities": ["audio"],
    "max_output_tokens": "inf",
    "audio": {"output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin"}},
    "metadata": {"a": "b"},
    "usage": USAGE,
}
TRANSCRIPTION = "conversation.item.input_audio_transcription"
LIMIT = {"name": "tokens", "limit": 1, "remaining": 1, "reset_seconds": 0.5}
BASE: list[Event] = [
    *({"type": "conversation.item.added", "item": item, "previous_item_id": None} for item in (USER, SYSTEM, OUTPUT)),
    *({"type": "conversation.item.done", "item": item, "previous_item_id": "i"} for item in (USER, CALL)),
    {"type": "conversation.item.deleted", "item_id": "i"},
    {"type": f"{TRANSCRIPTION}.completed", **HEARD, "transcript": "a", "logprobs": LOGPROBS,
     "usage": {"type": "duration", "seconds": 1.5}},
    {"type": f"{TRANSCRIPTION}.completed", **HEARD, "transcript": "a", "usage": {"type": "tokens", **USAGE}},
    {"type": f"{TRANSCRIPTION}.delta", **HEARD, "delta": "a", "logprobs": LOGPROBS},
    {"type": f"{TRANSCRIPTION}.failed", **HEARD, "error": {"type": "a", "code": "b", "message": "c", "param": "d"}},
    {"type": f"{TRANSCRIPTION}.segment", **HEARD, "id": "1", "speaker": "A", "start": 0.0, "end": 1.0, "text": "a"},
    {"type": "conversation.item.retrieved", "item": USER},
    {"type": "conversation.item.truncated", "item_id": "i", "content_index": 0, "audio_end_ms": 7},
    {"type": "input_audio_buffer.cleared"},
    {"type": "input_audio_buffer.committed", "item_id": "u", "previous_item_id": None},
    {"type": "input_audio_buffer.speech_started", "item_id": "u", "audio_start_ms": 7},
    {"type": "input_audio_buffer.speech_stopped", "item_id": "u", "audio_end_ms": 7},
    {"type": "input_audio_buffer.timeout_triggered", "item_id": "u", "audio_start_ms": 1, "audio_end_ms": 7},
    *({"type": f"mcp_list_tools.{state}", "item_id": "l"} for state in ("in_progress", "completed", "failed")),
    *({"type": f"response.mcp_call.{state}", **HOSTED_AT} for state in ("in_progress", "completed", "failed")),
    {"type": "response.mcp_call_arguments.delta", **HOSTED_AT, "response_id": "r", "delta": "{"},
    {"type": "response.mcp_call_arguments.done", **HOSTED_AT, "response_id": "r", "arguments": "{}"},
    *({"type": "response.output_item.done", "response_id": "r", "output_index": 2, "item": item} for item in HOSTED),
    {"type": "conversation.item.done", "item": LISTED, "previous_item_id": None},
    {"type": "rate_limits.updated", "rate_limits": [LIMIT]},
    {"type": "response.content_part.added", **AT, "part": {"type": "audio", "transcript": ""}},
    {"type": "response.content_part.done", **AT, "part": {"type": "text", "text": "a"}},
    {"type": "response.created", "response": {**RESPONSE, "id": "another"}},
    {"type": "response.done", "response": RESPONSE},
    {"type": "response.function_call_arguments.delta", **CALL_AT, "call_id": "c", "delta": "{"},
    {"type": "response.function_call_arguments.done", **CALL_AT, "call_id": "c", "name": "mine", "arguments": "{}"},
    {"type": "response.output_audio.delta", **AT, "delta": "AAAA"},
    {"type": "response.output_audio.done", **AT},
    {"type": "response.output_audio_transcript.delta", **AT, "delta": "a"},
    {"type": "response.output_audio_transcript.done", **AT, "transcript": "a"},
    {"type": "response.output_item.added", "response_id": "r", "output_index": 1, "item": CALL},
    {"type": "response.output_item.done", "response_id": "r", "output_index": 0, "item": MESSAGE},
    {"type": "response.output_text.delta", **AT, "delta": "a"},
    {"type": "response.output_text.done", **AT, "text": "a"},
]  # fmt: skip


def begun() -> Projection:
    """Return what the caller sees in the middle of a response."""
    projection = Projection()
    projection.own_tools(["mine"])
    item = {**MESSAGE, "content": []}
    for event in (
        {"type": "response.created", "response": {**RESPONSE, "status": "in_progress", "output": []}},
        {"type": "response.output_item.added", "response_id": "r", "output_index": 0, "item": item},
        {"type": "response.output_item.added", "response_id": "r", "output_index": 1, "item": CALL},
        {"type": "response.content_part.added", **AT, "part": {"type": "audio", "transcript": ""}},
    ):
        projection.project(event)
    return projection


def fine(events: list[Event]) -> None:
    """Check that a strict client takes all events, as they are read from their frames."""
    for event in events:
        validate(json.loads(json.dumps(event)))


def test_every_event_is_fuzzed() -> None:
    """The table below has them all."""
    assert {event["type"] for event in BASE} == set(KNOWN)


@pytest.mark.parametrize("event", BASE, ids=lambda event: event["type"])
def test_one_odd_value(event: Event) -> None:
    """At every place; the response that was open can still be closed."""
    fine(begun().project(event))
    for path in places(event):
        for value in VALUES:
            projection = begun()
            try:
                fine([*projection.project(replaced(event, path, value)), *projection.end_response("r", "cancelled")])
            except Exception as error:
                raise AssertionError(f"{as_param(path)} = {value!r:.80}") from error


def test_many_odd_values_in_any_order() -> None:
    """One call that gets all of it, each time in the middle of a response."""
    dice = random.Random(SEED)
    projection, told = begun(), 0
    for number in range(5_000):
        event: Any = dice.choice(BASE)
        for _ in range(dice.randint(0, 2)):
            if known := list(places(event)):
                event = replaced(event, dice.choice(known), dice.choice(VALUES))
        events = projection.project(event)
        if number % 50 == 49:
            events += projection.end_response("r", dice.choice(["cancelled", "failed", "completed"]))
            again: dict[str, Any] = {"status": "in_progress", "output": [], "usage": None}
            events += projection.project({"type": "response.created", "response": {**RESPONSE, **again}})
        fine(events)
        told += len(events)

    assert told > 1_000, f"seed {SEED}: so little is told that little is tested"
