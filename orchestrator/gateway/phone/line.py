"""One media stream of a phone call: what is sent on it, and how much of that was heard. A phone call has one at a time.

Limits: the last words are waited for as long as they take to play, and `SLACK_SECONDS`; 5 s to write the last messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress

from orchestrator.gateway import closing
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.phone.media_streams import Started, clear, mark, media
from orchestrator.gateway.phone.playback_marks import PlaybackMarks
from orchestrator.gateway.phone.stream_socket import StreamSocket
from orchestrator.gateway.websocket import write

SLACK_SECONDS = 2.0  # that the last words may be heard later than expected
GOODBYE_SECONDS = 30.0  # for the last words, however long they are
FLUSH_SECONDS = 5.0  # to write the last messages


class Line:
    """One stream, from its start to its end."""

    def __init__(self, socket: StreamSocket, started: Started, on_full: Callable[[], None]) -> None:
        # Twilio's socket, and what its `start` said.
        self.socket, self.started = socket, started
        # Messages on their way to Twilio.
        self.outbox = Outbox(on_full)
        # What the caller has still to hear.
        self._marks = PlaybackMarks()
        # The caller has hung up, or the stream was lost.
        self._gone = False
        # Set when the last words were heard, or nobody is there to hear them.
        self._quiet = asyncio.Event()
        # Set when it is to be left, and how long the last words may take then.
        self._left, self._most = asyncio.Event(), GOODBYE_SECONDS
        # Set when it is closed.
        self.closed = asyncio.Event()

    async def serve(self, listening: Coroutine[None, None, None], name: str) -> None:
        """Be there until it is left and the last words were heard; `listening` reads what the caller says."""
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(write(self.socket.websocket, self.outbox), name=f"{name}:write")
            reading = group.create_task(listening, name=f"{name}:read")
            try:
                await self._left.wait()
                await self._goodbye()
            finally:
                reading.cancel()
                self.outbox.end(closing.OVER, "the call is over")
                await asyncio.wait({writing}, timeout=FLUSH_SECONDS)
                writing.cancel()
                self.closed.set()
        await self.socket.close()

    def leave(self, most: float = GOODBYE_SECONDS) -> None:
        """Close it as soon as the last words were heard, which take `most` seconds at the most."""
        self._most = most
        self._left.set()

    def gone(self) -> None:
        """Note that nobody is there any more."""
        self._gone = True
        self._quiet.set()

    async def _goodbye(self) -> None:
        """Wait until the last words were heard, unless the caller is gone."""
        self.finish()
        if self._gone or self.outbox.close is not None or not self._marks.outstanding:
            return
        self._quiet.clear()
        seconds = min(self._marks.remaining(now()) + SLACK_SECONDS, self._most)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._quiet.wait(), seconds)

    # --- what is heard ---

    @property
    def outstanding(self) -> bool:
        """Whether anything was sent that is not known to have been played."""
        return self._marks.outstanding

    def play(self, item_id: str, payload: str, ms: float) -> None:
        """Send base64 audio of an item."""
        self.outbox.put(media(self.started.stream, payload))
        self._mark(self._marks.add(item_id, ms, now()))

    def finish(self) -> None:
        """Note that an item has ended."""
        self._mark(self._marks.finish())

    def clear(self) -> list[tuple[str, int]]:
        """Drop what was not heard yet; returns (item, milliseconds heard) of each item that was cut by it."""
        self.outbox.put(clear(self.started.stream))
        return self._marks.clear(now())

    def returned(self, name: str) -> tuple[str, float] | None:
        """Note a mark that came back; returns (item, milliseconds of it) up to which the telephone has played."""
        played = self._marks.returned(name, now())
        if not self._marks.outstanding:
            self._quiet.set()
        return played

    def _mark(self, name: str | None) -> None:
        if name is not None:
            self.outbox.put(mark(self.started.stream, name))


def now() -> float:
    """Return the time by which what was heard is reckoned."""
    return asyncio.get_running_loop().time()
