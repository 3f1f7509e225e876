"""A session's conversation: items in order, what was heard and said in them, and the rules for changing them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestrator.local.interruptions.playback import Playback
from orchestrator.protocol import conversation
from orchestrator.protocol.frames import Emit
from orchestrator.protocol.usage import text_tokens

UNSEEN = ("input_image",)  # content that no part of this provider can take


@dataclass(slots=True)
class Said:
    """A stretch of an assistant's audio and the words in it."""

    start_ms: float
    end_ms: float
    text: str


@dataclass(slots=True)
class Entry(conversation.Entry):
    """An item, and what the wire does not show of it."""

    said: list[Said] = field(default_factory=list)  # assistant audio
    heard_ms: float = 0.0  # user audio
    transcribing: asyncio.Task[None] | None = None  # fills in the user audio's transcript


class Conversation(conversation.Conversation[Entry]):
    """The items of one session, audio among them."""

    slack_ms = 1  # a length may be a fraction of a millisecond more than the client counts

    def __init__(self, emit: Emit) -> None:
        super().__init__(emit, Entry, without=UNSEEN)
        # What of it the client still plays.
        self.playback = Playback()

    def audio_ms(self, entry: Entry) -> float | None:
        """Return how long an assistant's audio is, once all of it was sent."""
        if not any(part["type"] == "output_audio" for part in entry.item.get("content", ())):
            return None
        return entry.said[-1].end_ms if entry.said else 0.0

    def delete(self, item_id: str) -> None:
        """Take an item out; what is played was perhaps this."""
        super().delete(item_id)
        self.playback.stop()

    def cut(self, entry: Entry, audio_end_ms: int) -> None:
        """Keep what was heard, and the words of it."""
        self.playback.stop()
        entry.said = _heard(entry.said, audio_end_ms)
        transcript = " ".join(said.text for said in entry.said if said.text)
        entry.item["content"] = [{"type": "output_audio", "transcript": transcript}]


def _heard(said: Sequence[Said], end_ms: float) -> list[Said]:
    """Keep whole stretches that were heard, and of the one that was cut the words in proportion."""
    kept = []
    for stretch in said:
        if stretch.end_ms <= end_ms:
            kept.append(stretch)
        elif stretch.start_ms < end_ms:
            share = (end_ms - stretch.start_ms) / (stretch.end_ms - stretch.start_ms)
            text = stretch.text[: round(len(stretch.text) * share)]
            # A word that was begun was not heard.
            whole = text if stretch.text[len(text) :][:1] in ("", " ") else text.rpartition(" ")[0]
            kept.append(Said(stretch.start_ms, end_ms, whole.strip()))
    return kept


def tokens(entry: Entry) -> tuple[int, int]:
    """Estimate the text and audio tokens that an item costs as input."""
    if entry.heard_ms:
        return 0, round(entry.heard_ms / 100)
    if entry.said:
        return 0, round(entry.said[-1].end_ms / 50)
    item = entry.item
    texts = [part.get("text") or part.get("transcript") or "" for part in item.get("content", ())]
    texts += [item.get(key, "") for key in ("name", "arguments", "output")]
    return sum(text_tokens(text) for text in texts), 0
