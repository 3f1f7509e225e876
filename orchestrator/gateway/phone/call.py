"""One phone call: a Twilio media stream whose audio is passed on in both directions without being decoded.

The caller's telephone plays the audio, so marks measure what was heard (`playback_marks`). The phone call itself is
Twilio's: when the socket is closed, it goes on with the TwiML after `<Connect>`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import structlog
from fastapi import WebSocket

from orchestrator.core.events import CallerAsked, CallerLeft, CallerPressed, CallerTruncated, CallerTyped, Ending
from orchestrator.gateway import closing
from orchestrator.gateway.caller import Transport
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.phone.keypad import Keypad
from orchestrator.gateway.phone.media_streams import (
    Marked,
    Pressed,
    Spoken,
    Started,
    Stopped,
    StreamMessage,
    clear,
    mark,
    media,
    ms_of,
    payload_of,
    read,
)
from orchestrator.gateway.phone.playback_marks import PlaybackMarks
from orchestrator.gateway.websocket import close, write
from orchestrator.log import PEER
from orchestrator.protocol.ids import make_id

START_SECONDS = 10.0  # for Twilio to send `start`
SLACK_SECONDS = 2.0  # that the last words may be heard later than expected
GOODBYE_SECONDS = 30.0  # for the last words, however long they are
FLUSH_SECONDS = 5.0  # to write the last messages
log = structlog.get_logger("orchestrator")


async def following(socket: WebSocket, ignored: Callable[[str], None]) -> StreamMessage | None:
    """Return the next message that matters to a call; None when the socket is closed. An invalid one is `ignored`."""
    while (received := await socket.receive())["type"] != "websocket.disconnect":
        try:
            message = read(received.get("text") or "")
        except ValueError as error:
            ignored(str(error))
        else:
            if message is not None:
                return message
    return None


async def started(socket: WebSocket) -> Started | None:
    """Accept a stream and wait for its `start`, which says what phone call it is; None if it does not come."""
    await socket.accept()
    with suppress(TimeoutError):
        async with asyncio.timeout(START_SECONDS):
            while (message := await following(socket, lambda why: None)) is not None:
                if isinstance(message, Started):
                    return message
    log.info("phone call did not start", **PEER.get())
    await close(socket, closing.OVER)
    return None


class PhoneCall(Transport):
    """A caller on the telephone."""

    def __init__(self, websocket: WebSocket, call: OpenCall, started: Started, *, idle: float) -> None:
        # Twilio's socket.
        self._socket = websocket
        # The call, opened with µ-law in both directions on every agent's session.
        self._call = call
        # Messages on their way to Twilio.
        self._outbox = Outbox(on_full=call.too_slow)
        # What Twilio has said of the phone call, and its id of the stream.
        self._started, self._stream = started, started.stream
        # What the caller has still to hear.
        self._marks = PlaybackMarks()
        # The keys that the caller presses.
        self._keypad = Keypad(self._typed)
        # The caller has hung up.
        self._gone = False
        # Set when the last words were heard, or nobody is there to hear them.
        self._quiet = asyncio.Event()
        # An invalid message was logged already: one per call is enough.
        self._warned = False
        # Seconds without a message after which the call ends.
        self._idle = idle

    # --- the call ---

    async def hold(self) -> None:
        """Hold the call from the start of the stream to the close."""
        name = self._call.call_id
        log.info("phone call", call=name, call_sid=self._started.call, stream_sid=self._stream)
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(write(self._socket, self._outbox), name=f"{name}:write")
            reading = group.create_task(self._listen(), name=f"{name}:read")
            try:
                await self._call.run(self, self._started.variables())
                await self._goodbye()
            finally:
                self._keypad.stop()
                reading.cancel()
                self._outbox.end(closing.OVER, "the call is over")
                await asyncio.wait({writing}, timeout=FLUSH_SECONDS)
                writing.cancel()
        await close(self._socket, closing.OVER)  # whatever the reason: Twilio reports any other code as an error

    async def _listen(self) -> None:
        """Handle messages until the caller hangs up, or none comes for too long; either ends the call."""
        self._call.feed(CallerAsked())  # a caller who has dialled expects to be greeted
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(self._idle) as limit:
                while not isinstance(message := await following(self._socket, self._ignored), Stopped | None):
                    limit.reschedule(clock() + self._idle)
                    self._handle(message)
        except TimeoutError:
            self._call.hang_up(Ending.IDLE, "idle")
        else:
            self._call.feed(CallerLeft("hang-up"))
        self._gone = True
        self._quiet.set()

    def _handle(self, message: StreamMessage) -> None:
        match message:
            case Spoken(payload=payload, ms=ms):
                self._call.spoke(payload, ms)
            case Marked(name=name):
                played = self._marks.returned(name, self._now())
                if played is not None and self._call.caller.recording is not None:
                    self._call.caller.recording.marked(*played)
                if not self._marks.outstanding:
                    self._quiet.set()
            case Pressed(digit=digit):
                if self._marks.outstanding:
                    self._call.feed(CallerPressed())
                self._keypad.pressed(digit)

    def _ignored(self, why: str) -> None:
        if not self._warned:
            self._warned = True
            log.warning("invalid phone message ignored", call=self._call.call_id, reason=why)

    def _typed(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        self._call.feed(CallerTyped({"id": make_id("item_"), "type": "message", "role": "user", "content": content}))
        self._call.feed(CallerAsked(patient=True))

    # --- the end ---

    async def _goodbye(self) -> None:
        """Wait until the last words were heard, unless the caller is gone."""
        self._mark(self._marks.finish())
        if self._gone or self._outbox.close is not None or not self._marks.outstanding:
            return
        self._quiet.clear()
        seconds = min(self._marks.remaining(self._now()) + SLACK_SECONDS, GOODBYE_SECONDS)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._quiet.wait(), seconds)

    # --- the transport ---

    def play(self, item_id: str, frame: str) -> None:
        """Send the audio of a `response.output_audio.delta` frame, without decoding it."""
        try:
            payload = payload_of(frame)
            ms = ms_of(payload)
        except (ValueError, KeyError) as error:
            log.warning("invalid audio not sent", call=self._call.call_id, reason=str(error))
            return
        self._outbox.put(media(self._stream, payload))
        self._mark(self._marks.add(item_id, ms, self._now()))

    def stop(self) -> None:
        """Drop the audio that was not heard yet, and truncate each item at what was heard of it."""
        self._outbox.put(clear(self._stream))
        for item_id, ms in self._marks.clear(self._now()):
            self._call.feed(CallerTruncated(item_id, ms))

    def event_sent(self, event: Mapping[str, Any]) -> None:
        """Send a mark at the end of an item."""
        if event["type"] in ("response.output_audio.done", "response.done"):
            self._mark(self._marks.finish())

    def _mark(self, name: str | None) -> None:
        if name is not None:
            self._outbox.put(mark(self._stream, name))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
