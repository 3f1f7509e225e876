"""One session of the scripted server: the GA protocol from the service's side."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from orchestrator.testing.script import FunctionCall, Reply, Say

if TYPE_CHECKING:
    from orchestrator.testing.server import ScriptedRealtime

CHUNK_MS = 100  # of audio in one delta
WAIT_SECONDS = 10.0
Event = dict[str, Any]
USAGE = {
    "total_tokens": 10,
    "input_tokens": 6,
    "output_tokens": 4,
    "input_token_details": {"text_tokens": 6, "audio_tokens": 0, "image_tokens": 0, "cached_tokens": 0},
    "output_token_details": {"text_tokens": 2, "audio_tokens": 2},
}


class ScriptedSession:
    """One session of the scripted server."""

    def __init__(self, server: ScriptedRealtime, socket: ServerConnection, number: int) -> None:
        assert socket.request is not None
        # Whose it is.
        self.server, self._socket, self._number = server, socket, number
        # The model asked for, and the headers of the handshake.
        self.model = parse_qs(urlsplit(socket.request.path).query).get("model", [""])[0]
        self.headers = {name.lower(): value for name, value in socket.request.headers.raw_items()}
        # Every client event, in order.
        self.received: list[Event] = []
        # The session object; `configured` once it was updated.
        self.fields: Event = {"type": "realtime", "object": "realtime.session", "id": self._id("sess"), "audio": {}}
        self.configured = False
        # Items of the conversation.
        self.items: dict[str, Event] = {}
        # The response that runs, and its task.
        self._active: str | None = None
        self._task: asyncio.Task[None] | None = None
        # Everything that runs beside the reading of the socket.
        self._tasks: set[asyncio.Task[None]] = set()
        # Where the last audio belonged, and the reply it was part of.
        self._place: Event = {}
        self._reply = Reply()
        # Set to let a held response, or a held transcript, go on.
        self._released, self._transcribed = asyncio.Event(), asyncio.Event()
        # Numbers ids and events.
        self._count = 0

    def _id(self, kind: str) -> str:
        self._count = getattr(self, "_count", 0) + 1
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
        await self._socket.send(json.dumps({"type": kind, "event_id": self._id("event"), **fields}))

    async def send_raw(self, frame: str | bytes) -> None:
        """Send anything at all."""
        await self._socket.send(frame)

    async def error(
        self, code: str, message: str = "scripted", event_id: str | None = None, param: str | None = None
    ) -> None:
        """Send an `error` event."""
        error = {
            "type": "invalid_request_error",
            "code": code,
            "message": message,
            "param": param,
            "event_id": event_id,
        }
        await self.send("error", error=error)

    async def hear(self, text: str) -> str:
        """Let turn detection hear the caller say something; returns the item's id."""
        item_id = await self.hear_start()
        await self.hear_end(item_id, text)
        return item_id

    async def hear_start(self) -> str:
        """Begin a turn: `speech_started`, which interrupts a response that runs."""
        item_id = self._id("item")
        await self.send("input_audio_buffer.speech_started", item_id=item_id, audio_start_ms=0)
        if self._active and self._detection().get("interrupt_response", True):
            await self._cancel("turn_detected")
        return item_id

    async def hear_end(self, item_id: str, text: str) -> None:
        """End a turn: stopped, committed, transcribed, and a response unless that is switched off."""
        await self.send("input_audio_buffer.speech_stopped", item_id=item_id, audio_end_ms=800)
        await self.send("input_audio_buffer.committed", item_id=item_id, previous_item_id=None)
        content = [{"type": "input_audio", "transcript": None}]
        await self._add({"id": item_id, "type": "message", "role": "user", "status": "completed", "content": content})
        transcribing = self._start(self._transcribe(item_id, text))
        if self._detection().get("create_response", True) and self._active is None:
            self._begin({})
        await asyncio.sleep(0)
        if self.server.faults.transcription != "held":
            await transcribing

    def transcribe(self) -> None:
        """Let a held transcript come."""
        self._transcribed.set()

    def release(self) -> None:
        """Let a held response go on."""
        self._released.set()

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

    # --- the protocol ---

    def _detection(self) -> Mapping[str, Any]:
        return self.fields["audio"].get("input", {}).get("turn_detection") or {}

    async def run(self) -> None:
        """Serve the session to its end."""
        faults = self.server.faults
        if faults.key and self.headers.get("authorization", self.headers.get("api-key")) not in (
            faults.key,
            f"Bearer {faults.key}",
        ):
            await self.error("invalid_api_key", "Incorrect API key provided.")
            await self._socket.close(3000, "invalid_api_key")
            return
        if not faults.silent:
            await self.send("session.created", session=self.fields)
        async for frame in self._socket:
            event = json.loads(frame)
            self.received.append(event)
            if faults.drop_at == event["type"]:
                self.drop()
                return
            await self._handle(event)
            await self.server.note()
            if faults.stalled and self.configured:
                self.deafen()
                await self.gone()

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _handle(self, event: Event) -> None:
        match event["type"]:
            case "session.update":
                await self._update(event)
            case "conversation.item.create":
                item = {"id": self._id("item"), "status": "completed", **event["item"]}
                if item["id"] in self.items:
                    await self.error("item_create_duplicate_item_id", event_id=event.get("event_id"), param="item.id")
                else:
                    await self._add(item)
            case "conversation.item.retrieve" | "conversation.item.delete" | "conversation.item.truncate":
                await self._touch(event)
            case "response.create":
                await self._create(event)
            case "response.cancel":
                if self._active is None:
                    await self.error("response_cancel_not_active", event_id=event.get("event_id"))
                else:
                    await self._cancel("client_cancelled")
            case "input_audio_buffer.commit":
                await self.send("input_audio_buffer.committed", item_id=self._id("item"), previous_item_id=None)
            case "input_audio_buffer.clear":
                await self.send("input_audio_buffer.cleared")
            case "input_audio_buffer.append":
                pass
            case kind:
                await self.error("invalid_value", f"Invalid value: {kind!r}.", event.get("event_id"), "type")

    async def _update(self, event: Event) -> None:
        faults = self.server.faults
        if faults.refuse_update:
            await self.error(faults.refuse_update, "Unknown parameter.", event.get("event_id"), "session.voice")
        elif not faults.never_updated:
            self.fields = {**self.fields, **event["session"]}
            self.configured = True
            await self.send("session.updated", session=self.fields)
            if faults.unknown_events:
                await self.send("ping")
                await self.send("response.unheard_of", response_id="resp_x")

    async def _add(self, item: Event) -> None:
        before = next(reversed(self.items), None)
        self.items[item["id"]] = {"object": "realtime.item", **item}
        shown = self.items[item["id"]]
        await self.send("conversation.item.added", item=shown, previous_item_id=before)
        await self.send("conversation.item.done", item=shown, previous_item_id=before)

    async def _touch(self, event: Event) -> None:
        verb, item_id = event["type"].rpartition(".")[2], event["item_id"]
        if item_id not in self.items:
            await self.error(f"item_{verb}_invalid_item_id", event_id=event.get("event_id"), param="item_id")
        elif verb == "retrieve":
            await self.send("conversation.item.retrieved", item=self.items[item_id])
        elif verb == "delete":
            del self.items[item_id]
            await self.send("conversation.item.deleted", item_id=item_id)
        else:
            place = {"content_index": 0, "audio_end_ms": event["audio_end_ms"]}
            await self.send("conversation.item.truncated", item_id=item_id, **place)

    async def _transcribe(self, item_id: str, text: str) -> None:
        kind = "conversation.item.input_audio_transcription"
        match self.server.faults.transcription:
            case "failed":
                error = {"type": "transcription_error", "code": "audio_unintelligible", "message": "scripted"}
                await self.send(f"{kind}.failed", item_id=item_id, content_index=0, error=error)
            case "on" | "held" as how:
                if how == "held":
                    await self._transcribed.wait()
                usage = {"type": "duration", "seconds": 0.8}
                await self.send(f"{kind}.completed", item_id=item_id, content_index=0, transcript=text, usage=usage)

    # --- responses ---

    async def _create(self, event: Event) -> None:
        if self.server.faults.ignore_creates:
            self.server.faults.ignore_creates -= 1
        elif (event.get("response") or {}).get("conversation") == "none":
            self._start(self._respond(self.server.next_reply(self.model), event["response"], aside=True))
        elif self._active is not None:
            message = "Conversation already has an active response in progress."
            await self.error("conversation_already_has_active_response", message, event.get("event_id"))
        else:
            self._begin(event.get("response") or {})

    def _begin(self, options: Event) -> None:
        self._active = self._id("resp")
        self._released.clear()
        self._reply = self.server.next_reply(self.model)
        self._task = self._start(self._respond(self._reply, options, aside=False))

    async def _respond(self, reply: Reply, options: Event, *, aside: bool) -> None:
        response_id = self._id("resp") if aside else str(self._active)
        output: list[Event] = []
        text = options.get("output_modalities") == ["text"]
        with suppress(ConnectionClosed):
            await self.send("response.created", response=self._response(response_id, "in_progress", output, options))
            for index, said in enumerate(reply.items):
                if reply.held and index == len(reply.items) - 1:
                    await self._released.wait()
                if isinstance(said, Say):
                    output.append(await self._speak(response_id, index, said, text))
                else:
                    output.append(await self._call(response_id, index, said))
            status = "failed" if reply.fails else "completed"
            if not aside:
                self._active = None
            done = self._response(response_id, status, output, options, reply.fails)
            await self.send("response.done", response=done)

    def _response(
        self, response_id: str, status: str, output: list[Event], options: Event, error: str | None = None
    ) -> Event:
        details: Event | None = {"type": status, "error": {"type": "server_error", "code": error}} if error else None
        return {
            "id": response_id,
            "object": "realtime.response",
            "status": status,
            "status_details": details,
            "output": list(output),
            "output_modalities": options.get("output_modalities", ["audio"]),
            "conversation_id": None if options.get("conversation") == "none" else f"conv_s{self._number}",
            "metadata": options.get("metadata"),
            "usage": None if status == "in_progress" else USAGE,
        }

    async def _speak(self, response_id: str, index: int, said: Say, text: bool) -> Event:
        item: Event = {"id": self._id("item"), "object": "realtime.item", "type": "message", "role": "assistant"}
        place = {"response_id": response_id, "item_id": item["id"], "output_index": index, "content_index": 0}
        self._place = place
        opened = {**item, "status": "in_progress", "content": []}
        await self.send("response.output_item.added", response_id=response_id, output_index=index, item=opened)
        await self.send("conversation.item.added", item=opened, previous_item_id=next(reversed(self.items), None))
        words, part, name = (
            ("text", "text", "output_text") if text else ("transcript", "audio", "output_audio_transcript")
        )
        await self.send("response.content_part.added", **place, part={"type": part, words: ""})
        await self.send(f"response.{name}.delta", **place, delta=said.text)
        if not text:
            for _ in range(0, said.ms, CHUNK_MS):
                await self.send("response.output_audio.delta", **place, delta=self.audio(CHUNK_MS))
                await asyncio.sleep(0)
            await self.send("response.output_audio.done", **place)
        await self.send(f"response.{name}.done", **place, **{words: said.text})
        await self.send("response.content_part.done", **place, part={"type": part, words: said.text})
        done = {**item, "status": "completed", "content": [{"type": f"output_{part}", words: said.text}]}
        self.items[done["id"]] = done
        await self.send("conversation.item.done", item=done, previous_item_id=None)
        await self.send("response.output_item.done", response_id=response_id, output_index=index, item=done)
        return done

    async def _call(self, response_id: str, index: int, said: FunctionCall) -> Event:
        item = {"id": self._id("item"), "object": "realtime.item", "type": "function_call"}
        known = {"call_id": self._id("call"), "name": said.name}
        opened = {**item, **known, "status": "in_progress", "arguments": ""}
        place = {"response_id": response_id, "item_id": item["id"], "output_index": index, "call_id": known["call_id"]}
        await self.send("response.output_item.added", response_id=response_id, output_index=index, item=opened)
        await self.send("conversation.item.added", item=opened, previous_item_id=next(reversed(self.items), None))
        await self.send("response.function_call_arguments.delta", **place, delta=said.arguments)
        await self.send("response.function_call_arguments.done", **place, name=said.name, arguments=said.arguments)
        done = {**opened, "status": "completed", "arguments": said.arguments}
        self.items[done["id"]] = done
        await self.send("conversation.item.done", item=done, previous_item_id=None)
        await self.send("response.output_item.done", response_id=response_id, output_index=index, item=done)
        return done

    def audio(self, ms: int) -> str:
        """Return base64 of PCM16 in which every sample is this session's number."""
        return base64.b64encode(self._number.to_bytes(2, "little") * (24 * ms)).decode()

    async def _cancel(self, reason: str) -> None:
        """End the active response as cancelled."""
        assert self._task is not None
        response_id, self._active = str(self._active), None
        self._task.cancel()
        done = self._response(response_id, "cancelled", [], {})
        done["status_details"] = {"type": "cancelled", "reason": reason}
        await self.send("response.done", response=done)
        for _ in range(0, self._reply.late_ms, CHUNK_MS):
            await self.send("response.output_audio.delta", **self._place, delta=self.audio(CHUNK_MS))
