"""The line to a server: a connection that comes back when it is lost, where the server has said that it may.

A server that is one of several nodes tells with what (`team.call.resumable`). What is said meanwhile is kept, and what
the lost node may have heard of a turn that had not ended is said again, unless the server knows that turn.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from orchestrator.errors import OrchestratorError
from orchestrator.terminal.connection import open_connection, resuming

# Close codes after which a call goes on: no close frame came, the node stops, no node can take the call at the moment.
LOST = frozenset({1006, 1012, 1013})
APPEND, CLEAR = '{"type": "input_audio_buffer.append"', '{"type": "input_audio_buffer.clear"'
KEPT = 1500  # frames of audio that are kept, half a minute; then the oldest are dropped
BEFORE = 50  # of them, while the server has heard nobody speak: a second, in which somebody may have begun
WAITING = 200  # other events that are kept while there is no connection; then the oldest are dropped
PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds before another attempt, doubled each time; a random part of it is left out


class Said:
    """What the caller has said and the server may not have heard; of each kind the oldest is dropped."""

    def __init__(self) -> None:
        # Audio of the turn that was sent, or of what may be its beginning; whether the server has heard it begin.
        self._turn: deque[str] = deque(maxlen=KEPT)
        self._speaking = False
        # The last turn that the server has told of.
        self._known = ""
        # What waits for a connection: audio, and other events.
        self._audio: deque[str] = deque(maxlen=KEPT)
        self._events: deque[str] = deque(maxlen=WAITING)

    def add(self, frame: str, *, sent: bool) -> None:
        """Take in a frame that was sent, or that waits."""
        audio = frame.startswith(APPEND)
        if not sent:
            (self._audio if audio else self._events).append(frame)
        elif audio:
            self._turn.append(frame)
            while not self._speaking and len(self._turn) > BEFORE:
                self._turn.popleft()
        elif frame.startswith(CLEAR):
            self._turn.clear()

    def begun(self) -> None:
        """Note that the server has heard a turn begin."""
        self._speaking = True

    def ended(self, item_id: str) -> None:
        """Note that the server has told of a turn."""
        self._known = item_id
        self._forget()

    def again(self, last_turn: str | None) -> list[str]:
        """Return what is to be sent to a server that knows no more than `last_turn`, in order."""
        if last_turn not in (None, self._known):
            self._forget()  # the turn had ended: only the word of it was lost
        self._turn.extend(self._audio)
        frames = [*self._turn, *self._events]
        self._audio.clear()
        self._events.clear()
        return frames

    def _forget(self) -> None:
        self._turn.clear()
        self._speaking = False


class Line:
    """A connection to a server, in the place of one of `websockets`; `tell` is told when it comes back."""

    def __init__(self, url: str, key: str | None, socket: ClientConnection, tell: Callable[[str], object]) -> None:
        # The server, and its key.
        self._url, self._key = url, key
        # The connection; while it is lost, the one that was.
        self._socket = socket
        # What says that it is back.
        self._tell = tell
        # What the call is resumed with, "" while it cannot be; for how many seconds after it was lost.
        self._token, self._seconds = "", 0.0
        # Until when, by the monotonic clock; None while it is not lost. Seconds until the next attempt, at most.
        self._until: float | None = None
        self._pause = PAUSE
        # Whether there is a connection.
        self._connected = True
        # What the server may not have heard.
        self._said = Said()

    async def __aenter__(self) -> Self:
        """Hold the line while the block lasts."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        await self._socket.close()

    @property
    def close_code(self) -> int | None:
        """Why the connection was closed; None while it is open."""
        return self._socket.close_code

    @property
    def close_reason(self) -> str | None:
        """What the server says about it."""
        return self._socket.close_reason

    async def send(self, frame: str) -> None:
        """Send a frame, or keep it until there is a connection; raises `ConnectionClosed` when there will be none."""
        if self._connected:
            try:
                await self._socket.send(frame)
            except ConnectionClosed:
                if not self._lost:
                    raise
                self._connected = False
        self._said.add(frame, sent=self._connected)

    async def __aiter__(self) -> AsyncIterator[str]:
        """Yield the frames of the server, across connections, until the call is over; raises `OrchestratorError`."""
        while True:
            with suppress(ConnectionClosed):
                async for frame in self._socket:
                    assert isinstance(frame, str)
                    await self._look(frame)
                    yield frame
            self._connected = False
            if not self._lost:
                return
            await self._come_back()

    @property
    def _lost(self) -> bool:
        """Whether the connection was lost, and the call was not."""
        in_time = self._until is None or monotonic() < self._until
        return bool(self._token) and in_time and self._socket.close_code in LOST

    async def _look(self, frame: str) -> None:
        """Take in what a frame says about the line."""
        if '"input_audio_buffer.' not in frame and '"team.call.' not in frame:
            return
        event = json.loads(frame)
        match event["type"]:
            case "input_audio_buffer.speech_started":
                self._said.begun()
            case "input_audio_buffer.committed":
                self._said.ended(event["item_id"])
            case "team.call.resumable":
                self._token, self._seconds = event["token"], event["seconds"]
            case "team.call.resumed":
                self._until, self._pause = None, PAUSE
                self._tell(f"the call goes on, after {event['lost_ms'] / 1000:.1f} s")
                await self._say_again(event)

    async def _say_again(self, event: dict[str, Any]) -> None:
        self._connected = True
        with suppress(ConnectionClosed):
            for frame in self._said.again(event.get("last_turn")):
                await self._socket.send(frame)

    async def _come_back(self) -> None:
        """Connect again, as often as there is time; raises `OrchestratorError` when there is none left."""
        self._until = self._until or monotonic() + self._seconds
        while True:
            await asyncio.sleep(random.uniform(0, self._pause))
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            try:
                self._socket = await open_connection(resuming(self._url, self._token), self._key)
            except OrchestratorError:
                if monotonic() > self._until:
                    raise
            else:
                return
