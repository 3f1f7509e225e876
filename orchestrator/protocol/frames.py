"""Frames of the socket: JSON events read and written, and the `error` event."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

from orchestrator.errors import CallerError, RealtimeError
from orchestrator.protocol.ids import make_id

Event = dict[str, Any]
Emit = Callable[..., None]  # sends a server event, given its type and its fields


def parse_client_event(frame: str) -> Event:
    """Read a client's frame; raises `CallerError` (`invalid_json`) when it holds no JSON object."""
    try:
        event = json.loads(frame, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise CallerError("The frame is not valid JSON.", code="invalid_json") from None
    if not isinstance(event, dict):
        raise CallerError("The frame is not a JSON object.", code="invalid_json")
    return event


def parse_server_event(frame: str) -> Event:
    """Read a service's frame; raises `RealtimeError` (`bad_frame`) when it holds no JSON object with a type."""
    try:
        event = json.loads(frame)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise RealtimeError("The service sent a frame that is not an event.", code="bad_frame")
    return event


def client_frame(kind: str, **fields: Any) -> str:
    """Write a client event, in ASCII: half a surrogate pair, which JSON may hold, cannot be sent as UTF-8."""
    return json.dumps({"type": kind, **fields}, separators=(",", ":"))


def server_frame(kind: str, **fields: Any) -> str:
    """Write a server event with an `event_id` of its own."""
    event = {"type": kind, "event_id": make_id("event_"), **fields}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def error_frame(error: CallerError, event_id: object) -> str:
    """Write the `error` event that answers a client event; `event_id` is that event's, echoed when it is a string."""
    echoed = event_id if isinstance(event_id, str) else None
    kind = "invalid_request_error"
    return server_frame("error", error=error_object(kind, error.code, str(error), param=error.param, event_id=echoed))


def error_object(
    kind: str, code: str, message: str, *, param: str | None = None, event_id: str | None = None
) -> dict[str, Any]:
    """Return the `error` of an `error` event: strict clients need every key; `kind` is its `type`."""
    return {"type": kind, "code": code, "message": message, "param": param, "event_id": event_id}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
