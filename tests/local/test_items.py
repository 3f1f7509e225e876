"""Of an assistant's audio that was cut, the words that were heard are kept."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.local.items import Conversation, Entry, Said


def message(item_id: str, role: str = "user", kind: str = "input_text") -> dict[str, Any]:
    """Return a client's message item."""
    return {"id": item_id, "type": "message", "role": role, "content": [{"type": kind, "text": "Hello"}]}


def test_a_cut_keeps_whole_words() -> None:
    """A word that was begun was not heard; a cut at zero leaves nothing."""
    conversation = Conversation(lambda kind, **fields: None)
    content = [{"type": "output_audio", "transcript": "One two three."}]
    item: dict[str, Any] = {"id": "a", "type": "message", "content": content}
    entry = Entry(item, said=[Said(0, 1400, "One two three.")])
    conversation.add(entry)
    conversation.truncate("a", 1000)
    assert entry.item["content"][0]["transcript"] == "One two"
    conversation.truncate("a", 0)
    assert entry.item["content"][0]["transcript"] == ""


def test_text_cannot_be_cut() -> None:
    """Only audio can."""
    conversation = Conversation(lambda kind, **fields: None)
    conversation.add(conversation.given(message("a", "assistant", "output_text")))
    with pytest.raises(CallerError, match="Only model output audio"):
        conversation.truncate("a", 100)
