"""A session that is only asked in text: a `port.Session` on a chat-completions endpoint, with no socket behind it.

It speaks the Realtime protocol as far as text goes: `session.update`, items, responses in and out of the conversation.
Anything else is answered with an `error` event. Nothing is sent before the first `response.create`, so that a wrong
key or model shows there, and ends the session with a fatal `RealtimeError`. What may go better the next time fails the
response only.

Limits: events of 4 MiB; 1,000 items and 4 MiB of text in the conversation, as many as the largest models take; one
response in the conversation and 16 beside it; an answer as `chat.py` and `text_response.py` have it; 1 s to close.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from orchestrator.errors import CallerError, RealtimeError
from orchestrator.protocol.frames import error_frame, parse_server_event
from orchestrator.protocol.ids import make_id
from orchestrator.protocol.items import Conversation, Entry, new_item, shown
from orchestrator.providers.outlet import Outlet
from orchestrator.providers.port import Take
from orchestrator.text.chat import ChatClient
from orchestrator.text.messages import NOTE, choice, functions, messages
from orchestrator.text.response import TextResponse

EVENT, TEXT = 4 * 1024 * 1024, 4 * 1024 * 1024  # characters
ITEMS, ASIDE = 1000, 16
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
        self._outlet = Outlet()
        # Its items.
        self._conversation: Conversation[Entry] = Conversation()
        # Item id → characters, of those that were given to it.
        self._sizes: dict[str, int] = {}
        # The responses that run.
        self._responses: list[TextResponse] = []
        # Their tasks, which outlive those that were cancelled for a moment.
        self._tasks: set[asyncio.Task[None]] = set()
        # The session object.
        self._fields: dict[str, Any] = {
            "type": "realtime",
            "object": "realtime.session",
            "id": make_id("sess_"),
            "model": model,
            "output_modalities": ["text"],
            "instructions": "",
            "tools": [],
            "tool_choice": "auto",
            "max_output_tokens": "inf",
        }
        self._outlet.emit("session.created", session=self._fields)

    @classmethod
    async def open(cls, base: str, headers: Mapping[str, str], model: str) -> TextSession:
        """Open a session at a base URL; raises `RealtimeError` (`invalid_url`, fatal) when it cannot be one."""
        # In a thread: the first one imports the HTTP client and reads certificates, a tenth of a second for all calls.
        return cls(await asyncio.to_thread(ChatClient, base, headers), model)

    def send(self, text: str) -> None:
        """Take one client event; what is wrong with it is answered with an `error` event."""
        if self._outlet.ended:
            return
        event: Json = {}
        try:
            event = _parsed(text)
            handle = HANDLERS.get(event["type"])
            if handle is None:
                message = f"Invalid value: {event['type']!r}. A text session takes: {', '.join(HANDLERS)}."
                raise CallerError(message, code="invalid_value", param="type")
            handle(self, event)
        except CallerError as error:
            self._outlet.put(error_frame(error, event.get("event_id")))

    async def read(self, take: Take) -> None:
        """Hand server events to `take` until it has enough."""
        await self._outlet.read(take)

    async def close(self) -> None:
        """End the session, and the requests that are under way, within a second; safe to call twice."""
        self._outlet.end()
        for task in self._tasks:
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                if self._tasks:
                    await asyncio.wait(self._tasks)
                await self._client.close()

    # --- client events ---

    def _update(self, event: Json) -> None:
        said = event.get("session")
        if not isinstance(said, Mapping) or said.get("type") != "realtime":
            message = "Missing required parameter: 'session.type'."
            raise CallerError(message, code="missing_required_parameter", param="session.type")
        _check(said, "session")
        # Keys of audio mean nothing here, and are no mistake: the same team file describes all agents.
        known = CHECKS.keys() - {"metadata"}
        self._fields |= {key: value for key, value in said.items() if key in known and value is not None}
        self._outlet.emit("session.updated", session=self._fields)

    def _create_item(self, event: Json) -> None:
        entry = Entry(new_item(event.get("item")))
        if any(part["type"] == "input_audio" for part in entry.item.get("content", ())):
            message = "A text session takes no audio."
            raise CallerError(message, code="unsupported_content_type", param="item.content")
        size = len(json.dumps(entry.item))
        if len(self._sizes) >= ITEMS or sum(self._sizes.values()) + size > TEXT:
            raise CallerError("The conversation is full.", code="context_length_exceeded", param="item")
        before = self._conversation.add(entry, after=event.get("previous_item_id"))
        self._sizes[entry.id] = size
        for step in ("added", "done"):
            self._outlet.emit(f"conversation.item.{step}", previous_item_id=before, item=shown(entry))

    def _delete_item(self, event: Json) -> None:
        self._conversation.delete(event.get("item_id"))
        self._sizes.pop(event["item_id"], None)
        self._outlet.emit("conversation.item.deleted", item_id=event["item_id"])

    def _respond(self, event: Json) -> None:
        options = event.get("response") or {}
        if not isinstance(options, Mapping):
            raise CallerError("Invalid value: 'response'.", code="invalid_value", param="response")
        _check(options, "response")
        aside = options.get("conversation") == "none"
        self._responses = [response for response in self._responses if not response.done]
        if not aside and any(response.conversation for response in self._responses):
            message = "Conversation already has an active response in progress."
            raise CallerError(message, code="conversation_already_has_active_response")
        if len(self._responses) > ASIDE:
            raise CallerError(f"More than {ASIDE} responses at once.", code="rate_limit_exceeded")
        conversation = None if aside else self._conversation
        response = TextResponse(self._request(options), self._outlet, conversation, options.get("metadata"))
        self._responses.append(response)
        # No TaskGroup: the session belongs to nobody's block; `close` ends what runs.
        work = response.run(self._client)
        response.task = asyncio.get_running_loop().create_task(work, name=f"text:{self._model}")
        self._tasks.add(response.task)
        response.task.add_done_callback(self._tasks.discard)

    def _cancel(self, event: Json) -> None:
        wanted = event.get("response_id")
        for response in self._responses:
            if not response.done and (response.id == wanted or (wanted is None and response.conversation)):
                response.cancel()
                return
        raise CallerError("Cancellation failed: no active response found.", code="response_cancel_not_active")

    # --- the request ---

    def _request(self, options: Json) -> dict[str, Any]:
        """Write the body of a request: the session object with the response's own fields over it."""
        fields = self._fields | {key: value for key, value in options.items() if value is not None}
        prompt = messages(self._seen(options.get("input")), fields["instructions"], opening=OPENING)
        body: dict[str, Any] = {"model": self._model, "messages": prompt, "stream_options": {"include_usage": True}}
        if fields["tools"] and fields["tool_choice"] != "none":
            body |= {"tools": functions(fields["tools"]), "tool_choice": choice(fields["tool_choice"])}
            if "parallel_tool_calls" in fields:
                body["parallel_tool_calls"] = fields["parallel_tool_calls"]
        if fields["max_output_tokens"] != "inf":
            body["max_completion_tokens"] = fields["max_output_tokens"]
        if (fields.get("reasoning") or {}).get("effort"):
            body["reasoning_effort"] = fields["reasoning"]["effort"]
        return body

    def _seen(self, given: Any) -> list[Json]:
        """Return the items that a response is made from: the conversation's, or those of its own `input`."""
        if given is None:
            return [entry.item for entry in self._conversation.entries()]
        if not isinstance(given, list):
            raise CallerError("Invalid value: 'response.input'.", code="invalid_value", param="response.input")
        seen: list[Json] = []
        for at, item in enumerate(given):
            if isinstance(item, Mapping) and item.get("type") == "item_reference":
                seen.append(self._conversation.find(item.get("id"), "invalid_value").item)
            else:
                seen.append(new_item(item, f"response.input[{at}]"))
        return seen


