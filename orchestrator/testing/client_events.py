"""What the scripted server takes from a client: events that it knows, in the form that the service wants."""

from __future__ import annotations

import base64
import json
from typing import Any

from orchestrator.errors import CallerError
from orchestrator.testing.session_object import invalid, missing

Event = dict[str, Any]
# Client event → what it must say.
REQUIRED: dict[str, dict[str, type]] = {
    "session.update": {"session": dict},
    "conversation.item.create": {"item": dict},
    "conversation.item.retrieve": {"item_id": str},
    "conversation.item.delete": {"item_id": str},
    "conversation.item.truncate": {"item_id": str, "content_index": int, "audio_end_ms": int},
    "response.create": {},
    "response.cancel": {},
    "input_audio_buffer.append": {"audio": str},
    "input_audio_buffer.commit": {},
    "input_audio_buffer.clear": {},
}


def parsed(frame: str | bytes) -> Event:
    """Read a frame; raises `CallerError` for what is no event."""
    if isinstance(frame, bytes):
        raise CallerError("Binary frames are not accepted.", code="invalid_event")
    try:
        event = json.loads(frame)
    except ValueError:
        raise CallerError("The event is not JSON.", code="invalid_json") from None
    if not isinstance(event, dict):
        raise CallerError("The event is not a JSON object.", code="invalid_event")
    if not isinstance(event.get("type"), str):
        raise missing("type")
    return event


def decoded(audio: str) -> bytes:
    """Return the audio of an event; raises `CallerError` when it is not base64."""
    try:
        return base64.b64decode(audio, validate=True)
    except ValueError:
        raise invalid("audio", f"{audio[:20]}…") from None


def check(event: Event) -> None:
    """Check that an event is known and says what it must; raises `CallerError`."""
    if event["type"] not in REQUIRED:
        raise invalid("type", event["type"])
    for key, kind in REQUIRED[event["type"]].items():
        if key not in event:
            raise missing(key)
        if not isinstance(event[key], kind):
            raise invalid(key, event[key])
