"""Events that fit into one message of a data channel.

A peer says how large a message it takes (`a=max-message-size`, 64 KiB when it says nothing; Chromium takes 256 KiB).
A larger one would break the channel. What is left out of an event then is what the peer sent itself, or can do
without: audio of an item that it asked for, tools and instructions of the session object. What is too large even so
becomes an `error` event that names it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from orchestrator.protocol.ids import make_id

UNSAID = 65_536  # bytes that a peer takes that does not say
OFFERED = re.compile(r"^a=max-message-size:(\d+)\s*$", re.MULTILINE)


def largest_message(sdp: str) -> int | None:
    """Return how large a message the peer takes, in bytes; None when any."""
    found = OFFERED.search(sdp)
    return (int(found.group(1)) or None) if found else UNSAID


def fitting(frame: str, most: int | None) -> str:
    """Return the event in a frame of at most `most` bytes."""
    if most is None or _size(frame) <= most:
        return frame
    event = json.loads(frame)
    kind, size = event["type"], _size(frame)
    for leave_out in (_audio, _tools, _instructions):
        leave_out(event)
        frame = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
        if _size(frame) <= most:
            return frame
    message = f"A {kind} event of {size} bytes is larger than the {most} bytes that the data channel takes."
    error = {"type": "server_error", "code": "event_too_large", "message": message, "param": None, "event_id": None}
    return json.dumps({"type": "error", "event_id": make_id("event_"), "error": error})


def _size(frame: str) -> int:
    return len(frame) if frame.isascii() else len(frame.encode())


def _audio(event: dict[str, Any]) -> None:
    for part in (event.get("item") or {}).get("content") or ():
        part.pop("audio", None)


def _tools(event: dict[str, Any]) -> None:
    event.get("session", {}).pop("tools", None)


def _instructions(event: dict[str, Any]) -> None:
    event.get("session", {}).pop("instructions", None)