def _parsed(text: str) -> Json:
    if len(text) > EVENT:
        raise CallerError(f"An event has at most {EVENT} characters.", code="string_above_max_length")
    try:
        return parse_server_event(text)
    except RealtimeError:
        raise CallerError("The event is not a JSON object with a type.", code="invalid_json") from None


def _tools(value: Any) -> bool:
    """Whether these are function tools; others are run by a service, and here is none."""
    return isinstance(value, list) and all(
        isinstance(tool, Mapping) and tool.get("type") == "function" and isinstance(tool.get("name"), str)
        for tool in value
    )


def _strings(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values())


def _tokens(value: Any) -> bool:
    return value == "inf" or (isinstance(value, int) and not isinstance(value, bool) and value > 0)


# What can be said of a session, or of one response; null is "as the session".
CHECKS: dict[str, Callable[[Any], bool]] = {
    "output_modalities": lambda value: value == ["text"],
    "instructions": lambda value: isinstance(value, str),
    "tools": _tools,
    "tool_choice": lambda value: isinstance(value, str | Mapping),
    "parallel_tool_calls": lambda value: isinstance(value, bool),
    "max_output_tokens": _tokens,
    "reasoning": lambda value: isinstance(value, Mapping),
    "metadata": _strings,
}


def _check(said: Json, path: str) -> None:
    for key, good in CHECKS.items():
        value = said.get(key)
        if value is not None and not good(value):
            raise CallerError(f"Invalid value: '{path}.{key}'.", code="invalid_value", param=f"{path}.{key}")


HANDLERS: dict[str, Callable[[TextSession, Json], None]] = {
    "session.update": TextSession._update,
    "conversation.item.create": TextSession._create_item,
    "conversation.item.delete": TextSession._delete_item,
    "response.create": TextSession._respond,
    "response.cancel": TextSession._cancel,
}
