"""One phone call: a Twilio media stream whose audio goes to the agents and back as it comes.

What the caller hears is played far away, so marks measure it (`marks`). The phone call itself is Twilio's: it goes on
with the TwiML behind `<Connect>` when the socket is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog
from fastapi import WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketState

from orchestrator.core.events import CallerAsked, CallerLeft, CallerTruncated, CallerTyped, Ending
from orchestrator.gateway import closing
from orchestrator.gateway.caller import Player
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.line import Line
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.phone.keypad import Keypad
from orchestrator.gateway.phone.marks import Marks
from orchestrator.gateway.phone.media_streams import (
    Marked,
    Message,
    Pressed,
    Spoken,
    Started,
    Stopped,
    clear,
    mark,
    media,
    ms_of,
    payload_of,
    read,
)
from orchestrator.protocol.ids import make_id

PCMU = {"type": "audio/pcmu"}
START_SECONDS = 10.0  # for Twilio to say which call it is
SLACK_SECONDS = 2.0  # that the last words may be heard later than they should
GOODBYE_SECONDS = 30.0  # for the last words, however long they are
CLOSE_SECONDS = 5.0  # to write the last messages, and to get the close frame out
log = structlog.get_logger("orchestrator")


class Phone(Player):
    """A caller on the telephone."""

    def __init__(self, websocket: WebSocket, calls: Calls) -> None:
        # Twilio's socket.
        self._socket = websocket
        # The caller's line; µ-law both ways, on every agent's session, whatever anybody asks for.
        self.line = Line(calls.new_id("rtc_"), calls, media=PCMU)
        # Messages on their way to Twilio.
        self._outbox = Outbox(on_full=self.line.too_slow)
        # Twilio's name for the stream.
        self._stream = ""
        # What the caller has still to hear.
        self._marks = Marks()
        # The keys that the caller presses.
        self._keypad = Keypad(self._typed)
        # The caller has hung up.
        self._gone = False
        # Set when the last words were heard, or nobody hears them.
        self._quiet = asyncio.Event()
        # A message that means nothing was logged; one is enough.
        self._puzzled = False
        # Seconds without a message after which the call ends.
        self._idle = calls.settings.idle

    # --- the call ---

    async def hold(self) -> None:
        """Hold the call from the handshake to the close."""
        await self._socket.accept()
        async with asyncio.TaskGroup() as group:
            name = self.line.call_id
            writing = group.create_task(self._write(), name=f"{name}:write")
            reading: asyncio.Task[None] | None = None
            try:
                started = await self._begin()
                if started is not None:
                    reading = group.create_task(self._listen(), name=f"{name}:read")
                    await self.line.hold(self, started.variables())
                    await self._goodbye()
            finally:
                self._keypad.stop()
                if reading is not None:
                    reading.cancel()
                self._outbox.end(closing.OVER, "the call is over")
                await asyncio.wait({writing}, timeout=CLOSE_SECONDS)
                writing.cancel()
        await self._close()

    async def _begin(self) -> Started | None:
        """Wait for `start`; None when it does not come."""
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                while (message := await self._next()) is not None:
                    if isinstance(message, Started):
                        self._stream = message.stream
                        log.info("phone call", call=self.line.call_id, call_sid=message.call, stream_sid=message.stream)
                        return message
        log.info("phone call without a start", call=self.line.call_id)
        return None

    async def _listen(self) -> None:
        """Take what Twilio says until the caller hangs up, or nothing comes for too long; either ends the call."""
        self.line.feed(CallerAsked())  # who has dialled waits for somebody to speak
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(self._idle) as limit:
                while not isinstance(message := await self._next(), Stopped | None):
                    limit.reschedule(clock() + self._idle)
                    self._take(message)
        except TimeoutError:
            self.line.hang_up(Ending.IDLE, "idle")
        else:
            self.line.feed(CallerLeft("hang-up"))
        self._gone = True
        self._quiet.set()

    def _take(self, message: Message) -> None:
        match message:
            case Spoken(payload=payload, ms=ms):
                self.line.spoke(payload, ms)
            case Marked(name=name):
                self._marks.returned(name, self._now())
                if not self._marks.outstanding:
                    self._quiet.set()
            case Pressed(digit=digit):
                self._keypad.pressed(digit)

    async def _next(self) -> Message | None:
        """Return the next message that means something; None when the socket is closed."""
        while (received := await self._socket.receive())["type"] != "websocket.disconnect":
            try:
                message = read(received.get("text") or "")
            except ValueError as error:
                self._ignored(str(error))
            else:
                if message is not None:
                    return message
        return None

    def _ignored(self, why: str) -> None:
        if not self._puzzled:
            self._puzzled = True
            log.warning("telephone message ignored", call=self.line.call_id, reason=why)

    def _typed(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        self.line.feed(CallerTyped({"id": make_id("item_"), "type": "message", "role": "user", "content": content}))
        self.line.feed(CallerAsked(patient=True))

    # --- the end ---

    async def _goodbye(self) -> None:
        """Let the last words be heard: as long as they take, unless the caller is gone."""
        self._mark(self._marks.finish())
        if self._gone or self._outbox.close is not None or not self._marks.outstanding:
            return
        self._quiet.clear()
        seconds = min(self._marks.remaining(self._now()) + SLACK_SECONDS, GOODBYE_SECONDS)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._quiet.wait(), seconds)

    async def _write(self) -> None:
        # A socket that is gone is noticed by the reader, which ends the call.
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._outbox.write(self._socket.send_text)

    async def _close(self) -> None:
        """Close as if nothing were wrong, whatever was: other codes than 1000 are errors in Twilio's eyes."""
        if self._socket.client_state is WebSocketState.CONNECTED:
            with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
                await asyncio.wait_for(self._socket.close(closing.OVER), CLOSE_SECONDS)

    # --- the player ---

    def play(self, item_id: str, frame: str) -> None:
        """Send the audio of a `response.output_audio.delta` frame, not decoded."""
        try:
            payload = payload_of(frame)
            ms = ms_of(payload)
        except (ValueError, KeyError) as error:
            log.warning("audio not sent", call=self.line.call_id, reason=str(error))
            return
        self._outbox.put(media(self._stream, payload))
        self._mark(self._marks.add(item_id, ms, self._now()))

    def stop(self) -> None:
        """Drop what was not heard yet, and say of each item how much was."""
        self._outbox.put(clear(self._stream))
        for item_id, ms in self._marks.clear(self._now()):
            self.line.feed(CallerTruncated(item_id, ms))

    def told(self, event: Mapping[str, Any]) -> None:
        """Mark the end of an item."""
        if event["type"] in ("response.output_audio.done", "response.done"):
            self._mark(self._marks.finish())

    def _mark(self, name: str | None) -> None:
        if name is not None:
            self._outbox.put(mark(self._stream, name))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
