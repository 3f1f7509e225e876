"""Twilio's end of a media stream: plays the audio it gets, at once or when the test says so, and returns the marks."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.patience import PATIENCE

STREAM = "MZ18ad3ab5a668481ce02b83e7395059f0"
CALL = "CA0123456789abcdef0123456789abcdef"
FRAME = base64.b64encode(bytes([0xD5]) * 160).decode()  # 20 ms that are not silent
Message = dict[str, Any]


class Phone:
    """A phone call. Audio and marks wait in order until they are played, as with Twilio."""

    def __init__(self, socket: ClientConnection, *, plays: str = "at once") -> None:
        self.socket = socket
        # When audio is played: "at once", or "by hand", when the test says so. "marks lost": by hand, and no mark comes
        # back.
        self._plays = plays
        # Every message from the gateway.
        self.messages: list[Message] = []
        # Audio and marks that have not been played.
        self.waiting: deque[Message] = deque()
        # Audio that the caller has heard.
        self.heard = b""
        # Messages sent.
        self._count = 0
        self._changed = asyncio.Condition()
        self.reading = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for frame in self.socket:
                await self._take(json.loads(frame))
        await self._note()

    async def _note(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _take(self, message: Message) -> None:
        assert message["streamSid"] == STREAM
        self.messages.append(message)
        if message["event"] == "clear":
            cleared, self.waiting = self.waiting, deque()
            for one in cleared:
                await self._return(one)
        else:
            self.waiting.append(message)
            if self._plays == "at once":
                await self.play()
        await self._note()

    async def sent_audio(self) -> None:
        """Wait until there is something to play."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.waiting)

    async def play(self, marks: int | None = None) -> None:
        """Play what waits, up to and including the given number of marks."""
        while self.waiting and marks != 0:
            message = self.waiting.popleft()
            if message["event"] == "media":
                self.heard += audio(message)
            else:
                marks = None if marks is None else marks - 1
                await self._return(message)

    async def _return(self, message: Message) -> None:
        if message["event"] == "mark" and self._plays != "marks lost":
            await self.send("mark", mark=message["mark"])

    async def send(self, event: str, **fields: Any) -> None:
        """Send a message; `fields` override the sequence number and stream that it would have."""
        self._count += 1
        numbered = {"event": event, "sequenceNumber": str(self._count), "streamSid": STREAM, **fields}
        with suppress(ConnectionClosed):
            await self.socket.send(json.dumps(numbered))

    async def start(self, **parameters: str) -> None:
        """Send what Twilio sends first."""
        await self.socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}')
        audio_format = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        start = {"accountSid": "AC1", "streamSid": STREAM, "callSid": CALL, "tracks": ["inbound"]}
        await self.send("start", start={**start, "mediaFormat": audio_format, "customParameters": parameters})

    async def speak(self, payload: str = FRAME, chunk: int = 1) -> None:
        """Send 20 ms of audio."""
        media = {"track": "inbound", "chunk": str(chunk), "timestamp": str(20 * chunk), "payload": payload}
        await self.send("media", media=media)

    async def press(self, digits: str) -> None:
        """Press keys of the keypad."""
        for digit in digits:
            await self.send("dtmf", dtmf={"track": "inbound_track", "digit": digit})

    async def hang_up(self) -> None:
        """End the phone call."""
        await self.send("stop", stop={"accountSid": "AC1", "callSid": CALL})

    def of(self, event: str) -> list[Message]:
        """Return the messages of a kind that have come so far."""
        return [message for message in self.messages if message["event"] == event]

    async def until(self, event: str, count: int = 1) -> Message:
        """Wait until `count` messages of a kind have come; returns the last of these."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: self.reading.done() or len(self.of(event)) >= count)
        found = self.of(event)
        assert len(found) >= count, f"{event} did not come {count} times; last: {self.messages[-1:]}"
        return found[count - 1]

    async def closed(self) -> int | None:
        """Wait for the close; returns its code."""
        await asyncio.wait_for(self.reading, PATIENCE)
        await asyncio.wait_for(self.socket.wait_closed(), PATIENCE)
        return self.socket.close_code


def audio(message: Message) -> bytes:
    """Return the bytes of a `media` message."""
    return base64.b64decode(message["media"]["payload"])


@asynccontextmanager
async def ringing(url: str, *, plays: str = "at once", **options: Any) -> AsyncIterator[Phone]:
    """Open a media stream as Twilio does, and send nothing yet; `url` is the server's, `ws://…`."""
    async with connect(f"{url}/twilio/stream", **options) as socket:
        phone = Phone(socket, plays=plays)
        yield phone
    await phone.reading


@asynccontextmanager
async def dialled(url: str, *, plays: str = "at once", **parameters: str) -> AsyncIterator[Phone]:
    """Call the team by telephone."""
    async with ringing(url, plays=plays) as phone:
        await phone.start(**parameters)
        yield phone
