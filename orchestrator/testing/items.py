"""The conversation of a scripted session: what is counted in it, and the service's rules that only it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.protocol import conversation
from orchestrator.protocol.checks import refuse
from orchestrator.protocol.items import words
from orchestrator.testing.output import Output


@dataclass(slots=True)
class Entry(conversation.Entry):
    """An item, and what the wire does not show of it."""

    ms: float | None = None  # of an assistant's audio
    spoken: str | None = None  # by the caller, whether or not it is transcribed for the client


class Conversation(conversation.Conversation[Entry]):
    """The items of one session."""

    def __init__(self, output: Output) -> None:
        super().__init__(output.emit, Entry, make_id=output.new_id)
        # Whether the assistant has spoken.
        self.has_audio = False

    def create(self, entry: Entry, after: str | None) -> None:
        """Add an item of the client's; the output of a function call only if the call is here."""
        calls = [one.item.get("call_id") for one in self.entries() if one.item["type"] == "function_call"]
        if entry.item["type"] == "function_call_output" and entry.item["call_id"] not in calls:
            refuse("item.call_id", "a function call of this conversation", entry.item["call_id"])
        super().create(entry, after)

    def add_audio(self, entry: Entry, ms: float) -> None:
        """Count audio of an assistant's item."""
        self.has_audio = True
        entry.ms = (entry.ms or 0) + ms

    def last(self) -> tuple[Mapping[str, Any], str]:
        """Return the last item (empty when there is none) and its words: text, transcript or function output."""
        if not self.entries():
            return {}, ""
        entry = self.entries()[-1]
        said = words(entry.item) if entry.spoken is None else entry.spoken
        return entry.item, said or entry.item.get("output", "")

    def audio_ms(self, entry: Entry) -> float | None:
        """Return how much audio was counted."""
        return entry.ms

    def cut(self, entry: Entry, audio_end_ms: int) -> None:
        """Keep the first milliseconds, of which there must be some; the transcript is lost."""
        if audio_end_ms <= 0:
            refuse("audio_end_ms", "more than 0", audio_end_ms)
        entry.ms = audio_end_ms
        entry.item["content"] = [{"type": "output_audio"}]
