"""mahilo's voice client: audio both ways, and a `clear` when the caller begins to speak.

Its own player prints `clear`, and goes on with the half second of audio that it has; a client that can drops it.
"""

from __future__ import annotations

import asyncio

from fastapi import WebSocket

from orchestrator.core.events import CallerLeft, CallerTruncated, Ending
from orchestrator.gateway.idle import IdleTimer
from orchestrator.gateway.mahilo.client import Client
from orchestrator.gateway.mahilo.frames import CLEAR, media, ms_of, read_media
from orchestrator.gateway.mahilo.pace import Pace, Piece
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.phone.media_streams import payload_of


class VoiceClient(Client):
    """A caller who speaks."""

    def __init__(self, websocket: WebSocket, call: OpenCall, *, idle: float) -> None:
        super().__init__(websocket, call)
        # Ends the call when no frame comes.
        self._timer = IdleTimer(idle, self._expired)
        # What the caller has still to hear, and when more of it is to be sent; None: nothing waits.
        self._pace = Pace()
        self._next: asyncio.TimerHandle | None = None
        # The event loop and its clock.
        self._loop = asyncio.get_running_loop()

    def read(self, frame: str | None) -> None:
        """Take a block of audio."""
        self._timer.touch()
        try:
            payload = read_media(frame or "")
        except ValueError as error:
            self.ignored(str(error))
            return
        if payload is not None:
            self.call.spoke(payload, ms_of(payload))

    def stopped(self) -> None:
        """Wait for no frame any more, and send none."""
        self._timer.stop()
        self._stop_sending()

    def _expired(self) -> None:
        self.call.feed(CallerLeft("idle", Ending.IDLE))

    def _send(self) -> None:
        """Send what is due, and come back for the rest."""
        self._stop_sending()
        now = self._loop.time()
        for payload in self._pace.due(now):
            self.outbox.put(media(payload))
        seconds = self._pace.wait(now)
        if seconds is not None:
            self._next = self._loop.call_later(seconds, self._send)

    def _stop_sending(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None

    # --- the transport ---

    def play(self, item_id: str, frame: str) -> None:
        """Send the audio of a `response.output_audio.delta` frame at its time, without decoding it."""
        try:
            payload = payload_of(frame)
        except (ValueError, KeyError) as error:
            self.ignored(str(error))
            return
        self._pace.add(Piece(item_id, payload, ms_of(payload)))
        if self._next is None:
            self._send()

    def stop(self) -> None:
        """Drop what was not sent, let the client drop the rest, and cut each item to what was heard of it."""
        self._stop_sending()
        if cut := self._pace.clear(self._loop.time()):
            self.outbox.put(CLEAR)
        for item_id, ms in cut:
            self.call.feed(CallerTruncated(item_id, ms))

    def end(self, code: int, reason: str) -> None:
        """Send the last words, and hang up after them: the client plays all that came before the close."""
        self._stop_sending()
        for payload in self._pace.rest(self._loop.time()):
            self.outbox.put(media(payload))
        super().end(code, reason)
