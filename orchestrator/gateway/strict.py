"""What strict clients need: some end the call, or lose the event, over a null or a missing key.

`tidy` takes a server event as an agent's session sent it and returns it in the one shape that every client accepted,
or None when it is no event of the protocol. It fits single events; the history is the business of `projection`.
Sans-I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Event = dict[str, Any]

ITEM = ("item",)
AT = ("response_id", "item_id", "output_index", "content_index")
# Server events of the protocol that an agent's session may send and the caller may see, each with the fields without
# which some client ends. `session.*` and `conversation.created` are the gateway's own; `conversation.item.created` is
# of the dead beta.
KNOWN: Mapping[str, tuple[str, ...]] = {
    "conversation.item.added": ITEM,
    "conversation.item.deleted": ("item_id",),
    "conversation.item.done": ITEM,
    "conversation.item.input_audio_transcription.completed": ("item_id", "transcript"),
    "conversation.item.input_audio_transcription.delta": ("item_id",),
    "conversation.item.input_audio_transcription.failed": ("item_id",),
    "conversation.item.input_audio_transcription.segment": ("item_id", "id", "speaker", "start", "end", "text"),
    "conversation.item.retrieved": ITEM,
    "conversation.item.truncated": ("item_id", "content_index", "audio_end_ms"),
    "error": ("error",),
    "input_audio_buffer.cleared": (),
    "input_audio_buffer.committed": ("item_id",),
    "input_audio_buffer.speech_started": ("item_id", "audio_start_ms"),
    "input_audio_buffer.speech_stopped": ("item_id", "audio_end_ms"),
    "input_audio_buffer.timeout_triggered": ("item_id", "audio_start_ms", "audio_end_ms"),
    "rate_limits.updated": ("rate_limits",),
    "response.content_part.added": (*AT, "part"),
    "response.content_part.done": (*AT, "part"),
    "response.created": ("response",),
    "response.done": ("response",),
    "response.function_call_arguments.delta": ("response_id", "item_id", "output_index", "call_id", "delta"),
    "response.function_call_arguments.done": ("response_id", "item_id", "output_index", "call_id", "arguments"),
    "response.output_audio.delta": (*AT, "delta"),
    "response.output_audio.done": AT,
    "response.output_audio_transcript.delta": (*AT, "delta"),
    "response.output_audio_transcript.done": (*AT, "transcript"),
    "response.output_item.added": ("response_id", "output_index", "item"),
    "response.output_item.done": ("response_id", "output_index", "item"),
    "response.output_text.delta": (*AT, "delta"),
    "response.output_text.done": (*AT, "text"),
}
OBJECTS = ("item", "part", "response", "error")  # fields that are objects, where they are there
MILLISECONDS = ("audio_start_ms", "audio_end_ms")
REASONS = frozenset({"turn_detected", "client_cancelled", "max_output_tokens", "content_filter"})
ITEM_TYPES = frozenset({"message", "function_call", "function_call_output"})
KIND_NOW = {"text": "output_text", "audio": "output_audio"}
NO_USAGE: Mapping[str, Any] = {
    "total_tokens": 0,
    "input_tokens": 0,
    "output_tokens": 0,
    "input_token_details": {
        "text_tokens": 0,
        "audio_tokens": 0,
        "image_tokens": 0,
        "cached_tokens": 0,
        "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 0, "audio_tokens": 0},
}


def tidy(payload: Mapping[str, Any]) -> Event | None:
    """Return the event as strict clients take it, or None: not one unknown or broken event may reach them."""
    kind = str(payload.get("type"))
    if kind not in KNOWN or any(payload.get(field) is None for field in KNOWN[kind]):
        return None
    if any(not isinstance(payload.get(field, {}), Mapping) for field in OBJECTS):
        return None
    event = dict(payload)
    for field in MILLISECONDS:
        if isinstance(event.get(field), float):
            event[field] = int(event[field])
    if "item" in event:
        event["item"] = tidy_item(event["item"])
        if event["item"] is None:
            return None
    if "part" in event:
        event["part"] = tidy_part(event["part"])
    if "response" in event:
        if not event["response"].get("id"):
            return None
        event["response"] = tidy_response(event["response"])
    special = SPECIAL.get(kind)
    return special(event) if special else event


def tidy_item(item: Mapping[str, Any]) -> Event | None:
    """Return an item without nulls, its content types those of today; None when clients cannot read it."""
    if item.get("type") not in ITEM_TYPES or not item.get("id"):
        return None
    if item["type"] == "message" and item.get("role") not in ("system", "user", "assistant"):
        return None
    tidied = {key: value for key, value in item.items() if value is not None}
    tidied["object"] = "realtime.item"
    if tidied["type"] == "message":
        assistant = tidied.get("role") == "assistant"
        parts = [part for part in tidied.get("content", []) if isinstance(part, Mapping)]
        tidied["content"] = [_content(part, KIND_NOW if assistant else {}) for part in parts]
    return tidied


def _content(part: Mapping[str, Any], renamed: Mapping[str, str]) -> Event:
    tidied = {key: value for key, value in part.items() if value is not None}
    kind = str(part.get("type"))
    tidied["type"] = renamed.get(kind, kind)
    if kind == "input_audio":
        tidied["transcript"] = part.get("transcript")  # one client needs the key; null is fine
    return tidied


def tidy_part(part: Mapping[str, Any]) -> Event:
    """Return a content part; its types lack the `output_` prefix that items' contents have."""
    tidied = {key: value for key, value in part.items() if value is not None}
    tidied["type"] = str(part.get("type", "text")).removeprefix("output_")
    return tidied


def tidy_response(response: Mapping[str, Any]) -> Event:
    """Return a response whose reason, voice and metadata strict clients accept."""
    tidied = dict(response)
    items = (tidy_item(item) for item in response.get("output") or [] if isinstance(item, Mapping))
    tidied["output"] = [item for item in items if item is not None]
    details = response.get("status_details")
    if isinstance(details, Mapping) and details.get("reason", "turn_detected") not in REASONS:
        tidied["status_details"] = {key: value for key, value in details.items() if key != "reason"}
    if isinstance(response.get("metadata"), Mapping):
        tidied["metadata"] = {key: str(value) for key, value in response["metadata"].items()}
    output = (response.get("audio") or {}).get("output") or {}
    if isinstance(output.get("voice"), Mapping):
        voice = str(output["voice"].get("id", "custom"))
        tidied["audio"] = {**response["audio"], "output": {**output, "voice": voice}}
    return tidied


def _transcribed(event: Event) -> Event:
    return {"content_index": 0, "usage": {"type": "duration", "seconds": 0}, **event}


def _transcript_delta(event: Event) -> Event:
    return {"content_index": 0, **event}


def _transcription_failed(event: Event) -> Event:
    error = event.get("error") or {}
    event["error"] = {key: value for key, value in error.items() if value is not None}
    return {"content_index": 0, **event}


def _rate_limits(event: Event) -> Event:
    event["rate_limits"] = [row for row in event.get("rate_limits", []) if row.get("name") in ("requests", "tokens")]
    return event


def _error(event: Event) -> Event:
    blank = {"type": "server_error", "code": None, "message": "", "param": None, "event_id": None}
    event["error"] = {**blank, **(event.get("error") or {})}
    return event


SPECIAL: Mapping[str, Callable[[Event], Event]] = {
    "conversation.item.input_audio_transcription.completed": _transcribed,
    "conversation.item.input_audio_transcription.delta": _transcript_delta,
    "conversation.item.input_audio_transcription.failed": _transcription_failed,
    "rate_limits.updated": _rate_limits,
    "error": _error,
}
