"""A caller over a real WebSocket, at the pace of speech: sends a frame each 20 ms, and plays what comes."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from orchestrator.protocol.audio import PCM_RATE
from orchestrator.trials.voice.hearing import Hearing
from orchestrator.trials.voice.microphone import FRAME, Microphone
from orchestrator.trials.voice.voices import Samples, loud_part

STEP = FRAME / PCM_RATE  # seconds
EARLY = 0.25  # seconds before the end of what is said in which the end of the turn may be heard already
PATIENCE = 12.0  # seconds that the end of a turn, and then an answer, are waited for
SETTINGS = {"type": "realtime", "audio": {"input": {"transcription": {"model": "whisper-1"}}}}


class Expects(StrEnum):
    """What the caller waits for, before they have been answered."""

    NOTHING = "nothing"
    END_OF_TURN = "the end of the caller's turn"
    ANSWER = "an answer"


class VoiceCaller:
    """One call, from the side of its caller."""

    def __init__(self, socket: ClientConnection, seed: str) -> None:
        # The connection.
        self._socket = socket
        # What the team says.
        self.hearing = Hearing()
        # When the call began, by the loop's clock.
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()
        # What they say.
        self._microphone = Microphone(seed)
        # What they wait for, and until when.
        self._expects, self._until = Expects.NOTHING, 0.0
        # Set once the server has said something, and once the connection is closed.
        self.begun, self.over = asyncio.Event(), asyncio.Event()

    @property
    def now(self) -> float:
        """Seconds since the call began."""
        return self._clock() - self._began

    @property
    def expects(self) -> Expects:
        """What they wait for; they do not do so for long."""
        return Expects.NOTHING if self.over.is_set() or self.now > self._until else self._expects

    @property
    def unheard(self) -> float:
        """How many seconds it takes until all was heard that has come."""
        return 0.0 if self.over.is_set() else max(0.0, self.hearing.quiet_at - self.now)

    def _expect(self, what: Expects) -> None:
        self._expects, self._until = what, self.now + PATIENCE

    # --- what they do ---

    async def ask(self) -> None:
        """As a caller who has dialled, expect to be greeted."""
        await self._send("session.update", session=SETTINGS)
        self._expect(Expects.ANSWER)
        await self._send("response.create")

    async def say(self, speech: Samples, noise: Samples) -> None:
        """Say something at the pace of speech, with a noise behind it that lasts until the answer begins."""
        self._microphone.say(speech, noise)
        last = max(0.0, loud_part(speech)[1] / PCM_RATE - EARLY)
        await self.wait(last)
        self._expect(Expects.END_OF_TURN)
        while self._microphone.speaks and not self.over.is_set():
            await self.wait(STEP)

    async def type(self, words: str) -> None:
        """Send words as a message, interrupting what is played, and expect an answer."""
        if self.unheard:
            await self._interrupt()
            await self._send("response.cancel")
        content = [{"type": "input_text", "text": words}]
        self._expect(Expects.ANSWER)
        await self._send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
        await self._send("response.create")

    async def wait(self, seconds: float) -> None:
        """Let time pass, unless the call ends meanwhile."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), seconds)

    async def hang_up(self) -> None:
        """End the call."""
        await self._socket.close()

    async def send_audio(self) -> None:
        """Send a frame each 20 ms for as long as the call lasts: what is said, what is behind it, and the line."""
        due = self._clock()
        while not self.over.is_set():
            await self._send("input_audio_buffer.append", audio=base64.b64encode(self._microphone.frame()).decode())
            due += STEP
            await asyncio.sleep(max(0.0, due - self._clock()))

    # --- what happens to them ---

    async def read(self) -> None:
        """Take what comes, until the call is over."""
        try:
            with suppress(ConnectionClosed):
                async for frame in self._socket:
                    await self._take(json.loads(frame))
        finally:
            self.over.set()
            self.begun.set()

    async def _take(self, event: Mapping[str, Any]) -> None:
        self.begun.set()
        self.hearing.take(event, self.now)
        match event["type"]:
            case "input_audio_buffer.speech_started":
                self._expect(Expects.END_OF_TURN)
                await self._interrupt()
            case "input_audio_buffer.speech_stopped" if self._expects is Expects.END_OF_TURN:
                self._expect(Expects.ANSWER)
            case "output_audio_buffer.cleared":
                await self._interrupt()  # somebody else is heard next
            case "response.created" if self._expects is Expects.ANSWER:
                self._expects = Expects.NOTHING
                self._microphone.quieten()

    async def _interrupt(self) -> None:
        for item_id, ms in self.hearing.stop(self.now):
            await self._send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=ms)

    async def _send(self, kind: str, **fields: Any) -> None:
        with suppress(ConnectionClosed):
            await self._socket.send(json.dumps({"type": kind, **fields}))
