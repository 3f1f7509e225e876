"""The audio that is still to be played to a WebRTC caller, and how much of it was played.

On WebRTC audio leaves at the pace of speech, so this side knows what was heard. It tells the caller with
`output_audio_buffer.started`, `.stopped` and `.cleared`. Does no I/O; each `next_frame` is 20 ms.

When it is full: more audio is queued than a model produces in one answer; further audio is dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from orchestrator.protocol.audio import PCM_BYTES_PER_MS

FRAME_MS = 20
FRAME = FRAME_MS * PCM_BYTES_PER_MS  # bytes
LIMIT = 300_000 * PCM_BYTES_PER_MS  # bytes not played: five minutes


@dataclass(slots=True)
class ItemAudio:
    """The audio of one item."""

    response_id: str
    item_id: str
    audio: bytearray = field(default_factory=bytearray)
    played: int = 0  # bytes
    complete: bool = False  # no more of it will come

    @property
    def rest(self) -> int:
        """Bytes that were not played yet."""
        return len(self.audio) - self.played


class Playout:
    """The audio of the agents on its way to one caller."""

    def __init__(self, tell: Callable[[str, str], None], record: Callable[[str, bytes], None] | None = None) -> None:
        # Called with "started", "stopped" or "cleared", and the response.
        self._tell = tell
        # Called with the item of each piece that is played, and the piece.
        self._record = record
        # What is being played, and what comes after it.
        self._items: deque[ItemAudio] = deque()
        # The response that was announced as being played.
        self._response: str | None = None
        # Responses that were cleared before they were complete: the rest of them is not played.
        self._muted: set[str] = set()
        # Bytes that were not played yet.
        self._rest = 0
        # Set while there is nothing to play.
        self.silent = asyncio.Event()
        self.silent.set()

    def add(self, response_id: str, item_id: str, audio: bytes) -> None:
        """Queue audio of an item."""
        if response_id in self._muted or self._rest + len(audio) > LIMIT:
            return
        if not self._items or self._items[-1].item_id != item_id:
            if self._items:
                self._items[-1].complete = True
            self._items.append(ItemAudio(response_id, item_id))
        self._items[-1].audio += audio
        self._rest += len(audio)
        self.silent.clear()

    def finish(self, response_id: str) -> None:
        """Note that no more audio of a response will come (`response.done`)."""
        self._muted.discard(response_id)
        for item in self._items:
            item.complete = item.complete or item.response_id == response_id
        if self._rest:
            self.silent.clear()

    def next_frame(self) -> bytes | None:
        """Return the next 20 ms to play; None when there is nothing to play, or less than a frame so far."""
        while self._items:
            item = self._items[0]
            if item.rest >= FRAME or (item.rest and item.complete):
                return self._play(item)
            if not item.complete:
                break
            self._items.popleft()
            if self._response is not None and not any(one.response_id == self._response for one in self._items):
                self._end("stopped")
        self.silent.set()
        return None

    def clear(self) -> list[tuple[str, int]]:
        """Drop what was not played; returns (item, milliseconds played) for each item that was cut."""
        cut = [(item.item_id, item.played // PCM_BYTES_PER_MS) for item in self._items if item.rest]
        self._muted |= {item.response_id for item in self._items if not item.complete}
        self._items.clear()
        self._rest = 0
        self.silent.set()
        if self._response is not None:
            self._end("cleared")
        return cut

    def _play(self, item: ItemAudio) -> bytes:
        if item.response_id != self._response:
            self._response = item.response_id
            self._tell("started", item.response_id)
        frame = bytes(item.audio[item.played : item.played + FRAME])
        item.played += len(frame)
        self._rest -= len(frame)
        if self._record is not None:
            self._record(item.item_id, frame)
        return frame.ljust(FRAME, b"\0")

    def _end(self, how: str) -> None:
        assert self._response is not None
        response_id, self._response = self._response, None
        self._tell(how, response_id)
