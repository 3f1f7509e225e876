"""The events of one response in the order of the service, whoever makes it. Sans-I/O.

`Response` knows the order: items, their parts and deltas, the `.done` events of what is open when it ends early.
Subclasses know what is said, and when.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from orchestrator.errors import CallerError
from orchestrator.protocol.audio_frames import DELTA
from orchestrator.protocol.conversation import Conversation, Kept


@dataclass(frozen=True, slots=True)
class Part:
    """How a content part is spelt."""

    type: str  # in the events of the part; an item's content has the prefix `output_`
    words: str  # the field of its words
    stream: str  # the events of its words, up to `.delta` or `.done`

    def of(self, words: str) -> dict[str, str]:
        """Return the part."""
        return {"type": self.type, self.words: words}

    def content(self, words: str) -> dict[str, str]:
        """Return the part as the content of an item."""
        return {"type": f"output_{self.type}", self.words: words}

    def closing(self, words: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield type and fields of the events that end the part."""
        if self.type == "audio":
            yield "response.output_audio.done", {}
        yield f"{self.stream}.done", {self.words: words}
        yield "response.content_part.done", {"part": self.of(words)}


AUDIO = Part("audio", "transcript", "response.output_audio_transcript")
TEXT = Part("text", "text", "response.output_text")
PARTS = {part.type: part for part in (AUDIO, TEXT)}


class Response(Generic[Kept]):
    """A response in progress."""

    def __init__(self, conversation: Conversation[Kept], fields: Mapping[str, Any], *, aside: bool) -> None:
        # The response's id.
        self.id = conversation.make_id("resp_")
        # Where its items go, and how an event is sent.
        self._conversation, self._emit = conversation, conversation.emit
        # The fields of the response object that stay as they are.
        self._fields = fields
        # Out of band: its items enter no conversation.
        self.aside = aside
        # Every item so far, in order.
        self.entries: list[Kept] = []
        # The part of the message that is open.
        self._part: Part | None = None
        # Its words so far.
        self.text = ""
        # What places an event in the last message.
        self._message: dict[str, Any] = {}
        # `response.done` has been sent.
        self.done = False

    def begin(self) -> None:
        """Tell that the response was created."""
        self._emit("response.created", response=self._shown("in_progress", None, None))

    def open_message(self, *, spoken: bool) -> None:
        """Open an assistant message unless one is open."""
        if self._part is not None:
            return
        entry = self._add({"type": "message", "role": "assistant", "content": []})
        self._message = {**self._place(entry), "content_index": 0}
        self._part, self.text = AUDIO if spoken else TEXT, ""
        self._emit("response.content_part.added", **self._message, part=self._part.of(""))

    def write(self, words: str) -> None:
        """Send a piece of the message's text or transcript."""
        assert self._part is not None, "no message is open"
        self.text += words
        self._emit(f"{self._part.stream}.delta", **self._message, delta=words)

    def play(self, audio: str) -> None:
        """Send a piece of the last message's audio, in base64."""
        self._emit(DELTA, **self._message, delta=audio)

    def close_message(self, status: str) -> None:
        """End the open message, if any, with all its `.done` events."""
        part, self._part = self._part, None
        if part is None:
            return
        for kind, fields in part.closing(self.text):
            self._emit(kind, **self._message, **fields)
        entry = self.entries[-1]
        entry.item["content"] = [part.content(self.text)]
        self._finish(entry, status)

    def call(self, name: str, arguments: str, **beside: Any) -> None:
        """Send a whole function call; the open message ends before it.

        `beside` are fields that the last event has beside the call: of an emulator in this process, for whoever
        observes the session.
        """
        self.close_message("completed")
        call_id = self._conversation.make_id("call_")
        entry = self._add({"type": "function_call", "name": name, "call_id": call_id, "arguments": ""})
        place = {**self._place(entry), "call_id": call_id}
        self._emit("response.function_call_arguments.delta", **place, delta=arguments)
        entry.item["arguments"] = arguments
        self._emit("response.function_call_arguments.done", **place, name=name, arguments=arguments)
        self._finish(entry, "completed", **beside)

    def end(self, status: str, **why: Any) -> None:
        """End the response, with what is open in it; `why` is what `status_details` say beside the status."""
        self.close_message("completed" if status == "completed" else "incomplete")
        self.done = True
        details = {"type": status, **why} if why else None
        self._emit("response.done", response=self._shown(status, details, self.usage()))

    def fail(self, code: str, message: str) -> None:
        """End the response, unless it has ended, with an error."""
        if not self.done:
            self.end("failed", error={"type": "server_error", "code": code, "message": message})

    def cancel(self, reason: str) -> None:
        """End the response early, unless it has ended; `reason` is `turn_detected` or `client_cancelled`."""
        if not self.done:
            self.end("cancelled", reason=reason)

    def usage(self) -> dict[str, Any] | None:
        """Return the tokens of the whole response."""
        return None

    def _add(self, item: dict[str, Any]) -> Kept:
        new = {"id": self._conversation.make_id("item_"), "object": "realtime.item", "status": "in_progress"}
        entry = self._conversation.make_entry({**new, **item})
        self.entries.append(entry)
        self._emit_item("added", entry)
        if not self.aside:
            self._conversation.add(entry)
            self._conversation.show(entry, "added")
        return entry

    def _finish(self, entry: Kept, status: str, **beside: Any) -> None:
        entry.item["status"] = status
        if not self.aside:
            self._conversation.show(entry, "done")
        self._emit_item("done", entry, **beside)

    def _emit_item(self, step: str, entry: Kept, **beside: Any) -> None:
        place = {"response_id": self.id, "output_index": len(self.entries) - 1}
        self._emit(f"response.output_item.{step}", **place, item=entry.shown(), **beside)

    def _place(self, entry: Kept) -> dict[str, Any]:
        return {"response_id": self.id, "item_id": entry.id, "output_index": len(self.entries) - 1}

    def _shown(self, status: str, details: Mapping[str, Any] | None, usage: Mapping[str, Any] | None) -> dict[str, Any]:
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": details,
            "output": [entry.shown() for entry in self.entries],
            "conversation_id": None if self.aside else self._conversation.id,
            "usage": usage,
            **self._fields,
        }


