"""What leaves the gateway, checked as strictly as the strictest clients do it.

Every server event is an event of the official SDK's types, by its own `type`, and passes the adapter with which
openai-agents reads events. Importing that package takes seconds, so it is imported when the first event is checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter

SERVER_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
OURS = "team."  # events that a caller gets who asked for them with `?events=team`


@cache
def _agents_adapter() -> TypeAdapter[Any]:
    from agents.realtime.openai_realtime import get_server_event_type_adapter

    return get_server_event_type_adapter()


def validate(event: Mapping[str, Any]) -> None:
    """Check a server event; raises `pydantic.ValidationError` or AssertionError."""
    assert event.get("event_id"), event
    if event["type"].startswith(OURS):
        return
    parsed = SERVER_EVENT.validate_python(event)
    assert parsed.type == event["type"], f"the official client takes {event['type']} for {parsed.type}"
    _agents_adapter().validate_python(event)
