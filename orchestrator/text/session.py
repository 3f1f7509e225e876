"""A session that is only asked in text: a `port.Session` on a chat-completions endpoint, with no socket behind it.

It speaks the Realtime protocol as far as text goes: `session.update`, items, responses in and out of the conversation.
Anything else is answered with an `error` event. Nothing is sent before the first `response.create`, so that a wrong
key or model shows there, and ends the session with a fatal `RealtimeError`. A failure that another try may overcome
fails the response only.

Limits: events of 4 MiB; one response in the conversation and 16 beside it; 1 s to close. Those of the conversation are
in `items`, those of an answer in `chat` and `response`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from orchestrator.errors import CallerError
from orchestrator.protocol.checks import refuse, word
from orchestrator.protocol.client_events import check
from orchestrator.protocol.frames import error_frame, parse_client_event
from orchestrator.protocol.ids import make_id
from orchestrator.protocol.response import Responses
from orchestrator.protocol.session import check as check_session
from orchestrator.protocol.session import merge, new_session
from orchestrator.providers.event_queue import EventQueue
from orchestrator.providers.port import Take
from orchestrator.text.chat import ChatClient
from orchestrator.text.items import TextConversation
from orchestrator.text.messages import NOTE, choice, functions, messages
from orchestrator.text.response import TextResponse

EVENT = 4 * 1024 * 1024  # characters
ASIDE = 16  # responses beside the conversation at a time
CLOSE_SECONDS = 1.0
OPENING = NOTE.format("Answer now.")
Json = Mapping[str, Any]


class TextSession:
    """One open session; `TextSession.open` makes them."""

    max_age: float | None = None  # no limit: nothing is held open at the other side

    def __init__(self, client: ChatClient, model: str) -> None:
        # Whom it asks, and for which model.
        self._client, self._model = client, model
        # Server events that wait.
        self._events = EventQueue()
        # Its items.
        self._conversation = TextConversation(self._events.emit)
        # The responses that run.
        self._responses = Responses[TextResponse](ASIDE)
        # Their tasks, which outlive those that were cancelled for a moment.
        self._tasks: set[asyncio.Task[None]] = set()
        # The session object; it has no audio.
        session = new_session(make_id("sess_"), model, output_modalities=["text"])
        self._fields = {key: value for key, value in session.items() if key != "audio"}
        self._events.emit("session.created", session=self._fields)

    @classmethod
    async def open(cls, base: str, headers: Mapping[str, str], model: str) -> TextSession:
        """Open a session at a base URL; raises `RealtimeError` (`invalid_url`, fatal) when it cannot be one."""
        # In a thread: the first one imports the HTTP client and reads certificates, a tenth of a second for all calls.
        return cls(await asyncio.to_thread(ChatClient, base, headers), model)

    def send(self, text: str) -> None:
        """Take one client event; what is wrong with it is answered with an `error` event."""
        if self._events.ended:
            return
        event: Json = {}
        try:
            if len(text) > EVENT:
                raise CallerError(f"An event has at most {EVENT} characters.", code="string_above_max_length")
            event = parse_client_event(text)
            word(*HANDLERS)(event.get("type"), "type")
            check(event)
            HANDLERS[event["type"]](self, event)
        except CallerError as error:
            self._events.put(error_frame(error, event.get("event_id")))

    async def read(self, take: Take) -> None:
        """Hand server events to `take` until it has enough."""
        await self._events.read(take)

    async def close(self) -> None:
        """End the session, and the requests that are under way, within a second; safe to call twice."""
        self._events.end()
        for task in self._tasks:
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                if self._tasks:
                    await asyncio.wait(self._tasks)
                await self._client.close()

    # --- client events ---

    def _update(self, event: Json) -> None:
        change = event["session"]
        check_session(change)
        _check_modalities(change, "session")
        # Audio means nothing here, and is no mistake: the same team file describes all agents.
        changed = {key: value for key, value in change.items() if key not in ("audio", "model")}
        self._fields = merge(self._fields, changed)
        self._events.emit("session.updated", session=self._fields)

    def _change_items(self, event: Json) -> None:
        self._conversation.handle(event)

    def _respond(self, event: Json) -> None:
        options = event.get("response") or {}
        _check_modalities(options, "response")
        aside = options.get("conversation") == "none"
        self._responses.check_room(aside=aside)
        body, metadata = self._request(options), options.get("metadata")
        response = TextResponse(body, self._events, self._conversation, metadata, aside=aside)
        self._responses.add(response)
        # No TaskGroup: the session belongs to nobody's block; `close` ends what runs.
        work = response.run(self._client)
        response.task = asyncio.get_running_loop().create_task(work, name=f"text:{self._model}")
        self._tasks.add(response.task)
        response.task.add_done_callback(self._tasks.discard)

    def _cancel(self, event: Json) -> None:
        self._responses.cancel(event.get("response_id"))

    # --- the request ---

    def _request(self, options: Json) -> dict[str, Any]:
        """Write the body of a request: the session object with the response's own fields over it."""
        fields = self._fields | {key: value for key, value in options.items() if value is not None}
        context = self._conversation.context(options.get("input"), "invalid_value")
        prompt = messages([entry.item for entry in context], fields["instructions"], opening=OPENING)
        body: dict[str, Any] = {"model": self._model, "messages": prompt, "stream_options": {"include_usage": True}}
        if fields["tools"] and fields["tool_choice"] != "none":
            body |= {"tools": functions(fields["tools"]), "tool_choice": choice(fields["tool_choice"])}
            if fields.get("parallel_tool_calls") is not None:
                body["parallel_tool_calls"] = fields["parallel_tool_calls"]
        if fields["max_output_tokens"] != "inf":
            body["max_completion_tokens"] = fields["max_output_tokens"]
        if (fields.get("reasoning") or {}).get("effort"):
            body["reasoning_effort"] = fields["reasoning"]["effort"]
        return body


def _check_modalities(given: Json, path: str) -> None:
    if given.get("output_modalities", ["text"]) != ["text"]:
        refuse(f"{path}.output_modalities", "['text']", given["output_modalities"])


HANDLERS: dict[str, Callable[[TextSession, Json], None]] = {
    "session.update": TextSession._update,
    "conversation.item.create": TextSession._change_items,
    "conversation.item.delete": TextSession._change_items,
    "response.create": TextSession._respond,
    "response.cancel": TextSession._cancel,
}