Running = TypeVar("Running", bound=Response[Any])


class Responses(Generic[Running]):
    """The responses of a session that run: one in the conversation, and some beside it (`conversation: none`)."""

    def __init__(self, most_aside: float = float("inf")) -> None:
        # How many may run beside the conversation.
        self._most_aside = most_aside
        # Those that were begun; the ones that are done are forgotten with time.
        self._begun: list[Running] = []

    @property
    def running(self) -> list[Running]:
        """Those that have not ended."""
        self._begun = [one for one in self._begun if not one.done]
        return self._begun

    @property
    def active(self) -> Running | None:
        """The one in the conversation."""
        return next((one for one in self.running if not one.aside), None)

    def check_room(self, *, aside: bool) -> None:
        """Check that another response may begin; raises `CallerError`."""
        if aside and sum(one.aside for one in self.running) >= self._most_aside:
            message = f"More than {self._most_aside} responses out of band at once."
            raise CallerError(message, code="rate_limit_exceeded")
        if not aside and self.active is not None:
            message = f"Conversation already has an active response in progress: {self.active.id}."
            raise CallerError(message, code="conversation_already_has_active_response")

    def add(self, response: Running) -> None:
        """Keep a response until it has ended."""
        self._begun.append(response)

    def cancel(self, response_id: str | None) -> None:
        """Cancel a response for the client, by default that of the conversation; raises `CallerError`."""
        for one in self.running:
            if one.id == response_id if response_id else not one.aside:
                one.cancel("client_cancelled")
                return
        raise CallerError("Cancellation failed: no active response found.", code="response_cancel_not_active")
