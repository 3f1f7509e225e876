"""Events as messages of a data channel, which have a size limit.

A peer announces the largest message it accepts (`a=max-message-size`; 64 KiB without it; Chromium accepts 256 KiB),
and a larger one would break the channel. What is then left out of an event is what the peer sent itself or can do
without: the audio of an item that it asked for, the tools and instructions of the session object. An event that is
still too large is replaced by an `error` event that names it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from orchestrator.protocol.frames import error_object, server_frame

DEFAULT = 65_536  # bytes, if the peer announces nothing
ANNOUNCED = re.compile(r"^a=max-message-size:(\d+)\s*$", re.MULTILINE)


def largest_message(sdp: str) -> int | None:
    """Return the largest message that the peer accepts, in bytes; None for any size."""
    found = ANNOUNCED.search(sdp)
    return (int(found.group(1)) or None) if found else DEFAULT


def fitting(frame: str, most: int | None) -> str:
    """Return the event in a frame of at most `most` bytes; None for any size."""
    if most is None or _size(frame) <= most:
        return frame
    event = json.loads(frame)
    kind, size = event["type"], _size(frame)
    for leave_out in (_audio, _tools, _instructions):
        leave_out(event)
        # Shorter than in ASCII, where half a surrogate pair can be written.
        frame = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode(errors="replace").decode()
        if _size(frame) <= most:
            return frame
    message = f"A {kind} event of {size} bytes exceeds the {most} bytes that the data channel accepts."
    return server_frame("error", error=error_object("server_error", "event_too_large", message))


def within_window(sctp: Any, exceeded: Callable[[], None]) -> None:
    """Take nothing more, and call back, once a peer has sent more of unfinished messages than the window it was told.

    The library keeps all that comes, and looks at all of it whenever another piece of a message does.
    """
    take = sctp._receive_data_chunk

    async def take_within(chunk: Any) -> None:
        if sctp._advertised_rwnd < 0:
            exceeded()
        else:
            await take(chunk)

    sctp._receive_data_chunk = take_within


def _size(frame: str) -> int:
    return len(frame) if frame.isascii() else len(frame.encode())


def _audio(event: dict[str, Any]) -> None:
    for part in (event.get("item") or {}).get("content") or ():
        part.pop("audio", None)


def _tools(event: dict[str, Any]) -> None:
    event.get("session", {}).pop("tools", None)


def _instructions(event: dict[str, Any]) -> None:
    event.get("session", {}).pop("instructions", None)
