"""mahilo's text client: a line in, one whole reply out.

What the agent says is gathered until it is the caller's turn again, and is then sent as one frame, however many
responses, tools and handoffs it took. A line that is typed meanwhile waits for its turn. What the agent says without
having been asked, because another agent has written to it, is sent in the same way.

Limits: 32 lines that wait, then a new one is refused; the agent's turn is over after a minute, whatever has come by
then; a frame is sent after 64 kB of words.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from typing import Any

from fastapi import WebSocket

from orchestrator.core.events import CallerAsked
from orchestrator.core.state import Phase
from orchestrator.gateway.mahilo.client import Client, error_line
from orchestrator.gateway.mahilo.frames import LONGEST, read_line
from orchestrator.gateway.open_call import OpenCall

WAITING = 32  # lines
MOST_WORDS = 64 * 1024  # characters of one reply
TURN_SECONDS = 60.0  # for a reply
LOOK_SECONDS = 1.0  # from one look whether it is the caller's turn to the next, should no event tell
CUT = " …"  # after words that were interrupted: by a person at the desk, or by an urgent message
SAID = {"response.output_text.done": "text", "response.output_audio_transcript.done": "transcript"}


class TextClient(Client):
    """A caller who types."""

    def __init__(self, websocket: WebSocket, call: OpenCall) -> None:
        super().__init__(websocket, call)
        call.configure({"output_modalities": ["text"]})
        # Lines that wait for their turn.
        self._lines: deque[str] = deque()
        # What the agent has said since the last frame, and its characters.
        self._words: list[str] = []
        self._size = 0
        # When the agent's turn will be over at the latest; None: it is the caller's.
        self._until: float | None = None
        # The next look whether the turn is over; None: nobody waits for that.
        self._look: asyncio.Handle | None = None
        # The clock of the event loop.
        self._loop = asyncio.get_running_loop()

    def read(self, frame: str | None) -> None:
        """Take a line."""
        if frame is None:
            self.ignored("a binary frame")
        elif len(frame) > LONGEST:
            self.outbox.put(error_line(f"The line is longer than {LONGEST} characters."))
        elif len(self._lines) >= WAITING:
            self.outbox.put(error_line("Too many lines wait for a reply. This one was dropped."))
        else:
            self._lines.append(read_line(frame))
            self._look_now()

    def event_sent(self, event: Mapping[str, Any]) -> None:
        """Gather what is said."""
        kind = event["type"]
        if kind == "error":
            self._send()
            super().event_sent(event)
            self._look_now()
        elif kind in SAID:
            self._say(str(event[SAID[kind]]))
        elif kind == "response.done":
            if event["response"]["status"] == "cancelled" and self._words:
                self._words[-1] = self._words[-1].removesuffix(CUT) + CUT
            self._look_now()

    def end(self, code: int, reason: str) -> None:
        """Hang up after the last words."""
        self._send()
        super().end(code, reason)

    def stopped(self) -> None:
        """Look no more."""
        if self._look is not None:
            self._look.cancel()

    def _say(self, words: str) -> None:
        if words.strip():
            self._words.append(words.strip())
            self._size += len(words)
        if self._size > MOST_WORDS:
            self._send()

    def _send(self) -> None:
        if self._words:
            self.outbox.put(" ".join(self._words))
        self._words.clear()
        self._size = 0

    def _look_now(self) -> None:
        """Look at the call as soon as the event that is being handled is done."""
        self.stopped()
        self._look = self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        """Send the reply if it is the caller's turn, and take their next line."""
        now, self._look = self._loop.time(), None
        if self.outbox.close is not None:
            return
        state = self.call.running.state
        # The core keeps a first line until the agent's session is open.
        over = state.phase is Phase.OPENING if self._until is None else now >= self._until
        if state.at_rest or over:
            self._send()
            self._until = None
            if self._lines:
                self._ask(self._lines.popleft())
                self._until = now + TURN_SECONDS
        elif self._until is None:
            self._until = now + TURN_SECONDS
        if self._until is not None:
            self._look = self._loop.call_later(LOOK_SECONDS, self._turn)

    def _ask(self, line: str) -> None:
        """Give the agent a line, and ask it for a reply."""
        content = [{"type": "input_text", "text": line}]
        item = {"type": "message", "role": "user", "content": content}
        self.call.received(json.dumps({"type": "conversation.item.create", "item": item}))
        self.call.feed(CallerAsked(patient=True))
