"""One response of a scripted session: its events in the service's order, also when it is cut short.

The response is a generator that emits events and yields how long to wait before the next ones. It does not wait itself:
the session advances it when its time has come.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import Any

from orchestrator.protocol.usage import usage
from orchestrator.testing.items import Items
from orchestrator.testing.output import Output
from orchestrator.testing.script import FunctionCall, Reply, Say

CHUNK_MS = 100  # of audio in one delta
AT_ONCE = 0.0  # a time that has always come
Event = dict[str, Any]
USAGE = usage(text_in=6, text_out=2, audio_out=2)
LIMITS = [{"name": "tokens", "limit": 40_000, "remaining": 39_990}]


class ScriptedResponse:
    """A response in progress."""

    def __init__(
        self, reply: Reply, options: Mapping[str, Any], fields: Mapping[str, Any], items: Items, output: Output
    ) -> None:
        # The reply that is given, and the `response` of `response.create`.
        self._reply, self._options = reply, options
        # The session object, as it was when the response began.
        self._fields = fields
        # The conversation.
        self._items = items
        # Where events go.
        self._output = output
        # The id of the response.
        self.id = output.new_id("resp")
        # When the next events are due; None: when the response is released, or never because it is over.
        self.due: float | None = AT_ONCE
        # Whether `response.done` has been emitted.
        self.done = False
        # The response's items that are finished.
        self._finished: list[Event] = []
        # Why the response is cut short, if it is.
        self._cut: str | None = None
        # Whether a held response may go on.
        self._released = False
        # What is left to do.
        self._steps = self._run()

    @property
    def out_of_band(self) -> bool:
        """Whether the conversation does not get the response's items."""
        return self._options.get("conversation") == "none"

    def advance(self, now: float) -> None:
        """Emit the events that are due, up to the next pause."""
        if self.due is None or now < self.due:
            return
        pause = next(self._steps, None)
        self.due = None if pause is None else now + pause

    def release(self) -> None:
        """Let a held response go on."""
        self._released = True
        self.due = AT_ONCE

    def cancel(self, reason: str) -> None:
        """Cut the response short: emit everything that closes it, and the audio that is late."""
        self._cut = reason
        for _ in self._steps:
            pass  # nothing is waited for any more
        self.due = None

    def _run(self) -> Iterator[float | None]:
        """Emit the whole response; yields seconds to pause, or None to wait until it is released."""
        self._output.emit("response.created", response=self._described("in_progress", None))
        last = len(self._reply.items) - 1
        place: Event = {}
        for index, part in enumerate(self._reply.items):
            if self._reply.held and index == last and not self._released:
                yield None
            if self._cut is not None:
                break
            if isinstance(part, Say):
                place = yield from self._say(index, part)
            else:
                self._call(index, part)
        self._finish()
        if self._cut is not None and place:
            for _ in range(0, self._reply.late_ms, CHUNK_MS):
                self._emit_audio(place, CHUNK_MS)

    def _finish(self) -> None:
        status = "completed"
        details: Event | None = None
        if self._cut is not None:
            status, details = "cancelled", {"type": "cancelled", "reason": self._cut}
        elif self._reply.fails:
            error = {"type": "server_error", "code": self._reply.fails, "message": "scripted"}
            status, details = "failed", {"type": "failed", "error": error}
        self.done = True
        self._output.emit("response.done", response=self._described(status, details))
        self._output.emit("rate_limits.updated", rate_limits=LIMITS)

    def _described(self, status: str, details: Event | None) -> Event:
        audio = self._fields["audio"]["output"]
        return {
            "id": self.id,
            "object": "realtime.response",
            "status": status,
            "status_details": details,
            "output": list(self._finished),
            "output_modalities": self._modalities(),
            "max_output_tokens": self._fields["max_output_tokens"],
            "audio": {"output": {"format": audio["format"], "voice": audio["voice"]}},
            "conversation_id": None if self.out_of_band else self._items.conversation_id,
            "metadata": self._options.get("metadata"),
            "usage": None if status == "in_progress" else USAGE,
        }

    def _modalities(self) -> list[str]:
        wanted: list[str] = self._options.get("output_modalities") or self._fields["output_modalities"]
        return wanted

    def _open(self, index: int, item: Event) -> Event:
        """Begin an item; returns the fields that place an event in it."""
        item.update(id=self._output.new_id("item"), object="realtime.item", status="in_progress")
        self._output.emit("response.output_item.added", response_id=self.id, output_index=index, item=item)
        if not self.out_of_band:
            self._items.append(item)
            self._show("added", item)
        return {"response_id": self.id, "item_id": item["id"], "output_index": index}

    def _close(self, index: int, item: Event, **fields: Any) -> None:
        whole = self._cut is None or item["type"] == "function_call"
        item.update(status="completed" if whole else "incomplete", **fields)
        if not self.out_of_band:
            self._show("done", item)
        self._finished.append(dict(item))
        self._output.emit("response.output_item.done", response_id=self.id, output_index=index, item=item)

    def _show(self, step: str, item: Event) -> None:
        self._output.emit(f"conversation.item.{step}", item=item, previous_item_id=self._items.before(item["id"]))

    def _say(self, index: int, said: Say) -> Generator[float, None, Event]:
        """Emit a message at the reply's pace; returns where its audio belongs."""
        item: Event = {"type": "message", "role": "assistant", "content": []}
        place = {**self._open(index, item), "content_index": 0}
        emit = self._output.emit
        if self._modalities() == ["text"]:
            part, words, stream = "text", "text", "output_text"
        else:
            part, words, stream = "audio", "transcript", "output_audio_transcript"
        emit("response.content_part.added", **place, part={"type": part, words: ""})
        emit(f"response.{stream}.delta", **place, delta=said.text)
        if part == "audio":
            yield from self._speak(place, said.ms)
            emit("response.output_audio.done", **place)
        emit(f"response.{stream}.done", **place, **{words: said.text})
        emit("response.content_part.done", **place, part={"type": part, words: said.text})
        self._close(index, item, content=[{"type": f"output_{part}", words: said.text}])
        return place

    def _speak(self, place: Event, ms: int) -> Iterator[float]:
        """Emit audio until it is cut short."""
        for start in range(0, ms, CHUNK_MS):
            if self._cut is not None:
                return
            piece_ms = min(CHUNK_MS, ms - start)
            if not self.out_of_band:
                self._items.add_audio(place["item_id"], piece_ms)
            self._emit_audio(place, piece_ms)
            yield CHUNK_MS / 1000 / self._reply.pace if self._reply.pace else 0.0

    def _emit_audio(self, place: Event, ms: int) -> None:
        audio = self._output.audio(ms, self._fields["audio"]["output"]["format"])
        self._output.emit("response.output_audio.delta", **place, delta=audio)

    def _call(self, index: int, said: FunctionCall) -> None:
        call_id = self._output.new_id("call")
        item: Event = {"type": "function_call", "call_id": call_id, "name": said.name, "arguments": ""}
        place = {**self._open(index, item), "call_id": call_id}
        arguments = said.arguments
        self._output.emit("response.function_call_arguments.delta", **place, delta=arguments)
        self._output.emit("response.function_call_arguments.done", **place, name=said.name, arguments=arguments)
        self._close(index, item, arguments=arguments)
