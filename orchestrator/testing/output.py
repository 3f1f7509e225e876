"""What one scripted session sends: numbered events, and audio that names the session."""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import Mapping
from typing import Any

from orchestrator.protocol.audio import bytes_per_ms
from orchestrator.protocol.frames import error_object


class Output:
    """Frames on their way to the client; whoever owns the socket takes them from the left."""

    def __init__(self, number: int) -> None:
        # The session's number, which every id and every piece of audio carries.
        self.number = number
        # Frames that are not written yet.
        self.frames: deque[str | bytes] = deque()
        # Ids made, and pieces of audio made.
        self._ids, self._pieces = 0, 0

    def new_id(self, prefix: str) -> str:
        """Make an id that names the session: `item_s2_17`."""
        self._ids += 1
        return f"{prefix}s{self.number}_{self._ids}"

    def emit(self, kind: str, **fields: Any) -> None:
        """Queue a server event."""
        self.frames.append(json.dumps({"type": kind, "event_id": self.new_id("event_"), **fields}))

    def error(self, code: str, message: str, *, event_id: str | None = None, param: str | None = None) -> None:
        """Queue an `error` event; `event_id` is that of the client event at fault."""
        error = error_object("invalid_request_error", code, message, param=param, event_id=event_id)
        self.emit("error", error=error)

    def audio(self, ms: int, audio_format: Mapping[str, Any]) -> str:
        """Return base64 of audio that says which session it is from, and which piece it is.

        The first two bytes are the session's number and the next two the number of the piece, both little-endian; the
        session's number fills the rest.
        """
        self._pieces += 1
        number = self.number.to_bytes(2, "little")
        piece = (self._pieces % 0x10000).to_bytes(2, "little")
        samples = bytes_per_ms(audio_format["type"]) * ms // 2
        return base64.b64encode(number + piece + number * (samples - 2)).decode()
