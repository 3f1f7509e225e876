"""What a session does with each client event: the Realtime protocol's behaviour, without sockets or threads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from orchestrator.errors import CallerError, OrchestratorError
from orchestrator.local.brain.language import DEFAULT
from orchestrator.local.brain.saying import phrases
from orchestrator.local.idleness import Idleness
from orchestrator.local.items import Conversation
from orchestrator.local.listening import Listening, Spawn
from orchestrator.local.parts import Parts
from orchestrator.local.response import Response
from orchestrator.local.responses import Responses
from orchestrator.local.session_object import heard_language, spoken_language, update
from orchestrator.local.speech.turns import Change
from orchestrator.protocol import client_events
from orchestrator.protocol.audio import decoded
from orchestrator.protocol.audio_frames import APPEND
from orchestrator.protocol.frames import error_frame, parse_client_event
from orchestrator.protocol.ids import make_id
from orchestrator.protocol.session import merge, new_session
from orchestrator.providers.event_queue import EventQueue

ITEM_CHANGES = ("conversation.item.retrieve", "conversation.item.delete", "conversation.item.truncate")


class ClientEvents:
    """Handles the client events of one session; every method runs on the session's own task."""

    def __init__(self, model: str, parts: Parts, events: EventQueue, spawn: Spawn, language: str | None) -> None:
        # The models.
        self._parts = parts
        # Where server events go.
        self._events = events
        # Starts a task that ends with the session.
        self._spawn = spawn
        # The team's language, if it has said so.
        self._language = language
        # The effective session object.
        self._session = new_session(make_id("sess_"), model)
        # What of it was set by an update, and is not a default.
        self._written: Mapping[str, Any] = {}
        # The items.
        self._conversation = Conversation(events.emit)
        # The caller's audio.
        self._listening = Listening(events, self._conversation, parts, self._session, spawn, language)
        # The responses.
        self._responses = Responses(parts, events, self._conversation, spawn, self._response_finished, language)
        # The caller's silence after a response.
        self._idleness = Idleness(spawn, self._nobody_spoke)
        # Type of client event → what it does; audio, which is frequent, has a branch of its own.
        self._handlers: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
            "session.update": self._update,
            "input_audio_buffer.commit": lambda _: self._listening.commit(),
            "input_audio_buffer.clear": lambda _: self._listening.clear(),
            "conversation.item.create": self._create_item,
            **dict.fromkeys(ITEM_CHANGES, self._conversation.handle),
            "response.create": self._create_response,
            "response.cancel": lambda event: self._responses.cancel(event.get("response_id")),
        }
        events.emit("session.created", session=self._session)

    async def handle(self, text: str) -> None:
        """Handle one client event; an invalid one is answered with `error` and changes nothing."""
        event_id = None
        try:
            event = _parsed(text)
            event_id = event.get("event_id")
            await self._dispatch(event)
        except CallerError as error:
            self._events.put(error_frame(error, event_id))

    async def _dispatch(self, event: Mapping[str, Any]) -> None:
        kind = event.get("type")
        if kind == APPEND:
            await self._listening.append(decoded(event.get("audio"), "audio"), self._turn_changed)
            return
        client_events.check(event)
        self._handlers[str(kind)](event)

    # The session object

    def _update(self, event: Mapping[str, Any]) -> None:
        voices = self._parts.speaker.voices
        self._session = update(self._session, event["session"], voices=voices, spoken=self._responses.has_spoken)
        self._written = merge(self._written, event["session"])
        self._listening.configure(self._session, self._written)
        self._events.emit("session.updated", session=self._session)
        instructions, tools = str(self._session["instructions"]), list(self._session["tools"])
        heard = heard_language(self._session, self._language)
        spoken = spoken_language(self._session, self._language)
        self._spawn(self._prepare(lambda: self._parts.brain.prepare(instructions, tools, spoken or DEFAULT)), "prepare")
        self._spawn(self._prepare(lambda: self._parts.prepare(heard, spoken)), "prepare speech")

    async def _prepare(self, work: Callable[[], None]) -> None:
        """Let a part prepare; if that fails, the fault shows again, and is reported, when the part is used."""
        try:
            await asyncio.to_thread(work)
        except OrchestratorError as error:
            structlog.get_logger().warning("the local provider cannot prepare", error=str(error))
        except Exception:
            structlog.get_logger().exception("preparing the local provider failed")

    # Turns and responses

    def _turn_changed(self, change: Change) -> None:
        detection = self._session["audio"]["input"]["turn_detection"]
        if change is Change.STARTED:
            self._idleness.stop()
            if detection["interrupt_response"]:
                self._responses.interrupt()
        if change is Change.STOPPED and detection["create_response"]:
            self._respond_unasked()

    def _create_response(self, event: Mapping[str, Any]) -> None:
        wanted = event.get("response") or {}
        self._respond({key: value for key, value in wanted.items() if value is not None})

    def _respond(self, wanted: Mapping[str, Any], line: str | None = None) -> None:
        """Start a response; raises `CallerError`."""
        if self._responses.create(self._session, wanted, line):
            self._idleness.stop()

    def _respond_unasked(self, line: str | None = None) -> None:
        """Start a response that no client event asked for."""
        try:
            self._respond({}, line)
        except CallerError as error:
            self._events.put(error_frame(error, None))

    @property
    def _idle_seconds(self) -> float | None:
        detection = self._session["audio"]["input"]["turn_detection"] or {}
        limit = detection.get("idle_timeout_ms")
        return None if limit is None else limit / 1000

    def _response_finished(self, response: Response) -> None:
        """Wait for the caller from the end of the response's audio, if the session wants that."""
        limit = self._idle_seconds
        if limit is not None and not self._listening.speaking:
            self._idleness.begin(response.audio_ms / 1000 + limit)

    def _nobody_spoke(self) -> None:
        if self._idle_seconds is not None:  # it may have been switched off in the meantime
            self._listening.time_out()
            spoken = spoken_language(self._session, self._language)
            self._respond_unasked(phrases.line_in(spoken or DEFAULT, "still_there"))

    def _create_item(self, event: Mapping[str, Any]) -> None:
        entry = self._conversation.given(event["item"])
        samples = self._listening.untranscribed_audio(entry)
        self._conversation.create(entry, event.get("previous_item_id"))
        if samples is not None:
            self._listening.transcribe(entry, samples)


def _parsed(text: str) -> Mapping[str, Any]:
    event = parse_client_event(text)
    if "\\ud" in text or "\\uD" in text:
        # JSON may hold half of a surrogate pair; nothing behind this can write that as UTF-8.
        whole: Mapping[str, Any] = json.loads(json.dumps(event, ensure_ascii=False).encode(errors="replace"))
        return whole
    return event
