"""Small things of the wire: ids, frames, refusals, sizes."""

from __future__ import annotations

import json
import secrets
from typing import Any

from orchestrator.errors import CallerError


def new_id(kind: str) -> str:
    """Return an id such as `item_…`, different in every session and at most 32 characters long."""
    return f"{kind}_{secrets.token_hex(10)}"


def frame(kind: str, **fields: Any) -> str:
    """Return a server event as JSON text, with an `event_id` of its own."""
    event = {"type": kind, "event_id": new_id("event"), **fields}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def refusal(error: CallerError, event_id: str | None) -> str:
    """Return the `error` event that answers a client event."""
    kind = "invalid_request_error"
    fields = {"type": kind, "code": error.code, "message": str(error), "param": error.param, "event_id": event_id}
    return frame("error", error=fields)


def text_tokens(text: str) -> int:
    """Estimate tokens of text: four characters each."""
    return -(-len(text) // 4)
