"""One phone call: Twilio media streams, one at a time, whose audio is passed on both ways without being decoded.

The caller's telephone plays the audio, so marks measure what was heard (`line`). The phone call itself is Twilio's:
when the stream is closed, it goes on with the TwiML after `<Connect>`. So a caller can be connected to somebody
outside: the stream is closed, the phone call asks what is next and is told whom to call (`dialling`), and if nobody
answers, it comes back with another stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from orchestrator.core.away.events import Reach
from orchestrator.core.effects import Dial
from orchestrator.core.events import CallerAsked, CallerPressed, CallerTruncated, CallerTyped, Ending
from orchestrator.gateway.caller import Transport
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.phone.keypad import Keypad
from orchestrator.gateway.phone.line import GOODBYE_SECONDS, Line, now
from orchestrator.gateway.phone.media_streams import (
    Marked,
    Pressed,
    Spoken,
    Stopped,
    StreamMessage,
    ms_of,
    payload_of,
)
from orchestrator.gateway.phone.memory import NOTHING, Memory
from orchestrator.protocol.ids import make_id

PARTING_SECONDS = 0.5  # for the last words of a call that goes on elsewhere, which was left in a quiet moment
log = structlog.get_logger("orchestrator")


class PhoneCall(Transport):
    """A caller on the telephone."""

    def __init__(
        self,
        line: Line,
        call: OpenCall,
        *,
        idle: float,
        reach: Reach = Reach.NOBODY,
        comes_back: bool = False,
        before: Memory = NOTHING,
    ) -> None:
        # The stream that is there now; while the caller is connected to somebody outside, the last one.
        self._line = line
        # The call, opened with µ-law in both directions on every agent's session.
        self.call = call
        # Whether the phone call asks what is next when the stream is over, and so can be told to call somebody; whether
        # another node can go on with it then.
        self.reach, self.comes_back = reach, comes_back
        # Whom it is to call; None: nobody.
        self.dialled: Dial | None = None
        # The keys that the caller presses, those before this stream among them.
        self._keypad = Keypad(self._typed, self._note)
        # What another stream would have to know.
        self._memory = before
        # Seconds without a message after which the call ends.
        self._idle = idle

    # --- the call ---

    async def hold(self, *, resumed: bool = False) -> None:
        """Hold the call to its end, on its first line here and those that follow; `resumed`: it had others before."""
        variables, first = self._line.started.variables(), self._line
        async with asyncio.TaskGroup() as group:
            group.create_task(self._serve(first, resumed=resumed), name=f"{self.call.call_id}:line")
            try:
                await self.call.run(self, variables)
            finally:
                self._keypad.stop()
                self._line.leave(PARTING_SECONDS if self.call.left else GOODBYE_SECONDS)
            await self._line.closed.wait()

    async def come_back(self, line: Line) -> None:
        """Go on with the call on another line, since nobody outside has answered; returns when the line is closed."""
        self._line, self.dialled = line, None
        self.call.feed(CallerAsked())
        await self._serve(line, resumed=True)

    async def _serve(self, line: Line, *, resumed: bool) -> None:
        name = self.call.call_id
        line.socket.ids["call"] = name
        log.info("phone call", **line.socket.ids, resumed=resumed)
        await line.serve(self._listen(line, resumed=resumed), name)

    async def _listen(self, line: Line, *, resumed: bool) -> None:
        """Handle messages until the caller hangs up, the stream is lost, or none comes for too long."""
        if resumed:
            self._keypad.restore(self._memory.keys)
        else:
            self.call.feed(CallerAsked())  # a caller who has dialled expects to be greeted
        clock, holding = asyncio.get_running_loop().time, self.call.holding
        try:
            async with asyncio.timeout(self._idle) as limit:
                while not isinstance(message := await line.socket.next(), Stopped | None):
                    limit.reschedule(clock() + self._idle)
                    if holding is not None and holding.awaited:
                        holding.arrived()  # the tickets of the streams before this one are worth nothing now
                    self._handle(line, message)
        except TimeoutError:
            self.call.hang_up(Ending.IDLE, "idle")
        else:
            self.call.disconnected(lost=message is None and line.socket.lost)
        line.gone()

    def _handle(self, line: Line, message: StreamMessage) -> None:
        match message:
            case Spoken(payload=payload, ms=ms):
                self.call.spoke(payload, ms)
            case Marked(name=name):
                played = line.returned(name)
                if played is not None:
                    self._played(*played)
            case Pressed(digit=digit):
                if line.outstanding:
                    self.call.feed(CallerPressed())
                self._keypad.pressed(digit)

    def _played(self, item_id: str, ms: float) -> None:
        if self.call.caller.recording is not None:
            self.call.caller.recording.marked(item_id, ms)
        self._remember(Memory(self._memory.keys, (item_id, round(ms))))

    def _note(self, keys: str) -> None:
        self._remember(Memory(keys, self._memory.heard))

    def _remember(self, memory: Memory) -> None:
        """Write down, where another node finds it, what a further stream has to know."""
        self._memory = memory
        if self.comes_back and self.call.holding is not None:
            self.call.holding.journal.transport(memory.written(), now())

    def _typed(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        self.call.feed(CallerTyped({"id": make_id("item_"), "type": "message", "role": "user", "content": content}))
        self.call.feed(CallerAsked(patient=True))

    # --- the transport ---

    def play(self, item_id: str, frame: str) -> None:
        """Send the audio of a `response.output_audio.delta` frame, without decoding it."""
        try:
            payload = payload_of(frame)
            ms = ms_of(payload)
        except (ValueError, KeyError) as error:
            log.warning("invalid audio not sent", call=self.call.call_id, reason=str(error))
            return
        self._line.play(item_id, payload, ms)

    def stop(self) -> None:
        """Drop the audio that was not heard yet, and truncate each item at what was heard of it."""
        for item_id, ms in self._line.clear():
            self.call.feed(CallerTruncated(item_id, ms))
            self._remember(Memory(self._memory.keys, (item_id, ms)))

    def event_sent(self, event: Mapping[str, Any]) -> None:
        """Send a mark at the end of an item."""
        if event["type"] in ("response.output_audio.done", "response.done"):
            self._line.finish()

    def dial(self, effect: Dial) -> None:
        """Close the stream after the last words: the phone call asks what is next, and is told to call somebody."""
        self.dialled = effect
        self._keypad.stop()
        self._line.leave()
