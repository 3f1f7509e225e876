"""A caller over a real WebSocket, at the pace of speech: sends a frame each 20 ms, and plays what comes.

Who was heard when is what this caller plays and sends, not what the server takes it for.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from orchestrator.protocol.audio import PCM_RATE
from tests.interactions.scenes import Moment

FRAME = PCM_RATE // 50  # samples: 20 ms
BYTES_PER_SECOND = 2.0 * PCM_RATE
QUIET = 1.0  # seconds without sound after which an agent has finished
PATIENCE = 12.0  # seconds that an answer is waited for
LONGEST = 60.0  # seconds that an agent is listened to
SILENCE = np.zeros(FRAME, np.int16)
NOISE = 12.0  # the loudness of the line


@dataclass
class Heard:
    """What the caller has heard of the team: seconds of the call."""

    spoken: list[list[float]] = field(default_factory=list)  # stretches: begin and end
    item: str = ""  # what is played
    item_begins: float = 0.0

    @property
    def end(self) -> float:
        """When what has come will have been played."""
        return self.spoken[-1][1] if self.spoken else 0.0

    def play(self, item_id: str, seconds: float, now: float) -> None:
        """Play audio behind what is played already."""
        begins = max(now, self.end)
        if item_id != self.item:
            self.item, self.item_begins = item_id, begins
        if self.spoken and begins == self.end:
            self.spoken[-1][1] += seconds
        else:
            self.spoken.append([begins, begins + seconds])

    def stop(self, now: float) -> int | None:
        """Stop playing; returns how many milliseconds were heard of the item."""
        if self.end <= now:
            return None
        self.spoken[-1][1] = max(now, self.spoken[-1][0])
        return max(0, round(1000 * (now - self.item_begins)))


@dataclass(frozen=True)
class Uttered:
    """A moment, when it was heard: seconds of the call."""

    moment: Moment
    begins: float
    ends: float
    over: bool  # whether an agent was heard when it began


class Caller:
    """One call."""

    def __init__(self, socket: ClientConnection, seed: int) -> None:
        # The connection.
        self._socket = socket
        # What the agents say.
        self.heard = Heard()
        # What the caller has uttered.
        self.uttered: list[Uttered] = []
        # When the call began, by the loop's clock.
        self._began = asyncio.get_running_loop().time()
        # Frames that were sent.
        self._frames = 0
        # What the line sounds like when nobody speaks.
        self._random = np.random.default_rng(seed)
        # How many stretches the agents had spoken when the caller's last turn ended: a later one answers it.
        self._known = 0
        # Responses that are under way.
        self._busy: set[str] = set()

    @property
    def now(self) -> float:
        """Seconds since the call began."""
        return asyncio.get_running_loop().time() - self._began

    async def hold(self, moments: Iterable[Moment]) -> None:
        """Be greeted, and let the moments come."""
        reading = asyncio.get_running_loop().create_task(self._read())
        try:
            listening = {"input": {"transcription": {"model": "whisper-1"}}}
            await self._send("session.update", session={"type": "realtime", "audio": listening})
            await self._send("response.create")
            for moment in moments:
                await self._wait_for(moment.into)
                await self._utter(moment)
                await self._listen(moment.after)
            await self._wait_for(None)
        finally:
            reading.cancel()

    async def _wait_for(self, into: float | None) -> None:
        """Listen until the agent has spoken for so long, or has finished."""
        began = self.now
        while self.now < began + LONGEST:
            await self._listen(FRAME / PCM_RATE)
            speaks = self.heard.end > self.now
            if into is not None and speaks and self.now - self.heard.spoken[-1][0] >= into:
                return
            answered = len(self.heard.spoken) > self._known or self.now > began + PATIENCE
            if answered and not self._busy and self.now > max(self.heard.end, began) + QUIET:
                return

    async def _utter(self, moment: Moment) -> None:
        begins, over = self.now, self.heard.end > self.now
        whole = -(-len(moment.sound) // FRAME) * FRAME
        padded = np.pad(moment.sound, (0, whole - len(moment.sound)))
        for at in range(0, whole, FRAME):
            await self._frame(padded[at : at + FRAME])
        self.uttered.append(Uttered(moment, begins, begins + len(moment.sound) / PCM_RATE, over))
        self._known = len(self.heard.spoken) if moment.kind.is_turn else self._known

    async def _listen(self, seconds: float) -> None:
        for _ in range(round(seconds * PCM_RATE / FRAME)):
            await self._frame(SILENCE)

    async def _frame(self, samples: Any) -> None:
        line = self._random.standard_normal(FRAME) * NOISE
        sound = np.clip(samples + line, -32768, 32767).astype("<i2")
        await self._send("input_audio_buffer.append", audio=base64.b64encode(sound.tobytes()).decode())
        self._frames += 1
        await asyncio.sleep(max(0.0, self._frames * FRAME / PCM_RATE - self.now))

    async def _send(self, kind: str, **fields: Any) -> None:
        await self._socket.send(json.dumps({"type": kind, **fields}))

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for frame in self._socket:
                await self._take(json.loads(frame))

    async def _take(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "response.output_audio.delta":
                self.heard.play(event["item_id"], len(event["delta"]) * 3 / 4 / BYTES_PER_SECOND, self.now)
            case "input_audio_buffer.speech_started":
                item = self.heard.item
                if (ms := self.heard.stop(self.now)) is not None:
                    await self._send("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=ms)
            case "response.created":
                self._busy.add(event["response"]["id"])
            case "response.done":
                self._busy.discard(event["response"]["id"])
