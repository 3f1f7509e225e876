"""What a response puts out: its items, their parts and deltas, in the order of the service.

`Output` knows the order of events and no model; `response.py` decides what is said.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.items import Conversation, Entry, Said
from orchestrator.local.speech.audio import Encoder
from orchestrator.local.speech.reading import chunks
from orchestrator.protocol.audio import bytes_per_ms
from orchestrator.protocol.ids import make_id
from orchestrator.protocol.items import shown
from orchestrator.providers.outlet import Outlet

DELTA_MS = 200
LEAD_MS, PER_CHARACTER_MS = 400.0, 60.0  # words are shown this far ahead of their sound, which is estimated


@dataclass(slots=True)
class Message:
    """The assistant message that is being spoken or written."""

    entry: Entry
    encoder: Encoder | None  # None: text
    text: str = ""  # what the client was sent
    audio_ms: float = 0.0
    words: list[str] = field(default_factory=list)  # of this sentence, not sent yet
    sent_ms: float = 0.0  # how long the words that were sent last, estimated


class Output:
    """The items of one response."""

    def __init__(self, outlet: Outlet, response_id: str, conversation: Conversation | None, format_type: str) -> None:
        # Where server events go.
        self._outlet = outlet
        # Whose events these are.
        self._response_id = response_id
        # None: out of band, no item enters a conversation.
        self._conversation = conversation
        # Of the audio, as in the session object.
        self._format = format_type
        # Every item begun, in order.
        self.entries: list[Entry] = []
        # The one that goes on.
        self._message: Message | None = None

    @property
    def audio_ms(self) -> float:
        """The audio of all items."""
        return sum(entry.said[-1].end_ms for entry in self.entries if entry.said)

    @property
    def speaking(self) -> bool:
        """Whether an audio message goes on."""
        return self._message is not None and self._message.encoder is not None

    # Messages

    def open_message(self, *, spoken: bool) -> None:
        """Begin an assistant message unless one goes on."""
        if self._message is not None:
            return
        item = {"id": make_id("item_"), "object": "realtime.item", "type": "message", "status": "in_progress"}
        entry = self._begin(item | {"role": "assistant", "content": []})
        self._message = Message(entry, Encoder(self._format) if spoken else None)
        part = {"type": "audio", "transcript": ""} if spoken else {"type": "text", "text": ""}
        self._emit_part("response.content_part.added", part=part)

    def write(self, text: str) -> None:
        """Send a piece of a message's text."""
        message = self._going_on()
        message.text += text
        spoken = message.encoder is not None
        kind = "response.output_audio_transcript.delta" if spoken else "response.output_text.delta"
        self._emit_part(kind, delta=text)

    def begin_sentence(self, sentence: str) -> None:
        """Announce the words whose sound comes next."""
        message = self._going_on()
        message.words = list(chunks(sentence if not message.text else f" {sentence}"))
        message.sent_ms = 0.0
        if message.encoder is not None:
            message.entry.said.append(Said(message.audio_ms, message.audio_ms, sentence))

    def sound(self, samples: NDArray[np.int16], *, last: bool = False) -> Iterator[None]:
        """Send sound of the sentence, a delta at a time; the caller of this may stop between any two."""
        message = self._going_on()
        assert message.encoder is not None
        data = message.encoder.encode(samples, last=last)
        rate = bytes_per_ms(self._format)
        for start in range(0, len(data), DELTA_MS * rate):
            piece = data[start : start + DELTA_MS * rate]
            stretch = message.entry.said[-1]
            self._send_words(stretch.end_ms - stretch.start_ms + LEAD_MS)
            self._emit_part("response.output_audio.delta", delta=base64.b64encode(piece).decode("ascii"))
            message.audio_ms += len(piece) / rate
            stretch.end_ms = message.audio_ms
            yield

    def end_sentence(self) -> None:
        """Send the words that are still to come."""
        self._send_words(float("inf"))

    # Function calls

    def call(self, name: str, arguments: str) -> None:
        """Put out one function call, whole."""
        self.close("completed")
        call_id = make_id("call_")
        item = {"id": make_id("item_"), "object": "realtime.item", "type": "function_call", "status": "in_progress"}
        entry = self._begin(item | {"name": name, "call_id": call_id, "arguments": ""})
        place = {"response_id": self._response_id, "item_id": entry.id, "output_index": len(self.entries) - 1}
        self._outlet.emit("response.function_call_arguments.delta", **place, call_id=call_id, delta=arguments)
        entry.item["arguments"] = arguments
        done = {"call_id": call_id, "name": name, "arguments": arguments}
        self._outlet.emit("response.function_call_arguments.done", **place, **done)
        self._finish(entry, "completed")

    def close(self, status: str) -> None:
        """End the message that goes on, if any, with the whole tail of `.done` events."""
        message, self._message = self._message, None
        if message is None:
            return
        said = message.entry.said
        text = message.text.strip()
        if message.encoder is not None:
            if said and message.words:
                # Cut short: the words that were not sent are not part of the conversation.
                said[-1].text = said[-1].text[: max(len(said[-1].text) - len("".join(message.words)), 0)]
            self._emit_part("response.output_audio.done", message)
            self._emit_part("response.output_audio_transcript.done", message, transcript=text)
            part = {"type": "audio", "transcript": text}
            message.entry.item["content"] = [{"type": "output_audio", "transcript": text}]
        else:
            self._emit_part("response.output_text.done", message, text=text)
            part = {"type": "text", "text": text}
            message.entry.item["content"] = [{"type": "output_text", "text": text}]
        self._emit_part("response.content_part.done", message, part=part)
        self._finish(message.entry, status)

    # Details

    def _going_on(self) -> Message:
        assert self._message is not None, "no message was opened"
        return self._message

    def _send_words(self, until_ms: float) -> None:
        message = self._going_on()
        while message.words and message.sent_ms < until_ms:
            word = message.words.pop(0)
            message.sent_ms += len(word) * PER_CHARACTER_MS
            self.write(word)

    def _begin(self, item: dict[str, Any]) -> Entry:
        entry = Entry(item)
        self.entries.append(entry)
        index = len(self.entries) - 1
        before = self._conversation.add(entry) if self._conversation else None
        self._outlet.emit(
            "response.output_item.added", response_id=self._response_id, output_index=index, item=shown(entry)
        )
        if self._conversation:
            self._outlet.emit("conversation.item.added", previous_item_id=before, item=shown(entry))
        return entry

    def _finish(self, entry: Entry, status: str) -> None:
        entry.item["status"] = status
        index = self.entries.index(entry)
        if self._conversation:
            before = self._conversation.previous_id(entry)
            self._outlet.emit("conversation.item.done", previous_item_id=before, item=shown(entry))
        self._outlet.emit(
            "response.output_item.done", response_id=self._response_id, output_index=index, item=shown(entry)
        )

    def _emit_part(self, kind: str, message: Message | None = None, **fields: Any) -> None:
        entry = (message or self._going_on()).entry
        index = self.entries.index(entry)
        place = {"response_id": self._response_id, "item_id": entry.id, "output_index": index, "content_index": 0}
        self._outlet.emit(kind, **place, **fields)
