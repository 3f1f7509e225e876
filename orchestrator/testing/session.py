"""One session of the scripted server: the GA protocol from the service's side."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from orchestrator.errors import CallerError
from orchestrator.protocol.audio import bytes_per_ms
from orchestrator.testing.client_events import check, decoded, parsed
from orchestrator.testing.conversation import Conversation
from orchestrator.testing.ear import PAUSE_MS, Ear
from orchestrator.testing.response import ScriptedResponse
from orchestrator.testing.session_object import check_response, defaults, updated

if TYPE_CHECKING:
    from orchestrator.testing.server import ScriptedRealtime

WAIT_SECONDS = 10.0
LEAST_MS = 100.0  # of audio in a turn that is committed by hand
TRANSCRIPTION = "conversation.item.input_audio_transcription"
Event = dict[str, Any]


class ScriptedSession:
    """One session of the scripted server."""

    def __init__(self, server: ScriptedRealtime, socket: ServerConnection, number: int) -> None:
        assert socket.request is not None
        # Whose it is.
        self.server, self._socket, self._number = server, socket, number
        # Numbers ids and pieces of audio.
        self._count, self._sounds = 0, 0
        # The model asked for, and the headers of the handshake.
        self.model = parse_qs(urlsplit(socket.request.path).query).get("model", [""])[0]
        self.headers = {name.lower(): value for name, value in socket.request.headers.raw_items()}
        # Every client event, in order.
        self.received: list[Event] = []
        # The session object; `configured` once it was updated.
        self.fields: Event = defaults(self.new_id("sess"), self.model)
        self.fields["expires_at"] = int(time.time() + server.faults.lasts)
        self.configured = False
        # Its items.
        self.conversation = Conversation()
        self.conversation_id = f"conv_s{number}"
        # Milliseconds of the caller's audio that are not committed.
        self._heard_ms = 0.0
        # Listens to the caller's audio, if the server does; the item of the turn that it hears.
        self._ear = Ear() if server.ears else None
        self._turn = ""
        # Id of a spoken item → its words.
        self._words: dict[str, str] = {}
        # The response that runs.
        self._response: ScriptedResponse | None = None
        # Everything that runs beside the reading of the socket.
        self._tasks: set[asyncio.Task[None]] = set()
        # Set to let a held transcript come.
        self._transcribed = asyncio.Event()

    def new_id(self, kind: str) -> str:
        """Make an id that names the session: `item_s2_17`."""
        self._count += 1
        return f"{kind}_s{self._number}_{self._count}"

    # --- for tests ---

    def of(self, kind: str) -> list[Event]:
        """Return the client events of a type."""
        return [event for event in self.received if event["type"] == kind]

    async def wait_for(self, kind: str, count: int = 1) -> Event:
        """Wait until a client event has come so many times; returns that one."""
        async with asyncio.timeout(WAIT_SECONDS), self.server.changed:
            await self.server.changed.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)[count - 1]

    async def send(self, kind: str, **fields: Any) -> None:
        """Send any server event."""
        await self._socket.send(json.dumps({"type": kind, "event_id": self.new_id("event"), **fields}))

    async def send_raw(self, frame: str | bytes) -> None:
        """Send anything at all."""
        await self._socket.send(frame)

    async def error(
        self, code: str, message: str = "scripted", event_id: str | None = None, param: str | None = None
    ) -> None:
        """Send an `error` event."""
        told = {"type": "invalid_request_error", "code": code, "message": message}
        await self.send("error", error={**told, "param": param, "event_id": event_id})

    async def hear(self, text: str) -> str:
        """Let turn detection hear the caller say something; returns the item's id."""
        item_id = await self.hear_start()
        await self.hear_end(item_id, text)
        return item_id

    def last(self) -> tuple[Event, str]:
        """Return the last item (nothing, at first) and its words: text, transcript or output."""
        item: Event = next(reversed(self.conversation.items.values()), {})
        parts = item.get("content") or ()
        text = " ".join(part.get("text") or part.get("transcript") or "" for part in parts)
        return item, self._words.get(item.get("id", ""), text) or item.get("output", "")

    async def hear_start(self, at_ms: int = 0) -> str:
        """Begin a turn: `speech_started`, which interrupts a response that runs."""
        item_id = self.new_id("item")
        await self.send("input_audio_buffer.speech_started", item_id=item_id, audio_start_ms=at_ms)
        if self._response is not None and self._detection().get("interrupt_response", True):
            await self._response.cancel("turn_detected")
        return item_id

    async def hear_end(self, item_id: str, text: str, at_ms: int = 800) -> None:
        """End a turn: stopped, committed, transcribed, and a response unless that is switched off."""
        await self.send("input_audio_buffer.speech_stopped", item_id=item_id, audio_end_ms=at_ms)
        transcribing = await self._commit(item_id, text)
        if self._detection().get("create_response", True) and self._response is None:
            self._respond({})
        await asyncio.sleep(0)
        if self.server.faults.transcription != "held":
            await transcribing

    def transcribe(self) -> None:
        """Let a held transcript come."""
        self._transcribed.set()

    def release(self) -> None:
        """Let a held response go on."""
        assert self._response is not None, "no response is held"
        self._response.release()

    def drop(self) -> None:
        """Drop the connection without a word."""
        self._socket.transport.abort()

    def deafen(self) -> None:
        """Read nothing more, so that not even a close frame is answered."""
        self._socket.transport.pause_reading()

    def listen(self) -> None:
        """Read again after `deafen`."""
        self._socket.transport.resume_reading()

    async def gone(self) -> None:
        """Wait until the other side has closed the connection."""
        await self._socket.wait_closed()

    async def end(self, code: int, reason: str = "") -> None:
        """Close the connection with a code."""
        await self._socket.close(code, reason)

    def audio(self, ms: int) -> str:
        """Return base64 of audio in the session's output format that says whose it is, and which piece.

        The first two bytes are the session's number, the next two that of the piece, both little-endian; the number
        fills the rest.
        """
        self._sounds += 1
        rate = bytes_per_ms(self.fields["audio"]["output"]["format"]["type"])
        number, piece = self._number.to_bytes(2, "little"), (self._sounds % 0x10000).to_bytes(2, "little")
        return base64.b64encode(number + piece + number * (rate * ms // 2 - 2)).decode()

    # --- the protocol ---

    def _detection(self) -> Mapping[str, Any]:
        return self.fields["audio"]["input"]["turn_detection"] or {"create_response": False}

    async def run(self) -> None:
        """Serve the session to its end."""
        try:
            refusal = self._refusal()
            if refusal is not None:
                await self.error(refusal[0], refusal[1])
                await self._socket.close(refusal[2], refusal[0])
                return
            self._start(self._grow_old(self.server.faults.lasts))
            if not self.server.faults.silent:
                await self.send("session.created", session=self.fields)
            async for frame in self._socket:
                await self._take(frame)
        finally:
            for task in self._tasks:
                task.cancel()

    async def _grow_old(self, seconds: float) -> None:
        """End the session when its time is over."""
        await asyncio.sleep(seconds)
        await self.error("session_expired", "Your session hit the maximum duration.")
        await self._socket.close(1001, "session_expired")

    def _refusal(self) -> tuple[str, str, int] | None:
        """Check model and key, as the service does it, after the handshake: code, message, close code."""
        key = self.server.faults.key
        shown = self.headers.get("authorization", self.headers.get("api-key"))
        if key and shown not in (key, f"Bearer {key}"):
            return "invalid_api_key", "Incorrect API key provided.", 3000
        if not self.model:
            return "missing_model", "You must provide a model parameter.", 4000
        if "openai-beta" in self.headers:
            return "beta_api_shape_disabled", "The beta shape of this API is gone.", 4000
        return None

    async def _take(self, frame: str | bytes) -> None:
        """Take one client event; what is wrong with it is answered by an `error` that names its `event_id`."""
        event: Event = {}
        faults = self.server.faults
        try:
            event = parsed(frame)
            self.received.append(event)
            if faults.drop_at == event["type"]:
                self.drop()
                return
            check(event)
            await self._handle(event)
        except CallerError as error:
            await self.error(error.code, str(error), event.get("event_id"), error.param)
        await self.server.note()
        if faults.stalled and self.configured:
            self.deafen()
            await self.gone()

    async def _handle(self, event: Event) -> None:
        match event["type"]:
            case "session.update":
                await self._update(event)
            case "response.create":
                await self._create(event.get("response") or {})
            case "response.cancel":
                if self._response is None or event.get("response_id", self._response.id) != self._response.id:
                    raise CallerError("Cancellation failed: no active response.", code="response_cancel_not_active")
                await self._response.cancel("client_cancelled")
            case kind if kind.startswith("conversation.item."):
                await self._handle_item(event)
            case kind if kind.startswith("input_audio_buffer."):
                await self._handle_audio(event)

    async def _handle_item(self, event: Event) -> None:
        match event["type"].rpartition(".")[2]:
            case "create":
                item = {"id": self.new_id("item"), **event["item"]}
                kept = self.conversation.create(item, event.get("previous_item_id"))
                await self.show("added", kept)
                await self.show("done", kept)
            case "retrieve":
                await self.send("conversation.item.retrieved", item=self.conversation.retrieve(event["item_id"]))
            case "delete":
                self.conversation.delete(event["item_id"])
                await self.send("conversation.item.deleted", item_id=event["item_id"])
            case "truncate":
                cut = {key: event[key] for key in ("item_id", "content_index", "audio_end_ms")}
                self.conversation.truncate(cut["item_id"], cut["audio_end_ms"])
                await self.send("conversation.item.truncated", **cut)

    async def _handle_audio(self, event: Event) -> None:
        match event["type"].rpartition(".")[2]:
            case "append":
                data = decoded(event["audio"])
                self._heard_ms += len(data) / bytes_per_ms(self.fields["audio"]["input"]["format"]["type"])
                if self._ear is not None:
                    await self._listen(self._ear, data)
            case "commit":
                if self._heard_ms < LEAST_MS:
                    message = f"Error committing input audio buffer: expected at least {LEAST_MS:.0f}ms of audio."
                    raise CallerError(message, code="input_audio_buffer_commit_empty")
                words = self.server.ears(self._ear.cut()) if self.server.ears and self._ear else self.server.words
                await self._commit(self.new_id("item"), words)
            case "clear":
                self._heard_ms = 0.0
                if self._ear is not None:
                    self._ear.cut()
                await self.send("input_audio_buffer.cleared")

    async def _listen(self, ear: Ear, pcm: bytes) -> None:
        """Let turn detection, if it is on, find the caller's turns."""
        detection = self.fields["audio"]["input"]["turn_detection"]
        for started in ear.take(pcm, detection and detection.get("silence_duration_ms", PAUSE_MS)):
            if started:
                self._turn = await self.hear_start(ear.at_ms)
            else:
                assert self.server.ears is not None
                await self.hear_end(self._turn, self.server.ears(ear.cut()), ear.at_ms)

    async def _update(self, event: Event) -> None:
        faults = self.server.faults
        if faults.refuse_update:
            raise CallerError("Unknown parameter.", code=faults.refuse_update, param="session.voice")
        if faults.never_updated:
            return
        self.fields = updated(self.fields, event["session"], spoken=self.conversation.spoken)
        self.configured = True
        await self.send("session.updated", session=self.fields)
        if faults.unknown_events:
            await self.send("ping")
            await self.send("response.unheard_of", response_id="resp_x")

    async def show(self, step: str, item: Event) -> None:
        """Send `conversation.item.added` or `.done`."""
        place = self.conversation.before(item["id"])
        await self.send(f"conversation.item.{step}", item=item, previous_item_id=place)

    async def _commit(self, item_id: str, text: str) -> asyncio.Task[None]:
        """Make the caller's words an item; returns the task that brings its transcript."""
        self._heard_ms = 0.0
        self._words[item_id] = text
        before = next(reversed(self.conversation.items), None)
        await self.send("input_audio_buffer.committed", item_id=item_id, previous_item_id=before)
        content = [{"type": "input_audio", "transcript": None}]
        known = {"object": "realtime.item", "type": "message", "role": "user", "status": "completed"}
        item = self.conversation.append({"id": item_id, **known, "content": content})
        await self.show("added", item)
        await self.show("done", item)
        return self._start(self._transcribe(item_id, text))

    async def _transcribe(self, item_id: str, text: str) -> None:
        how = self.server.faults.transcription
        if how == "off" or self.fields["audio"]["input"]["transcription"] is None:
            return
        with suppress(ConnectionClosed):
            if how == "failed":
                error = {"type": "transcription_error", "code": "audio_unintelligible", "message": "scripted"}
                await self.send(f"{TRANSCRIPTION}.failed", item_id=item_id, content_index=0, error=error)
                return
            if how == "held":
                await self._transcribed.wait()
            usage = {"type": "duration", "seconds": 0.8}
            told = {"item_id": item_id, "content_index": 0, "transcript": text, "usage": usage}
            await self.send(f"{TRANSCRIPTION}.completed", **told)

    async def _create(self, options: Event) -> None:
        check_response(options)
        faults = self.server.faults
        if faults.ignore_creates:
            faults.ignore_creates -= 1
        elif options.get("conversation") != "none" and self._response is not None:
            message = "Conversation already has an active response in progress."
            raise CallerError(message, code="conversation_already_has_active_response")
        else:
            self._respond(options)

    def _respond(self, options: Event) -> None:
        response = ScriptedResponse(self, self.server.next_reply(self, options), options)
        if not response.aside:
            self._response = response
        self._start(response.give())

    def finished(self, response: ScriptedResponse) -> None:
        """Let another response begin."""
        if self._response is response:
            self._response = None

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
