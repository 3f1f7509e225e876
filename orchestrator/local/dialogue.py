"""What a session does with each client event: the Realtime protocol's behaviour, without sockets or threads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import structlog

from orchestrator.errors import CallerError
from orchestrator.local.brain.phrases import STILL_THERE
from orchestrator.local.idleness import Idleness
from orchestrator.local.items import Conversation, Entry
from orchestrator.local.listening import Listening, Spawn
from orchestrator.local.parts import Parts
from orchestrator.local.response import SAY_EXACTLY, Plan, Response
from orchestrator.local.session_object import check_schemas, check_voice, update
from orchestrator.local.speech.audio import Decoder
from orchestrator.local.speech.turns import Change
from orchestrator.protocol import client_events
from orchestrator.protocol.audio import APPEND, FORMATS, decoded
from orchestrator.protocol.frames import error_frame, parse_client_event
from orchestrator.protocol.ids import make_id
from orchestrator.protocol.items import new_item, shown
from orchestrator.protocol.session import new_session
from orchestrator.providers.outlet import Outlet

MOST_OUT_OF_BAND = 8  # responses with `conversation: none` at a time
UNSEEN = ("input_image",)  # content that no part of this provider can take


class Dialogue:
    """One session's state; every method runs on the session's own task."""

    def __init__(self, model: str, parts: Parts, outlet: Outlet, spawn: Spawn) -> None:
        # The models.
        self._parts = parts
        # Where server events go.
        self._outlet = outlet
        # Starts a task that ends with the session.
        self._spawn = spawn
        # The effective session object.
        self._session = new_session(make_id("sess_"), model)
        self._session["audio"]["output"]["voice"] = parts.default_voice
        # The items.
        self._conversation = Conversation()
        # The caller's audio.
        self._listening = Listening(
            outlet, self._conversation, parts.transcriber, parts.probability(), self._session, spawn
        )
        # The response of the conversation that runs, or ran last.
        self._active: Response | None = None
        # Responses out of band that run.
        self._aside: list[Response] = []
        # The caller's silence after an answer.
        self._idleness = Idleness(spawn, self._nobody_spoke)
        # What the brain remembers between responses.
        self._memory: dict[str, Any] = {}
        # Assistant audio exists: the voice is fixed.
        self._spoken = False
        # What each client event does; audio, which comes often, is told apart first.
        self._handlers: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
            "session.update": self._update,
            "input_audio_buffer.commit": lambda _: self._listening.commit(),
            "input_audio_buffer.clear": lambda _: self._listening.clear(),
            "conversation.item.create": self._create_item,
            "conversation.item.retrieve": self._retrieve_item,
            "conversation.item.delete": self._delete_item,
            "conversation.item.truncate": self._truncate_item,
            "response.create": self._create_response,
            "response.cancel": self._cancel_response,
        }
        outlet.emit("session.created", session=self._session)

    async def handle(self, text: str) -> None:
        """Take one client event; a bad one is answered with `error` and changes nothing."""
        event_id = None
        try:
            event = _parsed(text)
            event_id = event.get("event_id")
            await self._dispatch(event)
        except CallerError as error:
            self._outlet.put(error_frame(error, event_id))

    async def _dispatch(self, event: Mapping[str, Any]) -> None:
        kind = event.get("type")
        if kind == APPEND:
            await self._listening.append(decoded(event.get("audio"), "audio"), self._turn)
            return
        client_events.check(event)
        self._handlers[str(kind)](event)

    # The session object, and the caller's turns

    def _update(self, event: Mapping[str, Any]) -> None:
        voices = self._parts.speaker.voices
        self._session = update(self._session, event["session"], voices=voices, spoken=self._spoken)
        self._listening.configure(self._session)
        self._outlet.emit("session.updated", session=self._session)
        self._spawn(self._prepare(str(self._session["instructions"]), list(self._session["tools"])), "prepare")

    async def _prepare(self, instructions: str, tools: list[Mapping[str, Any]]) -> None:
        """Let the brain get ready; a mistake there comes up again, and is reported, when it responds."""
        try:
            await asyncio.to_thread(self._parts.brain.prepare, instructions, tools)
        except Exception:
            structlog.get_logger().exception("local brain not prepared")

    def _turn(self, change: Change) -> None:
        detection = self._session["audio"]["input"]["turn_detection"]
        if change is Change.STARTED:
            self._idleness.stop()
        if change is Change.STARTED and detection["interrupt_response"] and self._active is not None:
            self._active.cancel("turn_detected")
        if change is Change.STOPPED and detection["create_response"]:
            self._answer({})

    def _answer(self, event: Mapping[str, Any]) -> None:
        """Create a response that no client event asked for."""
        try:
            self._create_response(event)
        except CallerError as error:
            self._outlet.put(error_frame(error, None))

    @property
    def _idle_seconds(self) -> float | None:
        detection = self._session["audio"]["input"]["turn_detection"] or {}
        limit = detection.get("idle_timeout_ms")
        return None if limit is None else limit / 1000

    def _nobody_spoke(self) -> None:
        if self._idle_seconds is not None:  # it may have been switched off meanwhile
            self._listening.time_out()
            self._answer({"response": {"instructions": f"{SAY_EXACTLY} {STILL_THERE}"}})

    # Items

    def _create_item(self, event: Mapping[str, Any]) -> None:
        entry = Entry(new_item(event["item"], without=UNSEEN))
        sound = self._sound(entry)
        before = self._conversation.add(entry, after=event.get("previous_item_id"))
        self._outlet.emit("conversation.item.added", previous_item_id=before, item=shown(entry))
        self._outlet.emit("conversation.item.done", previous_item_id=before, item=shown(entry))
        if sound is not None:
            self._listening.transcribe(entry, sound)

    def _sound(self, entry: Entry) -> Any:
        """Return an item's own audio at 16 kHz, if it brings any without its words."""
        format_type = self._session["audio"]["input"]["format"]["type"]
        parts = [part for part in entry.item.get("content", ()) if "audio" in part and part["transcript"] is None]
        if not parts:
            return None
        data = b"".join(decoded(part["audio"], "item.content[0].audio") for part in parts)
        return np.ascontiguousarray(Decoder(format_type).decode(data, last=True))

    def _retrieve_item(self, event: Mapping[str, Any]) -> None:
        entry = self._conversation.find(event["item_id"], "item_retrieve_invalid_item_id")
        self._outlet.emit("conversation.item.retrieved", item=shown(entry))

    def _delete_item(self, event: Mapping[str, Any]) -> None:
        self._conversation.delete(event["item_id"])
        self._outlet.emit("conversation.item.deleted", item_id=event["item_id"])

    def _truncate_item(self, event: Mapping[str, Any]) -> None:
        self._conversation.truncate(event["item_id"], event["audio_end_ms"])
        place = {"item_id": event["item_id"], "content_index": 0, "audio_end_ms": event["audio_end_ms"]}
        self._outlet.emit("conversation.item.truncated", **place)

    # Responses

    def _create_response(self, event: Mapping[str, Any]) -> None:
        wanted = {key: value for key, value in (event.get("response") or {}).items() if value is not None}
        aside = wanted.get("conversation") == "none"
        self._aside = [response for response in self._aside if not response.done]
        if aside and len(self._aside) >= MOST_OUT_OF_BAND:
            raise CallerError("Too many responses out of band are running.", code="rate_limit_exceeded")
        if not aside and self._active is not None and not self._active.done:
            message = f"Conversation already has an active response in progress: {self._active.id}."
            raise CallerError(message, code="conversation_already_has_active_response")
        plan = self._plan(wanted)
        response = Response(plan, self._outlet, None if aside else self._conversation)
        if aside:
            self._aside.append(response)
        else:
            self._active = response
            self._idleness.stop()
        self._spoken = self._spoken or plan.modalities == ["audio"]
        response.task = self._spawn(self._give(response, aside=aside), response.id)

    async def _give(self, response: Response, *, aside: bool) -> None:
        memory: dict[str, Any] = {} if aside else self._memory
        await response.run(self._parts.brain, memory, self._parts.speaker)
        limit = self._idle_seconds
        if not aside and limit is not None and not self._listening.speaking:
            self._idleness.begin(response.output.audio_ms / 1000 + limit)

    def _plan(self, wanted: Mapping[str, Any]) -> Plan:
        session = self._session
        output = wanted.get("audio", {}).get("output", {})
        voice = output.get("voice") or session["audio"]["output"]["voice"]
        check_voice(voice, self._parts.speaker.voices, "response.audio.output.voice")
        check_schemas(wanted.get("tools", []), "response.tools")
        entries = self._given(wanted["input"]) if "input" in wanted else self._conversation.entries()
        return Plan(
            entries=entries,
            instructions=session["instructions"],
            # What stands under the session's own: our side of a call puts it there.
            extra=wanted.get("instructions", "").removeprefix(session["instructions"]).lstrip(),
            tools=wanted.get("tools", session["tools"]),
            tool_choice=wanted.get("tool_choice", session["tool_choice"]),
            modalities=wanted.get("output_modalities", session["output_modalities"]),
            format=FORMATS[(output.get("format") or session["audio"]["output"]["format"])["type"]],
            voice=voice,
            speed=session["audio"]["output"]["speed"],
            max_output_tokens=wanted.get("max_output_tokens", session["max_output_tokens"]),
            metadata=wanted.get("metadata"),
        )

    def _given(self, items: list[Mapping[str, Any]]) -> list[Entry]:
        """Return the context that a response brings along."""
        entries = []
        for at, item in enumerate(items):
            if item.get("type") == "item_reference":
                entries.append(self._conversation.find(item["id"], "item_reference_invalid_item_id"))
            else:
                entries.append(Entry(new_item(item, f"response.input[{at}]", without=UNSEEN)))
        return entries

    def _cancel_response(self, event: Mapping[str, Any]) -> None:
        wanted = event.get("response_id")
        running = [one for one in (self._active, *self._aside) if one is not None and not one.done]
        chosen = [one for one in running if (one.id == wanted if wanted else one is self._active)]
        if not chosen:
            raise CallerError("Cancellation failed: no active response found.", code="response_cancel_not_active")
        chosen[0].cancel("client_cancelled")


def _parsed(text: str) -> Mapping[str, Any]:
    event = parse_client_event(text)
    if "\\ud" in text or "\\uD" in text:
        # JSON may hold half of a surrogate pair; nothing behind this can write that as UTF-8.
        whole: Mapping[str, Any] = json.loads(json.dumps(event, ensure_ascii=False).encode(errors="replace"))
        return whole
    return event
