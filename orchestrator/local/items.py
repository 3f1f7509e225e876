"""A session's conversation: items in order, what was heard and said in them, and the rules for changing them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestrator.errors import CallerError
from orchestrator.protocol import items
from orchestrator.protocol.usage import text_tokens


@dataclass(slots=True)
class Said:
    """A stretch of an assistant's audio and the words in it."""

    start_ms: float
    end_ms: float
    text: str


@dataclass(slots=True)
class Entry(items.Entry):
    """An item, and what the wire does not show of it."""

    said: list[Said] = field(default_factory=list)  # assistant audio
    heard_ms: float = 0.0  # user audio
    transcribing: asyncio.Task[None] | None = None  # fills in the user audio's transcript


class Conversation(items.Conversation[Entry]):
    """The items of one session, audio among them."""

    def truncate(self, item_id: str, audio_end_ms: int) -> None:
        """Drop what the caller did not hear of an assistant's audio; raises `CallerError`."""
        entry = self.find(item_id, "item_truncate_invalid_item_id")
        part = next((part for part in entry.item.get("content", []) if part["type"] == "output_audio"), None)
        if part is None:
            message = "Only model output audio messages can be truncated."
            raise CallerError(message, code="unsupported_content_type", param="item_id")
        length = entry.said[-1].end_ms if entry.said else 0.0
        if audio_end_ms > length + 1:
            message = f"Audio content of {int(length)}ms is already shorter than {audio_end_ms}ms."
            raise CallerError(message, code="invalid_value", param="audio_end_ms")
        entry.said = _heard(entry.said, audio_end_ms)
        part["transcript"] = " ".join(said.text for said in entry.said if said.text)


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
