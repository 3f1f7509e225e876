"""Checks what the gateway sends as strictly as the strictest clients do.

Each server event must be valid for the official SDK's class of its `type`, without any conversion, and pass the adapter
with which openai-agents reads events. What those two accept, but pipecat or @openai/agents-realtime does not, is
checked here. openai-agents takes seconds to import, so it is imported when the first event is checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NoReturn, get_args

from openai.types.realtime import RealtimeServerEvent
from pydantic import BaseModel, TypeAdapter
from websockets.asyncio.client import ClientConnection

# Event type → the SDK's class.
CLASSES: Mapping[str, type[BaseModel]] = {
    get_args(one.model_fields["type"].annotation)[0]: one for one in get_args(get_args(RealtimeServerEvent)[0])
}
TEAM_EVENTS = "team."  # prefix of events that only a caller who asks with `?events=team` gets
LARGEST = 1024 * 1024  # characters in a frame; more ends pipecat's client
# Event type → fields that pipecat crashes without, although the SDK's types do not require them.
NEEDED_BY_PIPECAT: Mapping[str, tuple[str, ...]] = {
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
    """Return the event of a frame, which must be text, strict JSON (no `NaN`) and not too large."""
    assert isinstance(frame, str), "a binary frame"
    assert len(frame) < LARGEST, f"a frame of {len(frame)} characters"
    event = json.loads(frame, parse_constant=_refuse_constant)
    assert isinstance(event, dict), event
    return event


def _refuse_constant(name: str) -> NoReturn:
    raise AssertionError(f"{name} is not JSON")


def validate(event: Mapping[str, Any], *, team_events: bool = False) -> None:
    """Check a server event; raises ValidationError or AssertionError. `team_events`: the client asked for `team.*`."""
    kind = event["type"]
    assert event.get("event_id"), f"no event_id: {event}"
    if kind.startswith(TEAM_EVENTS):
        assert team_events, f"{kind} was not asked for"
        return
    assert kind in CLASSES, f"{kind} is not an event of the protocol"
    _adapter(kind).validate_python(event, strict=True)
    _agents_adapter().validate_python(event)
    for field in NEEDED_BY_PIPECAT.get(kind, ()):
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


def asked_for_team_events(socket: ClientConnection) -> bool:
    """Return whether a client asked for `team.*` events; for a data channel its offer asks, in whose address it is."""
    request = getattr(socket, "request", None)
    return request is not None and ("events=team" in request.path or "resume" in request.path)
