"""The caller's events: checked, and turned into events of the core. Sans-I/O."""

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
from orchestrator.gateway.session import check_texts
from orchestrator.protocol import client_events
from orchestrator.protocol.ids import make_id


def check(event: Mapping[str, Any], *, media: bool = False) -> None:
    """Check an event as far as it is not a session object; raises `CallerError`.

    `media`: audio travels beside the events.
    """
    client_events.check(event, media=media)
    for name in ("item", "response"):
        check_texts(event.get(name), name)


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
    given = {key: value for key, value in event["item"].items() if value is not None}
    item = {"id": make_id("item_"), **given}
    if item["type"] == "function_call_output":
        return CallerAnswered(item, event_id)
    return CallerTyped(item, event.get("previous_item_id"), event_id)
