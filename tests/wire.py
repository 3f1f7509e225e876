"""What leaves the gateway, checked as strictly as the strictest clients do it.

Every server event is an event of the official SDK's types, by its own `type` and without any conversion, and passes
the adapter with which openai-agents reads events. What those two let pass, and pipecat or @openai/agents-realtime do
not, is checked here. Importing openai-agents takes seconds, so that is done when the first event is checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NoReturn, get_args

from openai.types.realtime import RealtimeServerEvent
from pydantic import BaseModel, TypeAdapter
from websockets.asyncio.client import ClientConnection

# Event type → the SDK's class of it.
CLASSES: Mapping[str, type[BaseModel]] = {
    get_args(one.model_fields["type"].annotation)[0]: one for one in get_args(get_args(RealtimeServerEvent)[0])
}
OURS = "team."  # events that a caller gets who asked for them with `?events=team`
LARGEST = 1024 * 1024  # bytes of a frame: more ends pipecat's client
# What pipecat ends on, beside the fields that the SDK's types require: event type → fields.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "conversation.item.input_audio_transcription.delta": ("content_index", "delta"),
    "response.function_call_arguments.done": ("name",),
}


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(CLASSES[kind])


@cache
def _agents_adapter() -> TypeAdapter[Any]:
    from agents.realtime.openai_realtime import get_server_event_type_adapter

    return get_server_event_type_adapter()


def read(frame: str | bytes) -> dict[str, Any]:
    """Return the event of a frame, which is text, JSON to the letter (no `NaN`) and of a bearable size."""
    assert isinstance(frame, str), "a binary frame"
    assert len(frame) < LARGEST, f"a frame of {len(frame)} characters"
    event = json.loads(frame, parse_constant=_no_json)
    assert isinstance(event, dict), event
    return event


def _no_json(name: str) -> NoReturn:
    raise AssertionError(f"{name} is not JSON")


def validate(event: Mapping[str, Any], *, ours: bool = False) -> None:
    """Check a server event; raises `pydantic.ValidationError` or AssertionError. `ours`: `team.*` were asked for."""
    kind = event["type"]
    assert event.get("event_id"), f"no event_id: {event}"
    if kind.startswith(OURS):
        assert ours, f"{kind} was not asked for"
        return
    assert kind in CLASSES, f"{kind} is no event of the protocol"
    _adapter(kind).validate_python(event, strict=True)
    _agents_adapter().validate_python(event)
    for field in NEEDED.get(kind, ()):
        assert event.get(field) is not None, f"{kind} without {field}"
    for item in (event.get("item"), *event.get("response", {}).get("output", ())):
        _check_item(item or {})
    assert None not in event.get("part", {}).values(), f"null in a part: {event}"


def _check_item(item: Mapping[str, Any]) -> None:
    assert None not in item.values(), f"null in an item: {item}"
    assert item.get("object", "realtime.item") == "realtime.item", item
    for part in item.get("content", ()):
        nulls = {key for key, value in part.items() if value is None}
        assert nulls <= {"transcript"}, f"null in a content part: {item}"
        assert part["type"] != "input_audio" or "transcript" in part, f"no transcript: {item}"


def wants_ours(socket: ClientConnection) -> bool:
    """Return whether a client asked for the team's own events; a data channel has no address to ask with."""
    request = getattr(socket, "request", None)
    return request is not None and "events=team" in request.path
