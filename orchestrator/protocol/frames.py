"""Frames of the socket: JSON events read and written, and the `error` event.

A client is told what is wrong with its frame. What a service sends is read as far as it means something: numbers that
no field of the protocol can hold become null, half a surrogate pair becomes "?".
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NoReturn

from orchestrator.errors import CallerError, RealtimeError
from orchestrator.protocol.ids import make_id
from orchestrator.protocol.values import more_values

Event = dict[str, Any]
Emit = Callable[..., None]  # sends a server event, given its type and its fields
BAD_EVENT = "bad_event"  # the code of a frame or an event that cannot be read, and is left out
DEEPEST = 100  # levels in a service's event: what is a little deeper can be read, and not written again
DIGITS = 16  # of a whole number
# Of a service's event: a session object with all its tools has fewer values; a minute of audio is shorter.
MOST_VALUES, LONGEST = 50_000, 4 * 1024 * 1024


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
    """Read a service's frame; raises `RealtimeError` (`BAD_EVENT`) when it holds no JSON object with a type."""
    try:
        event = None if len(frame) > LONGEST or more_values(frame, MOST_VALUES) else _SERVICE.decode(frame)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict) or not isinstance(event.get("type"), str) or _too_deep(event):
        raise RealtimeError("The service sent a frame that is not an event.", code=BAD_EVENT)
    if "\\" in frame and ("\\ud" in frame or "\\uD" in frame):
        # Half a surrogate pair, perhaps: strict clients end on one.
        whole: Event = json.loads(json.dumps(event, ensure_ascii=False).encode("utf-8", "replace"))
        return whole
    return event


def _too_deep(event: Event) -> bool:
    level: list[Any] = [event]
    for _ in range(DEEPEST):
        inside = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        if not inside:
            return False
        level = [one for values in inside for one in values]
    return True


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= DIGITS else None


def _decimal(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


_SERVICE = json.JSONDecoder(parse_int=_whole, parse_float=_decimal, parse_constant=lambda name: None)


# Frames are written in ASCII: half a surrogate pair, which JSON may hold, cannot be sent as UTF-8.
def client_frame(kind: str, **fields: Any) -> str:
    """Write a client event."""
    return json.dumps({"type": kind, **fields}, separators=(",", ":"))


def server_frame(kind: str, **fields: Any) -> str:
    """Write a server event with an `event_id` of its own."""
    event = {"type": kind, "event_id": make_id("event_"), **fields}
    return json.dumps(event, separators=(",", ":"))


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
