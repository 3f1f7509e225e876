"""A caller who speaks to a team over a real WebSocket, in simulated time.

The caller's audio goes the way of every call's: turn detection, the end of the turn, Whisper, the router. A frame is
sent when the one before was heard, and recognition takes no time, so that a turn ends at the same frame on
every machine. Replies are played at the pace of speech: who goes on speaking interrupts them.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from orchestrator.gateway.calls import Calls
from orchestrator.local.listening import Listening
from orchestrator.local.speech.turns import Change
from orchestrator.protocol.audio import PCM_RATE
from orchestrator.trials.voice.voices import Samples
from tests.evaluation import voices
from tests.evaluation.caller import Caller
from tests.evaluation.dialogues import Turn
from tests.patience import PATIENCE

FRAME_MS = 32  # one step of turn detection
FRAME = PCM_RATE * FRAME_MS // 1000  # samples
BEFORE, AFTER = 300, 2500  # milliseconds of silence before a caller speaks, and after it at most
BYTES_PER_MS = 2 * PCM_RATE // 1000
ENDED = "input_audio_buffer.speech_stopped"
SAID = "response.output_audio_transcript.done"
HEARD = "conversation.item.input_audio_transcription.completed"


class Pace:
    """Tells how far the sessions have heard what was sent."""

    def __init__(self) -> None:
        # Frames that were heard.
        self._frames = 0
        # Set at each of them.
        self._heard = asyncio.Event()
        # What happened to the caller's turn since the last frame that was waited for.
        self.changes: list[Change] = []

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Let sessions wait for recognition at each frame, and tell what they hear."""
        append = Listening.append

        async def paced(listening: Listening, data: bytes, changed: Callable[[Change], None]) -> None:
            def noted(change: Change) -> None:
                self.changes.append(change)
                changed(change)

            await append(listening, data, noted)
            if recognizing := listening.recognizing:
                await asyncio.wait(recognizing)
            self._frames += 1
            self._heard.set()

        with patch.object(Listening, "append", paced):
            yield

    async def after(self, sending: Coroutine[Any, Any, None]) -> list[Change]:
        """Send a frame, and return what it changed."""
        before = self._frames
        self.changes = []
        await sending
        async with asyncio.timeout(PATIENCE):
            while self._frames == before:
                self._heard.clear()
                await self._heard.wait()
        return self.changes


class SpokenCaller(Caller):
    """One call."""

    def __init__(self, socket: ClientConnection, calls: Calls, pace: Pace, voice: str) -> None:
        super().__init__(socket, calls, SAID)
        # How far what was sent is heard.
        self._pace = pace
        # Who speaks.
        self._voice = voice
        # Where the events of the last thing said begin.
        self._since = 0
        # Milliseconds of the call since the greeting.
        self._now = 0
        # The items that are played, and when each begins and ends.
        self._playing: list[tuple[str, int, int]] = []
        # Milliseconds between the end of each turn's speech and the moment when the turn was over.
        self.waits: list[int] = []
        # Turns that were taken for finished too early.
        self.cut_off = 0

    async def say(self, turn: Turn) -> str:
        """Speak, and listen to the reply; returns what the team says until it has finished."""
        self._since = len(self._events)
        speech = voices.say(turn.spoken or turn.caller, self._voice)
        silent = [np.zeros(ms * PCM_RATE // 1000, np.int16) for ms in (BEFORE, AFTER)]
        audio = np.concatenate((silent[0], speech, silent[1]))
        end_ms = BEFORE + len(speech) * 1000 // PCM_RATE
        await self._hear_out()
        for start in range(0, len(audio), FRAME):
            changes = await self._pace.after(self._send_audio(audio[start : start + FRAME]))
            at_ms = (start + FRAME) * 1000 // PCM_RATE
            self._now += FRAME_MS
            if Change.STARTED in changes:
                await self._interrupt()
            if Change.STOPPED not in changes:
                continue
            mark = len(self._events)
            await self._until_finished(mark)
            self._play(mark)
            if at_ms >= end_ms:
                self.waits.append(at_ms - end_ms)
                break
            self.cut_off += 1
        return self._said(self._since)

    def hear_greeting(self) -> None:
        """Begin to play what the team has said by itself."""
        self._play(0)

    async def _hear_out(self) -> None:
        """Listen until what is played has ended, in silence, as a caller's line goes on meanwhile."""
        left_ms = max((end for _, _, end in self._playing), default=0) - self._now
        if left_ms > 0:
            await self._pace.after(self._send_audio(np.zeros(left_ms * PCM_RATE // 1000, np.int16)))
            self._now += left_ms

    @property
    def heard(self) -> str:
        """What was heard last; more than one turn if the caller was cut off."""
        return " | ".join(str(event["transcript"]) for event in self._events[self._since :] if event["type"] == HEARD)

    def _has_finished(self, since: int) -> bool:
        """Return whether the greeting, or the turn that ended after that event, is over."""
        if self._now == 0:
            return super()._has_finished(since)
        ends = [at for at in range(since, len(self._events)) if self._events[at]["type"] == ENDED]
        return bool(ends) and super()._has_finished(ends[-1])

    async def _send_audio(self, samples: Samples) -> None:
        await self._send("input_audio_buffer.append", audio=base64.b64encode(samples.tobytes()).decode())

    def _play(self, since: int) -> None:
        """Play the audio that has come."""
        for event in self._events[since:]:
            if event["type"] != "response.output_audio.delta":
                continue
            length = len(base64.b64decode(event["delta"])) // BYTES_PER_MS
            start = max([self._now, *(end for _, _, end in self._playing)])
            if self._playing and self._playing[-1][0] == event["item_id"]:
                item, first, end = self._playing.pop()
                self._playing.append((item, first, end + length))
            else:
                self._playing.append((str(event["item_id"]), start, start + length))

    async def _interrupt(self) -> None:
        """Stop what is played, and tell how much of it was heard."""
        for item, start, end in self._playing:
            if end > self._now:
                heard = max(0, self._now - start)
                await self._send("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=heard)
        self._playing.clear()


@asynccontextmanager
async def calling(url: str, team: str, calls: Calls, voice: str, pace: Pace) -> AsyncIterator[SpokenCaller]:
    """Call a team, and let it greet."""
    async with connect(f"{url}/v1/realtime?model={team}&events=team", max_size=None) as socket:
        caller = SpokenCaller(socket, calls, pace, voice)
        listening = {"input": {"transcription": {"model": "whisper-1"}}}
        await caller.update({"type": "realtime", "audio": listening})
        await caller.listen()
        caller.hear_greeting()
        yield caller
