"""One phone call: a Twilio media stream whose audio is passed on in both directions without being decoded.

The caller's telephone plays the audio, so marks measure what was heard (`playback_marks`). The phone call itself is
Twilio's: when the socket is closed, it goes on with the TwiML after `<Connect>`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog

from orchestrator.core.events import CallerAsked, CallerPressed, CallerTruncated, CallerTyped, Ending
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
)
from orchestrator.gateway.phone.memory import NOTHING, Memory
from orchestrator.gateway.phone.playback_marks import PlaybackMarks
from orchestrator.gateway.phone.stream_socket import StreamSocket
from orchestrator.gateway.websocket import write
from orchestrator.protocol.ids import make_id

SLACK_SECONDS = 2.0  # that the last words may be heard later than expected
GOODBYE_SECONDS = 30.0  # for the last words, however long they are
PARTING_SECONDS = 0.5  # for the last words of a call that goes on elsewhere, which was left in a quiet moment
FLUSH_SECONDS = 5.0  # to write the last messages
log = structlog.get_logger("orchestrator")


class PhoneCall(Transport):
    """A caller on the telephone."""

    def __init__(
        self, socket: StreamSocket, call: OpenCall, *, idle: float, comes_back: bool = False, before: Memory = NOTHING
    ) -> None:
        # Twilio's socket.
        self._socket = socket
        # The call, opened with µ-law in both directions on every agent's session.
        self._call = call
        # Whether the phone call asks what is next when the stream is over.
        self.comes_back = comes_back
        # Messages on their way to Twilio.
        self._outbox = Outbox(on_full=call.too_slow)
        # Twilio's id of the stream.
        self._stream = ""
        # What the caller has still to hear.
        self._marks = PlaybackMarks()
        # The keys that the caller presses, those before this stream among them.
        self._keypad = Keypad(self._typed, self._note)
        # What another stream would have to know.
        self._memory = before
        # The caller has hung up, or the stream was lost.
        self._gone = False
        # Set when the last words were heard, or nobody is there to hear them.
        self._quiet = asyncio.Event()
        # Seconds without a message after which the call ends.
        self._idle = idle

    # --- the call ---

    async def hold(self, started: Started, *, resumed: bool = False) -> None:
        """Hold the call from the start of the stream to its end; `resumed`: it had another stream before."""
        self._stream, name = started.stream, self._call.call_id
        self._socket.ids["call"] = name
        log.info("phone call", **self._socket.ids, resumed=resumed)
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(write(self._socket.websocket, self._outbox), name=f"{name}:write")
            reading = group.create_task(self._listen(resumed=resumed), name=f"{name}:read")
            try:
                await self._call.run(self, started.variables())
                await self._goodbye()
            finally:
                self._keypad.stop()
                reading.cancel()
                self._outbox.end(closing.OVER, "the call is over")
                await asyncio.wait({writing}, timeout=FLUSH_SECONDS)
                writing.cancel()

    async def _listen(self, *, resumed: bool) -> None:
        """Handle messages until the caller hangs up, the stream is lost, or none comes for too long."""
        if resumed:
            self._keypad.restore(self._memory.keys)
        else:
            self._call.feed(CallerAsked())  # a caller who has dialled expects to be greeted
        clock, holding = asyncio.get_running_loop().time, self._call.holding
        try:
            async with asyncio.timeout(self._idle) as limit:
                while not isinstance(message := await self._socket.next(), Stopped | None):
                    limit.reschedule(clock() + self._idle)
                    if holding is not None and holding.awaited:
                        holding.arrived()  # the tickets of the streams before this one are worth nothing now
                    self._handle(message)
        except TimeoutError:
            self._call.hang_up(Ending.IDLE, "idle")
        else:
            self._call.disconnected(lost=message is None and self._socket.lost)
        self._gone = True
        self._quiet.set()

    def _handle(self, message: StreamMessage) -> None:
        match message:
            case Spoken(payload=payload, ms=ms):
                self._call.spoke(payload, ms)
            case Marked(name=name):
                played = self._marks.returned(name, self._now())
                if played is not None:
                    self._played(*played)
                if not self._marks.outstanding:
                    self._quiet.set()
            case Pressed(digit=digit):
                if self._marks.outstanding:
                    self._call.feed(CallerPressed())
                self._keypad.pressed(digit)

    def _played(self, item_id: str, ms: float) -> None:
        if self._call.caller.recording is not None:
            self._call.caller.recording.marked(item_id, ms)
        self._remember(Memory(self._memory.keys, (item_id, round(ms))))

    def _note(self, keys: str) -> None:
        self._remember(Memory(keys, self._memory.heard))

    def _remember(self, memory: Memory) -> None:
        """Write down, where another node finds it, what a further stream has to know."""
        self._memory = memory
        if self.comes_back and self._call.holding is not None:
            self._call.holding.journal.transport(memory.written(), self._now())

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
        most = PARTING_SECONDS if self._call.left else GOODBYE_SECONDS
        seconds = min(self._marks.remaining(self._now()) + SLACK_SECONDS, most)
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
            self._remember(Memory(self._memory.keys, (item_id, ms)))

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
