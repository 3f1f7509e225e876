"""One client's connection to the scripted server.

Moves frames between a session and its socket, keeps the clock, and applies the faults that lie outside the protocol.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from orchestrator.errors import CallerError
from orchestrator.protocol.frames import parse_client_event
from orchestrator.testing.script import Script
from orchestrator.testing.session import ScriptedSession

WAIT_SECONDS = 10.0
Event = dict[str, Any]


class ScriptedConnection:
    """A connection as a test holds it: what the client has sent, and what happens next."""

    def __init__(self, socket: ServerConnection, number: int, script: Script, changed: asyncio.Condition) -> None:
        assert socket.request is not None
        # The socket, and the faults that apply to it.
        self._socket, self._faults = socket, script.faults
        # The headers of the handshake, with lower-case names.
        self.headers = {name.lower(): value for name, value in socket.request.headers.raw_items()}
        # The session.
        model = parse_qs(urlsplit(socket.request.path).query).get("model", [""])[0]
        self.session = ScriptedSession(number, model, script, expires_at=int(time.time() + script.faults.lasts))
        # Every client event, in order.
        self.received: list[Event] = []
        # Notified when a client event has been handled.
        self._changed = changed
        # Set when the session has something new to send.
        self._wake = asyncio.Event()
        # Frames written so far.
        self._written = 0
        # Set with each of them, and when no more will be written.
        self._progress = asyncio.Event()
        # Whether frames are being written; false before the connection is served, and once it is lost.
        self._writing = False

    @property
    def model(self) -> str:
        """The model that the client asked for."""
        return self.session.model

    @property
    def fields(self) -> Event:
        """The session object."""
        return self.session.fields

    # --- what the client sent ---

    def of(self, kind: str) -> list[Event]:
        """Return the client events of a type."""
        return [event for event in self.received if event.get("type") == kind]

    async def wait_for(self, kind: str, count: int = 1) -> Event:
        """Wait until a client event has arrived `count` times; returns the last of these.

        Raises TimeoutError after 10 seconds.
        """
        async with asyncio.timeout(WAIT_SECONDS), self._changed:
            await self._changed.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)[count - 1]

    # --- what happens next; each returns when it is written ---

    async def send(self, kind: str, **fields: Any) -> None:
        """Send any server event."""
        self.session.output.emit(kind, **fields)
        await self._flush()

    async def send_raw(self, frame: str | bytes) -> None:
        """Send any frame, whether or not it is an event."""
        self.session.output.frames.append(frame)
        await self._flush()

    async def error(self, code: str, message: str = "scripted") -> None:
        """Send an `error` event."""
        self.session.output.error(code, message)
        await self._flush()

    async def hear(self, words: str) -> str:
        """Let the caller say something, as turn detection hears it; returns the id of the item."""
        item_id = await self.hear_start()
        await self.hear_end(item_id, words)
        return item_id

    async def hear_start(self) -> str:
        """Let the caller start speaking, which interrupts the response; returns the id of the item."""
        item_id = self.session.hear_start()
        await self._flush()
        return item_id

    async def hear_end(self, item_id: str, words: str) -> None:
        """Let the caller stop speaking: the turn is committed, transcribed and, unless switched off, answered."""
        self.session.hear_end(item_id, words)
        await self._flush()

    def transcribe(self) -> None:
        """Let the transcripts come that `faults.transcription = "held"` holds back."""
        self.session.transcribe()
        self._wake.set()

    def release(self) -> None:
        """Let a held response go on."""
        self.session.release()
        self._wake.set()

    # --- the socket ---

    def write(self, data: bytes) -> None:
        """Write bytes below the WebSocket protocol, to break it."""
        self._socket.transport.write(data)

    async def ping(self) -> None:
        """Ping the client and wait for its answer."""
        await (await self._socket.ping())

    def drop(self) -> None:
        """Drop the connection without a close frame."""
        self._socket.transport.abort()

    def deafen(self) -> None:
        """Stop reading, so that not even a close frame is answered."""
        self._socket.transport.pause_reading()

    def listen(self) -> None:
        """Read again after `deafen`."""
        self._socket.transport.resume_reading()

    async def end(self, code: int, reason: str = "") -> None:
        """Close the connection with a code."""
        await self._socket.close(code, reason)

    async def gone(self) -> None:
        """Wait until the connection is closed."""
        await self._socket.wait_closed()

    # --- serving ---

    async def run(self) -> None:
        """Serve the session until the connection is lost."""
        loop = asyncio.get_running_loop()
        self._writing = True
        writing = loop.create_task(self._write(), name=f"scripted:{self.session.output.number}")
        writing.add_done_callback(self._stop)
        expiry = loop.call_later(self._faults.lasts, self._expire)
        try:
            if self._admitted():
                async for frame in self._socket:
                    await self._take(frame)
            await self._socket.wait_closed()
        finally:
            expiry.cancel()
            writing.cancel()

    def _admitted(self) -> bool:
        """Check model and key after the handshake, as the service does, and open the session or refuse it."""
        key = self._faults.key
        shown = self.headers.get("authorization", self.headers.get("api-key"))
        if key and shown not in (key, f"Bearer {key}"):
            self._close(3000, "invalid_api_key", "Incorrect API key provided.")
        elif not self.model:
            self._close(4000, "missing_model", "You must provide a model parameter.")
        elif "openai-beta" in self.headers:
            self._close(4000, "beta_api_shape_disabled", "The beta shape of this API is no longer supported.")
        elif not self._faults.silent:
            self.session.open()
        return self.session.closing is None

    def _expire(self) -> None:
        self._close(1001, "session_expired", "Your session hit the maximum duration.")

    def _close(self, code: int, error: str, message: str) -> None:
        self.session.close(code, error, message)
        self._wake.set()

    async def _take(self, frame: str | bytes) -> None:
        """Take one frame; a waiting test hears of it when its answer is written."""
        try:
            event = _parsed(frame)
        except CallerError as error:
            self.session.refuse(error)
        else:
            self.received.append(event)
            if event.get("type", "") == self._faults.drop_at:
                self.drop()
                return
            self._pass_on(event)
        await self._flush()
        async with self._changed:
            self._changed.notify_all()
        if self._faults.stalled and self.session.configured:
            self.deafen()
            await self.gone()

    def _pass_on(self, event: Event) -> None:
        """Give an event to the session, unless a fault comes between."""
        faults = self._faults
        match event.get("type"):
            case "session.update" if faults.refuse_update:
                error = CallerError("Unknown parameter.", code=faults.refuse_update, param="session.voice")
                self.session.refuse(error, event.get("event_id"))
            case "session.update" if faults.never_updated:
                pass
            case "session.update" if faults.unknown_events:
                self.session.receive(event)
                self.session.output.emit("ping")
                self.session.output.emit("response.unheard_of", response_id="resp_x")
            case "response.create" if faults.ignore_creates:
                faults.ignore_creates -= 1
            case _:
                self.session.receive(event)

    async def _write(self) -> None:
        """Write what the session has to say when it is due, at the speed at which the client reads."""
        loop = asyncio.get_running_loop()
        with suppress(ConnectionClosed):
            while True:
                frame = self.session.next_frame(loop.time())
                if frame is not None:
                    await self._socket.send(frame)
                    self._written += 1
                    self._progress.set()
                    await asyncio.sleep(0)  # a client that cancels must be heard between two frames
                elif self.session.closing is not None:
                    await self._socket.close(*self.session.closing)
                    return
                else:
                    await self._pause()

    def _stop(self, _: asyncio.Task[None]) -> None:
        self._writing = False
        self._progress.set()

    async def _pause(self) -> None:
        """Wait until the session has something to send."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self.session.due):
                await self._wake.wait()
        self._wake.clear()

    async def _flush(self) -> None:
        """Wait until all frames of this moment are written, or the connection is lost."""
        self._wake.set()
        enough = self._written + len(self.session.output.frames)
        while self._writing and self._written < enough:
            self._progress.clear()
            await self._progress.wait()


def _parsed(frame: str | bytes) -> Event:
    if isinstance(frame, bytes):
        raise CallerError("Binary frames are not accepted.", code="invalid_event")
    return parse_client_event(frame)
